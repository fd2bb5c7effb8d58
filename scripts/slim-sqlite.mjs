/*
 * slim-sqlite.mjs - the official SQLite's JavaScript without what nothing of ours reaches.
 *
 *   Emscripten's runtime, its file system      ->  lib/wasm/sqlite-host.mjs
 *   the C API for JavaScript                   ->  only VFSes: the engine calls SQLite itself
 *   constants and structures, which the wasm
 *   tells as JSON                              ->  those that are used, told here
 *   OO1 and worker APIs, virtual tables, kvvfs,
 *   and opfs and opfs-wl, which would start
 *   workers that bundlers see                  ->  dropped
 *
 * What stays - SAHPool, VFSes, the bindings of structures, the calls through WebAssembly's table -
 * is as published. A release whose JavaScript has another form fails the build here.
 * Start at slimScript().
 */

import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSqlite } from '../lib/wasm/sqlite-host.mjs'

const lib = join(dirname(fileURLToPath(import.meta.url)), '..', 'lib')

/** The official JavaScript does not have the form that is known here. */
export class SlimError extends Error {}

/** What the slimmed JavaScript asks sqlite3.wasm for. */
export const EXPORTS = [
  '__indirect_function_table', '__wasm_call_ctors', 'sqlite3_free', 'sqlite3_libversion',
  'sqlite3_malloc', 'sqlite3_realloc', 'sqlite3_vfs_find', 'sqlite3_vfs_register',
  'sqlite3_vfs_unregister'
]

const BLOCK = '\t\tglobalThis.sqlite3ApiBootstrap.initializers.push(function(sqlite3) {\n'
const BLOCK_END = '\n\t\t});\n'

/* A piece of an initialiser by which it is known. */
const DROPPED = [
  { name: 'OO1', sign: 'sqlite3.oo1 = {' },
  { name: 'worker API', sign: 'sqlite3.initWorker1API =' },
  { name: 'virtual tables', sign: 'sqlite3.vtab = vtab' },
  { name: 'kvvfs', sign: 'sqlite3_kvvfs_methods = capi.sqlite3_kvvfs_methods' },
  { name: 'OPFS utilities', sign: 'sqlite3-opfs-async-proxy.js' },
  { name: 'opfs', sign: 'installOpfsVfs' },
  { name: 'opfs-wl', sign: 'installOpfsWlVfs' }
]

/* An older way to talk to its worker, which it runs when the module is loaded. */
const PROMISER = /\/\/#region src\/bin\/sqlite3-worker1-promiser\.mjs\n.*?\/\/#endregion\n/s

const STRUCTS = ['sqlite3_file', 'sqlite3_io_methods', 'sqlite3_vfs']

/**
 * The text of the official module, slimmed.
 *
 *   host     the path of sqlite-host.mjs
 *   enums    what the module's sqlite3__wasm_enum_json() tells
 *   sources  the texts that use its constants, beside itself
 */
export function slimScript (text, { host, enums, sources }) {
  let slim = withoutInitialisers(text)
  if (!PROMISER.test(slim)) throw new SlimError('not found in the official module: promiser')
  slim = slim.replace(PROMISER, 'var sqlite3_worker1_promiser_default\n')

  const cut = (from, to, put) => {
    const start = slim.indexOf(from)
    const end = slim.indexOf(to, start)
    if (start < 0 || end < 0 || slim.includes(from, end)) {
      throw new SlimError(`not found in the official module: ${(start < 0 ? from : to).trim()}`)
    }
    slim = slim.slice(0, start) + put + slim.slice(end)
  }

  cut('async function sqlite3InitModule$1(moduleArg = {}) {\n',
    '\tModule.runSQLite3PostLoadInit = ',
    `import { startSqlite, seedSqlite } from ${JSON.stringify(host)}\n` +
    'async function sqlite3InitModule$1(moduleArg) {\n' +
    '\tconst Module = {}\n' +
    '\tconst { memory: wasmMemory, exports: wasmExports } = await startSqlite(moduleArg)\n')
  cut('\t\t\treturn p;\n', '\t\t} catch (e) {\n', '\t\t\treturn p.then(seedSqlite);\n')
  cut('\tif (runtimeInitialized) moduleRtn = Module;\n', '}\nsqlite3InitModule$1 = (function() {',
    '\treturn Module;\n')

  cut('\t\t\tObject.assign(capi, {\n\t\t\t\t/**\n\t\t\t\tsqlite3_bind_blob() works',
    '\t\t\t/**\n\t\t\tVarious internal-use utilities', '')
  cut('\t\t\twasm.compileOptionUsed = function',
    '\t\t\tconst sqlite3 = {\n\t\t\t\tWasmAllocError,', '')
  slim = slim.replace(SIGNATURE, (entry, name) => EXPORTS.includes(name) ? entry : '')
  cut('\t\t\tif (!!wasm.exports.sqlite3_progress_handler) bindingSignatures',
    '\t\t\t/**\n\t\t\tPrepare JS<->C struct bindings', '')
  cut('\t\t\t/**\n\t\t\tInternal helper to assist in validating call argument counts',
    '\t\t\twasm.xWrap.FuncPtrAdapter.warnOnUse = true;', '')
  cut('\t\t\t\tif (!wasm.functionEntry(capi.SQLITE_WASM_DEALLOC))', '\t\t\t\tconst __rcMap', '')
  cut('\t\t\t\tconst cJson = wasm.xCall("sqlite3__wasm_enum_json");', '\t\t\t\tconst defineGroups',
    `\t\t\t\twasm.ctype = ${JSON.stringify(used(enums, [slim, ...sources].join('\n')))};\n`)
  return slim
}

/** What slimScript() wants to know, from the folder with the official module. */
export async function officialAnswers (folder) {
  const wasmBinary = readFileSync(join(folder, 'sqlite3.wasm'))
  const { memory, exports } = await startSqlite({ wasmBinary })
  const bytes = Buffer.from(memory.buffer)
  const text = exports.sqlite3__wasm_enum_json()
  const ours = ['browser', 'wasm'].flatMap(name => readdirSync(join(lib, name))
    .filter(file => file.endsWith('.mjs')).map(file => join(lib, name, file)))
  return {
    host: join(lib, 'wasm', 'sqlite-host.mjs'),
    enums: JSON.parse(bytes.toString('utf8', text, bytes.indexOf(0, text))),
    sources: ours.map(path => readFileSync(path, 'utf8'))
  }
}

/* An entry of bindingSignatures. */
const SIGNATURE = /^\t{5}\[(?:\n\t{6})?"(sqlite3_\w+)",(?:[^\n]*|\n[^]*?\n\t{5})\],?\n/gm

function withoutInitialisers (text) {
  const dropped = new Set()
  let slim = text
  for (let at = slim.indexOf(BLOCK); at >= 0; at = slim.indexOf(BLOCK, at)) {
    const end = slim.indexOf(BLOCK_END, at) + BLOCK_END.length
    const body = slim.slice(at, end)
    const known = DROPPED.find(({ name, sign }) => !dropped.has(name) && body.includes(sign))
    if (known === undefined) {
      at = end
      continue
    }
    dropped.add(known.name)
    slim = slim.slice(0, at) + slim.slice(end)
  }
  const missing = DROPPED.filter(({ name }) => !dropped.has(name))
  if (missing.length > 0) {
    throw new SlimError(`not found in the official module: ${missing.map(({ name }) => name)}`)
  }
  return slim
}

/* Of all groups of constants those that a text names, and the primary result codes, which errors
 * are told by. */
function used (enums, text) {
  const names = new Set(text.match(/\bSQLITE_\w+/g))
  const groups = Object.entries(enums).filter(([, group]) => !Array.isArray(group))
  const told = Object.fromEntries(groups.map(([name, group]) => [name, Object.fromEntries(
    Object.entries(group).filter(([constant, value]) => names.has(constant) ||
      (name === 'resultCodes' && value < 256)))]))
  const structs = enums.structs.filter(({ name }) => STRUCTS.includes(name))
  if (structs.length !== STRUCTS.length) throw new SlimError('structures are missing')
  return { ...told, structs }
}
