/*
 * local.cjs - the database files of DynamoDB Local: shared-local-instance.db, <key>_<region>.db.
 *
 *   ddblite.ReadDynamoDBLocal -> TableInfo (JSON) -> CreateTable requests;  ObjectJSON -> items
 *
 *   TableInfo  Attributes: definitions; SQLiteIndex: { "": keys of the table, "<index>": keys },
 *              each { DynamoDBAttribute: { AttributeName }, KeyType }; GSIList: global indexes as
 *              in CreateTable
 *
 * This is what files of it look like in public descriptions. What is not in that form is refused
 * with a DataError, and not guessed. The projection of a local index is not in those descriptions:
 * without one in LSIList it is ALL. Streams, expiry and tags are not read.
 */
'use strict'

const { DataError, isMarshalled } = require('./marshal.cjs')
const { builtin } = require('../schema/source.cjs')
const { defined, isObject, pick } = require('../schema/tables.cjs')

const MAGIC = 'SQLite format 3\0'

/** Is it an SQLite file? */
function isDatabase (file) {
  const fs = builtin('node:fs')
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false
  const fd = fs.openSync(file, 'r')
  try {
    const head = Buffer.alloc(MAGIC.length)
    fs.readSync(fd, head, 0, head.length, 0)
    return head.toString('latin1') === MAGIC
  } finally {
    fs.closeSync(fd)
  }
}

const absolute = file => builtin('node:path').resolve(file)

/** CreateTable requests of the file's tables. */
async function localTables (db, file) {
  const { Tables } = await db.execute('ddblite.ReadDynamoDBLocal', { Path: absolute(file) })
  return Tables.map(table => definition(file, table))
}

function definition (file, { TableName, TableInfo, BillingMode, ...units }) {
  const fail = what => new DataError(`${file}: TableInfo ${what}, which is not known here`,
    { table: TableName })
  let info
  try {
    info = JSON.parse(TableInfo)
  } catch {
    throw fail('is not JSON')
  }
  const indexes = info?.SQLiteIndex
  if (!isObject(indexes) || !Array.isArray(indexes['']) || !Array.isArray(info.Attributes)) {
    throw fail('has no Attributes or SQLiteIndex')
  }
  const keys = index => indexes[index].map(key => {
    const { KeyType, DynamoDBAttribute } = key ?? {}
    if (typeof DynamoDBAttribute?.AttributeName !== 'string' || typeof KeyType !== 'string') {
      throw fail('has a key in another form')
    }
    return { AttributeName: DynamoDBAttribute.AttributeName, KeyType }
  })
  const onDemand = BillingMode === 1 || !(units.ReadCapacityUnits > 0)
  const globals = info.GSIList ?? []
  const globalNames = globals.map(({ IndexName }) => IndexName)
  const locals = Object.keys(indexes).filter(name => name !== '' && !globalNames.includes(name))
  const given = new Map((info.LSIList ?? []).map(index => [index.IndexName, index]))
  const many = list => list.length > 0 ? list : undefined
  return defined({
    TableName,
    AttributeDefinitions: info.Attributes
      .map(attribute => pick(attribute, ['AttributeName', 'AttributeType'])),
    KeySchema: keys(''),
    BillingMode: onDemand ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    ProvisionedThroughput: onDemand
      ? undefined
      : pick(units, ['ReadCapacityUnits', 'WriteCapacityUnits']),
    GlobalSecondaryIndexes: many(globals.map(index => defined({
      ...pick(index, ['IndexName', 'KeySchema', 'Projection']),
      ProvisionedThroughput: onDemand || index.ProvisionedThroughput === undefined
        ? undefined
        : pick(index.ProvisionedThroughput, ['ReadCapacityUnits', 'WriteCapacityUnits'])
    }))),
    LocalSecondaryIndexes: many(locals.map(IndexName => ({
      IndexName,
      KeySchema: keys(IndexName),
      Projection: given.get(IndexName)?.Projection ?? { ProjectionType: 'ALL' }
    })))
  })
}

/** The items of a table, in DynamoDB's JSON. */
async function * localItems (db, file, TableName) {
  let After = 0
  let index = 0
  do {
    const page = await db.execute('ddblite.ReadDynamoDBLocal',
      { Path: absolute(file), TableName, After })
    for (const text of page.Items) yield item(text, { table: TableName, index: index++ })
    After = page.Last
  } while (After !== undefined)
}

function item (text, where) {
  let value
  try {
    value = JSON.parse(text)
  } catch {
    throw new DataError('ObjectJSON is not JSON, which is not known here', where)
  }
  if (!isMarshalled(value)) {
    throw new DataError("ObjectJSON is not in DynamoDB's JSON, which is not known here", where)
  }
  return value
}

module.exports = { isDatabase, localItems, localTables }
