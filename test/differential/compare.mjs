/*
 * compare.mjs - brings two answers into one form, so that what has no order, or must differ, is
 * no difference: members of sets, errors inside one message, names in braces, times and ids.
 */

/** "Type: message" of an error, 'OK' otherwise. */
export function outcome ({ status, body }) {
  if (status === 200) return 'OK'
  const type = String(body.__type).replace(/^.*#/, '')
  return `${type}: ${body.message ?? body.Message ?? ''}`
}

/** A comparable form of an answer: text of an error, JSON of a result. */
export function canonical (operation, answer) {
  if (answer.status !== 200) {
    return `${answer.status} ${answer.body.__type}: ${canonicalMessage(answer.body)}` +
      (answer.body.Item ? JSON.stringify(ordered(answer.body.Item)) : '')
  }
  const body = structuredClone(answer.body)
  strip(body)
  if (operation === 'BatchGetItem') {
    for (const name of Object.keys(body.Responses ?? {})) body.Responses[name].sort(byText)
  }
  return JSON.stringify(ordered(body))
}

const byText = (a, b) => {
  const [x, y] = [a, b].map((v) => JSON.stringify(ordered(v)))
  return x < y ? -1 : x > y ? 1 : 0
}

const sorted = (text, separator) => text.split(separator).sort().join(separator)

function canonicalMessage (body) {
  const member = 'Message' in body ? 'Message' : 'message'
  const text = String(body[member] ?? '')
    .replace(/(keys: |valid types: |operand type: )\{([^}]*)\}/g,
      (all, head, list) => `${head}{${sorted(list.replace(/, /g, ','), ',')}}`)
    .replace(/(satisfy constraint: |enum value set: )\[([^\]]*)\]/g,
      (all, head, list) => `${head}[${sorted(list, ', ')}]`)
  const many = /^(\d+ validation errors? detected: )([^]*)$/.exec(text)
  const message = many ? many[1] + sorted(many[2].replace(/; Value/g, '\nValue'), '\n') : text
  return `${body[member] === undefined ? '' : member}=${message}`
}

/* What two engines never have in common. */
const theirOwn = new Set(['TableId', 'CreationDateTime', 'TableArn', 'IndexArn',
  'LastUpdateToPayPerRequestDateTime', 'LastIncreaseDateTime', 'LastDecreaseDateTime'])

function strip (value) {
  if (value === null || typeof value !== 'object') return
  for (const name of Object.keys(value)) {
    if (theirOwn.has(name)) delete value[name]
    else strip(value[name])
  }
}

/* Object members in one order; sets and lists without an order too. */
const unordered = new Set(['SS', 'NS', 'BS', 'AttributeDefinitions', 'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes', 'NonKeyAttributes', 'ConsumedCapacity'])

export function ordered (value) {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(ordered)
  return Object.fromEntries(Object.keys(value).sort().map((name) => [
    name,
    unordered.has(name) && Array.isArray(value[name])
      ? value[name].map(ordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : ordered(value[name])
  ]))
}
