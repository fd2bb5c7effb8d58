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
  BatchWriteCommand,
  QueryCommand,
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
