/*
 * index.cjs - the package's main entry. index.js gives ECMAScript modules the same objects, so
 * that an EngineError is one class whichever way it was imported.
 */
'use strict'

const { EngineClient, EngineError, Snapshot, CONTRACT_VERSION } = require('./client/client.cjs')
const { SchemaError } = require('./schema/errors.cjs')
const { DataError } = require('./data/marshal.cjs')

module.exports = { EngineClient, EngineError, Snapshot, SchemaError, DataError, CONTRACT_VERSION }
