/*
 * lifecycle.test.mjs - tables and indexes that take time to be created, changed and deleted.
 *
 * A client with `tableDelay: AGES` begins transitions that no test sees the end of; one without a
 * delay on the same file prepares what they begin with; a short delay shows how they end.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineClient } from 'ddblite'
import { rejects, sharedFile, tableInput } from '../support/targets.mjs'

const AGES = 3600000
const SHORT = 120
const Key = { pk: { S: 'a' } }
const TableName = 'music'
const IN_USE = 'Attempt to change a resource which is still in use: Table is being '

const wait = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Runs body(open) where open(tableDelay) gives a client of one file, closed in the end. */
async function inFile (body) {
  const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
  const clients = []
  const open = tableDelay => {
    const db = new EngineClient({ path: join(folder, 'test.sqlite'), tableDelay })
    clients.push(db)
    return db
  }
  try {
    await body(open)
  } finally {
    for (const db of clients) await db.close()
    rmSync(folder, { recursive: true })
  }
}

const describeTable = async db => (await db.execute('DescribeTable', { TableName })).Table
const inUse = (promise, doing) =>
  rejects(promise, 'ResourceInUseException', `${IN_USE}${doing}: ${TableName}`)

// Evidence: captures of October 2026 in two Regions; for tags also
// github.com/cortexproject/cortex/issues/1369.
test('a table that is being created has no time to live, tags, backups or insights', async () => {
  const db = new EngineClient({ tableDelay: AGES })
  try {
    await db.execute('CreateTable', tableInput(TableName))
    await rejects(db.execute('DescribeTimeToLive', { TableName }), 'ValidationException',
      'Cannot describe time to live while table is in CREATING state: Current table state is CREATING')
    await rejects(db.execute('UpdateTimeToLive', {
      TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' }
    }), 'ResourceNotFoundException', `Requested resource not found: Table: ${TableName} not found`)
    await rejects(db.execute('UpdateContributorInsights', {
      TableName, ContributorInsightsAction: 'ENABLE'
    }), 'ValidationException', 'Table or Index is not in a valid state to update Key Access ' +
      'Insights: TableStatus must be ACTIVE to enable ContributorInsights.')
    await rejects(db.execute('CreateBackup', { TableName, BackupName: 'early' }),
      'TableNotFoundException', `Table not found: ${TableName}`)
    const { TableArn: ResourceArn } = await describeTable(db)
    for (const [operation, more] of [
      ['TagResource', { Tags: [{ Key: 'k', Value: 'v' }] }],
      ['UntagResource', { TagKeys: ['k'] }],
      ['ListTagsOfResource', {}]
    ]) {
      await rejects(db.execute(operation, { ResourceArn, ...more }), 'ResourceNotFoundException',
        `Requested resource not found: ResourceArn: ${ResourceArn} not found`)
    }
  } finally {
    await db.close()
  }
})

/** Every data-plane operation on the table. */
function dataRequests (name) {
  const put = { TableName: name, Item: Key }
  return [
    ['GetItem', { TableName: name, Key }],
    ['PutItem', put],
    ['UpdateItem', { TableName: name, Key }],
    ['DeleteItem', { TableName: name, Key }],
    ['Scan', { TableName: name }],
    [
      'Query',
      {
        TableName: name,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': Key.pk }
      }
    ],
    ['BatchGetItem', { RequestItems: { [name]: { Keys: [Key] } } }],
    ['BatchWriteItem', { RequestItems: { [name]: [{ PutRequest: { Item: Key } }] } }],
    ['TransactGetItems', { TransactItems: [{ Get: { TableName: name, Key } }] }],
    ['TransactWriteItems', { TransactItems: [{ Put: put }] }]
  ]
}

async function refusesData (db) {
  for (const [operation, request] of dataRequests(TableName))
    await rejects(
      db.execute(operation, request),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
}

/** What DescribeTable tells until `done` holds: each state once, in order. */
async function states (db, view, done) {
  const seen = []
  for (let i = 0; i < 2000; i++) {
    const state = await describeTable(db).then(view, error => error.name)
    if (seen.at(-1) !== state) seen.push(state)
    if (state === done) return seen
    await wait(5)
  }
  assert.fail(`never ${done}: ${seen}`)
}

// Evidence: facts wire (ResourceInUseException), operations (CreateTable, DescribeTable).
describe('A table that is being created', sharedFile, () => {
  test('is CREATING to everybody, and takes no data', () =>
    inFile(async open => {
      const db = open(AGES)
      const { TableDescription } = await db.execute(
        'CreateTable',
        tableInput(TableName, { gsis: { byG: { hash: 'g' } } })
      )
      assert.equal(TableDescription.TableStatus, 'CREATING')
      for (const client of [db, open(0)]) {
        const table = await describeTable(client)
        assert.equal(table.TableStatus, 'CREATING')
        assert.equal(table.GlobalSecondaryIndexes[0].IndexStatus, 'CREATING')
        assert.equal(table.GlobalSecondaryIndexes[0].Backfilling, undefined)
        await refusesData(client)
      }
      assert.deepEqual((await db.execute('ListTables')).TableNames, [TableName])
    }))

  test('cannot be changed, deleted or created again', () =>
    inFile(async open => {
      const db = open(AGES)
      await db.execute('CreateTable', tableInput(TableName))
      await db.close()
      const later = open(0) /* the state is in the file */
      await inUse(later.execute('DeleteTable', { TableName }), 'created')
      await inUse(
        later.execute('UpdateTable', { TableName, DeletionProtectionEnabled: true }),
        'created'
      )
      await inUse(later.execute('CreateTable', tableInput(TableName)), 'created')
    }))

  test('is ACTIVE when the delay has passed', () =>
    inFile(async open => {
      const db = open(SHORT)
      await db.execute('CreateTable', tableInput(TableName, { gsis: { byG: { hash: 'g' } } }))
      const seen = await states(
        db,
        t => [t.TableStatus, t.GlobalSecondaryIndexes[0].IndexStatus].join(),
        'ACTIVE,ACTIVE'
      )
      assert.deepEqual(seen, ['CREATING,CREATING', 'ACTIVE,ACTIVE'])
      for (const [operation, request] of dataRequests(TableName))
        await db.execute(operation, request)
    }))
})

// Evidence: facts operations (UpdateTable), wire (ResourceInUseException).
describe('A table that is being updated', sharedFile, () => {
  test('is UPDATING, takes data, and no other change', () =>
    inFile(async open => {
      const now = open(0)
      await now.execute('CreateTable', tableInput(TableName))
      const db = open(AGES)
      const { TableDescription } = await db.execute('UpdateTable', {
        TableName,
        DeletionProtectionEnabled: true
      })
      assert.equal(TableDescription.TableStatus, 'UPDATING')
      for (const client of [db, now]) {
        assert.equal((await describeTable(client)).TableStatus, 'UPDATING')
        for (const [operation, request] of dataRequests(TableName))
          await client.execute(operation, request)
        await inUse(client.execute('DeleteTable', { TableName }), 'updated')
        await inUse(
          client.execute('UpdateTable', { TableName, DeletionProtectionEnabled: false }),
          'updated'
        )
      }
    }))

  test('is ACTIVE when the delay has passed', () =>
    inFile(async open => {
      await open(0).execute('CreateTable', tableInput(TableName))
      const db = open(SHORT)
      await db.execute('UpdateTable', { TableName, TableClass: 'STANDARD_INFREQUENT_ACCESS' })
      assert.deepEqual(await states(db, t => t.TableStatus, 'ACTIVE'), ['UPDATING', 'ACTIVE'])
      await db.execute('UpdateTable', { TableName, DeletionProtectionEnabled: true })
    }))
})

// Evidence: facts operations (DeleteTable); API reference, DeleteTable: no error when DELETING.
describe('A table that is being deleted', sharedFile, () => {
  test('is DELETING to everybody, and takes no data', () =>
    inFile(async open => {
      const now = open(0)
      await now.execute('CreateTable', tableInput(TableName))
      await now.execute('PutItem', { TableName, Item: Key })
      const db = open(AGES)
      const first = await db.execute('DeleteTable', { TableName })
      assert.equal(first.TableDescription.TableStatus, 'DELETING')
      assert.deepEqual(await db.execute('DeleteTable', { TableName }), first)
      for (const client of [db, now]) {
        assert.equal((await describeTable(client)).TableStatus, 'DELETING')
        await refusesData(client)
        await inUse(client.execute('CreateTable', tableInput(TableName)), 'deleted')
        await inUse(
          client.execute('UpdateTable', { TableName, DeletionProtectionEnabled: true }),
          'deleted'
        )
      }
      assert.deepEqual((await db.execute('ListTables')).TableNames, [TableName])
    }))

  test('is gone when the delay has passed, and its name is free', () =>
    inFile(async open => {
      const now = open(0)
      await now.execute('CreateTable', tableInput(TableName))
      await now.execute('PutItem', { TableName, Item: Key })
      const db = open(SHORT)
      await db.execute('DeleteTable', { TableName })
      const gone = 'ResourceNotFoundException'
      assert.deepEqual(await states(db, t => t.TableStatus, gone), ['DELETING', gone])
      assert.deepEqual((await now.execute('ListTables')).TableNames, [])
      await rejects(
        db.execute('DeleteTable', { TableName }),
        gone,
        `Requested resource not found: Table: ${TableName} not found`
      )
      await now.execute('CreateTable', tableInput(TableName))
      assert.equal((await now.execute('Scan', { TableName })).Count, 0)
    }))

  test('is gone in a file that is opened later', () =>
    inFile(async open => {
      const now = open(0)
      await now.execute('CreateTable', tableInput(TableName))
      const db = open(SHORT)
      await db.execute('DeleteTable', { TableName })
      await db.close()
      await now.close()
      await wait(SHORT)
      const later = open(0)
      assert.deepEqual((await later.execute('ListTables')).TableNames, [])
      await later.execute('CreateTable', tableInput(TableName))
    }))
})

// Evidence: facts operations (UpdateTable, DescribeTable); AWS Developer Guide, "Managing Global
// Secondary Indexes": the phases of an index that is added.
describe('An index', sharedFile, () => {
  const Create = {
    IndexName: 'byG',
    KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
    Projection: { ProjectionType: 'ALL' }
  }
  const change = (db, GlobalSecondaryIndexUpdate) =>
    db.execute('UpdateTable', {
      TableName,
      AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [GlobalSecondaryIndexUpdate]
    })
  const stateOf = t => {
    const index = t.GlobalSecondaryIndexes?.[0]
    return [t.TableStatus, index?.IndexStatus, index?.Backfilling].join()
  }
  const onIndex = { TableName, IndexName: 'byG' }

  test('is allocated, then filled, then ACTIVE', () =>
    inFile(async open => {
      const now = open(0)
      await now.execute('CreateTable', tableInput(TableName))
      await now.execute('PutItem', { TableName, Item: { ...Key, g: { S: 'x' } } })
      const db = open(SHORT)
      const { TableDescription } = await change(db, { Create })
      assert.equal(stateOf(TableDescription), 'UPDATING,CREATING,false')
      await rejects(
        db.execute('Scan', onIndex),
        'ValidationException',
        'Cannot read from backfilling global secondary index: byG'
      )
      assert.deepEqual(await states(db, stateOf, 'ACTIVE,ACTIVE,'), [
        'UPDATING,CREATING,false',
        'ACTIVE,CREATING,true',
        'ACTIVE,ACTIVE,'
      ])
      assert.equal((await now.execute('Scan', onIndex)).Count, 1)
    }))

  test('keeps the table from being deleted while it is filled', () =>
    inFile(async open => {
      const now = open(0)
      await now.execute('CreateTable', tableInput(TableName))
      const db = open(1000)
      await change(db, { Create })
      await inUse(db.execute('DeleteTable', { TableName }), 'updated')
      await states(db, stateOf, 'ACTIVE,CREATING,true')
      await rejects(
        now.execute('DeleteTable', { TableName }),
        'ResourceInUseException',
        'Attempt to change a resource which is still in use: Cannot delete table while indexes ' +
          'are being created, updated, or deleted.'
      )
      await rejects(
        change(now, { Create: { ...Create, IndexName: 'other' } }),
        'LimitExceededException',
        'Subscriber limit exceeded: Only 1 online index can be created or deleted ' +
          'simultaneously per table'
      )
      await change(now, { Delete: { IndexName: 'byG' } })
      assert.equal((await describeTable(now)).GlobalSecondaryIndexes, undefined)
    }))

  // Evidence: AWS Developer Guide, "Detecting and correcting index key violations": violations are
  // left out while the index is built, and refused from then on.
  test('takes what violates it until it is ACTIVE, and leaves it out', () =>
    inFile(async open => {
      const now = open(0)
      await now.execute('CreateTable', tableInput(TableName))
      const db = open(SHORT)
      const number = { g: { N: '1' } }
      const writes = pk => [
        ['PutItem', { TableName, Item: { pk: { S: pk }, ...number } }],
        [
          'UpdateItem',
          {
            TableName,
            Key: { pk: { S: pk } },
            UpdateExpression: 'SET g = :n',
            ExpressionAttributeValues: { ':n': { N: '2' } }
          }
        ],
        [
          'TransactWriteItems',
          { TransactItems: [{ Put: { TableName, Item: { pk: { S: pk }, ...number } } }] }
        ]
      ]
      await now.execute('PutItem', { TableName, Item: { pk: { S: 'before' }, ...number } })
      await change(db, { Create })
      for (const [operation, request] of writes('during')) await db.execute(operation, request)
      await db.execute('PutItem', { TableName, Item: { pk: { S: 'good' }, g: { S: 'x' } } })
      await states(db, stateOf, 'ACTIVE,ACTIVE,')
      for (const [operation, request] of writes('after'))
        await assert.rejects(
          db.execute(operation, request),
          operation === 'TransactWriteItems' ? /\[ValidationError\]/ : /mismatch for Index Key g/
        )
      assert.deepEqual((await now.execute('Scan', onIndex)).Items, [
        { pk: { S: 'good' }, g: { S: 'x' } }
      ])
      assert.equal((await now.execute('Scan', { TableName })).Count, 3)
    }))

  test('is UPDATING while its throughput changes', () =>
    inFile(async open => {
      const units = n => ({ ReadCapacityUnits: n, WriteCapacityUnits: n })
      const input = tableInput(TableName, { gsis: { byG: { hash: 'g' } } })
      input.BillingMode = 'PROVISIONED'
      input.ProvisionedThroughput = units(1)
      input.GlobalSecondaryIndexes[0].ProvisionedThroughput = units(1)
      await open(0).execute('CreateTable', input)
      const db = open(SHORT)
      await db.execute('UpdateTable', {
        TableName,
        GlobalSecondaryIndexUpdates: [
          { Update: { IndexName: 'byG', ProvisionedThroughput: units(2) } }
        ]
      })
      await db.execute('Scan', onIndex)
      assert.deepEqual(await states(db, stateOf, 'ACTIVE,ACTIVE,'), [
        'UPDATING,UPDATING,',
        'ACTIVE,ACTIVE,'
      ])
    }))

  test('is DELETING, not to be read, then gone', () =>
    inFile(async open => {
      const now = open(0)
      await now.execute('CreateTable', tableInput(TableName, { gsis: { byG: { hash: 'g' } } }))
      const Item = { ...Key, g: { S: 'x' } }
      await now.execute('PutItem', { TableName, Item })
      const db = open(SHORT)
      const { TableDescription } = await change(db, { Delete: { IndexName: 'byG' } })
      assert.equal(stateOf(TableDescription), 'UPDATING,DELETING,')
      assert.equal(TableDescription.GlobalSecondaryIndexes[0].ItemCount, 1)
      await rejects(
        db.execute('Scan', onIndex),
        'ValidationException',
        'The table does not have the specified index: byG'
      )
      await db.execute('PutItem', { TableName, Item: { ...Item, pk: { S: 'b' } } })
      assert.deepEqual(await states(db, stateOf, 'ACTIVE,,'), ['UPDATING,DELETING,', 'ACTIVE,,'])
      await now.execute('PutItem', { TableName, Item: { ...Item, pk: { S: 'c' } } })
      await change(now, { Create })
      assert.equal(stateOf(await describeTable(now)), 'ACTIVE,ACTIVE,')
      assert.equal((await now.execute('Scan', onIndex)).Count, 3)
    }))
})

// Evidence: AWS Developer Guide, "Quotas": 500 simultaneous table operations, 250 creations of
// tables with indexes; texts as users of the service reported them.
describe('An account', () => {
  test('changes 500 tables at a time, of which 250 are created with indexes', async () => {
    const db = new EngineClient({ tableDelay: AGES })
    const create = (name, definition) => db.execute('CreateTable', tableInput(name, definition))
    const indexed = { gsis: { byG: { hash: 'g' } } }
    for (let i = 0; i < 250; i++) await create(`indexed-${i}`, indexed)
    await rejects(
      create('too-many', indexed),
      'LimitExceededException',
      'Subscriber limit exceeded: You have exceeded the maximum number of indexed tables that ' +
        'can be created simultaneously'
    )
    for (let i = 0; i < 250; i++) await create(`plain-${i}`)
    await rejects(
      create('too-many'),
      'LimitExceededException',
      'Subscriber limit exceeded: Only 500 tables can be created, updated, or deleted ' +
        'simultaneously'
    )
    await db.close()
  })

  test('has 2,500 tables', async () => {
    const db = new EngineClient()
    const create = i => db.execute('CreateTable', tableInput(`table-${i}`))
    await Promise.all(Array.from({ length: 2500 }, (_, i) => create(i)))
    await rejects(
      create(2500),
      'LimitExceededException',
      'Subscriber limit exceeded: There is a limit of 2500 tables per subscriber'
    )
    await db.execute('DeleteTable', { TableName: 'table-7' })
    await create(2500)
    await db.close()
  })
})

// Evidence: API reference of each operation: "You can also provide the Amazon Resource Name (ARN)
// of the table in this parameter."
describe('A table ARN', () => {
  test('is a TableName to every operation', async () => {
    const db = new EngineClient({ region: 'eu-west-1', accountId: '123456789012' })
    const arn = `arn:aws:dynamodb:eu-west-1:123456789012:table/${TableName}`
    const { TableDescription } = await db.execute('CreateTable', tableInput(arn))
    assert.deepEqual([TableDescription.TableName, TableDescription.TableArn], [TableName, arn])
    for (const [operation, request] of dataRequests(arn)) await db.execute(operation, request)
    await db.execute('UpdateTable', { TableName: arn, DeletionProtectionEnabled: false })
    const { Table } = await db.execute('DescribeTable', { TableName: arn })
    assert.equal(Table.TableName, TableName)
    await db.execute('DeleteTable', { TableName: arn })
    assert.deepEqual((await db.execute('ListTables')).TableNames, [])
    await db.close()
  })
})
