/*
 * transfer.cjs - a whole database as a plain SQLite file: out as a Blob, in from whatever holds
 * bytes. The same file opens in Node, natively and on WebAssembly, and on web pages.
 *
 * Promises: the file is one moment of what is committed; what comes in is looked at first (its
 * header, whose database it is, SQLite's quick_check), then takes the place of what was there in
 * one transaction, or not at all.
 * No module of Node: it is bundled for the browser too.
 */
'use strict'

const TYPE = 'application/vnd.sqlite3'
const HEADER = 'SQLite format 3\0'

const { EngineError } = require('./errors.cjs')

async function exportDatabase (client) {
  const snapshot = await client.snapshot()
  return new Blob([snapshot.bytes()], { type: TYPE })
}

async function importDatabase (client, source) {
  const bytes = await bytesOf(source)
  await client.restoreBytes(bytes)
}

const notADatabase = () => new EngineError({
  __type: 'ddblite#NotADatabase',
  message: 'What is imported is not a ddblite database: it is not an SQLite file'
}, 400)

function checkHeader (bytes) {
  for (let i = 0; i < HEADER.length; i++) {
    if (bytes[i] !== HEADER.charCodeAt(i)) throw notADatabase()
  }
}

/* Stops at the first bytes when they are not those of an SQLite file, however many follow. */
async function bytesOf (source) {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    const bytes = new Uint8Array(source)
    checkHeader(bytes)
    return source instanceof Uint8Array ? Uint8Array.from(source) : bytes.slice()
  }
  if (typeof Blob === 'function' && source instanceof Blob) {
    checkHeader(new Uint8Array(await source.slice(0, HEADER.length).arrayBuffer()))
    return new Uint8Array(await source.arrayBuffer())
  }
  const chunks = []
  let length = 0
  for await (const chunk of chunksOf(source)) {
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError('importDatabase: the stream must give bytes')
    }
    chunks.push(chunk)
    length += chunk.length
    const known = length >= HEADER.length && length - chunk.length < HEADER.length
    if (known) checkHeader(join(chunks, length))
  }
  const bytes = join(chunks, length)
  checkHeader(bytes)
  return bytes
}

function join (chunks, length) {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/* A stream's chunks; some browsers cannot iterate over a ReadableStream. */
async function * chunksOf (source) {
  if (typeof source?.[Symbol.asyncIterator] === 'function') return yield * source
  if (typeof source?.getReader !== 'function') {
    throw new TypeError('importDatabase: give it a File, a Blob, a stream or bytes')
  }
  const reader = source.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

module.exports = { exportDatabase, importDatabase }
