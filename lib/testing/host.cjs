/*
 * host.cjs - an endpoint that outlives test files: requests go to the database of the file that
 * runs now.
 *
 * A program's module makes its SDK client once, and a client keeps the endpoint it has found. Where
 * a runner keeps modules from file to file (vitest with isolate: false), the next file's database
 * must be at the same port: a process, or worker thread, has one Host. jest loads modules anew for
 * each file, in a realm of their own; there the environment has the Host (jest/environment.cjs), so
 * that it listens before the file's first module is loaded.
 *
 * It also keeps what isolate: 'worker' hands from file to file. It keeps no process alive.
 */
'use strict'

const { listen } = require('../server/index.cjs')

const KEY = Symbol.for('ddblite.host')
const CONTENT_TYPE = 'application/x-amz-json-1.0'

class Host {
  #db = null
  #server = null
  #listening = null
  #kept

  /** `kept`: contents by their options, of this worker. */
  constructor (kept = new Map()) {
    this.#kept = kept
  }

  /** Listens at the port, unless it does already; 0 is a free one. */
  listen (port = 0, host = undefined) {
    const target = {
      region: 'us-east-1',
      ready: async () => {},
      dispatch: (...request) => this.#db === null ? noDatabase() : this.#db.dispatch(...request)
    }
    const options = { port, host, allowedHosts: host === undefined ? [] : [host], graceMs: 0 }
    return (this.#listening ??= listen(target, options, { unref: true }).then(server => {
      this.#server = server
    }))
  }

  /** Undefined until it listens. */
  get url () {
    return this.#server?.url
  }

  get port () {
    return this.#server.port
  }

  /** Requests go to `db` from now on; gives a function that ends it. */
  attach (db) {
    const before = this.#db
    this.#db = db
    return () => {
      if (this.#db === db) this.#db = before
    }
  }

  load (key) {
    return this.#kept.get(key)
  }

  /** The bytes are copied: the realm they are of may go. */
  keep (key, bytes) {
    this.#kept.set(key, Buffer.from(bytes))
  }

  async close () {
    await this.#listening?.catch(() => {})
    this.#db = null
    await this.#server?.close()
  }

  /** The one of this process or worker thread; jest's realms have a `process` each. */
  static ofProcess () {
    return (process[KEY] ??= new Host())
  }
}

async function noDatabase () {
  return {
    status: 400,
    headers: { 'content-type': CONTENT_TYPE },
    body: JSON.stringify({
      __type: 'ddblite#NoDatabase',
      message: 'No database is attached: call useDatabase() in the test file or in a file of ' +
        "the runner's set-up"
    })
  }
}

module.exports = { Host }
