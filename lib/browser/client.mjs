/*
 * client.mjs - EngineClient on a web page: the client of Node, with the engine in a Worker.
 *
 * Nothing is started when this module is loaded or a client is made: the worker comes with the
 * first call. Requests become JSON here, at once, and results are parsed here; in between they are
 * text. What needs only execute() is in lib/client/common.cjs.
 * Start at execute().
 */
import bytes from '../client/bytes.cjs'
import common from '../client/common.cjs'
import errors from '../client/errors.cjs'
import protocol from '../client/protocol.cjs'
import reset from '../client/reset.cjs'
import snapshot from '../client/snapshot.cjs'
import { PageClock } from './clock.mjs'
import { Connection } from './connection.mjs'
import { named } from './errors.mjs'
import { checkOptions } from './options.mjs'

const { EngineError, clientClosed, unknownOperation } = errors
const { CONTRACT_VERSION, httpOf } = protocol

const Snapshot = snapshot.snapshotClass(() => {})

/* global OPERATION_NAMES -- those of the engine, which scripts/bundle-browser.mjs writes here */

/* Bytes in a request: an object where B and BS have text. */
const MAY_HOLD_BYTES = /"B":\{|"BS":\[[^\]]*\{/

function textOf (request) {
  const text = JSON.stringify(request)
  return MAY_HOLD_BYTES.test(text) ? bytes.encodeBytes(request) ?? text : text
}

export class EngineClient extends common.CommonClient {
  #options
  #clock
  #connection = null
  #db = 0 /* its number in the worker; a fork has another one than 0 */
  #closing = null

  /** Makes a client; the worker is started at the first call. Throws a TypeError. */
  constructor (options) {
    super()
    this.#options = checkOptions(options)
    this.#clock = new PageClock(this.#options.clock, (op, payload) => this.#ask(op, payload),
      () => this.hub)
    if (this.#options.metrics) this.metrics.start()
  }

  /** Is the database kept? Before ready(): is it meant to be? */
  get persistent () {
    const { name, ephemeral } = this.#options
    if (this.#db !== 0) return false
    return this.#connection?.persistent ?? (name !== undefined && !ephemeral)
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
    return OPERATION_NAMES.includes(operation)
  }

  /** Opens the database. Rejects with the reason if that fails; a later call tries again. */
  async ready () {
    const opened = await this.#connect().ready()
    return { ...opened, capabilities: [...opened.capabilities] }
  }

  /**
   * Runs one operation. Resolves to its result; rejects with an EngineError whose `name` is the
   * service's exception name.
   */
  async execute (operation, request = {}) {
    if (typeof operation !== 'string') throw unknownOperation(operation)
    return JSON.parse(await this.#call('execute', { op: operation, request: textOf(request) }))
  }

  /** dispatchHttp() for hosts. @internal */
  async dispatch ({ target, ...headers }, body, { checkAuth = false } = {}) {
    try {
      const payload = {
        target, headers, checkAuth, body: typeof body === 'string' ? body : body.slice()
      }
      return JSON.parse(await this.#call('dispatchHttp', payload))
    } catch (error) {
      if (error instanceof EngineError) return httpOf(error)
      throw error
    }
  }

  /** The database as it is now: a Snapshot. */
  async snapshot () {
    return Snapshot.of(await this.#call('snapshot', {}))
  }

  /** The database becomes what it was at the snapshot; on failure it stays as it is. */
  async restore (snapshot) {
    await this.#call('restore', { bytes: Snapshot.bytesOf(snapshot) })
    await this.hub?.rewound()
  }

  /** A step of an export or an import (lib/client/transfer.cjs); the bytes go away. @internal */
  async transfer (step, number, bytes) {
    const told = await this.#call('transfer', { step, number, bytes }, bytes && [bytes.buffer])
    return typeof told === 'string' ? JSON.parse(told) : told
  }

  /** What db.bucket() asks. @internal */
  async objects (method, args, transfer) {
    const told = await this.#call('objects', { method, args }, transfer)
    return typeof told === 'string' ? JSON.parse(told) : told
  }

  /** A client with a database of its own in memory that has the same content. */
  async fork () {
    const { region, accountId, durability, busyTimeout, tableDelay } = this.#options
    const { throughput, itemCollectionBytes } = this.#options
    const fork = new EngineClient({
      ...this.#options, name: undefined, persistence: 'preferred', clock: this.#clock.option()
    })
    fork.#db = JSON.parse(await this.#call('fork', {
      region,
      accountId,
      durability,
      busyTimeout,
      tableDelay,
      throughput,
      itemCollectionBytes,
      clock: fork.#clock.state()
    }))
    fork.#connection = this.#connection.joined()
    fork.#listen()
    return fork
  }

  /**
   * Empties the database. `keepSchema` keeps the tables, with their indexes, Time To Live and tags;
   * `tables` names those that are meant.
   */
  async reset (options) {
    await this.#call('reset', { what: reset.resetRequest(options) })
    await this.hub?.rewound()
  }

  /** A kept one has the name <name>.<account>.<region>. @internal */
  inNamespace (region, accountId) {
    const name = this.#options.name && `${this.#options.name}.${accountId}.${region}`
    return new EngineClient({
      ...this.#options, name, region, accountId, clock: this.#clock.option()
    })
  }

  /** @internal */
  get closing () {
    return this.#closing !== null
  }

  /** The worker tells of each commit from now on. @internal */
  async watch () {
    await this.#ask('watch', {})
  }

  /** What the engine has counted since it was opened. */
  async counters () {
    return this.#ask('counters', {})
  }

  /** Commits what is pending and closes. Calling it again is fine; later operations reject. */
  close () {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close () {
    const namespaces = this.closeNamespaces()
    this.hub?.close()
    const connection = this.#connection
    if (connection !== null) {
      if (this.#db !== 0) await connection.call('close', {}, { db: this.#db }).catch(() => {})
      await connection.leave()
    }
    await namespaces
  }

  /* ---- the worker ---- */

  #connect () {
    if (this.#closing !== null) throw clientClosed()
    if (this.#connection !== null) return this.#connection
    const { clock, workerUrl, assetBase, createWorker, ...place } = this.#options
    this.#connection = Connection.join({ workerUrl, assetBase, createWorker },
      { ...place, clock: () => this.#clock.state() })
    this.#listen()
    return this.#connection
  }

  #listen () {
    this.#connection.listen(this.#db, ({ event, now }) => {
      if (event === 'clock') this.#clock.step(now)
      else if (event === 'written') this.hub?.wake()
    })
  }

  #call (op, payload, transfer) {
    const now = this.#clock.source()
    const call = this.#connect().call(op, payload, { db: this.#db, now, transfer })
    return named(call, payload.op)
  }

  async #ask (op, payload) {
    return JSON.parse(await this.#call(op, payload))
  }

  /** For tests of this package: calls of the engine's object with this database's handle. */
  static internals (client) {
    const call = method => (handle, ...args) => client.#ask('internal', { method, args })
    return { addon: new Proxy({}, { get: (_, method) => call(method) }), handle: null }
  }
}

export { EngineError, Snapshot, CONTRACT_VERSION }
