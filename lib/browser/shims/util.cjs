/* util.cjs - what of node:util is asked for, in a browser: inspect() of an option's value. */
'use strict'

module.exports = {
  inspect (value) {
    if (typeof value === 'string') return `'${value}'`
    if (typeof value === 'function') return `[Function: ${value.name || '(anonymous)'}]`
    try {
      return JSON.stringify(value) ?? String(value)
    } catch {
      return String(value)
    }
  }
}
