/*
 * sources.cjs - what lies in files and folders to import: the service's exports, lines, documents.
 *
 *   sourcesAt(path) -> [{ table, file, ion, exported, count, md5 }], in the order of putting
 *   linesOf(source) -> arrays of lines
 *
 *   <folder>/.../AWSDynamoDB/<export id>/manifest-summary.json, manifest-files.json, data/*
 *                   /AWSDynamoDB/data/*                     of incremental exports
 *
 * The keys in the manifests are those of the bucket; here the files are looked for from the folder
 * that the AWSDynamoDB folder lies in, or beside the manifest, wherever they were copied to. Full
 * exports come before incremental ones, and each kind in the order of its time. Checksums and
 * counts of the manifest are checked.
 * Source: AWS Developer Guide, "DynamoDB table export output format".
 */
'use strict'

const { DataError } = require('./marshal.cjs')
const { builtin } = require('../schema/source.cjs')

const ROOT = 'AWSDynamoDB'
const DATA = /\.(?:json|ndjson|jsonl|ion)(?:\.gz)?$/i
const HEAD_BYTES = 65536

function sourcesAt (path) {
  const fs = builtin('node:fs')
  const info = fs.statSync(path, { throwIfNoEntry: false })
  if (info === undefined) throw new DataError(`There is no file or folder ${path}`)
  const { basename, dirname, join } = builtin('node:path')
  if (basename(path) === 'manifest-summary.json') return exportAt(dirname(path))
  if (!info.isDirectory()) return [fileSource(path)]
  const found = fs.readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name)).sort()
  const manifests = found.filter(file => basename(file) === 'manifest-summary.json')
  if (manifests.length > 0) {
    return manifests.map(file => readExport(dirname(file)))
      .sort((a, b) => a.incremental - b.incremental || a.time - b.time)
      .flatMap(({ sources }) => sources)
  }
  const data = found.filter(file => DATA.test(file))
  if (data.length === 0) throw new DataError(`There is nothing to import in ${path}`)
  return data.map(fileSource)
}

function fileSource (file) {
  const table = builtin('node:path').basename(file).replace(/\.gz$/i, '').replace(/\.[^.]*$/, '')
  return { table, file, ion: /\.ion(\.gz)?$/i.test(file) }
}

const exportAt = folder => readExport(folder).sources

function readExport (folder) {
  const fs = builtin('node:fs')
  const path = builtin('node:path')
  const file = path.join(folder, 'manifest-summary.json')
  const summary = json(file, fs.readFileSync(file, 'utf8'))
  if (typeof summary.tableArn !== 'string' || typeof summary.manifestFilesS3Key !== 'string') {
    throw new DataError(`${file} is no manifest of an export`)
  }
  const list = path.join(folder, path.posix.basename(summary.manifestFilesS3Key))
  const sources = fs.readFileSync(list, 'utf8').split('\n').filter(line => line.trim() !== '')
    .map(line => json(list, line))
    .map(({ dataFileS3Key: key, itemCount: count, md5Checksum: md5 }) => ({
      table: summary.tableArn.split('/')[1],
      file: dataFile(folder, key),
      ion: summary.outputFormat === 'ION',
      exported: true,
      count,
      md5
    }))
  return {
    incremental: Number(summary.exportType === 'INCREMENTAL_EXPORT'),
    time: Date.parse(summary.exportTime ?? summary.exportToTime),
    sources
  }
}

function json (file, text) {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new DataError(`${file} is damaged: ${error.message}`)
  }
}

/* Where the object of that key was copied to. */
function dataFile (folder, key) {
  const { existsSync } = builtin('node:fs')
  const { basename, dirname, join } = builtin('node:path')
  const at = key.indexOf(`${ROOT}/`)
  const parent = dirname(folder)
  const places = [join(folder, 'data', basename(key)), join(parent, 'data', basename(key))]
  if (at >= 0 && basename(parent) === ROOT) places.unshift(join(dirname(parent), key.slice(at)))
  const found = places.find(place => existsSync(place))
  if (found === undefined) throw new DataError(`The data file ${key} of ${folder} is missing`)
  return found
}

/* The bytes of a file, decompressed. Throws a DataError for a file that is damaged. */
async function * chunksOf (file) {
  const source = builtin('node:fs').createReadStream(file)
  let stream = source
  if (/\.gz$/i.test(file)) {
    stream = source.pipe(builtin('node:zlib').createGunzip())
    source.on('error', error => stream.destroy(error))
  }
  try {
    yield * stream
  } catch (error) {
    throw new DataError(`${file} cannot be read: ${error.message}`)
  } finally {
    source.destroy()
  }
}

/** The lines of a file, in arrays. */
async function * linesOf (file) {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunksOf(file)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()
    if (lines.length > 0) yield lines
  }
  if (rest !== '') yield [rest]
}

/** Rejects with a DataError when the file is not the one that the manifest speaks of. */
async function checkSum ({ file, md5 }) {
  if (md5 === undefined) return
  const hash = builtin('node:crypto').createHash('md5')
  for await (const chunk of builtin('node:fs').createReadStream(file)) hash.update(chunk)
  if (hash.digest('base64') !== md5) {
    throw new DataError(`${file} is damaged: its checksum is not the manifest's`)
  }
}

/** Is it a JSON document, and not one value a line? */
async function isDocument (file) {
  let head = ''
  for await (const chunk of chunksOf(file)) {
    head += new TextDecoder().decode(chunk.subarray(0, HEAD_BYTES))
    if (head.length >= HEAD_BYTES || head.includes('\n')) break
  }
  const end = head.indexOf('\n')
  try {
    JSON.parse(end < 0 ? head : head.slice(0, end))
    return end < 0
  } catch {
    return true
  }
}

async function textOf (file) {
  const chunks = []
  for await (const chunk of chunksOf(file)) chunks.push(chunk)
  return new TextDecoder().decode(Buffer.concat(chunks))
}

module.exports = { checkSum, isDocument, linesOf, sourcesAt, textOf }
