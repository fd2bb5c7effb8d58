/*
 * search.test.mjs - SearchVectors: scores and their order, conditions, projections, capacity.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'
import { list, numbers, vectorIndex, withVectors } from './support.mjs'

const near = (actual, expected) => assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}`)

everyTarget('SearchVectors', ({ test, send, makeTable, db }) => {
  const put = (TableName, ...items) =>
    Promise.all(items.map(Item => send('PutItem', { TableName, Item })))
  const search = (TableName, more) =>
    send('SearchVectors', {
      TableName,
      IndexName: 'byV',
      SearchVector: numbers(1, 0, 0),
      TopK: 10,
      ...more
    })
  const found = async (...args) =>
    (await search(...args)).SearchResults.map(({ Item, Score }) => [Item.pk.S, Score])
  const names = async (...args) => (await found(...args)).map(([name]) => name).join('')

  // Evidence: AWS API reference, SearchVectors: "Score interpretation".
  test('orders by what its distance function means', async () => {
    const items = [
      { pk: { S: 'a' }, v: list(2, 0, 0) },
      { pk: { S: 'b' }, v: list(1, 1, 0) },
      { pk: { S: 'c' }, v: list(0, 1, 0) },
      { pk: { S: 'd' }, v: list(-3, 0, 0) }
    ]
    const expected = {
      COSINE: [['a', 0], ['b', 1 - Math.SQRT1_2], ['c', 1], ['d', 2]],
      EUCLIDEAN: [['a', 1], ['b', 1], ['c', Math.SQRT2], ['d', 4]],
      DOT_PRODUCT: [['a', 2], ['b', 1], ['c', 0], ['d', -3]]
    }
    for (const [DistanceFunction, order] of Object.entries(expected)) {
      const TableName = await makeTable(withVectors([vectorIndex('byV', { DistanceFunction })]))
      await put(TableName, ...items)
      const got = await found(TableName)
      got.forEach(([, score], i) => near(score, order[i][1]))
      const ties = DistanceFunction === 'EUCLIDEAN'
      const letters = got.map(([name]) => name)
      assert.deepEqual(
        ties ? letters.slice(2) : letters,
        order.map(([name]) => name).slice(ties ? 2 : 0)
      )
      assert.equal((await found(TableName, { TopK: 2 })).length, 2)
    }
  })

  test('finds the true nearest of many, whatever their order', async () => {
    const TableName = await makeTable(
      withVectors([vectorIndex('byV', { Dimensions: 8, DistanceFunction: 'EUCLIDEAN' })])
    )
    let seed = 7
    const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648 - 0.5
    const vectors = Array.from({ length: 300 }, () =>
      Array.from({ length: 8 }, () => Math.fround(random()))
    )
    await put(TableName, ...vectors.map((v, i) => ({ pk: { S: `i${i}` }, v: list(...v) })))
    const query = vectors[5].map(x => Math.fround(x + 0.01))
    const distance = v => Math.sqrt(v.reduce((sum, x, i) => sum + (x - query[i]) ** 2, 0))
    const nearest = vectors
      .map((v, i) => [`i${i}`, distance(v)])
      .sort((a, b) => a[1] - b[1])
      .slice(0, 25)
    const got = await found(TableName, { SearchVector: numbers(...query), TopK: 25 })
    assert.deepEqual(got.map(([name]) => name), nearest.map(([name]) => name))
    got.forEach(([, score], i) => near(score, nearest[i][1]))
  })

  test('sees a write at once, and its deletion', async () => {
    const TableName = await makeTable(withVectors([vectorIndex('byV')]))
    await put(TableName, { pk: { S: 'a' }, v: list(1, 0, 0) }, { pk: { S: 'b' } })
    assert.equal(await names(TableName), 'a', 'an item without a vector is not in the index')
    await send('UpdateItem', {
      TableName,
      Key: { pk: { S: 'b' } },
      UpdateExpression: 'SET v = :v',
      ExpressionAttributeValues: { ':v': list(1, 0.5, 0) }
    })
    assert.equal(await names(TableName), 'ab')
    await send('UpdateItem', {
      TableName,
      Key: { pk: { S: 'a' } },
      UpdateExpression: 'REMOVE v'
    })
    assert.equal(await names(TableName), 'b')
    await send('DeleteItem', { TableName, Key: { pk: { S: 'b' } } })
    assert.deepEqual((await search(TableName)).SearchResults, [])
  })

  // Evidence: AWS Developer Guide, "Troubleshooting vector indexes".
  test('has a condition on the HASH attribute, and may have inline filters', async () => {
    const TableName = await makeTable(
      withVectors(
        [vectorIndex('byV', { schema: { tenant: 'HASH', brand: 'INLINE_FILTER' } })],
        { names: ['tenant', 'brand:N'] }
      )
    )
    await put(
      TableName,
      { pk: { S: 'a' }, tenant: { S: 't' }, brand: { N: '1' }, v: list(1, 0, 0) },
      { pk: { S: 'b' }, tenant: { S: 't' }, v: list(1, 1, 0) },
      { pk: { S: 'c' }, tenant: { S: 'u' }, brand: { N: '1' }, v: list(1, 0, 0) },
      { pk: { S: 'd' }, brand: { N: '1' }, v: list(1, 0, 0) }
    )
    const where = (SearchConditionExpression, ExpressionAttributeValues, more) => ({
      SearchConditionExpression,
      ExpressionAttributeValues,
      ...more
    })
    const t = { ':t': { S: 't' } }
    assert.equal(await names(TableName, where('tenant = :t', t)), 'ab', 'd has no tenant')
    assert.equal(await names(TableName, where(':t = tenant', t)), 'ab')
    const both = { ...t, ':b': { N: '1' } }
    assert.equal(await names(TableName, where('tenant = :t AND brand = :b', both)), 'a')
    assert.equal(
      await names(
        TableName,
        where('(#t = :t) AND brand = :b', both, { ExpressionAttributeNames: { '#t': 'tenant' } })
      ),
      'a'
    )
    const cases = [
      [{}, 'SearchConditionExpression must be provided when SearchSchema has a HASH key'],
      [
        where('brand = :b', { ':b': { N: '1' } }),
        'SearchConditionExpression must have all HASH attributes in configured SearchSchema'
      ],
      [
        where('tenant < :t', t),
        'Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression'
      ],
      [
        where('tenant = :t OR brand = :b', both),
        'Invalid SearchConditionExpression: Invalid comparator used in SearchConditionExpression'
      ],
      [
        where('tenant = :t AND pk = :b', both),
        'SearchConditionExpression must not contain any attributes that is not in SearchSchema. ' +
          'Invalid attribute: pk'
      ],
      [
        where('tenant.x = :t', t),
        'Invalid SearchConditionExpression: SearchConditionExpression cannot have conditions on ' +
          'nested attributes'
      ],
      [
        where('tenant = :t', { ':t': { N: '1' } }),
        "One or more parameter values were invalid. Attribute 'tenant' type mismatch. Expected: " +
          'S, Actual: N. IndexName: byV'
      ],
      [
        where('tenant = :x', t),
        'Invalid SearchConditionExpression: An expression attribute value used in expression is ' +
          'not defined; attribute value: :x'
      ],
      [
        where('tenant = :t', both),
        'Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}'
      ]
    ]
    for (const [request, message] of cases) await invalid(search(TableName, request), message)
  })

  // Evidence: AWS Developer Guide: the vector is left out unless a projection names it.
  test('returns what the index projects, and the vector only when it is named', async () => {
    const item = {
      pk: { S: 'a' },
      sk: { N: '1' },
      title: { S: 'x' },
      note: { M: { a: { S: 'deep' }, b: { S: 'other' } } },
      v: list(1, 0, 0)
    }
    const key = { pk: item.pk, sk: item.sk }
    const results = {
      ALL: { ...key, title: item.title, note: item.note },
      KEYS_ONLY: key,
      INCLUDE: { ...key, title: item.title }
    }
    for (const [type, expected] of Object.entries(results)) {
      const project = type === 'INCLUDE' ? ['title'] : type
      const TableName = await makeTable(
        withVectors([vectorIndex('byV', { project })], { range: 'sk:N' })
      )
      await put(TableName, item)
      const [{ Item }] = (await search(TableName)).SearchResults
      assert.deepEqual(Item, expected, type)
      const [named] = (await search(TableName, { ProjectionExpression: 'v, title, note.a' }))
        .SearchResults
      assert.deepEqual(named.Item.v, item.v)
      assert.deepEqual(named.Item.title, type === 'KEYS_ONLY' ? undefined : item.title)
      assert.deepEqual(named.Item.note, type === 'ALL' ? { M: { a: { S: 'deep' } } } : undefined)
    }
  })

  // Evidence: AWS Developer Guide, "Monitoring vector index capacity"; a public emulator's
  // measurements of August 2026 for the figures.
  test('reports the bytes it examined, at least 1 KB', async () => {
    const TableName = await makeTable(
      withVectors([vectorIndex('byV', { Dimensions: 128, project: 'KEYS_ONLY' })])
    )
    const v = Array.from({ length: 128 }, (_, i) => i)
    await put(TableName, { pk: { S: 'a' }, v: list(...v), other: { S: 'x'.repeat(500) } })
    const SearchVector = numbers(...v)
    const bytes = async more =>
      (await search(TableName, { SearchVector, ReturnConsumedCapacity: 'TOTAL', ...more }))
        .ConsumedCapacity
    assert.deepEqual(await bytes(), { VectorSearchRequestBytes: 128 * 30.6875 + 65 + 3 })
    assert.deepEqual(await bytes({ ReturnConsumedCapacity: 'INDEXES' }), await bytes())
    assert.deepEqual(await bytes({ ProjectionExpression: 'v' }), {
      VectorSearchRequestBytes: 128 * 30.6875 + 65 + 3 + 512
    })
    assert.equal(await bytes({ ReturnConsumedCapacity: 'NONE' }), undefined)
    const small = await makeTable(withVectors([vectorIndex('byV')]))
    assert.deepEqual(
      (await search(small, { ReturnConsumedCapacity: 'TOTAL' })).ConsumedCapacity,
      { VectorSearchRequestBytes: 1024 }
    )
  })

  test('checks its vector, TopK and index, in that order', async () => {
    const TableName = await makeTable(withVectors([vectorIndex('byV')]))
    const wrong =
      'Search vector contains invalid values. All values in the search vector must be a 32-bit ' +
      'floating-point number attribute'
    const cases = [
      [{ SearchVector: [{ S: 'x' }], TopK: 101 }, wrong],
      [{ SearchVector: [list(1, 0, 0)] }, wrong],
      [{ SearchVector: numbers('1e39', 0, 0) }, wrong],
      [
        { TopK: 101, IndexName: 'none' },
        "Provided TopK value '101' is out of valid range. The value must be between 1 and 100 " +
          'inclusive'
      ],
      [{ IndexName: 'none' }, 'The table does not have the specified index: none'],
      [
        { SearchVector: numbers(1, 0) },
        'Input search vector dimension 2 does not match vector index dimension 3'
      ],
      [
        { SearchConditionExpression: 'a = :a', ExpressionAttributeValues: { ':a': { S: 'a' } } },
        'SearchConditionExpression must not contain any attributes that is not in SearchSchema. ' +
          'Invalid attribute: a'
      ]
    ]
    for (const [request, message] of cases) await invalid(search(TableName, request), message)
    await rejects(search('missing'), 'ResourceNotFoundException', 'Requested resource not found')
    assert.deepEqual((await search(TableName, { TopK: 100 })).SearchResults, [])
  })

  // Evidence: AWS Developer Guide, "Requirements and limitations" of vector indexes.
  test('is the only way to read a vector index', async () => {
    const TableName = await makeTable(withVectors([vectorIndex('byV')]))
    await invalid(
      send('Query', {
        TableName,
        IndexName: 'byV',
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'a' } }
      }),
      'Query operation not supported on this index type.'
    )
    await invalid(
      send('Scan', { TableName, IndexName: 'byV' }),
      'Scan operation not supported on this index type.'
    )
  })

  test('a vector of zeros is at a right angle to all others', async () => {
    const TableName = await makeTable(withVectors([vectorIndex('byV')]))
    await put(TableName, { pk: { S: 'z' }, v: list(0, 0, 0) }, { pk: { S: 'a' }, v: list(1, 0, 0) })
    assert.deepEqual(await found(TableName), [['a', 0], ['z', 1]])
  })

  test('the reply keeps to 16 MB: the farthest are left out', async () => {
    const TableName = await makeTable(withVectors([vectorIndex('byV')]))
    const text = { S: 'x'.repeat(390000) }
    for (let i = 0; i < 45; i++) {
      await put(TableName, { pk: { S: `i${i}` }, text, v: list(1, i, 0) })
    }
    const { SearchResults } = await search(TableName, { TopK: 100 })
    assert.ok(SearchResults.length >= 42 && SearchResults.length < 45, `${SearchResults.length}`)
    assert.equal(SearchResults[0].Item.pk.S, 'i0')
    assert.equal(typeof db, 'function')
  })
})
