// Resident memory of 10,000 items of about 1 KB with one GSI, in memory, above an idle engine.
import { EngineClient } from 'ddblite'
import { figure, finish, makeItem, pad, tableInput } from './support.mjs'

const settle = async () => {
  for (let i = 0; i < 5; i++) {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const db = new EngineClient({})
await db.execute(
  'CreateTable',
  tableInput('bench', {
    AttributeDefinitions: ['pk', 'sk', 'title'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S'
    })),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byTitle',
        KeySchema: [{ AttributeName: 'title', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' }
      }
    ]
  })
)
// The JavaScript heap is warmed by the same calls on another engine first, so that what is left is
// the items'.
const warm = new EngineClient({})
await warm.execute('CreateTable', tableInput('bench'))
for (let i = 0; i < 10000; i++)
  await warm.execute('PutItem', { TableName: 'bench', Item: makeItem('p', 's', i, 560) })
await warm.close()
await settle()
const idle = process.memoryUsage.rss()
for (let i = 0; i < 10000; i++)
  await db.execute('PutItem', { TableName: 'bench', Item: makeItem(`p${pad(i)}`, 's', i, 560) })
await settle()
console.log('\nMemory: 10,000 items of ~1 KB, one GSI')
figure('RSS above idle', (process.memoryUsage.rss() - idle) / 1048576, 'MB', 25)
await db.close()
finish()
