/*
 * engine.mjs - the engine on WebAssembly, with the interface that lib/native.cjs has on the addon.
 *
 *   write(json)              bytes into linear memory
 *   exec(handle, op, n)  ->  wasm_execute()  ->  text out of linear memory
 *
 * Loading is asynchronous and happens once: createEngine() links a SQLite module and engine.wasm
 * and resolves to the engine; from then on every call is synchronous, as the addon's are. All
 * databases of a realm share one engine and its memory.
 *
 * Promises:
 *   - a trap (memory exhausted where nobody can answer it, a bug) ends the engine: every later
 *     call throws EngineCrashed, because what the trap left in memory cannot be trusted;
 *   - nothing of Node is needed: where there is a Buffer it is used, since it is faster.
 * Start at createEngine(). The numbers of `wire` are those of wasm/host.c.
 */
import { linkEngine } from './link.mjs'

const INPUT_BYTES = 65536
const INPUT_KEPT_MAX = 1048576
const REQUEST_BYTES_MAX = 16777216
const RANDOM_POOL_BYTES = 4096
const RANDOM_BYTES_MAX = 65536
const LOG_CHARACTERS_MAX = 65536

const STATUS = 0
const FLAGS = 1
const BODY = 2
const CRC32 = 4
const CONTENT_TYPE = 5
const REQUEST_ID = 7
const REQUEST_ID_N = 52
const TEXTS = 8
const CHECK_AUTH = 15

/* ddb_options.mode */
const MODE_SHARED = 0
const MODE_SOLE = 1

const PENDING = 1
const ASCII = 2
const COMMITTED = 4
const FLAG_BITS = 3

const FILES_FAILED = -3

const realNow = Date.now /* also while a test framework fakes it */

const LEVELS = ['error', 'warn', 'info']
const COUNTERS = ['requests', 'allocs', 'prepares', 'steps', 'commits', 'liveBlocks']

/** The engine trapped; its databases are gone from memory, files are as after a power loss. */
export class EngineCrashed extends Error {
  constructor (cause) {
    super(`The WebAssembly engine crashed: ${cause.message}`, { cause })
    this.name = 'EngineCrashed'
    this.code = 'ERR_DDBLITE_CRASHED'
  }
}

function fail (code, message) {
  const error = new Error(message)
  error.code = code
  throw error
}

const refused = (name, message) => JSON.stringify({ __type: `ddblite#${name}`, message })

/**
 * Links and returns an engine.
 *
 *   sqlite3   what the official sqlite3InitModule() resolved to
 *   wasm      the bytes of engine.wasm, or their WebAssembly.Module
 */
export async function createEngine (sqlite3, wasm) {
  const engine = new Engine()
  const host = {
    now: user => engine.now(user),
    random: (p, n) => engine.random(p, n),
    log: (user, level, p, n) => engine.log(user, level, p, n),
    files: (user, ...call) => engine.files(user, ...call)
  }
  engine.start(sqlite3, await linkEngine(sqlite3, wasm, host))
  return engine
}

/* What a client holds; the engine itself holds only the state, so that it sees when the handle is
 * gone. */
class Handle {
  constructor (state) {
    this.state = state
  }
}

class Engine {
  kind = 'wasm'
  sqlite3
  fileSystem = null /* { vfs, absolute(path), lock(path, waitMs) } where there are files */
  #linked
  #exports
  #memory
  #text
  #wire /* a view, made again when the memory has grown */
  #wireAt
  #input = 0
  #inputSize = 0
  #operations = new Map()
  #states = new Map() /* of handles, by the number that the core knows */
  #forgotten = new FinalizationRegistry(state => this.#close(state))
  #lastHandle = 0
  #pool = new Uint8Array(RANDOM_POOL_BYTES)
  #poolUsed = RANDOM_POOL_BYTES
  #crash = null

  /** @internal */
  start (sqlite3, linked) {
    this.sqlite3 = sqlite3
    this.#linked = linked
    this.#exports = linked.exports
    this.#memory = linked.memory
    this.#text = typeof Buffer === 'function' ? new BufferText() : new CoderText()
    this.#wireAt = this.#exports.wasm_wire()
    this.#view()
    this.#bind(INPUT_BYTES)
    for (let op = 0, p; (p = this.#exports.wasm_op_name(op)) !== 0; op++) {
      this.#operations.set(sqlite3.wasm.cstrToJs(p), op)
    }
    this.contractVersion = this.#exports.wasm_contract_version()
    this.sqliteVersion = sqlite3.wasm.cstrToJs(this.#exports.wasm_sqlite_version())
  }

  /** Did it trap? Then nothing more can be done with it. */
  get crashed () {
    return this.#crash !== null
  }

  /** The calls that take a handle: here, the same object. */
  load () {
    return this
  }

  /* ---- what the addon's object has ---- */

  /** The number of an operation, or undefined. */
  operation (name) {
    return this.#operations.get(name)
  }

  operationNames () {
    return [...this.#operations.keys()].filter(name => !name.includes('.'))
  }

  /**
   * Opens a database; each text may be undefined. Gives its handle, or the error's JSON. `copied`
   * is a handle whose content the new database begins with.
   */
  open (path, region, account, durability, busyMs, tableDelayMs = 0, copied = undefined) {
    const source = copied === undefined ? 0 : this.#open(copied)
    const files = this.fileSystem
    if (path !== undefined && files === null) {
      return refused('StorageError', 'The WebAssembly engine has no files here: leave `path` out')
    }
    const file = path === undefined ? undefined : files.absolute(path)
    const lock = path === undefined ? {} : files.lock(file, busyMs)
    if (lock.refusal) return refused('StorageBusy', lock.refusal)
    const mode = path === undefined ? MODE_SHARED : MODE_SOLE
    const id = ++this.#lastHandle
    const state = { id, db: 0, clock: -1, log: '', files: null, release: lock.release }
    this.#states.set(id, state)
    const error = this.#guarded(() => {
      this.#putTexts(0, [file, region, account, files?.vfs])
      state.db = this.#exports.wasm_open(id, durability, busyMs, tableDelayMs, mode, source)
      return state.db === 0 ? this.#body() : null
    })
    if (error !== null) {
      this.#states.delete(id)
      lock.release?.()
      return error
    }
    const handle = new Handle(state)
    this.#forgotten.register(handle, state, state)
    return handle
  }

  /** Why a file cannot be opened, as far as SQLite would not see it: open() finds out here. */
  refusal () {
    return null
  }

  /** Closing twice is fine. A handle that nobody holds any more is closed too. */
  close (handle) {
    this.#forgotten.unregister(handle.state)
    this.#close(handle.state)
  }

  #close (state) {
    if (state.db === 0) return
    const { id, db, release } = state
    this.#states.delete(id)
    state.db = 0
    try {
      if (this.#crash === null) this.#guarded(() => this.#exports.wasm_close(db))
    } finally {
      release?.()
    }
  }

  /** Runs operation `op` on the n bytes written; the reply's status is in status(), pending(). */
  exec (handle, op, n) {
    return this.#execute(this.#exports.wasm_execute, handle, op, n)
  }

  /** The same, and the commit of what it has written, when no group is open: see committed(). */
  execAlone (handle, op, n) {
    return this.#execute(this.#exports.wasm_execute_alone, handle, op, n)
  }

  #execute (call, handle, op, n) {
    if (op < 0 || op >= this.#operations.size) fail('ERR_DDBLITE_OPERATION', 'No such operation')
    const db = this.#open(handle)
    try {
      call(db, op, n)
    } catch (error) {
      throw this.#crashed(error)
    }
    const body = this.#body()
    if (n > INPUT_KEPT_MAX) this.#release()
    return body
  }

  commit (handle) {
    const db = this.#open(handle)
    return this.#guarded(() => {
      this.#exports.wasm_commit(db)
      return this.#body()
    })
  }

  rollback (handle) {
    const db = this.#open(handle)
    this.#guarded(() => this.#exports.wasm_rollback(db))
  }

  /** In how many milliseconds there is more to do; -1: nothing in sight. */
  work (handle) {
    const db = this.#open(handle)
    return this.#guarded(() => this.#exports.wasm_work(db))
  }

  /** The database as bytes, or the error's JSON. */
  snapshot (handle) {
    const db = this.#open(handle)
    return this.#guarded(() => {
      this.#exports.wasm_snapshot(db)
      return this.#image()
    })
  }

  /* The bytes that a call gave, or the reply's body. */
  #image () {
    const wire = this.#view()
    if (wire[STATUS] !== 0) return this.#body()
    const bytes = this.#bytesAt(wire[BODY], wire[BODY + 1])
    this.#exports.wasm_free_image()
    return bytes
  }

  /** A step of an export or an import (core/api/ddb.h): bytes, or the reply's body. */
  transfer (handle, step, number, bytes = undefined) {
    const db = this.#open(handle)
    const call = (p, n) => {
      this.#exports.wasm_transfer(db, step, number, p, n)
      return this.#image()
    }
    return bytes === undefined ? this.#guarded(() => call(0, 0)) : this.#withBytes(bytes, call)
  }

  /** Undefined, or the error's JSON. May mark the bytes as no longer in WAL mode. */
  checkSnapshot (bytes) {
    return this.#withBytes(bytes, (p, n) => {
      if (this.#exports.wasm_check_snapshot(p, n) !== 0) return this.#body()
      bytes.set(new Uint8Array(this.#memory.buffer, p, n))
    })
  }

  /** The database becomes those bytes. Gives the reply's body. */
  restore (handle, bytes) {
    const db = this.#open(handle)
    return this.#withBytes(bytes, (p, n) => {
      this.#exports.wasm_restore(db, p, n)
      return this.#body()
    })
  }

  /** What to reset is the n bytes of JSON that were written. Gives the reply's body. */
  reset (handle, n) {
    const db = this.#open(handle)
    return this.#guarded(() => {
      this.#exports.wasm_reset(db, n)
      return this.#body()
    })
  }

  describe (handle) {
    const db = this.#open(handle)
    return this.#guarded(() => {
      this.#exports.wasm_describe(db)
      return this.#body()
    })
  }

  counters (handle) {
    const at = this.#exports.wasm_counters(this.#open(handle))
    const numbers = new Float64Array(this.#memory.buffer, at, COUNTERS.length)
    return Object.fromEntries(COUNTERS.map((name, i) => [name, numbers[i]]))
  }

  /** Tests: see ddb_fail_after. */
  failAfter (handle, n) {
    this.#exports.wasm_fail_after(this.#open(handle), n)
  }

  /** Unix time in ms that the engine sees from now on; negative: the system's again. */
  setClock (handle, ms) {
    this.#open(handle)
    handle.state.clock = ms < 0 ? -1 : ms
  }

  /** Is the clock moved by the host? See ddb_drive_clock. */
  driveClock (handle, driven) {
    this.#exports.wasm_drive_clock(this.#open(handle), driven ? 1 : 0)
  }

  /** fn is called while operations and work() run, and must not call in (buckets/calls.cjs). */
  setFiles (handle, fn) {
    const db = this.#open(handle)
    handle.state.files = fn
    this.#exports.wasm_set_files(db, handle.state.id)
  }

  /** Lines since the last call. */
  readLog (handle) {
    const { log } = handle.state
    handle.state.log = ''
    return log
  }

  /* ---- what native.cjs adds to it ---- */

  status () {
    return this.#wire[STATUS]
  }

  pending () {
    return (this.#wire[FLAGS] & PENDING) !== 0
  }

  committed () {
    return (this.#wire[FLAGS] & COMMITTED) !== 0
  }

  /** For how many milliseconds the reply is held back. */
  delay () {
    return this.#wire[FLAGS] >>> FLAG_BITS
  }

  /** Writes a request's text into the input. Returns its bytes, or -1 if it is too long. */
  write (text) {
    if (this.#crash !== null) throw this.#crash
    if (text.length * 3 > this.#inputSize) {
      const n = this.#text.byteLength(text)
      if (n > REQUEST_BYTES_MAX) return -1
      this.#reserve(n)
    }
    return this.#text.write(this.#memory, this.#input, this.#inputSize, text)
  }

  /** Runs one HTTP request; each text of it may be undefined. Null: the body is too long. */
  http (handle, body, request, checkAuth) {
    const { target, contentType, authorization, date, query, credentials, head } = request
    const db = this.#open(handle)
    return this.#guarded(() => {
      const bytes = typeof body === 'string' ? this.#text.bytesOf(body) : body
      const n = bytes.byteLength
      if (n > REQUEST_BYTES_MAX) return null
      this.#putTexts(n, [target, contentType, authorization, date, query, credentials, head])
      new Uint8Array(this.#memory.buffer, this.#input, n).set(bytes)
      this.#wire[CHECK_AUTH] = checkAuth ? 1 : 0
      this.#exports.wasm_http(db, n)
      const text = this.#body()
      const type = this.#wire[CONTENT_TYPE]
      const answer = {
        status: this.status(),
        pending: this.pending(),
        delay: this.delay(),
        contentType: type === 0
          ? undefined
          : this.#text.read(this.#memory, type, this.#wire[CONTENT_TYPE + 1], true),
        requestId: this.#text.read(this.#memory, this.#wire[REQUEST_ID], REQUEST_ID_N, true),
        crc32: this.#wire[CRC32] >>> 0,
        body: text
      }
      this.#release()
      return answer
    })
  }

  /** For tests: bytes of the core's stack that were ever used, and of the whole memory. */
  sizes () {
    return { stack: this.#linked.stackUsed(), memory: this.#memory.buffer.byteLength }
  }

  /* ---- what the core asks for ---- */

  /** @internal */
  now (user) {
    const clock = this.#states.get(user)?.clock ?? -1
    return clock < 0 ? realNow() : clock
  }

  /** @internal */
  random (p, n) {
    const out = new Uint8Array(this.#memory.buffer, p, n)
    if (n > RANDOM_POOL_BYTES) return this.#randomly(out)
    if (this.#poolUsed + n > RANDOM_POOL_BYTES) {
      globalThis.crypto.getRandomValues(this.#pool)
      this.#poolUsed = 0
    }
    out.set(this.#pool.subarray(this.#poolUsed, this.#poolUsed += n))
  }

  /* A call of getRandomValues() fills so much at most. */
  #randomly (out) {
    for (let at = 0; at < out.length; at += RANDOM_BYTES_MAX) {
      globalThis.crypto.getRandomValues(out.subarray(at, at + RANDOM_BYTES_MAX))
    }
  }

  /** @internal */
  log (user, level, p, n) {
    const state = this.#states.get(user)
    if (state === undefined || state.log.length + n > LOG_CHARACTERS_MAX) return
    state.log += `${LEVELS[level] ?? 'info'} ${this.#text.read(this.#memory, p, n, false)}\n`
  }

  /** @internal */
  files (user, verb, bucket, key, at, input, inputLength, coding, output, room) {
    const text = p => this.sqlite3.wasm.cstrToJs(p)
    const bytes = this.#bytesAt(input, inputLength)
    const { files } = this.#states.get(user)
    const result = files(verb, text(bucket), text(key), at, bytes, coding, room)
    if (typeof result === 'number') return result
    if (result.length > room) return FILES_FAILED
    new Uint8Array(this.#memory.buffer, output, room).set(result)
    return result.length
  }

  /* ---- calls ---- */

  #open (handle) {
    if (this.#crash !== null) throw this.#crash
    if (!(handle instanceof Handle)) fail('ERR_DDBLITE_HANDLE', 'Not a database handle')
    if (handle.state.db === 0) fail('ERR_DDBLITE_CLOSED', 'The database is closed')
    return handle.state.db
  }

  #guarded (call) {
    if (this.#crash !== null) throw this.#crash
    try {
      return call()
    } catch (error) {
      throw this.#crashed(error)
    }
  }

  /* Only what WebAssembly itself threw is a crash: a trap, or its stack was too small. */
  #crashed (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      this.#crash = new EngineCrashed(error)
      return this.#crash
    }
    return error
  }

  #body () {
    const wire = this.#view()
    const flags = wire[FLAGS]
    return this.#text.read(this.#memory, wire[BODY], wire[BODY + 1], (flags & ASCII) !== 0)
  }

  /* ---- memory ---- */

  /* The buffer of a memory that grew is another one. */
  #view () {
    if (this.#wire === undefined || this.#wire.buffer !== this.#memory.buffer) {
      this.#wire = new Int32Array(this.#memory.buffer, this.#wireAt, 16)
    }
    return this.#wire
  }

  #bind (size) {
    const p = this.#exports.wasm_input(size)
    if (p === 0) fail('ERR_DDBLITE_MEMORY', `There is no memory for a request of ${size} bytes`)
    this.#input = p
    this.#inputSize = size
    this.#view()
  }

  #reserve (n) {
    if (n <= this.#inputSize) return
    let size = INPUT_BYTES
    while (size < n) size *= 2
    this.#bind(size)
  }

  /* A long request's buffer is not kept. */
  #release () {
    if (this.#inputSize > INPUT_KEPT_MAX) this.#bind(INPUT_BYTES)
  }

  #bytesAt (p, n) {
    const bytes = new Uint8Array(this.#memory.buffer, p, n)
    return typeof Buffer === 'function' ? Buffer.from(bytes) : bytes.slice()
  }

  /* Calls with a copy of the bytes in linear memory. */
  #withBytes (bytes, call) {
    return this.#guarded(() => {
      const { malloc, free } = this.sqlite3.wasm.exports
      const n = bytes.byteLength
      const p = malloc(n || 1)
      if (p === 0) return fail('ERR_DDBLITE_MEMORY', `There is no memory for ${n} bytes`)
      try {
        new Uint8Array(this.#memory.buffer, p, n).set(bytes)
        return call(p, n)
      } finally {
        free(p)
      }
    })
  }

  /* Writes texts behind the first n bytes of the input, and where they are to the wire. */
  #putTexts (n, texts) {
    const all = texts.map(text => text === undefined ? null : this.#text.bytesOf(`${text}\0`))
    this.#reserve(all.reduce((sum, bytes) => sum + (bytes?.length ?? 0), n))
    let at = n
    const wire = this.#view()
    all.forEach((bytes, i) => {
      wire[TEXTS + i] = bytes === null ? -1 : at
      if (bytes === null) return
      new Uint8Array(this.#memory.buffer, this.#input + at, bytes.length).set(bytes)
      at += bytes.length
    })
  }
}

/* ---- texts in and out of memory ---- */

class BufferText {
  #bytes = Buffer.alloc(0)

  #of (memory) {
    if (this.#bytes.buffer !== memory.buffer) this.#bytes = Buffer.from(memory.buffer)
    return this.#bytes
  }

  byteLength (text) {
    return Buffer.byteLength(text)
  }

  bytesOf (text) {
    return Buffer.from(text)
  }

  write (memory, p, size, text) {
    return this.#of(memory).utf8Write(text, p, size)
  }

  read (memory, p, n, ascii) {
    const bytes = this.#of(memory)
    return ascii ? bytes.latin1Slice(p, p + n) : bytes.utf8Slice(p, p + n)
  }
}

class CoderText {
  #encoder = new TextEncoder()
  #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  byteLength (text) {
    return this.#encoder.encode(text).length
  }

  bytesOf (text) {
    return this.#encoder.encode(text)
  }

  write (memory, p, size, text) {
    return this.#encoder.encodeInto(text, new Uint8Array(memory.buffer, p, size)).written
  }

  read (memory, p, n) {
    return this.#decoder.decode(new Uint8Array(memory.buffer, p, n))
  }
}
