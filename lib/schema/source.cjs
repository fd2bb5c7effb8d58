/*
 * source.cjs - documents from what a user has: an object, JSON or YAML text, bytes, a file's path.
 *
 *   readSource(source) -> { document: { value, file, folder } } or { folder }
 *                                               value: plain data; file: its name in messages
 *
 * A string is text when it has several lines or begins as JSON does; otherwise it is a path. YAML's
 * tags become what they stand for in CloudFormation's JSON: !Sub x -> {"Fn::Sub": x}.
 * Node's modules and the YAML parser are loaded when they are needed.
 */
'use strict'

const { SchemaError } = require('./errors.cjs')

const builtin = name => {
  if (typeof process === 'undefined' || process.versions?.node === undefined) {
    throw new SchemaError('There are no files here: give an object or a text')
  }
  return require('../builtin.cjs')(name, () => require(name))
}

const isText = string => /[\n\r]/.test(string) || /^\s*[{[]/.test(string)

/** Is it a string or a file: URL that names a file or a folder? */
const isPath = source => source instanceof URL || (typeof source === 'string' && !isText(source))

function pathOf (source) {
  return source instanceof URL ? builtin('node:url').fileURLToPath(source) : source
}

/** Reads a source: { document } or { folder }. Throws a SchemaError. */
function readSource (source) {
  if (!isPath(source)) return { document: read(source) }
  const path = pathOf(source)
  const isFolder = builtin('node:fs').statSync(path, { throwIfNoEntry: false })?.isDirectory()
  return isFolder ? { folder: path } : { document: readFile(path) }
}

function read (source) {
  if (typeof source === 'string') return { value: parse(source) }
  if (source instanceof Uint8Array) return { value: parse(new TextDecoder().decode(source)) }
  if (source === null || typeof source !== 'object') {
    throw new SchemaError(`A schema is an object, a text or a path, not ${String(source)}`)
  }
  return { value: source }
}

function readFile (path) {
  const { readFileSync } = builtin('node:fs')
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const why = error.code ?? error.message
    throw new SchemaError(`The file cannot be read (${why})`, { file: path })
  }
  return { value: parse(text, path), file: path, folder: builtin('node:path').dirname(path) }
}

/** Reads a file that a document names. Throws a SchemaError for `where`. */
function readBeside (folder, name, where) {
  if (folder === undefined) {
    throw new SchemaError(`The file ${name} is beside a text: give the document's path`, where)
  }
  return readFile(builtin('node:path').resolve(folder, name))
}

/** Data from JSON or YAML. */
function parse (text, file) {
  if (text.startsWith('\uFEFF')) text = text.slice(1)
  if (/^\s*[{[]/.test(text)) {
    try {
      return JSON.parse(text)
    } catch (error) {
      if (file !== undefined && /json$/i.test(file)) {
        throw new SchemaError(`It is not JSON (${error.message})`, { file })
      }
      /* YAML's flow style begins like JSON. */
    }
  }
  return parseYaml(text, file)
}

function parseYaml (text, file) {
  const yaml = require('yaml')
  const document = yaml.parseDocument(text, { merge: true, logLevel: 'silent' })
  const [error] = document.errors
  if (error !== undefined) {
    throw new SchemaError(`It is neither JSON nor YAML (${error.message.split('\n')[0]})`, { file })
  }
  yaml.visit(document, {
    Node: (_key, node) => {
      const name = /^!([A-Za-z][\w:]*)$/.exec(node.tag ?? '')?.[1]
      if (name === undefined) return undefined
      node.tag = undefined
      const map = new yaml.YAMLMap()
      map.add(new yaml.Pair(new yaml.Scalar(functionOf(name)), argumentOf(yaml, name, node)))
      return map
    }
  })
  return document.toJS({ maxAliasCount: 10000 })
}

const functionOf = name => name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`

/* !GetAtt Table.Arn is short for [Table, Arn]. */
function argumentOf (yaml, name, node) {
  if (name !== 'GetAtt' || !yaml.isScalar(node)) return node
  const text = String(node.value)
  const dot = text.indexOf('.')
  const list = new yaml.YAMLSeq()
  for (const part of dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)]) {
    list.add(new yaml.Scalar(part))
  }
  return list
}

module.exports = { builtin, isPath, pathOf, readBeside, readFile, readSource }
