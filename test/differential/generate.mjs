/*
 * generate.mjs - random requests: one function an operation makes a plausible request, and spoil()
 * makes many of them wrong, in ways a program does: a member left out, of another JSON type, out of
 * range, misspelt; an expression with a token too many; a key of another table.
 *
 * Everything works on a few small tables (TABLES), so that keys meet items and conditions hold
 * about as often as not.
 * Start at requestOf().
 */
import { tableInput } from '../api/support/targets.mjs'
import { binder, condition, keyCondition, projection, update } from './expressions.mjs'
import { VALUE_TYPES, item, keyOf, legacyCondition, value, word } from './values.mjs'

/** The tables both sides have: name -> what the generators need to know of it. */
export const TABLES = {
  Plain: { hash: 'pk:S' },
  Sorted: {
    hash: 'pk:S',
    range: 'sk:N',
    gsis: { byG: { hash: 'g', range: 'gs:N' }, byGKeys: { hash: 'g', project: 'KEYS_ONLY' } },
    lsis: { byL: { range: 'ls' }, byLPart: { range: 'u', project: ['v'] } }
  },
  Binary: { hash: 'pk:N', range: 'sk:B' }
}

/** CreateTable requests of TABLES. */
export const definitions = Object.entries(TABLES).map(([name, table]) => tableInput(name, table))

const tableNames = Object.keys(TABLES)
const enums = {
  ReturnConsumedCapacity: ['NONE', 'TOTAL', 'INDEXES'],
  ReturnItemCollectionMetrics: ['NONE', 'SIZE'],
  Select: ['ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES', 'SPECIFIC_ATTRIBUTES', 'COUNT'],
  ConditionalOperator: ['AND', 'OR']
}

/* ---- parts of requests ---- */

function addEnums (r, request, names) {
  for (const name of names) if (r.chance(0.15)) request[name] = r.pick(enums[name])
}

function addReturnValues (r, request, values) {
  if (r.chance(0.4)) request.ReturnValues = r.pick(values)
}

/* A condition as an expression or as Expected; sometimes both, which is wrong. */
function addCondition (r, request, bind) {
  if (r.chance(0.35)) request.ConditionExpression = condition(r, bind)
  if (r.chance(0.2)) {
    request.Expected = Object.fromEntries(r.some(0, 2, () => [word(r), expected(r)]))
    if (r.chance(0.3)) request.ConditionalOperator = r.pick(enums.ConditionalOperator)
  }
}

function expected (r) {
  switch (r.int(6)) {
    case 0: return { Exists: false }
    case 1: return { Value: value(r) }
    case 2: return { Exists: true, Value: value(r) }
    case 3: return { Exists: r.chance(0.5), ...(r.chance(0.5) && { Value: value(r) }) }
    case 4: return { ComparisonOperator: 'EQ', Value: value(r) }
    default: return legacyCondition(r)
  }
}

function addProjection (r, request, bind) {
  if (r.chance(0.3)) request.ProjectionExpression = projection(r, bind)
  if (r.chance(0.12)) request.AttributesToGet = r.some(0, 3, () => word(r))
}

function addFilter (r, request, bind, legacy) {
  if (r.chance(0.35)) request.FilterExpression = condition(r, bind)
  if (r.chance(0.15)) {
    request[legacy] = Object.fromEntries(r.some(0, 2, () => [word(r), legacyCondition(r)]))
    if (r.chance(0.3)) request.ConditionalOperator = r.pick(enums.ConditionalOperator)
  }
}

function startKey (r, name, request) {
  const key = keyOf(r, TABLES[name])
  if (request.IndexName && r.chance(0.8)) Object.assign(key, indexKey(r, request.IndexName))
  if (r.chance(0.15)) delete key[r.pick(Object.keys(key))]
  if (r.chance(0.1)) key[word(r)] = value(r)
  return key
}

function indexKey (r, index) {
  switch (index) {
    case 'byG': return { g: { S: r.pick(['a', 'b']) }, gs: { N: String(r.int(4)) } }
    case 'byGKeys': return { g: { S: r.pick(['a', 'b']) } }
    case 'byL': return { ls: { S: r.pick(['a', 'b']) } }
    default: return { u: { S: r.pick(['a', 'b']) } }
  }
}

function readRequest (r) {
  const name = r.pick(tableNames)
  const request = { TableName: name }
  const table = TABLES[name]
  const indexes = [...Object.keys(table.gsis ?? {}), ...Object.keys(table.lsis ?? {})]
  if (r.chance(0.35)) request.IndexName = indexes.length > 0 ? r.pick(indexes) : 'none'
  addEnums(r, request, ['ReturnConsumedCapacity', 'Select'])
  if (r.chance(0.3)) request.Limit = r.int(5)
  if (r.chance(0.15)) request.ConsistentRead = r.chance(0.5)
  return request
}

/* ---- operations on items ---- */

const operations = {
  PutItem (r) {
    const name = r.pick(tableNames)
    const bind = binder(r)
    const request = { TableName: name, Item: item(r, TABLES[name]) }
    addCondition(r, request, bind)
    addReturnValues(r, request, ['NONE', 'ALL_OLD', 'ALL_OLD', 'ALL_NEW'])
    addEnums(r, request, ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'])
    return bind.fill(request)
  },

  GetItem (r) {
    const name = r.pick(tableNames)
    const bind = binder(r)
    const request = { TableName: name, Key: keyOf(r, TABLES[name]) }
    addProjection(r, request, bind)
    if (r.chance(0.2)) request.ConsistentRead = r.chance(0.5)
    addEnums(r, request, ['ReturnConsumedCapacity'])
    return bind.fill(request)
  },

  UpdateItem (r) {
    const name = r.pick(tableNames)
    const bind = binder(r)
    const request = { TableName: name, Key: keyOf(r, TABLES[name]) }
    if (r.chance(0.75)) request.UpdateExpression = update(r, bind)
    if (r.chance(0.2)) request.AttributeUpdates = attributeUpdates(r)
    addCondition(r, request, bind)
    addReturnValues(r, request, ['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'])
    addEnums(r, request, ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'])
    return bind.fill(request)
  },

  DeleteItem (r) {
    const name = r.pick(tableNames)
    const bind = binder(r)
    const request = { TableName: name, Key: keyOf(r, TABLES[name]) }
    addCondition(r, request, bind)
    addReturnValues(r, request, ['NONE', 'ALL_OLD', 'ALL_OLD', 'UPDATED_NEW'])
    addEnums(r, request, ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'])
    return bind.fill(request)
  },

  Query (r) {
    const bind = binder(r)
    const request = readRequest(r)
    const table = TABLES[request.TableName]
    if (r.chance(0.8)) {
      request.KeyConditionExpression = keyCondition(r, bind, table, request.IndexName)
    } else {
      request.KeyConditions = Object.fromEntries([
        ['pk', { ComparisonOperator: 'EQ', AttributeValueList: [keyOf(r, table).pk] }],
        ...r.some(0, 1, () => [r.chance(0.6) ? 'sk' : word(r), legacyCondition(r)])
      ])
    }
    addFilter(r, request, bind, 'QueryFilter')
    addProjection(r, request, bind)
    if (r.chance(0.3)) request.ScanIndexForward = r.chance(0.5)
    if (r.chance(0.15)) request.ExclusiveStartKey = startKey(r, request.TableName, request)
    return bind.fill(request)
  },

  Scan (r) {
    const bind = binder(r)
    const request = readRequest(r)
    addFilter(r, request, bind, 'ScanFilter')
    addProjection(r, request, bind)
    if (r.chance(0.25)) {
      request.TotalSegments = r.int(4)
      request.Segment = r.int(4)
    }
    if (r.chance(0.15)) request.ExclusiveStartKey = startKey(r, request.TableName, request)
    return bind.fill(request)
  },

  BatchGetItem (r) {
    const request = { RequestItems: {} }
    for (const name of r.some(0, 2, () => r.pick(tableNames))) {
      const bind = binder(r)
      const part = { Keys: r.some(0, 4, () => keyOf(r, TABLES[name])) }
      addProjection(r, part, bind)
      if (r.chance(0.2)) part.ConsistentRead = r.chance(0.5)
      request.RequestItems[name] = bind.fill(part)
    }
    addEnums(r, request, ['ReturnConsumedCapacity'])
    return request
  },

  BatchWriteItem (r) {
    const request = { RequestItems: {} }
    for (const name of r.some(0, 2, () => r.pick(tableNames))) {
      request.RequestItems[name] = r.some(0, 3, () => r.chance(0.6)
        ? { PutRequest: { Item: item(r, TABLES[name]) } }
        : { DeleteRequest: { Key: keyOf(r, TABLES[name]) } })
    }
    addEnums(r, request, ['ReturnConsumedCapacity', 'ReturnItemCollectionMetrics'])
    return request
  },

  /* ---- operations on tables ---- */

  CreateTable: (r) => createTable(r),

  DescribeTable: (r) => ({ TableName: r.pick([...tableNames, 'Absent']) }),

  ListTables (r) {
    const request = {}
    if (r.chance(0.4)) request.Limit = r.pick([0, 1, 2, 3, 100, 101, 1000])
    if (r.chance(0.4)) request.ExclusiveStartTableName = r.pick(['Plain', 'Aaa', 'Zzz', 'a', 'a;b'])
    return request
  },

  /* Wrong on purpose, or of a table that is not there: a change takes time on the real service. */
  UpdateTable (r) {
    const request = { TableName: r.chance(0.7) ? 'Absent' : r.pick(tableNames) }
    if (r.chance(0.4)) request.BillingMode = r.pick(['PROVISIONED', 'PAY_PER_REQUEST'])
    if (r.chance(0.5)) {
      request.ProvisionedThroughput = { ReadCapacityUnits: r.int(3), WriteCapacityUnits: r.int(3) }
    }
    if (r.chance(0.6)) request.GlobalSecondaryIndexUpdates = r.some(0, 2, () => indexUpdate(r))
    return request
  },

  DeleteTable: (r) => ({ TableName: r.pick(['Absent', 'ab', 'a;b', 'x'.repeat(256)]) })
}

function attributeUpdates (r) {
  return Object.fromEntries(r.some(0, 3, () => {
    const part = {}
    if (r.chance(0.8)) part.Action = r.pick(['PUT', 'ADD', 'DELETE'])
    if (r.chance(0.8)) part.Value = value(r)
    return [word(r), part]
  }))
}

const schemaOf = (r) => r.some(0, 2, (i) => ({
  AttributeName: r.pick(['a', 'b', 'c']),
  KeyType: r.chance(0.85) ? ['HASH', 'RANGE', 'RANGE'][i] : r.pick(['HASH', 'RANGE'])
}))

function indexOf (r) {
  const index = {
    IndexName: r.pick(['one', 'two', 'three']),
    KeySchema: schemaOf(r),
    Projection: { ProjectionType: r.pick(['ALL', 'KEYS_ONLY', 'INCLUDE']) }
  }
  if (r.chance(0.3)) index.Projection.NonKeyAttributes = r.some(0, 2, () => r.pick(['x', 'y']))
  return index
}

function indexUpdate (r) {
  const ProvisionedThroughput = { ReadCapacityUnits: r.int(3), WriteCapacityUnits: r.int(3) }
  switch (r.int(4)) {
    case 0: return {}
    case 1: return { Delete: { IndexName: r.pick(['byG', 'none']) } }
    case 2: return { Update: { IndexName: r.pick(['byG', 'none']), ProvisionedThroughput } }
    default: return { Create: { ...indexOf(r), ...(r.chance(0.5) && { ProvisionedThroughput }) } }
  }
}

function createTable (r) {
  const used = ['a', 'b', 'c'].slice(0, 1 + r.int(3))
  const request = {
    TableName: r.chance(0.9) ? `New${r.int(1e6)}` : r.pick(tableNames),
    AttributeDefinitions: used.map((AttributeName) => (
      { AttributeName, AttributeType: r.pick(['S', 'N', 'B']) })),
    KeySchema: used.slice(0, 2).map((AttributeName, i) => (
      { AttributeName, KeyType: ['HASH', 'RANGE'][i] }))
  }
  if (r.chance(0.2)) request.KeySchema = schemaOf(r)
  const onDemand = r.chance(0.5)
  if (r.chance(0.9) && onDemand) request.BillingMode = 'PAY_PER_REQUEST'
  if (r.chance(0.1)) request.BillingMode = 'PROVISIONED'
  if (r.chance(onDemand ? 0.1 : 0.9)) {
    request.ProvisionedThroughput = { ReadCapacityUnits: r.int(4), WriteCapacityUnits: 1 }
  }
  if (r.chance(0.3)) request.LocalSecondaryIndexes = r.some(0, 2, () => indexOf(r))
  if (r.chance(0.3)) {
    request.GlobalSecondaryIndexes = r.some(0, 2, () => onDemand
      ? indexOf(r)
      : { ...indexOf(r), ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } })
  }
  return request
}

/* ---- wrong requests ---- */

const junk = [
  true, false, 0, -1, 1, 34.56, 101, '', 'a', 'ab', 'a;b', 'ALL', 'x'.repeat(256), null, [], {},
  [1], ['a'], [{}], [[]], { a: 1 }, { S: 'a' }, { S: 1 }, { N: '' }, { N: 'x' }, { SS: [] },
  { NS: ['1', '1'] }, { B: 'a' }, { B: 'abc=' }, { M: { a: {} } }, { L: [{ X: 1 }] }, { NULL: false },
  { S: 'a', N: '1' }, { BOOL: 'yes' }, { BOOL: 'maybe' }
]

/* Every place of a request: [holder, name]. */
function places (value, found = []) {
  if (value === null || typeof value !== 'object') return found
  for (const name of Object.keys(value)) {
    found.push([value, name])
    places(value[name], found)
  }
  return found
}

/** Makes the request wrong, most of the time. Works in place. */
export function spoil (r, request) {
  const all = places(request)
  /* Half of the mistakes are at the top, where the interesting members are. */
  const top = all.filter(([holder]) => holder === request)
  if (all.length === 0) return request
  const [holder, name] = r.pick(r.chance(0.5) ? top : all)
  switch (r.int(5)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(name), 1)
      else delete holder[name]
      break
    case 1:
      if (!Array.isArray(holder)) {
        holder[r.pick(['Unknown', name + 'x', name.toLowerCase()])] = holder[name]
      }
      break
    default: holder[name] = structuredClone(r.pick(junk))
  }
  return request
}

export const operationNames = Object.keys(operations)
export { VALUE_TYPES }

/** A random request of the operation; about every third is spoilt. */
export function requestOf (r, operation) {
  const request = operations[operation](r)
  for (let mistakes = r.pick([0, 0, 0, 0, 1, 1, 2]); mistakes > 0; mistakes--) spoil(r, request)
  return request
}
