// Other emulators beside ddblite, on the same requests: dynalite and dynoxide over HTTP through the
// AWS SDK, and dynoxide's own embedded mode (Rust, no JavaScript) beside EngineClient.execute.
// dynoxide needs cargo; without it that row is left out, and the output says so.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand
} from '@aws-sdk/client-dynamodb'
import { EngineClient } from 'ddblite'
import { clientConfig } from 'ddblite/aws'
import { serve } from 'ddblite/server'
import { dynoxideEmbedded, sdk, startEmulators } from './emulators.mjs'
import { makeItem, pad, race, scratch, tableInput } from './support.mjs'

const partitions = 20
const each = 50
const all = []
for (let p = 0; p < partitions; p++)
  for (let s = 0; s < each; s++) all.push(makeItem(`p${pad(p)}`, `s${pad(s)}`, p * each + s))
const Key = (i) => {
  const { pk, sk } = all[(i * 7919) % all.length]
  return { pk, sk }
}
const fresh = (i) => ({ ...makeItem('x', 'x', i), ...Key(i) })
const make = {
  GetItem: (i) => ({ TableName: 'bench', Key: Key(i) }),
  PutItem: (i) => ({ TableName: 'bench', Item: fresh(i) }),
  UpdateItem: (i) => ({
    TableName: 'bench',
    Key: Key(i),
    UpdateExpression: 'SET rating = :r',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: { ':r': { N: String(i % 10) } }
  }),
  Query: (i) => ({
    TableName: 'bench',
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: `p${pad(i % partitions)}` } }
  }),
  BatchWriteItem: (i) => ({
    RequestItems: {
      bench: Array.from({ length: 25 }, (_, n) => ({ PutRequest: { Item: fresh(i * 25 + n) } }))
    }
  }),
  TransactWriteItems: (i) => ({
    TransactItems: Array.from({ length: 4 }, (_, n) => ({
      Put: { TableName: 'bench', Item: fresh(i * 4 + n) }
    }))
  })
}
const commands = {
  GetItem: GetItemCommand,
  PutItem: PutItemCommand,
  UpdateItem: UpdateItemCommand,
  Query: QueryCommand,
  BatchWriteItem: BatchWriteItemCommand,
  TransactWriteItems: TransactWriteItemsCommand
}
const calls = {
  GetItem: 200,
  PutItem: 200,
  UpdateItem: 200,
  Query: 50,
  BatchWriteItem: 20,
  TransactWriteItems: 50
}

console.log('\nPeers: microseconds a call, and how many times slower than ddblite on the same road')
const peer = dynoxideEmbedded()
const stop = []
const clients = {}
const inProcess = new EngineClient({})
clients['ddblite SDK in-process'] = new DynamoDBClient(clientConfig(inProcess))
const served = await serve(new EngineClient({}), { port: 0 })
stop.push(() => served.close())
clients['ddblite HTTP'] = sdk(served.url)
const emulators = await startEmulators()
stop.push(emulators.stop)
for (const [name, endpoint] of Object.entries(emulators.endpoints)) clients[name] = sdk(endpoint)
for (const client of Object.values(clients)) {
  await client.send(new CreateTableCommand(tableInput('bench')))
  await new Promise((resolve) => setTimeout(resolve, 100))
  for (const Item of all) await client.send(new PutItemCommand({ TableName: 'bench', Item }))
}

const direct = new EngineClient({})
await direct.execute('CreateTable', tableInput('bench'))
for (const Item of all) await direct.execute('PutItem', { TableName: 'bench', Item })
let embedded
if (peer) {
  const workload = join(scratch(), 'workload.json')
  const list = (op, n) => Array.from({ length: n }, (_, i) => make[op](i))
  writeFileSync(
    workload,
    JSON.stringify({
      CreateTable: tableInput('bench'),
      load: all.map((Item) => ({ TableName: 'bench', Item })),
      ...Object.fromEntries(
        Object.keys(make).map((op) => [op, list(op, op === 'Query' ? 100 : 500)])
      )
    })
  )
  embedded = JSON.parse(execFileSync(peer, [workload]).toString())
}

const line = (label, us, base) =>
  console.log(
    `    ${label.padEnd(40)} ${us.toFixed(1).padStart(9)} us  ${(us / base).toFixed(2).padStart(6)}x`
  )
for (const op of Object.keys(make)) {
  console.log(`  ${op}`)
  const own = await race(
    { execute: (i) => direct.execute(op, make[op](i)) },
    { calls: calls[op] * 5, rounds: 5 }
  )
  line('ddblite execute (JavaScript objects)', own.execute, own.execute)
  if (embedded) line('dynoxide embedded (Rust, no JSON)', embedded[op], own.execute)
  const able = {}
  for (const [name, client] of Object.entries(clients)) {
    const send = (i) => client.send(new commands[op](make[op](i)))
    if (
      await send(0).then(
        () => true,
        () => false
      )
    )
      able[name] = send
    else console.log(`    ${name.padEnd(40)} cannot do it`)
  }
  const t = await race(able, { calls: calls[op], rounds: 3 })
  for (const [name, us] of Object.entries(t))
    line(name, us, name === 'ddblite SDK in-process' ? us : t['ddblite HTTP'])
}
for (const end of stop) await end()
for (const client of Object.values(clients)) client.destroy()
await direct.close()
await inProcess.close()
process.exit(0)
