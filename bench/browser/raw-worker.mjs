// The floor: the official SQLite in a worker, with the same messages and rows, and nothing else.
import initialise from '@sqlite.org/sqlite-wasm'

const CREATE = `CREATE TABLE IF NOT EXISTS t(
  pk TEXT, sk TEXT, item TEXT, PRIMARY KEY (pk, sk)) WITHOUT ROWID`

let get, put, range, db

const operations = {
  async open ({ base, kept }) {
    globalThis.sqlite3ApiConfig = { disable: { vfs: { opfs: true, 'opfs-wl': true, kvvfs: true } } }
    const sqlite3 = await initialise({ locateFile: name => new URL(name, base).href })
    if (kept) {
      const pool = await sqlite3.installOpfsSAHPoolVfs({
        name: 'raw', directory: '/raw', preserveOnInitFailure: true
      })
      db = new pool.OpfsSAHPoolDb('/raw.db')
      db.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL')
    } else {
      db = new sqlite3.oo1.DB(':memory:')
    }
    db.exec(CREATE)
    get = db.prepare('SELECT item FROM t WHERE pk = ? AND sk = ?')
    put = db.prepare('INSERT OR REPLACE INTO t VALUES (?, ?, ?)')
    range = db.prepare('SELECT item FROM t WHERE pk = ? ORDER BY sk LIMIT 50')
    return '{}'
  },
  get (text) {
    const { pk, sk } = JSON.parse(text).Key
    get.bind([pk.S, sk.S])
    const item = get.step() ? get.get(0) : ''
    get.reset()
    return `{"Item":${item}}`
  },
  put (text) {
    const { Item } = JSON.parse(text)
    put.bind([Item.pk.S, Item.sk.S, JSON.stringify(Item)])
    put.step()
    put.reset()
    return '{}'
  },
  query (text) {
    range.bind([JSON.parse(text).ExpressionAttributeValues[':p'].S])
    const items = []
    while (range.step()) items.push(range.get(0))
    range.reset()
    return `{"Items":[${items.join()}]}`
  }
}

self.onmessage = async ({ data: { id, op, payload } }) => {
  self.postMessage({ id, result: await operations[op](payload) })
}
