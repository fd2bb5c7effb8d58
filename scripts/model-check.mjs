#!/usr/bin/env node
/*
 * model-check.mjs - compares what our engine checks requests against with the service's model, for
 * every operation and member, and with types/.
 *
 *   node scripts/model-check.mjs [--write]
 *
 * The service's side is the AWS SDK and scripts/model/dynamodb.json (see scripts/model/read.mjs).
 * What differs on purpose stands, with its reason, in docs/model-exceptions.json. That list may
 * only shrink: an entry that is no longer needed fails, and so does one more than its `atMost`.
 * --write drops entries that are no longer needed and lowers atMost.
 *
 * types/ must have the members of every request of ours, the required ones required: a file of
 * assertions is generated and given to tsc.
 * Start at main(); differences() is the comparison.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { describe, ourOperations, serviceOperations } from './model/read.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const exceptionsPath = join(root, 'docs', 'model-exceptions.json')

/* ---- the comparison ---- */

const same = (a, b) => JSON.stringify([...a].sort()) === JSON.stringify([...b].sort())

/* Two bounds are alike when nothing passes one and not the other: a length is never below 0. */
const bound = (name, value) => (name === 'min' && value === 0 ? undefined : value)

function * nodeDifferences (path, ours, theirs) {
  if (ours.kind !== theirs.kind) {
    yield `${path}: ${ours.kind} here, ${theirs.kind} in the model`
    return
  }
  for (const name of ['min', 'max', 'pattern']) {
    const [a, b] = [ours, theirs].map((node) => bound(name, node[name]))
    if (a !== b) yield `${path}: ${name} ${a ?? 'none'} here, ${b ?? 'none'} in the model`
  }
  if (!same(ours.values ?? [], theirs.values ?? [])) {
    yield `${path}: [${ours.values ?? ''}] here, [${theirs.values ?? ''}] in the model`
  }
  if (ours.key || theirs.key) {
    yield * nodeDifferences(`${path}{key}`, ours.key ?? { kind: 'string' }, theirs.key ??
      { kind: 'string' })
  }
  if (ours.of && theirs.of) {
    yield * nodeDifferences(`${path}${ours.kind === 'map' ? '{}' : '[]'}`, ours.of, theirs.of)
  }
  if (ours.members) yield * memberDifferences(path, ours.members, theirs.members)
}

function * memberDifferences (path, ours, theirs) {
  for (const [name, { required, node }] of theirs) {
    const one = ours.get(name)
    if (one === undefined) {
      yield `${path}.${name}: absent here`
      continue
    }
    if (one.required !== required) {
      yield `${path}.${name}: required ${required ? 'in the model' : 'here'} only`
    }
    yield * nodeDifferences(`${path}.${name}`, one.node, node)
  }
  for (const name of ours.keys()) if (!theirs.has(name)) yield `${path}.${name}: here only`
}

/** Every difference between two Maps of operations, as a text that names its place. */
export function differences (ours, theirs) {
  const found = []
  for (const [name, node] of theirs) {
    if (ours.has(name)) found.push(...nodeDifferences(name, ours.get(name), node))
    else found.push(`${name}: no such operation here`)
  }
  for (const name of ours.keys()) if (!theirs.has(name)) found.push(`${name}: here only`)
  return found
}

/** What is wrong with the list of exceptions, given the differences there are. */
export function judge (found, { atMost, exceptions }) {
  const listed = Object.keys(exceptions)
  return [
    ...found.filter((one) => !listed.includes(one)).map((one) => `not listed: ${one}`),
    ...listed.filter((one) => !found.includes(one)).map((one) => `no longer true: ${one}`),
    ...(listed.length > atMost ? [`${listed.length} exceptions, at most ${atMost} may be`] : [])
  ]
}

/* ---- types ---- */

/* For each operation the members of its request in types/, by name, and which are required: here
 * or in the model, for an operation may check with texts of its own. */
function typeAssertions (ours, theirs) {
  const lines = [
    "import type { Operations } from 'ddblite'",
    'type Every<T> = T extends unknown ? keyof T : never',
    'type Needed<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? never : K }[keyof T]',
    'type Same<A, B> = [A, B] extends [B, A] ? true : { is: A, must: B }'
  ]
  const union = (names) => names.map((name) => `'${name}'`).join(' | ') || 'never'
  for (const [name, { members }] of ours) {
    const request = `NonNullable<Operations['${name}']['request']>`
    const needed = [...members.keys()].filter((one) =>
      members.get(one).required || theirs.get(name)?.members.get(one)?.required)
    lines.push(
      `export const ${name}: Same<Every<${request}>, ${union([...members.keys()])}> = true`,
      `export const ${name}_: Same<Needed<${request}>, ${union(needed)}> = true`)
  }
  return lines.join('\n') + '\n'
}

function checkTypes (ours, theirs) {
  const folder = join(root, 'build', 'model-types')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'requests.mts'), typeAssertions(ours, theirs))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: {
      strict: true, noEmit: true, module: 'nodenext', target: 'es2022', types: []
    },
    files: ['requests.mts']
  }))
  const tsc = realpathSync(join(root, 'node_modules', '.bin', 'tsc'))
  try {
    execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
    return []
  } catch (error) {
    return error.stdout.split('\n').filter(Boolean).map((line) => `types: ${line}`)
  }
}

/* ---- */

async function main () {
  const ours = ourOperations(await describe())
  const theirs = serviceOperations()
  const found = differences(ours, theirs)
  const list = JSON.parse(readFileSync(exceptionsPath, 'utf8'))
  if (process.argv.includes('--write')) {
    for (const one of Object.keys(list.exceptions)) {
      if (!found.includes(one)) delete list.exceptions[one]
    }
    list.atMost = Math.min(list.atMost, Object.keys(list.exceptions).length)
    writeFileSync(exceptionsPath, JSON.stringify(list, null, 2) + '\n')
  }
  const wrong = [...judge(found, list), ...checkTypes(ours, theirs)]
  for (const one of wrong) console.error(one)
  console.log(`model: ${ours.size} operations, ${found.length} differences, ` +
    `${Object.keys(list.exceptions).length} of them listed`)
  if (wrong.length > 0) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
