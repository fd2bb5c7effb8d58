// Copies that a killed process has left behind.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { EngineClient } from 'ddblite'
import { allItems, exported, fill, settled } from '../support/backups.mjs'
import { tableInput } from '../support/targets.mjs'

const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const peer = fileURLToPath(new URL('peer.mjs', import.meta.url))

/* The items of an export, each of which must be there once. */
function itemsOf (s3, ExportArn) {
  const object = key => readFileSync(join(s3, 'bucket', key))
  const linesOf = bytes => bytes.toString().split('\n').filter(Boolean).map(JSON.parse)
  const items = linesOf(object(`AWSDynamoDB/${ExportArn.split('/').at(-1)}/manifest-files.json`))
    .flatMap(({ dataFileS3Key }) => linesOf(gunzipSync(object(dataFileS3Key))))
    .map(({ Item }) => [JSON.stringify([Item.pk, Item.sk]), JSON.stringify(Item)])
  const found = new Map(items.sort())
  assert.equal(found.size, items.length)
  return found
}

// What was asked for is durable with its answer: whoever opens the file next completes it, as of
// the moment it was asked for.
test('A killed process loses no backup, export or restore', async () => {
  const path = join(folder, 'test.sqlite')
  const s3 = join(folder, 's3')
  mkdirSync(join(s3, 'bucket'), { recursive: true })
  let db = new EngineClient({ path, s3 })
  const send = (operation, request) => db.execute(operation, request)
  const statusOf = async TableName =>
    (await send('DescribeTable', { TableName })).Table.TableStatus
  const active = async TableName => {
    while (await statusOf(TableName) !== 'ACTIVE') await pause(3)
    return allItems(send, TableName)
  }
  await send('CreateTable', tableInput('source', { gsis: { byG: { hash: 'g' } } }))
  await send('UpdateContinuousBackups', {
    TableName: 'source', PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
  })
  await fill(send, 'source', 12000, i => ({ g: { S: `g${i % 5}` }, pad: { S: 'x'.repeat(200) } }))
  const before = await allItems(send, 'source')
  await db.close()

  const child = fork(peer, [path, s3])
  const [{ BackupArn, ExportArn }] = await once(child, 'message')
  await pause(60) /* some slices, and writes to what they copy */
  child.kill('SIGKILL')
  await once(child, 'exit')

  db = new EngineClient({ path, s3 })
  assert.equal((await exported(send, ExportArn)).ExportStatus, 'COMPLETED')
  assert.deepEqual(itemsOf(s3, ExportArn), before)
  assert.deepEqual(await active('restored'), before)
  await settled(send, BackupArn)
  await send('RestoreTableFromBackup', { TargetTableName: 'again', BackupArn })
  assert.deepEqual(await active('again'), before)
  await db.close()
})
