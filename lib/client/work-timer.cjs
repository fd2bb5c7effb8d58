/*
 * work-timer.cjs - when background work is done: a slice at a time, from a timer that does not keep
 * the process alive. A program that ends before the work does goes on with it when the file is
 * opened again. The engine says when it wants to work next; an earlier wish replaces a later one.
 *
 * The timers and the clock are those from when this module is loaded: fake ones of a test framework
 * stop nothing of ours.
 */
'use strict'

const builtin = require('../builtin.cjs')
const { setTimeout, clearTimeout } = builtin('node:timers', () => require('node:timers'))

const PAUSE_MS = 1 /* between slices, for the program's own turn */

const realNow = Date.now

class WorkTimer {
  #work
  #timer = null
  #at = 0

  /** `work()` does a slice and gives the milliseconds until more is due, or -1. */
  constructor (work) {
    this.#work = work
  }

  /** There may be work. */
  later (delay = PAUSE_MS) {
    const at = realNow() + delay
    if (this.#timer !== null) {
      if (this.#at <= at) return
      clearTimeout(this.#timer)
    }
    this.#at = at
    this.#timer = setTimeout(() => {
      this.#timer = null
      const next = this.#work()
      if (next >= 0) this.later(Math.max(next, PAUSE_MS))
    }, delay)
    this.#timer.unref?.() /* a browser's is a number */
  }

  stop () {
    clearTimeout(this.#timer)
    this.#timer = null
  }
}

module.exports = { WorkTimer }
