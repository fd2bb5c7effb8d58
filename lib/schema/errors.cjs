/*
 * errors.cjs - SchemaError: what in a document could not be read as tables, and where it stands.
 */
'use strict'

class SchemaError extends Error {
  /**
   * @param {string} reason
   * @param {{file?: string, resource?: string, property?: string}} [where]
   */
  constructor (reason, { file, resource, property } = {}) {
    super([file, resource, property, reason].filter(part => part !== undefined).join(': '))
    this.name = 'SchemaError'
    this.reason = reason
    this.file = file
    this.resource = resource
    this.property = property
  }
}

module.exports = { SchemaError }
