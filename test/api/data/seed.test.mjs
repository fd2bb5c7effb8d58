// seedData(): items from plain JavaScript and from DynamoDB's JSON.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { marshall } from '@aws-sdk/util-dynamodb'
import { DataError } from 'ddblite'
import fc from 'fast-check'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

const folder = mkdtempSync(join(tmpdir(), 'ddblite-seed-'))
after(() => rmSync(folder, { recursive: true, force: true }))

everyTarget('seedData', ({ test, send, makeTable, db }) => {
  const get = async (TableName, Key) => (await send('GetItem', { TableName, Key })).Item
  const count = async TableName => (await send('Scan', { TableName, Select: 'COUNT' })).Count

  test('stores plain values as their types', async () => {
    const T = await makeTable()
    const bytes = new Uint8Array([0, 1, 255])
    assert.deepEqual(await db().seedData({
      [T]: [{
        pk: 'a',
        n: 1.5,
        big: 123456789012345678901n,
        yes: true,
        none: null,
        gone: undefined,
        bytes,
        buffer: Buffer.from('hi'),
        words: new Set(['x', 'y']),
        numbers: new Set([1, 2n]),
        blobs: new Set([bytes]),
        list: ['a', 1, undefined, { deep: [true] }],
        map: { S: 'looks like a type', other: undefined },
        empty: { list: [], map: {}, text: '' },
        zero: -0
      }]
    }), { items: 1, tables: { [T]: 1 } })
    sameItem(await get(T, { pk: { S: 'a' } }), {
      pk: { S: 'a' },
      n: { N: '1.5' },
      big: { N: '123456789012345678901' },
      yes: { BOOL: true },
      none: { NULL: true },
      bytes: { B: 'AAH/' },
      buffer: { B: 'aGk=' },
      words: { SS: ['x', 'y'] },
      numbers: { NS: ['1', '2'] },
      blobs: { BS: ['AAH/'] },
      list: { L: [{ S: 'a' }, { N: '1' }, { M: { deep: { L: [{ BOOL: true }] } } }] },
      map: { M: { S: { S: 'looks like a type' } } },
      empty: { M: { list: { L: [] }, map: { M: {} }, text: { S: '' } } },
      zero: { N: '0' }
    })
  })

  // Evidence: @aws-sdk/util-dynamodb, marshall() with removeUndefinedValues.
  test('stores plain values as the AWS SDK would', async () => {
    const T = await makeTable()
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 })
        .filter(n => !Number.isInteger(n) && Math.abs(n) > 1e-100),
      fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }), fc.uint8Array(), fc.constant(undefined))
    const name = fc.string({ minLength: 1, maxLength: 5 })
    const { value } = fc.letrec(tie => ({
      value: fc.oneof({ maxDepth: 3 }, scalar,
        fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(name, tie('value'), { maxKeys: 3 }),
        fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 3 }).map(list => new Set(list)),
        fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 3 }).map(list => new Set(list)))
    }))
    const item = fc.dictionary(name.filter(name => name !== 'pk'), value, { maxKeys: 5 })
    await fc.assert(fc.asyncProperty(item, async more => {
      const plain = { pk: 'a', ...more }
      await db().seedData({ [T]: [plain] })
      const seeded = await get(T, { pk: { S: 'a' } })
      await send('PutItem', { TableName: T, Item: marshall(plain, { removeUndefinedValues: true }) })
      sameItem(seeded, await get(T, { pk: { S: 'a' } }))
    }), { numRuns: 60 })
  })

  test("takes DynamoDB's JSON, batch requests, answers of Scan, and tells them apart by item", async () => {
    const T = await makeTable()
    const marshalled = { pk: { S: 'm' }, v: { M: { S: { S: 'x' } } } }
    await db().seedData({
      [T]: [
        marshalled,
        { pk: 'p', v: { S: 'x' } },
        { PutRequest: { Item: { pk: { S: 'put' } } } },
        { PutRequest: { Item: { pk: 'plain put' } } },
        { Item: { pk: { S: 'exported' } } }
      ]
    })
    assert.deepEqual(await get(T, { pk: { S: 'm' } }), marshalled)
    assert.deepEqual(await get(T, { pk: { S: 'p' } }),
      { pk: { S: 'p' }, v: { M: { S: { S: 'x' } } } })
    assert.equal(await count(T), 5)
    await db().seedData({ RequestItems: { [T]: [{ DeleteRequest: { Key: { pk: 'put' } } }] } })
    assert.equal(await count(T), 4)
    const scanned = await send('Scan', { TableName: T })
    const other = await makeTable()
    await db().seedData({ [other]: scanned })
    assert.equal(await count(other), 4)
  })

  test('goes by `format` where it is given', async () => {
    const T = await makeTable()
    await invalid(db().seedData({ [T]: [{ pk: { S: 'a' } }] }, { format: 'plain' }))
    await db().seedData({ [T]: [{ pk: { S: 'a' } }] }, { format: 'dynamodb' })
    assert.equal(await count(T), 1)
    await assert.rejects(db().seedData({ [T]: [{ pk: 'a' }] }, { format: 'dynamodb' }))
    await assert.rejects(db().seedData({}, { format: 'xml' }), TypeError)
  })

  test('takes functions, iterables and promises, and many items', async () => {
    const T = await makeTable()
    const U = await makeTable()
    function * many () {
      for (let i = 0; i < 2345; i++) yield { pk: `k${i}`, i }
    }
    async function * few () {
      yield { pk: 'a' }
      yield { pk: 'b' }
    }
    assert.deepEqual(await db().seedData(async () => ({ [T]: many, [U]: few() })),
      { items: 2347, tables: { [T]: 2345, [U]: 2 } })
    assert.equal(await count(T), 2345)
    assert.equal(await count(U), 2)
  })

  test('reads JSON and NDJSON texts and files', async () => {
    const T = await makeTable()
    await db().seedData(JSON.stringify({ [T]: [{ pk: 'json' }] }))
    await db().seedData('{"pk":"line 1"}\n\n{"pk":{"S":"line 2"}}\n', { table: T })
    await db().seedData(Buffer.from('[{"pk":"bytes"}]'), { table: T })
    const file = join(folder, `${T}.ndjson`)
    writeFileSync(file, '{"Item":{"pk":{"S":"file 1"}}}\n{"Item":{"pk":{"S":"file 2"}}}\n')
    await db().seedData(file)
    assert.equal(await count(T), 6)
  })

  test('says where what cannot be stored stands', async () => {
    const T = await makeTable()
    class Song {}
    for (const [value, message] of [
      [new Date(0), /^Table\d+, item 1, v: A Date cannot be stored: say how in `dates`/],
      [{ deep: [new Set()] }, /item 1, v\.deep\[0\]: An empty Set/],
      [new Set([1, 'a']), /one type/],
      [new Set([{}]), /texts, numbers or bytes/],
      [2 ** 60, /1152921504606847000 is not exact: give a bigint/],
      [NaN, /NaN cannot be stored/],
      [() => 1, /A function/],
      [Symbol('x'), /A symbol/],
      [new Song(), /A Song cannot be stored/],
      [new Map(), /A Map cannot be stored/]
    ]) {
      const error = await db().seedData({ [T]: [{ pk: 'a' }, { pk: 'b', v: value }] })
        .catch(error => error)
      assert.ok(error instanceof DataError, String(error))
      assert.match(error.message, message)
      assert.deepEqual([error.table, error.index], [T, 1])
    }
    for (const [source, message] of [
      [{ [T]: 5 }, /no list/], [5, /Data is/], ['{"a":', /not JSON/], ['[{"pk":"a"}]', /which table/],
      ['{"pk":"a"}\n{"pk"\n', /Line 2 is not JSON/], [{ [T]: ['a'] }, /plain object/]
    ]) await assert.rejects(db().seedData(source), { name: 'DataError', message })
    assert.equal(await count(T), 0)
    await rejects(db().seedData({ Nowhere: [{ pk: 'a' }] }), 'ResourceNotFoundException')
  })

  test('stores dates as it is told', async () => {
    const T = await makeTable()
    const at = new Date('2026-01-02T03:04:05.678Z')
    for (const [dates, expected] of [
      ['iso', { S: '2026-01-02T03:04:05.678Z' }],
      ['epochSeconds', { N: '1767323045' }],
      ['epochMilliseconds', { N: '1767323045678' }]
    ]) {
      await db().seedData({ [T]: [{ pk: 'a', at }] }, { dates })
      assert.deepEqual((await get(T, { pk: { S: 'a' } })).at, expected)
    }
    await assert.rejects(db().seedData({ [T]: [{ pk: 'a', at: new Date(NaN) }] }, { dates: 'iso' }))
    await assert.rejects(db().seedData({}, { dates: 'local' }), TypeError)
  })

  test('sends what came back unprocessed again, and gives up in the end', async () => {
    const T = await makeTable()
    let calls = 0
    const slow = {
      execute: async (operation, { RequestItems }) => {
        const [first, ...rest] = RequestItems[T]
        calls++
        await db().execute(operation, { RequestItems: { [T]: [first] } })
        return rest.length > 0 ? { UnprocessedItems: { [T]: rest } } : { UnprocessedItems: {} }
      }
    }
    const { seedData } = Object.getPrototypeOf(Object.getPrototypeOf(db()))
    await seedData.call(slow, { [T]: [{ pk: 'a' }, { pk: 'b' }, { pk: 'c' }] })
    assert.equal(calls, 3)
    assert.equal(await count(T), 3)
    const stuck = { execute: async (_, { RequestItems }) => ({ UnprocessedItems: RequestItems }) }
    await assert.rejects(seedData.call(stuck, { [T]: [{ pk: 'a' }] }), { name: 'DataError' })
  })
})
