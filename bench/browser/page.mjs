// What runs in the page: both sides in turns, microseconds a call.
import { EngineClient } from '/dist/browser.js'
import { makeItem, pad, race, tableInput } from '../shared.mjs'

const TableName = 'bench'
const PARTITIONS = 40
const EACH = 50

class Raw {
  #worker = new Worker('/raw-worker.js', { type: 'module' })
  #waiting = new Map()
  #lastId = 0

  constructor () {
    this.#worker.onmessage = ({ data: { id, result } }) => {
      const resolve = this.#waiting.get(id)
      this.#waiting.delete(id)
      resolve(JSON.parse(result))
    }
  }

  call (op, request) {
    return new Promise(resolve => {
      const id = ++this.#lastId
      this.#waiting.set(id, resolve)
      const payload = op === 'open' ? request : JSON.stringify(request)
      this.#worker.postMessage({ id, op, payload })
    })
  }

  end () {
    this.#worker.terminate()
  }
}

const at = i => ({ pk: { S: `p${pad(i % PARTITIONS)}` }, sk: { S: `s${pad((i * 7) % EACH)}` } })
const item = (i, version = i) => {
  const { pk, sk } = at(i)
  return makeItem(pk.S, sk.S, version)
}

const requests = {
  get: i => ({ TableName, Key: at(i) }),
  put: i => ({ TableName, Item: item(i) }),
  query: i => ({
    TableName,
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': at(i).pk }
  })
}

async function both (kept) {
  const raw = new Raw()
  await raw.call('open', { base: new URL('/official/', location.href).href, kept })
  const db = new EngineClient(kept ? { name: 'bench', persistence: 'required' } : {})
  await db.execute('CreateTable', tableInput(TableName))
  for (let p = 0; p < PARTITIONS; p++) {
    for (let s = 0; s < EACH; s++) {
      const Item = makeItem(`p${pad(p)}`, `s${pad(s)}`, p * EACH + s)
      if (!kept) await raw.call('put', { Item })
      await db.execute('PutItem', { TableName, Item })
    }
  }
  return { raw, db }
}

/** GetItem, PutItem and a Query of 50, in memory. */
export async function inMemory () {
  const { raw, db } = await both(false)
  const answer = {}
  for (const [op, name, calls] of [['get', 'GetItem', 400], ['put', 'PutItem', 400],
    ['query', 'Query', 100]]) {
    const request = requests[op]
    answer[name] = await race({
      ddblite: i => db.execute(name, request(i)), raw: i => raw.call(op, request(i))
    }, { calls, rounds: 7 })
  }
  raw.end()
  await db.close()
  return answer
}

const median = list => list.sort((a, b) => a - b)[list.length >> 1]

/** Durable puts in OPFS: the median of single ones, in ms, and of 1,000 together. */
export async function durable () {
  const { raw, db } = await both(true)
  const singles = { ddblite: [], raw: [] }
  const timed = async (list, call) => {
    const since = performance.now()
    await call()
    list.push(performance.now() - since)
  }
  let version = 10000
  for (let i = 0; i < 400; i++) {
    await timed(singles.ddblite, () => db.execute('PutItem', { TableName, Item: item(i, ++version) }))
    await timed(singles.raw, () => raw.call('put', { Item: item(i, ++version) }))
  }
  const rounds = { awaited: [], burst: [] }
  const put = i => db.execute('PutItem', { TableName, Item: item(i, ++version) })
  for (let round = 0; round < 5; round++) {
    await timed(rounds.awaited, async () => {
      for (let i = 0; i < 1000; i++) await put(i)
    })
    await timed(rounds.burst, () => Promise.all(Array.from({ length: 1000 }, (_, i) => put(i))))
  }
  raw.end()
  await db.close()
  const medians = lists => Object.fromEntries(Object.entries(lists)
    .map(([name, list]) => [name, median(list)]))
  return { ...medians(singles), ...medians(rounds) }
}

/** From nothing to the first reply of a kept database, in ms: the median of several. */
export async function boot () {
  const times = []
  for (let i = 0; i < 9; i++) {
    const since = performance.now()
    const db = new EngineClient({ name: 'boot' })
    await db.execute('ListTables')
    times.push(performance.now() - since)
    await db.close()
  }
  return median(times)
}
