/*
 * load.mjs - SQLite and the engine in the worker, from the two files beside it.
 *
 * `assets` says where they are: { base } is a folder's URL, { engine, sqlite3 } are their bytes
 * (the build that has everything inline). A server that gives .wasm another type than
 * application/wasm is no obstacle.
 * Start at loadEngine().
 */
import initialise from '../wasm/sqlite.mjs'
import { createEngine } from '../wasm/engine.mjs'

/** A file of the engine did not arrive: the page may know another way. */
export class AssetError extends Error {
  constructor (url, reason) {
    super(`${url} cannot be loaded: ${reason}`)
    this.name = 'AssetError'
  }
}

/**
 * Resolves to { engine, modules }: modules, given as the assets of another worker, save it the work
 * of compiling. Rejects with an AssetError or a LinkError.
 */
export async function loadEngine ({ base, engine, sqlite3 } = {}) {
  const [engineModule, sqliteModule] = await Promise.all([
    compile(engine ?? (base === undefined
      ? new URL('./engine.wasm', import.meta.url)
      : new URL('engine.wasm', base))),
    compile(sqlite3 ?? (base === undefined
      ? new URL('./sqlite3.wasm', import.meta.url)
      : new URL('sqlite3.wasm', base)))
  ])
  const official = await initialise({ wasmModule: sqliteModule })
  return {
    engine: await createEngine(official, engineModule),
    modules: { engine: engineModule, sqlite3: sqliteModule }
  }
}

async function compile (source) {
  if (source instanceof WebAssembly.Module) return source
  if (!(source instanceof URL)) return WebAssembly.compile(source)
  let response
  try {
    response = await fetch(source)
  } catch (error) {
    throw new AssetError(source, error.message)
  }
  if (!response.ok) throw new AssetError(source, `the server answers ${response.status}`)
  try {
    if (response.headers.get('content-type') === 'application/wasm') {
      return await WebAssembly.compileStreaming(response)
    }
    return await WebAssembly.compile(await response.arrayBuffer())
  } catch (error) {
    throw new AssetError(source, error.message)
  }
}
