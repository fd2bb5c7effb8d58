/*
 * ddblite.mjs - `ddblite` for the API suites on a page: what is shipped, with `path` for `name`.
 *
 * A suite that opens a file keeps a database here instead, so that what it says of files is shown
 * of OPFS.
 */
import { EngineClient as Shipped } from '/dist/browser.js'

export {
  CONTRACT_VERSION, DataError, EngineError, SchemaError, Snapshot
} from '/dist/browser.js'

export class EngineClient extends Shipped {
  constructor (options) {
    super(options !== null && Object.hasOwn(Object(options), 'path') ? kept(options) : options)
  }
}

const kept = ({ path, ...rest }) => path === undefined || path === ':memory:'
  ? rest
  : { ...rest, name: path, persistence: 'required' }
