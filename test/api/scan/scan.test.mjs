import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

everyTarget('Scan', ({ test, send, makeTable }) => {
  const load = async (TableName, items) => {
    for (const Item of items) await send('PutItem', { TableName, Item })
  }
  const drain = async (request) => {
    const items = []
    let ExclusiveStartKey
    do {
      const page = await send('Scan', { ...request, ExclusiveStartKey })
      items.push(...page.Items)
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey)
    return items
  }

  test('reads everything, page by page, items of a partition together and in order', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    const all = []
    for (let p = 0; p < 20; p++)
      for (let s = 0; s < 5; s++) all.push({ pk: { S: `p${p}` }, sk: { N: `${s}` } })
    await load(TableName, all)
    for (const Limit of [undefined, 1, 7, 100]) {
      const items = await drain({ TableName, Limit })
      assert.equal(items.length, 100)
      const order = items.map((i) => i.pk.S)
      for (let i = 0; i < 100; i += 5) {
        assert.equal(new Set(order.slice(i, i + 5)).size, 1)
        assert.deepEqual(
          items.slice(i, i + 5).map((x) => x.sk.N),
          ['0', '1', '2', '3', '4']
        )
      }
      assert.equal(new Set(order).size, 20)
    }
  })

  // Evidence: AWS Developer Guide, "Parallel scan".
  test('splits into segments that share nothing and miss nothing', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    await load(
      TableName,
      Array.from({ length: 60 }, (_, i) => ({ pk: { S: `p${i % 30}` }, sk: { N: `${i}` } }))
    )
    for (const TotalSegments of [1, 2, 3, 7, 5000, 1000000]) {
      const seen = []
      if (TotalSegments < 10) {
        for (let Segment = 0; Segment < TotalSegments; Segment++)
          seen.push(...(await drain({ TableName, Segment, TotalSegments, Limit: 4 })))
        assert.equal(new Set(seen.map((i) => i.sk.N)).size, 60)
        assert.equal(seen.length, 60)
      } else
        assert.ok(
          (await drain({ TableName, Segment: TotalSegments - 1, TotalSegments })).length <= 60
        )
    }
    const whole = (await drain({ TableName })).map((i) => i.sk.N)
    assert.deepEqual(
      (await drain({ TableName, Segment: 0, TotalSegments: 1 })).map((i) => i.sk.N),
      whole
    )
  })

  test('filters, projects and counts', async () => {
    const TableName = await makeTable()
    await load(
      TableName,
      Array.from({ length: 10 }, (_, i) => ({
        pk: { S: `${i}` },
        n: { N: `${i}` },
        m: { M: { x: { S: 'y' } } }
      }))
    )
    const page = await send('Scan', {
      TableName,
      FilterExpression: 'n >= :v AND pk <> :p',
      ExpressionAttributeValues: { ':v': { N: '7' }, ':p': { S: '8' } },
      ProjectionExpression: 'm.x'
    })
    assert.deepEqual([page.Count, page.ScannedCount], [2, 10])
    for (const item of page.Items) sameItem(item, { m: { M: { x: { S: 'y' } } } })
    assert.deepEqual(await send('Scan', { TableName, Select: 'COUNT' }), {
      Count: 10,
      ScannedCount: 10
    })
    const legacy = await send('Scan', {
      TableName,
      ScanFilter: {
        n: { ComparisonOperator: 'IN', AttributeValueList: [{ N: '1' }, { N: '2.0' }] }
      },
      AttributesToGet: ['n']
    })
    assert.deepEqual(legacy.Items.map((i) => i.n.N).sort(), ['1', '2'])
    const either = await send('Scan', {
      TableName,
      ConditionalOperator: 'OR',
      ScanFilter: {
        n: { ComparisonOperator: 'EQ', AttributeValueList: [{ N: '1' }] },
        pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: '5' }] }
      }
    })
    assert.equal(either.Count, 2)
  })

  test('scans an index, sparse and in its own order', async () => {
    const TableName = await makeTable({
      gsis: { ggg: { hash: 'g', range: 'n:N', project: 'KEYS_ONLY' } }
    })
    await load(
      TableName,
      Array.from({ length: 12 }, (_, i) => ({
        pk: { S: `${i}` },
        ...(i % 3 ? { g: { S: `${i % 3}` }, n: { N: `${100 - i}` } } : {}),
        rest: { S: 'r' }
      }))
    )
    const items = await drain({ TableName, IndexName: 'ggg', Limit: 3 })
    assert.equal(items.length, 8)
    const first = items.filter((i) => i.g.S === '1').map((i) => Number(i.n.N))
    assert.deepEqual(
      first,
      [...first].sort((a, b) => a - b)
    )
    assert.deepEqual(Object.keys(items[0]).sort(), ['g', 'n', 'pk'])
  })

  // Evidence: validation facts 4.7.
  test('rejects bad requests', async () => {
    const TableName = await makeTable({ gsis: { ggg: { hash: 'g' } } })
    const schema =
      'The provided starting key is invalid: The provided key element does not match the schema'
    const cases = [
      [
        { Segment: 0 },
        'The TotalSegments parameter is required but was not present in the request when Segment parameter is present'
      ],
      [
        { TotalSegments: 1 },
        'The Segment parameter is required but was not present in the request when parameter TotalSegments is present'
      ],
      [
        { Segment: 2, TotalSegments: 2 },
        'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2'
      ],
      [
        { Segment: 0, TotalSegments: 1000001 },
        "1 validation error detected: Value '1000001' at 'totalSegments' failed to satisfy constraint: Member must have value less than or equal to 1000000"
      ],
      [
        { Limit: 0 },
        "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"
      ],
      [
        { Select: 'SPECIFIC_ATTRIBUTES' },
        'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES'
      ],
      [{ IndexName: 'zzz' }, 'The table does not have the specified index: zzz'],
      [
        { IndexName: 'ggg', ConsistentRead: true },
        'Consistent reads are not supported on global secondary indexes'
      ],
      [{ ExclusiveStartKey: { pk: { N: '1' } } }, schema],
      [{ ExclusiveStartKey: { pk: { S: 'a' }, b: { S: 'b' } } }, schema],
      [
        { IndexName: 'ggg', ExclusiveStartKey: { pk: { S: 'a' } } },
        'The provided starting key is invalid'
      ],
      [
        { FilterExpression: 'pk.a = :v', ExpressionAttributeValues: { ':v': { S: 'x' } } },
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"
      ],
      [
        { FilterExpression: 'attribute_exists(g.y) AND attribute_exists(pk.a)' },
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"
      ],
      [
        { FilterExpression: 'attribute_exists(g.y)' },
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: g"
      ],
      [{ FilterExpression: '' }, 'Invalid FilterExpression: The expression can not be empty;'],
      [
        { ExpressionAttributeValues: { ':v': { S: 'x' } } },
        'ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null'
      ]
    ]
    for (const [request, message] of cases)
      await invalid(send('Scan', { TableName, ...request }), message)
    await rejects(send('Scan', { TableName: 'nope' }), 'ResourceNotFoundException')
  })

  test('rejects a start key of another segment', async () => {
    const TableName = await makeTable()
    await load(
      TableName,
      Array.from({ length: 20 }, (_, i) => ({ pk: { S: `${i}` } }))
    )
    const segment = await drain({ TableName, Segment: 0, TotalSegments: 2 })
    await invalid(
      send('Scan', { TableName, Segment: 1, TotalSegments: 2, ExclusiveStartKey: segment[0] }),
      'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1'
    )
  })

  test('charges what it reads', async () => {
    const TableName = await makeTable()
    const cost = async (more) =>
      (await send('Scan', { TableName, ReturnConsumedCapacity: 'TOTAL', ...more })).ConsumedCapacity
        .CapacityUnits
    assert.equal(await cost({}), 0.5)
    await load(
      TableName,
      Array.from({ length: 3 }, (_, i) => ({ pk: { S: `${i}` }, f: { S: 'x'.repeat(2000) } }))
    )
    assert.equal(await cost({}), 1)
    assert.equal(await cost({ ConsistentRead: true }), 2)
    assert.equal(await cost({ FilterExpression: 'attribute_exists(zz)' }), 1)
  })
})
