// db.import() and db.export() with `anonymise`.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import fc from 'fast-check'
import { everyTarget } from '../support/targets.mjs'

const seed = 'a secret of the tests'
const folder = mkdtempSync(join(tmpdir(), 'ddblite-anonymise-'))
after(() => rmSync(folder, { recursive: true, force: true }))

everyTarget('anonymise', ({ test, send, makeTable, db }) => {
  /* Items as they are stored after an import under rules whose table is T. */
  const put = async (T, items, rules, options) => {
    const anonymise = Object.fromEntries(Object.entries(rules)
      .map(([path, rule]) => [`${T}.${path}`, rule]))
    const result = await db().import({ [T]: items }, { anonymise, seed, ...options })
    const { Items } = await send('Scan', { TableName: T })
    return { ...result, Items }
  }
  const one = async (item, rules, options) =>
    (await put(await makeTable(), [{ pk: 'a', ...item }], rules, options)).Items[0]

  test('does to each type what its method says', async () => {
    const item = {
      s: 'Some words', n: 12.75, b: new Uint8Array([1, 2, 3]), yes: true, none: null,
      ss: new Set(['one', 'two']), ns: new Set([1, 2, 3]), l: ['deep', { m: 'deeper' }]
    }
    const made = {}
    for (const method of ['fake', 'hash', 'mask', 'redact', 'null']) {
      const rules = Object.fromEntries(Object.keys(item).map(name => [name, method]))
      made[method] = await one(item, rules)
    }
    assert.match(made.fake.s.S, /^[A-Z][a-z]{3} [a-z]{5}$/)
    assert.match(made.fake.n.N, /^[1-9]\d\.\d[1-9]$/)
    assert.match(made.hash.s.S, /^[0-9a-f]{32}$/)
    assert.match(made.hash.n.N, /^[1-9]\d{17}$/)
    assert.deepEqual([made.mask.s, made.mask.n, made.mask.b, made.mask.yes],
      [{ S: '**********' }, { N: '0' }, { B: 'AAAA' }, { BOOL: false }])
    assert.deepEqual([made.redact.s, made.redact.n, made.redact.ss],
      [{ S: 'REDACTED' }, { N: '0' }, { SS: ['REDACTED'] }])
    assert.deepEqual(made.mask.ns, { NS: ['0'] })
    assert.equal(made.fake.ss.SS.length, 2)
    assert.deepEqual(made.redact.l, { L: [{ S: 'REDACTED' }, { M: { m: { S: 'REDACTED' } } }] })
    for (const name of Object.keys(item)) {
      assert.deepEqual(made.null[name], { NULL: true })
      for (const method of ['fake', 'hash', 'mask', 'redact']) {
        assert.deepEqual(Object.keys(made[method][name]), Object.keys(made.null[name]).length
          ? [{ s: 'S', n: 'N', b: 'B', yes: 'BOOL', none: 'NULL', ss: 'SS', ns: 'NS', l: 'L' }[name]]
          : [])
      }
    }
  })

  test('goes by paths: names, elements, any member, any depth, any table', async () => {
    const item = {
      email: 'ada@real.org',
      address: { street: 'Main 1', geo: { lat: '52.5' }, keep: 'x' },
      lines: [{ note: 'first', sku: 'A1' }, { note: 'second', sku: 'A2' }],
      tags: new Set(['red', 'blue']),
      'a.b': 'dotted',
      deep: { email: 'bob@real.org', list: [{ email: 'eve@real.org' }] }
    }
    const secret = /real\.org|Main|52\.5|first|second|red|blue|dotted/
    const made = await one(item, {
      '**.email': 'fake',
      'address.street': 'redact',
      'address.geo.*': 'redact',
      'lines[*].note': { method: 'mask' },
      'tags[*]': 'hash',
      '["a.b"]': 'hash'
    })
    assert.doesNotMatch(JSON.stringify(made).replaceAll('REDACTED', ''), secret)
    assert.deepEqual([made.address.M.keep.S, made.lines.L[1].M.sku.S], ['x', 'A2'])
    assert.equal(made.lines.L[0].M.note.S, '*****')
    const second = await one(item, { 'lines[1].note': 'redact' })
    assert.deepEqual(second.lines.L.map(({ M }) => M.note.S), ['first', 'REDACTED'])
    const T = await makeTable()
    await db().import({ [T]: [{ pk: 'a', email: 'ada@real.org' }] },
      { anonymise: { '*.email': 'redact', 'Others.email': 'null' }, seed })
    const { Items } = await send('Scan', { TableName: T })
    assert.equal(Items[0].email.S, 'REDACTED')
  })

  test('lets the first rule count, and says how often each was applied', async () => {
    const T = await makeTable()
    const { anonymised, Items } = await put(T, [{ pk: 'a', x: 'one', y: 'two' }],
      { x: { method: 'redact', text: '-' }, '*': 'hash', z: 'fake' })
    assert.equal(Items[0].x.S, '-')
    assert.match(Items[0].y.S, /^[0-9a-f]{32}$/)
    assert.deepEqual(anonymised, { [`${T}.x`]: 1, [`${T}.*`]: 2, [`${T}.z`]: 0 })
  })

  test('replaces the parts of composite keys that a pattern names', async () => {
    const T = await makeTable({ range: 'sk' })
    const U = await makeTable()
    const id = { method: 'fake', pattern: ['USER#<id>', 'ORDER#<id>#<keep>', 'META'] }
    const anonymise = {
      [`${T}.pk`]: id, [`${T}.sk`]: id, [`${U}.pk`]: 'fake', [`${U}.number`]: 'fake'
    }
    await db().import({
      [T]: [
        { pk: 'USER#ada-81', sk: 'META' },
        { pk: 'USER#ada-81', sk: 'ORDER#4711#2026' },
        { pk: 'USER#bob-12', sk: 'other form' }
      ],
      [U]: [{ pk: 'ada-81', number: 4711 }]
    }, { anonymise, seed })
    const { Items } = await send('Scan', { TableName: T })
    const { Items: [user] } = await send('Scan', { TableName: U })
    const ada = Items.filter(({ pk }) => pk.S === `USER#${user.pk.S}`)
    assert.deepEqual(ada.map(({ sk }) => sk.S).sort(), ['META', `ORDER#${user.number.N}#2026`])
    assert.doesNotMatch(JSON.stringify([Items, user]), /ada|bob|4711|other form/)
  })

  test('keeps to the form of what it replaces', async () => {
    for (const [value, as, form] of [
      ['ada@real.org', undefined, /^[a-z]+\.[a-z2-9]{12}@example\.com$/],
      ['8a9f0c2b-3e1c-4d5e-9a6b-6a7f0b1c2d3e', undefined,
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
      ['+49 30 1234567', 'phone', /^\+\d\d \d\d \d{7}$/],
      ['2024-02-29', undefined, /^\d{4}-\d{2}-\d{2}$/],
      ['2024-02-29T10:20:30.123Z', undefined, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.123Z$/],
      ['192.168.1.77', undefined, /^\d+\.\d+\.\d+\.\d+$/],
      ['https://real.org/ada?x=1', undefined, /^https:\/\/example\.com\/[a-z2-9]{14}$/],
      ['Ada Lovelace', 'name', /^[A-Z][a-z]+ [A-Z][a-z]+$/],
      ['12 Main Street', 'address', /^\d+ [A-Z][a-z]+ [A-Z][a-z]+$/],
      ['AB-1234-cd', undefined, /^[A-Z]{2}-\d{4}-[a-z]{2}$/],
      ['Zoë', undefined, /^[a-z2-9]{16}$/]
    ]) {
      const { v } = await one({ v: value }, { v: { method: 'fake', as } })
      assert.match(v.S, form)
      assert.notEqual(v.S, value)
      if (/^\d{4}-/.test(value)) assert.ok(!Number.isNaN(Date.parse(v.S)), v.S)
    }
    const { v } = await one({ v: '4111222233334444' }, { v: { method: 'mask', keep: 4 } })
    assert.equal(v.S, '************4444')
  })

  test('takes functions, and a faker of the user', async () => {
    const seen = []
    const made = await one({ a: 1, b: 'drop', c: ['x'], set: new Set([1]) }, {
      a: (value, context) => { seen.push(context); return value + 1 },
      b: () => undefined,
      'c[0]': value => ({ was: value.length }),
      set: value => new Set([...value, 2])
    })
    assert.deepEqual([made.a, made.b, made.c],
      [{ N: '2' }, undefined, { L: [{ M: { was: { N: '1' } } }] }])
    assert.equal(made.set.NS.length, 2)
    assert.deepEqual([seen[0].path, seen[0].type], ['a', 'N'])
    const asked = []
    const faker = request => {
      asked.push(request)
      return request.kind === 'name' ? `Person ${request.seed % 1000}` : undefined
    }
    const named = await one({ v: 'Ada', w: 'Ada', e: 'a@b.org' },
      { v: { method: 'fake', as: 'name' }, w: { method: 'fake', as: 'name' }, e: 'fake' }, { faker })
    assert.match(named.v.S, /^Person \d+$/)
    assert.deepEqual(named.w, named.v)
    assert.match(named.e.S, /@example\.com$/)
    assert.deepEqual(asked.map(({ kind }) => kind), ['name', 'email'])
    await assert.rejects(one({ a: 1 }, { a: async () => 1 }), TypeError)
  })

  test('refuses what would make keys alike', async () => {
    const T = await makeTable({ gsis: { byG: { hash: 'g' } } })
    for (const [path, rule] of [['pk', 'mask'], ['*', 'redact'], ['**', 'null'], ['g', 'null']]) {
      await assert.rejects(put(T, [{ pk: 'a', g: 'b' }], { [path]: rule }),
        { name: 'DataError', message: /use fake or hash/ })
    }
    await assert.rejects(put(T, [{ pk: 'a' }, { pk: 'b' }], { pk: () => 'same' }),
      { name: 'DataError', message: /two keys became one/ })
    const { Items } = await put(T, [{ pk: 'x', g: 'b' }], { g: 'redact' })
    assert.equal(Items.length, 1)
  })

  test('refuses rules that it does not understand', async () => {
    for (const rule of [
      'encrypt', null, { method: 'fake', as: 'shoe size' }, { method: 'hash', pattern: 5 }
    ]) {
      await assert.rejects(db().import({}, { anonymise: { '*.a': rule } }), TypeError)
    }
    await assert.rejects(db().import({ [await makeTable()]: [] }, { anonymise: { '*.a[': 'fake' } }),
      TypeError)
  })

  test('gives the same for the same secret, in any import, and other values for another', async () => {
    const item = { v: 'Some words', n: 4711, e: 'ada@real.org' }
    const rules = { v: 'fake', n: 'fake', e: 'fake' }
    const first = await one(item, rules)
    assert.deepEqual(await one(item, rules), first)
    const other = await one(item, rules, { seed: 'another' })
    const options = { seed: undefined }
    const unseeded = [await one(item, rules, options), await one(item, rules, options)]
    for (const made of [other, ...unseeded]) assert.notDeepEqual(made, first)
    assert.notDeepEqual(unseeded[0], unseeded[1])
  })

  test('anonymises what it exports', async () => {
    const T = await makeTable()
    await send('PutItem', { TableName: T, Item: { pk: { S: 'k' }, v: { S: 'secret word' } } })
    const file = join(folder, `${T}.ndjson`)
    await db().export(file, { tables: [T], anonymise: { '*.v': 'redact' }, seed })
    assert.equal(readFileSync(file, 'utf8'), '{"pk":{"S":"k"},"v":{"S":"REDACTED"}}\n')
    await assert.rejects(db().export(join(folder, 'f'), { anonymise: { '*.v': 'redact' } }),
      { name: 'DataError', message: /written by the engine, as they are/ })
  })

  // Property tests, on many random values at once: keys of one table, joined from another.
  const word = fc.oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    fc.integer({ min: 0, max: 99999 }).map(String),
    fc.stringMatching(/^0{0,3}[0-9]{1,4}$/), fc.uuid(), fc.emailAddress(), fc.ipV4(),
    fc.date({ min: new Date(0), max: new Date('2069-12-30'), noInvalidDate: true })
      .map(date => date.toISOString()),
    fc.date({ min: new Date(0), max: new Date('2069-12-30'), noInvalidDate: true })
      .map(date => date.toISOString().slice(0, 10)))

  const many = one => fc.uniqueArray(one, { minLength: 1, maxLength: 40 })

  for (const method of ['fake', 'hash']) {
    test(`keeps different texts different and leaves none as it was (${method})`, async () => {
      await fc.assert(fc.asyncProperty(many(word), async words => {
        const T = await makeTable()
        const U = await makeTable()
        const anonymise = { [`${T}.pk`]: method, [`${U}.v`]: method, [`${U}.set[*]`]: method }
        await db().import({
          [T]: words.map(pk => ({ pk })),
          [U]: words.map((v, i) => ({ pk: `k${i}`, v, set: new Set(words) }))
        }, { anonymise, seed })
        const keys = (await send('Scan', { TableName: T })).Items.map(({ pk }) => pk.S)
        const { Items } = await send('Scan', { TableName: U })
        assert.equal(new Set(keys).size, words.length)
        assert.deepEqual(Items.map(({ v }) => v.S).sort(), [...keys].sort())
        for (const { pk, v, set } of Items) {
          const was = words[Number(pk.S.slice(1))]
          if (/[A-Za-z0-9]/.test(was)) assert.notEqual(v.S, was)
          assert.deepEqual([...set.SS].sort(), [...keys].sort())
        }
        await send('DeleteTable', { TableName: T })
        await send('DeleteTable', { TableName: U })
      }), { numRuns: 15 })
    })
  }

  const decimal = fc.tuple(fc.boolean(), fc.stringMatching(/^(0|[1-9]\d{0,9})$/),
    fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{0,5}[1-9]$/)))
    .map(([negative, whole, fraction]) =>
      `${negative && whole + fraction !== '0' ? '-' : ''}${whole}${fraction}`)

  test('keeps different numbers different, and numbers', async () => {
    await fc.assert(fc.asyncProperty(many(decimal), async numbers => {
      const T = await makeTable({ hash: 'pk:N' })
      const { Items } = await put(T, numbers.map(N => ({ pk: { N }, was: { S: N } })), { pk: 'fake' })
      assert.equal(Items.length, numbers.length)
      for (const { pk, was } of Items) {
        assert.notEqual(pk.N, was.S)
        assert.equal(Number(pk.N) < 0, Number(was.S) < 0)
      }
      await send('DeleteTable', { TableName: T })
    }), { numRuns: 15 })
  })

  test('keeps the types of random items and leaks no text of theirs', async () => {
    const text = fc.stringMatching(/^[a-z]{6,12}$/)
    const { value } = fc.letrec(tie => ({
      value: fc.oneof({ maxDepth: 3 },
        text, fc.integer({ min: 100000 }), fc.boolean(), fc.constant(null),
        fc.uniqueArray(text, { minLength: 1, maxLength: 3 }).map(list => new Set(list)),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('x', 'y', 'z'), tie('value'), { maxKeys: 3 }))
    }))
    const shape = value => {
      const [[type, given]] = Object.entries(value)
      if (type === 'L') return given.map(shape)
      if (type !== 'M') return type
      return Object.fromEntries(Object.entries(given).map(([name, one]) => [name, shape(one)]))
    }
    const texts = value => JSON.stringify(value).match(/[a-z]{6,12}|\d{6,}/g) ?? []
    const T = await makeTable()
    const methods = fc.constantFrom('fake', 'hash', 'mask', 'redact')
    await fc.assert(fc.asyncProperty(value, methods, async (v, method) => {
      await db().seedData({ [T]: [{ pk: 'a', v }] })
      const { Item: before } = await send('GetItem', { TableName: T, Key: { pk: { S: 'a' } } })
      const { Items: [made] } = await put(T, [before], { v: method })
      assert.deepEqual(shape(made.v), shape(before.v))
      const words = new Set(texts(made.v))
      for (const word of texts(before.v)) assert.ok(!words.has(word), word)
    }), { numRuns: 40 })
  })
})
