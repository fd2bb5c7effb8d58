/*
 * native.cjs - finds and loads the addon, and owns the two buffers it shares with JavaScript.
 *
 * Order: $DDBLITE_ADDON (a path), build/Release (built on this machine: newer than a prebuild),
 * prebuilds/<platform>.node, the same two below the package as seen from the working directory
 * (bundlers move this file away from its package), and next to the executable.
 *
 * Promises: nothing is loaded until the first database is made; the error of a failed load says
 * what was tried and how to build. No dependency, no install script.
 * Start at load(). The numbers of `wire` are those of addon/addon.c.
 */
'use strict'

const builtin = require('./builtin.cjs')
const { refusal } = require('./wasm/file-lock.cjs')
const { existsSync, readFileSync } = builtin('node:fs', () => require('node:fs'))
const { createRequire } = builtin('node:module', () => require('node:module'))
const path = builtin('node:path', () => require('node:path'))

const WIRE_BYTES = 256
const INPUT_BYTES = 65536
const INPUT_KEPT_MAX = 1048576
const REQUEST_BYTES_MAX = 16777216

const STATUS = 0
const FLAGS = 1
const CRC32 = 2
const CONTENT_TYPE_N = 3
const TEXTS = 4 /* those of http(): an offset and a length each */
const HTTP_FLAGS = 18
const REQUEST_ID_AT = 76
const REQUEST_ID_N = 52
const CONTENT_TYPE_AT = 140

const PENDING = 1
const COMMITTED = 4
const FLAG_BITS = 3
const CHECK_AUTH = 1

class AddonError extends Error {
  constructor (message, options) {
    super(message, options)
    this.name = 'AddonError'
    this.code = 'ERR_DDBLITE_ADDON'
  }
}

/* ------------------------------------------------------------------ finding it ---------- */

/* The dynamic loader's name in our own map of memory: process.report is slow, and wrong on some
 * runtimes. */
function usesMusl () {
  try {
    return /\/ld-musl-/.test(readFileSync('/proc/self/maps', 'utf8'))
  } catch {
    return false
  }
}

/** The names a prebuild for this machine may have, likeliest first. */
function platformNames () {
  const { platform, arch } = process
  if (platform !== 'linux') return [`${platform}-${arch}`]
  const names = [`linux-${arch}`, `linuxmusl-${arch}`]
  return usesMusl() ? names.reverse() : names
}

/* Where the package may be: a bundle has moved this file, and ESM output has no __dirname. */
function packageRoots () {
  const roots = new Set()
  if (typeof __dirname === 'string') roots.add(path.join(__dirname, '..'))
  try {
    const fromCwd = createRequire(path.join(process.cwd(), 'noop.js'))
    roots.add(path.dirname(fromCwd.resolve('ddblite/package.json')))
  } catch { /* the working directory does not know us: the other places remain */ }
  return roots
}

function candidates () {
  const list = []
  for (const root of packageRoots()) {
    list.push(path.join(root, 'build', 'Release', 'ddblite.node'))
    for (const name of platformNames()) list.push(path.join(root, 'prebuilds', `${name}.node`))
  }
  list.push(path.join(path.dirname(process.execPath), 'ddblite.node'))
  return list
}

function dlopen (file) {
  const module = { exports: {} }
  process.dlopen(module, path.resolve(file))
  return module.exports
}

function loadAddon () {
  const named = process.env.DDBLITE_ADDON
  if (named) {
    try {
      return dlopen(named)
    } catch (cause) {
      const message = `DDBLITE_ADDON names ${named}, which does not load: ${cause.message}`
      throw new AddonError(message, { cause })
    }
  }
  const failures = []
  let cause
  for (const file of candidates()) {
    if (!existsSync(file)) continue
    try {
      return dlopen(file)
    } catch (error) {
      cause = error
      failures.push(`\n  ${file}: ${error.message}`)
    }
  }
  const why = failures.length > 0
    ? `None of the addons found loads:${failures.join('')}`
    : `There is no prebuilt addon for ${platformNames()[0]} (Node ${process.versions.node})`
  const how = 'Build it from source, which needs only a C compiler:\n  npx ddblite build'
  throw new AddonError(`${why}\n${how}`, { cause })
}

/* ------------------------------------------------------------------ the shared buffers -- */

let addon = null
let input = null
let wireBytes = null
let wire = null
let operations = null

function bind (size) {
  input = Buffer.from(new ArrayBuffer(size))
  addon.bind(input, wireBytes)
}

/** The addon; loads it at the first call. Throws an AddonError. */
function load () {
  if (addon === null) {
    const loaded = loadAddon()
    const memory = new ArrayBuffer(WIRE_BYTES)
    wireBytes = Buffer.from(memory)
    wire = new Int32Array(memory)
    addon = loaded
    bind(INPUT_BYTES)
    operations = new Map(addon.operations().map((name, number) => [name, number]))
  }
  return addon
}

/* Makes room for n bytes; what was in the buffer is lost. */
function reserve (n) {
  if (n > input.length) {
    let size = INPUT_BYTES
    while (size < n) size *= 2
    bind(size)
  }
}

/** Runs after a long request: its buffer is not kept. */
function release () {
  if (input.length > INPUT_KEPT_MAX) bind(INPUT_BYTES)
}

/** Writes a request's text into the input buffer. Returns its bytes, or -1 if it is too long. */
function write (text) {
  if (text.length * 3 <= input.length) return input.utf8Write(text, 0, input.length)
  const n = Buffer.byteLength(text)
  if (n > REQUEST_BYTES_MAX) return -1
  reserve(n)
  return input.utf8Write(text, 0, input.length)
}

/** The same for bytes. */
function writeBytes (bytes) {
  if (bytes.byteLength > REQUEST_BYTES_MAX) return -1
  reserve(bytes.byteLength)
  input.set(bytes, 0)
  return bytes.byteLength
}

/* ------------------------------------------------------------------ calls --------------- */

/** Runs operation `op` on the n bytes written. The status and flags are in status(), pending(). */
function exec (handle, op, n) {
  const body = addon.exec(handle, op, n)
  if (n > INPUT_KEPT_MAX) release()
  return body
}

/** The same, and the commit of what it has written, when no group is open: see committed(). */
function execAlone (handle, op, n) {
  const body = addon.execAlone(handle, op, n)
  if (n > INPUT_KEPT_MAX) release()
  return body
}

const status = () => wire[STATUS]
const pending = () => (wire[FLAGS] & PENDING) !== 0
const committed = () => (wire[FLAGS] & COMMITTED) !== 0
/** For how many milliseconds the reply is held back: a fault (lib/faults). */
const delay = () => wire[FLAGS] >>> FLAG_BITS

const wireText = (at, n) => wireBytes.latin1Slice(at, at + n)

/** Runs one HTTP request; each text of it may be undefined. Null: the body is too long. */
function http (handle, body, request, checkAuth) {
  const { target, contentType, authorization, date, query, credentials, head } = request
  const texts = [target, contentType, authorization, date, query, credentials, head]
  const n = typeof body === 'string' ? write(body) : writeBytes(body)
  if (n < 0) return null
  let at = n
  let room = n
  for (const text of texts) if (text !== undefined) room += text.length * 3 + 1
  if (room > input.length) {
    const before = input
    reserve(room)
    input.set(before.subarray(0, n))
  }
  texts.forEach((text, i) => {
    let length = -1
    if (text !== undefined) {
      length = input.utf8Write(text, at, input.length - at)
      input[at + length] = 0
    }
    wire[TEXTS + 2 * i] = at
    wire[TEXTS + 2 * i + 1] = length
    at += length + 1
  })
  wire[HTTP_FLAGS] = checkAuth ? CHECK_AUTH : 0
  const text = addon.http(handle, n)
  const typeLength = wire[CONTENT_TYPE_N]
  const answer = {
    status: wire[STATUS],
    pending: pending(),
    delay: delay(),
    contentType: typeLength < 0 ? undefined : wireText(CONTENT_TYPE_AT, typeLength),
    requestId: wireText(REQUEST_ID_AT, REQUEST_ID_N),
    crc32: wire[CRC32] >>> 0,
    body: text
  }
  release()
  return answer
}

/** The number of an operation, or undefined. Names with a dot are not the service's but our own. */
const operation = name => operations.get(name)
const operationNames = () => [...operations.keys()].filter(name => !name.includes('.'))

module.exports = {
  kind: 'native',
  load,
  write,
  exec,
  execAlone,
  http,
  status,
  pending,
  committed,
  delay,
  operation,
  operationNames,
  packageRoots,
  refusal,
  platformNames,
  AddonError
}
