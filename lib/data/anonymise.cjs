/*
 * anonymise.cjs - items whose values are replaced as rules say.
 *
 *   { 'Users.email': 'fake', '*.address.**': 'redact', 'Orders.lines[*].note': 'null', ... }
 *      table . path        of *: any table; a path has names, [*], [0], *: any one, **: any depth
 *
 *   rule: a method, { method, as, pattern, keep, text }, or a function of the plain value
 *   method: fake    another value of the same type and form (fakes.cjs)
 *           hash    a keyed hash     mask   stars     redact  one text     null   NULL
 *
 * Promises (tried with random items by anonymise.test.mjs):
 *   - the same value, kind and secret give the same value, in any field, table and import;
 *   - types stay, but for `null` and functions; elements of sets stay different or become one;
 *   - keys stay keys: a rule that would make them alike is refused, and so are two keys that
 *     became one.
 * The first rule that names a value is the one that counts. Start at anonymiser().
 */
'use strict'

const { DataError, base64, bytesOf, marshallValue } = require('./marshal.cjs')
const { Fakes, KINDS, digits, hexOf } = require('./fakes.cjs')
const { sha256 } = require('./keyed.cjs')

const METHODS = ['fake', 'hash', 'mask', 'redact', 'null']
/* What makes all values alike, and may not be done to a key. */
const LEVELLING = ['mask', 'redact', 'null']
const SETS = { SS: 'S', NS: 'N', BS: 'B' }
const ANY = Symbol('*')
const DEEP = Symbol('**')
const EACH = Symbol('[*]')

/**
 * Checks the rules and gives a function of a table's description, which gives one of items:
 * anonymiser(rules, { seed, faker })(Table)(item). Throws a TypeError or a DataError.
 * `counts` says how often each rule was applied.
 */
function anonymiser (rules, { seed, faker } = {}) {
  const secret = seed === undefined
    ? globalThis.crypto.getRandomValues(new Uint8Array(32))
    : sha256(bytesOf(seed) ?? new TextEncoder().encode(String(seed)))
  const compiled = Object.entries(rules).map(([name, rule]) => compile(name, rule))
  const context = { fakes: new Fakes(secret), faker, made: new Map() }
  const counts = Object.fromEntries(compiled.map(({ name }) => [name, 0]))
  const of = table => tableAnonymiser(table, compiled, context, counts)
  return Object.assign(of, { counts })
}

/* ---- rules ---- */

function compile (name, rule) {
  const fail = reason => new TypeError(`anonymise: ${name}: ${reason}`)
  if (typeof rule === 'function') return { name, call: rule }
  const { method, as, pattern, keep = 0, text = 'REDACTED' } =
    typeof rule === 'string' ? { method: rule } : rule ?? {}
  if (!METHODS.includes(method)) throw fail(`the method must be one of ${METHODS.join(', ')}`)
  if (as !== undefined && !KINDS.includes(as)) {
    throw fail(`\`as\` must be one of ${KINDS.join(', ')}`)
  }
  const patterns = [pattern ?? []].flat().map(form => compilePattern(form, fail))
  return { name, method, as, patterns, keep, text }
}

/* USER#<id>: what stands in < > is replaced, <keep> stays, and the rest must be there. */
function compilePattern (form, fail) {
  if (typeof form !== 'string') throw fail('a pattern is a text such as USER#<id>')
  const kinds = []
  const source = form.split(/<([^<>]+)>/).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    kinds.push(part)
    return '([^]+?)'
  })
  return { form: new RegExp(`^${source.join('')}$`), kinds, parts: form.split(/<[^<>]+>/) }
}

/* The path of a rule for a table, or undefined when it is for others. */
function pathFor (name, table) {
  for (const owner of [table, '*']) {
    if (name.startsWith(`${owner}.`)) return parsePath(name, name.slice(owner.length + 1))
  }
  return undefined
}

function parsePath (name, text) {
  const path = []
  const form = /\*\*|\*|\["([^"]+)"\]|\[(\*|\d+)\]|[^.[\]*]+/y
  for (let at = 0; at < text.length;) {
    form.lastIndex = at
    const match = form.exec(text)
    if (match === null) throw new TypeError(`anonymise: ${name}: no path at ${text.slice(at)}`)
    const [all, quoted, index] = match
    path.push(all === '**' ? DEEP
      : all === '*' ? ANY
        : quoted !== undefined ? quoted
          : index === undefined ? all : index === '*' ? EACH : Number(index))
    at += all.length
    if (text[at] === '.') at++
  }
  return path
}

/* Does the path name that attribute of the item? */
function names (path, attribute) {
  if (path[0] === DEEP) return path.length === 1 || names(path.slice(1), attribute)
  return path.length === 1 && (path[0] === ANY || path[0] === attribute)
}

/* ---- a table ---- */

function tableAnonymiser (table, compiled, context, counts) {
  const { TableName, KeySchema, GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = table
  const rules = compiled.map(rule => ({ ...rule, path: pathFor(rule.name, TableName) }))
    .filter(({ path }) => path !== undefined)
  const keys = KeySchema.map(({ AttributeName }) => AttributeName)
  const indexKeys = [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes]
    .flatMap(index => index.KeySchema.map(({ AttributeName }) => AttributeName))
  for (const { name, path, method } of rules) {
    const fail = (attribute, what) => new DataError(
      `anonymise: ${name}: ${attribute} is ${what}: use fake or hash`, { table: TableName })
    const key = keys.find(attribute => names(path, attribute))
    if (key !== undefined && LEVELLING.includes(method)) {
      throw fail(key, 'a key, which must stay unique')
    }
    const indexKey = indexKeys.find(attribute => names(path, attribute))
    if (indexKey !== undefined && method === 'null') throw fail(indexKey, 'the key of an index')
  }
  const changesKey = rules.some(({ path }) => keys.some(attribute => names(path, attribute)))
  return item => {
    const out = copy(item)
    const walk = new Walk(TableName, context, counts)
    for (const rule of rules) walk.members(out, rule.path, rule, '')
    if (changesKey) checkKeys(TableName, keys, item, out, context.made)
    return out
  }
}

function copy (value) {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copy)
  const out = {}
  for (const name of Object.keys(value)) {
    if (name === '__proto__') return structuredClone(value) /* no assignment makes this one */
    out[name] = copy(value[name])
  }
  return out
}

/* Two keys that became one would be one item: that is said, and not done. */
function checkKeys (table, keys, before, after, made) {
  for (let n = 1; n <= keys.length; n++) {
    const form = item => JSON.stringify([table, ...keys.slice(0, n).map(name => item[name])])
    const [was, is] = [form(before), form(after)]
    const other = made.get(is)
    if (other !== undefined && other !== was) {
      throw new DataError(`anonymise: two keys became one, ${is}: use another \`seed\` or method`,
        { table })
    }
    made.set(is, was)
  }
}

/* One item on its way through the rules. */
class Walk {
  #table
  #context
  #counts
  #done = new WeakSet()

  constructor (table, context, counts) {
    this.#table = table
    this.#context = context
    this.#counts = counts
  }

  members (map, path, rule, at) {
    const [first, ...rest] = path
    if (first === DEEP) {
      if (rest.length > 0) this.members(map, rest, rule, at)
      for (const name of Object.keys(map)) this.#deeper(map, name, path, rule, at)
    } else if (first === ANY) {
      for (const name of Object.keys(map)) this.#member(map, name, rest, rule, at)
    } else if (Object.hasOwn(map, first)) {
      this.#member(map, first, rest, rule, at)
    }
  }

  #elements (list, path, rule, at) {
    const [first, ...rest] = path
    for (let i = 0; i < list.length; i++) {
      if (first === DEEP) this.#deeper(list, i, path, rule, at)
      else if (first === EACH || first === ANY || first === i) this.#member(list, i, rest, rule, at)
    }
  }

  /* Below **: the value itself when nothing follows, and all that is inside. */
  #deeper (container, name, path, rule, at) {
    if (path.length === 1) return this.#member(container, name, [], rule, at)
    const { M, L } = container[name] ?? {}
    const inner = `${at}.${name}`
    if (M !== undefined) this.members(M, path, rule, inner)
    if (L !== undefined) this.#elements(L, path, rule, inner)
  }

  #member (container, name, rest, rule, at) {
    const value = container[name]
    const step = typeof name === 'number' ? `[${name}]` : `.${name}`
    const here = at === '' ? String(name) : at + step
    if (value === undefined || this.#done.has(value)) return
    const [type] = Object.keys(value)
    if (rest.length > 0 && !(rest.length === 1 && rest[0] === EACH && type in SETS)) {
      if (type === 'M') this.members(value.M, rest, rule, here)
      if (type === 'L') this.#elements(value.L, rest, rule, here)
      return
    }
    const changed = this.#changed(value, rule, here)
    this.#counts[rule.name]++
    if (changed === undefined && !Array.isArray(container)) delete container[name]
    else container[name] = changed ?? { NULL: true }
  }

  #changed (value, rule, path) {
    const changed = rule.call === undefined
      ? this.#replace(value, rule, path)
      : this.#call(value, rule, path)
    if (changed !== undefined) this.#done.add(changed)
    return changed
  }

  #call (value, { call, name }, path) {
    const [type] = Object.keys(value)
    const result = call(plain(value), { table: this.#table, path, type })
    if (typeof result?.then === 'function') {
      throw new TypeError(`anonymise: ${name}: the function must not be asynchronous`)
    }
    return result === undefined
      ? undefined
      : marshallValue(result, { dates: 'iso' }, { table: this.#table, path })
  }

  #replace (value, rule, path) {
    if (rule.method === 'null') return { NULL: true }
    const [type] = Object.keys(value)
    const given = value[type]
    if (type === 'M') {
      return { M: Object.fromEntries(Object.entries(given).map(([name, member]) =>
        [name, this.#done.has(member) ? member : this.#replace(member, rule, `${path}.${name}`)])) }
    }
    if (type === 'L') return { L: given.map(element => this.#replace(element, rule, path)) }
    if (type === 'NULL') return value
    if (!(type in SETS)) return { [type]: this.#scalar(type, given, rule, path) }
    const elements = given.map(element => this.#scalar(SETS[type], element, rule, path))
    return { [type]: [...new Set(elements)] }
  }

  #scalar (type, value, rule, path) {
    const { fakes } = this.#context
    const { method } = rule
    if (type === 'S') return this.#string(value, rule, path)
    if (type === 'BOOL') {
      const level = method === 'mask' || method === 'redact'
      return level ? false : fakes.hash('bool', String(value))[0] > 127
    }
    if (type === 'N') {
      if (method === 'hash') return digits(fakes.hash('hash', value), 18)
      return method === 'fake' ? this.#faked('number', value, path) ?? fakes.number(value) : '0'
    }
    const bytes = fromBase64(value)
    if (method === 'hash') return base64(fakes.hash('hash', bytes).subarray(0, 16))
    if (method === 'fake') return base64(fakes.bytes(bytes))
    return base64(new Uint8Array(Math.max(1, bytes.length)))
  }

  /* The parts that a pattern names, or all of it. */
  #string (text, rule, path) {
    for (const { form, kinds, parts } of rule.patterns) {
      const match = form.exec(text)
      if (match === null) continue
      return parts.map((part, i) => i === kinds.length
        ? part
        : part + this.#part(match[i + 1], kinds[i], rule, path)).join('')
    }
    return this.#whole(text, rule, rule.as, path)
  }

  #part (text, kind, rule, path) {
    if (kind === 'keep') return text
    return this.#whole(text, rule, KINDS.includes(kind) && kind !== 'id' ? kind : rule.as, path)
  }

  #whole (text, { method, keep, text: redacted }, as, path) {
    const { fakes } = this.#context
    switch (method) {
      case 'hash': return hexOf(fakes.hash('hash', text).subarray(0, 16))
      case 'mask': {
        const shown = Math.min(keep, Math.floor(text.length / 2))
        return '*'.repeat(text.length - shown) + text.slice(text.length - shown)
      }
      case 'redact': return redacted
      default: {
        const kind = as ?? fakes.kindOf(text)
        return this.#faked(kind, text, path) ?? fakes.text(text, kind)
      }
    }
  }

  /* What the user's own function makes of it, once a value. */
  #faked (kind, value, path) {
    const { faker, fakes, made } = this.#context
    if (faker === undefined) return undefined
    const key = `faker\0${kind}\0${value}`
    if (!made.has(key)) {
      const seed = new DataView(fakes.hash(`faker ${kind}`, value).buffer).getUint32(0)
      const fake = faker({ kind, value, seed, table: this.#table, path })
      made.set(key, fake === undefined ? undefined : String(fake))
    }
    return made.get(key)
  }
}

/* ---- values as plain JavaScript ---- */

const fromBase64 = text => Uint8Array.from(atob(text), c => c.charCodeAt(0))

function plain (value) {
  const [[type, given]] = Object.entries(value)
  switch (type) {
    case 'N': return plainNumber(given)
    case 'B': return fromBase64(given)
    case 'NULL': return null
    case 'SS': return new Set(given)
    case 'NS': return new Set(given.map(plainNumber))
    case 'BS': return new Set(given.map(fromBase64))
    case 'L': return given.map(plain)
    case 'M':
      return Object.fromEntries(Object.entries(given).map(([name, one]) => [name, plain(one)]))
    default: return given
  }
}

/* A number where that is exact, else a bigint, else the text. */
function plainNumber (text) {
  if (String(Number(text)) === text) return Number(text)
  return /^-?\d+$/.test(text) ? BigInt(text) : text
}

module.exports = { anonymiser }
