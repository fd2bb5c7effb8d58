/*
 * targets.mjs - runs one suite on every target: a database in memory, in a file, and behind HTTP.
 *
 *   everyTarget('PutItem', ({ test, send, makeTable }) => {
 *     test('rejects ...', async () => {
 *       const TableName = await makeTable({ range: 'sk:N', gsis: { byG: { hash: 'g' } } })
 *       await rejects(send('PutItem', {...}), 'ResourceNotFoundException', 'Requested ...')
 *     })
 *   })
 *
 * A suite has a database of its own. What it asserts must hold on each target; `target` names the
 * one that runs. db() is the suite's EngineClient, for what only a client can do.
 * DDBLITE_TARGETS chooses, comma-separated: memory and file are the default, http is the third.
 * wasm-memory and wasm-file are the first two on WebAssembly; one process has one engine. So are
 * browser-memory and browser-opfs on a web page, where test/browser/api.mjs runs the suites.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineClient, EngineError } from 'ddblite'
import { serve } from 'ddblite/server'

const TARGETS = [
  'memory', 'file', 'http', 'wasm-memory', 'wasm-file', 'browser-memory', 'browser-opfs'
]
const chosen = (process.env.DDBLITE_TARGETS ?? 'memory,file').split(',').filter(Boolean)
for (const name of chosen)
  assert.ok(TARGETS.includes(name), `DDBLITE_TARGETS: there is no target ${name}`)

const onWasm = chosen.filter(name => name.startsWith('wasm-')).length
assert.ok(onWasm === 0 || onWasm === chosen.length, 'DDBLITE_TARGETS: one process has one engine')
if (onWasm > 0) process.env.DDBLITE_ENGINE = 'wasm'

/** Options of a test that opens one file twice: on WebAssembly a file has one user at a time. */
const onPage = chosen.some(name => name.startsWith('browser-'))
export const sharedFile = { skip: (onWasm > 0 || onPage) && 'one user a file' }

/** Runs `body(context)` inside a describe() for each chosen target. */
export function everyTarget (title, body, options = {}) {
  for (const target of chosen) {
    describe(`${title} [${target}]`, () => {
      const host = new Host(target, options)
      before(() => host.open())
      after(() => host.close())
      body({
        test,
        target,
        send: (operation, request) => host.send(operation, request),
        makeTable: definition => host.makeTable(definition),
        untilActive: name => host.untilActive(name),
        db: () => host.db
      })
    })
  }
}

const STREAM_OPERATIONS = ['ListStreams', 'DescribeStream', 'GetShardIterator', 'GetRecords']
const serviceOf = operation =>
  STREAM_OPERATIONS.includes(operation) ? 'DynamoDBStreams_20120810' : 'DynamoDB_20120810'

let tables = 0

class Host {
  constructor (target, options) {
    this.target = target
    this.options = options
  }

  async open () {
    if (this.target.endsWith('file') || this.target.endsWith('opfs')) {
      this.folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
      this.options = { ...this.options, path: join(this.folder, 'test.sqlite') }
    }
    this.db = new EngineClient(this.options)
    if (onWasm > 0) assert.equal((await this.db.ready()).engine, 'wasm')
    if (this.target === 'http') this.server = await serve(this.db, { checkAuth: false })
  }

  async close () {
    await this.server?.close()
    await this.db?.close()
    if (this.folder) rmSync(this.folder, { recursive: true, force: true })
  }

  /** Runs an operation; rejects with an EngineError. */
  async send (operation, request) {
    if (this.target !== 'http') return this.db.execute(operation, request)
    const reply = await fetch(this.server.url, {
      method: 'POST',
      headers: {
        'X-Amz-Target': `${serviceOf(operation)}.${operation}`,
        'Content-Type': 'application/x-amz-json-1.0'
      },
      body: request === undefined ? '{}' : JSON.stringify(request)
    })
    const answer = await reply.json()
    if (reply.status !== 200) throw new EngineError(answer, reply.status)
    return answer
  }

  /** Creates a table, waits until it is ACTIVE, and resolves to its name. */
  async makeTable (definition) {
    const name = `Table${++tables}`
    await this.send('CreateTable', tableInput(name, definition))
    await this.untilActive(name)
    return name
  }

  /** Waits until the table and its indexes are ACTIVE; resolves to its description. */
  async untilActive (TableName) {
    for (let waited = 0; ; waited += 5) {
      const { Table } = await this.send('DescribeTable', { TableName })
      const states = [
        Table.TableStatus,
        ...(Table.GlobalSecondaryIndexes ?? []).map(index => index.IndexStatus)
      ]
      if (states.every(state => state === 'ACTIVE')) return Table
      assert.ok(waited < 10000, `${TableName} is still ${states}`)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
}

/* 'name' or 'name:N'; S is the default. */
function attribute (text) {
  const [AttributeName, AttributeType = 'S'] = text.split(':')
  return { AttributeName, AttributeType }
}

const listOf = value => (value === undefined ? [] : Array.isArray(value) ? value : [value])

/**
 * A CreateTable request, on demand unless `more` says otherwise.
 *   hash, range   'name' or 'name:N'; the partition key is pk if not given
 *   gsis          { index: { hash, range, project } }; hash and range may be arrays of names
 *   lsis          { index: { range, project } }
 *   project       'ALL' (default), 'KEYS_ONLY' or a list of attributes
 */
export function tableInput (TableName, { hash = 'pk', range, gsis = {}, lsis = {}, ...more } = {}) {
  const definitions = new Map()
  const keySchema = (hashes, ranges) =>
    [
      ['HASH', hashes],
      ['RANGE', ranges]
    ].flatMap(([KeyType, texts]) =>
      listOf(texts).map(text => {
        const { AttributeName, AttributeType } = attribute(text)
        if (!definitions.has(AttributeName)) definitions.set(AttributeName, AttributeType)
        return { AttributeName, KeyType }
      })
    )
  const projection = (project = 'ALL') =>
    Array.isArray(project)
      ? { ProjectionType: 'INCLUDE', NonKeyAttributes: project }
      : { ProjectionType: project }
  const input = { TableName, KeySchema: keySchema(hash, range), BillingMode: 'PAY_PER_REQUEST' }
  const globals = Object.entries(gsis).map(([IndexName, index]) => ({
    IndexName,
    KeySchema: keySchema(index.hash, index.range),
    Projection: projection(index.project)
  }))
  const locals = Object.entries(lsis).map(([IndexName, index]) => ({
    IndexName,
    KeySchema: keySchema(hash, index.range),
    Projection: projection(index.project)
  }))
  if (globals.length > 0) input.GlobalSecondaryIndexes = globals
  if (locals.length > 0) input.LocalSecondaryIndexes = locals
  input.AttributeDefinitions = [...definitions].map(([AttributeName, AttributeType]) => ({
    AttributeName,
    AttributeType
  }))
  return { ...input, ...more }
}

/** Asserts how an operation fails; `message` is a text or a RegExp. Resolves to the error. */
export async function rejects (promise, name, message) {
  const error = await promise.then(
    answer => assert.fail(`expected ${name}, got ${JSON.stringify(answer)}`),
    error => error
  )
  if (error instanceof assert.AssertionError) throw error
  assert.equal(error.name, name, `${error.name}: ${error.message}`)
  if (message instanceof RegExp) assert.match(error.message, message)
  else if (message !== undefined) assert.equal(error.message, message)
  return error
}

/** rejects() with a ValidationException. */
export const invalid = (promise, message) => rejects(promise, 'ValidationException', message)

/* Sets in one order, so that equal items are deepEqual. */
function inOrder (value) {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(inOrder)
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      ['SS', 'NS', 'BS'].includes(name) && Array.isArray(member)
        ? [...member].sort()
        : inOrder(member)
    ])
  )
}

/** Asserts that two items are equal: members and sets have no order. */
export function sameItem (actual, expected) {
  assert.deepEqual(inOrder(actual), inOrder(expected))
}
