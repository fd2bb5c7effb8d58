/*
 * hub.cjs - all subscriptions of a client, and what wakes them.
 *
 *   a real clock         a commit wakes them in the next turn of the event loop, a timer when a
 *                        window ends or a retry is due; neither keeps the process alive
 *   a controlled clock   nothing happens by itself: clock.advance() and set() hand on what is due
 *                        at each moment, drain() everything
 *
 * Needs of the client execute() and clock. The client calls wake() after a commit and after its
 * background work, settled() at each step of its clock, rewound() when the database was replaced,
 * and close().
 * Start at subscribe().
 */
'use strict'

const { streamDisabled } = require('../client/errors.cjs')
const { setTimeout, clearTimeout, setImmediate } = require('../client/timers.cjs')
const { LiveQuery } = require('./live.cjs')
const { checkSubscription } = require('./options.cjs')
const { Subscription } = require('./subscription.cjs')

const TIMER_MAX_MS = 2147483647

class Hub {
  #client
  #subscriptions = new Set()
  #live = new Set() /* live queries: they go by commits, whatever the clock */
  #woken = false
  #timer = null
  #timerAt = Infinity
  #invocations = 0

  constructor (client) {
    this.#client = client
  }

  execute = (operation, request) => this.#client.execute(operation, request)
  now = () => this.#client.clock.now()
  streamDisabled = streamDisabled

  async subscribe (table, handler, options) {
    if (typeof table !== 'string') {
      throw new TypeError('subscribe: the table must be its name, its ARN or its stream\'s ARN')
    }
    const checked = checkSubscription(handler, options)
    const subscription = new Subscription(this, table, handler, checked)
    await subscription.open()
    this.#subscriptions.add(subscription)
    this.wake()
    return subscription
  }

  get all () {
    return [...this.#subscriptions]
  }

  async live (operation, request, callback, options) {
    const live = new LiveQuery(this, operation, request, callback, options)
    await live.open()
    this.#live.add(live)
    return live
  }

  /** Something was written. Cheap. */
  wake () {
    const none = this.#subscriptions.size === 0 || this.#client.clock.controlled
    if (this.#woken || (none && this.#live.size === 0)) return
    this.#woken = true
    setImmediate(() => {
      this.#woken = false
      for (const live of this.#live) live.wake()
      if (this.#client.clock.controlled) return
      for (const subscription of this.#subscriptions) subscription.wake()
    })
  }

  /** Hands on what is due by the clock, and what follows from it. Was there anything? */
  async settled () {
    const before = this.#invocations
    await this.#untilQuiet(subscription => subscription.settled())
    return this.#invocations > before
  }

  /** Resolves when everything written so far was handled, by all; rejects as theirs do. */
  async drain () {
    const errors = []
    await this.#untilQuiet((subscription, round) =>
      subscription.drained(round === 1).catch(error => errors.push(error)))
    await Promise.all([...this.#live].map(live => live.refresh()))
    const different = [...new Set(errors)]
    if (different.length === 1) throw different[0]
    if (different.length > 1) throw new AggregateError(different, `${different.length} failed`)
  }

  /* A handler may have written what another one is to see. */
  async #untilQuiet (call) {
    let before = -1
    for (let round = 1; before !== this.#invocations; round++) {
      before = this.#invocations
      await Promise.all([...this.#subscriptions].map(one => call(one, round)))
    }
  }

  /** When something is to be done though nothing is written; Infinity for never. */
  due () {
    let due = Infinity
    for (const subscription of this.#subscriptions) due = Math.min(due, subscription.due())
    return due
  }

  /** The database became another one. */
  async rewound () {
    await Promise.all([...this.#subscriptions].map(subscription => subscription.rewound()))
    for (const live of this.#live) live.wake()
  }

  close () {
    clearTimeout(this.#timer)
    for (const subscription of this.#subscriptions) subscription.close()
    for (const live of this.#live) live.close()
  }

  /* ---- for subscriptions ---- */

  left (one) {
    this.#subscriptions.delete(one)
    this.#live.delete(one)
  }

  count () {
    this.#invocations++
  }

  /** One has done what can be done now: sees to what is due later. */
  paused () {
    if (this.#client.clock.controlled) return
    const due = this.due()
    if (due === this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = due
    if (due === Infinity) return
    const wait = Math.min(Math.max(due - this.now(), 1), TIMER_MAX_MS)
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity
      if (!this.#client.clock.controlled) {
        for (const subscription of this.#subscriptions) subscription.wake()
      }
    }, wait)
    this.#timer.unref?.()
  }
}

module.exports = { Hub }
