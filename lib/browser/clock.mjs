/*
 * clock.mjs - the page's side of a database's clock; lib/client/clock.cjs is in the worker.
 *
 * now() answers from here, so what the worker does with the clock is told here too: each step of a
 * clock that is being moved. Where the database goes by a function of the user's, every message
 * carries what that function says (source()).
 */
import clocks from '../client/clock.cjs'

const { isTime, timeOf } = clocks
const realNow = Date.now

/* Without the 4 ms of a nested timer: a clock may go a thousand steps at a time. */
function nextTurn (call) {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    call()
  }
  port2.postMessage(null)
}

export class PageClock {
  #call
  #source = null
  #offset = 0
  #stopped = null
  #moving = 0
  #hub
  #moved = Promise.resolve() /* the last move through what falls due for handlers */

  /** `call(op, payload)` asks the worker; `hub()` gives the handlers of streams, or null. */
  constructor (option, call, hub) {
    this.#call = call
    this.#hub = hub
    if (option === 'frozen') this.#stopped = realNow()
    else if (typeof option.now === 'function') this.#source = option.now
    else if (option !== 'real') this.#stopped = timeOf(option.now, 'clock.now')
  }

  /** Is it other than the system's? @internal */
  get controlled () {
    return this.#stopped !== null || this.#source !== null
  }

  /** The time in milliseconds since 1970. */
  now () {
    if (this.#stopped !== null) return this.#stopped
    if (this.#source === null) return realNow()
    return this.#told() + this.#offset
  }

  /** Stops the clock at a time; forward, all that falls due until then is done, as by advance(). */
  async set (time) {
    const ms = timeOf(time, 'clock.set: the time')
    if (this.#hub() !== null) return this.#through(() => ms)
    await this.#move('clockSet', { ms })
    this.#arrive(ms)
  }

  /** Moves the clock on, and resolves when all that fell due was done. */
  async advance (ms = 0) {
    if (!isTime(ms)) throw new TypeError('clock.advance: milliseconds must be a number from 0')
    if (this.#hub() !== null) return this.#through(() => this.now() + ms)
    this.#arrive(await this.#move('clockAdvance', { ms }))
  }

  /** Lets the system's time run again, or the function of the option. */
  resume () {
    this.#stopped = null
    this.#offset = 0
    this.#hub()?.wake()
    return this.#call('clockResume', {})
  }

  /** What a message has as `now`, or undefined. @internal */
  source () {
    return this.#source === null ? undefined : this.#told()
  }

  /** The worker's clock is being moved and is here; it waits. @internal */
  step (now) {
    if (this.#moving === 0) return
    this.#stopped = now
    nextTurn(async () => {
      await this.#hub()?.settled()
      this.#call('clockStep', {}).catch(() => {}) /* closed: nothing waits */
    })
  }

  /** With what another database begins at the same time. @internal */
  state () {
    if (this.#source !== null) return { kind: 'following', now: this.#told() }
    return this.#stopped === null ? { kind: 'real' } : { kind: 'stopped', now: this.#stopped }
  }

  /** The same as an option. @internal */
  option () {
    if (this.#source !== null) return { now: this.#source }
    return this.#stopped === null ? 'real' : { now: this.#stopped }
  }

  /* Goes from one moment at which a handler is to be called to the next; one move at a time. */
  #through (target) {
    const hub = this.#hub()
    const moved = this.#moved.then(async () => {
      const end = target()
      for (let at; at !== end;) {
        await hub.settled()
        at = Math.min(Math.max(hub.due(), this.now() + 1), end)
        await this.#move('clockSet', { ms: at })
        this.#arrive(at)
      }
      await hub.settled()
    })
    this.#moved = moved.catch(() => {})
    return moved
  }

  async #move (op, payload) {
    this.#moving++
    try {
      return await this.#call(op, payload)
    } finally {
      this.#moving--
    }
  }

  #told () {
    return timeOf(this.#source(), 'what clock.now() returns')
  }

  #arrive (end) {
    this.#stopped = end
    if (this.#source === null) return
    this.#stopped = null
    this.#offset = end - this.#told()
  }
}
