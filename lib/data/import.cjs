/*
 * import.cjs - db.import(): items from exports and files into tables, in slices.
 *
 *   source -> records -> elements of BatchWriteItem -> anonymised, if asked for -> written
 *
 * Every item is written by BatchWriteItem and checked as any other. A slice is what is done in a
 * few milliseconds: one commit, then the event loop has its turn. An incremental export's record
 * puts the new image, or deletes what has none.
 */
'use strict'

const { DataError, isPlainObject } = require('./marshal.cjs')
const { checkOptions, entries, itemsIn, parse, requestOf, writeBatch } = require('./seed.cjs')
const { checkSum, isDocument, linesOf, sourcesAt, textOf } = require('./sources.cjs')
const local = require('./local.cjs')
const { isPath, pathOf } = require('../schema/source.cjs')

const BATCH = 25
const SLICE_MS = 8
const ION_LINES = 500 /* a request; an item is at most 400 KB, and a chunk of lines 64 KB */

/* Taken here, so that fake timers of a test framework stop nothing of ours. */
const { setTimeout } = globalThis
const now = performance.now.bind(performance)
const turn = () => new Promise(resolve => setTimeout(resolve, 0))

/**
 * Puts the items of a source into tables that are there, or that `schema` makes.
 * Resolves to { items, deleted, tables }.
 */
async function importData (db, source, options = {}) {
  checkOptions(options, 'import')
  const { schema, signal } = options
  if (schema !== undefined) await db.loadSchema(schema, { existing: 'skip' })
  const run = new Run(db, options)
  for await (const { table, file, requests } of tablesOf(db, source, options)) {
    const target = targetOf(table, options.tables)
    if (target === undefined) continue
    const writer = await run.writer(target, file)
    for await (const request of requests(target)) {
      signal?.throwIfAborted()
      await writer.add(request)
    }
    await writer.end()
  }
  return run.result()
}

/* The table that a source's items go to; undefined when it is not wanted. */
function targetOf (table, tables) {
  if (tables === undefined) return table
  if (Array.isArray(tables)) return tables.includes(table) ? table : undefined
  return Object.hasOwn(tables, table) ? tables[table] : undefined
}

/* ---- sources ---- */

/* What is to be put into each table: { table, file, requests(target) }. */
async function * tablesOf (db, source, options) {
  const given = await (typeof source === 'function' ? source() : source)
  if (!isPath(given)) {
    const value = typeof given === 'string' ? parse(given) : given
    yield * documentTables(value, options)
    return
  }
  const path = pathOf(given)
  if (local.isDatabase(path)) {
    yield * localTables(db, path, options)
    return
  }
  for (const part of sourcesAt(path)) {
    const { file, ion, exported = false } = part
    const table = options.table ?? part.table
    await checkSum(part)
    if (!ion && !exported && await isDocument(file)) {
      yield * documentTables(parse(await textOf(file)), { ...options, table }, file)
    } else {
      yield { table, file, requests: target => lineRequests(db, part, options, target) }
    }
  }
}

/* Of DynamoDB Local, which knows its tables: they are made unless they are there. */
async function * localTables (db, file, { tables, schema }) {
  for (const create of await local.localTables(db, file)) {
    const { TableName: table } = create
    const target = targetOf(table, tables)
    if (target === undefined) continue
    if (schema === undefined) {
      await db.loadSchema({ ...create, TableName: target }, { existing: 'skip' })
    }
    yield {
      table,
      file,
      requests: async function * () {
        for await (const Item of local.localItems(db, file, table)) yield { PutRequest: { Item } }
      }
    }
  }
}

function * documentTables (value, options, file) {
  for (const [table, items] of entries(value, options)) {
    yield {
      table,
      file,
      requests: async function * (target) {
        let index = 0
        for await (const item of await itemsIn(table, items)) {
          yield requestOf(item, options, { table: target, index: index++ })
        }
      }
    }
  }
}

async function * lineRequests (db, { file, ion, count }, options, table) {
  let index = 0
  for await (const lines of linesOf(file)) {
    const records = ion ? await ionRecords(db, lines) : jsonRecords(lines, file, index)
    for (const record of records) {
      yield recordRequest(record, options, { table, index: index++ })
    }
  }
  if (count !== undefined && count !== index) {
    throw new DataError(`${file} has ${index} records, and its manifest says ${count}`)
  }
}

const isBlank = line => line.trim() === ''

function jsonRecords (lines, file, before) {
  return lines.filter(line => !isBlank(line)).map((line, i) => {
    try {
      return JSON.parse(line)
    } catch (error) {
      throw new DataError(`Record ${before + i} of ${file} is not JSON: ${error.message}`)
    }
  })
}

async function ionRecords (db, lines) {
  const records = []
  const given = lines.filter(line => !isBlank(line))
  for (let i = 0; i < given.length; i += ION_LINES) {
    const Lines = given.slice(i, i + ION_LINES)
    const { Records } = await db.execute('ddblite.ReadIon', { Lines })
    for (const record of Records) {
      records.push(Object.fromEntries(Object.entries(record).map(([name, { M }]) => [name, M])))
    }
  }
  return records
}

/* A line of an export, full or incremental, or an item in any form. */
function recordRequest (record, options, where) {
  if (isPlainObject(record?.Keys) && isPlainObject(record.Metadata)) {
    return record.NewImage === undefined
      ? { DeleteRequest: { Key: record.Keys } }
      : { PutRequest: { Item: record.NewImage } }
  }
  return requestOf(record, options, where)
}

/* ---- writing ---- */

class Run {
  #db
  #options
  #anonymise
  #writers = new Map()
  #started = now()
  items = 0
  deleted = 0
  tables = {}

  constructor (db, options) {
    this.#db = db
    this.#options = options
    if (options.anonymise !== undefined) {
      const { anonymiser } = require('./anonymise.cjs')
      this.#anonymise = anonymiser(options.anonymise, options)
    }
  }

  async writer (table, file) {
    if (!this.#writers.has(table)) {
      const { Table } = await this.#db.execute('DescribeTable', { TableName: table })
      this.#writers.set(table, new Writer(this, this.#db, Table, this.#anonymise?.(Table)))
      this.tables[table] ??= 0
    }
    const writer = this.#writers.get(table)
    writer.file = file
    return writer
  }

  /** Gives the event loop its turn when the slice is over. */
  async slice (writer) {
    if (now() - this.#started < SLICE_MS) return
    await writer.settle()
    await turn()
    this.#started = now()
  }

  report (table, file) {
    this.#options.onProgress?.({ table, file, items: this.tables[table] })
  }

  result () {
    const { items, deleted, tables } = this
    return this.#anonymise === undefined
      ? { items, deleted, tables }
      : { items, deleted, tables, anonymised: this.#anonymise.counts }
  }
}

class Writer {
  #run
  #db
  #table
  #keys
  #anonymise
  #batch = new Map() /* elements by key: a batch has each key once, and the last one counts */
  #written = []
  file = undefined

  constructor (run, db, { TableName, KeySchema }, anonymise) {
    this.#run = run
    this.#db = db
    this.#table = TableName
    this.#keys = KeySchema.map(({ AttributeName }) => AttributeName)
    this.#anonymise = anonymise
  }

  async add (request) {
    const element = this.#anonymise === undefined ? request : this.#changed(request)
    const item = element.PutRequest?.Item ?? element.DeleteRequest.Key
    this.#batch.set(JSON.stringify(this.#keys.map(name => item[name])), element)
    if (element.PutRequest === undefined) {
      this.#run.deleted++
    } else {
      this.#run.items++
      this.#run.tables[this.#table]++
    }
    if (this.#batch.size < BATCH) return
    this.#send()
    await this.#run.slice(this)
  }

  async end () {
    if (this.#batch.size > 0) this.#send()
    await this.settle()
  }

  /** Waits until all is written: the burst's batches are one commit. */
  async settle () {
    const written = this.#written
    this.#written = []
    await Promise.all(written)
    if (written.length > 0) this.#run.report(this.#table, this.file)
  }

  #changed ({ PutRequest, DeleteRequest }) {
    return PutRequest === undefined
      ? { DeleteRequest: { Key: this.#anonymise(DeleteRequest.Key) } }
      : { PutRequest: { Item: this.#anonymise(PutRequest.Item) } }
  }

  #send () {
    const written = writeBatch(this.#db, this.#table, [...this.#batch.values()])
    written.catch(() => {}) /* settle() gives it on */
    this.#written.push(written)
    this.#batch = new Map()
  }
}

module.exports = { importData }
