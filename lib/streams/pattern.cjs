/*
 * pattern.cjs - the filter patterns of event source mappings: does a record pass?
 *
 *   pattern    { field: node, ..., $or: [pattern, pattern, ...] }     all fields, one of $or
 *   node       pattern                                                of what is nested
 *            | [value, ...]                                           one of them matches
 *   value      string | number | boolean | null                       equal
 *            | { prefix | suffix: text or { equals-ignore-case } } | { equals-ignore-case: text }
 *            | { wildcard: text } | { numeric: [op, n] or [op, low, op, high] } | { exists: bool }
 *            | { cidr: block of IPv4 or IPv6 addresses }
 *            | { anything-but: text, number, list of one of them, or { prefix | suffix |
 *                equals-ignore-case | wildcard: text or list } }
 *
 * A list in the event matches when one of its elements does. Operators see leaves only: where the
 * event has an object, `exists: true` does not match and `exists: false` does. DynamoDB's numbers
 * are texts in a record, so `numeric` matches none of them, as in Lambda.
 *
 * A pattern is compiled once into functions; what is no pattern throws a TypeError that says where.
 * Start at compilePattern().
 */
'use strict'

const PATTERN_LENGTH_MAX = 4096 /* Lambda API Reference, Filter: Pattern */
const NUMERIC_MAX = 5e9 /* EventBridge User Guide, "Numeric matching": -5e9 to 5e9 */

const isObject = value => value !== null && typeof value === 'object' && !Array.isArray(value)
const isText = value => typeof value === 'string'
const show = value => JSON.stringify(value)

class PatternError extends TypeError {
  constructor (path, reason) {
    super(`filter pattern: ${path.length === 0 ? '' : `${path.join('.')}: `}${reason}`)
  }
}

/** A function that tells whether an event passes. `pattern`: JSON text, or what it stands for. */
function compilePattern (pattern) {
  let tree = pattern
  const text = isText(pattern) ? pattern : JSON.stringify(pattern) ?? ''
  if (text.length > PATTERN_LENGTH_MAX) {
    throw new PatternError([], `it is longer than ${PATTERN_LENGTH_MAX} characters`)
  }
  if (isText(pattern)) {
    try {
      tree = JSON.parse(pattern)
    } catch (error) {
      throw new PatternError([], `it is no JSON: ${error.message}`)
    }
  }
  if (!isObject(tree)) throw new PatternError([], 'it must be a JSON object')
  return compileFields(tree, [])
}

/* ---- structure ---- */

function compileFields (tree, path) {
  const names = Object.keys(tree)
  if (names.length === 0) throw new PatternError(path, 'an object must not be empty')
  const tests = names.map(name => {
    const node = tree[name]
    if (name === '$or') return compileOr(node, [...path, name])
    const below = compileNode(node, [...path, name])
    return event => below(isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined)
  })
  return event => tests.every(test => test(event))
}

function compileOr (node, path) {
  if (!Array.isArray(node) || node.length < 2 || !node.every(isObject)) {
    throw new PatternError(path, 'it must be an array of two or more objects')
  }
  const branches = node.map((branch, i) => compileFields(branch, [...path, i]))
  return event => branches.some(branch => branch(event))
}

function compileNode (node, path) {
  if (isObject(node)) {
    const fields = compileFields(node, path)
    return value => Array.isArray(value) ? value.some(one => fields(one)) : fields(value)
  }
  if (!Array.isArray(node)) throw new PatternError(path, 'a value must be in an array')
  if (node.length === 0) throw new PatternError(path, 'an array must not be empty')
  const values = node.map((value, i) => compileValue(value, [...path, i]))
  return value => values.some(test => test(value))
}

/* Makes of a test of one leaf a test of what the event has there. */
const onLeaves = test => value => {
  if (Array.isArray(value)) return value.some(onLeaves(test))
  return value !== undefined && !isObject(value) && test(value)
}

const hasLeaf = onLeaves(() => true)

/* ---- values ---- */

function compileValue (value, path) {
  if (!isObject(value)) {
    if (Array.isArray(value)) throw new PatternError(path, 'an array must not hold an array')
    return onLeaves(leaf => leaf === value)
  }
  const names = Object.keys(value)
  if (names.length !== 1) throw new PatternError(path, 'an operator must stand alone in its object')
  const [name] = names
  if (!Object.hasOwn(OPERATORS, name)) {
    throw new PatternError(path,
      `there is no operator ${show(name)}; there are ${Object.keys(OPERATORS).join(', ')}`)
  }
  return OPERATORS[name](value[name], [...path, name])
}

/* What can stand on its own, and in anything-but: texts to tests of a text. */
const TEXTS = {
  prefix: wanted => text => text.startsWith(wanted),
  suffix: wanted => text => text.endsWith(wanted),
  'equals-ignore-case': wanted => {
    const lower = wanted.toLowerCase()
    return text => text.toLowerCase() === lower
  },
  wildcard: compileWildcard
}

const IGNORING_CASE = {
  prefix: wanted => text => text.toLowerCase().startsWith(wanted),
  suffix: wanted => text => text.toLowerCase().endsWith(wanted)
}

function textOperator (name) {
  return (wanted, path) => {
    if (isText(wanted)) {
      const test = TEXTS[name](wanted, path)
      return onLeaves(leaf => isText(leaf) && test(leaf))
    }
    const ignoring = IGNORING_CASE[name]
    const lone = isObject(wanted) && Object.keys(wanted).length === 1
    if (ignoring === undefined || !lone || !isText(wanted['equals-ignore-case'])) {
      throw new PatternError(path, ignoring === undefined
        ? 'it must be a text'
        : 'it must be a text or { "equals-ignore-case": text }')
    }
    const test = ignoring(wanted['equals-ignore-case'].toLowerCase())
    return onLeaves(leaf => isText(leaf) && test(leaf))
  }
}

const OPERATORS = {
  prefix: textOperator('prefix'),
  suffix: textOperator('suffix'),
  'equals-ignore-case': textOperator('equals-ignore-case'),
  wildcard: textOperator('wildcard'),
  numeric: compileNumeric,
  exists (wanted, path) {
    if (typeof wanted !== 'boolean') throw new PatternError(path, 'it must be true or false')
    return value => hasLeaf(value) === wanted
  },
  'anything-but': compileAnythingBut,
  cidr: compileCidr
}

function compileAnythingBut (wanted, path) {
  if (isObject(wanted)) {
    const names = Object.keys(wanted)
    const [name] = names
    if (names.length !== 1 || !Object.hasOwn(TEXTS, name)) {
      throw new PatternError(path, `an object must have one of ${Object.keys(TEXTS).join(', ')}`)
    }
    const texts = Array.isArray(wanted[name]) ? wanted[name] : [wanted[name]]
    if (texts.length === 0 || !texts.every(isText)) {
      throw new PatternError([...path, name], 'it must be a text or an array of texts')
    }
    const tests = texts.map(text => TEXTS[name](text, [...path, name]))
    return onLeaves(leaf => !(isText(leaf) && tests.some(test => test(leaf))))
  }
  const values = Array.isArray(wanted) ? wanted : [wanted]
  const kind = typeof values[0]
  const alike = (kind === 'string' || kind === 'number') && values.every(one => typeof one === kind)
  if (!alike) throw new PatternError(path, 'it must be texts, or numbers')
  return onLeaves(leaf => !values.includes(leaf))
}

/* `*` is any text; `\*` and `\\` are the characters themselves. */
function compileWildcard (wanted, path) {
  const parts = ['']
  for (let i = 0; i < wanted.length; i++) {
    const c = wanted[i]
    if (c === '\\') {
      const next = wanted[++i]
      if (next !== '*' && next !== '\\') throw new PatternError(path, 'a \\ must be before * or \\')
      parts[parts.length - 1] += next
    } else if (c === '*') {
      if (wanted[i + 1] === '*') throw new PatternError(path, 'there must not be two * in a row')
      parts.push('')
    } else {
      parts[parts.length - 1] += c
    }
  }
  return text => matchParts(text, parts)
}

/* The first part at the begin, the last at the end, those between as early as they come: linear. */
function matchParts (text, parts) {
  const first = parts[0]
  const last = parts[parts.length - 1]
  if (parts.length === 1) return text === first
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  const end = text.length - last.length
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= end
}

/* `10.0.0.0/24`, `2001:db8::/32`; addresses of the other kind do not match, nor do other texts. */
function compileCidr (wanted, path) {
  const [, text, length] = (isText(wanted) ? /^([^/]+)\/(\d{1,3})$/.exec(wanted) : null) ?? []
  const block = text === undefined ? undefined : addressOf(text)
  if (block === undefined || Number(length) > block.bits) {
    throw new PatternError(path, 'it must be a block of addresses such as "10.0.0.0/24"')
  }
  const shift = BigInt(block.bits - Number(length))
  return onLeaves(leaf => {
    const address = isText(leaf) ? addressOf(leaf) : undefined
    return address?.bits === block.bits && address.value >> shift === block.value >> shift
  })
}

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/* { bits, value } of an address, or undefined. */
function addressOf (text) {
  if (V4.test(text)) return { bits: 32, value: join(text.split('.').map(BigInt), 8n) }
  if (text.length > 45 || !text.includes(':')) return undefined
  const [, start, v4] = /^(.*:)([\d.]+)$/.exec(text) ?? []
  const low = v4 !== undefined && V4.test(v4) ? join(v4.split('.').map(BigInt), 8n) : undefined
  const hex = low === undefined
    ? text
    : `${start}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`
  const halves = hex.split('::').map(half => half === '' ? [] : half.split(':'))
  const given = halves.flat()
  const missing = 8 - given.length
  const complete = halves.length === 1 ? missing === 0 : halves.length === 2 && missing > 0
  if (!complete || !given.every(group => /^[\da-f]{1,4}$/i.test(group))) return undefined
  const groups = [...halves[0], ...Array(missing).fill('0'), ...halves[1] ?? []]
  return { bits: 128, value: join(groups.map(group => BigInt(`0x${group}`)), 16n) }
}

const join = (parts, bits) => parts.reduce((all, part) => all << bits | part, 0n)

const COMPARE = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b
}

function compileNumeric (wanted, path) {
  const refuse = reason => { throw new PatternError(path, reason) }
  if (!Array.isArray(wanted) || (wanted.length !== 2 && wanted.length !== 4)) {
    refuse('it must be [operator, number] or [operator, number, operator, number]')
  }
  const bounds = []
  for (let i = 0; i < wanted.length; i += 2) {
    const [operator, number] = wanted.slice(i, i + 2)
    if (!Object.hasOwn(COMPARE, operator)) {
      refuse(`there is no comparison ${show(operator)}, only ${Object.keys(COMPARE).join(' ')}`)
    }
    if (typeof number !== 'number' || !(Math.abs(number) <= NUMERIC_MAX)) {
      refuse('a number must be from -5000000000 to 5000000000')
    }
    bounds.push({ operator, number })
  }
  if (bounds.length === 2) {
    const [low, high] = bounds
    if (low.operator[0] !== '>' || high.operator[0] !== '<') {
      refuse('a range must be > or >= a number, then < or <= another')
    }
    if (low.number >= high.number) refuse('the lower bound must be less than the upper')
  }
  return onLeaves(leaf => typeof leaf === 'number' &&
    bounds.every(({ operator, number }) => COMPARE[operator](leaf, number)))
}

module.exports = { compilePattern }
