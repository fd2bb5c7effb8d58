/*
 * client.cjs - EngineClient: operations in, promises out, one commit for all that came together.
 *
 *   execute() -> JSON text -> the engine, synchronously -> reply
 *                                 no transaction open: the promise is settled at once
 *                                 a transaction is open: the reply joins the group
 *   end of the burst (a microtask) -> one commit -> the whole group is settled
 *
 * In memory the first write of a turn is mostly the only one: the engine commits it in the same
 * call, and no group is made for it (#beginsTurn). Later writes of the turn are one group.
 *
 * Operations are bounded by DynamoDB itself (1 MB a page, 16 MB a batch), so they run inline: a
 * thread hop would cost more than the operation. A read inside an open group waits for the group's
 * commit as well, because it may have seen what is not yet durable.
 *
 * Promises:
 *   - a promise of a write is settled only after its commit; a failed commit rejects its group;
 *   - nothing here keeps the process alive: no handle, no referenced timer;
 *   - answers and errors are the engine's, unchanged.
 * Start at execute().
 */
'use strict'

const engines = require('../engine.cjs')
const { AddonError } = require('../native.cjs')
const {
  EngineError, bucketError, clientClosed, engineNotReady, errorOf, requestTooLarge, storageBusy,
  unknownOperation
} = require('./errors.cjs')
const { checkOptions, DURABILITY } = require('./options.cjs')
const { encodeBytes } = require('./bytes.cjs')
const { CommonClient } = require('./common.cjs')
const { BEGINS_WORK, CONTRACT_VERSION, headersOf, httpOf } = require('./protocol.cjs')
const { NodeBuckets } = require('../buckets/node.cjs')
const { Clock } = require('./clock.cjs')
const { snapshotClass } = require('./snapshot.cjs')
const { WorkTimer } = require('./work-timer.cjs')
const { resetRequest } = require('./reset.cjs')
const { IMPORT_APPLY } = require('./transfer.cjs')
const builtin = require('../builtin.cjs')
const path = builtin('node:path', () => require('node:path'))
/* Taken here, so that fake timers of a test framework stop nothing of ours. */
const { setImmediate, clearImmediate } = builtin('node:timers', () => require('node:timers'))

const GROUP_MAX = 4096 /* a longer burst commits in between: its WAL must not grow for ever */

/* Throws where the engine refuses the bytes; it may mark them as a file without a WAL. */
const Snapshot = snapshotClass(bytes => {
  const engine = engines.current()
  if (engine === null) throw engineNotReady()
  const error = engine.load().checkSnapshot(bytes)
  if (error !== undefined) throw errorOf(error, 400)
})

/* The folder of the buckets of a database: beside its file, unless the options say where. */
const s3Of = ({ s3, path }) => s3 ?? (path === undefined ? undefined : `${path}-s3`)

const RESOLVED = Promise.resolve()

/* Where the database of another account or Region lies. */
function namespacePath (file, region, accountId) {
  if (file === undefined) return undefined
  const { dir, name, ext } = path.parse(file)
  return path.join(dir, `${name}.${accountId}.${region}${ext}`)
}

class EngineClient extends CommonClient {
  #options
  #engine = null /* engines.current(), once this client uses it */
  #addon = null
  #handle = null
  #group = [] /* { resolve, fail, value, error } of operations before their commit */
  #commitDue = false
  #commitBound = () => this.#commit()
  #commitAtTurnEnd = null
  #turnBegun = false /* has a write of this turn committed by itself? */
  #workTimer = new WorkTimer(() => this.#work())
  #waiting = 0 /* calls that wait for the engine to be loaded */
  #closing = null
  #closed = false
  #clock
  #follows /* is the engine told the time before each call? */
  #buckets

  /** Makes a client; the database is opened at the first call. Throws a TypeError. */
  constructor (options) {
    super()
    this.#options = checkOptions(options)
    this.#buckets = new NodeBuckets(s3Of(this.#options))
    this.#clock = new Clock(this.#options.clock, {
      engine: () => this.#handle === null ? null : { addon: this.#addon, handle: this.#handle },
      commit: () => this.#commit(),
      released: () => {
        this.#workLater()
        this.hub?.wake()
      },
      settled: () => this.hub?.settled(),
      due: () => this.hub?.due() ?? Infinity
    })
    this.#follows = this.#clock.follows
    if (this.#options.metrics) this.metrics.start()
  }

  /** Is the database in a file? */
  get persistent () {
    return this.#options.path !== undefined
  }

  get region () {
    return this.#options.region
  }

  get accountId () {
    return this.#options.accountId
  }

  /** What the database goes by: now(), set(), advance(), resume(). */
  get clock () {
    return this.#clock
  }

  /** Is there such an operation? */
  supports (operation) {
    return engines.operationNames().includes(operation)
  }

  /** Opens the database. Rejects with the reason if that fails; a later call tries again. */
  async ready () {
    if (this.#mustWait()) await engines.load()
    this.#require()
    return {
      contractVersion: CONTRACT_VERSION,
      capabilities: this.#engine.operationNames(),
      persistenceMode: this.persistent ? 'file' : 'memory',
      engine: this.#engine.kind
    }
  }

  /**
   * Runs one operation. Resolves to its result; rejects with an EngineError whose `name` is the
   * service's exception name.
   */
  execute (operation, request = {}) {
    try {
      if (this.#handle === null && this.#mustWait()) return this.#executeLater(operation, request)
      const handle = this.#handle ?? this.#require()
      const engine = this.#engine
      if (this.#follows) this.#addon.setClock(handle, this.#clock.now())
      const op = engine.operation(operation)
      if (op === undefined) throw unknownOperation(operation)
      const n = engine.write(JSON.stringify(request))
      const body = n < 0
        ? null
        : this.#beginsTurn() ? engine.execAlone(handle, op, n) : engine.exec(handle, op, n)
      if (body === null || engine.status() !== 200) return this.#refused(op, request, body)
      if (BEGINS_WORK.has(operation)) this.#workLater()
      const result = body === '{}' ? {} : JSON.parse(body)
      const delay = engine.delay()
      const reply = engine.pending()
        ? this.#join(result, undefined)
        : engine.committed() ? this.#turnBegins(result) : Promise.resolve(result)
      return delay === 0 ? reply : this.#clock.hold(reply, delay)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * dispatchHttp() for hosts. `request`: target, contentType, authorization, date, query (texts or
   * undefined); to verify signatures credentials and head, as in core/api/ddb.h. `wholeTurn`
   * commits once for all requests of this turn of the event loop.
   * @internal
   */
  dispatch (request, body, { checkAuth = false, wholeTurn = false } = {}) {
    try {
      if (this.#handle === null && this.#mustWait()) {
        const copy = typeof body === 'string' ? body : body.slice()
        return this.#later(() => this.dispatch(request, copy, { checkAuth, wholeTurn }))
      }
      const handle = this.#handle ?? this.#require()
      if (this.#follows) this.#addon.setClock(handle, this.#clock.now())
      const answer = this.#engine.http(handle, body, request, checkAuth)
      if (answer === null) throw requestTooLarge()
      const result = { status: answer.status, headers: headersOf(answer), body: answer.body }
      if (BEGINS_WORK.has(request.target?.slice(request.target.indexOf('.') + 1))) this.#workLater()
      const reply = answer.pending
        ? this.#join(result, undefined, wholeTurn, httpOf)
        : Promise.resolve(result)
      return answer.delay === 0 ? reply : this.#clock.hold(reply, answer.delay)
    } catch (error) {
      return error instanceof EngineError ? Promise.resolve(httpOf(error)) : Promise.reject(error)
    }
  }

  /** The database as it is now: a Snapshot. */
  snapshot () {
    return this.#alone(handle => {
      const bytes = this.#addon.snapshot(handle)
      if (typeof bytes === 'string') throw errorOf(bytes, this.#engine.status())
      return Snapshot.of(bytes)
    })
  }

  /** The database becomes what it was at the snapshot; on failure it stays as it is. */
  restore (snapshot) {
    return this.#alone(handle => {
      const body = this.#addon.restore(handle, Snapshot.bytesOf(snapshot))
      if (this.#engine.status() !== 200) throw errorOf(body, this.#engine.status())
      this.#workLater()
      return this.hub?.rewound()
    })
  }

  /** A step of an export or an import (transfer.cjs), in a turn of its own. @internal */
  async transfer (step, number, bytes) {
    await new Promise(resolve => { setImmediate(resolve) })
    return this.#alone(handle => {
      const told = this.#addon.transfer(handle, step, number, bytes)
      if (typeof told !== 'string') return told
      if (this.#engine.status() !== 200) throw errorOf(told, this.#engine.status())
      if (step === IMPORT_APPLY) this.#workLater()
      return JSON.parse(told)
    })
  }

  /** A client with a database of its own in memory that has the same content. */
  fork () {
    return this.#alone(handle => {
      const fork = new EngineClient({
        ...this.#options, path: undefined, clock: this.#clock.option()
      })
      fork.#buckets = this.#buckets
      fork.#open(handle)
      return fork
    })
  }

  /**
   * Empties the database. `keepSchema` keeps the tables, with their indexes, Time To Live and tags;
   * `tables` names those that are meant.
   */
  reset (options) {
    return this.#alone(handle => {
      const n = this.#engine.write(resetRequest(options))
      if (n < 0) throw requestTooLarge()
      const body = this.#addon.reset(handle, n)
      if (this.#engine.status() !== 200) throw errorOf(body, this.#engine.status())
      return this.hub?.rewound()
    })
  }

  /** Its file lies beside ours: music.db -> music.<account>.<region>.db. @internal */
  inNamespace (region, accountId) {
    const path = namespacePath(this.#options.path, region, accountId)
    return new EngineClient({
      ...this.#options, path, region, accountId, clock: this.#clock.option()
    })
  }

  /** @internal */
  get closing () {
    return this.#closing !== null
  }

  /** Gives the room of what was deleted back, when all that came before is committed. */
  vacuum () {
    return this.#alone(() => this.execute('ddblite.Vacuum'))
  }

  /** What util.inspect() and console.log() show. */
  [Symbol.for('nodejs.util.inspect.custom')] (depth, options, inspect) {
    return `EngineClient ${inspect({
      database: this.#options.path ?? 'memory',
      region: this.region,
      accountId: this.accountId,
      state: this.#closing !== null ? 'closed' : this.#handle === null ? 'not opened' : 'open',
      ...this.#tableNames()
    }, { ...options, depth: depth === null || depth >= 0 ? 1 : 0 })}`
  }

  /* For inspection: what an open database can tell without a change of anything. */
  #tableNames () {
    if (this.#handle === null) return {}
    const n = this.#engine.write('{}')
    const body = this.#engine.exec(this.#handle, this.#engine.operation('ListTables'), n)
    return this.#engine.status() === 200 ? { tables: JSON.parse(body).TableNames } : {}
  }

  /** What the engine has counted since it was opened. */
  counters () {
    const handle = this.#handle ?? this.#require()
    return this.#addon.counters(handle)
  }

  /** Commits what is pending and closes. Calling it again is fine; later operations reject. */
  close () {
    if (this.#closing === null) {
      const shut = () => this.#shut()
      this.closeNamespaces()
      this.#closing = this.#waiting > 0 ? engines.load().then(shut, shut) : Promise.resolve(shut())
    }
    return this.#closing
  }

  #shut () {
    this.#closed = true
    this.hub?.close()
    if (this.#handle === null) return
    this.#commit()
    const handle = this.#handle
    this.#handle = null
    this.#clock.letGo()
    this.#workTimer.stop()
    this.#addon.close(handle)
  }

  /* ---- opening ---- */

  #require () {
    if (this.#closed) throw clientClosed()
    if (this.#handle !== null) return this.#handle
    return this.#open(undefined)
  }

  /* `copied`: the handle whose content the new database begins with. */
  #open (copied) {
    this.#engine = engines.current()
    if (this.#engine === null) throw engineNotReady()
    this.#addon = this.#engine.load()
    if (this.#addon.contractVersion !== CONTRACT_VERSION) {
      throw new AddonError(`The addon speaks contract ${this.#addon.contractVersion}, ` +
        `this package ${CONTRACT_VERSION}: rebuild it with \`npx ddblite build\``)
    }
    const { path, region, accountId, durability, busyTimeout, tableDelay } = this.#options
    const refusal = path === undefined ? null : this.#engine.refusal(path)
    if (refusal !== null) throw storageBusy(refusal)
    const opened = this.#addon.open(path, region, accountId, DURABILITY[durability], busyTimeout,
      tableDelay, copied)
    if (typeof opened === 'string') throw errorOf(opened, 500)
    this.#handle = opened
    this.#addon.setFiles(opened, this.#buckets.answer)
    if (this.#clock.controlled) this.#clock.tell({ addon: this.#addon, handle: opened })
    this.#limit(opened)
    this.#workLater() /* a backfill that the last process did not finish goes on */
    return opened
  }

  /* What the options say that the engine is told by an operation. */
  #limit (handle) {
    const { throughput, itemCollectionBytes } = this.#options
    if (throughput === 'unlimited' && itemCollectionBytes === undefined) return
    const n = this.#engine.write(
      JSON.stringify({ Throughput: throughput, ItemCollectionBytes: itemCollectionBytes }))
    const body = this.#engine.exec(handle, this.#engine.operation('ddblite.SetLimits'), n)
    if (this.#engine.status() !== 200) throw errorOf(body, this.#engine.status())
  }

  /* ---- buckets ---- */

  /** What db.bucket() asks. @internal */
  async objects (method, args) {
    if (this.#closing !== null) throw clientClosed()
    try {
      return this.#buckets.ask(method, args)
    } catch (error) {
      throw error.status === undefined ? error : bucketError(error)
    }
  }

  /**
   * Makes a folder the bucket of that name, until the function that it gives is called.
   * @internal
   */
  mountFolder (bucket, folder) {
    return this.#buckets.mount(bucket, folder)
  }

  /* ---- before the engine is loaded ---- */

  /* Is the engine one that is still to be loaded? */
  #mustWait () {
    if (engines.current() !== null) return false
    if (this.#closing !== null) throw clientClosed()
    return true
  }

  /* Calls that wait run in their order and before any later call, since all wait for one promise
   * that is settled in the moment the engine is there. */
  #later (call) {
    this.#waiting++
    return engines.load().then(() => {
      this.#waiting--
      return call()
    }, error => {
      this.#waiting--
      throw error
    })
  }

  /* With the request as it is now: that is what execute() promises. */
  #executeLater (operation, request) {
    const copy = JSON.parse(encodeBytes(request) ?? JSON.stringify(request))
    return this.#later(() => this.execute(operation, copy))
  }

  /* ---- refusals ---- */

  /* A reply that is not a result, or null for a request that was too long to send. */
  #refused (op, request, body) {
    const status = body === null ? 413 : this.#engine.status()
    const joined = body !== null && this.#engine.pending()
    if (body === null || body.includes('#SerializationException"')) {
      const json = encodeBytes(request)
      if (json !== null) return this.#again(op, json)
    }
    const error = body === null ? requestTooLarge() : errorOf(body, status)
    const delay = body === null ? 0 : this.#engine.delay()
    const reply = joined ? this.#join(undefined, error) : Promise.reject(error)
    return delay === 0 ? reply : this.#clock.hold(reply, delay)
  }

  #again (op, json) {
    const n = this.#engine.write(json)
    if (n < 0) return Promise.reject(requestTooLarge())
    const body = this.#engine.exec(this.#handle, op, n)
    const failed = this.#engine.status() !== 200
    const error = failed ? errorOf(body, this.#engine.status()) : undefined
    const result = failed ? undefined : JSON.parse(body)
    const delay = this.#engine.delay()
    const reply = this.#engine.pending()
      ? this.#join(result, error)
      : failed ? Promise.reject(error) : Promise.resolve(result)
    return delay === 0 ? reply : this.#clock.hold(reply, delay)
  }

  /* ---- whole databases ---- */

  /* Runs `call` after everything before it, which is committed. */
  #alone (call) {
    try {
      if (this.#handle === null && this.#mustWait()) return this.#later(() => this.#alone(call))
      const handle = this.#handle ?? this.#require()
      this.#commit()
      if (this.#follows) this.#addon.setClock(handle, this.#clock.now())
      return Promise.resolve(call(handle))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /* ---- group commit ---- */

  /* Would a write be the first of its turn, in memory? */
  #beginsTurn () {
    return !this.#turnBegun && this.#group.length === 0 && !this.persistent
  }

  /* The promise of what was committed alone is settled when the turn has ended. */
  #turnBegins (value) {
    this.#turnBegun = true
    if (this.hub !== null) this.hub.wake()
    return RESOLVED.then(() => {
      this.#turnBegun = false
      return value
    })
  }

  /* `asAnswer` makes an answer of a failed commit, where failures are answers too. */
  #join (value, error, wholeTurn = false, asAnswer = undefined) {
    return new Promise((resolve, reject) => {
      const fail = asAnswer === undefined ? reject : failure => resolve(asAnswer(failure))
      this.#group.push({ resolve, fail, value, error })
      if (this.#group.length >= GROUP_MAX) {
        this.#commit()
      } else if (wholeTurn) {
        this.#commitAtTurnEnd ??= setImmediate(this.#commitBound)
      } else if (!this.#commitDue) {
        this.#commitDue = true
        RESOLVED.then(this.#commitBound) /* a microtask, and cheaper than queueMicrotask() */
      }
    })
  }

  /* Makes the open group durable and settles it. Does nothing when there is none. */
  #commit () {
    this.#commitDue = false
    if (this.#commitAtTurnEnd !== null) {
      clearImmediate(this.#commitAtTurnEnd)
      this.#commitAtTurnEnd = null
    }
    if (this.#group.length === 0) return
    const group = this.#group
    this.#group = []
    const failure = this.#commitNow()
    for (const { resolve, fail, value, error } of group) {
      if (failure !== undefined) fail(failure)
      else if (error !== undefined) fail(error)
      else resolve(value)
    }
  }

  /* Gives what hindered it. */
  #commitNow () {
    let failure
    try {
      const body = this.#addon.commit(this.#handle)
      if (this.#engine.status() !== 200) failure = errorOf(body, this.#engine.status())
    } catch (error) {
      failure = error instanceof EngineError ? error : errorOf(error.message, 500)
    }
    if (this.hub !== null) this.hub.wake()
    return failure
  }

  /* ---- background work ---- */

  #workLater () {
    if (!this.#clock.controlled) this.#workTimer.later() /* else when the clock is moved */
  }

  #work () {
    if (this.#handle === null || this.#clock.controlled) return -1
    this.#commit()
    const next = this.#addon.work(this.#handle)
    this.hub?.wake() /* an item may have expired */
    return next
  }

  /** For tests of this package: the addon and the handle. @internal */
  static internals (client) {
    const handle = client.#require()
    return { addon: client.#addon, handle }
  }
}

module.exports = { EngineClient, EngineError, Snapshot, CONTRACT_VERSION }
