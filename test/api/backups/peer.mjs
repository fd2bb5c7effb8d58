/*
 * peer.mjs - a process that begins a backup, an export and a restore of the table `source`, tells
 * their names, and writes to the table until it is killed.
 *
 *   node peer.mjs <database> <s3 folder>
 */
import { setTimeout as pause } from 'node:timers/promises'
import { EngineClient } from 'ddblite'
import { arnOf } from '../support/backups.mjs'

const [, , path, s3] = process.argv
const db = new EngineClient({ path, s3 })
const send = (operation, request) => db.execute(operation, request)

const { BackupDetails } = await send('CreateBackup', { TableName: 'source', BackupName: 'backup' })
const { ExportDescription } = await send('ExportTableToPointInTime', {
  TableArn: await arnOf(send, 'source'), S3Bucket: 'bucket'
})
await send('RestoreTableToPointInTime', {
  SourceTableName: 'source', TargetTableName: 'restored', UseLatestRestorableTime: true
})
process.send({ BackupArn: BackupDetails.BackupArn, ExportArn: ExportDescription.ExportArn })
for (let i = 0; ; i++) {
  await send('PutItem', {
    TableName: 'source', Item: { pk: { S: `k${(i * 37) % 12000}` }, n: { N: `${i}` } }
  })
  if (i % 50 === 0) await pause(1)
}
