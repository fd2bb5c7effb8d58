// Against raw SQLite: the cheapest thing JavaScript can do with the same rows.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { EngineClient } from 'ddblite'
import { finish, makeItem, pad, race, report, scratch, tableInput } from './support.mjs'

const partitions = 200
const each = 50
const total = partitions * each

/** Raw SQLite with the same rows: keys and JSON text, clustered by key. */
class Floor {
  constructor (path) {
    this.db = new Database(path ?? ':memory:')
    if (path) {
      this.db.pragma('journal_mode = WAL')
      this.db.pragma('synchronous = NORMAL')
    }
    this.db.exec('CREATE TABLE t(pk TEXT, sk TEXT, item TEXT, PRIMARY KEY (pk, sk)) WITHOUT ROWID')
    this.getter = this.db.prepare('SELECT item FROM t WHERE pk = ? AND sk = ?').pluck()
    this.putter = this.db.prepare('INSERT OR REPLACE INTO t VALUES (?, ?, ?)')
    this.ranger = this.db.prepare('SELECT item FROM t WHERE pk = ? ORDER BY sk LIMIT ?').pluck()
    this.scanner = this.db.prepare('SELECT item FROM t LIMIT ?').pluck()
    this.begin = this.db.prepare('BEGIN')
    this.commit = this.db.prepare('COMMIT')
  }

  get (pk, sk) {
    return JSON.parse(this.getter.get(pk, sk))
  }
  put (item) {
    this.putter.run(item.pk.S, item.sk.S, JSON.stringify(item))
  }
}

async function suite (label, path) {
  console.log(
    `\nAgainst better-sqlite3 + JSON, ${label} (ddblite, floor; ${total} items of ~440 B)`
  )
  const floor = new Floor(path && join(path, 'floor.db'))
  const db = new EngineClient(path ? { path: join(path, 'ddblite.db') } : {})
  await db.execute('CreateTable', tableInput('bench'))
  const keys = []
  floor.begin.run()
  const puts = []
  for (let p = 0; p < partitions; p++) {
    for (let s = 0; s < each; s++) {
      const item = makeItem(`p${pad(p)}`, `s${pad(s)}`, p * each + s)
      keys.push([item.pk.S, item.sk.S])
      floor.put(item)
      puts.push(db.execute('PutItem', { TableName: 'bench', Item: item }))
    }
  }
  floor.commit.run()
  await Promise.all(puts)

  const at = (i) => keys[(i * 7919) % total]
  const key = (i) => {
    const [pk, sk] = at(i)
    return { pk: { S: pk }, sk: { S: sk } }
  }
  // Two generations of every item, made before the clock starts: a put always changes the row.
  const generations = [0, 1].map((g) => keys.map((k, i) => makeItem(...k, i + 17 * (g + 1))))
  const fresh = (i) => generations[Math.floor(i / total) % 2][(i * 7919) % total]
  const compare = async (what, contenders, target, options) => {
    const t = await race(contenders, options)
    report(what, t.ours, t.floor, target)
  }

  await compare(
    'GetItem',
    {
      ours: (i) => db.execute('GetItem', { TableName: 'bench', Key: key(i) }),
      floor: (i) => floor.get(...at(i))
    },
    1.5,
    { calls: 10000 }
  )
  await compare(
    'PutItem',
    {
      ours: (i) => db.execute('PutItem', { TableName: 'bench', Item: fresh(i) }),
      floor: (i) => floor.put(fresh(i))
    },
    1.5,
    { calls: 5000 }
  )
  await compare(
    'UpdateItem SET with a condition / get + put',
    {
      ours: (i) =>
        db.execute('UpdateItem', {
          TableName: 'bench',
          Key: key(i),
          UpdateExpression: 'SET rating = :r',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeValues: { ':r': { N: String(i % 10) } }
        }),
      floor: (i) => {
        const item = floor.get(...at(i))
        item.rating = { N: String(i % 10) }
        floor.put(item)
      }
    },
    2.5,
    { calls: 5000 }
  )
  await compare(
    'Query of 50 items',
    {
      ours: (i) =>
        db.execute('Query', {
          TableName: 'bench',
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': { S: `p${pad(i % partitions)}` } }
        }),
      floor: (i) => floor.ranger.all(`p${pad(i % partitions)}`, 50).map((x) => JSON.parse(x))
    },
    1.2,
    { calls: 300 }
  )
  await compare(
    'Scan of 1,000 items with a filter',
    {
      ours: () =>
        db.execute('Scan', {
          TableName: 'bench',
          Limit: 1000,
          FilterExpression: '#y = :y',
          ExpressionAttributeNames: { '#y': 'year' },
          ExpressionAttributeValues: { ':y': { N: '1999' } }
        }),
      floor: () =>
        floor.scanner
          .all(1000)
          .map((x) => JSON.parse(x))
          .filter((x) => x.year.N === '1999')
    },
    1.5,
    { calls: 20 }
  )
  await compare(
    'BatchGetItem of 100',
    {
      ours: (i) =>
        db.execute('BatchGetItem', {
          RequestItems: { bench: { Keys: Array.from({ length: 100 }, (_, n) => key(i * 100 + n)) } }
        }),
      floor: (i) => Array.from({ length: 100 }, (_, n) => floor.get(...at(i * 100 + n)))
    },
    1.5,
    { calls: 100 }
  )
  await compare(
    'BatchWriteItem of 25',
    {
      ours: (i) =>
        db.execute('BatchWriteItem', {
          RequestItems: {
            bench: Array.from({ length: 25 }, (_, n) => ({
              PutRequest: { Item: fresh(i * 25 + n) }
            }))
          }
        }),
      floor: (i) => {
        floor.begin.run()
        for (let n = 0; n < 25; n++) floor.put(fresh(i * 25 + n))
        floor.commit.run()
      }
    },
    1.5,
    { calls: 200 }
  )
  await compare(
    'TransactWriteItems of 4',
    {
      ours: (i) =>
        db.execute('TransactWriteItems', {
          TransactItems: Array.from({ length: 4 }, (_, n) => ({
            Put: {
              TableName: 'bench',
              Item: fresh(i * 4 + n),
              ConditionExpression: 'attribute_exists(pk)'
            }
          }))
        }),
      floor: (i) => {
        floor.begin.run()
        for (let n = 0; n < 4; n++) {
          if (floor.get(...at(i * 4 + n)) !== undefined) floor.put(fresh(i * 4 + n))
        }
        floor.commit.run()
      }
    },
    2,
    { calls: 1000 }
  )
  await db.close()
  floor.db.close()
}

await suite('in memory')
await suite('on file', scratch())
finish()
