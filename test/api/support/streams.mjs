/*
 * streams.mjs - tables with streams, reading them to their end, and the engine's clock.
 */
import assert from 'node:assert/strict'
import { EngineClient } from 'ddblite'

export const HOUR = 3600000
export const DAY = 24 * HOUR

/** `more` for makeTable(): a stream of this view. */
export const streaming = (StreamViewType = 'NEW_AND_OLD_IMAGES') => ({
  StreamSpecification: { StreamEnabled: true, StreamViewType }
})

/** Reads streams of one suite. `send` is the suite's. */
export function reader (send) {
  const arnOf = async TableName =>
    (await send('DescribeTable', { TableName })).Table.LatestStreamArn
  const describe = async StreamArn =>
    (await send('DescribeStream', { StreamArn })).StreamDescription
  const iterator = async (StreamArn, ShardId, type = 'TRIM_HORIZON', SequenceNumber) =>
    (
      await send('GetShardIterator', {
        StreamArn,
        ShardId,
        ShardIteratorType: type,
        SequenceNumber
      })
    ).ShardIterator
  /** The records behind an iterator, up to the end of the shard as it is now. */
  const drain = async (ShardIterator, Limit) => {
    const records = []
    while (ShardIterator !== undefined) {
      const page = await send('GetRecords', { ShardIterator, Limit })
      records.push(...page.Records)
      if (page.Records.length === 0) break
      ShardIterator = page.NextShardIterator
    }
    return records
  }
  /** All records of a stream: shard by shard, parents first. */
  const readAll = async StreamArn => {
    const records = []
    for (const { ShardId } of (await describe(StreamArn)).Shards) {
      records.push(...(await drain(await iterator(StreamArn, ShardId))))
    }
    return records
  }
  /** The same by table, in the order of writes: sequence numbers grow over all shards. */
  const recordsOf = async TableName =>
    (await readAll(await arnOf(TableName))).sort((a, b) =>
      a.dynamodb.SequenceNumber < b.dynamodb.SequenceNumber ? -1 : 1
    )
  return { arnOf, describe, iterator, drain, readAll, recordsOf }
}

/** The engine's clock and its background work, by hand. */
export function clockOf (db) {
  const { addon, handle } = EngineClient.internals(db)
  let now = Date.now()
  return {
    now: () => now,
    advance (ms) {
      addon.setClock(handle, (now += ms))
    },
    resume () {
      addon.setClock(handle, -1)
    },
    /** Runs what is due; gives the milliseconds until more is. */
    async work () {
      let next
      for (let slices = 0; (next = await addon.work(handle)) === 0; slices++) {
        assert.ok(slices < 10000)
      }
      assert.equal(await addon.readLog(handle), '')
      return next
    }
  }
}
