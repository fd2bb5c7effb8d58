/*
 * backups.mjs - what the suites of backups, recovery, exports and imports need.
 */
import assert from 'node:assert/strict'

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Puts `count` items with the keys k0, k1, ... and what `more(i)` gives. */
export async function fill (send, TableName, count, more = () => ({})) {
  for (let from = 0; from < count; from += 25) {
    const requests = Array.from({ length: Math.min(25, count - from) }, (_, i) => ({
      PutRequest: { Item: { pk: { S: `k${from + i}` }, ...more(from + i) } }
    }))
    await send('BatchWriteItem', { RequestItems: { [TableName]: requests } })
  }
}

/** All items as a map from their key's text to their own, to compare tables with deepEqual. */
export async function allItems (send, TableName) {
  const items = new Map()
  let ExclusiveStartKey
  do {
    const page = await send('Scan', { TableName, ExclusiveStartKey })
    for (const item of page.Items) {
      items.set(JSON.stringify([item.pk, item.sk]), JSON.stringify(item))
    }
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey !== undefined)
  return new Map([...items].sort())
}

export const arnOf = async (send, TableName) =>
  (await send('DescribeTable', { TableName })).Table.TableArn

/** Waits while `state()` gives a description that is still in one of the states of progress. */
async function until (describe, stateOf, running) {
  for (let waited = 0; ; waited += 5) {
    const description = await describe()
    if (stateOf(description) !== running) return description
    assert.ok(waited < 10000, `still ${running}`)
    await pause(5)
  }
}

/** The description of a backup that is complete. */
export const settled = (send, BackupArn) =>
  until(async () => (await send('DescribeBackup', { BackupArn })).BackupDescription,
    backup => backup.BackupDetails.BackupStatus, 'CREATING')

/** The description of an export that has ended. */
export const exported = (send, ExportArn) =>
  until(async () => (await send('DescribeExport', { ExportArn })).ExportDescription,
    description => description.ExportStatus, 'IN_PROGRESS')

/** The description of an import that has ended. */
export const imported = (send, ImportArn) =>
  until(async () => (await send('DescribeImport', { ImportArn })).ImportTableDescription,
    description => description.ImportStatus, 'IN_PROGRESS')
