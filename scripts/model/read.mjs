/*
 * read.mjs - requests as trees: ours, as the engine describes them, and the service's, as the AWS
 * SDK and dynamodb.json do. The SDK ships members, their kinds, which are required, and
 * enumerations; dynamodb.json adds lengths, ranges, patterns and which member has which
 * enumeration.
 *
 *   { kind, min?, max?, pattern?, values?, of?, members?: Map(name -> { required, node }) }
 *   kind: string number boolean blob timestamp list map struct AttributeValue
 *
 * Start at ourOperations() and serviceOperations(); both give Map(operation -> tree).
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as streams from '@aws-sdk/client-dynamodb-streams'

const model = JSON.parse(readFileSync(new URL('dynamodb.json', import.meta.url), 'utf8'))

const versionOf = (name) => createRequire(import.meta.url)(`${name}/package.json`).version

/** Of the SDK's packages. */
export const versions = {
  dynamodb: versionOf('@aws-sdk/client-dynamodb'),
  streams: versionOf('@aws-sdk/client-dynamodb-streams')
}

/* ---- ours ---- */

/** What the engine says of itself: [{ name, writes, streams, request }]. */
export async function describe () {
  const { EngineClient } = createRequire(import.meta.url)('../../lib/index.cjs')
  const db = new EngineClient()
  await db.ready()
  const { addon, handle } = EngineClient.internals(db)
  const text = addon.describe(handle)
  await db.close()
  return JSON.parse(text)
}

const numbers = new Set(['integer', 'long', 'double'])

function ourNode (shape) {
  const { kind, min, max, pattern, values, orArn } = shape
  if (kind === 'attributes') return { kind: 'map', of: { kind: 'AttributeValue' } }
  const node = { kind: kind === 'enum' ? 'string' : numbers.has(kind) ? 'number' : kind }
  /* A name or an ARN: the model has the bounds of both together. */
  Object.assign(node, orArn ? { min: 1, max: 1024 } : { min, max, pattern })
  if (values) node.values = values
  if (shape.of) node.of = ourNode(shape.of)
  if (shape.key) node.key = ourNode(shape.key)
  if (shape.members) {
    node.members = new Map(shape.members.map((one) =>
      [one.name, { required: one.required, node: ourNode(one.shape) }]))
  }
  return node
}

export const ourOperations = (described) =>
  new Map(described.map(({ name, request }) => [name, ourNode(request)]))

/* ---- the service's ---- */

const simple = {
  0: 'string', 1: 'number', 2: 'boolean', 4: 'timestamp', 5: 'timestamp', 6: 'timestamp',
  7: 'timestamp', 21: 'blob'
}
const LIST = 64
const MAP = 128

/* The SDK's form: a number is a simple type, plus 64 for a list or 128 for a map of it; an array
 * is [kind, namespace, name, traits, ...], where 1 is a list, 2 a map, 3 a structure and 4 a
 * union; a function returns either. */
function sdkNode (schema) {
  const s = typeof schema === 'function' ? schema() : schema
  if (typeof s === 'number') {
    if (s >= MAP) return { kind: 'map', of: sdkNode(s - MAP) }
    if (s >= LIST) return { kind: 'list', of: sdkNode(s - LIST) }
    if (simple[s] === undefined) throw new Error(`the SDK has a type ${s}`)
    return { kind: simple[s] }
  }
  if (s.length === 2) return sdkNode(s[0]) /* with traits of the member */
  const [kind, , name, , first, second, required] = s
  if (name === 'AttributeValue') return { kind: 'AttributeValue' }
  if (kind === 1) return { kind: 'list', of: sdkNode(first) }
  if (kind === 2) return { kind: 'map', of: sdkNode(second) }
  if (kind !== 3 && kind !== 4) throw new Error(`the SDK has a schema of kind ${kind}: ${name}`)
  return {
    kind: 'struct',
    members: new Map(first.map((member, i) =>
      [member, { required: i < (required ?? 0), node: sdkNode(second[i]) }]))
  }
}

/* Puts what dynamodb.json knows onto the SDK's tree. */
function constrain (node, known) {
  if (known === undefined) return
  const { min, max, pattern } = known
  Object.assign(node, { min, max, pattern })
  if (known.enum) {
    const { enum: name } = known
    node.values = Object.values(dynamodb[name] ?? streams[name] ?? model.enums[name])
  }
  if (known.list) constrain(node.of, known.list)
  if (known.map) {
    constrain(node.of, known.map)
    node.key = { kind: 'string', ...known.key }
  }
  if (known.shape && node.members) constrainMembers(node, model.shapes[known.shape])
}

function constrainMembers (node, known = {}) {
  for (const [name, member] of node.members) constrain(member.node, known[name])
}

export function serviceOperations () {
  const found = new Map()
  for (const sdk of [dynamodb, streams]) {
    for (const name of Object.keys(sdk).filter((one) => /^\w+Command$/.test(one))) {
      const operation = name.slice(0, -'Command'.length)
      const [, , , , input] = sdk[`${operation}$`]
      const node = sdkNode(input ?? sdk[`${operation}Input$`])
      constrainMembers(node, model.operations[operation])
      found.set(operation, node)
    }
  }
  return found
}
