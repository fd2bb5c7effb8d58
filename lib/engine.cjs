/*
 * engine.cjs - which engine runs here: the addon, or the same C core as WebAssembly.
 *
 * The addon is faster (GetItem 5 : 7 us, PutItem 7 : 11, in memory) and loads at once, so it is
 * taken wherever one loads. Where none does (a platform without a prebuild, a sandbox without
 * process.dlopen) the WebAssembly engine of dist/ runs, with a warning that says why.
 * $DDBLITE_ENGINE decides otherwise: `wasm` or `native`.
 *
 * Both have one interface: load() gives the calls that take a handle, the object itself the rest
 * (native.cjs; lib/wasm/engine.mjs). Loading WebAssembly is asynchronous: current() is null until
 * then, and load() resolves once it is not.
 * Start at current().
 */
'use strict'

const builtin = require('./builtin.cjs')
const native = require('./native.cjs')
const { existsSync, readFileSync } = builtin('node:fs', () => require('node:fs'))
const path = builtin('node:path', () => require('node:path'))
const { pathToFileURL } = builtin('node:url', () => require('node:url'))
const vm = builtin('node:vm', () => require('node:vm'))

const NAMES = ['native', 'wasm']
const CONTEXT_ERRORS = [
  'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG', 'ERR_UNSUPPORTED_RESOLVE_REQUEST'
]

let chosen = null
let loading = null
let manifest = null

/** The engine, or null while WebAssembly is not loaded. Throws when there is none. */
function current () {
  if (chosen !== null && chosen.crashed) chosen = null /* those who use it keep it, in vain */
  if (chosen !== null || loading !== null) return chosen
  const wanted = process.env.DDBLITE_ENGINE || undefined
  if (wanted !== undefined && !NAMES.includes(wanted)) {
    throw new TypeError(`DDBLITE_ENGINE must be native or wasm, not ${JSON.stringify(wanted)}`)
  }
  if (wanted !== 'wasm') {
    try {
      native.load()
      chosen = native
    } catch (error) {
      if (wanted === 'native' || process.env.DDBLITE_ADDON || distFolder() === null) throw error
      process.emitWarning(`The WebAssembly engine runs, which is slower: ${error.message}`,
        { code: 'DDBLITE_WASM' })
      load().catch(() => {}) /* whoever waits for it is told */
    }
  }
  return chosen
}

/** Resolves when current() is an engine; rejects with what hinders it. */
function load () {
  if (chosen !== null) return Promise.resolve()
  loading ??= loadWasm().then(engine => {
    chosen = engine
    loading = null
  }, error => {
    loading = null /* the next call tries again */
    throw error
  })
  return loading
}

async function loadWasm () {
  const folder = distFolder()
  if (folder === null) {
    throw new native.AddonError('There is no WebAssembly engine in this installation: dist/ with ' +
      'engine.wasm is missing (in the repository: npm run build:wasm)')
  }
  const wasm = await import('./wasm/node.mjs').catch(importOutside)
  return wasm.load(folder)
}

/* jest, and vitest's vm pools, run this file in a context that imports nothing, or not by relative
 * names: there the main context imports it. */
function importOutside (error) {
  const loader = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER /* Node 20.10 */
  if (!CONTEXT_ERRORS.includes(error.code) || loader === undefined) throw error
  const url = pathToFileURL(path.join(__dirname, 'wasm', 'node.mjs')).href
  const code = `import(${JSON.stringify(url)})`
  return new vm.Script(code, { importModuleDynamically: loader }).runInThisContext()
}

/* Where the files of dist/ are, or null. */
function distFolder () {
  for (const root of native.packageRoots()) {
    const folder = path.join(root, 'dist')
    if (existsSync(path.join(folder, 'engine.wasm'))) return folder
  }
  return null
}

/** The operations' names, even before the engine is loaded. */
function operationNames () {
  const engine = current()
  if (engine !== null) return engine.operationNames()
  const folder = distFolder()
  manifest ??= JSON.parse(folder === null
    ? '{"operations":[]}'
    : readFileSync(path.join(folder, 'manifest.json'), 'utf8'))
  return manifest.operations
}

module.exports = { current, load, operationNames }
