/*
 * node-rest.mjs - what else of Node the API suites ask for, on a web page.
 *
 * A folder is a name only: a database's path is the name it is kept under (ddblite.mjs).
 */
export { Buffer } from 'buffer'

let folders = 0
const run = Math.random().toString(36).slice(2)

const only = name => () => {
  throw new Error(`${name} is of Node`)
}

/* node:fs, node:os, node:path */
export const mkdtempSync = prefix => `${prefix}${run}-${++folders}`
export const rmSync = () => {}
export const [
  existsSync, mkdirSync, readFileSync, writeFileSync, readdirSync, statSync, copyFileSync
] = ['existsSync', 'mkdirSync', 'readFileSync', 'writeFileSync', 'readdirSync', 'statSync',
  'copyFileSync'].map(only)
export const tmpdir = () => ''
export const join = (...parts) => parts.filter(Boolean).join('-')

/* node:timers, node:timers/promises */
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
export { pause as setTimeout }

/* node:zlib */
const table = Array.from({ length: 256 }, (_, i) => {
  for (let bit = 0; bit < 8; bit++) i = i & 1 ? (i >>> 1) ^ 0xedb88320 : i >>> 1
  return i >>> 0
})
export const crc32 = bytes =>
  (bytes.reduce((crc, byte) => (crc >>> 8) ^ table[(crc ^ byte) & 255], 0xffffffff) ^
    0xffffffff) >>> 0

/* node:child_process, node:module, node:url, ddblite/server */
export const [execFileSync, fork, spawn, serve] =
  ['execFileSync', 'fork', 'spawn', 'serve'].map(only)
export const createRequire = () => only('require')
export const fileURLToPath = url => String(url)
