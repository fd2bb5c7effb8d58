/*
 * database.cjs - TestDatabase: the database of a test file, as a test runner's hooks drive it.
 *
 *   start()      before the tests: tables, data, endpoint
 *   beginTest()  before each: the first takes a snapshot, every later one goes back to it
 *   fork()       for tests that run side by side: a database of its own that is as at the snapshot
 *   stop()       after the tests: the endpoint is closed, the environment as it was
 *
 * The snapshot is taken at the first test and not in start(), so that what a file's own beforeAll
 * hooks write belongs to it. `isolate` says how long the content lives:
 *
 *   test     until the next test (the default)
 *   file     until the file's end
 *   worker   until the worker's end; its files share it
 *
 * Promises: nothing here keeps the process alive, and stop() waits for no connection.
 * Start at start().
 */
'use strict'

const { EngineClient, Snapshot } = require('../client/client.cjs')
const { checkOptions } = require('./options.cjs')
const { setVariables, useEndpoint } = require('./environment.cjs')
const { Host } = require('./host.cjs')

const owners = new WeakMap()
let latest = null

class TestDatabase {
  #options
  #db
  #host
  #started = null
  #snapshot = null
  #takesSnapshot = null
  #touched = null /* the engine's counters when the last test began */
  #subscriptions = [] /* that were open then */
  #time = null /* of the snapshot, where the clock stands still */
  #forks = new Set()
  #undo = []

  /**
   * A database of these options. `host` has the endpoint: the process's, or another that is told to
   * `env` already (null: that was done) or that goes with this database (`ownsHost`).
   */
  constructor (given, { host = Host.ofProcess(), env = process.env, ownsHost = false } = {}) {
    this.#options = checkOptions(given)
    const { port = 0, variables = [] } = this.#options.endpoint
    this.#host = port === 0
      ? { host, env, ownsHost, port, variables }
      : { host: new Host(), env: process.env, ownsHost: true, port, variables }
    this.#db = new EngineClient(this.#options.engine)
    this.#tell()
    owners.set(this.#db, this)
    latest = this
  }

  /** The EngineClient of the last one. */
  static latest () {
    if (latest === null) throw new TypeError('ddblite: call useDatabase() before database()')
    return latest.db
  }

  /** The one whose database this is. */
  static owning (db) {
    const owner = owners.get(db)
    if (owner === undefined) throw new TypeError('ddblite: the database is not of useDatabase()')
    return owner
  }

  /** The database that is at the endpoint and, unless tests are concurrent, in the tests' hands. */
  get db () {
    return this.#db
  }

  get isolate () {
    return this.#options.isolate
  }

  /** Everything before the first test; calling it again waits for the same. */
  start () {
    return (this.#started ??= this.#begin())
  }

  async #begin () {
    const { host, env, ownsHost, port } = this.#host
    const kept = this.isolate === 'worker' ? host.load(keyOf(this.#options)) : undefined
    await this.#db.ready() /* Snapshot.from() needs the engine */
    if (kept !== undefined) await this.#db.restore(Snapshot.from(kept))
    else await fill(this.#db, this.#options)
    if (!this.#options.endpoint) return
    await host.listen(port).catch(error => { throw portError(error, port) })
    if (ownsHost) this.#undo.push(() => host.close())
    this.#undo.push(host.attach(this.#db))
    if (env !== null) this.#undo.push(useEndpoint(env, host.url, this.#db.region))
    this.#tell()
  }

  /* The user's own variables: before there is an endpoint they must not lead to another. */
  #tell () {
    const { host, variables } = this.#host
    if (variables.length > 0) this.#undo.push(setVariables(process.env, variables, host.url))
  }

  /** The database as every test finds it. */
  async beginTest () {
    await this.start()
    if (this.isolate !== 'test') return
    if (this.#snapshot !== null && this.#isUntouched()) return
    await this.#clearFaults()
    if (this.#snapshot === null) {
      await this.#remember()
    } else {
      await this.#closeSubscriptions()
      await this.#resetClock()
      await this.#db.restore(this.#snapshot)
    }
    this.#touched = this.#db.counters()
  }

  /* Has the test before called no operation, and the engine done nothing by itself? */
  #isUntouched () {
    const { requests, commits } = this.#db.counters()
    const { clock } = this.#db
    return requests === this.#touched?.requests && commits === this.#touched.commits &&
      (this.#time === null ? !clock.controlled : clock.now() === this.#time)
  }

  /** Takes the snapshot, once. */
  #remember () {
    return (this.#takesSnapshot ??= this.start().then(async () => {
      const { clock } = this.#db
      this.#time = clock.controlled && !clock.follows ? clock.now() : null
      this.#subscriptions = this.#db.subscriptions
      this.#snapshot = await this.#db.snapshot()
    }))
  }

  /* Faults are of the test that adds them, as content is. */
  async #clearFaults () {
    await this.#db.faults.clear()
    await this.#db.faults.throughput(this.#options.engine.throughput ?? 'unlimited')
  }

  /* Those of the set-up and of hooks go on, from the snapshot. */
  async #closeSubscriptions () {
    for (const subscription of this.#db.subscriptions) {
      if (!this.#subscriptions.includes(subscription)) await subscription.close()
    }
  }

  async #resetClock () {
    const { clock } = this.#db
    if (this.#time === null) {
      if (clock.controlled) clock.resume()
    } else if (clock.now() !== this.#time) {
      await clock.set(this.#time)
    }
  }

  /** A database in memory as it is at the snapshot; close() it, or stop() does. */
  async fork () {
    await this.#remember()
    const clock = this.#time === null ? this.#options.engine.clock : { now: this.#time }
    const fork = new EngineClient({ ...this.#options.engine, path: undefined, clock })
    this.#forks.add(fork)
    await fork.restore(this.#snapshot)
    return fork
  }

  /** Closes a fork. */
  release (fork) {
    this.#forks.delete(fork)
    return fork.close()
  }

  /** Runs `test` with a fork of its own. */
  async isolated (test, ...more) {
    const fork = await this.fork()
    try {
      return await test(fork, ...more)
    } finally {
      await this.release(fork)
    }
  }

  /** After the last test. */
  async stop () {
    await this.#started?.catch(() => {})
    for (const fork of this.#forks) await this.release(fork)
    for (const undo of this.#undo.splice(0).reverse()) await undo()
    if (this.isolate === 'worker') await this.#keep()
    await this.#db.close()
  }

  async #keep () {
    this.#host.host.keep(keyOf(this.#options), (await this.#db.snapshot()).bytes())
  }
}

function portError (error, port) {
  if (error.code !== 'EADDRINUSE') return error
  return new Error(`ddblite: something listens at port ${port} already; test files that run side ` +
    'by side need a free one each (endpoint: true)', { cause: error })
}

/* Files of one worker that give the same options mean the same content. */
const keyOf = options => JSON.stringify(options, (name, value) =>
  typeof value === 'function' ? String(value) : value)

/** Makes the tables and writes the items. */
async function fill (db, { tables, schema, schemaOptions, data, setup }) {
  for (const given of [tables, schema]) {
    const sources = typeof given === 'function' ? await given() : given
    for (const source of [sources ?? []].flat()) await db.loadSchema(source, schemaOptions)
  }
  if (data !== undefined) await db.seedData(data)
  if (setup !== undefined) await setup(db)
}

module.exports = { TestDatabase }
