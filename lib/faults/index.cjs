/*
 * faults/index.cjs - db.faults: what goes wrong on purpose, scripted and repeatable.
 *
 *   await db.faults.add({ op: 'PutItem', table: 'music', times: 2,
 *     throw: 'ProvisionedThroughputExceededException' })
 *
 * The engine matches calls and answers them (core/engine/faults.h); here a rule only gets the
 * engine's form. A misspelt member is a TypeError, as everywhere: a fault that never comes would
 * make a test pass that proves nothing. Needs nothing but execute(), so it runs in a page too.
 */
'use strict'

const RULE = {
  op: 'Operation',
  table: 'TableName',
  index: 'IndexName',
  key: 'Keys',
  nth: 'Nth',
  times: 'Times',
  probability: 'Probability',
  seed: 'Seed',
  throw: 'Throw',
  message: 'Message',
  cancel: 'Cancel',
  unprocessed: 'Unprocessed',
  code: 'Code',
  delayMs: 'DelayMs'
}
const LAG = { table: 'TableName', index: 'IndexName', ms: 'LagMs', consistency: 'Eventual' }
const NAMES = new Map(
  [...Object.entries(RULE), ['ms', 'LagMs']].map(([ours, core]) => [core, ours]))

/* A copy of `given` under the engine's names. */
function translated (given, names, caller) {
  if (given === null || typeof given !== 'object') {
    throw new TypeError(`${caller}: the argument must be an object`)
  }
  const request = {}
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(names, name)) {
      throw new TypeError(
        `${caller}: there is no "${name}"; there are ${Object.keys(names).join(', ')}`)
    }
    if (value !== undefined) request[names[name]] = value
  }
  return request
}

/* 'X': all actions that match; ['None', 'X'] and { 1: 'X' }: by their place. */
function cancelOf (cancel) {
  if (typeof cancel === 'string') return [{ Code: cancel }]
  if (cancel === null || typeof cancel !== 'object') {
    throw new TypeError('faults.add: cancel must be a code, an array of codes or { index: code }')
  }
  return Object.entries(cancel)
    .filter(([, code]) => code !== null && code !== undefined)
    .map(([index, Code]) => ({ Index: Number(index), Code }))
}

function unprocessedOf (unprocessed) {
  if (unprocessed === 'all') return 0
  if (Number.isInteger(unprocessed) && unprocessed >= 1) return unprocessed
  throw new TypeError("faults.add: unprocessed must be 'all' or a number from 1")
}

/** A fault that was added. */
class Fault {
  #client

  constructor (client, id) {
    this.#client = client
    this.id = id
  }

  /** Takes it away; calls that come later do not meet it. */
  async remove () {
    await this.#client.execute('ddblite.RemoveFault', { Id: this.id })
  }

  /** As in faults.list(); undefined once it was removed. */
  async info () {
    const faults = await listOf(this.#client)
    return faults.find(fault => fault.id === this.id)
  }
}

/* An entry of the engine's list in the words of add() and lag(). */
function entryOf ({ Id, Calls, Hits, Eventual, Cancel, Unprocessed, Code, ...rest }) {
  const entry = { id: Id }
  for (const [name, value] of Object.entries(rest)) entry[NAMES.get(name)] = value
  if (Cancel !== undefined) {
    entry.cancel = Cancel.length === 1 && Cancel[0].Index === undefined
      ? Cancel[0].Code
      : Object.fromEntries(Cancel.map(({ Index, Code }) => [Index, Code]))
  }
  if (Unprocessed !== undefined) {
    entry.unprocessed = Unprocessed === 0 ? 'all' : Unprocessed
    entry.code = Code
  }
  if (Eventual) entry.consistency = 'eventual'
  return { ...entry, calls: Calls, hits: Hits }
}

async function listOf (client) {
  const { Faults } = await client.execute('ddblite.ListFaults')
  return Faults.map(entryOf)
}

class Faults {
  #client

  constructor (client) {
    this.#client = client
  }

  /** Adds a fault; resolves to its handle. Calls that are made after add() meet it. */
  async add (fault) {
    const request = translated(fault, RULE, 'faults.add')
    if (request.Operation !== undefined && !this.#client.supports(request.Operation)) {
      throw new TypeError(`faults.add: there is no operation ${String(request.Operation)}`)
    }
    if (request.Keys !== undefined && !Array.isArray(request.Keys)) request.Keys = [request.Keys]
    if (request.Cancel !== undefined) request.Cancel = cancelOf(request.Cancel)
    if (request.Unprocessed !== undefined) {
      request.Unprocessed = unprocessedOf(request.Unprocessed)
    }
    if (request.Nth !== undefined) request.Times ??= 1
    if (request.Times === Infinity) delete request.Times
    return this.#add(request)
  }

  /**
   * Reads of a table's global indexes (or of the one named) see what was there `ms` ago, by the
   * clock; with consistency 'eventual', all reads that are not strongly consistent do.
   */
  async lag (lag) {
    const request = translated(lag, LAG, 'faults.lag')
    if (request.LagMs === undefined) throw new TypeError('faults.lag: ms is needed')
    if (request.Eventual !== undefined) {
      if (request.Eventual !== 'eventual') {
        throw new TypeError("faults.lag: consistency must be 'eventual'")
      }
      request.Eventual = true
    }
    return this.#add(request)
  }

  /** The faults there are, in the order of their coming, with how often each was met. */
  list () {
    return listOf(this.#client)
  }

  /** Takes all faults and lags away. */
  async clear () {
    await this.#client.execute('ddblite.RemoveFault')
  }

  /** 'enforced': what tables have provisioned is all they give. 'unlimited' is the default. */
  async throughput (mode) {
    await this.#client.execute('ddblite.SetLimits', { Throughput: mode })
  }

  async #add (request) {
    const { Id } = await this.#client.execute('ddblite.AddFault', request)
    return new Fault(this.#client, Id)
  }
}

module.exports = { Faults }
