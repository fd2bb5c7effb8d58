/*
 * values.mjs - random attribute values, keys and items, from few values, so that they meet.
 */
export const VALUE_TYPES = ['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M']

const texts = ['a', 'b', 'ab', 'abc', '', 'ü', '日本', '😀', 'q"\\']
const numbers = [
  '0', '1', '2', '3', '-1', '1.5', '10', '1e2', '0.5', '+3', '-0', '00042', '5.', '.5', '1E-3',
  '12345678901234567890', '99999999999999999999999999999999999999', '1e125', '1e-130'
]
const wrongNumbers = ['', 'x', '1e126', '1e-131', '123456789012345678901234567890123456789', ' 1']
const bytes = ['YQ==', 'YWI=', 'YWJj', '']
const words = ['u', 'v', 'w', 'g', 'gs', 'ls', 'pk', 'sk', 'm', 'l', 'a.b', 'views']

export const word = (r) => r.pick(words)

/** Any value; now and then one that is wrong. */
export function value (r, depth = 0) {
  if (r.chance(0.015)) return wrongValue(r)
  switch (r.int(depth < 2 ? 13 : 7)) {
    case 0: case 1: return { S: r.pick(texts) }
    case 2: case 3: return { N: r.pick(numbers) }
    case 4: return { B: r.pick(bytes) }
    case 5: return { BOOL: r.chance(0.5) }
    case 6: return { NULL: true }
    case 7: return { SS: unique(r.some(1, 3, () => r.pick(texts))) }
    case 8: return { NS: unique(r.some(1, 3, () => String(r.int(5)))) }
    case 9: return { BS: unique(r.some(1, 2, () => r.pick(bytes))) }
    case 10: return { L: r.some(0, 3, () => value(r, depth + 1)) }
    default: return { M: attributes(r, depth + 1) }
  }
}

const attributes = (r, depth) =>
  Object.fromEntries(r.some(0, 3, () => [r.pick(words), value(r, depth)]))

function wrongValue (r) {
  return r.pick([
    {}, { NULL: false }, { SS: [] }, { NS: [] }, { BS: [] }, { SS: ['a', 'a'] }, { NS: ['1', '1.0'] },
    { BS: ['YQ==', 'YQ=='] }, { S: 'a', N: '1' }, { N: r.pick(wrongNumbers) },
    { NS: [r.pick(wrongNumbers)] }
  ])
}

const unique = (list) => [...new Set(list)]

function keyValue (r, type) {
  switch (type) {
    case 'N': return { N: r.pick(['0', '1', '2', '-1', '1.0', '1e1', '3']) }
    case 'B': return { B: r.pick(['YQ==', 'YWI=', 'YWJj']) }
    default: return { S: r.pick(['a', 'b', 'c', 'ü']) }
  }
}

/** A key of the table; one in ten is wrong. */
export function keyOf (r, table) {
  const parts = [table.hash, table.range].filter(Boolean).map((text) => text.split(':'))
  const key = Object.fromEntries(parts.map(([name, type]) => [name, keyValue(r, type)]))
  if (r.chance(0.1)) {
    const name = r.pick(Object.keys(key))
    switch (r.int(4)) {
      case 0: delete key[name]; break
      case 1: key[name] = value(r); break
      case 2: key[name] = r.pick([{ S: '' }, { B: '' }]); break
      default: key.other = { S: 'a' }
    }
  }
  return key
}

/** An item of the table. */
export function item (r, table) {
  const all = { ...keyOf(r, table), ...attributes(r, 0) }
  if (r.chance(0.5)) all.g = { S: r.pick(['a', 'b']) }
  if (r.chance(0.5)) all.gs = { N: String(r.int(4)) }
  if (r.chance(0.4)) all.ls = { S: r.pick(['a', 'b']) }
  if (r.chance(0.4)) all.u = { S: r.pick(['a', 'b']) }
  /* attributes() may have overwritten the key: rarely wanted */
  if (r.chance(0.9)) Object.assign(all, keyOf(r, table))
  return all
}

const operators = {
  EQ: 1, NE: 1, LE: 1, LT: 1, GE: 1, GT: 1, NOT_NULL: 0, NULL: 0, CONTAINS: 1, NOT_CONTAINS: 1,
  BEGINS_WITH: 1, IN: 2, BETWEEN: 2
}

/** {ComparisonOperator, AttributeValueList} with the right number of values, mostly. */
export function legacyCondition (r) {
  const operator = r.pick(Object.keys(operators))
  const count = r.chance(0.9) ? operators[operator] : r.int(3)
  const first = r.chance(0.7) ? keyValue(r, r.pick(['S', 'N'])) : value(r)
  const type = Object.keys(first)[0]
  const condition = { ComparisonOperator: operator }
  if (count > 0 || r.chance(0.1)) {
    condition.AttributeValueList = Array.from({ length: count }, (_, i) =>
      i === 0 ? first : r.chance(0.8) && 'SN'.includes(type) ? keyValue(r, type) : value(r))
  }
  return condition
}
