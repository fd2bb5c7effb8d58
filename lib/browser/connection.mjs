/*
 * connection.mjs - a page's way to one database: the Web Lock of its name, and the Worker.
 *
 *   call() -> queue -> (end of the turn) one message -> worker -> replies by id
 *
 * The first call takes the lock, starts the worker and opens the database; what is called meanwhile
 * waits. The window holds the lock, not the worker: it can end a worker that hangs.
 *
 * How the worker starts: a literal `new Worker(new URL(...))`, which bundlers understand. Where
 * that file or its .wasm files cannot be loaded, the build that has everything inline takes over.
 *
 * Promises: a database in memory that is gone is never replaced by an empty one; a failed open
 * leaves no worker and no lock behind, and the next call tries again.
 * Start at call().
 */
import clientErrors from '../client/errors.cjs'
import { named } from './errors.mjs'
import protocol from '../client/protocol.cjs'

const { EngineError } = clientErrors
const { CONTRACT_VERSION } = protocol

const HANDSHAKE_MS = 5000
const CLOSE_MS = 5000 /* then the worker is ended: no browser answers for files it has removed */

const failure = (name, message, status = 500) =>
  new EngineError({ __type: `ddblite#${name}`, message }, status)

const CRASHED = '{"__type":"ddblite#EngineCrashed"'
const lost = () => failure('EngineCrashed',
  'The worker with this database in memory has ended, and the data with it')
const unknown = () => failure('OutcomeUnknown',
  'The worker ended before it answered: what was sent may have been carried out, or not')

const compiled = new Map() /* WebAssembly modules by the folder they came from */
const shared = new Map() /* connections of kept databases, by name: of one page all use one */

export class Connection {
  #options
  #place /* what open is asked for */
  #users = 0
  #worker = null
  #opening = null
  #opened = null /* the reply of open */
  #ended = false /* in memory, and gone */
  #base /* of the .wasm files */
  #release = null /* gives the lock back */
  #waiting = new Map() /* id -> { resolve, reject } */
  #lastId = 0
  #queue = []
  #transfer = []
  #listeners = new Map() /* of events, by the database's number */
  #onHide = () => this.#hidden()

  /** `place`: name, ephemeral, persistence, region, ... of the database. */
  constructor (options, place) {
    this.#options = options
    this.#place = place
  }

  /**
   * The connection that a client uses, until it calls leave(). Throws a TypeError or an
   * EngineError.
   */
  static join (options, place) {
    if (place.name === undefined || place.ephemeral) return new Connection(options, place).joined()
    const there = shared.get(place.name)
    if (there === undefined) {
      const connection = new Connection(options, place)
      shared.set(place.name, connection)
      return connection.joined()
    }
    for (const what of ['region', 'accountId']) {
      if (there.#place[what] === place[what]) continue
      throw new TypeError(`EngineClient: ${place.name} is open in this page with the ${what} ` +
        `${there.#place[what]}, not ${place[what]}`)
    }
    if (there.#worker === null && there.#opening === null) { /* it could not be opened */
      there.#options = options
      there.#place = place
    }
    if (place.persistence === 'required' && there.#opened?.persistenceMode === 'memory') {
      throw failure('StorageUnavailable',
        `The database cannot be kept: ${there.#opened.persistenceReason}`, 503)
    }
    return there.joined()
  }

  /** Another client uses it too. */
  joined () {
    this.#users++
    return this
  }

  /** Is it kept, as far as is known? */
  get persistent () {
    if (this.#opened !== null) return this.#opened.persistenceMode !== 'memory'
    return this.#kept
  }

  get #kept () {
    return this.#place.name !== undefined && !this.#place.ephemeral
  }

  /** Resolves to the reply of open. */
  async ready () {
    if (this.#ended) throw lost()
    if (this.#opened !== null) return this.#opened
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  /**
   * Asks the worker. Resolves to the result's text; rejects with an EngineError, or with what will
   * be one where the caller's stack is known: the reply's { error, status }.
   */
  call (op, payload, { db = 0, now, transfer } = {}) {
    return new Promise((resolve, reject) => {
      const message = { id: ++this.#lastId, op, payload, contractVersion: CONTRACT_VERSION }
      if (db !== 0) message.db = db
      if (now !== undefined) message.now = now
      if (transfer !== undefined) this.#transfer.push(...transfer)
      this.#waiting.set(message.id, { resolve, reject })
      this.#queue.push(message)
      if (this.#queue.length > 1) return
      if (this.#opened !== null) queueMicrotask(() => this.#flush())
      else this.ready().then(() => this.#flush(), error => this.#fail(error))
    })
  }

  /** `listener(message)` is called with the events of a database. */
  listen (db, listener) {
    this.#listeners.set(db, listener)
  }

  /** A client has done. Resolves when the last one's database is closed and its lock is free. */
  async leave () {
    if (--this.#users > 0) return
    if (shared.get(this.#place.name) === this) shared.delete(this.#place.name)
    if (this.#opening !== null) await this.#opening.catch(() => {})
    if (this.#worker === null) return
    let timer
    const late = new Promise(resolve => { timer = setTimeout(resolve, CLOSE_MS) })
    await Promise.race([this.call('close', {}).catch(() => {}), late])
    clearTimeout(timer)
    this.#stop()
  }

  /* ---- messages ---- */

  #flush () {
    if (this.#queue.length === 0 || this.#worker === null) return
    const messages = this.#queue.splice(0)
    this.#worker.postMessage(messages.length === 1 ? messages[0] : messages,
      this.#transfer.splice(0))
  }

  #receive (data) {
    for (const message of Array.isArray(data) ? data : [data]) {
      if (message.event === 'modules') {
        compiled.set(this.#base, message.modules)
        continue
      }
      if (message.event !== undefined) {
        this.#listeners.get(message.db)?.(message)
        continue
      }
      const waiting = this.#waiting.get(message.id)
      if (waiting === undefined) continue
      this.#waiting.delete(message.id)
      if (message.ok) waiting.resolve(message.result)
      else this.#refuse(waiting, message)
    }
  }

  #refuse ({ reject }, { error, status }) {
    const refusal = { error, status }
    reject(refusal)
    if (error.startsWith(CRASHED)) this.#crashed(refusal)
  }

  /* Everything that waits fails with this error. */
  #fail (error) {
    this.#queue = []
    this.#transfer = []
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(error)
  }

  /* ---- opening ---- */

  async #open () {
    if (this.#kept) this.#release = await takeLock(this.#place.name, this.#place.busyTimeout)
    try {
      const reply = await this.#start()
      this.#opened = reply
      globalThis.addEventListener?.('pagehide', this.#onHide)
      return reply
    } catch (error) {
      this.#stop()
      throw error
    }
  }

  async #start () {
    const { createWorker, workerUrl, assetBase } = this.#options
    this.#base = assetBase === undefined ? undefined : absolute(folder(assetBase))
    const assets = compiled.get(this.#base) ?? { base: this.#base }
    if (createWorker !== undefined) return this.#openIn(await createWorker(), assets)
    if (typeof Worker === 'undefined') {
      throw failure('WorkerFailed', 'There are no Web Workers here (Cloudflare Workers, a ' +
        'server): the engine of a web page needs one')
    }
    if (workerUrl !== undefined) {
      return this.#openIn(new Worker(workerUrl, { type: 'module' }), assets)
    }
    let reason
    try {
      const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
      return await this.#openIn(worker, assets)
    } catch (error) {
      if (error instanceof EngineError && error.type !== 'ddblite#AssetError' &&
          error.type !== 'ddblite#WorkerFailed') throw error
      reason = error
    }
    this.#worker?.terminate()
    let inline
    try {
      inline = await import('./inline.js')
    } catch {
      throw reason
    }
    return this.#openIn(inline.createWorker(), inline.assets())
  }

  /* Waits for the worker's first word, and opens the database in it. */
  async #openIn (worker, assets) {
    this.#worker = worker
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(failure('WorkerFailed', 'The worker does not answer'))
      }, HANDSHAKE_MS)
      worker.onerror = event => {
        clearTimeout(timer)
        const why = event.message ?? 'refused'
        reject(failure('WorkerFailed', `The worker cannot be loaded: ${why}`))
      }
      worker.onmessage = ({ data }) => {
        clearTimeout(timer)
        if (data.contractVersion === CONTRACT_VERSION) return resolve()
        reject(failure('ContractMismatch', `The worker speaks contract ${data.contractVersion}, ` +
          `this page ${CONTRACT_VERSION}: they are of different versions of ddblite`))
      }
    })
    worker.onmessage = ({ data }) => this.#receive(data)
    worker.onmessageerror = () => this.#crashed(unknown())
    worker.onerror = () => this.#crashed(unknown())
    const text = await named(new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#waiting.set(id, { resolve, reject })
      const payload = { ...this.#place, clock: this.#place.clock?.(), assets }
      worker.postMessage({ id, op: 'open', payload, contractVersion: CONTRACT_VERSION })
    }))
    return JSON.parse(text)
  }

  /* ---- the end ---- */

  #stop () {
    globalThis.removeEventListener?.('pagehide', this.#onHide)
    this.#worker?.terminate()
    this.#worker = null
    this.#opened = null
    this.#release?.()
    this.#release = null
  }

  /* The worker is of no more use. A kept database opens again at the next call. */
  #crashed (error) {
    this.#ended = !this.persistent
    this.#stop()
    this.#fail(error)
  }

  /* The page goes away, perhaps into a cache where it sleeps with whatever it holds. */
  #hidden () {
    if (!this.persistent) return
    this.#stop()
    this.#fail(unknown())
  }
}

/* ---- names of places ---- */

const absolute = url => new URL(url, globalThis.location?.href).href
const folder = url => String(url).endsWith('/') ? String(url) : `${url}/`

/* ---- locks ---- */

/* Resolves to the function that gives the lock back. A browser without locks has one page. */
async function takeLock (name, waitMs) {
  const { locks } = globalThis.navigator
  if (locks === undefined) {
    console.warn('ddblite: this browser has no Web Locks; open a database in one tab only')
    return () => {}
  }
  const lock = `ddblite:${name}`
  locks.query().catch(() => {}) /* wakes a page that sleeps with the lock, which then loses it */
  const waited = new AbortController()
  const timer = setTimeout(() => waited.abort(), waitMs)
  return new Promise((resolve, reject) => {
    locks.request(lock, { signal: waited.signal }, () => new Promise(free => {
      clearTimeout(timer)
      resolve(free)
    })).catch(error => reject(error.name === 'AbortError'
      ? failure('StorageBusy', `The database ${JSON.stringify(name)} is open in another tab`, 503)
      : error))
  })
}
