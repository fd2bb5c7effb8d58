/*
 * replicas.test.mjs - UpdateTable's ReplicaUpdates, and what a table with replicas describes.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'

const bad = 'One or more parameter values were invalid: '
const warm = { ReadUnitsPerSecond: 12000, WriteUnitsPerSecond: 4000, Status: 'ACTIVE' }
const mode = { GlobalTableSettingsReplicationMode: 'ENABLED_WITH_OVERRIDES' }
const plain = RegionName => ({ RegionName, ReplicaStatus: 'ACTIVE', WarmThroughput: warm, ...mode })

everyTarget('Replicas of a table', ({ test, send, makeTable }) => {
  const change = (TableName, ...ReplicaUpdates) =>
    send('UpdateTable', { TableName, ReplicaUpdates })
  const create = (TableName, RegionName, more) =>
    change(TableName, { Create: { RegionName, ...more } })
  const describe = async TableName => (await send('DescribeTable', { TableName })).Table

  // Evidence: facts operations, Global tables v2; captures of October 2026.
  test('are described once the table is ACTIVE again', async () => {
    const TableName = await makeTable()
    const before = await describe(TableName)
    assert.ok(!('Replicas' in before) && !('GlobalTableVersion' in before))
    const { TableDescription } = await create(TableName, 'eu-west-1')
    assert.equal(TableDescription.TableStatus, 'UPDATING')
    const table = await describe(TableName)
    assert.equal(table.TableStatus, 'ACTIVE')
    assert.equal(table.GlobalTableVersion, '2019.11.21')
    assert.equal(table.GlobalTableSettingsReplicationMode, 'ENABLED_WITH_OVERRIDES')
    assert.equal('MultiRegionConsistency' in table, false)
    assert.deepEqual(table.Replicas, [plain('eu-west-1')])
    await create(TableName, 'ap-south-1')
    assert.deepEqual((await describe(TableName)).Replicas, [
      plain('eu-west-1'),
      plain('ap-south-1')
    ])
  })

  test('have a stream of both images, which stays while they are there', async () => {
    const TableName = await makeTable()
    await create(TableName, 'eu-west-1')
    const table = await describe(TableName)
    assert.deepEqual(table.StreamSpecification, {
      StreamEnabled: true,
      StreamViewType: 'NEW_AND_OLD_IMAGES'
    })
    const off = { TableName, StreamSpecification: { StreamEnabled: false } }
    await invalid(
      send('UpdateTable', off),
      bad + 'Disabling Stream is not allowed for a Global Table replica.'
    )
    await change(TableName, { Delete: { RegionName: 'eu-west-1' } })
    await send('UpdateTable', off)
  })

  test('leave no trace when the last one is gone', async () => {
    const TableName = await makeTable()
    await create(TableName, 'eu-west-1')
    const { TableDescription } = await change(TableName, { Delete: { RegionName: 'eu-west-1' } })
    assert.equal(TableDescription.Replicas.length, 1, 'the reply still shows it')
    const table = await describe(TableName)
    for (const member of ['Replicas', 'GlobalTableVersion', 'GlobalTableSettingsReplicationMode']) {
      assert.equal(member in table, false, member)
    }
  })

  test('keep what overrides the table, and change it member by member', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await create(TableName, 'eu-west-1', {
      KMSMasterKeyId: 'arn:aws:kms:eu-west-1:000000000000:key/1',
      TableClassOverride: 'STANDARD_INFREQUENT_ACCESS',
      OnDemandThroughputOverride: { MaxReadRequestUnits: 7 },
      GlobalSecondaryIndexes: [
        { IndexName: 'byG', OnDemandThroughputOverride: { MaxReadRequestUnits: 5 } }
      ]
    })
    const first = {
      ...plain('eu-west-1'),
      KMSMasterKeyId: 'arn:aws:kms:eu-west-1:000000000000:key/1',
      ReplicaTableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
      OnDemandThroughputOverride: { MaxReadRequestUnits: 7 },
      GlobalSecondaryIndexes: [
        { IndexName: 'byG', OnDemandThroughputOverride: { MaxReadRequestUnits: 5 } }
      ]
    }
    assert.deepEqual((await describe(TableName)).Replicas, [first])
    await change(TableName, {
      Update: { RegionName: 'eu-west-1', OnDemandThroughputOverride: { MaxReadRequestUnits: 9 } }
    })
    assert.deepEqual((await describe(TableName)).Replicas, [
      { ...first, OnDemandThroughputOverride: { MaxReadRequestUnits: 9 } }
    ])
  })

  // A long name made a reply that was too long, found by request_fuzz.c.
  test('are in Regions that could be', async () => {
    const TableName = await makeTable()
    for (const region of ['', 'a b', 'é', 'e'.repeat(65), 'e'.repeat(100000), 'eu-west-1/w'])
      await invalid(create(TableName, region), /^1 validation error detected: Invalid AWS region in/)
    assert.equal('Replicas' in (await describe(TableName)), false)
  })

  test('are strongly consistent in a group of three Regions', async () => {
    const TableName = await makeTable()
    const updates = names => names.map(RegionName => ({ Create: { RegionName } }))
    const strong = ReplicaUpdates =>
      send('UpdateTable', { TableName, ReplicaUpdates, MultiRegionConsistency: 'STRONG' })
    await invalid(
      strong(updates(['us-east-2'])),
      'Unsupported replica count for global tables with MultiRegionConsistency set to STRONG.'
    )
    await strong(updates(['us-east-2', 'us-west-2']))
    const table = await describe(TableName)
    assert.equal(table.MultiRegionConsistency, 'STRONG')
    assert.deepEqual(
      table.Replicas.map(replica => replica.RegionName),
      ['us-east-2', 'us-west-2']
    )
  })

  // Evidence: captures of October 2026 (validation of ReplicaUpdates).
  test('are refused with the texts of the service', async () => {
    const TableName = await makeTable()
    await create(TableName, 'eu-west-1')
    await invalid(
      change(TableName, {}),
      'There are no actions specified in the Replica Update Action of the request.'
    )
    await invalid(
      change(
        TableName,
        { Create: { RegionName: 'us-west-1' } },
        { Create: { RegionName: 'us-west-2' } }
      ),
      'Update table operation with more than one create or delete replica actions not allowed'
    )
    await invalid(
      create(TableName, 'us-east-1'),
      'Cannot add or delete the local region through ReplicaUpdates. Use CreateTable or ' +
        'DeleteTable as required.'
    )
    await rejects(
      create(TableName, 'eu-west-1'),
      'ResourceInUseException',
      `Global table with name: '${TableName}' already exists with replicas in regions: ` +
        'us-east-1, eu-west-1.'
    )
    await invalid(
      change(TableName, { Delete: { RegionName: 'us-west-1' } }),
      'Update global table operation failed because one or more replicas were not part of the ' +
        'global table. Please retry the request without these replicas: [us-west-1].'
    )
    await invalid(
      send('UpdateTable', {
        TableName,
        ReplicaUpdates: [{ Create: { RegionName: 'us-west-1' } }],
        DeletionProtectionEnabled: true
      }),
      /(Replica|DeletionProtection) modification must be the only operation in the request/
    )
    await invalid(
      change(TableName, { Create: {} }),
      "1 validation error detected: Value null at 'replicaUpdates.1.member.create.regionName' " +
        'failed to satisfy constraint: Member must not be null'
    )
    const provisioned = await makeTable({
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }
    })
    await invalid(
      create(provisioned, 'eu-west-1'),
      'Table write capacity should either be Pay-Per-Request or AutoScaled.'
    )
  })
})

everyTarget('Auto scaling of replicas', ({ test, send, makeTable }) => {
  const units = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 }
  const policy = TargetValue => ({ TargetTrackingScalingPolicyConfiguration: { TargetValue } })
  const settings = { MinimumUnits: 1, MaximumUnits: 10, ScalingPolicyUpdate: policy(70) }
  const unset = { AutoScalingDisabled: true, ScalingPolicies: [] }
  const role =
    'arn:aws:iam::000000000000:role/aws-service-role/' +
    'dynamodb.application-autoscaling.amazonaws.com/' +
    'AWSServiceRoleForApplicationAutoScaling_DynamoDBTable'
  const described = (kind, resource) => ({
    MinimumUnits: 1,
    MaximumUnits: 10,
    AutoScalingRoleArn: role,
    ScalingPolicies: [
      { PolicyName: `DynamoDB${kind}CapacityUtilization:${resource}`, ...policy(70) }
    ]
  })
  const describe = async TableName =>
    (await send('DescribeTableReplicaAutoScaling', { TableName })).TableAutoScalingDescription
  const update = (TableName, request) =>
    send('UpdateTableReplicaAutoScaling', { TableName, ...request })
  const makeGlobal = async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await send('UpdateTable', {
      TableName,
      ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }]
    })
    await send('UpdateTable', {
      TableName,
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: units,
      GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'byG', ProvisionedThroughput: units } }]
    })
    return TableName
  }

  // Evidence: captures of October 2026: shapes, defaults, and where writes and reads are set.
  test('is described for each Region, disabled until it is set', async () => {
    const TableName = await makeGlobal()
    const replica = RegionName => ({
      RegionName,
      ReplicaStatus: 'ACTIVE',
      ReplicaProvisionedReadCapacityAutoScalingSettings: unset,
      ReplicaProvisionedWriteCapacityAutoScalingSettings: unset,
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byG',
          IndexStatus: 'ACTIVE',
          ProvisionedReadCapacityAutoScalingSettings: unset,
          ProvisionedWriteCapacityAutoScalingSettings: unset
        }
      ]
    })
    assert.deepEqual(await describe(TableName), {
      TableName,
      TableStatus: 'ACTIVE',
      Replicas: [replica('us-east-1'), replica('eu-west-1')]
    })
  })

  test('is set for writes everywhere, and for reads in one Region', async () => {
    const TableName = await makeGlobal()
    const { TableAutoScalingDescription: reply } = await update(TableName, {
      ProvisionedWriteCapacityAutoScalingUpdate: settings,
      GlobalSecondaryIndexUpdates: [
        { IndexName: 'byG', ProvisionedWriteCapacityAutoScalingUpdate: settings }
      ],
      ReplicaUpdates: [
        {
          RegionName: 'eu-west-1',
          ReplicaProvisionedReadCapacityAutoScalingUpdate: settings,
          ReplicaGlobalSecondaryIndexUpdates: [
            { IndexName: 'byG', ProvisionedReadCapacityAutoScalingUpdate: settings }
          ]
        }
      ]
    })
    assert.equal(reply.TableStatus, 'UPDATING')
    const {
      Replicas: [here, there]
    } = await describe(TableName)
    for (const {
      GlobalSecondaryIndexes: [index],
      ...replica
    } of [here, there]) {
      assert.deepEqual(
        replica.ReplicaProvisionedWriteCapacityAutoScalingSettings,
        described('Write', `table/${TableName}`)
      )
      assert.deepEqual(
        index.ProvisionedWriteCapacityAutoScalingSettings,
        described('Write', `table/${TableName}/index/byG`)
      )
    }
    assert.deepEqual(here.ReplicaProvisionedReadCapacityAutoScalingSettings, unset)
    assert.deepEqual(
      there.ReplicaProvisionedReadCapacityAutoScalingSettings,
      described('Read', `table/${TableName}`)
    )
    assert.deepEqual(
      there.GlobalSecondaryIndexes[0].ProvisionedReadCapacityAutoScalingSettings,
      described('Read', `table/${TableName}/index/byG`)
    )
    await update(TableName, {
      ProvisionedWriteCapacityAutoScalingUpdate: { AutoScalingDisabled: true }
    })
    assert.deepEqual(
      (await describe(TableName)).Replicas[1].ReplicaProvisionedWriteCapacityAutoScalingSettings,
      unset
    )
  })

  // Evidence: the service's model: patterns of AutoScalingRoleArn and PolicyName.
  test('takes names and roles of characters that are there to be seen', async () => {
    const TableName = await makeTable()
    const refused = (member, value, pattern) => invalid(
      update(TableName, { ProvisionedWriteCapacityAutoScalingUpdate: member(value) }),
      `1 validation error detected: Value '${value}' at ` +
        `'provisionedWriteCapacityAutoScalingUpdate.${pattern[0]}' failed to satisfy constraint: ` +
        `Member must satisfy regular expression pattern: ${pattern[1]}`
    )
    const named = PolicyName => ({ ScalingPolicyUpdate: { PolicyName, ...policy(50) } })
    const roled = AutoScalingRoleArn => ({ AutoScalingRoleArn })
    for (const name of ['\u00e9', 'a\tb', '\u007f'])
      await refused(named, name, ['scalingPolicyUpdate.policyName', '\\p{Print}+'])
    for (const role of ['a\u0001', '\uffff']) {
      await refused(roled, role, ['autoScalingRoleArn',
        '[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*'])
    }
  })

  test('keeps a policy as it was given', async () => {
    const TableName = await makeGlobal()
    const config = {
      DisableScaleIn: true,
      ScaleInCooldown: -1,
      ScaleOutCooldown: 60,
      TargetValue: 55.5
    }
    await update(TableName, {
      ProvisionedWriteCapacityAutoScalingUpdate: {
        MinimumUnits: 2,
        MaximumUnits: 2,
        AutoScalingRoleArn: 'arn:aws:iam::000000000000:role/mine',
        ScalingPolicyUpdate: {
          PolicyName: 'mine',
          TargetTrackingScalingPolicyConfiguration: config
        }
      }
    })
    assert.deepEqual(
      (await describe(TableName)).Replicas[0].ReplicaProvisionedWriteCapacityAutoScalingSettings,
      {
        MinimumUnits: 2,
        MaximumUnits: 2,
        AutoScalingRoleArn: 'arn:aws:iam::000000000000:role/mine',
        ScalingPolicies: [{ PolicyName: 'mine', TargetTrackingScalingPolicyConfiguration: config }]
      }
    )
  })

  // Evidence: captures of October 2026 (validation of UpdateTableReplicaAutoScaling).
  test('is refused with the texts of the service', async () => {
    const TableName = await makeGlobal()
    const failed = `Failed to update settings for global table with name: ‘${TableName}’`
    const write = ProvisionedWriteCapacityAutoScalingUpdate =>
      update(TableName, { ProvisionedWriteCapacityAutoScalingUpdate })
    const read = (RegionName, more) =>
      update(TableName, { ReplicaUpdates: [{ RegionName, ...more }] })
    const reads = { ReplicaProvisionedReadCapacityAutoScalingUpdate: settings }
    const required = names =>
      `${failed}: Parameters ${names} are required unless auto scaling is being disabled.`
    await invalid(write({}), required("'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits'"))
    await invalid(
      write({ AutoScalingDisabled: false }),
      required("'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits'")
    )
    await invalid(write({ MinimumUnits: 1, MaximumUnits: 2 }), required("'ScalingPolicyUpdate'"))
    await invalid(
      write({ ScalingPolicyUpdate: policy(70) }),
      required("'MaximumUnits', 'MinimumUnits'")
    )
    await invalid(
      write({ ...settings, AutoScalingDisabled: true }),
      `${failed}: Parameters 'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits' must be ` +
        'left blank when disabling auto scaling.'
    )
    await invalid(
      write({ ...settings, MinimumUnits: 11 }),
      /^Maximum capacity cannot be less than minimum capacity \(Service: AWSApplicationAuto/
    )
    await invalid(
      write({ ...settings, ScalingPolicyUpdate: policy(90.1) }),
      /DynamoDBWriteCapacityUtilization, target value must be between '10.0' and '90.0', but was '9/
    )
    await invalid(
      write({ ...settings, MinimumUnits: 0 }),
      "1 validation error detected: Value '0' at " +
        "'provisionedWriteCapacityAutoScalingUpdate.minimumUnits' failed to satisfy " +
        'constraint: Member must have value greater than or equal to 1'
    )
    await invalid(
      read('us-east-1'),
      `${failed} because at least one update parameter must be specified for region: ‘us-east-1’.`
    )
    await invalid(
      update(TableName, {
        ReplicaUpdates: [
          { RegionName: 'us-east-1', ...reads },
          { RegionName: 'us-east-1', ...reads }
        ]
      }),
      `${failed} because the regions: ‘[us-east-1]’ were specified more than once.`
    )
    await rejects(
      read('sa-east-1', reads),
      'ResourceNotFoundException',
      `${failed} because a replica does not exist in regions: ‘[sa-east-1]’.`
    )
    await rejects(
      update(TableName, {
        GlobalSecondaryIndexUpdates: [
          { IndexName: 'nope', ProvisionedWriteCapacityAutoScalingUpdate: settings }
        ]
      }),
      'ResourceNotFoundException',
      `${failed} because the global secondary indexes with names: ‘[nope]’ do not exist.`
    )
    await rejects(
      read('eu-west-1', {
        ReplicaGlobalSecondaryIndexUpdates: [
          { IndexName: 'nope', ProvisionedReadCapacityAutoScalingUpdate: settings }
        ]
      }),
      'ResourceNotFoundException',
      `${failed} because a global secondary index with name: ‘nope’ does not exist in region: ` +
        '‘eu-west-1’.'
    )
  })

  test('is of tables with replicas only, and of provisioned capacity', async () => {
    const regional = await makeTable()
    for (const TableName of ['missing', regional]) {
      const message = `Global table with name: '${TableName}' does not exist.`
      await rejects(describe(TableName), 'ResourceNotFoundException', message)
      await rejects(
        update(TableName, { ProvisionedWriteCapacityAutoScalingUpdate: settings }),
        'ResourceNotFoundException',
        message
      )
    }
    await send('UpdateTable', {
      TableName: regional,
      ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }]
    })
    await invalid(
      update(regional, { ProvisionedWriteCapacityAutoScalingUpdate: settings }),
      `Failed to update global table with name ‘${regional}‘. Replicas 'us-east-1', ` +
        `'eu-west-1' BillingMode is PayPerRequest. You must convert table's BillingMode to ` +
        `PROVISIONED to set parameters: 'ProvisionedWriteCapacityAutoScalingUpdate'.`
    )
  })
})
