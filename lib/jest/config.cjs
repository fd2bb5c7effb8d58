/*
 * config.cjs - finds and reads configuration files in the realm of a test file, so that jest's
 * transforms (TypeScript, Babel) apply to them as to all else.
 */
'use strict'

const { existsSync, readFileSync } = require('node:fs')
const path = require('node:path')

/* In a test file's global object: the Host of the environment. */
const HOST = Symbol.for('ddblite.jest')
const ENDINGS = ['.js', '.cjs', '.mjs', '.ts', '.cts', '.json']

/** The path of <name>.<ending> in the folder, or null. */
function findConfig (folder, name, endings = ENDINGS) {
  const files = endings.map(ending => path.resolve(folder, name + ending))
  return files.find(file => existsSync(file)) ?? null
}

/** What the file exports. Throws an Error that names it. */
function readConfig (file) {
  try {
    const config = require(file)
    return config?.default ?? config
  } catch (error) {
    throw new Error(`ddblite: cannot read ${file}: ${error.message}`, { cause: error })
  }
}

/** Is it an ECMAScript module, which require() in a test file's realm cannot read? */
function isModule (file) {
  if (path.extname(file) !== '.js') return path.extname(file) === '.mjs'
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json')
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, 'utf8')).type === 'module'
    if (folder === path.dirname(folder)) return false
  }
}

/** jest's functions; injectGlobals: false leaves only the module. */
const globals = () => globalThis.beforeEach === undefined ? require('@jest/globals') : globalThis

module.exports = { HOST, findConfig, globals, isModule, readConfig }
