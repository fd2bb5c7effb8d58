/*
 * server/index.cjs - DynamoDB's HTTP protocol on node:http, for all that is not this process.
 *
 *   POST /     X-Amz-Target names the operation -> EngineClient.dispatch()
 *   GET /      the health text
 *   OPTIONS /  CORS preflight; with an Origin only
 *   else       404
 *
 * What concerns operations (targets, types, authentication, errors) the core decides; here are
 * only the transport's own rules, in the service's order: size, CORS and health, method and path.
 *
 * Promises: all requests that arrive in one turn of the event loop share one commit; a name that
 * is not ours in the Host header is refused, so that a web page cannot reach the database by
 * rebinding its own name to this machine; close() lets running requests end.
 * Start at serve() and answer().
 */
'use strict'

const builtin = require('../builtin.cjs')
const { randomBytes } = builtin('node:crypto', () => require('node:crypto'))
const { createServer } = builtin('node:http', () => require('node:http'))
const { isIP } = builtin('node:net', () => require('node:net'))
/* Taken here, so that fake timers of a test framework do not stop close(). */
const { setTimeout, clearTimeout } = builtin('node:timers', () => require('node:timers'))
const { inspect } = builtin('node:util', () => require('node:util'))
const { EngineClient } = require('../client/client.cjs')

const BODY_BYTES_MAX = 16777216 /* captured: one byte more is 413 */
const BODY_BYTES_READ_MAX = 67108864 /* of a body that is too long, to answer in peace */
const HEADER_BYTES_MAX = 16384
const REQUEST_TIMEOUT_MS = 60000
const KEEP_ALIVE_MS = 65000 /* longer than SDKs keep idle sockets, so that they close first */
const GRACE_MS = 5000
const PREFLIGHT_MAX_AGE_S = '172800'
const NOT_FOUND = '<UnknownOperationException/>\n'
const NOT_FOUND_CRC32 = '3552371480'

const DEFAULTS = {
  port: 0,
  host: '127.0.0.1',
  allowedHosts: [],
  cors: true,
  checkAuth: true,
  graceMs: GRACE_MS,
  credentials: undefined
}

/* name: [test, what it must be] */
const isText = value => typeof value === 'string' && value !== ''
const RULES = {
  port: [
    value => Number.isInteger(value) && value >= 0 && value <= 65535,
    'a port number from 0 to 65535'
  ],
  host: [isText, 'a host name or an IP address'],
  allowedHosts: [value => Array.isArray(value) && value.every(isText), 'an array of host names'],
  cors: [value => typeof value === 'boolean', 'true or false'],
  checkAuth: [value => typeof value === 'boolean', 'true or false'],
  credentials: [
    value => value !== null && typeof value === 'object' && credentialsText(value) !== null,
    'an object of secret access keys (or { secretAccessKey, sessionToken, expiration }) by access' +
      ' key id, none with line breaks or tabs'
  ],
  graceMs: [value => Number.isInteger(value) && value >= 0, 'milliseconds, a whole number from 0']
}

/* What the core verifies signatures with (core/api/ddb.h), or null when it cannot be. */
function credentialsText (credentials) {
  const lines = Object.entries(credentials).map(([id, value]) => {
    const given = typeof value === 'string' ? { secretAccessKey: value } : value ?? {}
    const { secretAccessKey, sessionToken = '', expiration } = given
    const expires = expiration === undefined ? '' : Number(expiration)
    const texts = [id, secretAccessKey, sessionToken]
    const fits = texts.every(text => typeof text === 'string' && !/[\n\t\0]/.test(text)) &&
      id !== '' && secretAccessKey !== '' && (expires === '' || Number.isInteger(expires))
    return fits ? [...texts, expires].join('\t') : null
  })
  return lines.length === 0 || lines.includes(null) ? null : lines.join('\n')
}

/* What a request signs besides its body and query: each header as it came. */
function headOf ({ method, rawHeaders }, path) {
  const lines = [method, path]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    lines.push(`${rawHeaders[i].toLowerCase()}:${rawHeaders[i + 1]}`)
  }
  return lines.join('\n')
}

function checkOptions (given = {}) {
  if (given === null || typeof given !== 'object') {
    throw new TypeError(`serve: options must be an object, not ${inspect(given)}`)
  }
  const options = { ...DEFAULTS }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(RULES, name)) {
      const names = Object.keys(RULES).join(', ')
      throw new TypeError(`serve: there is no option ${inspect(name)}; there are ${names}`)
    }
    if (value === undefined) continue
    const [test, what] = RULES[name]
    if (!test(value)) throw new TypeError(`serve: ${name} must be ${what}, not ${inspect(value)}`)
    options[name] = value
  }
  return options
}

/**
 * Serves `db` over HTTP until close() of what it resolves to: { url, host, port, close() }. The
 * database stays the caller's: close() does not close it.
 */
async function serve (db, given) {
  if (!(db instanceof EngineClient)) {
    throw new TypeError('serve: the first argument must be an EngineClient')
  }
  return listen(db, given)
}

/**
 * serve() for all that has region, ready() and dispatch(). `unref`: it keeps no process alive.
 * @internal
 */
async function listen (db, given, { unref = false } = {}) {
  const options = checkOptions(given)
  await db.ready()

  const isOurs = hostCheck(options)
  const credentials = options.credentials && credentialsText(options.credentials)
  const state = { db, options, isOurs, credentials, stopping: false }
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS
  }, (request, response) => {
    answer(state, request, response).catch(error => {
      /* Only a broken connection or a bug of ours comes here; neither must end the process. */
      if (response.headersSent) response.destroy(error)
      else send(response, 500, { 'x-amzn-requestid': requestId() }, '')
    })
  })
  if (unref) server.unref().on('connection', socket => socket.unref())
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { address, family, port } = server.address()
  const name = family === 'IPv6' ? `[${address}]` : address

  let closing = null
  return {
    url: `http://${name}:${port}`,
    host: address,
    port,
    close: () => (closing ??= stop(server, state)),
    [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')] () { return this.close() }
  }
}

/* No new connections; idle ones go now, busy ones with their answer, the rest when grace ends. */
function stop (server, state) {
  state.stopping = true
  return new Promise(resolve => {
    const timer = setTimeout(() => server.closeAllConnections(), state.options.graceMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/* An IP address in Host cannot come of a rebound name; names must be loopback's or configured. */
function hostCheck ({ host, allowedHosts }) {
  const names = new Set([host, ...allowedHosts].map(name => name.toLowerCase()))
  return header => {
    if (header === undefined || names.has('*')) return true
    const name = header.toLowerCase().replace(/:\d*$/, '')
    return names.has(name) || name === 'localhost' || name.endsWith('.localhost') ||
      isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
  }
}

/* ------------------------------------------------------------------ one request ---------- */

async function answer (state, request, response) {
  const { db, options } = state
  const { method, headers } = request
  if (state.stopping) response.setHeader('Connection', 'close')
  const body = await readBody(request)
  if (body === null) return
  if (!state.isOurs(headers.host)) {
    const text = `Host not allowed: ${headers.host}\n`
    return send(response, 403, { 'content-type': 'text/plain' }, text)
  }
  const isCors = options.cors && headers.origin !== undefined
  if (isCors) response.setHeader('Access-Control-Allow-Origin', '*')
  if (body.tooLong) return sendTooLong(response)

  const [path, query] = request.url.split('?', 2)
  if (method === 'OPTIONS' && isCors) return sendPreflight(headers, response)
  if (method === 'GET' && path === '/') return sendHealth(db, response)
  if (method !== 'POST' || path !== '/') return sendNotFound(response)

  const { status, headers: replyHeaders, body: text } = await db.dispatch({
    target: headers['x-amz-target'],
    contentType: headers['content-type'],
    authorization: headers.authorization,
    date: headers['x-amz-date'] ?? headers.date,
    query,
    credentials: state.credentials,
    head: state.credentials && headOf(request, path)
  }, body.bytes, { checkAuth: options.checkAuth, wholeTurn: true })
  if (state.stopping) response.setHeader('Connection', 'close')
  send(response, status, replyHeaders, text)
}

/* { bytes } or { tooLong }; null when the client went away. */
function readBody (request) {
  return new Promise(resolve => {
    const chunks = []
    let length = 0
    request.on('data', chunk => {
      length += chunk.length
      if (length <= BODY_BYTES_MAX) chunks.push(chunk)
      else chunks.length = 0
      if (length > BODY_BYTES_READ_MAX) request.destroy()
    })
    request.on('end', () => resolve(length > BODY_BYTES_MAX
      ? { tooLong: true }
      : { bytes: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length) }))
    request.on('close', () => resolve(null))
    request.on('error', () => resolve(null))
  })
}

/* ------------------------------------------------------------------ answers -------------- */

const ID_LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const requestId = () => Array.from(randomBytes(52), byte => ID_LETTERS[byte % 36]).join('')

function send (response, status, headers, body) {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}

/* As the service does it: no body, no length, no request id. */
function sendTooLong (response) {
  response.writeHead(413, { 'Transfer-Encoding': 'chunked' })
  response.end()
}

function sendPreflight (headers, response) {
  const reply = { 'x-amzn-requestid': requestId(), 'Access-Control-Max-Age': PREFLIGHT_MAX_AGE_S }
  if (headers['access-control-request-headers']) {
    reply['Access-Control-Allow-Headers'] = headers['access-control-request-headers']
  }
  if (headers['access-control-request-method']) {
    reply['Access-Control-Allow-Methods'] = headers['access-control-request-method']
  }
  send(response, 200, reply, '')
}

function sendHealth (db, response) {
  const text = `healthy: dynamodb.${db.region}.amazonaws.com `
  sendText(response, 200, text, String(crc32(text)))
}

const sendNotFound = response => sendText(response, 404, NOT_FOUND, NOT_FOUND_CRC32)

function sendText (response, status, text, checksum) {
  send(response, status, { 'x-amzn-requestid': requestId(), 'x-amz-crc32': checksum }, text)
}

/* zlib.crc32 is younger than the oldest Node we run on, and the text is short. */
function crc32 (text) {
  let crc = ~0
  for (const byte of Buffer.from(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1))
  }
  return ~crc >>> 0
}

module.exports = { serve, listen }
