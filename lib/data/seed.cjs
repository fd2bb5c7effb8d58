/*
 * seed.cjs - seedData(): items into tables that are there.
 *
 *   source: { TableName: items }, a function or promise of it, JSON or NDJSON text, a file's path
 *   items:  a list or iterable of items, a function of one, or a Scan's answer ({ Items })
 *   item:   plain, in DynamoDB's JSON, { Item }, { PutRequest } or { DeleteRequest }
 *
 * Items go in batches of 25 through BatchWriteItem, a burst of batches in one commit. What comes
 * back unprocessed is sent again.
 */
'use strict'

const { DATES, DataError, isMarshalled, isPlainObject, marshallItem } = require('./marshal.cjs')
const { builtin, isPath, pathOf } = require('../schema/source.cjs')

const BATCH = 25 /* BatchWriteItem's most */
const BURST = 40 /* batches a commit */
const ROUNDS_MAX = 10 /* how often an item may come back unprocessed */

/**
 * Puts items. Resolves to { items, tables }: how many in all, and by table.
 * Rejects with a DataError for what cannot be an item, or with the engine's error.
 */
async function seedData (db, source, options = {}) {
  checkOptions(options)
  const tables = {}
  let items = 0
  for await (const [table, list] of tablesOf(source, options)) {
    const count = await seedTable(db, table, list, options)
    tables[table] = (tables[table] ?? 0) + count
    items += count
  }
  return { items, tables }
}

function checkOptions ({ format, dates, table }, method = 'seedData') {
  if (format !== undefined && !['plain', 'dynamodb'].includes(format)) {
    throw new TypeError(`${method}: format must be 'plain' or 'dynamodb', not ${format}`)
  }
  if (dates !== undefined && dates !== 'error' && !Object.hasOwn(DATES, dates)) {
    throw new TypeError(
      `${method}: dates must be 'error' or one of ${Object.keys(DATES).join(', ')}, not ${dates}`)
  }
  if (table !== undefined && typeof table !== 'string') {
    throw new TypeError(`${method}: table must be a text`)
  }
}

/* ---- sources ---- */

/* [table, items] of a source. */
async function * tablesOf (source, options) {
  const given = await (typeof source === 'function' ? source() : source)
  if (isPath(given)) {
    const path = pathOf(given)
    const { readFileSync } = builtin('node:fs')
    const name = builtin('node:path').basename(path).replace(/\.[^.]*$/, '')
    yield * entries(parse(readFileSync(path, 'utf8')), { table: name, ...options })
  } else if (typeof given === 'string') {
    yield * entries(parse(given), options)
  } else if (given instanceof Uint8Array) {
    yield * entries(parse(new TextDecoder().decode(given)), options)
  } else {
    yield * entries(given, options)
  }
}

/** [table, items] of what a document holds. */
function entries (given, { table }) {
  if (isPlainObject(given)) {
    const one = itemsOf(given)
    if (one === undefined) return Object.entries(given.RequestItems ?? given)
    given = one
  }
  if (!isIterable(given)) throw new DataError('Data is { TableName: items }, or items')
  if (table === undefined) throw new DataError('Say which table the items are for: `table`')
  return [[table, given]]
}

/* The items of an answer of Scan or Query, whose other members are numbers and keys. */
const itemsOf = value => isPlainObject(value) && Array.isArray(value.Items) &&
  Object.keys(value).every(name => ['Items', 'Count', 'ScannedCount', 'LastEvaluatedKey',
    'ConsumedCapacity', 'NextToken', '$metadata'].includes(name))
  ? value.Items
  : undefined

const isIterable = value => value !== null && typeof value === 'object' &&
  (value[Symbol.iterator] ?? value[Symbol.asyncIterator]) !== undefined

/** JSON, or a JSON value a line. */
function parse (text) {
  if (text.startsWith('\uFEFF')) text = text.slice(1)
  try {
    return JSON.parse(text)
  } catch (error) {
    const lines = text.split('\n')
    if (lines.filter(line => line.trim() !== '').length < 2) {
      throw new DataError(`It is not JSON: ${error.message}`)
    }
    return lines.flatMap((line, i) => {
      if (line.trim() === '') return []
      try {
        return [JSON.parse(line)]
      } catch (error) {
        throw new DataError(`Line ${i + 1} is not JSON: ${error.message}`)
      }
    })
  }
}

/* ---- one table ---- */

/** What a table's items are given as, as an iterable. */
async function itemsIn (table, given) {
  const list = await (typeof given === 'function' ? given() : given)
  const items = itemsOf(list) ?? list
  if (!isIterable(items)) throw new DataError('Its items are no list', { table })
  return items
}

async function seedTable (db, table, given, options) {
  const items = await itemsIn(table, given)
  let burst = []
  let index = 0
  for await (const item of items) {
    burst.push(requestOf(item, options, { table, index: index++ }))
    if (burst.length === BATCH * BURST) {
      await writeAll(db, table, burst)
      burst = []
    }
  }
  await writeAll(db, table, burst)
  return index
}

/** An item in any form as an element of a BatchWriteItem request. Throws a DataError. */
function requestOf (item, { format, dates }, where) {
  if (isPlainObject(item)) {
    const names = Object.keys(item)
    if (names.length === 1) {
      const [name] = names
      if (name === 'PutRequest' && isPlainObject(item[name]?.Item)) {
        return requestOf(item[name].Item, { format, dates }, where)
      }
      if (name === 'DeleteRequest' && isPlainObject(item[name]?.Key)) {
        const { PutRequest } = requestOf(item[name].Key, { format, dates }, where)
        return { DeleteRequest: { Key: PutRequest.Item } }
      }
      if (name === 'Item' && isMarshalled(item[name])) return { PutRequest: { Item: item[name] } }
    }
  }
  if (format === 'dynamodb' || (format === undefined && isMarshalled(item))) {
    return { PutRequest: { Item: item } }
  }
  return { PutRequest: { Item: marshallItem(item, { dates }, where) } }
}

/** Runs the elements of BatchWriteItem requests for a table. */
async function writeAll (db, table, requests) {
  const batches = []
  for (let i = 0; i < requests.length; i += BATCH) batches.push(requests.slice(i, i + BATCH))
  await Promise.all(batches.map(batch => writeBatch(db, table, batch)))
}

async function writeBatch (db, table, batch) {
  let left = batch
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const { UnprocessedItems } =
      await db.execute('BatchWriteItem', { RequestItems: { [table]: left } })
    left = UnprocessedItems?.[table] ?? []
    if (left.length === 0) return
  }
  throw new DataError(`${left.length} items were not taken in ${ROUNDS_MAX} rounds`, { table })
}

module.exports = {
  checkOptions, entries, itemsIn, parse, requestOf, seedData, writeAll, writeBatch
}
