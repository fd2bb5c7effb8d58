/*
 * marshal.cjs - plain JavaScript values as DynamoDB's, and which of both an item is.
 *
 *   string S   number, bigint N   boolean BOOL   null NULL   bytes B   Set SS, NS, BS   array L
 *   plain object M   undefined: left out   Date: as `dates` says   anything else: a DataError
 *
 * An item is in DynamoDB's JSON when each of its attributes is an object with one member, which is
 * named as a type and has that type's form. A plain item cannot look like that: its keys are texts,
 * numbers or bytes, and no objects.
 */
'use strict'

/** What in the data cannot be an item, and where: table, index of the item, path in it. */
class DataError extends Error {
  constructor (reason, { table, index, path } = {}) {
    const item = index === undefined ? undefined : `item ${index}`
    const place = [table, item, path].filter(part => part !== undefined).join(', ')
    super(place === '' ? reason : `${place}: ${reason}`)
    this.name = 'DataError'
    this.reason = reason
    this.table = table
    this.index = index
    this.path = path
  }
}

const DATES = {
  iso: date => ({ S: date.toISOString() }),
  epochSeconds: date => ({ N: String(Math.floor(date.getTime() / 1000)) }),
  epochMilliseconds: date => ({ N: String(date.getTime()) })
}

function isPlainObject (value) {
  if (value === null || typeof value !== 'object') return false
  const prototype = Object.getPrototypeOf(value)
  /* Objects of another realm, such as jest's, are plain too. */
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const tagOf = value => Object.prototype.toString.call(value).slice(8, -1)
const isSet = value => tagOf(value) === 'Set'
const isDate = value => tagOf(value) === 'Date'

/** The bytes of any view or buffer, or undefined. */
function bytesOf (value) {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  return ['ArrayBuffer', 'SharedArrayBuffer'].includes(tagOf(value))
    ? new Uint8Array(value)
    : undefined
}

/** Base64 of bytes, without Node's Buffer. */
function base64 (bytes) {
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  }
  return btoa(text)
}

/* ---- plain to DynamoDB's ---- */

/**
 * A plain item in DynamoDB's JSON. Throws a DataError.
 * @param {object} item
 * @param {{dates?: 'error'|'iso'|'epochSeconds'|'epochMilliseconds'}} [options]
 */
function marshallItem (item, options = {}, where = {}) {
  if (!isPlainObject(item)) throw new DataError('An item is a plain object', where)
  return members(item, { options, where }, '')
}

/** One value in DynamoDB's JSON. Throws a DataError. */
function marshallValue (value, options = {}, where = {}) {
  return valueOf(value, { options, where }, where.path ?? '')
}

function members (object, context, path) {
  const out = {}
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue
    out[name] = valueOf(value, context, path === '' ? name : `${path}.${name}`)
  }
  return out
}

function valueOf (value, context, path) {
  const fail = reason => new DataError(reason, { ...context.where, path })
  switch (typeof value) {
    case 'string': return { S: value }
    case 'boolean': return { BOOL: value }
    case 'bigint': return { N: String(value) }
    case 'number': return { N: numberText(value, fail) }
    case 'object': break
    default: throw fail(`A ${typeof value} cannot be stored`)
  }
  if (value === null) return { NULL: true }
  const bytes = bytesOf(value)
  if (bytes !== undefined) return { B: base64(bytes) }
  if (Array.isArray(value)) {
    return {
      L: value.filter(element => element !== undefined)
        .map((element, i) => valueOf(element, context, `${path}[${i}]`))
    }
  }
  if (isSet(value)) return setOf([...value], fail)
  if (isDate(value)) {
    const form = DATES[context.options.dates]
    if (form === undefined) throw fail("A Date cannot be stored: say how in `dates`, e.g. 'iso'")
    if (Number.isNaN(value.getTime())) throw fail('The Date is no date')
    return form(value)
  }
  if (isPlainObject(value)) return { M: members(value, context, path) }
  throw fail(`A ${value.constructor?.name ?? tagOf(value)} cannot be stored`)
}

/* A number that was not exact before must not become one that looks exact. */
function numberText (value, fail) {
  if (!Number.isFinite(value)) throw fail(`${value} cannot be stored`)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw fail(`${value} is not exact: give a bigint, or { N: "..." } in DynamoDB's JSON`)
  }
  return Object.is(value, -0) ? '0' : String(value)
}

function setOf (elements, fail) {
  if (elements.length === 0) throw fail('An empty Set cannot be stored')
  const types = new Set(elements.map(element =>
    typeof element === 'bigint' ? 'number' : bytesOf(element) ? 'bytes' : typeof element))
  const [type] = types
  if (types.size > 1) throw fail('A Set has elements of one type')
  switch (type) {
    case 'string': return { SS: elements }
    case 'number': return {
      NS: elements.map(n => typeof n === 'bigint' ? String(n) : numberText(n, fail))
    }
    case 'bytes': return { BS: elements.map(element => base64(bytesOf(element))) }
    default: throw fail('A Set has texts, numbers or bytes')
  }
}

/* ---- which of both it is ---- */

const isBytes = value => typeof value === 'string' || bytesOf(value) !== undefined
const listOf = test => value => Array.isArray(value) && value.every(test)
const isString = value => typeof value === 'string'

const TYPES = {
  S: isString,
  N: isString,
  B: isBytes,
  SS: listOf(isString),
  NS: listOf(isString),
  BS: listOf(isBytes),
  BOOL: value => typeof value === 'boolean',
  NULL: value => typeof value === 'boolean',
  L: listOf(isValue),
  M: value => isPlainObject(value) && Object.values(value).every(isValue)
}

/** Is it a value in DynamoDB's JSON? */
function isValue (value) {
  if (!isPlainObject(value)) return false
  const names = Object.keys(value)
  return names.length === 1 && Object.hasOwn(TYPES, names[0]) && TYPES[names[0]](value[names[0]])
}

/** Is it an item in DynamoDB's JSON? */
function isMarshalled (item) {
  if (!isPlainObject(item)) return false
  const values = Object.values(item)
  return values.length > 0 && values.every(isValue)
}

module.exports = {
  DATES, DataError, base64, bytesOf, isMarshalled, isPlainObject, marshallItem, marshallValue
}
