/*
 * node-rest.cjs - what else of Node the API suites ask for, on a web page.
 *
 * A folder is a name only: a database's path is the name it is kept under (ddblite.mjs).
 */
'use strict'

const { Buffer } = require('buffer')
const { md5 } = require('js-md5')
const { default: [, gzip] } = require('../../../lib/browser/codings.mjs')

let folders = 0
const run = Math.random().toString(36).slice(2)

const only = name => () => {
  throw new Error(`${name} is of Node`)
}

/* Any other name is a function that throws. A bundle looks names up along the prototype. */
const rest = new Proxy({}, {
  get: (_, name) => typeof name === 'string' && name !== '__esModule' ? only(name) : undefined
})

/* node:fs, node:os, node:path */
const mkdtempSync = prefix => `${prefix}${run}-${++folders}`
const join = (...parts) => parts.filter(Boolean).join('-')

/* node:timers, node:timers/promises */
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

/* node:zlib */
const table = Array.from({ length: 256 }, (_, i) => {
  for (let bit = 0; bit < 8; bit++) i = i & 1 ? (i >>> 1) ^ 0xedb88320 : i >>> 1
  return i >>> 0
})
const crc32 = bytes =>
  (bytes.reduce((crc, byte) => (crc >>> 8) ^ table[(crc ^ byte) & 255], 0xffffffff) ^
    0xffffffff) >>> 0

/* node:crypto */
const createHash = name => {
  if (name !== 'md5') throw new Error(`There is no ${name} here`)
  const hash = md5.create()
  return {
    update (bytes) {
      hash.update(bytes)
      return this
    },
    digest: () => Buffer.from(hash.arrayBuffer())
  }
}

module.exports = Object.setPrototypeOf({
  Buffer,
  mkdtempSync,
  join,
  crc32,
  createHash,
  gzipSync: bytes => gzip.encode(Buffer.from(bytes)),
  gunzipSync: bytes => Buffer.from(gzip.decode(bytes)),
  rmSync () {},
  tmpdir: () => '',
  setTimeout: pause,
  createRequire: () => only('require'),
  fileURLToPath: url => String(url)
}, rest)
