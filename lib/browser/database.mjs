/*
 * database.mjs - one database in the worker: requests in as text, replies out as text.
 *
 *   execute() -> engine.exec() -> no transaction open: the reply goes out at once
 *                                 a transaction is open: the reply joins the group
 *   end of the turn (everything that was queued has run) -> one commit -> the group's replies
 *
 * The page's client makes objects of the texts, so that JSON is parsed once on its way. What
 * lib/client/client.cjs does with promises in Node is done here with replies: the same engine calls
 * in the same order.
 *
 * A reply is { ok, text, status }: an operation's result, or an error's envelope.
 * Promises: the reply of a write goes out only after its commit; a failed commit is the reply of
 * its whole group.
 * Start at execute().
 */
import clocks from '../client/clock.cjs'
import protocol from '../client/protocol.cjs'
import timers from '../client/work-timer.cjs'

const { Clock } = clocks
const { BEGINS_WORK, headersOf } = protocol
const { WorkTimer } = timers

const GROUP_MAX = 4096 /* as in Node: the WAL must not grow for ever */
const UNKNOWN = '{"__type":"com.amazon.coral.service#UnknownOperationException"}'

export const refusal = (name, message, status, more = {}) =>
  ({ ok: false, text: JSON.stringify({ __type: `ddblite#${name}`, message, ...more }), status })

const tooLarge = () => refusal('RequestTooLarge', 'A request is at most 16777216 bytes', 413)

export class Database {
  #engine
  #handle
  #storage /* { explain(reply), ... } of a database that is kept, or null */
  #group = [] /* { send, reply } of operations before their commit */
  #atTurnEnd
  #clock
  #step = null /* what a clock that is being moved waits for */
  #moves = new Set()
  #told = 0 /* what the page's clock says, where the database goes by it */
  #workTimer = new WorkTimer(() => this.#work())
  #onWritten
  #watched = false /* is the page told of each commit? */

  /**
   * `handle` is the engine's. `atTurnEnd(database)` sees to a later commit(); `onStep(ms)` is told
   * of each step of a clock that is being moved, which goes on after stepped().
   */
  constructor (engine, handle, { clock, storage = null, atTurnEnd, onStep, onWritten }) {
    this.#engine = engine
    this.#handle = handle
    this.#storage = storage
    this.#atTurnEnd = atTurnEnd
    this.#onWritten = onWritten
    this.#told = clock.now ?? 0
    this.#clock = new Clock(optionOf(clock, () => this.#told), {
      engine: () => this.#handle === null ? null : { addon: engine, handle: this.#handle },
      commit: () => this.commit(),
      released: () => this.#workLater(),
      turn: () => new Promise(resolve => {
        this.#step = resolve
        onStep(this.#clock.now())
      })
    })
    if (this.#clock.controlled) this.#clock.tell({ addon: engine, handle })
    this.#workLater() /* what the last page did not finish goes on */
  }

  get handle () {
    return this.#handle
  }

  get clock () {
    return this.#clock
  }

  /** The page's time, before a call of a database that goes by it. */
  tell (now) {
    this.#told = now
    if (this.#clock.follows) this.#engine.setClock(this.#handle, this.#clock.now())
  }

  /** Runs set() or advance() of the clock; close() waits for it. */
  move (call) {
    const moved = call(this.#clock).finally(() => this.#moves.delete(moved))
    this.#moves.add(moved)
    return moved
  }

  /** The page has had its turn between two steps of the clock. */
  stepped () {
    this.#step?.()
    this.#step = null
  }

  /** Is it stored, other than in memory? */
  get kept () {
    return this.#storage !== null
  }

  /** Runs one operation; its reply goes to `send`, now or after the commit. */
  execute (operation, json, send) {
    const op = this.#engine.operation(operation)
    if (op === undefined) return send(unknownOperation())
    const n = this.#engine.write(json)
    if (n < 0) return send(tooLarge())
    const text = this.#engine.exec(this.#handle, op, n)
    const reply = this.#reply(text)
    const pending = this.#engine.pending()
    const held = this.#held(this.#engine.delay(), send)
    if (reply.ok && BEGINS_WORK.has(operation)) this.#workLater()
    this.#answer(reply, pending, held)
  }

  /** Answers one request of the HTTP protocol with { status, headers, body } as text. */
  dispatch (request, body, checkAuth, send) {
    const answer = this.#engine.http(this.#handle, body, request, checkAuth)
    if (answer === null) return send(tooLarge())
    const { status, pending, delay } = answer
    const text = JSON.stringify({ status, headers: headersOf(answer), body: answer.body })
    if (BEGINS_WORK.has(request.target?.slice(request.target.indexOf('.') + 1))) this.#workLater()
    this.#answer({ ok: true, text, status: 200 }, pending, this.#held(delay, send))
  }

  /** Makes the open group durable and sends its replies. Does nothing when there is none. */
  commit () {
    if (this.#group.length === 0) return
    const group = this.#group
    this.#group = []
    let failure
    try {
      const text = this.#engine.commit(this.#handle)
      if (this.#engine.status() !== 200) failure = this.#reply(text)
    } catch (error) {
      failure = crashed(error)
    }
    for (const { send, reply } of group) send(failure ?? reply)
    if (this.#watched) this.#onWritten()
  }

  /** The page has handlers of streams: onWritten() is called after each commit from now on. */
  watch () {
    this.#watched = true
  }

  /** Calls with the engine and the handle after everything before it, which is committed. */
  alone (call) {
    this.commit()
    return call(this.#engine, this.#handle)
  }

  /** The reply of the engine's last call, whose body is `text`. */
  replyOf (text) {
    return this.#reply(text)
  }

  /** Background work may be due. */
  worked () {
    this.#workLater()
  }

  /** Commits what is pending and closes. Resolves when nothing of it runs any more. */
  async close () {
    if (this.#handle === null) return
    this.commit()
    const handle = this.#handle
    this.#handle = null
    this.#clock.letGo()
    this.#workTimer.stop()
    this.#engine.close(handle)
    this.stepped()
    await Promise.allSettled(this.#moves)
  }

  #reply (text) {
    const status = this.#engine.status()
    const reply = { ok: status === 200, text, status }
    return reply.ok || this.#storage === null ? reply : this.#storage.explain(reply)
  }

  /* `send` for a reply that a fault holds back by `ms` of the clock. */
  #held (ms, send) {
    if (ms === 0) return send
    const due = this.#clock.hold(Promise.resolve(), ms)
    return reply => {
      due.then(() => {
        send(reply)
        this.#atTurnEnd(this)
      })
    }
  }

  #answer (reply, pending, send) {
    if (!pending) return send(reply)
    this.#group.push({ send, reply })
    if (this.#group.length >= GROUP_MAX) this.commit()
    else if (this.#group.length === 1) this.#atTurnEnd(this)
  }

  #workLater () {
    if (!this.#clock.controlled) this.#workTimer.later() /* else when the clock is moved */
  }

  #work () {
    if (this.#handle === null || this.#clock.controlled || this.#engine.crashed) return -1
    this.commit()
    const next = this.#engine.work(this.#handle)
    if (this.#watched) this.#onWritten() /* an item may have expired */
    return next
  }
}

/** The reply of a call that the engine did not survive. */
export const crashed = error => refusal('EngineCrashed', error.message, 500)

const unknownOperation = () => ({ ok: false, text: UNKNOWN, status: 400 })

/* { kind: 'real' | 'stopped' | 'following', now } as the option of Clock. */
function optionOf ({ kind, now }, told) {
  if (kind === 'following') return { now: told }
  return kind === 'stopped' ? { now } : 'real'
}
