/*
 * newer.test.mjs - what global tables have since 2025: witnesses, the replication of settings, and
 * replicas that leave.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, tableInput } from '../support/targets.mjs'

const bad = 'One or more parameter values were invalid: '

everyTarget('Newer parameters of global tables', ({ test, send, makeTable }) => {
  const update = (TableName, more) => send('UpdateTable', { TableName, ...more })
  const replicas = (TableName, ...ReplicaUpdates) => update(TableName, { ReplicaUpdates })
  const describe = async TableName => (await send('DescribeTable', { TableName })).Table
  const leave = (TableName, RegionName = 'us-east-1') =>
    replicas(TableName, {
      Disassociate: { RegionName, DisassociationMode: 'WAIT_FOR_REPLICATION' }
    })

  // Evidence: AWS API reference, UpdateTable and CreateTable, GlobalTableSettingsReplicationMode.
  test('GlobalTableSettingsReplicationMode is kept and described', async () => {
    const TableName = await makeTable()
    assert.equal('GlobalTableSettingsReplicationMode' in (await describe(TableName)), false)
    const { TableDescription } = await update(TableName, {
      GlobalTableSettingsReplicationMode: 'ENABLED'
    })
    assert.equal(TableDescription.GlobalTableSettingsReplicationMode, 'ENABLED')
    assert.equal((await describe(TableName)).GlobalTableSettingsReplicationMode, 'ENABLED')
    await invalid(
      update(TableName, { GlobalTableSettingsReplicationMode: 'ENABLED_WITH_OVERRIDES' }),
      'GlobalTableSettingsReplicationMode can only be set to ENABLED or DISABLED, and only on a ' +
        'table without replicas.'
    )
    const made = await makeTable({ GlobalTableSettingsReplicationMode: 'DISABLED' })
    assert.equal((await describe(made)).GlobalTableSettingsReplicationMode, 'DISABLED')
  })

  // Evidence: AWS Developer Guide, "Disassociating a global table replica".
  test('a replica leaves once its protection is off, and keeps its items', async () => {
    const TableName = await makeTable()
    await replicas(TableName, { Create: { RegionName: 'eu-west-1' } })
    await send('PutItem', { TableName, Item: { pk: { S: 'a' } } })
    assert.equal((await describe(TableName)).DisassociationProtectionEnabled, true)
    await invalid(
      leave(TableName),
      'Replica cannot be disassociated as it is currently protected against disassociation. ' +
        'Disable disassociation protection first.'
    )
    await update(TableName, { DisassociationProtectionEnabled: false })
    assert.equal((await describe(TableName)).DisassociationProtectionEnabled, false)
    await invalid(
      leave(TableName, 'eu-west-1'),
      'Only the replica in the local region can be disassociated. Send the request to the region ' +
        'of the replica.'
    )
    await leave(TableName)
    const table = await describe(TableName)
    for (const name of [
      'Replicas',
      'GlobalTableVersion',
      'DisassociationProtectionEnabled',
      'GlobalTableSettingsReplicationMode'
    ]) {
      assert.equal(name in table, false, name)
    }
    assert.equal(table.StreamSpecification.StreamEnabled, true, 'its settings stay')
    assert.equal((await send('Scan', { TableName })).Count, 1)
    await invalid(leave(TableName), /were not part of the global table.*\[us-east-1\]/)
  })

  test('Disassociate and its protection stand alone in a request', async () => {
    const TableName = await makeTable()
    const gone = { RegionName: 'us-east-1', DisassociationMode: 'WAIT_FOR_REPLICATION' }
    await invalid(
      replicas(TableName, { Disassociate: gone }, { Create: { RegionName: 'eu-west-1' } }),
      'Disassociate must be the only replica update in the request.'
    )
    await invalid(
      replicas(TableName, { Disassociate: { ...gone, DisassociationMode: 'NOW' } }),
      /Member must satisfy enum value set: \[WAIT_FOR_REPLICATION\]/
    )
    await invalid(
      update(TableName, {
        DisassociationProtectionEnabled: false,
        DeletionProtectionEnabled: true
      }),
      bad + 'DeletionProtection modification must be the only operation in the request'
    )
    await invalid(
      update(TableName, {
        DisassociationProtectionEnabled: false,
        ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }]
      }),
      bad + 'DisassociationProtection modification must be the only operation in the request'
    )
  })

  // Evidence: AWS API reference, GlobalTableWitnessGroupUpdate.
  test('a witness comes with one replica and goes with it', async () => {
    const TableName = await makeTable()
    const change = (replica, witness, more) =>
      update(TableName, {
        ReplicaUpdates: [replica],
        GlobalTableWitnessUpdates: [witness],
        ...more
      })
    const create = { Create: { RegionName: 'us-west-2' } }
    const witness = { Create: { RegionName: 'us-east-2' } }
    await invalid(
      change(create, witness),
      'A witness can only be created together with one replica and MultiRegionConsistency set ' +
        'to STRONG.'
    )
    await invalid(
      update(TableName, { GlobalTableWitnessUpdates: [{}] }),
      'Exactly one of Create and Delete must be specified in GlobalTableWitnessUpdates.'
    )
    const strong = { MultiRegionConsistency: 'STRONG' }
    await invalid(
      change(create, { Create: { RegionName: 'us-east-1' } }, strong),
      'The witness must be in a different region than the replicas: us-east-1'
    )
    await change(create, witness, strong)
    const table = await describe(TableName)
    assert.deepEqual(table.GlobalTableWitnesses, [
      { RegionName: 'us-east-2', WitnessStatus: 'ACTIVE' }
    ])
    assert.equal('DisassociationProtectionEnabled' in table, false, 'of MREC tables only')
    await invalid(leave(TableName), /not supported for global tables with MultiRegionConsistency/)
    const drop = { Delete: { RegionName: 'us-west-2' } }
    await invalid(
      update(TableName, { GlobalTableWitnessUpdates: [{ Delete: { RegionName: 'us-east-2' } }] }),
      'A witness can only be deleted together with a replica.'
    )
    await invalid(
      change(drop, { Delete: { RegionName: 'eu-west-1' } }),
      'The global table has no witness in the region: eu-west-1'
    )
    await change(drop, { Delete: { RegionName: 'us-east-2' } })
    assert.equal('GlobalTableWitnesses' in (await describe(TableName)), false)
  })

  test('a table of another account cannot be replicated', async () => {
    const source = 'arn:aws:dynamodb:us-east-1:999999999999:table/music'
    await invalid(
      send('CreateTable', tableInput('FromAfar', { GlobalTableSourceArn: source })),
      bad +
        'GlobalTableSourceArn is not supported: a replica of a table of another account cannot ' +
        'be created here'
    )
  })
})
