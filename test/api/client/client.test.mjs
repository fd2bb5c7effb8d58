// What EngineClient itself promises; what operations answer is tested beside each operation.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { CONTRACT_VERSION, EngineClient, EngineError } from 'ddblite'
import { everyTarget, rejects, sameItem, tableInput } from '../support/targets.mjs'

const require = createRequire(import.meta.url)

describe('new EngineClient', () => {
  const wrong = [
    [{ path: 1 }, /path must be a file path .*, not 1/],
    [{ path: '' }, /path must be/],
    [{ path: 'a\0b' }, /path must be/],
    [{ durability: 'high' }, /durability must be 'normal', 'full' or 'relaxed', not 'high'/],
    [{ durability: 'toString' }, /durability must be/],
    [{ region: 'eu west' }, /region must be/],
    [{ accountId: '12345' }, /accountId must be a string of twelve digits, not '12345'/],
    [{ accountId: 123456789012 }, /accountId must be/],
    [{ busyTimeout: -1 }, /busyTimeout must be/],
    [{ busyTimeout: 1.5 }, /busyTimeout must be/],
    [{ busyTimeout: Infinity }, /busyTimeout must be/],
    [{ tableDelay: -1 }, /tableDelay must be milliseconds, a whole number from 0, not -1/],
    [
      { paht: 'x' },
      /there is no option 'paht'; there are path, durability, region, accountId, busyTimeout, tableDelay/
    ],
    [null, /options must be an object, not null/],
    ['x', /options must be an object/]
  ]
  for (const [options, message] of wrong) {
    test(`rejects ${JSON.stringify(options)} with a TypeError`, () => {
      assert.throws(
        () => new EngineClient(options),
        error => error instanceof TypeError && message.test(error.message)
      )
    })
  }

  test('takes undefined for absent', () => {
    const db = new EngineClient({ path: undefined, durability: undefined, region: undefined })
    assert.deepEqual([db.persistent, db.region, db.accountId], [false, 'us-east-1', '000000000000'])
  })
})

describe('ESM and CommonJS', () => {
  test('are one package: an EngineError is one class', async () => {
    const cjs = require('ddblite')
    assert.equal(cjs.EngineClient, EngineClient)
    assert.equal(cjs.EngineError, EngineError)
    assert.equal(
      require('ddblite/aws').requestHandler,
      (await import('ddblite/aws')).requestHandler
    )
    assert.equal(require('ddblite/server').serve, (await import('ddblite/server')).serve)
    assert.equal(require('ddblite/package.json').name, 'ddblite')
  })
})

everyTarget('EngineClient', ({ test, target, send, db, makeTable }) => {
  test('says what it is', async () => {
    const ready = await db().ready()
    assert.equal(ready.contractVersion, CONTRACT_VERSION)
    const kept = ['file', 'opfs'].find(mode => target.endsWith(mode))
    assert.equal(ready.engine, /^(wasm|browser)-/.test(target) ? 'wasm' : 'native')
    assert.equal(ready.persistenceMode, kept ?? 'memory')
    assert.equal(db().persistent, kept !== undefined)
    assert.ok(ready.capabilities.includes('TransactGetItems'))
    assert.deepEqual(
      [db().supports('GetItem'), db().supports('Nope'), db().supports('getItem')],
      [true, false, false]
    )
  })

  test('rejects an unknown operation as the service does', async () => {
    for (const name of ['Nope', '', 'getItem', '__proto__', undefined, 5, Symbol('x')]) {
      const error = await rejects(db().execute(name, {}), 'UnknownOperationException')
      assert.equal(error.statusCode, 400)
      assert.deepEqual(error.envelope, {
        __type: 'com.amazon.coral.service#UnknownOperationException'
      })
    }
  })

  test("gives errors the service's name, text, type, status and fields", async () => {
    const TableName = await makeTable()
    const Item = { pk: { S: 'a' }, n: { N: '1' } }
    await send('PutItem', { TableName, Item })
    const put = {
      TableName,
      Item,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
    }
    const error = await rejects(
      send('PutItem', put),
      'ConditionalCheckFailedException',
      'The conditional request failed'
    )
    assert.ok(error instanceof EngineError && error instanceof Error)
    assert.equal(error.type, 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException')
    assert.equal(error.statusCode, 400)
    assert.equal(error.$fault, 'client')
    assert.deepEqual(error.$metadata, { httpStatusCode: 400 })
    sameItem(error.Item, Item)
    assert.deepEqual(error.envelope, {
      __type: error.type,
      message: error.message,
      Item: error.Item
    })
    const { ReturnValuesOnConditionCheckFailure, ...check } = put
    const cancelled = await rejects(
      send('TransactWriteItems', { TransactItems: [{ Put: check }] }),
      'TransactionCanceledException'
    )
    assert.equal(cancelled.CancellationReasons[0].Code, 'ConditionalCheckFailed')
  })

  test('names the caller in the stack', async () => {
    async function theCaller () {
      await db().execute('GetItem', { TableName: 'nope', Key: { pk: { S: 'a' } } })
    }
    const error = await rejects(theCaller(), 'ResourceNotFoundException')
    assert.match(error.stack, /theCaller/)
  })

  test('takes bytes where the wire has base64 text', async () => {
    const TableName = await makeTable({ hash: 'pk:B' })
    const view = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4)
    const Item = {
      pk: { B: view },
      buffer: { B: Buffer.from('hello') },
      memory: { B: new Uint8Array([255]).buffer },
      empty: { B: new Uint8Array(0) },
      set: { BS: [new Uint8Array([1]), Buffer.from([2]), 'Aw=='] },
      deep: { L: [{ M: { x: { B: view } } }] }
    }
    const stored = {
      pk: { B: 'AQID' },
      buffer: { B: 'aGVsbG8=' },
      memory: { B: '/w==' },
      empty: { B: '' },
      set: { BS: ['AQ==', 'Ag==', 'Aw=='] },
      deep: { L: [{ M: { x: { B: 'AQID' } } }] }
    }
    await db().execute('PutItem', { TableName, Item })
    sameItem((await db().execute('GetItem', { TableName, Key: { pk: { B: view } } })).Item, stored)
    const big = Buffer.alloc(300000, 7)
    await db().execute('PutItem', {
      TableName,
      Item: { pk: { B: Buffer.from('big') }, big: { B: big } }
    })
    assert.equal(
      (await db().execute('GetItem', { TableName, Key: { pk: { B: Buffer.from('big') } } })).Item
        .big.B,
      big.toString('base64')
    )
    await rejects(
      db().execute('PutItem', { TableName, Item: { pk: { B: view }, s: { S: view } } }),
      'SerializationException'
    )
    await rejects(
      db().execute('PutItem', { TableName, Item: { pk: { B: { not: 'bytes' } } } }),
      'SerializationException'
    )
  })

  test("rejects what JSON cannot carry with JSON's own TypeError", async () => {
    await assert.rejects(db().execute('ListTables', { Limit: 1n }), TypeError)
    const circle = {}
    circle.circle = circle
    await assert.rejects(db().execute('ListTables', circle), TypeError)
  })

  test('takes long requests, and refuses those of more than 16 MiB', async () => {
    const TableName = await makeTable()
    const put = length => ({
      PutRequest: { Item: { pk: { S: `${length}` }, text: { S: 'é'.repeat(length) } } }
    })
    await send('BatchWriteItem', {
      RequestItems: { [TableName]: Array.from({ length: 20 }, (_, i) => put(190000 + i)) }
    })
    assert.equal(
      (await send('GetItem', { TableName, Key: { pk: { S: '190007' } } })).Item.text.S,
      'é'.repeat(190007)
    )
    const tooLong = { TableName, Item: { pk: { S: 'a' }, text: { S: 'x'.repeat(16777216) } } }
    const error = await rejects(db().execute('PutItem', tooLong), 'RequestTooLarge')
    assert.equal(error.statusCode, 413)
    assert.equal(
      (await db().dispatchHttp('DynamoDB_20120810.PutItem', JSON.stringify(tooLong))).status,
      413
    )
    await send('PutItem', { TableName, Item: { pk: { S: 'small' } } })
    assert.deepEqual((await send('GetItem', { TableName, Key: { pk: { S: 'small' } } })).Item, {
      pk: { S: 'small' }
    })
  })

  test('keeps non-ASCII text in requests, answers and errors', async () => {
    const TableName = await makeTable()
    const text = 'ä 漢 😀 \u2028 \u007f \u0080 \u07ff \u0800 \uffff'
    await send('PutItem', { TableName, Item: { pk: { S: text }, [text]: { S: text } } })
    assert.deepEqual((await send('GetItem', { TableName, Key: { pk: { S: text } } })).Item, {
      pk: { S: text },
      [text]: { S: text }
    })
    const error = await rejects(
      send('GetItem', { TableName, Key: { pk: { S: 'a' } }, ProjectionExpression: '😀' }),
      'ValidationException'
    )
    assert.match(error.message, /😀/)
  })

  test('dispatches HTTP bodies of text and of bytes, and no other', async () => {
    const target = 'DynamoDB_20120810.ListTables'
    for (const body of ['{}', Buffer.from('{}'), new Uint8Array([123, 125])]) {
      assert.equal((await db().dispatchHttp(target, body)).status, 200)
    }
    for (const body of [null, 5, {}, [], new ArrayBuffer(2)]) {
      await assert.rejects(db().dispatchHttp(target, body), TypeError)
    }
    const json = { contentType: 'application/json' }
    const answer = await db().dispatchHttp(target, '{}', json)
    assert.equal(answer.headers['content-type'], 'application/json')
  })

  test('counts', async () => {
    const TableName = await makeTable()
    const before = await db().counters()
    await send('PutItem', { TableName, Item: { pk: { S: 'a' } } })
    const now = await db().counters()
    assert.deepEqual([now.requests - before.requests, now.commits - before.commits], [1, 1])
  })
})

describe('opening and closing', () => {
  let folder
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('opens at the first call, not before', async () => {
    const path = join(folder, 'lazy.sqlite')
    const db = new EngineClient({ path })
    assert.equal(existsSync(path), false)
    await db.execute('ListTables')
    assert.equal(existsSync(path), true)
    await db.close()
  })

  test('rejects with the reason, and a later call tries again', async () => {
    const path = join(folder, 'missing', 'x.sqlite')
    const db = new EngineClient({ path })
    for (const call of [() => db.ready(), () => db.execute('ListTables')]) {
      const error = await call().catch(error => error)
      assert.ok(error instanceof EngineError, error.stack)
      assert.match(error.type, /^ddblite#/)
    }
    mkdirSync(join(folder, 'missing'))
    assert.deepEqual(await db.execute('ListTables'), { TableNames: [] })
    await db.close()
  })

  test('commits what is pending when it closes, and closing twice is fine', async () => {
    const path = join(folder, 'close.sqlite')
    const db = new EngineClient({ path })
    const created = db.execute('CreateTable', tableInput('abc'))
    const put = db.execute('PutItem', { TableName: 'abc', Item: { pk: { S: 'a' } } })
    const closed = db.close()
    await Promise.all([created, put, closed, db.close()])
    const again = new EngineClient({ path })
    assert.equal((await again.execute('Scan', { TableName: 'abc' })).Count, 1)
    await again.close()
  })

  test('rejects calls after close', async () => {
    const db = new EngineClient()
    await db.execute('ListTables')
    await db.close()
    for (const call of [() => db.execute('ListTables'), () => db.ready()])
      await rejects(call(), 'ClientClosed', 'The client is closed')
    assert.notEqual((await db.dispatchHttp('DynamoDB_20120810.ListTables', '{}')).status, 200)
    const unopened = new EngineClient()
    await unopened.close()
    await rejects(unopened.execute('ListTables'), 'ClientClosed')
  })

  test(
    'closes at the end of an `await using` block',
    { skip: Symbol.asyncDispose === undefined },
    async () => {
      const db = new EngineClient()
      await db.execute('ListTables')
      await db[Symbol.asyncDispose]()
      await rejects(db.execute('ListTables'), 'ClientClosed')
    }
  )

  test('keeps databases in memory apart', async () => {
    const [one, two] = [new EngineClient(), new EngineClient({ path: ':memory:' })]
    await one.execute('CreateTable', tableInput('abc'))
    assert.deepEqual(await two.execute('ListTables'), { TableNames: [] })
    await Promise.all([one.close(), two.close()])
  })

  test('uses region and account in ARNs', async () => {
    const db = new EngineClient({ region: 'eu-west-3', accountId: '123456789012' })
    const { TableDescription } = await db.execute('CreateTable', tableInput('abc'))
    assert.equal(TableDescription.TableArn, 'arn:aws:dynamodb:eu-west-3:123456789012:table/abc')
    await db.close()
  })
})
