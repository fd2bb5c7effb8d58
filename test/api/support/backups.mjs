/*
 * backups.mjs - what the suites of backups, recovery, exports, imports and bulk puts need.
 */
import assert from 'node:assert/strict'
import { before } from 'node:test'
import { gunzipSync } from 'node:zlib'

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

/** A bucket of a suite's database, and its objects: their bytes, their lines, and new ones. */
export function bucketOf (db, name) {
  const bucket = () => db().bucket(name)
  let folders = 0
  before(() => bucket().create())
  const bytesOf = async key => Buffer.from(await (await bucket().get(key)).arrayBuffer())
  const unpacked = async key => {
    const bytes = await bytesOf(key)
    return key.endsWith('.gz') ? gunzipSync(bytes) : bytes
  }
  const linesOf = async key => (await unpacked(key)).toString().split('\n').filter(Boolean)
  return {
    bytesOf,
    linesOf,
    jsonOf: async key => JSON.parse(await bytesOf(key)),
    recordsOf: async key => (await linesOf(key)).map(line => JSON.parse(line)),
    /** Puts objects below a prefix of their own; resolves to the prefix. */
    async put (files) {
      const prefix = `objects-${++folders}/`
      for (const [key, bytes] of Object.entries(files)) await bucket().put(prefix + key, bytes)
      return prefix
    }
  }
}
