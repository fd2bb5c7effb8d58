// CreateBackup, DescribeBackup, ListBackups, DeleteBackup and RestoreTableFromBackup.
import assert from 'node:assert/strict'
import { EngineClient } from 'ddblite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as plainTest } from 'node:test'
import { everyTarget, invalid, rejects, tableInput } from '../support/targets.mjs'
import { allItems, arnOf, fill, settled } from '../support/backups.mjs'

const unknown = 'arn:aws:dynamodb:us-east-1:000000000000:table/none/backup/01489602797149-73d8d5bc'
const tooShort = "1 validation error detected: Value 'ab' at 'backupName' failed to satisfy " +
  'constraint: Member must have length greater than or equal to 3'

// Evidence: AWS API Reference, "CreateBackup", "DescribeBackup"; facts operations, Backup / PITR.
everyTarget('CreateBackup and DescribeBackup', ({ test, send, makeTable, untilActive }) => {
  test('answer with the details of the backup and of its table', async () => {
    const definition = { gsis: { byG: { hash: 'g:N', project: 'KEYS_ONLY' } } }
    const TableName = await makeTable({ range: 'sk:N', lsis: { byL: { range: 'l' } }, ...definition })
    await fill(send, TableName, 3, i => ({ sk: { N: String(i) }, g: { N: '1' } }))
    const { BackupDetails } = await send('CreateBackup', { TableName, BackupName: 'first' })
    const table = await untilActive(TableName)
    assert.match(BackupDetails.BackupArn, new RegExp(`^${table.TableArn}/backup/0\\d{13}-[0-9a-f]{8}$`))
    const { BackupArn, BackupCreationDateTime } = BackupDetails
    assert.deepEqual(BackupDetails, {
      BackupArn,
      BackupName: 'first',
      BackupSizeBytes: table.TableSizeBytes,
      BackupStatus: 'CREATING',
      BackupType: 'USER',
      BackupCreationDateTime
    })
    const described = await settled(send, BackupArn)
    assert.deepEqual(described.BackupDetails, { ...BackupDetails, BackupStatus: 'AVAILABLE' })
    assert.deepEqual(described.SourceTableDetails, {
      TableName,
      TableId: table.TableId,
      TableArn: table.TableArn,
      TableSizeBytes: table.TableSizeBytes,
      KeySchema: table.KeySchema,
      TableCreationDateTime: table.CreationDateTime,
      ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
      ItemCount: 3,
      BillingMode: 'PAY_PER_REQUEST'
    })
    const { GlobalSecondaryIndexes, LocalSecondaryIndexes } = described.SourceTableFeatureDetails
    assert.deepEqual(LocalSecondaryIndexes.map(index => index.IndexName), ['byL'])
    assert.deepEqual(GlobalSecondaryIndexes, [
      {
        IndexName: 'byG',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
        ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 }
      }
    ])
  })

  test('take a table by its ARN, and names more than once', async () => {
    const TableName = await makeTable()
    const arn = await arnOf(send, TableName)
    const first = await send('CreateBackup', { TableName: arn, BackupName: 'same' })
    const second = await send('CreateBackup', { TableName, BackupName: 'same' })
    assert.notEqual(first.BackupDetails.BackupArn, second.BackupDetails.BackupArn)
  })

  test('refuse what is not there or not a name', async () => {
    const TableName = await makeTable()
    await rejects(
      send('CreateBackup', { TableName: 'missing', BackupName: 'abc' }),
      'TableNotFoundException',
      'Table not found: missing'
    )
    await invalid(send('CreateBackup', { TableName, BackupName: 'ab' }), tooShort)
    await invalid(send('CreateBackup', { TableName, BackupName: 'a b c' }), /\[a-zA-Z0-9_.-\]\+/)
    await rejects(
      send('DescribeBackup', { BackupArn: unknown }),
      'BackupNotFoundException',
      `Backup not found: ${unknown}`
    )
    await invalid(send('DescribeBackup', { BackupArn: 'short' }), /greater than or equal to 37$/)
  })
})

// Evidence: AWS API Reference, "ListBackups", "DeleteBackup".
everyTarget('ListBackups and DeleteBackup', ({ test, send, makeTable }) => {
  test('list by table, by time and by type, a page at a time', async () => {
    const [one, two] = [await makeTable(), await makeTable()]
    const details = []
    for (const [TableName, BackupName] of [[one, 'aaa'], [two, 'bbb'], [one, 'ccc']]) {
      details.push((await send('CreateBackup', { TableName, BackupName })).BackupDetails)
      await new Promise(resolve => setTimeout(resolve, 2)) /* lists are in order of time */
    }
    const namesOf = async request =>
      (await send('ListBackups', request)).BackupSummaries.map(backup => backup.BackupName)
    const times = details.map(backup => backup.BackupCreationDateTime)
    const cases = [
      [{}, ['aaa', 'bbb', 'ccc']],
      [{ TableName: one }, ['aaa', 'ccc']],
      [{ TimeRangeLowerBound: times[1] }, ['bbb', 'ccc']],
      [{ TimeRangeUpperBound: times[1] }, ['aaa']],
      [{ BackupType: 'ALL' }, ['aaa', 'bbb', 'ccc']],
      [{ BackupType: 'AWS_BACKUP' }, []],
      [{ TableName: 'unknown' }, []]
    ]
    for (const [request, names] of cases) {
      assert.deepEqual(await namesOf(request), names, JSON.stringify(request))
    }
    const first = await send('ListBackups', { Limit: 2 })
    const arnsOf = backups => backups.map(backup => backup.BackupArn)
    assert.deepEqual(arnsOf(first.BackupSummaries), arnsOf(details.slice(0, 2)))
    assert.equal(first.LastEvaluatedBackupArn, details[1].BackupArn)
    const second = await send('ListBackups', { ExclusiveStartBackupArn: first.LastEvaluatedBackupArn })
    assert.deepEqual(second.BackupSummaries.map(b => b.BackupName), ['ccc'])
    assert.equal(second.LastEvaluatedBackupArn, undefined)
    await invalid(send('ListBackups', { Limit: 101 }), /less than or equal to 100$/)
    await invalid(send('ListBackups', { Limit: 0 }), /greater than or equal to 1$/)
  })

  test('delete a backup once', async () => {
    const TableName = await makeTable()
    const { BackupDetails: { BackupArn } } = await send('CreateBackup', { TableName, BackupName: 'gone' })
    await settled(send, BackupArn)
    const { BackupDescription } = await send('DeleteBackup', { BackupArn })
    assert.equal(BackupDescription.BackupDetails.BackupStatus, 'DELETED')
    assert.equal(BackupDescription.SourceTableDetails.TableName, TableName)
    const { BackupSummaries } = await send('ListBackups', { TableName })
    assert.deepEqual(BackupSummaries, [])
    await rejects(send('DeleteBackup', { BackupArn }), 'BackupNotFoundException')
  })
})

// Evidence: AWS API Reference, "RestoreTableFromBackup"; AWS Developer Guide, "Restoring a DynamoDB
// table": tags, streams, Time To Live and recovery are not restored, indexes may be left out.
everyTarget('RestoreTableFromBackup', ({ test, send, makeTable, untilActive }) => {
  const backUp = async TableName => {
    const { BackupDetails } = await send('CreateBackup', { TableName, BackupName: 'backup' })
    await settled(send, BackupDetails.BackupArn)
    return BackupDetails.BackupArn
  }

  test('makes a table of the items as they were, with its indexes', async () => {
    const TableName = await makeTable({ range: 'sk:N', gsis: { byG: { hash: 'g' } } })
    await fill(send, TableName, 40, i => ({ sk: { N: String(i) }, g: { S: `g${i % 4}` } }))
    const before = await allItems(send, TableName)
    const BackupArn = await backUp(TableName)
    await send('DeleteItem', { TableName, Key: { pk: { S: 'k1' }, sk: { N: '1' } } })
    await send('PutItem', { TableName, Item: { pk: { S: 'new' }, sk: { N: '1' } } })
    const TargetTableName = `${TableName}-restored`
    const { TableDescription } = await send('RestoreTableFromBackup', { TargetTableName, BackupArn })
    assert.equal(TableDescription.TableStatus, 'CREATING')
    assert.deepEqual(TableDescription.RestoreSummary, {
      SourceBackupArn: BackupArn,
      SourceTableArn: await arnOf(send, TableName),
      RestoreDateTime: TableDescription.RestoreSummary.RestoreDateTime,
      RestoreInProgress: true
    })
    const table = await untilActive(TargetTableName)
    assert.equal(table.RestoreSummary.RestoreInProgress, false)
    assert.equal(table.ItemCount, 40)
    assert.deepEqual(await allItems(send, TargetTableName), before)
    const { Count } = await send('Query', {
      TableName: TargetTableName,
      IndexName: 'byG',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { S: 'g1' } }
    })
    assert.equal(Count, 10)
  })

  test('takes overrides of billing, throughput, encryption and indexes', async () => {
    const gsis = { byG: { hash: 'g' }, byH: { hash: 'h', project: 'KEYS_ONLY' } }
    const TableName = await makeTable({ gsis })
    const BackupArn = await backUp(TableName)
    const [byG] = tableInput('x', { gsis }).GlobalSecondaryIndexes
    const units = { ReadCapacityUnits: 3, WriteCapacityUnits: 4 }
    const target = `${TableName}-other`
    await send('RestoreTableFromBackup', {
      TargetTableName: target,
      BackupArn,
      BillingModeOverride: 'PROVISIONED',
      ProvisionedThroughputOverride: units,
      GlobalSecondaryIndexOverride: [{ ...byG, ProvisionedThroughput: units }],
      SSESpecificationOverride: { Enabled: true, SSEType: 'KMS' }
    })
    const table = await untilActive(target)
    assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 3)
    assert.equal(table.BillingModeSummary, undefined)
    assert.equal(table.SSEDescription.Status, 'ENABLED')
    assert.deepEqual(table.GlobalSecondaryIndexes.map(index => index.IndexName), ['byG'])
    assert.equal(table.GlobalSecondaryIndexes[0].ProvisionedThroughput.WriteCapacityUnits, 4)
    assert.deepEqual(table.AttributeDefinitions.map(a => a.AttributeName).sort(), ['g', 'pk'])
    const none = `${TableName}-none`
    await send('RestoreTableFromBackup', {
      TargetTableName: none, BackupArn, GlobalSecondaryIndexOverride: []
    })
    assert.equal((await untilActive(none)).GlobalSecondaryIndexes, undefined)
    const renamed = `${TableName}-renamed`
    await send('RestoreTableFromBackup', {
      TargetTableName: renamed,
      BackupArn,
      GlobalSecondaryIndexOverride: [{ ...byG, IndexName: 'renamed' }]
    })
    assert.deepEqual(
      (await untilActive(renamed)).GlobalSecondaryIndexes.map(index => index.IndexName), ['renamed'])
    await fill(send, renamed, 3, () => ({ g: { S: 'same' } }))
    assert.equal((await send('Query', {
      TableName: renamed,
      IndexName: 'renamed',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { S: 'same' } }
    })).Count, 3)
  })

  // Evidence: captures of October 2026 (texts of restores).
  test('refuses overrides that do not go together', async () => {
    const gsis = { byG: { hash: 'g' } }
    const units = { ReadCapacityUnits: 3, WriteCapacityUnits: 4 }
    const [byG] = tableInput('x', { gsis }).GlobalSecondaryIndexes
    const onDemand = await backUp(await makeTable({ gsis }))
    const provisioned = await backUp(await makeTable({
      BillingMode: 'PROVISIONED', ProvisionedThroughput: units
    }))
    const cases = [
      [onDemand, { ProvisionedThroughputOverride: units },
        'Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED'],
      [provisioned, {
        BillingModeOverride: 'PAY_PER_REQUEST', ProvisionedThroughputOverride: units
      }, 'Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST'],
      [onDemand, { BillingModeOverride: 'PROVISIONED' },
        'Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED'],
      [onDemand, { BillingModeOverride: 'PROVISIONED', ProvisionedThroughputOverride: units },
        'Must specify provisioned throughput for index byG'],
      [onDemand, {
        BillingModeOverride: 'PROVISIONED',
        ProvisionedThroughputOverride: units,
        GlobalSecondaryIndexOverride: [byG]
      }, 'Must specify provisioned throughput for index byG'],
      [onDemand, {
        BillingModeOverride: 'PAY_PER_REQUEST',
        GlobalSecondaryIndexOverride: [{ ...byG, ProvisionedThroughput: units }]
      }, 'Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST ' +
        'for index byG'],
      [provisioned, { OnDemandThroughputOverride: { MaxReadRequestUnits: 10 } },
        'Cannot override MaxReadRequestUnits for OnDemandThroughput unless BillingModeOverride ' +
        'is PAY_PER_REQUEST'],
      [onDemand, { OnDemandThroughputOverride: { MaxReadRequestUnits: 0 } },
        'Requested MaxReadRequestUnits for OnDemandThroughput is outside of valid range']
    ]
    for (const [BackupArn, overrides, message] of cases) {
      await invalid(send('RestoreTableFromBackup', {
        TargetTableName: 'never', BackupArn, ...overrides
      }), `Invalid Request: ${message}`)
    }
  })

  // Evidence: captures of October 2026: ARNs of backups, bounds of lists.
  test('needs an ARN of a backup of this account', async () => {
    const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/x'
    for (const operation of ['DescribeBackup', 'DeleteBackup', 'RestoreTableFromBackup']) {
      const call = BackupArn => send(operation, { BackupArn, TargetTableName: 'never' })
      await invalid(call('x'.repeat(48)), 'Invalid Backup ARN')
      await invalid(call(table), 'Invalid Backup ARN')
      await rejects(call(`${table.replace('0000', '1111')}/backup/01489602797149-73d8d5bc`),
        'AccessDeniedException', 'Access is denied')
    }
    await invalid(send('ListBackups', { TimeRangeLowerBound: 2, TimeRangeUpperBound: 1 }),
      'One or more parameter values were invalid: Time range lower bound must be less than or ' +
      'equal to upper bound')
  })

  // Evidence: captures of October 2026 (texts of restores).
  test('refuses overrides that change or add an index', async () => {
    const gsis = { byG: { hash: 'g' } }
    const TableName = await makeTable({ gsis })
    const BackupArn = await backUp(TableName)
    const [byG] = tableInput('x', { gsis }).GlobalSecondaryIndexes
    const wrong = [
      ['byG', [{ ...byG, KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] }]],
      ['byG', [{ ...byG, Projection: { ProjectionType: 'KEYS_ONLY' } }]],
      ['second', [byG, { ...byG, IndexName: 'second' }]]
    ]
    for (const [name, GlobalSecondaryIndexOverride] of wrong) {
      await invalid(send('RestoreTableFromBackup', {
        TargetTableName: 'never', BackupArn, GlobalSecondaryIndexOverride
      }), `Invalid Request: Index ${name} does not match a secondary index that existed in the ` +
        'source table and cannot be created during the restore operation')
    }
    await rejects(send('DescribeTable', { TableName: 'never' }), 'ResourceNotFoundException')
  })

  test('does not bring back tags, streams, Time To Live or recovery', async () => {
    const TableName = await makeTable({
      Tags: [{ Key: 'a', Value: 'b' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
      DeletionProtectionEnabled: true
    })
    await send('UpdateTimeToLive', {
      TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' }
    })
    const BackupArn = await backUp(TableName)
    const { BackupDescription } = await send('DescribeBackup', { BackupArn })
    assert.equal(BackupDescription.SourceTableFeatureDetails.StreamDescription.StreamViewType, 'KEYS_ONLY')
    const target = `${TableName}-plain`
    await send('RestoreTableFromBackup', { TargetTableName: target, BackupArn })
    const table = await untilActive(target)
    assert.equal(table.StreamSpecification, undefined)
    assert.equal(table.LatestStreamArn, undefined)
    assert.equal(table.DeletionProtectionEnabled, false)
    const { Tags } = await send('ListTagsOfResource', { ResourceArn: table.TableArn })
    assert.deepEqual(Tags, [])
    const { TimeToLiveDescription } = await send('DescribeTimeToLive', { TableName: target })
    assert.equal(TimeToLiveDescription.TimeToLiveStatus, 'DISABLED')
  })

  test('refuses a name that is taken and a backup that is not there', async () => {
    const TableName = await makeTable()
    const BackupArn = await backUp(TableName)
    await rejects(
      send('RestoreTableFromBackup', { TargetTableName: TableName, BackupArn }),
      'TableAlreadyExistsException',
      `Table already exists: ${TableName}`
    )
    await rejects(
      send('RestoreTableFromBackup', { TargetTableName: 'fresh', BackupArn: unknown }),
      'BackupNotFoundException',
      `Backup not found: ${unknown}`
    )
  })

  test('outlives the table it was made from', async () => {
    const TableName = await makeTable()
    await fill(send, TableName, 5)
    const before = await allItems(send, TableName)
    const BackupArn = await backUp(TableName)
    await send('DeleteTable', { TableName })
    await send('RestoreTableFromBackup', { TargetTableName: TableName, BackupArn })
    await untilActive(TableName)
    assert.deepEqual(await allItems(send, TableName), before)
  })
})

// Evidence: AWS Developer Guide, "Using DynamoDB backup and restore": a backup holds what the table
// held when it was requested, whatever is written while it is made.
everyTarget('A copy of a large table', ({ test, send, makeTable, untilActive }) => {
  const large = async (definition = {}) => {
    const TableName = await makeTable(definition)
    await fill(send, TableName, 12000, i => ({ g: { S: `g${i % 3}` }, pad: { S: 'x'.repeat(150) } }))
    return TableName
  }
  const disturb = (TableName, from) => Promise.all(Array.from({ length: 60 }, (_, i) => {
    const pk = { S: `k${(from * 61 + i * 197) % 12000}` }
    return i % 3 === 0
      ? send('DeleteItem', { TableName, Key: { pk } })
      : send('PutItem', { TableName, Item: { pk, changed: { N: String(from) } } })
  }))

  test('is of one moment, and the table it makes is CREATING until it is complete', async () => {
    const TableName = await large({ gsis: { byG: { hash: 'g' } } })
    const before = await allItems(send, TableName)
    const { BackupDetails: { BackupArn } } = await send('CreateBackup', { TableName, BackupName: 'big' })
    for (let i = 0; i < 20; i++) await disturb(TableName, i)
    const { BackupDetails } = await settled(send, BackupArn)
    assert.equal(BackupDetails.BackupStatus, 'AVAILABLE')
    const target = `${TableName}-big`
    await send('RestoreTableFromBackup', { TargetTableName: target, BackupArn })
    const { Table } = await send('DescribeTable', { TableName: target })
    assert.equal(Table.TableStatus, 'CREATING')
    const creating = `Table is being created: ${target}`
    await rejects(send('Scan', { TableName: target }), 'ResourceNotFoundException')
    await rejects(
      send('DeleteTable', { TableName: target }),
      'ResourceInUseException',
      `Attempt to change a resource which is still in use: ${creating}`
    )
    await rejects(
      send('RestoreTableFromBackup', { TargetTableName: target, BackupArn }),
      'TableInUseException',
      `Table: ${target} is already being restored from backup: ${BackupArn}`
    )
    await rejects(
      send('RestoreTableFromBackup', { TargetTableName: `${target}-2`, BackupArn }),
      'BackupInUseException',
      `Backup is being used to restore another table: ${BackupArn}`
    )
    await rejects(send('DeleteBackup', { BackupArn }), 'BackupInUseException',
      `Backup is being used to restore table: ${BackupArn}`)
    await untilActive(target)
    assert.deepEqual(await allItems(send, target), before)
  })

  test('is complete though its table is deleted meanwhile', async () => {
    const TableName = await large()
    const before = await allItems(send, TableName)
    const { BackupDetails: { BackupArn } } = await send('CreateBackup', { TableName, BackupName: 'big' })
    await send('DeleteTable', { TableName })
    await settled(send, BackupArn)
    await send('RestoreTableFromBackup', { TargetTableName: TableName, BackupArn })
    await untilActive(TableName)
    assert.deepEqual(await allItems(send, TableName), before)
  })
})

plainTest('A copy goes on when its database is closed and opened again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
  const path = join(folder, 'test.sqlite')
  try {
    let db = new EngineClient({ path })
    const send = (operation, request) => db.execute(operation, request)
    await send('CreateTable', tableInput('source'))
    await fill(send, 'source', 12000, () => ({ pad: { S: 'x'.repeat(150) } }))
    const before = await allItems(send, 'source')
    const { BackupDetails: { BackupArn } } = await send('CreateBackup', { TableName: 'source', BackupName: 'big' })
    await settled(send, BackupArn)
    await send('RestoreTableFromBackup', { TargetTableName: 'target', BackupArn })
    await db.close()
    db = new EngineClient({ path })
    const { Table } = await send('DescribeTable', { TableName: 'target' })
    assert.equal(Table.TableStatus, 'CREATING')
    for (let waited = 0; waited < 5000; waited += 5) {
      if ((await send('DescribeTable', { TableName: 'target' })).Table.TableStatus === 'ACTIVE') break
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    assert.deepEqual(await allItems(send, 'target'), before)
    await db.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
