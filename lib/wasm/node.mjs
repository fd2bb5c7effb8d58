/*
 * node.mjs - loads the WebAssembly engine in Node, from the files of dist/.
 *
 * Start at load().
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createEngine } from './engine.mjs'
import { nodeFiles } from './node-files.mjs'

/** Loads SQLite and the engine from a folder with the files of dist/. Resolves to the engine. */
export async function load (folder) {
  const [{ default: initialise }, wasmBinary, wasm] = await Promise.all([
    import(pathToFileURL(join(folder, 'sqlite3.mjs'))),
    readFile(join(folder, 'sqlite3.wasm')),
    readFile(join(folder, 'engine.wasm'))
  ])
  const sqlite3 = await initialise({ wasmBinary })
  const engine = await createEngine(sqlite3, wasm)
  engine.fileSystem = nodeFiles(sqlite3)
  return engine
}
