/*
 * options.cjs - checks what useDatabase() and databaseTest() are given.
 *
 * A wrong option is a TypeError that names it, as with `new EngineClient(options)`.
 */
'use strict'

const { inspect } = require('node:util')

const ISOLATE = ['test', 'file', 'worker']

const isObject = value => value !== null && typeof value === 'object'
const isSource = value => isObject(value) || typeof value === 'function' ||
  (typeof value === 'string' && value !== '')

const isPort = value => Number.isInteger(value) && value >= 0 && value <= 65535
const isNames = value => Array.isArray(value) && value.every(name => typeof name === 'string')

/** `port`: of 127.0.0.1, 0 a free one; `variables`: of the environment, which hold the URL. */
function isEndpoint (value) {
  if (typeof value === 'boolean') return true
  if (!isObject(value)) return false
  const { port = 0, variables = [], ...others } = value
  return isPort(port) && isNames(variables) && Object.keys(others).length === 0
}

/* name: [test, what it must be] */
const RULES = {
  tables: [isSource, 'CreateTable inputs, a path, or a function that gives them'],
  schema: [isSource, 'what loadSchema() reads: a path, an object, or an array of them'],
  schemaOptions: [isObject, 'options of loadSchema()'],
  data: [isSource, 'what seedData() reads: items by table, or a path'],
  setup: [value => typeof value === 'function', 'a function, called with the database'],
  isolate: [value => ISOLATE.includes(value), "'test', 'file' or 'worker'"],
  endpoint: [isEndpoint, 'true, false or { port, variables }'],
  engine: [isObject, 'options of EngineClient']
}

const DEFAULTS = { isolate: 'test', endpoint: true, engine: {} }

/** A complete copy of the options. Throws a TypeError. */
function checkOptions (given = {}) {
  if (!isObject(given)) {
    throw new TypeError(`ddblite: the options must be an object, not ${inspect(given)}`)
  }
  const options = { ...DEFAULTS }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(RULES, name)) {
      const names = Object.keys(RULES).join(', ')
      throw new TypeError(`ddblite: there is no option ${inspect(name)}; there are ${names}`)
    }
    if (value === undefined) continue
    const [test, what] = RULES[name]
    if (!test(value)) throw new TypeError(`ddblite: ${name} must be ${what}, not ${inspect(value)}`)
    options[name] = value
  }
  return options
}

module.exports = { checkOptions }
