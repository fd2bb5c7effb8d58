// The AWS SDK's own loops - paginators and waiters - around the document client.
import assert from 'node:assert/strict'
import {
  CreateTableCommand,
  DeleteTableCommand,
  UpdateTableCommand,
  paginateListTables,
  waitUntilTableExists,
  waitUntilTableNotExists
} from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  BatchWriteCommand,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
  paginateQuery,
  paginateScan
} from '@aws-sdk/lib-dynamodb'
import { everyRoad } from './support/roads.mjs'

const SENSORS = 3
const READINGS = 60

const tableOfReadings = {
  TableName: 'readings',
  AttributeDefinitions: [
    { AttributeName: 'sensor', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
    { AttributeName: 'level', AttributeType: 'S' },
    { AttributeName: 'degrees', AttributeType: 'N' }
  ],
  KeySchema: [
    { AttributeName: 'sensor', KeyType: 'HASH' },
    { AttributeName: 'at', KeyType: 'RANGE' }
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byLevel',
      KeySchema: [
        { AttributeName: 'level', KeyType: 'HASH' },
        { AttributeName: 'degrees', KeyType: 'RANGE' }
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' }
    }
  ],
  BillingMode: 'PAY_PER_REQUEST'
}

/* 60 readings each; degrees go 0..19 and around again, so index keys repeat. */
const readings = Array.from({ length: SENSORS * READINGS }, (_, i) => ({
  sensor: `s${i % SENSORS}`,
  at: Math.floor(i / SENSORS),
  degrees: i % 20,
  level: i % 20 >= 15 ? 'high' : 'normal',
  note: 'x'.repeat(200)
}))

const soon = { maxWaitTime: 15, minDelay: 1, maxDelay: 1 }

async function all (pages) {
  const found = { items: [], pages: 0, scanned: 0 }
  for await (const page of pages) {
    found.pages++
    found.scanned += page.ScannedCount
    found.items.push(...page.Items)
  }
  return found
}

everyRoad('the AWS SDK: sensors', ({ test, client, document }) => {
  test('creates a table and waits until it exists', async () => {
    const before = await waitUntilTableNotExists(
      { client: client(), ...soon },
      { TableName: 'readings' }
    )
    assert.equal(before.state, 'SUCCESS')
    await client().send(new CreateTableCommand(tableOfReadings))
    const { state, reason } = await waitUntilTableExists(
      { client: client(), ...soon },
      { TableName: 'readings' }
    )
    assert.equal(state, 'SUCCESS')
    assert.equal(reason.Table.TableStatus, 'ACTIVE')
  })

  test('a waiter for a table that never comes gives up', async () => {
    await assert.rejects(
      waitUntilTableExists(
        { client: client(), maxWaitTime: 2, minDelay: 1, maxDelay: 1 },
        { TableName: 'never' }
      ),
      { name: 'TimeoutError' }
    )
  })

  test('writes in batches until nothing is unprocessed', async () => {
    let waiting = readings.map(Item => ({ PutRequest: { Item } }))
    while (waiting.length > 0) {
      const { UnprocessedItems } = await document().send(
        new BatchWriteCommand({ RequestItems: { readings: waiting.slice(0, 25) } })
      )
      waiting = [...(UnprocessedItems.readings ?? []), ...waiting.slice(25)]
    }
  })

  test('paginateQuery follows a partition in both directions', async () => {
    const query = {
      TableName: 'readings',
      KeyConditionExpression: 'sensor = :s AND #at BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#at': 'at' },
      ExpressionAttributeValues: { ':s': 's1', ':from': 5, ':to': 44 }
    }
    const config = { client: document(), pageSize: 7 }
    /* A paginator writes its position into the request: each gets one of its own. */
    const up = await all(paginateQuery(config, { ...query }))
    assert.deepEqual(
      up.items,
      readings.filter(({ sensor, at }) => sensor === 's1' && at >= 5 && at <= 44)
    )
    assert.equal(up.pages, 6)
    const down = await all(paginateQuery(config, { ...query, ScanIndexForward: false }))
    assert.deepEqual(down.items, [...up.items].reverse())
  })

  test('paginateQuery goes over equal keys of an index without loss', async () => {
    const found = await all(
      paginateQuery(
        { client: document(), pageSize: 4 },
        {
          TableName: 'readings',
          IndexName: 'byLevel',
          KeyConditionExpression: '#level = :high',
          ExpressionAttributeNames: { '#level': 'level' },
          ExpressionAttributeValues: { ':high': 'high' }
        }
      )
    )
    const expected = readings.filter(({ level }) => level === 'high')
    assert.deepEqual(
      found.items.map(({ degrees }) => degrees),
      expected.map(({ degrees }) => degrees).sort((a, b) => a - b)
    )
    assert.equal(new Set(found.items.map(({ sensor, at }) => `${sensor} ${at}`)).size, 45)
    assert.deepEqual(Object.keys(found.items[0]).sort(), ['at', 'degrees', 'level', 'sensor'])
    assert.equal(expected.length, 45)
  })

  test('paginateQuery starts where another one stopped', async () => {
    const query = {
      TableName: 'readings',
      KeyConditionExpression: 'sensor = :s',
      ExpressionAttributeValues: { ':s': 's2' }
    }
    const { Items, LastEvaluatedKey } = await document().send(
      new QueryCommand({ ...query, Limit: 10 })
    )
    assert.deepEqual(LastEvaluatedKey, { sensor: 's2', at: 9 })
    const rest = await all(
      paginateQuery(
        { client: document(), startingToken: LastEvaluatedKey, pageSize: 25 },
        { ...query }
      )
    )
    assert.deepEqual(
      [...Items, ...rest.items].map(({ at }) => at),
      Array.from({ length: READINGS }, (_, i) => i)
    )
  })

  test('paginateScan reads everything once, also in parallel segments', async () => {
    const scan = {
      TableName: 'readings',
      FilterExpression: 'degrees < :d',
      ProjectionExpression: 'sensor, #at',
      ExpressionAttributeNames: { '#at': 'at' },
      ExpressionAttributeValues: { ':d': 5 }
    }
    const keys = ({ items }) => items.map(({ sensor, at }) => `${sensor} ${at}`).sort()
    const whole = await all(paginateScan({ client: document(), pageSize: 11 }, { ...scan }))
    assert.equal(whole.scanned, readings.length)
    assert.equal(whole.pages, Math.ceil(readings.length / 11))
    assert.deepEqual(
      keys(whole),
      keys({ items: readings.filter(({ degrees }) => degrees < 5) })
    )
    const segments = await Promise.all(
      [0, 1, 2].map(Segment =>
        all(
          paginateScan(
            { client: document(), pageSize: 11 },
            { ...scan, Segment, TotalSegments: 3 }
          )
        )
      )
    )
    assert.deepEqual(keys({ items: segments.flatMap(({ items }) => items) }), keys(whole))
  })

  test('paginateScan breaks at 1 MB by itself', async () => {
    for (let i = 0; i < 4; i++)
      await document().send(
        new UpdateCommand({
          TableName: 'readings',
          Key: { sensor: 'big', at: i },
          UpdateExpression: 'SET note = :n',
          ExpressionAttributeValues: { ':n': 'y'.repeat(380_000) }
        })
      )
    const found = await all(
      paginateQuery(
        { client: document() },
        {
          TableName: 'readings',
          KeyConditionExpression: 'sensor = :s',
          ExpressionAttributeValues: { ':s': 'big' }
        }
      )
    )
    assert.deepEqual(
      found.items.map(({ at, note }) => [at, note.length]),
      [0, 1, 2, 3].map(at => [at, 380_000])
    )
    assert.equal(found.pages, 2)
  })

  test('reads in batches until no key is unprocessed', async () => {
    const Keys = Array.from({ length: 60 }, (_, at) => ({ sensor: 'heavy', at }))
    const note = 'z'.repeat(300_000)
    await Promise.all(
      Keys.map(key =>
        document().send(
          new UpdateCommand({
            TableName: 'readings',
            Key: key,
            UpdateExpression: 'SET note = :n',
            ExpressionAttributeValues: { ':n': note }
          })
        )
      )
    )
    const found = []
    let requests = 0
    let RequestItems = { readings: { Keys } }
    while (Object.keys(RequestItems).length > 0) {
      const { Responses, UnprocessedKeys } = await document().send(
        new BatchGetCommand({ RequestItems })
      )
      found.push(...Responses.readings.map(({ at }) => at))
      RequestItems = UnprocessedKeys
      requests++
    }
    assert.deepEqual(
      found.sort((a, b) => a - b),
      Keys.map(({ at }) => at)
    )
    assert.equal(requests, 2)
  })

  test('loses no update of many at once, with versions and with transactions', async () => {
    const Key = { sensor: 'counter', at: 0 }
    const read = async () => {
      const { Item } = await document().send(
        new GetCommand({ TableName: 'readings', Key, ConsistentRead: true })
      )
      return Item ?? { version: 0, sum: 0 }
    }
    const addWithVersion = async n => {
      for (;;) {
        const { version, sum } = await read()
        const [condition, values] =
          version === 0
            ? ['attribute_not_exists(version)', {}]
            : ['version = :old', { ':old': version }]
        try {
          await document().send(
            new UpdateCommand({
              TableName: 'readings',
              Key,
              UpdateExpression: 'SET #sum = :sum, version = :new',
              ConditionExpression: condition,
              ExpressionAttributeNames: { '#sum': 'sum' },
              ExpressionAttributeValues: { ...values, ':sum': sum + n, ':new': version + 1 }
            })
          )
          return
        } catch (error) {
          if (error.name !== 'ConditionalCheckFailedException') throw error
        }
      }
    }
    const addInTransaction = n =>
      document().send(
        new TransactWriteCommand({
          TransactItems: [
            {
              Update: {
                TableName: 'readings',
                Key,
                UpdateExpression: 'ADD #sum :n, version :one',
                ExpressionAttributeNames: { '#sum': 'sum' },
                ExpressionAttributeValues: { ':n': n, ':one': 1 }
              }
            },
            { Put: { TableName: 'readings', Item: { sensor: 'counter', at: n } } }
          ]
        })
      )
    await Promise.all(Array.from({ length: 20 }, (_, i) => addWithVersion(i + 1)))
    await Promise.all(Array.from({ length: 20 }, (_, i) => addInTransaction(i + 1)))
    assert.deepEqual(await read(), { ...Key, version: 40, sum: 420 })
    const { Count } = await document().send(
      new QueryCommand({
        TableName: 'readings',
        KeyConditionExpression: 'sensor = :s',
        ExpressionAttributeValues: { ':s': 'counter' },
        Select: 'COUNT'
      })
    )
    assert.equal(Count, 21)
  })

  test('paginateListTables lists by pages', async () => {
    const names = Array.from({ length: 5 }, (_, i) => `listed-${i}`)
    for (const TableName of names)
      await client().send(new CreateTableCommand({ ...tableOfReadings, TableName }))
    const found = []
    let pages = 0
    for await (const { TableNames } of paginateListTables({ client: client(), pageSize: 2 }, {})) {
      pages++
      found.push(...TableNames)
    }
    assert.deepEqual(found, [...names, 'readings'])
    assert.equal(pages, 3)
  })

  test('an index that is added serves once the table is active again', async () => {
    await client().send(
      new UpdateTableCommand({
        TableName: 'readings',
        AttributeDefinitions: tableOfReadings.AttributeDefinitions,
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: 'byDegrees',
              KeySchema: [{ AttributeName: 'degrees', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'ALL' }
            }
          }
        ]
      })
    )
    for (let tries = 0; ; tries++) {
      const { reason } = await waitUntilTableExists(
        { client: client(), ...soon },
        { TableName: 'readings' }
      )
      const index = reason.Table.GlobalSecondaryIndexes.find(
        ({ IndexName }) => IndexName === 'byDegrees'
      )
      if (index.IndexStatus === 'ACTIVE') break
      assert.ok(tries < 100, index.IndexStatus)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    const { items } = await all(
      paginateQuery(
        { client: document(), pageSize: 2 },
        {
          TableName: 'readings',
          IndexName: 'byDegrees',
          KeyConditionExpression: 'degrees = :d',
          ExpressionAttributeValues: { ':d': 7 }
        }
      )
    )
    assert.equal(items.length, 9)
  })

  test('deletes a table and waits until it is gone', async () => {
    await client().send(new DeleteTableCommand({ TableName: 'readings' }))
    const { state } = await waitUntilTableNotExists(
      { client: client(), ...soon },
      { TableName: 'readings' }
    )
    assert.equal(state, 'SUCCESS')
  })
})
