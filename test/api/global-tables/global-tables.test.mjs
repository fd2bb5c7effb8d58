/*
 * global-tables.test.mjs - global tables of version 2017.11.29: Create-, Update-, Describe- and
 * ListGlobalTables, and their settings.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'

const streamed = {
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' }
}
const group = (...names) => names.map(RegionName => ({ RegionName }))
const short = 'TableName must be at least 3 characters long and at most 255 characters long'

everyTarget('Global tables of 2017', ({ test, send, makeTable }) => {
  const create = (GlobalTableName, ...regions) =>
    send('CreateGlobalTable', { GlobalTableName, ReplicationGroup: group(...regions) })
  const update = (GlobalTableName, ...ReplicaUpdates) =>
    send('UpdateGlobalTable', { GlobalTableName, ReplicaUpdates })
  const describe = async GlobalTableName =>
    (await send('DescribeGlobalTable', { GlobalTableName })).GlobalTableDescription
  const list = request => send('ListGlobalTables', request)

  // Evidence: AWS API reference, CreateGlobalTable and DescribeGlobalTable; AWS CLI reference,
  // describe-global-table, for the members of a replica; facts operations, Global tables (v1 API).
  test('are made of a table that is empty and has a stream', async () => {
    const name = await makeTable(streamed)
    const { GlobalTableDescription } = await create(name, 'us-east-1', 'eu-west-1')
    assert.equal(GlobalTableDescription.GlobalTableStatus, 'CREATING')
    const { CreationDateTime, ...rest } = await describe(name)
    assert.ok(Math.abs(CreationDateTime - Date.now() / 1000) < 60)
    assert.deepEqual(rest, {
      ReplicationGroup: group('us-east-1', 'eu-west-1'),
      GlobalTableArn: `arn:aws:dynamodb::000000000000:global-table/${name}`,
      GlobalTableStatus: 'ACTIVE',
      GlobalTableName: name
    })
    await rejects(create(name, 'us-east-1'), 'GlobalTableAlreadyExistsException')
  })

  test('are refused where the table here does not fit', async () => {
    await rejects(
      create('missing', 'us-east-1'),
      'TableNotFoundException',
      "Table not found: Table: 'missing' not found in region: 'us-east-1'."
    )
    await invalid(create(await makeTable(), 'us-east-1'), /stream/)
    const full = await makeTable(streamed)
    await send('PutItem', { TableName: full, Item: { pk: { S: 'a' } } })
    await invalid(create(full, 'us-east-1'), /not empty/)
    await invalid(create(full), 'One or more parameter values were invalid')
    await invalid(create(''), short)
    await invalid(
      send('CreateGlobalTable', { GlobalTableName: full }),
      "1 validation error detected: Value null at 'replicationGroup' failed to satisfy " +
        'constraint: Member must not be null'
    )
  })

  test('need Regions that could be', async () => {
    const name = await makeTable(streamed)
    for (const region of ['a b', 'é', 'e'.repeat(65), 'eu-west-1/w'])
      await invalid(
        create(name, 'us-east-1', region),
        `1 validation error detected: Invalid AWS region in '${region}'`
      )
  })

  test('get and lose replicas, and go with the last', async () => {
    const name = await makeTable(streamed)
    await create(name, 'us-east-1')
    const { GlobalTableDescription } = await update(
      name,
      { Create: { RegionName: 'eu-west-1' } },
      { Create: { RegionName: 'sa-east-1' } }
    )
    assert.equal(GlobalTableDescription.GlobalTableStatus, 'UPDATING')
    await update(name, { Delete: { RegionName: 'eu-west-1' } })
    assert.deepEqual((await describe(name)).ReplicationGroup, group('us-east-1', 'sa-east-1'))
    await rejects(
      update(name, { Create: { RegionName: 'sa-east-1' } }),
      'ReplicaAlreadyExistsException'
    )
    await rejects(update(name, { Delete: { RegionName: 'eu-west-1' } }), 'ReplicaNotFoundException')
    await invalid(update(name), 'One or more parameter values were invalid')
    await invalid(update(name, {}), 'One or more parameter values were invalid')
    await update(
      name,
      { Delete: { RegionName: 'us-east-1' } },
      { Delete: { RegionName: 'sa-east-1' } }
    )
    await rejects(
      describe(name),
      'GlobalTableNotFoundException',
      `Global table not found: Global table with name: '${name}' does not exist.`
    )
  })

  test('are listed by name, in pages, and by Region', async () => {
    const names = ['gt-a', 'gt-b', 'gt-c', 'gt-d']
    for (const name of names) await create(name, name === 'gt-b' ? 'eu-west-1' : 'eu-west-2')
    const first = await list({ Limit: 2, ExclusiveStartGlobalTableName: 'gt-' })
    assert.deepEqual(first, {
      GlobalTables: [
        { GlobalTableName: 'gt-a', ReplicationGroup: group('eu-west-2') },
        { GlobalTableName: 'gt-b', ReplicationGroup: group('eu-west-1') }
      ],
      LastEvaluatedGlobalTableName: 'gt-b'
    })
    const rest = await list({ Limit: 2, ExclusiveStartGlobalTableName: 'gt-b' })
    assert.deepEqual(
      rest.GlobalTables.map(table => table.GlobalTableName),
      ['gt-c', 'gt-d']
    )
    const there = await list({
      RegionName: 'eu-west-2',
      Limit: 2,
      ExclusiveStartGlobalTableName: 'gt-'
    })
    assert.deepEqual(
      there.GlobalTables.map(table => table.GlobalTableName),
      ['gt-a', 'gt-c']
    )
    assert.equal(there.LastEvaluatedGlobalTableName, 'gt-c')
    assert.deepEqual(await list({ RegionName: 'mars-1' }), { GlobalTables: [] })
    await invalid(
      list({ Limit: 0 }),
      "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member " +
        'must have value greater than or equal to 1'
    )
  })

  test('go with the table that is here', async () => {
    const name = await makeTable(streamed)
    await create(name, 'us-east-1', 'eu-west-1')
    await send('DeleteTable', { TableName: name })
    await rejects(describe(name), 'GlobalTableNotFoundException')
  })

  // Evidence: captures of October 2026 (the older operations for a table that is not global).
  test('are not found under the name of a table that is none', async () => {
    const name = await makeTable()
    const message = `Global table with name: '${name}' does not exist.`
    await rejects(
      describe(name),
      'GlobalTableNotFoundException',
      `Global table not found: ${message}`
    )
    await rejects(
      send('DescribeGlobalTableSettings', { GlobalTableName: name }),
      'GlobalTableNotFoundException',
      message
    )
    await rejects(
      send('UpdateGlobalTableSettings', {
        GlobalTableName: name,
        GlobalTableBillingMode: 'PROVISIONED'
      }),
      'GlobalTableNotFoundException',
      message
    )
    await rejects(
      update(name, { Delete: { RegionName: 'us-east-1' } }),
      'GlobalTableNotFoundException'
    )
    await invalid(describe(''), short)
    await invalid(send('DescribeGlobalTableSettings', { GlobalTableName: '' }), short)
  })
})

everyTarget('Settings of global tables of 2017', ({ test, send, makeTable }) => {
  const units = { ReadCapacityUnits: 10, WriteCapacityUnits: 5 }
  const makeGlobal = async () => {
    const name = await makeTable({
      ...streamed,
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: units,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'g', AttributeType: 'S' }
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byG',
          KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
          ProvisionedThroughput: units
        }
      ]
    })
    await send('CreateGlobalTable', {
      GlobalTableName: name,
      ReplicationGroup: group('us-east-1', 'eu-west-1')
    })
    return name
  }
  const describe = async GlobalTableName =>
    (await send('DescribeGlobalTableSettings', { GlobalTableName })).ReplicaSettings
  const off = { AutoScalingDisabled: true }
  const index = (read, write) => ({
    IndexName: 'byG',
    IndexStatus: 'ACTIVE',
    ProvisionedReadCapacityUnits: read,
    ProvisionedReadCapacityAutoScalingSettings: off,
    ProvisionedWriteCapacityUnits: write,
    ProvisionedWriteCapacityAutoScalingSettings: off
  })
  const replica = (RegionName, read, write, more) => ({
    RegionName,
    ReplicaStatus: 'ACTIVE',
    ReplicaProvisionedReadCapacityUnits: read,
    ReplicaProvisionedReadCapacityAutoScalingSettings: off,
    ReplicaProvisionedWriteCapacityUnits: write,
    ReplicaProvisionedWriteCapacityAutoScalingSettings: off,
    ReplicaGlobalSecondaryIndexSettings: [index(10, 5)],
    ...more
  })

  // Evidence: AWS CLI reference, describe-global-table-settings; AWS API reference,
  // UpdateGlobalTableSettings.
  test('are those of the table until they are told', async () => {
    const name = await makeGlobal()
    assert.deepEqual(await describe(name), [
      replica('us-east-1', 10, 5),
      replica('eu-west-1', 10, 5)
    ])
    const reply = await send('UpdateGlobalTableSettings', {
      GlobalTableName: name,
      GlobalTableProvisionedWriteCapacityUnits: 20,
      GlobalTableGlobalSecondaryIndexSettingsUpdate: [
        { IndexName: 'byG', ProvisionedWriteCapacityUnits: 21 }
      ],
      ReplicaSettingsUpdate: [
        {
          RegionName: 'eu-west-1',
          ReplicaProvisionedReadCapacityUnits: 30,
          ReplicaTableClass: 'STANDARD_INFREQUENT_ACCESS',
          ReplicaGlobalSecondaryIndexSettingsUpdate: [
            { IndexName: 'byG', ProvisionedReadCapacityUnits: 31 }
          ]
        }
      ]
    })
    assert.equal(reply.GlobalTableName, name)
    assert.equal(reply.ReplicaSettings[0].ReplicaStatus, 'UPDATING')
    assert.deepEqual(await describe(name), [
      replica('us-east-1', 10, 20, { ReplicaGlobalSecondaryIndexSettings: [index(10, 21)] }),
      replica('eu-west-1', 30, 20, {
        ReplicaGlobalSecondaryIndexSettings: [index(31, 21)],
        ReplicaTableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' }
      })
    ])
  })

  test('include billing and auto scaling', async () => {
    const name = await makeGlobal()
    const update = {
      MinimumUnits: 1,
      MaximumUnits: 9,
      ScalingPolicyUpdate: {
        PolicyName: 'p',
        TargetTrackingScalingPolicyConfiguration: { TargetValue: 50 }
      }
    }
    await send('UpdateGlobalTableSettings', {
      GlobalTableName: name,
      GlobalTableBillingMode: 'PROVISIONED',
      GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate: update,
      ReplicaSettingsUpdate: [
        { RegionName: 'us-east-1', ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate: update }
      ]
    })
    const [here, there] = await describe(name)
    assert.deepEqual(here.ReplicaBillingModeSummary, { BillingMode: 'PROVISIONED' })
    assert.equal(here.ReplicaProvisionedReadCapacityAutoScalingSettings.MaximumUnits, 9)
    assert.deepEqual(there.ReplicaProvisionedReadCapacityAutoScalingSettings, off)
    assert.equal(
      there.ReplicaProvisionedWriteCapacityAutoScalingSettings.ScalingPolicies[0].PolicyName,
      'p'
    )
  })

  test('need a replica and an index that are there', async () => {
    const GlobalTableName = await makeGlobal()
    const update = request => send('UpdateGlobalTableSettings', { GlobalTableName, ...request })
    await rejects(
      update({
        ReplicaSettingsUpdate: [{ RegionName: 'sa-east-1', ReplicaProvisionedReadCapacityUnits: 1 }]
      }),
      'ReplicaNotFoundException'
    )
    await rejects(
      update({
        GlobalTableGlobalSecondaryIndexSettingsUpdate: [
          { IndexName: 'nope', ProvisionedWriteCapacityUnits: 1 }
        ]
      }),
      'IndexNotFoundException'
    )
    await invalid(
      update({ ReplicaSettingsUpdate: [{}] }),
      "1 validation error detected: Value null at 'replicaSettingsUpdate.1.member.regionName' " +
        'failed to satisfy constraint: Member must not be null'
    )
    await invalid(
      update({ ReplicaSettingsUpdate: [] }),
      "1 validation error detected: Value '[]' at 'replicaSettingsUpdate' failed to satisfy " +
        'constraint: Member must have length greater than or equal to 1'
    )
  })
})
