// snapshot(), restore(), fork() and Snapshot: the database as it was, for tests of one's own.
//
// Evidence: types/testing.d.cts and docs/recipes/isolation.md, which say what these do. What is in
// the database afterwards is DynamoDB's own: the documents that other suites name.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineClient, EngineError, Snapshot } from 'ddblite'
import { everyTarget, rejects, sharedFile, tableInput } from '../support/targets.mjs'
import { reader, streaming } from '../support/streams.mjs'

const item = (pk, more) => ({ pk: { S: pk }, ...more })
const names = async (db, TableName, more) =>
  (await db.execute('Scan', { TableName, ...more })).Items.map(({ pk }) => pk.S).sort()

const clients = []
/** A client that is closed when all tests are done. */
function closing (client) {
  clients.push(client)
  return client
}
after(() => Promise.all(clients.map(client => client.close())))

everyTarget('snapshot and restore', ({ test, makeTable, send, db }) => {
  const put = (TableName, pk, more) => send('PutItem', { TableName, Item: item(pk, more) })

  test('bring items, tables, indexes, settings and tokens back', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } }, ...streaming() })
    const { Table } = await send('DescribeTable', { TableName })
    const Tags = [{ Key: 'team', Value: 'music' }]
    await send('TagResource', { ResourceArn: Table.TableArn, Tags })
    await send('UpdateTimeToLive', {
      TableName,
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' }
    })
    const token = {
      ClientRequestToken: 'once',
      TransactItems: [{ Put: { TableName, Item: item('a', { g: { S: 'x' } }) } }]
    }
    await send('TransactWriteItems', token)
    const before = await db().snapshot()

    await put(TableName, 'b', { g: { S: 'x' } })
    await send('DeleteItem', { TableName, Key: item('a') })
    const other = await makeTable()
    await send('UntagResource', { ResourceArn: Table.TableArn, TagKeys: ['team'] })
    await send('UpdateTable', { TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byG' } }] })
    await db().restore(before)

    assert.deepEqual(await names(db(), TableName), ['a'])
    const query = {
      TableName,
      IndexName: 'byG',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { S: 'x' } }
    }
    assert.equal((await send('Query', query)).Count, 1)
    await rejects(send('DescribeTable', { TableName: other }), 'ResourceNotFoundException')
    assert.deepEqual((await send('ListTagsOfResource', { ResourceArn: Table.TableArn })).Tags, Tags)
    const ttl = await send('DescribeTimeToLive', { TableName })
    assert.equal(ttl.TimeToLiveDescription.AttributeName, 'ttl')
    assert.equal((await reader(send).recordsOf(TableName)).length, 1)

    await send('DeleteItem', { TableName, Key: item('a') })
    await send('TransactWriteItems', token) // a repetition: it does nothing
    assert.deepEqual(await names(db(), TableName), [])
    await put(TableName, 'c', { g: { S: 'x' } })
    assert.equal((await send('Query', query)).Count, 1)
  })

  test('may be repeated, and restore a table that was deleted and made again', async () => {
    const TableName = await makeTable({ range: 'sk' })
    await send('PutItem', { TableName, Item: item('a', { sk: { S: '1' } }) })
    const one = await db().snapshot()
    await send('DeleteTable', { TableName })
    await send('CreateTable', tableInput(TableName, { hash: 'pk:N' }))
    await send('PutItem', { TableName, Item: { pk: { N: '1' } } })
    const two = await db().snapshot()
    for (let i = 0; i < 3; i++) {
      await db().restore(one)
      assert.deepEqual((await send('Scan', { TableName })).Items, [item('a', { sk: { S: '1' } })])
      await send('PutItem', { TableName, Item: item('b', { sk: { S: '1' } }) })
      await db().restore(two)
      assert.deepEqual((await send('Scan', { TableName })).Items, [{ pk: { N: '1' } }])
      const { Table } = await send('DescribeTable', { TableName })
      assert.equal(Table.ItemCount, 1)
    }
  })

  test('come after the writes before them and before the writes after them', async () => {
    const TableName = await makeTable()
    const client = db()
    const write = pk => client.execute('PutItem', { TableName, Item: item(pk) })
    const [, taken] = await Promise.all([write('before'), client.snapshot(), write('after')])
    assert.deepEqual(await names(client, TableName), ['after', 'before'])
    await Promise.all([write('lost'), client.restore(taken), write('kept')])
    assert.deepEqual(await names(client, TableName), ['before', 'kept'])
  })

  test('refuse what is no snapshot', async () => {
    for (const wrong of [undefined, null, {}, new Uint8Array(8), 'x']) {
      await assert.rejects(db().restore(wrong), TypeError)
    }
    assert.throws(() => new Snapshot(new Uint8Array(8)), TypeError)
  })
})

everyTarget('fork', ({ test, makeTable, send, db }) => {
  test('gives a database of its own with the same content', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await send('PutItem', { TableName, Item: item('a', { g: { S: 'x' } }) })
    const pending = db().execute('PutItem', { TableName, Item: item('b') })
    const fork = closing(await db().fork())
    await pending
    assert.equal(fork.persistent, false)
    assert.deepEqual(await fork.execute('DescribeTable', { TableName }), await send('DescribeTable', { TableName }))
    assert.deepEqual(await names(fork, TableName), ['a', 'b'])
    assert.deepEqual(await names(fork, TableName, { IndexName: 'byG' }), ['a'])

    await fork.execute('PutItem', { TableName, Item: item('fork', { g: { S: 'x' } }) })
    await send('PutItem', { TableName, Item: item('main') })
    assert.deepEqual(await names(fork, TableName), ['a', 'b', 'fork'])
    assert.deepEqual(await names(db(), TableName), ['a', 'b', 'main'])
    await db().restore(await fork.snapshot())
    assert.deepEqual(await names(db(), TableName), ['a', 'b', 'fork'])
  })

  test('of a fork outlives the one it came from', async () => {
    const TableName = await makeTable()
    const first = await db().fork()
    const second = await first.fork()
    await first.close()
    await second.execute('PutItem', { TableName, Item: item('a') })
    assert.deepEqual(await names(second, TableName), ['a'])
    await second.close()
    await rejects(second.fork(), 'ClientClosed')
  })

  test('goes on with an index that is being filled', async () => {
    const TableName = await makeTable()
    for (let i = 0; i < 50; i++) {
      await Promise.all(Array.from({ length: 100 }, (_, j) =>
        send('PutItem', { TableName, Item: item(`${i}.${j}`, { g: { S: 'x' } }) })))
    }
    await send('UpdateTable', {
      TableName,
      AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [{
        Create: {
          IndexName: 'byG',
          KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' }
        }
      }]
    })
    const fork = closing(await db().fork())
    for (let waited = 0; ; waited += 5) {
      const { Table } = await fork.execute('DescribeTable', { TableName })
      if (Table.GlobalSecondaryIndexes[0].IndexStatus === 'ACTIVE') break
      assert.ok(waited < 10000)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    const page = await fork.execute('Scan', { TableName, IndexName: 'byG', Select: 'COUNT' })
    assert.equal(page.Count, 5000)
  })
})

everyTarget('Snapshot', ({ test, makeTable, send, db }) => {
  test('is an SQLite file that opens as a database, and comes back from its bytes', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: item('a') })
    const snapshot = await db().snapshot()
    const bytes = snapshot.bytes()
    assert.equal(bytes.constructor, Uint8Array)
    assert.equal(bytes.length, snapshot.size)
    assert.equal(Buffer.from(bytes).toString('latin1', 0, 15), 'SQLite format 3')

    const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
    try {
      const path = join(folder, 'copy.sqlite')
      writeFileSync(path, bytes)
      const copy = closing(new EngineClient({ path, region: 'eu-west-1' }))
      assert.deepEqual(await names(copy, TableName), ['a'])
      const { Table } = await copy.execute('DescribeTable', { TableName })
      assert.match(Table.TableArn, /^arn:aws:dynamodb:eu-west-1:/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }

    const again = Snapshot.from(bytes)
    bytes.fill(0) // both keep bytes of their own
    await send('DeleteItem', { TableName, Key: item('a') })
    await db().restore(again)
    assert.deepEqual(await names(db(), TableName), ['a'])
    assert.deepEqual(again.bytes(), snapshot.bytes())
  })

  test('takes a file that was in WAL mode', async () => {
    const bytes = (await db().snapshot()).bytes()
    bytes[18] = bytes[19] = 2 // SQLite, "Database File Format" 1.3.3
    await db().restore(Snapshot.from(bytes))
  })
})

describe('Snapshot.from', () => {
  /* Places of SQLite's header: "Database File Format" 1.3. */
  const APPLICATION_ID = 68
  const USER_VERSION = 60
  const cases = [
    ['no bytes', () => new Uint8Array(0), 'NotADatabase', /not an SQLite file/],
    ['other bytes', () => new Uint8Array(10000).fill(65), 'NotADatabase', /not an SQLite file/],
    ['a header alone', bytes => bytes.subarray(0, 100), /NotADatabase|StorageCorrupt/, /./],
    ["another program's", bytes => bytes.fill(1, APPLICATION_ID, APPLICATION_ID + 4), 'NotADatabase', /another program/],
    ['a newer format', bytes => bytes.fill(99, USER_VERSION + 3, USER_VERSION + 4), 'FormatTooNew', /format 99/],
    ['a part', bytes => bytes.subarray(0, bytes.length >> 1), 'StorageCorrupt', /./],
    ['a damaged page', bytes => bytes.fill(0xa5, 8192 * 3, 8192 * 4), 'StorageCorrupt', /damaged/]
  ]
  for (const [what, make, name, message] of cases) {
    test(`refuses ${what}`, async () => {
      const db = closing(new EngineClient())
      await db.execute('CreateTable', tableInput('music'))
      const bytes = make((await db.snapshot()).bytes())
      assert.throws(() => Snapshot.from(bytes), error => {
        assert.ok(error instanceof EngineError)
        assert.match(error.name, name instanceof RegExp ? name : new RegExp(`^${name}$`))
        assert.equal(error.type, `ddblite#${error.name}`)
        assert.match(error.message, message)
        return true
      })
    })
  }

  test('refuses what are no bytes', () => {
    for (const wrong of [undefined, null, 'x', [1], new ArrayBuffer(8)]) {
      assert.throws(() => Snapshot.from(wrong), TypeError)
    }
  })
})

describe('a restored file', sharedFile, () => {
  const inFolder = body => async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
    const options = { path: join(folder, 'test.sqlite'), busyTimeout: 0 }
    const one = new EngineClient(options)
    const two = new EngineClient(options)
    try {
      await one.execute('CreateTable', tableInput('music'))
      await one.execute('PutItem', { TableName: 'music', Item: item('a') })
      await body(one, two, options)
    } finally {
      await one.close()
      await two.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }

  test('is seen by whoever else has it open', sharedFile, inFolder(async (one, two) => {
    const before = await one.snapshot()
    await two.execute('CreateTable', tableInput('films'))
    await two.execute('PutItem', { TableName: 'music', Item: item('b') })
    assert.deepEqual(await names(two, 'music'), ['a', 'b'])
    await one.restore(before)
    assert.deepEqual(await names(two, 'music'), ['a'])
    assert.deepEqual((await two.execute('ListTables')).TableNames, ['music'])
    await two.execute('PutItem', { TableName: 'music', Item: item('c') })
    assert.deepEqual(await names(one, 'music'), ['a', 'c'])
    await one.reset()
    assert.deepEqual((await two.execute('ListTables')).TableNames, [])
  }))

  test('stays as it is while another writes to it', sharedFile, inFolder(async (one, two) => {
    const before = await one.snapshot()
    await one.execute('PutItem', { TableName: 'music', Item: item('b') })
    const pending = two.execute('PutItem', { TableName: 'music', Item: item('c') })
    await Promise.all([
      rejects(one.restore(before), 'StorageBusy'), rejects(one.reset(), 'StorageBusy'), pending
    ])
    assert.deepEqual(await names(one, 'music'), ['a', 'b', 'c'])
    await one.restore(before)
    assert.deepEqual(await names(two, 'music'), ['a'])
  }))

  test('is restored when it is opened again', inFolder(async (one, two, options) => {
    const before = await one.snapshot()
    await one.execute('DeleteItem', { TableName: 'music', Key: item('a') })
    await one.restore(before)
    await one.close()
    await two.close()
    const again = closing(new EngineClient(options))
    assert.deepEqual(await names(again, 'music'), ['a'])
  }))
})
