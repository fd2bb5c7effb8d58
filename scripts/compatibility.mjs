#!/usr/bin/env node
/*
 * compatibility.mjs - writes docs/compatibility.md: what of DynamoDB's API the engine has,
 * operation by operation and parameter by parameter, from what the engine says of itself.
 *
 *   node scripts/compatibility.mjs            writes the file
 *   node scripts/compatibility.mjs --check    fails when the file is not what would be written
 *
 * Operations and parameters that the AWS SDK has and the engine has not are listed as such.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, ourOperations, serviceOperations, versions } from './model/read.mjs'

const path = new URL('../docs/compatibility.md', import.meta.url)

const areas = [
  ['Items', ['PutItem', 'GetItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan', 'BatchGetItem',
    'BatchWriteItem', 'TransactWriteItems', 'TransactGetItems']],
  ['PartiQL', ['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction']],
  ['Tables', ['CreateTable', 'DescribeTable', 'ListTables', 'UpdateTable', 'DeleteTable',
    'UpdateTimeToLive', 'DescribeTimeToLive']],
  ['Streams', ['ListStreams', 'DescribeStream', 'GetShardIterator', 'GetRecords']]
]

/* One member as one row: name, type, bounds. */
function type (node) {
  switch (node.kind) {
    case 'list': return `list of ${type(node.of)}`
    case 'map': return `map of ${type(node.of)}`
    case 'struct': return 'structure'
    case 'AttributeValue': return 'attribute value'
    default: return node.values ? node.values.map((one) => `\`${one}\``).join(' ') : node.kind
  }
}

function bounds (node) {
  const what = node.kind === 'number' ? '' : node.kind === 'string' ? ' characters' : ' entries'
  const parts = []
  if (node.min !== undefined && node.max !== undefined) {
    parts.push(`${node.min} to ${node.max}${what}`)
  } else if (node.min !== undefined) {
    parts.push(`at least ${node.min}${what}`)
  } else if (node.max !== undefined) {
    parts.push(`at most ${node.max}${what}`)
  }
  if (node.pattern) parts.push(`\`${node.pattern.replaceAll('|', '\\|')}\``)
  return parts.join(', ')
}

/* The structure below a member, whatever lists and maps stand between. */
function inner (node, suffix = '') {
  if (node.kind === 'list') return inner(node.of, `${suffix}[]`)
  if (node.kind === 'map') return inner(node.of, `${suffix}{}`)
  return [node, suffix]
}

function * rows (prefix, members, service) {
  for (const [name, { required, node }] of members) {
    const place = `${prefix}${name}`
    yield [`\`${place}\``, required ? 'yes' : '', type(node), bounds(node)]
    const theirs = service?.get(name)?.node
    const [deep, suffix] = inner(node)
    if (deep.members) {
      yield * rows(`${place}${suffix}.`, deep.members, theirs && inner(theirs)[0].members)
    }
  }
  for (const name of service?.keys() ?? []) {
    if (!members.has(name)) yield [`\`${prefix}${name}\``, '', '**ignored**', '']
  }
}

function operationText (name, ours, theirs) {
  const lines = [`### ${name}`, '']
  if (ours.members.size === 0) return [...lines, 'No parameters.', '']
  lines.push('| parameter | required | type | bounds |', '|---|---|---|---|')
  for (const row of rows('', ours.members, theirs?.members)) lines.push(`| ${row.join(' | ')} |`)
  return [...lines, '']
}

export function compatibility (ours, theirs) {
  const missing = [...theirs.keys()].filter((name) => !ours.has(name)).sort()
  const placed = areas.flatMap(([, names]) => names)
  const others = [...ours.keys()].filter((name) => !placed.includes(name)).sort()
  const all = [...areas, ['Everything else', others]]
  const lines = [
    '# Compatibility',
    '',
    '<!-- Written by scripts/compatibility.mjs from the engine itself. Do not edit. -->',
    '',
    `The engine has ${ours.size} of the ${theirs.size} operations that the AWS SDK for JavaScript`,
    `${versions.dynamodb} (DynamoDB) and ${versions.streams} (DynamoDB Streams) has.`,
    missing.length === 0
      ? 'None is missing.'
      : `Missing: ${missing.map((name) => `\`${name}\``).join(', ')}.`,
    '',
    'The tables say what a request is checked against before an operation looks at it; each',
    'operation has further rules. A parameter marked **ignored** is in the SDK and is not read',
    'here: a request with it is answered as if it were not there, like every unknown member.',
    'Names may be ARNs wherever a bound of 1024 characters stands. What differs from the model',
    'on purpose is in [model-exceptions.json](model-exceptions.json), what nobody could tell us',
    'in [open-questions.md](open-questions.md).',
    ''
  ]
  for (const [area, names] of all) {
    lines.push(`## ${area}`, '')
    for (const name of names) {
      if (ours.has(name)) lines.push(...operationText(name, ours.get(name), theirs.get(name)))
      else lines.push(`### ${name}`, '', 'Missing.', '')
    }
  }
  return lines.join('\n')
}

const text = compatibility(ourOperations(await describe()), serviceOperations())
if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== text) {
    console.error('docs/compatibility.md is out of date: node scripts/compatibility.mjs')
    process.exitCode = 1
  }
} else {
  writeFileSync(path, text)
}
