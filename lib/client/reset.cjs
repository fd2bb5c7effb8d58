/*
 * reset.cjs - what reset() is told, checked; in Node and on web pages alike.
 */
'use strict'

/** What reset() is told, as the engine's JSON. Throws a TypeError. */
function resetRequest (options = {}) {
  if (options === null || typeof options !== 'object') {
    throw new TypeError('reset: the options must be an object')
  }
  const { keepSchema, tables, ...others } = options
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw new TypeError(`reset: there is no option '${unknown}'; there are keepSchema, tables`)
  }
  if (keepSchema !== undefined && typeof keepSchema !== 'boolean') {
    throw new TypeError('reset: keepSchema must be true or false')
  }
  if (tables !== undefined &&
      !(Array.isArray(tables) && tables.every(name => typeof name === 'string'))) {
    throw new TypeError('reset: tables must be an array of table names')
  }
  return JSON.stringify({ KeepSchema: keepSchema, Tables: tables })
}

module.exports = { resetRequest }
