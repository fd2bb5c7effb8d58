// What isolating a test costs: 5 tables with 1,000 items of about 440 bytes each, in memory.
// A test that restores, or takes a fork, before it begins pays for nothing else.
import { EngineClient } from 'ddblite'
import { figure, finish, makeItem, pad, tableInput } from './support.mjs'

const TABLES = 5
const ITEMS = 1000
const ROUNDS = 15

const median = list => [...list].sort((a, b) => a - b)[list.length >> 1]

async function filled () {
  const db = new EngineClient()
  for (let t = 0; t < TABLES; t++) {
    const TableName = `table${t}`
    await db.execute('CreateTable', tableInput(TableName))
    await Promise.all(
      Array.from({ length: ITEMS }, (_, i) =>
        db.execute('PutItem', { TableName, Item: makeItem(`p${i % 20}`, pad(i), i) })
      )
    )
  }
  return db
}

/* Milliseconds of `run`, the median of the rounds; `before` is not counted. */
async function time (run, before = async () => {}) {
  const times = []
  for (let i = 0; i < ROUNDS; i++) {
    await before()
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  return median(times)
}

console.log(`\nIsolating a test: ${TABLES} tables with ${ITEMS} items, milliseconds`)
const db = await filled()
const full = await db.snapshot()
const TableName = 'table0'
const touch = () => db.execute('PutItem', { TableName, Item: makeItem('new', '1', 1) })
figure('snapshot', await time(() => db.snapshot(), touch), 'ms')
figure('restore', await time(() => db.restore(full), touch), 'ms', 2)
let fork
const closeFork = async () => fork?.close()
figure('fork', await time(async () => { fork = await db.fork() }, closeFork), 'ms', 2)
await closeFork()
figure('reset, tables kept', await time(() => db.reset({ keepSchema: true }), () => db.restore(full)), 'ms', 1)
figure('reset', await time(() => db.reset(), () => db.restore(full)), 'ms', 1)
await db.close()

const small = new EngineClient()
await small.execute('CreateTable', tableInput('table0'))
const empty = await small.snapshot()
figure('restore of an empty table', await time(() => small.restore(empty)), 'ms', 1)
figure('reset of an empty table', await time(() => small.reset({ keepSchema: true })), 'ms', 1)
await small.close()
finish()
