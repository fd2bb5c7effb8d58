/*
 * sources.cjs - what the addon is made of: one list for lib/build.cjs and for binding.gyp, which
 * reads it by a command expansion (`node sources.cjs <list>` prints a line each).
 *
 * Start at LISTS. Paths are relative to this folder and use slashes, as gyp wants them.
 */
'use strict'

const { readdirSync, readFileSync, existsSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..')

function cFiles (folder) {
  const found = []
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (entry.isDirectory()) found.push(...cFiles(`${folder}/${entry.name}`))
    else if (entry.name.endsWith('.c')) found.push(`../${folder}/${entry.name}`)
  }
  return found.sort()
}

/* SQLite's options without `-D`, as gyp's `defines` wants them. */
function sqliteDefines () {
  return readFileSync(join(root, 'scripts', 'sqlite-options.txt'), 'utf8')
    .split('\n').map(line => line.trim()).filter(Boolean).map(line => line.replace(/^-D/, ''))
}

/* The Node-API headers: the repository's pinned devDependency, or what the package ships. */
function nodeApiInclude () {
  const pinned = '../node_modules/node-api-headers/include'
  return existsSync(join(__dirname, pinned)) ? pinned : '../deps/node-api'
}

const LISTS = {
  own: () => [...cFiles('core'), ...cFiles('addon')],
  sqlite: () => ['../deps/sqlite3/sqlite3.c'],
  includes: () => ['../core', '../deps/sqlite3', nodeApiInclude()],
  defines: sqliteDefines
}

if (require.main === module) console.log(LISTS[process.argv[2]]().join('\n'))

module.exports = LISTS
