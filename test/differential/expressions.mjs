/*
 * expressions.mjs - random expressions from their grammar, with placeholders bound as they are
 * used; now and then with a token that does not belong there.
 */
import { VALUE_TYPES, keyOf, value, word } from './values.mjs'

/** Collects the placeholders of a request; fill() puts them into it. */
export function binder (r) {
  const names = {}
  const values = {}
  return {
    name (text) {
      names[`#${text.replace(/\W/g, '_')}`] = text
      return `#${text.replace(/\W/g, '_')}`
    },
    value (v) {
      const key = `:v${Object.keys(values).length}`
      values[key] = v
      return key
    },
    fill (request) {
      if (r.chance(0.02)) names['#unused'] = 'unused'
      if (r.chance(0.02)) values[':unused'] = { S: 'unused' }
      if (r.chance(0.01)) names['#bad-name'] = 'bad'
      if (r.chance(0.01)) values['bad'] = { S: 'bad' }
      if (r.chance(0.02)) delete names[r.pick(Object.keys(names))]
      if (r.chance(0.02)) delete values[r.pick(Object.keys(values))]
      if (Object.keys(names).length > 0 || r.chance(0.01)) request.ExpressionAttributeNames = names
      if (Object.keys(values).length > 0 || r.chance(0.01)) {
        request.ExpressionAttributeValues = values
      }
      return request
    }
  }
}

/* ---- paths ---- */

const bare = ['u', 'v', 'w', 'g', 'gs', 'ls', 'pk', 'sk', 'm', 'l']

function piece (r, bind) {
  if (r.chance(0.01)) return r.pick(['views', 'Status', 'bin-ary', '1a', 'ü'])
  return r.chance(0.7) ? r.pick(bare) : bind.name(word(r))
}

export function path (r, bind) {
  let text = piece(r, bind)
  while (r.chance(0.2)) text += r.chance(0.5) ? `.${piece(r, bind)}` : `[${r.int(3)}]`
  return text
}

/* ---- conditions ---- */

const small = (r) => r.chance(0.7)
  ? r.pick([{ S: 'a' }, { S: 'b' }, { N: '1' }, { N: '2' }, { B: 'YQ==' }])
  : value(r)

function operand (r, bind) {
  if (r.chance(0.05)) return `size(${path(r, bind)})`
  if (r.chance(0.02)) return `(${path(r, bind)})`
  return r.chance(0.5) ? path(r, bind) : bind.value(small(r))
}

function simple (r, bind) {
  const comparators = ['=', '<>', '<', '<=', '>', '>=']
  switch (r.int(12)) {
    case 0: return `attribute_exists(${path(r, bind)})`
    case 1: return `attribute_not_exists(${path(r, bind)})`
    case 2: return `attribute_type(${path(r, bind)}, ${bind.value({ S: r.pick(VALUE_TYPES) })})`
    case 3: return `begins_with(${path(r, bind)}, ${operand(r, bind)})`
    case 4: return `contains(${path(r, bind)}, ${operand(r, bind)})`
    case 5: return `size(${path(r, bind)}) ${r.pick(comparators)} ${bind.value({ N: '1' })}`
    case 6: return `${path(r, bind)} BETWEEN ${operand(r, bind)} AND ${operand(r, bind)}`
    case 7: return `${path(r, bind)} IN (${r.some(1, 3, () => operand(r, bind)).join(', ')})`
    case 8: return `${operand(r, bind)} ${r.pick(comparators)} ${operand(r, bind)}`
    default: return `${path(r, bind)} ${r.pick(comparators)} ${bind.value(small(r))}`
  }
}

function anyCondition (r, bind, depth) {
  if (depth < 2 && r.chance(0.2)) {
    const sides = r.some(2, 3, () => anyCondition(r, bind, depth + 1))
    return sides.join(r.pick([' AND ', ' OR ', ' and ']))
  }
  if (r.chance(0.08)) return `NOT (${simple(r, bind)})`
  if (r.chance(0.05)) return `(${simple(r, bind)})`
  return simple(r, bind)
}

export const condition = (r, bind) => damaged(r, anyCondition(r, bind, 0))

/* ---- key conditions ---- */

const indexKeys = {
  byG: ['g', 'gs:N'], byGKeys: ['g'], byL: ['pk', 'ls'], byLPart: ['pk', 'u']
}

export function keyCondition (r, bind, table, index) {
  if (r.chance(0.08)) return condition(r, bind)
  const [hash, range] = (indexKeys[index] ?? [table.hash, table.range].filter(Boolean))
    .map((text) => text.split(':'))
  const of = ([name, type = 'S']) => {
    const v = keyOf(r, { hash: `pk:${type}` }).pk ?? { S: 'a' }
    return { name: r.chance(0.9) ? name : bind.name(name), v: () => bind.value(v) }
  }
  const first = of(hash)
  const parts = [`${first.name} = ${first.v()}`]
  if (range !== undefined ? r.chance(0.5) : r.chance(0.05)) {
    const next = of(range ?? ['sk', 'S'])
    switch (r.int(4)) {
      case 0: parts.push(`${next.name} BETWEEN ${next.v()} AND ${next.v()}`); break
      case 1: parts.push(`begins_with(${next.name}, ${next.v()})`); break
      case 2: parts.push(`${next.v()} ${r.pick(['=', '<', '>='])} ${next.name}`); break
      default: parts.push(`${next.name} ${r.pick(['=', '<', '<=', '>', '>=', '<>'])} ${next.v()}`)
    }
    if (r.chance(0.2)) parts.reverse()
  }
  return damaged(r, parts.join(' AND '))
}

/* ---- projections and updates ---- */

export const projection = (r, bind) =>
  damaged(r, r.some(1, 4, () => path(r, bind)).join(r.pick([', ', ','])))

function setValue (r, bind) {
  const one = () => {
    switch (r.int(6)) {
      case 0: return path(r, bind)
      case 1: return `if_not_exists(${path(r, bind)}, ${operand(r, bind)})`
      case 2: return `list_append(${operand(r, bind)}, ${bind.value({ L: [{ S: 'x' }] })})`
      default: return bind.value(r.chance(0.5) ? small(r) : value(r))
    }
  }
  return r.chance(0.2) ? `${one()} ${r.pick(['+', '-'])} ${bind.value({ N: '1' })}` : one()
}

/* Mostly not the key: every such update fails alike. */
function target (r, bind) {
  const text = path(r, bind)
  return /^#?(pk|sk)/.test(text) && r.chance(0.9) ? 'w' : text
}

export function update (r, bind) {
  const sections = r.some(1, 2, () => {
    switch (r.int(6)) {
      case 0: return `REMOVE ${r.some(1, 2, () => target(r, bind)).join(', ')}`
      case 1: return `ADD ${target(r, bind)} ${bind.value(addable(r))}`
      case 2: return `DELETE ${target(r, bind)} ${bind.value(addable(r))}`
      default:
        return 'SET ' +
          r.some(1, 3, () => `${target(r, bind)} = ${setValue(r, bind)}`).join(', ')
    }
  })
  return damaged(r, sections.join(' '))
}

const addable = (r) => r.chance(0.8)
  ? r.pick([{ N: '1' }, { N: '-2.5' }, { SS: ['a', 'z'] }, { NS: ['1', '9'] }, { BS: ['YQ=='] }])
  : value(r)

/* ---- mistakes ---- */

/* Adds, drops or doubles a token, one time in twenty. */
function damaged (r, text) {
  if (!r.chance(0.05)) return text
  const tokens = text.match(/[#:]?\w+|<>|<=|>=|\s+|[^\s\w]/gu) ?? []
  const at = r.int(tokens.length)
  switch (r.int(4)) {
    case 0: tokens.splice(at, 1); break
    case 1: tokens.splice(at, 0, tokens[at], ' '); break
    case 2:
      tokens.splice(at, 0, r.pick(['(', ')', ',', '!', 'AND', '1', '"a"', '#', ':', '.', '[', ' ']))
      break
    default: return r.pick(['', ' ', '(', `(${text})`, `((${text}))`, `${text} AND`, `foo(${text})`])
  }
  return tokens.join('')
}
