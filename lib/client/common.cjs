/*
 * common.cjs - what every EngineClient has, wherever its engine runs: methods that need little
 * but execute(). The client in Node (client.cjs) and the one on a web page extend this class, so
 * nothing here may ask for a module of Node.
 */
'use strict'

const { Bucket } = require('../buckets/bucket.cjs')
const { Faults } = require('../faults/index.cjs')
const { clientClosed } = require('./errors.cjs')
const { JSON_1_0 } = require('./protocol.cjs')
const { setImmediate } = require('./timers.cjs') /* before a test framework's fake ones */

class CommonClient {
  #faults
  #metrics
  #hub = null
  #namespaces = new Map() /* by "account/region" */

  /** The handlers of streams, once there are any. @internal */
  get hub () {
    return this.#hub
  }

  /**
   * Answers one request of the HTTP protocol. `target` is the X-Amz-Target header; `headers` may
   * give contentType, authorization and date. Resolves to { status, headers, body }.
   */
  dispatchHttp (target, body = '', headers = {}) {
    if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
      return Promise.reject(new TypeError('dispatchHttp: the body must be a string or bytes'))
    }
    return this.dispatch({ target, contentType: JSON_1_0, ...headers }, body)
  }

  /**
   * The client of another account or Region, with a database and ARNs of its own, beside this one's
   * if that is kept. Asking again gives the same client; closing this one closes it.
   */
  namespace ({ region = this.region, accountId = this.accountId } = {}) {
    if (this.closing) throw clientClosed()
    if (region === this.region && accountId === this.accountId) return this
    const key = `${accountId}/${region}`
    let client = this.#namespaces.get(key)
    if (client === undefined || client.closing) {
      client = this.inNamespace(region, accountId)
      this.#namespaces.set(key, client)
    }
    return client
  }

  /** @internal */
  closeNamespaces () {
    return Promise.all([...this.#namespaces.values()].map(client => client.close()))
  }

  [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')] () {
    return this.close()
  }

  /**
   * What the database is and holds. `tables` names those that are meant; `counts: false` counts
   * nothing.
   */
  async info ({ tables, counts } = {}) {
    return this.execute('ddblite.Info', { TableNames: tables, Counts: counts })
  }

  /** Gives the room of what was deleted back, when all that came before is committed. */
  async vacuum () {
    await null
    return this.execute('ddblite.Vacuum')
  }

  /**
   * What a request does to which items, through which index, and what it costs. Nothing is changed.
   */
  async explain (operation, request) {
    return require('../insight/explain.cjs').explain(this, operation, request)
  }

  /** What requests cost and how long they take. The first use switches it on. */
  get metrics () {
    if (this.#metrics === undefined) {
      const { Metrics } = require('../insight/metrics.cjs')
      this.#metrics = new Metrics(this)
      this.#metrics.start()
    }
    return this.#metrics
  }

  /**
   * Runs `load` while indexes are not kept, and builds them at its end, whether or not it fails.
   * `tables` names those that are meant; default all. Resolves to what `load` gives.
   */
  async bulkLoad (load, { tables } = {}) {
    if (typeof load !== 'function') throw new TypeError('bulkLoad: load must be a function')
    await this.execute('ddblite.BulkLoad', { On: true, TableNames: tables })
    try {
      return await load(this)
    } finally {
      /* An index a call: others have their turn between two. */
      for (let more = true; more;) {
        more = (await this.execute('ddblite.BulkLoad', { On: false })).More === true
        if (more) await new Promise(resolve => { setImmediate(resolve) })
      }
    }
  }

  /**
   * Keeps track of when the items of a table were last used: put, updated, touched, and with
   * `reads` also read by key or by a Query. `enabled: false` ends that.
   */
  async trackUse (table, { reads = false, enabled = true } = {}) {
    await this.execute('ddblite.TrackUse', { TableName: table, Reads: reads, Enabled: enabled })
  }

  /** Marks an item, or several, as used now. Resolves to how many there are. */
  async touch (table, keys) {
    const Keys = Array.isArray(keys) ? keys : [keys]
    return (await this.execute('ddblite.Touch', { TableName: table, Keys })).Touched
  }

  /** The items used least recently, first those never used: [{ key, lastUsed }]. */
  async leastRecentlyUsed (table, { limit } = {}) {
    const request = { TableName: table, Limit: limit }
    const { Items } = await this.execute('ddblite.LeastRecentlyUsed', request)
    return Items.map(({ Key, Ms }) => ({
      key: Key, lastUsed: Ms === undefined ? undefined : new Date(Ms)
    }))
  }

  /** The database as text: tables, keys, indexes, counts and first items. */
  async inspect (options) {
    return require('../insight/inspect.cjs').inspect(this, options)
  }

  /** The database as it is now, as a plain SQLite file: a Blob. */
  async exportDatabase () {
    return require('./transfer.cjs').exportDatabase(this)
  }

  /**
   * The same as a ReadableStream of its bytes, which is also an async iterable: for what is larger
   * than memory. It needs room on disk for a copy.
   */
  exportStream () {
    return require('./transfer.cjs').exportStream(this)
  }

  /**
   * The database becomes that of an SQLite file: a File, a Blob, a stream or bytes of what
   * exportDatabase() gave, or of a file that no process has open. They are taken piece by piece. On
   * failure, or when the `signal` aborts, it stays as it is.
   */
  async importDatabase (source, options) {
    return require('./transfer.cjs').importDatabase(this, source, options)
  }

  /** A bucket of what stands in for S3: create(), put(), get(), list(), delete(). */
  bucket (name) {
    return new Bucket(this, name)
  }

  /** The names of the buckets. */
  async buckets () {
    return this.objects('names', [])
  }

  /** Makes the tables that a document describes. Resolves to { tables, skipped }. */
  async loadSchema (source, options) {
    return require('../schema/load.cjs').loadSchema(this, source, options)
  }

  /** Puts items into tables. Resolves to { items, tables }. */
  async seedData (source, options) {
    return require('../data/seed.cjs').seedData(this, source, options)
  }

  /** What goes wrong on purpose: add(), lag(), list(), clear(), throughput(). */
  get faults () {
    return (this.#faults ??= new Faults(this))
  }

  /** Puts the items of exports and files into tables. Resolves to { items, deleted, tables }. */
  async import (source, options) {
    return require('../data/import.cjs').importData(this, source, options)
  }

  /** Writes tables to a folder or a file. Resolves to { items, tables, files }. */
  async export (target, options) {
    return require('../data/export.cjs').exportData(this, target, options)
  }

  /**
   * Calls a Lambda function's handler with what is written to a table from now on. Resolves to a
   * Subscription.
   */
  async subscribe (table, handler, options) {
    return (await this.#watched()).subscribe(table, handler, options)
  }

  /**
   * Calls back with the result of a read now, and again when a commit has changed it. Resolves to a
   * LiveQuery after the first time.
   */
  async live (operation, request, callback, options) {
    return (await this.#watched()).live(operation, request, callback, options)
  }

  async #watched () {
    this.#hub ??= new (require('../streams/hub.cjs').Hub)(this)
    await this.watch()
    return this.#hub
  }

  /** Sees to it that the hub is woken after commits, where that is not so anyway. @internal */
  async watch () {}

  /** Those that are open. @internal */
  get subscriptions () {
    return this.#hub?.all ?? []
  }

  /** Resolves when the handlers of all subscriptions have handled everything written so far. */
  async drain () {
    await this.#hub?.drain()
  }
}

module.exports = { CommonClient }
