// db.subscribe() under random writes and random failures: every record is handled with success
// exactly once, and those of an item in their order, however batches are cut, cut in two, failed in
// part and tried again.
//
// Evidence: DynamoDB Developer Guide, "Change data capture for DynamoDB Streams" (each record once,
// per-item order); Lambda Developer Guide, "Configuring partial batch response".
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { EngineClient } from 'ddblite'
import { tableInput } from '../support/targets.mjs'
import { HOUR, reader, streaming } from '../support/streams.mjs'

const moves = fc.constantFrom({ drain: true }, { advance: 500 }, { advance: 5 * HOUR })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ put: fc.nat(11), value: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.nat(11) }) },
  { weight: 1, arbitrary: moves }
)
const options = fc.record({
  batchSize: fc.integer({ min: 1, max: 7 }),
  parallelizationFactor: fc.integer({ min: 1, max: 3 }),
  bisectBatchOnFunctionError: fc.boolean(),
  functionResponseTypes: fc.constantFrom([], ['ReportBatchItemFailures']),
  maximumBatchingWindowInSeconds: fc.constantFrom(0, 2),
  onError: fc.constant(() => {})
})
const BATCH = { ok: 'ok', throws: 'throws', reports: 'reports' }
const outcomes = fc.infiniteStream(fc.record({
  what: fc.constantFrom(BATCH.ok, BATCH.ok, BATCH.throws, BATCH.reports), at: fc.nat(6)
}))

/* A handler that fails as it is told; what it did with success is in `done`. */
function unsteady (outcomes, reporting, done) {
  const add = records => done.push(...records.map(({ dynamodb }) => dynamodb))
  return async ({ Records }) => {
    const { what, at } = outcomes.next().value
    if (at % 2 === 1) await null
    if (what === BATCH.throws) throw new Error('as told')
    if (what === BATCH.ok || !reporting) return add(Records)
    const first = Math.min(at, Records.length - 1)
    add(Records.slice(0, first))
    return { batchItemFailures: [{ itemIdentifier: Records[first].dynamodb.SequenceNumber }] }
  }
}

describe('random writes and failures', () => {
  test('each record succeeds once, those of an item in order', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), options, outcomes,
      async (steps, options, outcomes) => {
        const db = new EngineClient({ clock: { now: Date.UTC(2030, 0, 1) } })
        const send = (operation, request) => db.execute(operation, request)
        await send('CreateTable', tableInput('Music', streaming()))
        const done = []
        const reporting = options.functionResponseTypes.length > 0
        const sub = await db.subscribe('Music', unsteady(outcomes, reporting, done), options)
        let written = []
        for (const { put, value, remove, drain, advance } of steps) {
          if (put !== undefined) {
            const Item = { pk: { S: `k${put}` }, v: { N: String(value) } }
            await send('PutItem', { TableName: 'Music', Item })
          } else if (remove !== undefined) {
            await send('DeleteItem', { TableName: 'Music', Key: { pk: { S: `k${remove}` } } })
          } else if (drain) {
            await settle(sub)
          } else {
            const { length } = written = merge(written, await reader(send).recordsOf('Music'))
            await db.clock.advance(advance)
            assert.ok(written.length >= length)
          }
        }
        await settle(sub)
        written = merge(written, await reader(send).recordsOf('Music'))
        assert.deepEqual(done.map(one => one.SequenceNumber).sort(), written)
        const last = new Map()
        for (const { Keys, SequenceNumber } of done) {
          assert.ok(SequenceNumber > (last.get(Keys.pk.S) ?? ''), `${Keys.pk.S} out of order`)
          last.set(Keys.pk.S, SequenceNumber)
        }
        await db.close()
      }), { numRuns: 60 })
  })
})

/* Until it has no more reason to reject: ten failures on end are possible. */
async function settle (sub) {
  for (let tries = 0; tries < 100; tries++) {
    const failed = await sub.drain().then(() => false, () => true)
    if (!failed) return
  }
  assert.fail('it never settled')
}

/* Records are trimmed after a day: the numbers of all that there ever were. */
const merge = (numbers, records) =>
  [...new Set([...numbers, ...records.map(({ dynamodb }) => dynamodb.SequenceNumber)])].sort()
