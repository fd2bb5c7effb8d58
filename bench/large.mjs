// GetItem at 1,000,000 items against GetItem at 10,000, in memory.
import { EngineClient } from 'ddblite'
import { finish, makeItem, pad, race, report, tableInput } from './support.mjs'

async function filled (count) {
  const db = new EngineClient({})
  await db.execute('CreateTable', tableInput('bench'))
  for (let i = 0; i < count; i += 1000) {
    await Promise.all(
      Array.from({ length: Math.min(1000, count - i) }, (_, n) =>
        db.execute('PutItem', {
          TableName: 'bench',
          Item: makeItem(`p${pad(i + n, 8)}`, 's', i + n)
        })
      )
    )
  }
  return db
}
console.log('\nGrowth: GetItem at 1,000,000 items and at 10,000 (in memory)')
const [small, large] = [await filled(10_000), await filled(1_000_000)]
const get = (db, i) =>
  db.execute('GetItem', { TableName: 'bench', Key: { pk: { S: `p${pad(i, 8)}` }, sk: { S: 's' } } })
const t = await race(
  {
    large: (i) => get(large, (i * 7919) % 1_000_000),
    small: (i) => get(small, (i * 7919) % 10_000)
  },
  { calls: 10000 }
)
report('GetItem', t.large, t.small, 1.5)
await small.close()
await large.close()
finish()
