/*
 * export.cjs - db.export(): tables to a folder or a file.
 *
 *   s3       a folder in the layout of the service's exports, written by the engine: each table as
 *            it was at one moment
 *   ndjson   <folder>/<table>.ndjson, or one table in one file: an item a line
 *   json     one file: { TableName: [items] }, what seedData() reads
 *
 * A file whose name ends with .gz is compressed. Lines and documents are read by Scan, page by
 * page.
 */
'use strict'

const { DataError } = require('./marshal.cjs')
const { builtin, pathOf } = require('../schema/source.cjs')

const FORMATS = ['s3', 'ndjson', 'json']
const POLL_MS = 2

const { setTimeout } = globalThis

let mounted = 0

/** Resolves to { items, tables, files }. */
async function exportData (db, target, options = {}) {
  const path = pathOf(target)
  if (typeof path !== 'string') throw new TypeError('export: the target is a path or a file: URL')
  const format = options.format ?? formatOf(path)
  if (!FORMATS.includes(format)) {
    throw new TypeError(`export: format must be one of ${FORMATS.join(', ')}, not ${format}`)
  }
  if (format === 's3' && options.anonymise !== undefined) {
    throw new DataError('anonymise: exports of format s3 are written by the engine, as they are: ' +
      'use ndjson or json')
  }
  const names = options.tables ?? await allTables(db)
  const result = { items: 0, tables: {}, files: [] }
  const done = (table, items, file) => {
    result.items += items
    result.tables[table] = items
    if (!result.files.includes(file)) result.files.push(file)
    options.onProgress?.({ table, file, items })
  }
  await WRITERS[format](db, path, names, options, done)
  return result
}

function formatOf (path) {
  const name = path.replace(/\.gz$/i, '')
  return /\.(?:ndjson|jsonl)$/i.test(name) ? 'ndjson' : /\.json$/i.test(name) ? 'json' : 's3'
}

async function allTables (db) {
  const names = []
  let ExclusiveStartTableName
  do {
    const page = await db.execute('ListTables', { ExclusiveStartTableName })
    names.push(...page.TableNames)
    ExclusiveStartTableName = page.LastEvaluatedTableName
  } while (ExclusiveStartTableName !== undefined)
  return names
}

const WRITERS = { s3: writeExports, ndjson: writeLines, json: writeDocument }

/* ---- the service's layout ---- */

async function writeExports (db, folder, names, { exportFormat, signal }, done) {
  if (db.mountFolder === undefined) throw new DataError('There are no folders here')
  const { join } = builtin('node:path')
  builtin('node:fs').mkdirSync(folder, { recursive: true })
  const S3Bucket = `ddblite-export-${++mounted}`
  const unmount = db.mountFolder(S3Bucket, folder)
  try {
    for (const TableName of names) {
      signal?.throwIfAborted()
      const { ExportDescription: { ExportArn } } = await db.execute('ddblite.StartExport',
        { TableName, S3Bucket, ExportFormat: exportFormat })
      const ended = await untilEnded(db, ExportArn)
      if (ended.ExportStatus !== 'COMPLETED') {
        throw new DataError(`${ended.FailureCode}: ${ended.FailureMessage}`, { table: TableName })
      }
      done(TableName, ended.ItemCount, join(folder, ended.ExportManifest))
    }
  } finally {
    unmount()
  }
}

async function untilEnded (db, ExportArn) {
  for (;;) {
    const { ExportDescription } = await db.execute('DescribeExport', { ExportArn })
    if (ExportDescription.ExportStatus !== 'IN_PROGRESS') return ExportDescription
    /* A clock that is set by hand runs no timers: what is due is done when it is moved. */
    if (db.clock.controlled) await db.clock.advance()
    else await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

/* ---- lines and documents ---- */

async function writeLines (db, path, names, options, done) {
  const { join } = builtin('node:path')
  const one = formatOf(path) === 'ndjson'
  if (one && names.length !== 1) {
    throw new DataError(`One file takes one table, and there are ${names.length}: ` +
      'give `tables`, or a folder and `format`')
  }
  for (const table of names) {
    const file = one ? path : join(path, `${table}.ndjson`)
    const out = new Output(file)
    let items = 0
    for await (const page of pagesOf(db, table, options)) {
      await out.write(page.map(item => `${JSON.stringify(item)}\n`).join(''))
      items += page.length
      if (page.length > 0) options.onProgress?.({ table, file, items })
    }
    await out.end()
    done(table, items, file)
  }
}

async function writeDocument (db, file, names, options, done) {
  const out = new Output(file)
  await out.write('{')
  for (const [i, table] of names.entries()) {
    await out.write(`${i > 0 ? ',' : ''}\n${JSON.stringify(table)}: [`)
    let items = 0
    for await (const page of pagesOf(db, table, options)) {
      const text = page.map(item => `\n${JSON.stringify(item)}`).join(',')
      await out.write(items > 0 && page.length > 0 ? `,${text}` : text)
      items += page.length
    }
    await out.write(']')
    done(table, items, file)
  }
  await out.write('\n}\n')
  await out.end()
}

async function * pagesOf (db, TableName, { signal, anonymise, ...options }) {
  const { Table } = await db.execute('DescribeTable', { TableName })
  const change = anonymise === undefined
    ? undefined
    : require('./anonymise.cjs').anonymiser(anonymise, options)(Table)
  let ExclusiveStartKey
  do {
    signal?.throwIfAborted()
    const page = await db.execute('Scan', { TableName, ExclusiveStartKey })
    yield change === undefined ? page.Items : page.Items.map(change)
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey !== undefined)
}

/* A file that is written in order, compressed when its name says so. */
class Output {
  #stream
  #ended

  constructor (file) {
    const fs = builtin('node:fs')
    fs.mkdirSync(builtin('node:path').dirname(file), { recursive: true })
    const streams = [fs.createWriteStream(file)]
    if (/\.gz$/i.test(file)) streams.unshift(builtin('node:zlib').createGzip())
    this.#stream = streams[0]
    this.#ended = streams.length > 1
      ? builtin('node:stream/promises').pipeline(streams)
      : builtin('node:stream/promises').finished(streams[0])
    this.#ended.catch(() => {}) /* end() gives it on */
  }

  async write (text) {
    if (text === '' || this.#stream.write(text)) return
    await Promise.race([
      new Promise(resolve => this.#stream.once('drain', resolve)), this.#ended
    ])
  }

  async end () {
    this.#stream.end()
    await this.#ended
  }
}

module.exports = { exportData }
