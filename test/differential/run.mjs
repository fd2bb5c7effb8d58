#!/usr/bin/env node
/*
 * run.mjs - the same random requests to ddblite and to a reference, every answer compared.
 *
 *   node test/differential/run.mjs [--count 200] [--seed 1] [--only Query,Scan] [--rules]
 *
 * count is per operation. The reference is dynalite, or the endpoint in DDBLITE_DIFF_ENDPOINT
 * (DynamoDB Local, another emulator, the service itself; signed with the AWS_* variables, and
 * DDBLITE_DIFF_NAME chooses which rules apply).
 *
 * A difference must be explained by a rule of rules.mjs; one that is not fails the run and is
 * printed with its seed. --rules prints how often each rule was needed, and fails when one never
 * was: with a count of some thousands, such a rule is stale.
 * Start at main().
 */
import { parseArgs } from 'node:util'
import { canonical, ordered, outcome } from './compare.mjs'
import { TABLES, definitions, operationNames, requestOf } from './generate.mjs'
import { Random } from './random.mjs'
import { explain, rules } from './rules.mjs'
import { ourSide, referenceSide } from './sides.mjs'
import { item } from './values.mjs'

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    rules: { type: 'boolean', default: false },
    shown: { type: 'string', default: '20' }
  }
})

const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'])

/* ---- the state both sides share ---- */

async function untilTable (side, TableName, there) {
  for (let waited = 0; waited < 60000; waited += 5) {
    const { status, body } = await side.send('DescribeTable', { TableName })
    const states = status !== 200
      ? []
      : [body.Table, ...(body.Table.GlobalSecondaryIndexes ?? [])]
          .map((one) => one.TableStatus ?? one.IndexStatus)
    if (there ? states.length > 0 && states.every((s) => s === 'ACTIVE') : states.length === 0) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`${side.name}: ${TableName} does not settle`)
}

async function drop (side, TableName) {
  const { status } = await side.send('DescribeTable', { TableName })
  if (status !== 200) return
  await untilTable(side, TableName, true)
  await side.send('DeleteTable', { TableName })
  await untilTable(side, TableName, false)
}

async function prepare (sides, seed) {
  const r = new Random(seed)
  for (const side of sides) {
    for (const request of definitions) {
      await drop(side, request.TableName)
      const { status, body } = await side.send('CreateTable', request)
      if (status !== 200) throw new Error(`${side.name}: ${JSON.stringify(body)}`)
      await untilTable(side, request.TableName, true)
    }
  }
  for (const [TableName, table] of Object.entries(TABLES)) {
    for (let i = 0; i < 15; i++) await putBoth(sides, { TableName, Item: item(r, table) })
  }
}

/* An item that only one side takes must be on neither. */
async function putBoth (sides, request) {
  const answers = await Promise.all(sides.map((side) => side.send('PutItem', request)))
  const took = answers.map(({ status }) => status === 200)
  if (took[0] !== took[1]) await removeBoth(sides, request.TableName, request.Item)
}

async function removeBoth (sides, TableName, whole) {
  const Key = keyFrom(TableName, whole)
  await Promise.all(sides.map((side) => side.send('DeleteItem', { TableName, Key })))
}

function keyFrom (TableName, whole) {
  const { hash, range } = TABLES[TableName]
  const names = [hash, range].filter(Boolean).map((text) => text.split(':')[0])
  return Object.fromEntries(names.map((name) => [name, whole[name]]))
}

/* After a write that the sides took differently: the reference's items are put to ours, and what
 * cannot be equal is removed. */
async function level (sides) {
  for (const [TableName, { hash, range }] of Object.entries(TABLES)) {
    const names = [hash, range].filter(Boolean).map((text) => text.split(':')[0])
    const [ours, theirs] = await Promise.all(sides.map(async (side) => {
      const { body } = await side.send('Scan', { TableName, ConsistentRead: true })
      return new Map(body.Items.map((one) => [
        JSON.stringify(names.map((name) => one[name])), JSON.stringify(ordered(one))]))
    }))
    for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
      if (ours.get(key) === theirs.get(key)) continue
      await removeBoth(sides, TableName, JSON.parse(ours.get(key) ?? theirs.get(key)))
    }
  }
}

/* ---- the run ---- */

/** Requests of one operation; differences that no rule explains, grouped by what was said. */
async function runOperation (operation, sides, count, seed, groups) {
  for (let i = 0; i < count; i++) {
    const request = requestOf(new Random((seed * 1000003 + i * 7919) >>> 0), operation)
    const answers = () => Promise.all(sides.map((side) => ask(side, operation, request)))
    let [ours, theirs] = await answers()
    if (lost(request, theirs) && !lost(request, ours)) {
      await prepare(sides, seed)
      ;[ours, theirs] = await answers()
    }
    const pair = [ours, theirs].map((answer) => canonical(operation, answer))
    if (pair[0] !== pair[1]) {
      const context = { operation, request, ours, theirs, reference: sides[1].name }
      if (explain(context) === undefined) note(groups, context, pair)
      if (theirs.status === 0) await prepare(sides, seed)
      else if (WRITES.has(operation)) await level(sides)
    }
    if (ours.status === 200 || theirs.status === 200) await undo(operation, request, sides, seed)
  }
}

/* Under load dynalite loses a table that was dropped and made again at once. */
const lost = ({ TableName }, { body }) => TableName in TABLES &&
  body?.message === `Requested resource not found: Table: ${TableName} not found`

/* One answer; a write of one item tells with it what is stored then. */
async function ask (side, operation, request) {
  const answer = await side.send(operation, request)
  const whole = request.Key ?? request.Item
  if (answer.status !== 200 || !WRITES.has(operation) || whole === undefined) return answer
  const { body } = await side.send('GetItem', {
    TableName: request.TableName, Key: keyFrom(request.TableName, whole), ConsistentRead: true
  })
  answer.body['Item then'] = body.Item
  return answer
}

/* The tables as they were. */
async function undo (operation, { TableName }, sides, seed) {
  if (operation === 'CreateTable' && !(TableName in TABLES)) {
    for (const side of sides) await drop(side, TableName)
  }
  if (operation === 'UpdateTable' || operation === 'DeleteTable') await prepare(sides, seed)
}

/* The words of a message without what a request put into it. */
const template = (text) => text.replace(/'[^']*'|\[[^\]]*\]|\{[^}]*\}|\d+|(?<=[:;] )[#:]?[\w.]+$/g, '~')

function note (groups, { operation, request, ours, theirs }, pair) {
  const key = [operation, ...[ours, theirs].map((answer) => template(outcome(answer)))].join('\n')
  const group = groups.get(key) ?? { count: 0, operation, request, pair }
  /* The shortest request tells most. */
  if (JSON.stringify(request).length < JSON.stringify(group.request).length) {
    Object.assign(group, { request, pair })
  }
  group.count++
  groups.set(key, group)
}

function report (groups, names) {
  const all = [...groups.values()].sort((a, b) => b.count - a.count)
  for (const { count, operation, request, pair } of all.slice(0, Number(options.shown))) {
    console.log(`\n${count} x ${operation} ${JSON.stringify(request).slice(0, 1500)}`)
    names.forEach((name, i) => console.log(`  ${name.padEnd(9)} ${pair[i].slice(0, 900)}`))
  }
  if (all.length > Number(options.shown)) console.log(`\n... and ${all.length - options.shown} more`)
}

async function main () {
  const count = Number(options.count)
  const seed = Number(options.seed)
  const wanted = options.only ? options.only.split(',') : operationNames
  const sides = [ourSide(), await referenceSide()]
  const groups = new Map()
  try {
    await prepare(sides, seed)
    for (const operation of wanted) await runOperation(operation, sides, count, seed, groups)
  } finally {
    for (const side of sides) await side.close()
  }
  report(groups, sides.map((side) => side.name))
  const explained = rules.reduce((sum, rule) => sum + rule.used, 0)
  let unexplained = 0
  for (const group of groups.values()) unexplained += group.count
  console.log(`${wanted.length} operations x ${count} requests, seed ${seed}: ` +
    `${explained} differences explained, ${unexplained} not`)
  if (unexplained > 0) process.exitCode = 1
  if (options.rules) {
    for (const rule of rules) console.log(`${String(rule.used).padStart(6)}  ${rule.name}`)
    if (rules.some((rule) => rule.used === 0)) process.exitCode = 1
  }
}

await main()
process.exit() /* a server that died of a request may hold the process open */
