/*
 * metrics.cjs - db.metrics: what requests cost, counted by the engine, and how long they took,
 * measured here.
 *
 * While metrics are off the client's methods are its class's own. Switching them on puts timed ones
 * before execute() and dispatch() of this one client, so that all roads (execute, the SDK's
 * handler, HTTP) are timed and nobody pays who did not ask. A request's time runs from the call to
 * the moment its promise is settled, its commit included.
 */
'use strict'

const OWN = 'ddblite.'
const SLOWEST = 20
const SUMMARY_MAX = 200
/* Upper bounds of the histogram's buckets in milliseconds; the last one has none. */
const BOUNDS_MS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

const now = performance.now.bind(performance) /* before fake timers */
const realNow = Date.now

class Latency {
  constructor () {
    this.count = 0
    this.totalMs = 0
    this.maxMs = 0
    this.buckets = new Array(BOUNDS_MS.length + 1).fill(0)
  }

  add (ms) {
    this.count++
    this.totalMs += ms
    if (ms > this.maxMs) this.maxMs = ms
    let at = 0
    while (at < BOUNDS_MS.length && ms > BOUNDS_MS[at]) at++
    this.buckets[at]++
  }

  /* The bound under which the share of requests was. */
  percentile (share) {
    let left = Math.ceil(this.count * share)
    for (let at = 0; at < BOUNDS_MS.length; at++) {
      left -= this.buckets[at]
      if (left <= 0) return Math.min(BOUNDS_MS[at], this.maxMs)
    }
    return this.maxMs
  }

  toJSON () {
    return {
      count: this.count,
      meanMs: this.count === 0 ? 0 : this.totalMs / this.count,
      p50Ms: this.percentile(0.5),
      p95Ms: this.percentile(0.95),
      p99Ms: this.percentile(0.99),
      maxMs: this.maxMs,
      histogram: this.buckets
        .map((count, at) => ({ toMs: BOUNDS_MS[at] ?? Infinity, count }))
        .filter(({ count }) => count > 0)
    }
  }
}

function summaryOf (request) {
  let text
  try {
    text = typeof request === 'string'
      ? request
      : request instanceof Uint8Array
        ? new TextDecoder().decode(request.subarray(0, SUMMARY_MAX + 1))
        : JSON.stringify(request) ?? ''
  } catch {
    return ''
  }
  return text.length > SUMMARY_MAX ? `${text.slice(0, SUMMARY_MAX)}...` : text
}

/* "DynamoDB_20120810.PutItem" */
const operationOf = target => typeof target === 'string'
  ? target.slice(target.indexOf('.') + 1)
  : undefined

class Metrics {
  #db
  #on = false
  #tellEngine = null /* the engine counts from the first call on: nothing is opened before */
  #latency = new Map()
  #slowest = [] /* the slowest first */

  constructor (db) {
    this.#db = db
  }

  /** Are they being kept? */
  get on () {
    return this.#on
  }

  /** Switches metrics on. The first use of db.metrics does. */
  start () {
    if (this.#on) return
    this.#on = true
    const db = this.#db
    const { execute, dispatch } = db
    db.execute = (operation, request) => typeof operation === 'string' && operation.startsWith(OWN)
      ? execute.call(db, operation, request)
      : this.#timed(operation, request, () => execute.call(db, operation, request))
    if (dispatch !== undefined) {
      db.dispatch = (request, body, options) => this.#timed(
        operationOf(request.target), body, () => dispatch.call(db, request, body, options))
    }
    this.#tellEngine = () => {
      this.#tellEngine = null
      /* Why it fails is said to the call behind it. */
      execute.call(db, 'ddblite.Metrics').catch(() => {})
    }
  }

  /** Switches them off and forgets them. Resolves to what they were. */
  async stop () {
    if (!this.#on) return this.#shown({ Operations: [], Sources: [], SinceMs: 0, Complete: true })
    const result = await this.#read({ On: false })
    delete this.#db.execute
    delete this.#db.dispatch
    this.#on = false
    this.#forget()
    return result
  }

  /** All there is since they were switched on or reset. */
  async read () {
    this.start()
    return this.#read({})
  }

  /** Begins anew. Resolves to what was until now. */
  async reset () {
    this.start()
    const result = await this.#read({ Reset: true })
    this.#forget()
    return result
  }

  #forget () {
    this.#latency = new Map()
    this.#slowest = []
  }

  #timed (operation, request, call) {
    this.#tellEngine?.()
    const began = now()
    const promise = call()
    const ended = () => this.#note(operation, request, now() - began)
    promise.then(ended, ended)
    return promise
  }

  #note (operation, request, ms) {
    if (!this.#on) return
    let latency = this.#latency.get(operation)
    if (latency === undefined) this.#latency.set(operation, latency = new Latency())
    latency.add(ms)
    const slowest = this.#slowest
    if (slowest.length === SLOWEST && ms <= slowest[SLOWEST - 1].ms) return
    const at = slowest.findIndex(other => ms > other.ms)
    const entry = { operation, ms, at: new Date(realNow()), request: summaryOf(request) }
    slowest.splice(at < 0 ? slowest.length : at, 0, entry)
    slowest.length = Math.min(slowest.length, SLOWEST)
  }

  async #read (request) {
    return this.#shown(await this.#db.execute('ddblite.Metrics', request))
  }

  #shown ({ Operations, Sources, SinceMs, Complete }) {
    const operations = {}
    for (const { Operation, Calls, Errors, ...more } of Operations) {
      operations[Operation] = {
        calls: Calls,
        errors: Errors,
        readUnits: more.ReadUnits,
        writeUnits: more.WriteUnits,
        requestBytes: more.RequestBytes,
        replyBytes: more.ReplyBytes,
        latency: (this.#latency.get(Operation) ?? new Latency()).toJSON()
      }
    }
    const tables = {}
    for (const source of Sources) {
      const table = tables[source.TableName] ??= { ...noUnits(), operations: {}, indexes: {} }
      addTo(table, source)
      addTo(table.operations[source.Operation] ??= noUnits(), source)
      if (source.IndexName !== undefined) {
        addTo(table.indexes[source.IndexName] ??= noUnits(), source)
      }
    }
    return {
      since: new Date(SinceMs), complete: Complete, operations, tables, slowest: [...this.#slowest]
    }
  }
}

const noUnits = () => ({
  readUnits: 0, writeUnits: 0, itemsRead: 0, itemsReturned: 0, itemsWritten: 0, bytesRead: 0
})

function addTo (sum, source) {
  sum.readUnits += source.ReadUnits
  sum.writeUnits += source.WriteUnits
  sum.itemsRead += source.ItemsRead
  sum.itemsReturned += source.ItemsReturned
  sum.itemsWritten += source.ItemsWritten
  sum.bytesRead += source.BytesRead
}

module.exports = { Metrics }
