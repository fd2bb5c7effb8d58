/*
 * slim-sqlite.mjs - the official SQLite's JavaScript without what nothing of ours reaches: the OO1
 * and worker APIs, virtual tables, and the VFSes that are not ours: opfs and opfs-wl, which would
 * start workers that bundlers see, and kvvfs.
 *
 * A release whose JavaScript has another form fails the build here. sqlite3.wasm stays as it is:
 * dropping the exports that nobody asks for (wasm-metadce) saves 1.5 % of it, gzipped.
 * Start at slimScript().
 */

/** The official JavaScript does not have the form that is known here. */
export class SlimError extends Error {}

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

/** The text of the official module, slimmed. */
export function slimScript (text) {
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
  if (!PROMISER.test(slim)) throw new SlimError('not found in the official module: promiser')
  slim = slim.replace(PROMISER, 'var sqlite3_worker1_promiser_default\n')
  /* A bundler would take this for a file of its own; load.mjs says where the bytes are. */
  return slim.replace('new URL("sqlite3.wasm", import.meta.url).href', '"sqlite3.wasm"')
}
