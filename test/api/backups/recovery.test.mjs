// DescribeContinuousBackups, UpdateContinuousBackups and RestoreTableToPointInTime.
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'
import { allItems, arnOf, fill } from '../support/backups.mjs'
import { DAY, clockOf } from '../support/streams.mjs'

const enable = (send, TableName, RecoveryPeriodInDays) =>
  send('UpdateContinuousBackups', {
    TableName,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays }
  })
const disable = (send, TableName) =>
  send('UpdateContinuousBackups', {
    TableName,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false }
  })

const off = {
  ContinuousBackupsDescription: {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' }
  }
}

// Evidence: facts operations, UpdateContinuousBackups (captured 2026) and
// DescribeContinuousBackups.
everyTarget('UpdateContinuousBackups', ({ test, send, makeTable }) => {
  test('turns recovery on and off, with a period of 35 days if none is given', async () => {
    const TableName = await makeTable()
    assert.deepEqual(await send('DescribeContinuousBackups', { TableName }), off)
    const answer = await enable(send, TableName)
    const recovery = answer.ContinuousBackupsDescription.PointInTimeRecoveryDescription
    const { EarliestRestorableDateTime, LatestRestorableDateTime } = recovery
    assert.deepEqual(recovery, {
      PointInTimeRecoveryStatus: 'ENABLED',
      RecoveryPeriodInDays: 35,
      EarliestRestorableDateTime,
      LatestRestorableDateTime
    })
    assert.ok(EarliestRestorableDateTime <= LatestRestorableDateTime)
    assert.ok(Math.abs(LatestRestorableDateTime - Date.now() / 1000) < 5)
    const again = await enable(send, TableName, 7)
    const changed = again.ContinuousBackupsDescription.PointInTimeRecoveryDescription
    assert.equal(changed.RecoveryPeriodInDays, 7)
    assert.equal(changed.EarliestRestorableDateTime, EarliestRestorableDateTime)
    assert.deepEqual(await disable(send, TableName), off)
    assert.deepEqual(await send('DescribeContinuousBackups', { TableName }), off)
  })

  test('takes periods of 1 to 35 days', async () => {
    const TableName = await makeTable()
    for (const days of [1, 35]) await enable(send, TableName, days)
    for (const days of [0, 36]) await invalid(enable(send, TableName, days), /recoveryPeriodInDays/)
  })

  test('refuses a table that is not there', async () => {
    const missing = ['TableNotFoundException', 'Table not found: missing']
    await rejects(enable(send, 'missing'), ...missing)
    await rejects(send('DescribeContinuousBackups', { TableName: 'missing' }), ...missing)
  })
})

// Evidence: AWS API Reference, "RestoreTableToPointInTime"; facts operations.
everyTarget('RestoreTableToPointInTime', ({ test, send, makeTable, untilActive, db }) => {
  const restore = (SourceTableName, TargetTableName, more) =>
    send('RestoreTableToPointInTime', { SourceTableName, TargetTableName, ...more })
  const pause = () => new Promise(resolve => setTimeout(resolve, 4))

  test('rebuilds any moment between then and now', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await fill(send, TableName, 30, i => ({ g: { S: `g${i % 2}` } }))
    await enable(send, TableName)
    const moments = []
    const writes = [
      () => send('DeleteItem', { TableName, Key: { pk: { S: 'k3' } } }),
      () => send('PutItem', { TableName, Item: { pk: { S: 'k4' }, v: { N: '1' } } }),
      () => send('UpdateItem', {
        TableName, Key: { pk: { S: 'k4' } }, UpdateExpression: 'ADD v :one',
        ExpressionAttributeValues: { ':one': { N: '1' } }
      }),
      () => send('TransactWriteItems', { TransactItems: [
        { Put: { TableName, Item: { pk: { S: 'k3' }, back: { BOOL: true } } } },
        { Delete: { TableName, Key: { pk: { S: 'k5' } } } }
      ] }),
      () => send('BatchWriteItem', { RequestItems: { [TableName]: [
        { PutRequest: { Item: { pk: { S: 'fresh' } } } },
        { DeleteRequest: { Key: { pk: { S: 'k6' } } } }
      ] } })
    ]
    for (const write of writes) {
      await pause()
      moments.push({ at: Date.now() / 1000, items: await allItems(send, TableName) })
      await pause()
      await write()
    }
    for (const [i, { at, items }] of moments.entries()) {
      const target = `${TableName}-at-${i}`
      const { TableDescription } = await restore(TableName, target, { RestoreDateTime: at })
      assert.equal(TableDescription.TableStatus, 'CREATING')
      assert.deepEqual(TableDescription.RestoreSummary, {
        SourceTableArn: await arnOf(send, TableName),
        RestoreDateTime: at,
        RestoreInProgress: true
      })
      await untilActive(target)
      assert.deepEqual(await allItems(send, target), items)
    }
    await restore(TableName, `${TableName}-latest`, { UseLatestRestorableTime: true })
    await untilActive(`${TableName}-latest`)
    assert.deepEqual(await allItems(send, `${TableName}-latest`), await allItems(send, TableName))
    const byIndex = await send('Scan', { TableName: `${TableName}-at-0`, IndexName: 'byG' })
    assert.equal(byIndex.Count, 30)
  })

  test('takes the source by its ARN', async () => {
    const TableName = await makeTable()
    await enable(send, TableName)
    await send('RestoreTableToPointInTime', {
      SourceTableArn: await arnOf(send, TableName),
      TargetTableName: `${TableName}-arn`,
      UseLatestRestorableTime: true
    })
    assert.equal((await untilActive(`${TableName}-arn`)).ItemCount, 0)
  })

  test('refuses times outside of what is kept, and requests that name no time', async () => {
    const TableName = await makeTable()
    await rejects(
      restore(TableName, 'never', { UseLatestRestorableTime: true }),
      'PointInTimeRecoveryUnavailableException',
      `Point in time recovery is not enabled for table '${TableName}'`
    )
    await enable(send, TableName)
    const now = Date.now() / 1000
    for (const RestoreDateTime of [now - 3600, now + 3600]) {
      await rejects(restore(TableName, 'never', { RestoreDateTime }), 'InvalidRestoreTimeException')
    }
    await invalid(restore(TableName, 'never', {}))
    await invalid(restore(TableName, 'never', { RestoreDateTime: now, UseLatestRestorableTime: true }))
    await invalid(restore(undefined, 'never', { UseLatestRestorableTime: true }))
    await rejects(
      restore('missing', 'never', { UseLatestRestorableTime: true }),
      'TableNotFoundException',
      'Table not found: missing'
    )
    await rejects(
      restore(TableName, TableName, { UseLatestRestorableTime: true }),
      'TableAlreadyExistsException',
      `Table already exists: ${TableName}`
    )
  })

  test('reaches back as far as the period, and no further', async () => {
    const TableName = await makeTable()
    const clock = clockOf(db())
    await enable(send, TableName, 2)
    await send('PutItem', { TableName, Item: { pk: { S: 'old' } } })
    clock.advance(DAY)
    const yesterday = clock.now()
    clock.advance(1000)
    await send('DeleteItem', { TableName, Key: { pk: { S: 'old' } } })
    clock.advance(DAY)
    await clock.work()
    const { ContinuousBackupsDescription } = await send('DescribeContinuousBackups', { TableName })
    const recovery = ContinuousBackupsDescription.PointInTimeRecoveryDescription
    assert.equal(recovery.EarliestRestorableDateTime, (clock.now() - 2 * DAY) / 1000)
    await restore(TableName, `${TableName}-kept`, { RestoreDateTime: yesterday / 1000 })
    assert.equal((await untilActive(`${TableName}-kept`)).ItemCount, 1)
    clock.advance(DAY + 5000)
    await clock.work()
    await rejects(
      restore(TableName, 'never', { RestoreDateTime: yesterday / 1000 }),
      'InvalidRestoreTimeException'
    )
    await restore(TableName, `${TableName}-now`, { UseLatestRestorableTime: true })
    assert.equal((await untilActive(`${TableName}-now`)).ItemCount, 0)
    clock.resume()
  })

  test('forgets what was before it was turned off', async () => {
    const TableName = await makeTable()
    await enable(send, TableName)
    await send('PutItem', { TableName, Item: { pk: { S: 'a' } } })
    await disable(send, TableName)
    await send('DeleteItem', { TableName, Key: { pk: { S: 'a' } } })
    await pause()
    await enable(send, TableName)
    await restore(TableName, `${TableName}-again`, { UseLatestRestorableTime: true })
    assert.equal((await untilActive(`${TableName}-again`)).ItemCount, 0)
  })
})

// Evidence: AWS Developer Guide, "Point-in-time recovery for DynamoDB": deleting a table with
// recovery makes a system backup, which is kept for 35 days; API Reference, "ListBackups".
everyTarget('DeleteTable with recovery', ({ test, send, makeTable, untilActive, db }) => {
  test('keeps the last state as a system backup for 35 days', async () => {
    const TableName = await makeTable()
    await enable(send, TableName)
    await fill(send, TableName, 3)
    const before = await allItems(send, TableName)
    await send('DeleteTable', { TableName })
    assert.deepEqual((await send('ListBackups', { TableName })).BackupSummaries, [])
    const listed = await send('ListBackups', { TableName, BackupType: 'SYSTEM' })
    const [backup] = listed.BackupSummaries
    assert.equal(backup.BackupName, `${TableName}$DeletedTableBackup`)
    assert.equal(backup.BackupType, 'SYSTEM')
    assert.equal(backup.BackupExpiryDateTime, backup.BackupCreationDateTime + 35 * 86400)
    const { BackupArn } = backup
    await send('RestoreTableFromBackup', { TargetTableName: TableName, BackupArn })
    await untilActive(TableName)
    assert.deepEqual(await allItems(send, TableName), before)
    const clock = clockOf(db())
    clock.advance(35 * DAY + 1000)
    await clock.work()
    await rejects(send('DescribeBackup', { BackupArn }), 'BackupNotFoundException')
    clock.resume()
  })

  test('keeps nothing of a table without recovery', async () => {
    const TableName = await makeTable()
    await send('DeleteTable', { TableName })
    assert.deepEqual((await send('ListBackups', { TableName, BackupType: 'ALL' })).BackupSummaries, [])
  })
})
