/* index.mjs - the package's main entry on a web page (dist/browser.js). */
import schema from '../schema/errors.cjs'
import data from '../data/marshal.cjs'

export { EngineClient, EngineError, Snapshot, CONTRACT_VERSION } from './client.mjs'
export const { SchemaError } = schema
export const { DataError } = data
