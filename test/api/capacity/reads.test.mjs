/*
 * reads.test.mjs - what each read costs: by item, by page, by index, in a batch, in a transaction.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid } from '../support/targets.mjs'

const P = { S: 'p' }

/* An item of one partition, of so many bytes. */
function row (sk, bytes, more = {}) {
  let used = 'pk'.length + 1 + 'sk'.length + sk.length + 'body'.length
  for (const [name, value] of Object.entries(more)) used += name.length + value.S.length
  return { pk: P, sk: { S: sk }, ...more, body: { S: 'x'.repeat(bytes - used) } }
}

// Evidence: facts capacity 1 and 2: AWS Developer Guide, "Read and write operations"; R.
everyTarget('Capacity of reads', ({ test, send, makeTable }) => {
  const load = async (definition, items) => {
    const TableName = await makeTable({ range: 'sk', ...definition })
    for (const Item of items) await send('PutItem', { TableName, Item })
    return TableName
  }
  const consumed = async (operation, request) =>
    (await send(operation, { ReturnConsumedCapacity: 'INDEXES', ...request })).ConsumedCapacity

  const ITEMS = [
    ['100 B', 100, 0.5],
    ['4096 B', 4096, 0.5],
    ['4097 B', 4097, 1],
    ['9 KB', 9 * 1024, 1.5]
  ]
  for (const [title, bytes, units] of ITEMS) {
    test(`charges an item of ${title}, the same with a projection`, async () => {
      const TableName = await load({}, [row('a', bytes)])
      const Key = { pk: P, sk: { S: 'a' } }
      for (const more of [{}, { ProjectionExpression: 'sk' }, { AttributesToGet: ['sk'] }])
        for (const ConsistentRead of [false, true])
          assert.deepEqual(
            await consumed('GetItem', { TableName, Key, ConsistentRead, ...more }),
            {
              TableName,
              CapacityUnits: ConsistentRead ? units * 2 : units,
              Table: { CapacityUnits: ConsistentRead ? units * 2 : units }
            }
          )
      assert.deepEqual(
        await consumed('GetItem', { TableName, Key, ReturnConsumedCapacity: 'TOTAL' }),
        { TableName, CapacityUnits: units }
      )
      assert.equal(
        await consumed('GetItem', { TableName, Key, ReturnConsumedCapacity: 'NONE' }),
        undefined
      )
    })
  }

  test('charges an item that is not there as one unit', async () => {
    const TableName = await load({}, [])
    const Key = { pk: P, sk: { S: 'none' } }
    assert.equal((await consumed('GetItem', { TableName, Key })).CapacityUnits, 0.5)
    const strong = await consumed('GetItem', { TableName, Key, ConsistentRead: true })
    assert.equal(strong.CapacityUnits, 1)
  })

  test('rounds each key of a batch by itself, and sums a table', async () => {
    const one = await load({}, [row('a', 100), row('b', 5000)])
    const two = await load({}, [])
    const keys = (...names) => names.map(S => ({ pk: P, sk: { S } }))
    const list = await consumed('BatchGetItem', {
      RequestItems: {
        [one]: { Keys: keys('a', 'b', 'none') },
        [two]: { Keys: keys('x', 'y'), ConsistentRead: true }
      }
    })
    assert.deepEqual(
      new Map(list.map(c => [c.TableName, c])),
      new Map([
        [one, { TableName: one, CapacityUnits: 2, Table: { CapacityUnits: 2 } }],
        [two, { TableName: two, CapacityUnits: 2, Table: { CapacityUnits: 2 } }]
      ])
    )
  })

  test('charges twice in a transaction, each item by itself', async () => {
    const TableName = await load({}, [row('a', 100), row('b', 5000)])
    const TransactItems = ['a', 'b', 'none'].map(S => ({
      Get: { TableName, Key: { pk: P, sk: { S } } }
    }))
    const units = { CapacityUnits: 8, ReadCapacityUnits: 8 }
    assert.deepEqual(await consumed('TransactGetItems', { TransactItems }), [
      { TableName, ...units, Table: units }
    ])
    assert.deepEqual(
      await consumed('TransactGetItems', { TransactItems, ReturnConsumedCapacity: 'TOTAL' }),
      [{ TableName, ...units }]
    )
  })

  const QUERY = {
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': P, ':none': { S: 'none' } }
  }

  const PAGES = [
    ['a page rounded once', {}, 1],
    ['strong reads', { ConsistentRead: true }, 2],
    ['what a filter drops', { FilterExpression: 'body = :none' }, 1],
    ['a projection', { ProjectionExpression: 'sk' }, 1],
    ['a count', { Select: 'COUNT' }, 1],
    ['what the limit lets through', { Limit: 1 }, 0.5]
  ]
  for (const [title, more, units] of PAGES) {
    test(`charges ${title}`, async () => {
      const TableName = await load({}, [row('a', 3000), row('b', 3000)])
      const values = { ':p': P, ...(more.FilterExpression && { ':none': { S: 'none' } }) }
      const answer = {
        TableName,
        CapacityUnits: units,
        Table: { CapacityUnits: units }
      }
      assert.deepEqual(
        await consumed('Query', { TableName, ...QUERY, ExpressionAttributeValues: values, ...more }),
        answer
      )
      const scan = { TableName, ...more }
      if (more.FilterExpression) scan.ExpressionAttributeValues = { ':none': { S: 'none' } }
      assert.deepEqual(await consumed('Scan', scan), answer)
    })
  }

  test('charges an empty page as one unit', async () => {
    const TableName = await load({}, [])
    assert.equal((await consumed('Scan', { TableName })).CapacityUnits, 0.5)
    assert.equal((await consumed('Scan', { TableName, ConsistentRead: true })).CapacityUnits, 1)
  })

  const INDEXES = {
    gsis: { whole: { hash: 'g' }, keys: { hash: 'g', project: 'KEYS_ONLY' } },
    lsis: { local: { range: 'l', project: 'KEYS_ONLY' } }
  }
  const indexed = (sk, bytes) => row(sk, bytes, { g: { S: 'g' }, l: { S: sk } })
  const byG = { KeyConditionExpression: 'g = :g', ExpressionAttributeValues: { ':g': { S: 'g' } } }
  const byP = { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': P } }
  const GLOBAL = 'GlobalSecondaryIndexes'
  const LOCAL = 'LocalSecondaryIndexes'
  const ALL = { Select: 'ALL_ATTRIBUTES' }
  const strong = { ConsistentRead: true }

  /* title, item bytes, index, its member, request, index units, table units */
  const INDEX_PAGES = [
    ['whole entries', 3000, 'whole', GLOBAL, byG, 1.5, 0],
    ['entries of keys', 3000, 'keys', GLOBAL, byG, 0.5, 0],
    ['local entries', 3000, 'local', LOCAL, byP, 0.5, 0],
    ['local entries, strongly', 3000, 'local', LOCAL, { ...byP, ...strong }, 1, 0],
    ['3 small rows fetched', 100, 'local', LOCAL, { ...byP, ...ALL }, 0.5, 1.5],
    ['3 rows of 9 KB fetched', 9000, 'local', LOCAL, { ...byP, ...ALL }, 0.5, 4.5],
    ['the same, strongly', 9000, 'local', LOCAL, { ...byP, ...ALL, ...strong }, 1, 9],
    [
      'a named attribute fetched',
      100,
      'local',
      LOCAL,
      { ...byP, ProjectionExpression: 'body' },
      0.5,
      1.5
    ]
  ]
  for (const [title, bytes, IndexName, member, request, units, table] of INDEX_PAGES) {
    test(`charges the index for ${title}`, async () => {
      const TableName = await load(INDEXES, ['a', 'b', 'c'].map(sk => indexed(sk, bytes)))
      const answer = {
        TableName,
        CapacityUnits: units + table,
        Table: { CapacityUnits: table },
        [member]: { [IndexName]: { CapacityUnits: units } }
      }
      assert.deepEqual(await consumed('Query', { TableName, IndexName, ...request }), answer)
      const { KeyConditionExpression, ExpressionAttributeValues, ...scan } = request
      assert.deepEqual(await consumed('Scan', { TableName, IndexName, ...scan }), answer)
    })
  }

  // Evidence: facts capacity 4.
  test('refuses another value on every operation', async () => {
    const TableName = await load({}, [])
    const Key = { pk: P, sk: { S: 'a' } }
    const requests = {
      GetItem: { TableName, Key },
      PutItem: { TableName, Item: Key },
      DeleteItem: { TableName, Key },
      UpdateItem: { TableName, Key },
      Query: { TableName, ...byP },
      Scan: { TableName },
      BatchGetItem: { RequestItems: { [TableName]: { Keys: [Key] } } },
      BatchWriteItem: { RequestItems: { [TableName]: [{ DeleteRequest: { Key } }] } },
      TransactGetItems: { TransactItems: [{ Get: { TableName, Key } }] },
      TransactWriteItems: { TransactItems: [{ Delete: { TableName, Key } }] }
    }
    for (const [operation, request] of Object.entries(requests))
      await invalid(
        send(operation, { ...request, ReturnConsumedCapacity: 'all' }),
        "1 validation error detected: Value 'all' at 'returnConsumedCapacity' failed to satisfy " +
          'constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]'
      )
  })
})
