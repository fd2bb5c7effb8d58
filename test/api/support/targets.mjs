/*
 * targets.mjs - runs one suite on every target: a database in memory, in a file, and behind HTTP.
 *
 *   everyTarget('PutItem ConditionExpression', ({ client, table }) => {
 *     test('rejects ...', async () => { await rejects(client.send('PutItem', {...}), {...}) })
 *   })
 *
 * A suite has a database of its own; each test has a fresh table `table.name` (partition key `pk`
 * of type S) and may create more with createTable(). What is asserted must hold on each target;
 * `target` tells which one it is, for what can only be so on one (reopen).
 * DDBLITE_TARGETS chooses, comma-separated: memory and file are the default, http is the third.
 */
import { after, before, beforeEach, describe } from 'node:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineClient, EngineError } from '../../../lib/index.js'
import { serve } from '../../../lib/server/index.js'

const TARGETS = ['memory', 'file', 'http']
const chosen = (process.env.DDBLITE_TARGETS ?? 'memory,file').split(',').filter(Boolean)
for (const name of chosen) {
  if (!TARGETS.includes(name)) throw new Error(`DDBLITE_TARGETS: there is no target ${name}`)
}

/** Runs `body(context)` inside a describe() for each chosen target. */
export function everyTarget (title, body, { options = {} } = {}) {
  for (const target of chosen) {
    describe(`${title} [${target}]`, () => {
      const context = new Context(target, options)
      before(() => context.open())
      beforeEach(() => context.newTable())
      after(() => context.close())
      body(context)
    })
  }
}

let tables = 0

class Context {
  #options
  #folder
  #server

  constructor (target, options) {
    this.target = target
    this.#options = options
    this.table = { name: undefined }
    this.client = new TargetClient(this)
    this.createTable = this.createTable.bind(this)
    this.reopen = this.reopen.bind(this)
  }

  async open () {
    if (this.target === 'file') {
      this.#folder ??= mkdtempSync(join(tmpdir(), 'ddblite-'))
      this.path = join(this.#folder, 'test.db')
    }
    this.db = new EngineClient({ path: this.path, ...this.#options })
    if (this.target === 'http') this.#server = await serve(this.db, { checkAuth: false })
    this.url = this.#server?.url
  }

  async close () {
    await this.#server?.close()
    await this.db?.close()
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Closes the file and opens it again. On the other targets nothing happens. */
  async reopen () {
    if (this.target !== 'file') return
    await this.db.close()
    await this.open()
  }

  async newTable () {
    this.table.name = await this.createTable()
  }

  /**
   * Creates a table and waits until it is ACTIVE. `keys` like { pk: 'S', sk: 'N' }, the partition
   * key first; `more` is merged into the request. Resolves to its name.
   */
  async createTable (keys = { pk: 'S' }, more = {}) {
    const { AttributeDefinitions = [], ...rest } = more
    const names = Object.keys(keys)
    const TableName = more.TableName ?? `Table${++tables}`
    await this.client.send('CreateTable', {
      TableName,
      KeySchema: names.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
      AttributeDefinitions: [
        ...names.map(AttributeName => ({ AttributeName, AttributeType: keys[AttributeName] })),
        ...AttributeDefinitions
      ],
      BillingMode: 'PAY_PER_REQUEST',
      ...rest
    })
    await this.untilActive(TableName)
    return TableName
  }

  /** Waits until the table and its indexes are ACTIVE; fails after ten seconds. */
  async untilActive (TableName) {
    for (let waited = 0; ; waited += 5) {
      const { Table } = await this.client.send('DescribeTable', { TableName })
      const states = [Table.TableStatus, ...(Table.GlobalSecondaryIndexes ?? []).map(index => index.IndexStatus)]
      if (states.every(state => state === 'ACTIVE')) return Table
      if (waited >= 10000) throw new Error(`${TableName} is still ${states}`)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
}

class TargetClient {
  #context

  constructor (context) {
    this.#context = context
  }

  /** Runs an operation; rejects with an EngineError. */
  async send (operation, request) {
    const { target, db } = this.#context
    if (target !== 'http') return db.execute(operation, request)
    const { status, body } = await this.http(`DynamoDB_20120810.${operation}`, JSON.stringify(request ?? {}))
    const answer = body === '' ? {} : JSON.parse(body)
    if (status !== 200) throw new EngineError(answer, status)
    return answer
  }

  /** One raw request: { status, headers, body }. Over HTTP where that is the target. */
  async http (target, body, headers = {}) {
    const { db, url } = this.#context
    if (url === undefined) return db.dispatchHttp(target, body, headers)
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'X-Amz-Target': target, 'Content-Type': headers.contentType ?? 'application/x-amz-json-1.0' },
      body
    })
    return { status: reply.status, headers: Object.fromEntries(reply.headers), body: await reply.text() }
  }

  /** What the engine counted so far: requests, allocs, prepares, steps, commits, liveBlocks. */
  counters () {
    const { addon, handle } = EngineClient.internals(this.#context.db)
    return addon.counters(handle)
  }

  /** The n-th allocation from now fails, and all after it; -1 ends that. */
  failAfter (n) {
    const { addon, handle } = EngineClient.internals(this.#context.db)
    addon.failAfter(handle, n)
  }

  /** The engine's clock stands at this Unix time (milliseconds); -1 gives it the system's again. */
  setClock (ms) {
    const { addon, handle } = EngineClient.internals(this.#context.db)
    addon.setClock(handle, ms)
  }
}
