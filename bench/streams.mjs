// Streams to handlers: records a second that a handler is given, the time from a write to its
// handler, and what a subscription adds to a write. Items of about 440 bytes, in memory.
import { EngineClient } from 'ddblite'
import { finish, makeItem, pad, tableInput } from './support.mjs'

const RECORDS = 20000
const ROUNDS = 7
const TableName = 'streamed'

const median = list => [...list].sort((a, b) => a - b)[list.length >> 1]

async function opened () {
  const db = new EngineClient()
  await db.execute('CreateTable', {
    ...tableInput(TableName),
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' }
  })
  return db
}

const put = (db, i) =>
  db.execute('PutItem', { TableName, Item: makeItem(`p${i % 100}`, pad(i), i) })

/* Records a second of a stream that is full, by batch size. */
async function throughput (batchSize) {
  const db = await opened()
  for (let i = 0; i < RECORDS; i++) await put(db, i)
  const rates = []
  for (let round = 0; round < ROUNDS; round++) {
    let seen = 0
    const start = performance.now()
    const sub = await db.subscribe(TableName, ({ Records }) => { seen += Records.length },
      { startingPosition: 'TRIM_HORIZON', batchSize })
    await sub.drain()
    rates.push(seen / (performance.now() - start) * 1000)
    await sub.close()
    if (seen !== RECORDS) throw new Error(`${seen} records of ${RECORDS}`)
  }
  await db.close()
  return median(rates)
}

/* Microseconds from the call of PutItem to that of the handler. */
async function latency () {
  const db = await opened()
  let called
  await db.subscribe(TableName, () => called())
  const times = []
  for (let i = 0; i < 2000; i++) {
    const got = new Promise(resolve => { called = resolve })
    const start = performance.now()
    put(db, i)
    await got
    times.push((performance.now() - start) * 1000)
  }
  await db.close()
  return median(times)
}

/* Microseconds of a write, with so many subscriptions, their handlers' share included. */
async function write (subscriptions) {
  const db = await opened()
  for (let i = 0; i < subscriptions; i++) await db.subscribe(TableName, () => {})
  const times = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    for (let i = 0; i < 2000; i++) await put(db, round * 2000 + i)
    await db.drain()
    times.push((performance.now() - start) / 2)
  }
  await db.close()
  return median(times)
}

console.log(`\nStreams to handlers: ${RECORDS} records`)
for (const size of [1, 10, 100, 1000]) {
  console.log(`  batches of ${String(size).padStart(4)}   ${Math.round(await throughput(size))} records/s`)
}
console.log(`  write to handler  ${(await latency()).toFixed(0)} us`)
for (const n of [0, 1, 5]) {
  console.log(`  a write, ${n} subscriptions  ${(await write(n)).toFixed(1)} us`)
}
finish()
