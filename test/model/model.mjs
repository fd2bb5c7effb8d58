// A naive DynamoDB table in JavaScript: an array of items and the plainest code that can be right.
// It knows the subset of expressions that model.test.mjs generates, as data rather than as text.

const compareBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Orders two scalar attribute values of one type as DynamoDB does. */
export function compareValues (a, b) {
  if ('N' in a) return Number(a.N) - Number(b.N)
  if ('S' in a) return compareBytes(a.S, b.S)
  return Buffer.compare(Buffer.from(a.B, 'base64'), Buffer.from(b.B, 'base64'))
}

export function deepEqual (a, b) {
  const [ta] = Object.keys(a)
  const [tb] = Object.keys(b)
  if (ta !== tb) return false
  const [va, vb] = [a[ta], b[tb]]
  switch (ta) {
    case 'N':
      return Number(va) === Number(vb)
    case 'SS':
    case 'BS':
      return va.length === vb.length && va.every((x) => vb.includes(x))
    case 'NS': {
      const set = new Set(vb.map(Number))
      return va.length === vb.length && va.every((x) => set.has(Number(x)))
    }
    case 'L':
      return va.length === vb.length && va.every((x, i) => deepEqual(x, vb[i]))
    case 'M': {
      const keys = Object.keys(va)
      return (
        keys.length === Object.keys(vb).length &&
        keys.every((k) => Object.hasOwn(vb, k) && deepEqual(va[k], vb[k]))
      )
    }
    default:
      return va === vb
  }
}

const typeOf = (v) => Object.keys(v)[0]
const orderable = (a, b) => typeOf(a) === typeOf(b) && ['S', 'N', 'B'].includes(typeOf(a))

/** Evaluates a condition tree (see model.test.mjs) on an item; undefined is "no item". */
export function holds (c, item) {
  const at = (name) => item?.[name]
  switch (c.op) {
    case 'and':
      return c.of.every((x) => holds(x, item))
    case 'or':
      return c.of.some((x) => holds(x, item))
    case 'not':
      return !holds(c.of, item)
    case 'exists':
      return at(c.name) !== undefined
    case 'absent':
      return at(c.name) === undefined
    case 'type':
      return at(c.name) !== undefined && typeOf(at(c.name)) === c.type
    case '=':
      return at(c.name) !== undefined && deepEqual(at(c.name), c.value)
    case '<>':
      return at(c.name) === undefined || !deepEqual(at(c.name), c.value)
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const v = at(c.name)
      if (v === undefined || !orderable(v, c.value)) return false
      const d = compareValues(v, c.value)
      return { '<': d < 0, '<=': d <= 0, '>': d > 0, '>=': d >= 0 }[c.op]
    }
    case 'between': {
      const v = at(c.name)
      return (
        v !== undefined &&
        orderable(v, c.low) &&
        compareValues(v, c.low) >= 0 &&
        compareValues(v, c.high) <= 0
      )
    }
    case 'in':
      return at(c.name) !== undefined && c.values.some((x) => deepEqual(at(c.name), x))
    case 'begins': {
      const v = at(c.name)
      return v !== undefined && 'S' in v && v.S.startsWith(c.value.S)
    }
    case 'contains': {
      const v = at(c.name)
      if (v === undefined) return false
      if ('S' in v) return 'S' in c.value && v.S.includes(c.value.S)
      if ('SS' in v) return 'S' in c.value && v.SS.includes(c.value.S)
      if ('NS' in v) return 'N' in c.value && v.NS.some((x) => Number(x) === Number(c.value.N))
      if ('L' in v) return v.L.some((x) => deepEqual(x, c.value))
      return false
    }
    case 'size': {
      const v = at(c.name)
      if (v === undefined) return false
      const t = typeOf(v)
      const n =
        t === 'S'
          ? v.S.length
          : ['SS', 'NS', 'BS', 'L'].includes(t)
            ? v[t].length
            : t === 'M'
              ? Object.keys(v.M).length
              : undefined
      return n !== undefined && n > c.than
    }
    default:
      throw new Error(`unknown condition ${c.op}`)
  }
}

/** The outcome of a write on one item: { item } afterwards, or { error }. */
export function applyUpdate (actions, old, key) {
  const next = structuredClone(old ?? key)
  for (const a of actions) {
    const before = old?.[a.name]
    switch (a.op) {
      case 'set':
        next[a.name] = structuredClone(a.value)
        break
      case 'copy':
        if (old?.[a.from] === undefined) return { error: 'missing' }
        next[a.name] = structuredClone(old[a.from])
        break
      case 'plus':
        if (before === undefined) return { error: 'missing' }
        if (!('N' in before)) return { error: 'type' }
        next[a.name] = { N: String(Number(before.N) + Number(a.value.N)) }
        break
      case 'default':
        next[a.name] = structuredClone(before ?? a.value)
        break
      case 'append': {
        const list = before ?? { L: [] }
        if (!('L' in list)) return { error: 'type' }
        next[a.name] = { L: [...structuredClone(list.L), ...structuredClone(a.value.L)] }
        break
      }
      case 'remove':
        delete next[a.name]
        break
      case 'add':
        if (before === undefined) {
          next[a.name] = structuredClone(a.value)
          break
        }
        if ('N' in a.value) {
          if (!('N' in before)) return { error: 'type' }
          next[a.name] = { N: String(Number(before.N) + Number(a.value.N)) }
        } else {
          const t = typeOf(a.value)
          if (!(t in before)) return { error: 'type' }
          next[a.name] = { [t]: [...new Set([...before[t], ...a.value[t]])] }
        }
        break
      case 'delete': {
        if (before === undefined) break
        const t = typeOf(a.value)
        if (!(t in before)) return { error: 'type' }
        const left = before[t].filter((x) => !a.value[t].includes(x))
        if (left.length === 0) delete next[a.name]
        else next[a.name] = { [t]: left }
        break
      }
      default:
        throw new Error(`unknown action ${a.op}`)
    }
  }
  return { item: next }
}

export class ModelTable {
  constructor (schema) {
    this.schema = schema // { hash, range, indexes: { name: { hash, range } } }
    this.items = new Map()
  }

  idOf (item) {
    return JSON.stringify([item[this.schema.hash], item[this.schema.range]])
  }

  keyOf (item) {
    return {
      [this.schema.hash]: item[this.schema.hash],
      [this.schema.range]: item[this.schema.range]
    }
  }

  get (key) {
    return this.items.get(this.idOf(key))
  }
  put (item) {
    this.items.set(this.idOf(item), structuredClone(item))
  }
  delete (key) {
    this.items.delete(this.idOf(key))
  }

  /** Items of one partition in index order; ties in no order. */
  query ({ index, partition, condition, backward }) {
    const keys = index ? this.schema.indexes[index] : this.schema
    const found = [...this.items.values()].filter(
      (item) =>
        item[keys.hash] !== undefined &&
        item[keys.range] !== undefined &&
        deepEqual(item[keys.hash], partition) &&
        (condition === undefined || holds(condition, item))
    )
    found.sort((a, b) => compareValues(a[keys.range], b[keys.range]))
    return backward ? found.reverse() : found
  }

  scan (index) {
    const all = [...this.items.values()]
    if (!index) return all
    const keys = this.schema.indexes[index]
    return all.filter((item) => item[keys.hash] !== undefined && item[keys.range] !== undefined)
  }
}
