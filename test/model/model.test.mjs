// Random operations against the engine and against model.mjs, every answer compared. A failure
// prints its seed: DDBLITE_SEED=<n> npm run test:model runs just that one.
import assert from 'node:assert/strict'
import { everyTarget, sameItem, tableInput } from '../api/support/targets.mjs'
import { ModelTable, applyUpdate, compareValues, holds } from './model.mjs'

const seeds = process.env.DDBLITE_SEED
  ? [Number(process.env.DDBLITE_SEED)]
  : [1, 2, 3, 4, 5, 6, 7, 8]
const steps = Number(process.env.DDBLITE_STEPS ?? 400)

/** A small seeded generator (mulberry32) with the choices the test needs. */
function randomOf (seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const int = (n) => Math.floor(next() * n)
  return { next, int, pick: (list) => list[int(list.length)], chance: (p) => next() < p }
}

const words = ['', 'a', 'ab', 'abc', 'b', 'ü', 'z', '日本', '😀', 'A"q\\', 'line\nbreak']
const names = ['u', 'v', 'w', 'g', 'gs', 'ls']

function randomValue (r, depth = 0) {
  switch (r.int(depth < 2 ? 10 : 6)) {
    case 0:
    case 1:
      return { S: r.pick(words) }
    case 2:
    case 3:
      return { N: String(r.int(40) - 20) }
    case 4:
      return { BOOL: r.chance(0.5) }
    case 5:
      return { NULL: true }
    case 6:
      return { SS: [...new Set([r.pick(words), r.pick(words), 'x'])] }
    case 7:
      return { NS: [...new Set([String(r.int(5)), String(r.int(5))])] }
    case 8:
      return { L: Array.from({ length: r.int(3) }, () => randomValue(r, depth + 1)) }
    default:
      return { M: Object.fromEntries([['k', randomValue(r, depth + 1)]]) }
  }
}

const keyWord = (r) => ({ S: r.pick(words.slice(1)) })
const keyNumber = (r) => ({ N: String(r.int(12) - 6) })

function randomKey (r) {
  return { pk: { S: `p${r.int(4)}` }, sk: keyNumber(r) }
}

function randomAttributes (r) {
  const item = {}
  for (const name of ['u', 'v', 'w']) if (r.chance(0.6)) item[name] = randomValue(r)
  if (r.chance(0.5)) item.g = keyWord(r)
  if (r.chance(0.7)) item.gs = keyNumber(r)
  if (r.chance(0.5)) item.ls = keyWord(r)
  return item
}

function randomCondition (r, depth = 0) {
  const name = r.pick(names)
  switch (r.int(depth < 2 ? 14 : 11)) {
    case 0:
      return { op: 'exists', name }
    case 1:
      return { op: 'absent', name }
    case 2:
      return { op: '=', name, value: randomValue(r) }
    case 3:
      return { op: '<>', name, value: randomValue(r) }
    case 4:
      return {
        op: r.pick(['<', '<=', '>', '>=']),
        name,
        value: r.chance(0.5) ? keyNumber(r) : keyWord(r)
      }
    case 5: {
      const [low, high] = [keyNumber(r), keyNumber(r)].sort(compareValues)
      return { op: 'between', name, low, high }
    }
    case 6:
      return { op: 'in', name, values: [randomValue(r), randomValue(r)] }
    case 7:
      return { op: 'begins', name, value: keyWord(r) }
    case 8:
      return { op: 'contains', name, value: r.chance(0.5) ? keyWord(r) : keyNumber(r) }
    case 9:
      return { op: 'size', name, than: r.int(3) }
    case 10:
      return { op: 'type', name, type: r.pick(['S', 'N', 'L', 'M', 'SS', 'NULL']) }
    case 11:
      return { op: 'not', of: randomCondition(r, depth + 1) }
    default:
      return {
        op: r.pick(['and', 'or']),
        of: [randomCondition(r, depth + 1), randomCondition(r, depth + 1)]
      }
  }
}

/** Writes a condition tree as an expression; placeholders go into `bind`. */
function conditionText (c, bind) {
  const n = () => bind.name(c.name)
  const v = (x) => bind.value(x)
  switch (c.op) {
    case 'and':
    case 'or':
      return c.of
        .map((x) =>
          x.op === 'and' || x.op === 'or' ? `(${conditionText(x, bind)})` : conditionText(x, bind)
        )
        .join(` ${c.op.toUpperCase()} `)
    case 'not':
      return `NOT (${conditionText(c.of, bind)})`
    case 'exists':
      return `attribute_exists(${n()})`
    case 'absent':
      return `attribute_not_exists(${n()})`
    case 'type':
      return `attribute_type(${n()}, ${v({ S: c.type })})`
    case 'between':
      return `${n()} BETWEEN ${v(c.low)} AND ${v(c.high)}`
    case 'in':
      return `${n()} IN (${c.values.map(v).join(', ')})`
    case 'begins':
      return `begins_with(${n()}, ${v(c.value)})`
    case 'contains':
      return `contains(${n()}, ${v(c.value)})`
    case 'size':
      return `size(${n()}) > ${v({ N: String(c.than) })}`
    default:
      return `${n()} ${c.op} ${v(c.value)}`
  }
}

function binder () {
  const names = {}
  const values = {}
  let count = 0
  return {
    name(name) {
      names[`#${name}`] = name
      return `#${name}`
    },
    value(value) {
      const key = `:v${count++}`
      values[key] = value
      return key
    },
    fill(request) {
      if (Object.keys(names).length > 0) request.ExpressionAttributeNames = names
      if (Object.keys(values).length > 0) request.ExpressionAttributeValues = values
      return request
    }
  }
}

function randomActions (r) {
  const free = ['u', 'v', 'w']
  const actions = []
  for (const name of free) {
    if (!r.chance(0.5)) continue
    switch (r.int(8)) {
      case 0:
        actions.push({ op: 'set', name, value: randomValue(r) })
        break
      case 1:
        actions.push({ op: 'copy', name, from: r.pick(free) })
        break
      case 2:
        actions.push({ op: 'plus', name, value: { N: String(r.int(9) - 4) } })
        break
      case 3:
        actions.push({ op: 'default', name, value: randomValue(r) })
        break
      case 4:
        actions.push({ op: 'append', name, value: { L: [randomValue(r)] } })
        break
      case 5:
        actions.push({ op: 'remove', name })
        break
      case 6:
        actions.push({ op: 'add', name, value: r.chance(0.5) ? { N: '3' } : { SS: ['x', 'y'] } })
        break
      default:
        actions.push({ op: 'delete', name, value: { SS: ['x', 'ab'] } })
    }
  }
  if (r.chance(0.3)) actions.push({ op: 'set', name: 'g', value: keyWord(r) })
  if (r.chance(0.2)) actions.push({ op: 'remove', name: 'ls' })
  return actions
}

function updateText (actions, bind) {
  const part = { SET: [], REMOVE: [], ADD: [], DELETE: [] }
  for (const a of actions) {
    const n = bind.name(a.name)
    switch (a.op) {
      case 'set':
        part.SET.push(`${n} = ${bind.value(a.value)}`)
        break
      case 'copy':
        part.SET.push(`${n} = ${bind.name(a.from)}`)
        break
      case 'plus':
        part.SET.push(`${n} = ${n} + ${bind.value(a.value)}`)
        break
      case 'default':
        part.SET.push(`${n} = if_not_exists(${n}, ${bind.value(a.value)})`)
        break
      case 'append':
        part.SET.push(
          `${n} = list_append(if_not_exists(${n}, ${bind.value({ L: [] })}), ${bind.value(a.value)})`
        )
        break
      case 'remove':
        part.REMOVE.push(n)
        break
      case 'add':
        part.ADD.push(`${n} ${bind.value(a.value)}`)
        break
      default:
        part.DELETE.push(`${n} ${bind.value(a.value)}`)
    }
  }
  return Object.entries(part)
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => `${name} ${list.join(', ')}`)
    .join(' ')
}

const schema = {
  hash: 'pk',
  range: 'sk',
  indexes: { byG: { hash: 'g', range: 'gs' }, byL: { hash: 'pk', range: 'ls' } }
}
const definition = {
  hash: 'pk',
  range: 'sk:N',
  gsis: { byG: { hash: 'g', range: 'gs:N' } },
  lsis: { byL: { range: 'ls' } }
}

everyTarget('a random walk', ({ test, send, db }) => {
  for (const seed of seeds) {
    test(`agrees with the model (seed ${seed})`, async () => {
      const name = `walk-${seed}`
      await send('CreateTable', tableInput(name, definition))
      const walk = new Walk(
        randomOf(seed),
        new ModelTable(schema),
        (op, request) => send(op, { TableName: name, ...request }),
        name,
        db
      )
      for (let i = 0; i < steps; i++) await walk.step()
      await walk.compareAll()
    })
  }
})

class Walk {
  constructor (random, model, send, table, db) {
    Object.assign(this, { r: random, model, send, table, db })
  }

  async step () {
    const kinds = [
      'put',
      'put',
      'put',
      'update',
      'update',
      'delete',
      'get',
      'query',
      'query',
      'scan',
      'batchWrite',
      'batchGet',
      'transact'
    ]
    await this[this.r.pick(kinds)]()
  }

  /** Runs op; expected is undefined for success, else the exception's name. */
  async expect (op, request, expected) {
    try {
      const answer = await this.send(op, request)
      assert.equal(undefined, expected, `${op} succeeded: ${JSON.stringify(request)}`)
      return answer
    } catch (error) {
      if (error.name === 'AssertionError') throw error
      assert.equal(error.name, expected, `${op} ${JSON.stringify(request)}: ${error.message}`)
      return error
    }
  }

  conditional (request, bind) {
    if (!this.r.chance(0.4)) return undefined
    const condition = randomCondition(this.r)
    request.ConditionExpression = conditionText(condition, bind)
    return condition
  }

  async put () {
    const item = { ...randomKey(this.r), ...randomAttributes(this.r) }
    const bind = binder()
    const request = { Item: item, ReturnValues: 'ALL_OLD' }
    const condition = this.conditional(request, bind)
    const old = this.model.get(item)
    const ok = condition === undefined || holds(condition, old)
    const answer = await this.expect(
      'PutItem',
      bind.fill(request),
      ok ? undefined : 'ConditionalCheckFailedException'
    )
    if (!ok) return
    sameItem(answer.Attributes, old)
    this.model.put(item)
  }

  async update () {
    const key = randomKey(this.r)
    const actions = randomActions(this.r)
    const bind = binder()
    const request = { Key: key, ReturnValues: 'ALL_NEW' }
    if (actions.length > 0) request.UpdateExpression = updateText(actions, bind)
    const condition = this.conditional(request, bind)
    const old = this.model.get(key)
    const ok = condition === undefined || holds(condition, old)
    const outcome = applyUpdate(actions, old, key)
    const expected = !ok
      ? 'ConditionalCheckFailedException'
      : outcome.error
        ? 'ValidationException'
        : undefined
    const answer = await this.expect('UpdateItem', bind.fill(request), expected)
    if (expected) return
    sameItem(answer.Attributes, outcome.item)
    this.model.put(outcome.item)
  }

  async delete () {
    const key = randomKey(this.r)
    const bind = binder()
    const request = { Key: key, ReturnValues: 'ALL_OLD' }
    const condition = this.conditional(request, bind)
    const old = this.model.get(key)
    const ok = condition === undefined || holds(condition, old)
    const answer = await this.expect(
      'DeleteItem',
      bind.fill(request),
      ok ? undefined : 'ConditionalCheckFailedException'
    )
    if (!ok) return
    sameItem(answer.Attributes, old)
    this.model.delete(key)
  }

  async get () {
    const key = randomKey(this.r)
    sameItem((await this.send('GetItem', { Key: key })).Item, this.model.get(key))
  }

  /** All pages of a Query or Scan, with the invariants of a page checked on the way. */
  async pages (op, request, limit) {
    const items = []
    let scanned = 0
    let start
    do {
      const page = await this.send(op, { ...request, ExclusiveStartKey: start, Limit: limit })
      assert.equal(page.Count, page.Items.length)
      assert.ok(page.ScannedCount >= page.Count)
      if (limit) assert.ok(page.ScannedCount <= limit)
      items.push(...page.Items)
      scanned += page.ScannedCount
      start = page.LastEvaluatedKey
    } while (start)
    return { items, scanned }
  }

  async query () {
    const index = this.r.pick([undefined, 'byG', 'byL'])
    const keys = index ? schema.indexes[index] : schema
    const partition = index === 'byG' ? keyWord(this.r) : { S: `p${this.r.int(4)}` }
    const numeric = keys.range !== 'ls'
    const value = () => (numeric ? keyNumber(this.r) : keyWord(this.r))
    let condition
    switch (this.r.int(4)) {
      case 0:
        condition = {
          op: this.r.pick(['=', '<', '<=', '>', '>=']),
          name: keys.range,
          value: value()
        }
        break
      case 1: {
        const [low, high] = [value(), value()].sort(compareValues)
        condition = { op: 'between', name: keys.range, low, high }
        break
      }
      case 2:
        if (!numeric) condition = { op: 'begins', name: keys.range, value: value() }
    }
    const bind = binder()
    let text = `${bind.name(keys.hash)} = ${bind.value(partition)}`
    if (condition) text += ` AND ${conditionText(condition, bind)}`
    const backward = this.r.chance(0.4)
    const request = { IndexName: index, KeyConditionExpression: text, ScanIndexForward: !backward }
    let filter
    if (this.r.chance(0.3)) {
      filter = randomCondition(this.r)
      if (!usesKey(filter, [keys.hash, keys.range]))
        request.FilterExpression = conditionText(filter, bind)
      else filter = undefined
    }
    const all = this.model.query({ index, partition, condition, backward })
    const wanted = filter ? all.filter((item) => holds(filter, item)) : all
    const { items, scanned } = await this.pages(
      'Query',
      bind.fill(request),
      this.r.pick([undefined, 1, 2, 5])
    )
    assert.equal(scanned, all.length)
    assert.deepEqual(
      items.map((i) => i[keys.range]).map(plain),
      wanted.map((i) => i[keys.range]).map(plain)
    )
    this.sameSet(items, wanted)
  }

  async scan () {
    const index = this.r.pick([undefined, undefined, 'byG', 'byL'])
    const bind = binder()
    const request = { IndexName: index }
    const all = this.model.scan(index)
    let wanted = all
    if (this.r.chance(0.5)) {
      const filter = randomCondition(this.r)
      request.FilterExpression = conditionText(filter, bind)
      wanted = all.filter((item) => holds(filter, item))
    }
    bind.fill(request)
    const limit = this.r.pick([undefined, 3, 7])
    const total = this.r.pick([1, 1, 3])
    const items = []
    let scanned = 0
    for (let segment = 0; segment < total; segment++) {
      const part = await this.pages(
        'Scan',
        total === 1 ? request : { ...request, Segment: segment, TotalSegments: total },
        limit
      )
      items.push(...part.items)
      scanned += part.scanned
    }
    assert.equal(scanned, all.length)
    this.sameSet(items, wanted)
  }

  sameSet (items, wanted) {
    const byId = (list) => Object.fromEntries(list.map((item) => [this.model.idOf(item), item]))
    assert.equal(items.length, wanted.length)
    sameItem(byId(items), byId(wanted))
  }

  async batchWrite () {
    const puts = new Map()
    for (let i = 0; i < 1 + this.r.int(6); i++) {
      const item = { ...randomKey(this.r), ...randomAttributes(this.r) }
      puts.set(
        this.model.idOf(item),
        this.r.chance(0.7) ? { put: item } : { key: this.model.keyOf(item) }
      )
    }
    const requests = [...puts.values()].map((x) =>
      x.put ? { PutRequest: { Item: x.put } } : { DeleteRequest: { Key: x.key } }
    )
    const answer = await this.db().execute('BatchWriteItem', {
      RequestItems: { [this.table]: requests }
    })
    assert.deepEqual(answer.UnprocessedItems, {})
    for (const x of puts.values()) x.put ? this.model.put(x.put) : this.model.delete(x.key)
  }

  async batchGet () {
    const keys = new Map()
    for (let i = 0; i < 1 + this.r.int(8); i++) {
      const key = randomKey(this.r)
      keys.set(this.model.idOf(key), key)
    }
    const answer = await this.db().execute('BatchGetItem', {
      RequestItems: { [this.table]: { Keys: [...keys.values()] } }
    })
    const wanted = [...keys.values()].map((key) => this.model.get(key)).filter(Boolean)
    this.sameSet(answer.Responses[this.table], wanted)
  }

  async transact () {
    const actions = new Map()
    for (let i = 0; i < 1 + this.r.int(4); i++) {
      const key = randomKey(this.r)
      actions.set(this.model.idOf(key), key)
    }
    const effects = []
    const reasons = []
    const TransactItems = [...actions.values()].map((key) => {
      const bind = binder()
      const request = { TableName: this.table }
      const condition = this.conditional(request, bind)
      const old = this.model.get(key)
      let reason =
        condition === undefined || holds(condition, old) ? 'None' : 'ConditionalCheckFailed'
      let wrapped
      switch (this.r.int(4)) {
        case 0: {
          const item = { ...key, ...randomAttributes(this.r) }
          effects.push(() => this.model.put(item))
          wrapped = { Put: bind.fill({ ...request, Item: item }) }
          break
        }
        case 1:
          effects.push(() => this.model.delete(key))
          wrapped = { Delete: bind.fill({ ...request, Key: key }) }
          break
        case 2: {
          const list = randomActions(this.r)
          if (list.length === 0) list.push({ op: 'set', name: 'u', value: { S: 'u' } })
          const text = updateText(list, bind)
          const outcome = applyUpdate(list, old, key)
          if (reason === 'None' && outcome.error) reason = 'ValidationError'
          effects.push(() => this.model.put(outcome.item))
          wrapped = { Update: bind.fill({ ...request, Key: key, UpdateExpression: text }) }
          break
        }
        default:
          if (!condition) {
            request.ConditionExpression = 'attribute_exists(pk)'
            reason = old ? 'None' : 'ConditionalCheckFailed'
          }
          effects.push(() => {})
          wrapped = { ConditionCheck: bind.fill({ ...request, Key: key }) }
      }
      reasons.push(reason)
      return wrapped
    })
    const canceled = reasons.some((x) => x !== 'None')
    try {
      await this.db().execute('TransactWriteItems', { TransactItems })
      assert.equal(canceled, false, `the transaction went through: ${JSON.stringify(reasons)}`)
    } catch (error) {
      if (error.name === 'AssertionError') throw error
      assert.equal(error.name, 'TransactionCanceledException', error.message)
      assert.deepEqual(
        error.CancellationReasons.map((x) => x.Code),
        reasons
      )
      return
    }
    for (const effect of effects) effect()
  }

  async compareAll () {
    const { items } = await this.pages('Scan', {}, undefined)
    this.sameSet(items, this.model.scan())
  }
}

const plain = (v) => ('N' in v ? Number(v.N) : v.S)

function usesKey (condition, keys) {
  if (condition.of) return [condition.of].flat().some((x) => usesKey(x, keys))
  return keys.includes(condition.name)
}
