/*
 * options.mjs - what `new EngineClient(options)` takes on a web page.
 *
 * Those that mean the same as in Node have the same rules (lib/client/options.cjs).
 */
import shared from '../client/options.cjs'

const { checker, RULES, DEFAULTS, text } = shared

const isUrl = value => (typeof value === 'string' && value !== '') || value instanceof URL
const isFunction = value => typeof value === 'function'

const {
  durability, region, accountId, busyTimeout, tableDelay, clock, throughput, itemCollectionBytes,
  metrics
} = RULES

const rules = {
  name: [text, 'a name for the database (leave it out for one in memory)'],
  ephemeral: [value => typeof value === 'boolean', 'true (in memory, whatever the name) or false'],
  persistence: [value => value === 'preferred' || value === 'required',
    "'preferred' (in memory where a browser keeps nothing) or 'required'"],
  durability,
  region,
  accountId,
  busyTimeout,
  tableDelay,
  clock,
  throughput,
  itemCollectionBytes,
  metrics,
  workerUrl: [isUrl, 'the URL of worker.js'],
  assetBase: [isUrl, 'the URL of the folder with engine.wasm and sqlite3.wasm'],
  createWorker: [isFunction, 'a function that gives a Worker of worker.js']
}

const defaults = {
  name: undefined,
  ephemeral: false,
  persistence: 'preferred',
  durability: 'full',
  region: DEFAULTS.region,
  accountId: DEFAULTS.accountId,
  busyTimeout: DEFAULTS.busyTimeout,
  tableDelay: DEFAULTS.tableDelay,
  clock: DEFAULTS.clock,
  throughput: DEFAULTS.throughput,
  itemCollectionBytes: DEFAULTS.itemCollectionBytes,
  metrics: DEFAULTS.metrics,
  workerUrl: undefined,
  assetBase: undefined,
  createWorker: undefined
}

const check = checker(rules, defaults)

/** A complete copy of the options. Throws a TypeError. */
export function checkOptions (given) {
  const options = check(given)
  const { name, ephemeral, persistence } = options
  if (persistence === 'required' && (name === undefined || ephemeral)) {
    throw new TypeError("EngineClient: persistence 'required' needs a name, and no ephemeral")
  }
  return options
}
