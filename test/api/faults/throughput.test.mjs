/*
 * throughput.test.mjs - provisioned throughput that is enforced.
 *
 * Evidence: AWS Developer Guide, "Provisioned capacity mode" and "Burst and adaptive capacity"
 * (300 seconds of unused capacity are kept), "DynamoDB maximum throughput for on-demand tables",
 * and API reference, ThrottlingReason; texts: the guide's "Error handling with DynamoDB".
 */
import assert from 'node:assert/strict'
import { EngineClient } from 'ddblite'
import { everyTarget, rejects } from '../support/targets.mjs'

const PTE = 'ProvisionedThroughputExceededException'
const ON_TABLE = 'The level of configured provisioned throughput for the table was exceeded. ' +
  'Consider increasing your provisioning level with the UpdateTable API.'
const ON_INDEX = 'The level of configured provisioned throughput for one or more global ' +
  'secondary indexes of the table was exceeded. Consider increasing your provisioning level for ' +
  'the under-provisioned global secondary indexes with the UpdateTable API.'

everyTarget('Enforced throughput', ({ test, send, makeTable, db }) => {
  const provisioned = (read, write, more = {}) => ({
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: read, WriteCapacityUnits: write },
    ...more
  })
  const put = (TableName, pk, more) =>
    send('PutItem', { TableName, Item: { pk: { S: pk }, ...more } })
  const get = (TableName, pk, ConsistentRead) =>
    send('GetItem', { TableName, Key: { pk: { S: pk } }, ConsistentRead })
  /* How many calls go through before one does not. */
  const allowed = async (call, name = PTE) => {
    for (let n = 0; n < 5000; n++) {
      const error = await call().then(() => null, error => error)
      if (error === null) continue
      assert.equal(error.name, name, error.message)
      return n
    }
    assert.fail('nothing was throttled')
  }

  test('gives a second\'s units at first, and up to 300 seconds\' after rest', async () => {
    const t = await makeTable(provisioned(5, 3))
    const seconds = n => db().clock.advance(n * 1000)
    assert.equal(await allowed(() => put(t, 'a')), 3)
    const error = await rejects(put(t, 'a'), PTE, ON_TABLE)
    const { TableArn } = (await send('DescribeTable', { TableName: t })).Table
    assert.deepEqual(error.ThrottlingReasons,
      [{ reason: 'TableWriteProvisionedThroughputExceeded', resource: TableArn }])
    assert.equal(await allowed(() => get(t, 'a', true)), 5, 'reads have a bucket of their own')
    await seconds(1)
    assert.equal(await allowed(() => put(t, 'a')), 3)
    assert.equal(await allowed(() => get(t, 'a', false)), 10, 'half a unit each')
    await seconds(10)
    assert.equal(await allowed(() => put(t, 'a')), 30)
    await seconds(3600)
    assert.equal(await allowed(() => put(t, 'a')), 900)
  })

  test('lets a large request in and waits for what it owes', async () => {
    const t = await makeTable(provisioned(1, 1))
    await put(t, 'a', { blob: { S: 'x'.repeat(9 * 1024) } })
    await db().clock.advance(8_999)
    await rejects(put(t, 'b'), PTE)
    await db().clock.advance(1_000)
    await put(t, 'b')
  })

  test('throttles a write by the index that it changes, and reads by their index', async () => {
    const t = await makeTable({
      gsis: { byG: { hash: 'g' } },
      ...provisioned(1000, 1000),
      GlobalSecondaryIndexes: [{
        IndexName: 'byG',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
        ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 2 }
      }]
    })
    let n = 0
    assert.equal(await allowed(() => put(t, `a${n++}`, { g: { S: 'x' } })), 2)
    const error = await rejects(put(t, 'b', { g: { S: 'x' } }), PTE, ON_INDEX)
    assert.equal(error.ThrottlingReasons[0].reason, 'IndexWriteProvisionedThroughputExceeded')
    await put(t, 'c') /* not in the index */
    await rejects(send('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName: t, Item: { pk: { S: 'd' } } } },
        { Put: { TableName: t, Item: { pk: { S: 'e' }, g: { S: 'x' } } } }
      ]
    }), 'TransactionCanceledException', /\[None, ProvisionedThroughputExceeded\]$/)
    const query = () => send('Query', {
      TableName: t,
      IndexName: 'byG',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { S: 'x' } }
    })
    assert.equal(await allowed(query), 4, 'half a unit each')
    const read = await rejects(query(), PTE, ON_INDEX)
    assert.equal(read.ThrottlingReasons[0].reason, 'IndexReadProvisionedThroughputExceeded')
    await send('Scan', { TableName: t })
  })

  test('charges transactions twice, and failed conditions', async () => {
    const t = await makeTable(provisioned(4, 4))
    let n = 0
    assert.equal(await allowed(() => send('TransactWriteItems', {
      TransactItems: [{ Put: { TableName: t, Item: { pk: { S: `a${n++}` } } } }]
    }), 'TransactionCanceledException'), 2)
    assert.equal(await allowed(() => send('TransactGetItems', {
      TransactItems: [{ Get: { TableName: t, Key: { pk: { S: 'a0' } } } }]
    }), 'TransactionCanceledException'), 2)
    await db().clock.advance(1000)
    for (let i = 0; i < 4; i++) {
      await rejects(send('PutItem', {
        TableName: t,
        Item: { pk: { S: 'a0' } },
        ConditionExpression: 'attribute_not_exists(pk)'
      }), 'ConditionalCheckFailedException')
    }
    await rejects(put(t, 'b'), PTE)
  })

  test('leaves what is too much of a batch unprocessed, and fails a batch that is all too much',
    async () => {
      const t = await makeTable(provisioned(3, 3))
      const RequestItems = {
        [t]: ['a', 'b', 'c', 'd', 'e'].map(pk => ({ PutRequest: { Item: { pk: { S: pk } } } }))
      }
      const { UnprocessedItems } = await send('BatchWriteItem', { RequestItems })
      assert.deepEqual(UnprocessedItems, { [t]: RequestItems[t].slice(3) })
      await rejects(send('BatchWriteItem', { RequestItems: UnprocessedItems }), PTE, ON_TABLE)
      await db().clock.advance(1000)
      assert.deepEqual(
        (await send('BatchWriteItem', { RequestItems: UnprocessedItems })).UnprocessedItems, {})

      const Keys = ['a', 'b', 'c', 'd', 'e'].map(pk => ({ pk: { S: pk } }))
      await db().clock.advance(1000)
      await allowed(() => get(t, 'a', true))
      await db().clock.advance(1000)
      const read = await send('BatchGetItem', { RequestItems: { [t]: { Keys, ConsistentRead: true } } })
      assert.equal(read.Responses[t].length, 3)
      assert.deepEqual(read.UnprocessedKeys, { [t]: { Keys: Keys.slice(3), ConsistentRead: true } })
      await rejects(send('BatchGetItem', { RequestItems: read.UnprocessedKeys }), PTE)
      await db().clock.advance(1000)
      const statements = Keys.map(({ pk: { S } }) => ({
        Statement: `SELECT * FROM ${t} WHERE pk = '${S}'`,
        ConsistentRead: true
      }))
      const { Responses } = await send('BatchExecuteStatement', { Statements: statements })
      assert.deepEqual(Responses.map(({ Error }) => Error?.Code ?? 'ok'), ['ok', 'ok', 'ok',
        'ProvisionedThroughputExceeded', 'ProvisionedThroughputExceeded'])
    })

  test('follows UpdateTable, and stops and begins again', async () => {
    const t = await makeTable(provisioned(1, 1))
    assert.equal(await allowed(() => put(t, 'a')), 1)
    await send('UpdateTable', {
      TableName: t,
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 50 }
    })
    await db().clock.advance(1000)
    assert.equal(await allowed(() => put(t, 'a')), 50)
    await db().faults.throughput('unlimited')
    for (let i = 0; i < 20; i++) await put(t, 'a')
    await db().faults.throughput('enforced')
    assert.ok(await allowed(() => put(t, 'a')) > 0)
    await assert.rejects(db().faults.throughput('some'), { name: 'ValidationException' })
  })

  test('leaves tables on demand alone, but for their maximum', async () => {
    const free = await makeTable()
    for (let i = 0; i < 100; i++) await put(free, 'a')
    const t = await makeTable({
      OnDemandThroughput: { MaxReadRequestUnits: 2, MaxWriteRequestUnits: 3 }
    })
    assert.equal(await allowed(() => put(t, 'a'), 'ThrottlingException'), 3)
    const error = await rejects(put(t, 'a'), 'ThrottlingException',
      'Throughput exceeds the maximum OnDemandThroughput configured on table or index')
    assert.equal(error.throttlingReasons[0].reason, 'TableWriteMaxOnDemandThroughputExceeded')
    assert.equal(await allowed(() => get(t, 'a', true), 'ThrottlingException'), 2)
    await db().clock.advance(60_000)
    assert.equal(await allowed(() => put(t, 'a'), 'ThrottlingException'), 3, 'no burst')
  })
}, { clock: 'frozen', throughput: 'enforced' })

everyTarget('Throughput that nobody enforces', ({ test, makeTable, send }) => {
  test('is the default', async () => {
    const TableName = await makeTable({
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }
    })
    for (let i = 0; i < 50; i++) await send('PutItem', { TableName, Item: { pk: { S: 'a' } } })
    assert.throws(() => new EngineClient({ throughput: 'some' }), /throughput must be/)
    assert.throws(() => new EngineClient({ itemCollectionBytes: 0 }), /itemCollectionBytes must be/)
  })
})

everyTarget('Item collections', ({ test, makeTable, send }) => {
  const kilobyte = 'x'.repeat(1000)

  test('grow to the limit and no further, with their entries in local indexes', async () => {
    const TableName = await makeTable({
      range: 'sk',
      lsis: { byN: { range: 'n:N' }, keys: { range: 'm:N', project: 'KEYS_ONLY' } }
    })
    const put = (pk, sk, more) => send('PutItem', {
      TableName,
      Item: { pk: { S: pk }, sk: { S: sk }, text: { S: kilobyte }, ...more }
    })
    const refused = call =>
      rejects(call, 'ItemCollectionSizeLimitExceededException', 'Collection size exceeded.')
    /* Each is a bit more than 1,000 bytes; one in the index byN counts twice. */
    for (let i = 0; i < 8; i++) await put('a', String(i))
    await refused(put('a', '8', { n: { N: '1' } }))
    await put('a', '8', { m: { N: '1' } })
    await refused(put('a', '9'))
    await put('b', '9')
    await put('a', '8') /* no larger than before */
    const grow = {
      TableName,
      Key: { pk: { S: 'a' }, sk: { S: '8' } },
      UpdateExpression: 'SET more = :m',
      ExpressionAttributeValues: { ':m': { S: kilobyte } }
    }
    await refused(send('UpdateItem', grow))
    await rejects(send('TransactWriteItems', {
      TransactItems: [
        { Update: grow },
        { Put: { TableName, Item: { pk: { S: 'c' }, sk: { S: '1' } } } }
      ]
    }), 'TransactionCanceledException', /\[ItemCollectionSizeLimitExceeded, None\]$/)
    const Item = { pk: { S: 'a' }, sk: { S: 'z' }, t: { S: kilobyte } }
    await refused(
      send('BatchWriteItem', { RequestItems: { [TableName]: [{ PutRequest: { Item } }] } }))
    const { Responses } = await send('BatchExecuteStatement', {
      Statements: [{
        Statement: `INSERT INTO ${TableName} VALUE {'pk': 'a', 'sk': 'z', 't': ?}`,
        Parameters: [{ S: kilobyte }]
      }]
    })
    assert.equal(Responses[0].Error.Code, 'ItemCollectionSizeLimitExceeded')
    await send('DeleteItem', { TableName, Key: { pk: { S: 'a' }, sk: { S: '0' } } })
    await put('a', '9')
  })

  test('have no limit without a local index', async () => {
    const TableName = await makeTable({ range: 'sk', gsis: { byN: { hash: 'n:N' } } })
    for (let i = 0; i < 20; i++) {
      const Item = { pk: { S: 'a' }, sk: { S: String(i) }, n: { N: '1' }, text: { S: kilobyte } }
      await send('PutItem', { TableName, Item })
    }
  })
}, { itemCollectionBytes: 9999 })
