/*
 * clock.cjs - the clock a database goes by: Time To Live, stream trimming, iterators, idempotency
 * tokens, table states and every timestamp.
 *
 *   real        the system's; background work runs from timers
 *   stopped     a time that set() and advance() move; no timers, advance() does what falls due
 *   following   what a function of the user's says, plus what set() and advance() added; no timers
 *
 * advance() goes from one moment at which something falls due to the next, does it with the clock
 * at that very moment, and lets promises run in between.
 *
 * The real time and the real setImmediate are taken when this module is loaded: fake timers of a
 * test framework stop neither the engine nor advance().
 * Start at #move().
 */
'use strict'

const builtin = require('../builtin.cjs')
const { setTimeout, clearTimeout, setImmediate } =
  builtin('node:timers', () => require('node:timers'))
const { errorOf } = require('./errors.cjs')

const realNow = Date.now
const WORK_RETRY_MS = 1000 /* addon.c: what work() answers when it has failed */
const TIME_MAX_MS = 8640000000000000 /* Date's */

const isTime = value => Number.isFinite(value) && value >= 0 && value <= TIME_MAX_MS

/* Milliseconds of a number or a Date. */
function timeOf (value, what) {
  const ms = value instanceof Date ? value.getTime() : value
  if (!isTime(ms)) {
    throw new TypeError(`${what} must be a Date or milliseconds since 1970`)
  }
  return Math.floor(ms)
}

/** Is it a value of the option `clock`? */
function isClockOption (value) {
  if (value === 'real' || value === 'frozen') return true
  const now = value?.now
  return typeof now === 'function' || isTime(now instanceof Date ? now.getTime() : now)
}

const nextTurn = () => new Promise(resolve => { setImmediate(resolve) })

class Clock {
  #host
  #source = null /* the user's function */
  #offset = 0 /* milliseconds that were added to it */
  #stopped = null /* the time, while it is stopped */
  #held = new Set() /* { at, release, timer } of replies that are held back */
  #onHold = () => {}
  #moving = null /* the promise of the last set() or advance() that is under way */

  /**
   * `host` is the client: engine() gives { addon, handle } or null, commit() commits what is
   * pending, settled() and due() are those of lib/streams/hub.cjs, if it has one, released() is
   * told when timers may run again. turn(), where there is one, resolves once others have had their
   * turn between two steps.
   * @internal
   */
  constructor (option, host) {
    this.#host = host
    if (option === 'frozen') this.#stopped = realNow()
    else if (typeof option.now === 'function') this.#source = option.now
    else if (option !== 'real') this.#stopped = timeOf(option.now, 'clock.now')
  }

  /** Is it other than the system's? Then the engine runs no timers. @internal */
  get controlled () {
    return this.#stopped !== null || this.#source !== null
  }

  /** Does it follow a function? Then the engine is told the time before each call. @internal */
  get follows () {
    return this.#source !== null
  }

  /** The time in milliseconds since 1970. */
  now () {
    if (this.#stopped !== null) return this.#stopped
    if (this.#source === null) return realNow()
    return timeOf(this.#source(), 'what clock.now() returns') + this.#offset
  }

  /** Stops the clock at a time; forward, all that falls due until then is done, as by advance(). */
  set (time) {
    return this.#begin(() => timeOf(time, 'clock.set: the time'))
  }

  /** Moves the clock on, and resolves when all that fell due was done. */
  advance (ms = 0) {
    return this.#begin(() => {
      if (!isTime(ms)) throw new TypeError('clock.advance: milliseconds must be a number from 0')
      return timeOf(this.now() + ms, 'clock.advance: the time')
    })
  }

  /** Lets the system's time run again, or the function of the option. */
  resume () {
    this.#stopped = null
    this.#offset = 0
    const engine = this.#host.engine()
    if (engine === null) return
    this.#host.commit()
    if (this.#source !== null) return this.tell(engine)
    engine.addon.setClock(engine.handle, -1)
    engine.addon.driveClock(engine.handle, false)
    for (const waiter of this.#held) this.#arm(waiter)
    this.#host.released()
  }

  /** Tells an engine that was just opened, or that is about to be called. @internal */
  tell ({ addon, handle }) {
    addon.setClock(handle, this.now())
    addon.driveClock(handle, true)
  }

  /* ---- replies that are held back ---- */

  /** Settles as `reply` does, but not before the clock has moved on by `ms`. @internal */
  hold (reply, ms) {
    const due = new Promise(resolve => {
      const waiter = { at: this.now() + ms, release: resolve, timer: undefined }
      this.#held.add(waiter)
      this.#onHold()
      if (!this.controlled) this.#arm(waiter)
    })
    return reply.then(
      value => due.then(() => value),
      error => due.then(() => { throw error })
    )
  }

  /** The database is closed: all that was held back may go. @internal */
  letGo () {
    this.#release(Infinity)
  }

  /* A timer may ring a little early, by the clock that the engine goes by. */
  #arm (waiter) {
    clearTimeout(waiter.timer)
    waiter.timer = setTimeout(() => {
      if (this.controlled) return /* set() has stopped the clock meanwhile */
      if (realNow() < waiter.at) this.#arm(waiter)
      else this.#release(waiter.at)
    }, Math.max(waiter.at - realNow(), 1))
  }

  /* Lets go what is due. True when there was something. */
  #release (now) {
    let any = false
    for (const waiter of this.#held) {
      if (waiter.at > now) continue
      this.#held.delete(waiter)
      clearTimeout(waiter.timer)
      waiter.release()
      any = true
    }
    return any
  }

  #nextHeld () {
    let at = Infinity
    for (const waiter of this.#held) at = Math.min(at, waiter.at)
    return at
  }

  /** The option with which another client begins at the same time. @internal */
  option () {
    if (this.#source !== null) return { now: this.#source }
    return this.#stopped === null ? 'real' : { now: this.#stopped }
  }

  /* ---- moving ---- */

  /* One after the other; the first begins at once. */
  #begin (target) {
    const before = this.#moving
    const run = before === null
      ? this.#move(target)
      : before.then(() => this.#move(target))
    const ended = () => {
      if (this.#moving === last) this.#moving = null
    }
    const last = run.then(ended, ended)
    this.#moving = last
    return run
  }

  async #move (target) {
    const end = target()
    const engine = this.#host.engine()
    if (engine === null) return this.#arrive(end)
    this.#host.commit()
    for (let at = Math.min(this.now(), end); ;) {
      this.#stopped = at
      this.tell(engine)
      const wait = await this.#work(engine)
      if (this.#host.engine() === null) break
      if (this.#release(at)) {
        /* Who got a reply goes on at this moment of the clock. */
        await (this.#host.turn?.() ?? nextTurn())
        if (this.#host.engine() === null) break
        this.#host.commit()
        continue
      }
      if (await this.#handled()) continue
      if (this.#host.engine() === null || at === end) break
      at = Math.min(wait < 0 ? end : at + wait, this.#nextHeld(), this.#due(at), end)
      await this.#host.turn?.() /* who waited for what happened may act before the next does */
      if (this.#host.engine() === null) break
      this.#host.commit()
    }
    this.#arrive(end)
  }

  /* Has the handlers of streams do what is due; was there anything? One that waits for a reply that
   * is held must not be waited for: the clock has to go on for it. */
  async #handled () {
    const all = this.#host.settled?.()
    if (all === undefined) return false
    const held = this.#held.size > 0
      ? nextTurn()
      : new Promise(resolve => { this.#onHold = resolve })
    return await Promise.race([all, held]) === true
  }

  /* When a handler of a stream is to be called next; never at once, that was done. */
  #due (at) {
    return Math.max(this.#host.due?.() ?? Infinity, at + 1)
  }

  #arrive (end) {
    this.#stopped = end
    if (this.#source === null) return
    this.#stopped = null
    this.#offset = 0
    this.#offset = end - this.now()
  }

  /* Does what is due. Gives the milliseconds until more is, -1 for never. */
  async #work (engine) {
    for (;;) {
      const wait = engine.addon.work(engine.handle)
      if (wait === WORK_RETRY_MS) failed(engine.addon.readLog(engine.handle))
      if (wait !== 0) return wait
      await nextTurn() /* there is more than a slice of a few milliseconds */
      if (this.#host.engine() === null) return -1
      this.#host.commit()
    }
  }
}

/* Throws the error of background work, when the log has one. */
function failed (log) {
  const line = log.split('\n').find(line => line.startsWith('error '))
  if (line !== undefined) throw errorOf(line.slice(6), 500)
}

module.exports = { Clock, isClockOption, isTime, timeOf }
