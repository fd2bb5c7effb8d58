// What isolating a test costs: 5 tables with 1,000 items of about 440 bytes in all, in memory, and
// with five times as many.
// A test that restores, or takes a fork, before it begins pays for nothing else.
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  CreateTableCommand, DeleteTableCommand, DynamoDBClient, PutItemCommand, QueryCommand
} from '@aws-sdk/client-dynamodb'
import { EngineClient } from 'ddblite'
import { clientConfig } from 'ddblite/aws'
import { sdk, startEmulators } from './emulators.mjs'
import { figure, finish, makeItem, pad, report, tableInput } from './support.mjs'

const TABLES = 5
const ROUNDS = 15

const median = list => [...list].sort((a, b) => a - b)[list.length >> 1]

async function filled (items) {
  const db = new EngineClient()
  for (let t = 0; t < TABLES; t++) {
    const TableName = `table${t}`
    await db.execute('CreateTable', tableInput(TableName))
    await Promise.all(
      Array.from({ length: items }, (_, i) =>
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

await isolate(1000, { change: 2, reset: 1 })
await isolate(5000)

/* Prints what goes back to the state before a test costs, with this many items in all. */
async function isolate (items, target = {}) {
  console.log(`\nIsolating a test: ${TABLES} tables with ${items} items in all, milliseconds`)
  const db = await filled(items / TABLES)
  const full = await db.snapshot()
  const touch = () =>
    db.execute('PutItem', { TableName: 'table0', Item: makeItem('new', '1', 1) })
  const goBack = () => db.restore(full)
  figure('snapshot', await time(() => db.snapshot(), touch), 'ms')
  figure('restore', await time(goBack, touch), 'ms', target.change)
  let fork
  const closeFork = async () => fork?.close()
  figure('fork', await time(async () => { fork = await db.fork() }, closeFork), 'ms', target.change)
  await closeFork()
  figure('reset, tables kept', await time(() => db.reset({ keepSchema: true }), goBack), 'ms', target.reset)
  figure('reset', await time(() => db.reset(), goBack), 'ms', target.reset)
  await db.close()
}

console.log('\nIsolating a test: a table without items, milliseconds')
const small = new EngineClient()
await small.execute('CreateTable', tableInput('table0'))
const empty = await small.snapshot()
figure('restore', await time(() => small.restore(empty)), 'ms', 1)
figure('reset, tables kept', await time(() => small.reset({ keepSchema: true })), 'ms', 1)
await small.close()

// What isolation adds to a test that does nothing, in the runners.
const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const runners = {
  'node:test': ['bench/empty/node.test.mjs'],
  vitest: [vitest, 'run', '--root', root, '--dir', 'bench/empty', 'bench/empty/vitest.test.mjs']
}
function emptyTest (args, more) {
  const env = { ...process.env, ...more, NO_COLOR: '1' }
  const text = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', env })
  return Number(text.match(/a test took ([\d.]+) ms/)[1])
}
console.log('\nAn empty test, with a database that goes back before it and without, milliseconds')
for (const [name, args] of Object.entries(runners)) {
  const rounds = [1, 2, 3].map(() => [emptyTest(args, {}), emptyTest(args, { WITH_DATABASE: '1' })])
  const [plain, isolated] = [0, 1].map((i) => median(rounds.map((round) => round[i])))
  console.log(`  ${name}: ${plain.toFixed(2)} without, ${isolated.toFixed(2)} with`)
  figure(`isolation adds in ${name}`, isolated - plain, 'ms', 1)
}

// A test suite through the AWS SDK, in turns; each client has what a test file would give it.
const TESTS = 50
const SUITES = 3

async function suite (client, tests) {
  for (let t = 0; t < tests; t++) {
    const TableName = `suite-${t}`
    await client.send(new CreateTableCommand(tableInput(TableName)))
    for (let i = 0; i < 100; i++)
      await client.send(new PutItemCommand({ TableName, Item: makeItem(`p${i % 10}`, pad(i), i) }))
    for (let p = 0; p < 10; p++) {
      const { Count } = await client.send(new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: `p${p}` } }
      }))
      if (Count !== 10) throw new Error(`${Count} items`)
    }
    await client.send(new DeleteTableCommand({ TableName }))
  }
}

console.log(`\n${TESTS} tests through the AWS SDK (a table, 100 puts, 10 queries, drop), milliseconds`)
const emulators = await startEmulators()
const own = new EngineClient()
const names = { ddblite: new DynamoDBClient(clientConfig(own)) }
for (const [name, url] of Object.entries(emulators.endpoints)) names[name] = sdk(url)
const runs = Object.fromEntries(Object.keys(names).map((name) => [name, { wall: [], cpu: [] }]))
const cpuOf = (name) => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000 + emulators.cpu(name)
}
for (const client of Object.values(names)) await suite(client, 5) // warms up
for (let round = 0; round < SUITES; round++) {
  for (const [name, client] of Object.entries(names)) {
    globalThis.gc?.()
    const start = performance.now()
    const cpu = cpuOf(name)
    await suite(client, TESTS)
    runs[name].wall.push(performance.now() - start)
    runs[name].cpu.push(cpuOf(name) - cpu)
  }
}
for (const [name, target] of [['dynalite HTTP', 5], ['dynoxide HTTP', 3]]) {
  if (!runs[name]) continue
  const more = { atLeast: true, unit: 'ms' }
  report(`${name} : ddblite`, median(runs[name].wall), median(runs.ddblite.wall), target, more)
  // What a machine that is busy with other things cannot distort.
  report('  CPU time of all processes', median(runs[name].cpu), median(runs.ddblite.cpu), undefined, more)
}
for (const client of Object.values(names)) client.destroy()
emulators.stop()
await own.close()
finish()
process.exit()
