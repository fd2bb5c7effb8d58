// What UpdateTable, CreateTable and their kin say when they refuse.
//
// Evidence: captures of October 2026 in two Regions, as a public study of the service's control
// plane for Kubernetes (ack-api-quirks) lists them.
import assert from 'node:assert/strict'
import { everyTarget, rejects } from '../support/targets.mjs'

const BAD = 'One or more parameter values were invalid: '
const keys = (hash, range) => [
  { AttributeName: hash, KeyType: 'HASH' },
  ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' }])
]
const schema = (...pairs) => pairs.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType }))
const defined = (...names) =>
  names.map(AttributeName => ({ AttributeName, AttributeType: 'S' }))
const units = (ReadCapacityUnits, WriteCapacityUnits) => ({ ReadCapacityUnits, WriteCapacityUnits })
const ALL = { ProjectionType: 'ALL' }
const index = (IndexName, KeySchema, more) => ({ IndexName, KeySchema, Projection: ALL, ...more })
const provisioned = { BillingMode: 'PROVISIONED', ProvisionedThroughput: units(1, 1) }
const changes = (...GlobalSecondaryIndexUpdates) => ({ GlobalSecondaryIndexUpdates })
const created = more => ({
  ...changes({
    Create: index('gsi3', keys('c'), { ProvisionedThroughput: units(1, 1) })
  }),
  AttributeDefinitions: defined('c'),
  ...more
})

const nothing = more => 'At least one of ProvisionedThroughput, BillingMode, ' +
  'UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, ' +
  `MultiAccountReplicaReady, ReplicaTransitRoleArn, ${more}DeletionProtectionEnabled, ` +
  'OnDemandThroughput, WarmThroughput or TableClass is required'
const NOTHING = nothing('MultiRegionConsistency, ')
const alone = what => `${BAD}${what} modification must be the only operation in the request`

const updates = [
  [{}, NOTHING],
  [changes(), NOTHING],
  [{ AttributeDefinitions: defined('pk') }, NOTHING],
  [{ MultiRegionConsistency: 'STRONG' }, nothing('')],
  [{ ...changes(), DeletionProtectionEnabled: true },
    `${BAD}List of GlobalSecondaryIndexUpdates is empty`],
  [changes({ Delete: { IndexName: 'lsi' } }),
    'Cannot delete an index that is not a GlobalSecondaryIndex: lsi'],
  [changes({ Update: { IndexName: 'lsi', ProvisionedThroughput: units(3, 3) } }),
    'Cannot update an index that is not a GlobalSecondaryIndex: lsi'],
  [{
    ...changes({ Create: index('lsi', keys('a'), { ProvisionedThroughput: units(1, 1) }) }),
    AttributeDefinitions: defined('a')
  }, 'Attempting to create an index which already exists'],
  [changes({ Update: { IndexName: 'gsi1', ProvisionedThroughput: units(2, 2) } }),
    /^The provisioned throughput for the index gsi1 will not change\. The requested value equals the current value\. Current ReadCapacityUnits provisioned for index gsi1: 2\. Requested ReadCapacityUnits: 2\. /],
  [changes({
    Delete: { IndexName: 'gsi1' },
    Update: { IndexName: 'gsi1', ProvisionedThroughput: units(3, 3) }
  }), `${BAD}Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object`],
  [created({ ProvisionedThroughput: units(5, 5) }),
    `${BAD}You cannot create or delete index while updating table IOPS`],
  [created({ StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } }),
    `${BAD}You cannot create or delete index while changing stream status`],
  [{
    ProvisionedThroughput: units(5, 5),
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' }
  }, `${BAD}You cannot modify stream status while updating table IOPS`],
  [{ StreamSpecification: { StreamEnabled: false } },
    'Table has no stream to disable: TableName: changed'],
  [created({ DeletionProtectionEnabled: true }), alone('DeletionProtection')],
  [created({ SSESpecification: { Enabled: true } }), alone('Server-Side Encryption')],
  [created({ TableClass: 'STANDARD_INFREQUENT_ACCESS' }), alone('TableClass')],
  [created({ WarmThroughput: { ReadUnitsPerSecond: 13000, WriteUnitsPerSecond: 5000 } }),
    `${BAD}Create global secondary index cannot be specified when updating WarmThroughput`],
  [created({ AttributeDefinitions: undefined }),
    `${BAD}AttributeDefinitions is not specified for index: gsi3`],
  [created(changes({ Create: index('gsi3', keys('c')) })),
    `${BAD}Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: gsi3`]
]

const tables = [
  [['sk', 'a', 'b', 'pk'], [index('gsi1', keys('a'))],
    `${BAD}Some AttributeDefinitions are not used. AttributeDefinitions: [sk, a, b, pk], keys used: [pk, sk, a]`],
  [['pk', 'sk', 'pk'], undefined, 'Attribute Name is duplicated: pk'],
  [['pk', 'sk', 'a', 'b', 'c', 'd', 'e'],
    [index('gsi1', schema(...['a', 'b', 'c', 'd', 'e'].map(name => [name, 'HASH'])))],
    `${BAD}The KeySchema exceeds the maximum allowed number of HASH key attributes`],
  [['pk', 'sk', 'a', 'b', 'c'],
    [index('gsi1', schema(['a', 'HASH'], ['b', 'RANGE'], ['c', 'HASH']))],
    `${BAD}All HASH key attributes must precede RANGE key attributes in the KeySchema`],
  [['pk', 'sk', 'a'], [index('gsi1', schema(['a', 'HASH'], ['a', 'HASH']))],
    'The KeySchema contains multiple key attributes with the same name'],
  [['pk', 'sk', 'a'], [index('gsi1', keys('a'), {
    Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x', 'x'] }
  })], `${BAD}Duplicate element in NonKeyAttributes: x`],
  [['pk', 'sk', 'a'], [index('gsi1', keys('a'), {
    WarmThroughput: { ReadUnitsPerSecond: 100, WriteUnitsPerSecond: 100 }
  })], /^One or more parameter values were invalid: Requested ReadUnitsPerSecond for WarmThroughput for index gsi1 is lower than initial throughput for OnDemand/],
  [['pk', 'sk', 'a'], [index('gsi1', keys('a'), { OnDemandThroughput: { MaxReadRequestUnits: 0 } })],
    `${BAD}Requested MaxReadRequestUnits for OnDemandThroughput for index : gsi1 is outside of valid range`]
]

everyTarget('messages about tables', ({ test, send }) => {
  test('that are changed', async () => {
    const TableName = 'changed'
    await send('CreateTable', {
      TableName,
      ...provisioned,
      KeySchema: keys('pk', 'sk'),
      AttributeDefinitions: defined('pk', 'sk', 'a', 'b'),
      GlobalSecondaryIndexes: [
        index('gsi1', keys('a'), { ProvisionedThroughput: units(2, 2) }),
        index('gsi2', keys('b'), { ProvisionedThroughput: units(2, 2) })
      ],
      LocalSecondaryIndexes: [index('lsi', keys('pk', 'b'))]
    })
    for (const [request, message] of updates)
      await rejects(send('UpdateTable', { TableName, ...request }), 'ValidationException', message)
    for (const change of [
      { Delete: { IndexName: 'ghost' } },
      { Update: { IndexName: 'ghost', ProvisionedThroughput: units(3, 3) } }
    ]) {
      await rejects(send('UpdateTable', { TableName, ...changes(change) }),
        'ResourceNotFoundException',
        `Requested resource not found: Index ghost for table ${TableName}`)
    }
    await rejects(send('UpdateContinuousBackups', {
      TableName,
      PointInTimeRecoverySpecification: {
        PointInTimeRecoveryEnabled: false, RecoveryPeriodInDays: 7
      }
    }), 'ValidationException',
    'Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.')
    const past = (request, message) => rejects(
      send('RestoreTableToPointInTime', { TargetTableName: 'never', ...request }),
      'ValidationException', message)
    await past({ UseLatestRestorableTime: true },
      "The parameter 'TableName' is required but was not present in the request")
    await past({
      SourceTableName: TableName,
      SourceTableArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`
    }, 'Invalid Request: Must provide exactly one of: sourceTableArn, sourceTableName')
    await send('UpdateContinuousBackups', {
      TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
    })
    await past({ SourceTableName: TableName }, 'Invalid Request: Either one of RestoreDateTime or ' +
      'UseLatestRestorableTime must be specified, but not both')
    await past({ SourceTableName: TableName, UseLatestRestorableTime: true, RestoreDateTime: 1 },
      'Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set')
  })

  test('that are made', async () => {
    for (const [names, GlobalSecondaryIndexes, message] of tables) {
      await rejects(send('CreateTable', {
        TableName: 'never',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keys('pk', 'sk'),
        AttributeDefinitions: defined(...names),
        GlobalSecondaryIndexes
      }), 'ValidationException', message)
    }
    await rejects(send('CreateTable', {
      TableName: 'never',
      ...provisioned,
      KeySchema: keys('pk'),
      AttributeDefinitions: defined('pk', 'a'),
      GlobalSecondaryIndexes: [index('gsi1', keys('a'))]
    }), 'ValidationException', `${BAD}ProvisionedThroughput is not specified for index: gsi1`)
  })

  test('show names in their order', async () => {
    const TableName = 'ordered'
    const { TableDescription } = await send('CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys('pk', 'sk'),
      AttributeDefinitions: defined('z', 'a', 'm', 'sk', 'pk'),
      GlobalSecondaryIndexes: [
        index('second', keys('z', 'a'), {
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['zz', 'aa', 'mm'] }
        }),
        index('first', keys('m'))
      ]
    })
    const { Table } = await send('DescribeTable', { TableName })
    for (const table of [TableDescription, Table]) {
      assert.deepEqual(table.AttributeDefinitions.map(one => one.AttributeName),
        ['a', 'm', 'pk', 'sk', 'z'])
      const [second, first] = table.GlobalSecondaryIndexes
      assert.deepEqual([second.IndexName, first.IndexName], ['second', 'first'])
      assert.deepEqual(second.Projection.NonKeyAttributes, ['aa', 'mm', 'zz'])
    }
  })
})
