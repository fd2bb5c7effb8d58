// Another process on the same file (file.test.mjs): answers { op, request } messages.
import { EngineClient } from 'ddblite'
import { tableInput } from '../support/targets.mjs'

const [path, options] = process.argv.slice(2)
const db = new EngineClient({ path, ...JSON.parse(options) })

process.on('message', async ({ op, request }) => {
  if (op === 'write-until-killed') return writeForever(request.round)
  if (op === 'hold') return hold(request.ms)
  try {
    process.send({ ok: await db.execute(op, request) })
  } catch (error) {
    process.send({ error: { name: error.name, message: error.message } })
  }
})

async function writeForever (round) {
  for (const name of ['crash', 'pairs', 'twins']) {
    await db.execute('CreateTable', tableInput(name)).catch((error) => {
      if (error.name !== 'ResourceInUseException') throw error
    })
  }
  process.send({ started: true })
  for (let i = 0; ; i++) {
    const id = `${round}-${i}`
    await db.execute('PutItem', { TableName: 'crash', Item: { pk: { S: id }, v: { S: id } } })
    process.send({ acknowledged: id })
    await db.execute('TransactWriteItems', {
      TransactItems: ['pairs', 'twins'].map((TableName) => ({
        Put: { TableName, Item: { pk: { S: id } } }
      }))
    })
    if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Keeps the write lock: the operation has run, and its commit waits for this turn to end. */
async function hold (ms) {
  const pending = db.execute('PutItem', { TableName: 'abc', Item: { pk: { S: 'theirs' } } })
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  await pending
  process.send({ ok: true })
}
