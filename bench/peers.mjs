// Other emulators beside ddblite, on the same requests: dynalite and dynoxide over HTTP through the
// AWS SDK, and dynoxide's own embedded mode (Rust, no JavaScript) beside EngineClient.execute.
// dynoxide needs cargo; without it that row is left out, and the output says so.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
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
import dynalite from 'dynalite'
import { EngineClient } from 'ddblite'
import { clientConfig } from 'ddblite/aws'
import { serve } from 'ddblite/server'
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

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
const sdk = (endpoint) =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'a' }
  })

const root = fileURLToPath(new URL('..', import.meta.url))
function cargo (...args) {
  execFileSync('cargo', args, { stdio: ['ignore', 'ignore', 'ignore'], timeout: 1_500_000 })
}

/** The dynoxide programs, built on first use; undefined where cargo is not at hand. */
function dynoxide () {
  try {
    const server = process.env.DYNOXIDE ?? join(root, 'build/dynoxide/bin/dynoxide')
    if (!existsSync(server))
      cargo('install', 'dynoxide-rs', '--version', '3.2.0', '--root', join(root, 'build/dynoxide'))
    const embedded = join(root, 'build/dynoxide/embedded/release/bench-dynoxide')
    if (!existsSync(embedded))
      cargo(
        'build',
        '--release',
        '--manifest-path',
        join(root, 'bench/dynoxide/Cargo.toml'),
        '--target-dir',
        join(root, 'build/dynoxide/embedded')
      )
    return { server, embedded }
  } catch {
    console.log('  (dynoxide left out: cargo could not build it)')
    return undefined
  }
}

console.log('\nPeers: microseconds a call, and how many times slower than ddblite on the same road')
const peer = dynoxide()
const stop = []
const clients = {}
const inProcess = new EngineClient({})
clients['ddblite SDK in-process'] = new DynamoDBClient(clientConfig(inProcess))
const served = await serve(new EngineClient({}), { port: 0 })
stop.push(() => served.close())
clients['ddblite HTTP'] = sdk(served.url)
const local = dynalite({ createTableMs: 0 })
await new Promise((resolve) => local.listen(0, '127.0.0.1', resolve))
stop.push(() => local.close())
clients['dynalite HTTP'] = sdk(`http://127.0.0.1:${local.address().port}`)
if (peer) {
  const port = await freePort()
  const child = spawn(peer.server, ['serve', '--port', String(port)], { stdio: 'ignore' })
  stop.push(() => child.kill())
  clients['dynoxide HTTP'] = sdk(`http://127.0.0.1:${port}`)
  for (
    let i = 0;
    i < 100 &&
    !(await fetch(`http://127.0.0.1:${port}`).then(
      () => true,
      () => false
    ));
    i++
  )
    await new Promise((resolve) => setTimeout(resolve, 50))
}
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
  embedded = JSON.parse(execFileSync(peer.embedded, [workload]).toString())
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
