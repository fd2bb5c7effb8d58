#!/usr/bin/env node
/*
 * check-layers.mjs - an #include points into its own folder or to a lower layer, as ARCHITECTURE.md
 * says; SQLite is seen by core/store only, and a host sees core/api/ddb.h only. What comes along
 * with the header of a layer that may be included is not for use: no operation calls a function of
 * the store.
 *
 *   node scripts/check-layers.mjs [root]     prints each violation, exits 1 when there is one
 *
 * To allow a new edge, add it to `allowed` and to the table of ARCHITECTURE.md.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What each folder may include besides itself. */
export const allowed = {
  base: [],
  value: ['base'],
  table: ['base', 'value'],
  schema: ['base', 'value'],
  expr: ['base', 'value', 'table', 'schema'],
  partiql: ['base', 'value', 'schema', 'expr'],
  store: ['base', 'value', 'table'],
  engine: ['base', 'value', 'table', 'expr', 'store'],
  ops: ['base', 'value', 'table', 'schema', 'expr', 'partiql', 'engine'],
  api: ['base', 'value', 'table', 'schema', 'expr', 'store', 'engine', 'ops'],
  addon: ['api'],
  wasm: ['api']
}

/** Headers from outside that one folder alone may see. */
const owners = { 'sqlite3.h': 'store', 'node_api.h': 'addon', 'emscripten.h': 'wasm' }
const hosts = ['addon', 'wasm']

/** What a folder must not call, though it may see the names. */
const forbiddenCalls = {
  ops: { pattern: /\bstore_\w+(?=\()|->st\b/g, why: 'ops must not use the store' }
}

/** @returns {string[]} every .c, .h and .def file below dir */
function sources (dir) {
  if (!existsSync(dir)) return []
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name)
    if (statSync(path).isDirectory()) return sources(path)
    return /\.(c|h|def)$/.test(name) ? [path] : []
  })
}

/** The folder that decides what a file may include: core/<folder>/..., addon/... */
function folderOf (root, path) {
  const parts = relative(root, path).split(sep)
  return parts[0] === 'core' ? parts[1] : parts[0]
}

/** What is wrong with one include, or null. */
function judge (root, path, name, angled) {
  const from = folderOf(root, path)
  const owner = owners[basename(name)]
  if (owner !== undefined) return owner === from ? null : `${basename(name)} belongs to ${owner}`
  if (angled) return null

  const to = name.includes('/') ? name.split('/')[0] : from
  if (!(from in allowed)) return `the folder ${from} is not a layer`
  if (hosts.includes(from)) {
    if (name === 'api/ddb.h' || existsSync(join(dirname(path), name))) return null
    return 'a host includes api/ddb.h and nothing else of the core'
  }
  if (!name.includes('/')) return 'write the folder too: "folder/file.h"'
  if (to !== from && !allowed[from].includes(to)) return `${from} must not include ${to}`
  return existsSync(join(root, 'core', name)) ? null : 'no such file'
}

/** The code of a file with comments and strings blanked, lines kept. */
const codeOf = (text) => text.replace(/\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"/g,
  (piece) => piece.replace(/[^\n]/g, ' '))

function calls (root, path, text) {
  const rule = forbiddenCalls[folderOf(root, path)]
  if (rule === undefined) return []
  return codeOf(text).split('\n').flatMap((line, i) => [...line.matchAll(rule.pattern)].map(
    ([name]) => `${relative(root, path)}:${i + 1}: ${name.replace('->', '')}: ${rule.why}`))
}

/** @returns {string[]} one line a violation: "core/base/x.h:3: ..." */
export function checkLayers (root) {
  const found = []
  for (const path of ['core', ...hosts].flatMap((dir) => sources(join(root, dir)))) {
    const text = readFileSync(path, 'utf8')
    found.push(...calls(root, path, text))
    text.split('\n').forEach((line, i) => {
      const include = /^\s*#\s*include\s+(["<])([^">]+)[">]/.exec(line)
      if (include === null) return
      const wrong = judge(root, path, include[2], include[1] === '<')
      if (wrong !== null) found.push(`${relative(root, path)}:${i + 1}: ${include[2]}: ${wrong}`)
    })
  }
  return found
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'))
  const found = checkLayers(root)
  for (const line of found) console.error(line)
  console.log(found.length === 0 ? 'layers: ok' : `layers: ${found.length} wrong`)
  process.exitCode = found.length === 0 ? 0 : 1
}
