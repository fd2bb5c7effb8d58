import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'

everyTarget('BatchWriteItem', ({ test, send, makeTable }) => {
  const put = (pk, more) => ({ PutRequest: { Item: { pk: { S: pk }, ...more } } })
  const del = (pk) => ({ DeleteRequest: { Key: { pk: { S: pk } } } })

  test('puts and deletes over several tables', async () => {
    const [a, b] = [await makeTable(), await makeTable({ gsis: { ggg: { hash: 'g' } } })]
    await send('PutItem', { TableName: a, Item: { pk: { S: 'old' } } })
    assert.deepEqual(
      await send('BatchWriteItem', {
        RequestItems: {
          [a]: [put('1'), del('old'), del('none')],
          [b]: [put('2', { g: { S: 'x' } })]
        }
      }),
      { UnprocessedItems: {} }
    )
    assert.deepEqual((await send('Scan', { TableName: a })).Items, [{ pk: { S: '1' } }])
    assert.equal((await send('Scan', { TableName: b, IndexName: 'ggg' })).Count, 1)
  })

  // Evidence: validation facts 4.10.
  test('rejects bad batches, and writes nothing of them', async () => {
    const t = await makeTable({ gsis: { ggg: { hash: 'g' } } })
    const many = (n) => Array.from({ length: n }, (_, i) => put(`${i}`))
    const cases = [
      [
        {},
        "1 validation error detected: Value null at 'requestItems' failed to satisfy constraint: Member must not be null"
      ],
      [
        { RequestItems: {} },
        "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1"
      ],
      [
        { RequestItems: { [t]: [] } },
        /at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: \[Member must have length less than or equal to 25, Member must have length greater than or equal to 1\]$/
      ],
      [
        { RequestItems: { [t]: many(26) } },
        /Map value must satisfy constraint: \[Member must have length less than or equal to 25, Member must have length greater than or equal to 1\]$/
      ],
      [
        { RequestItems: { [t]: many(20), other: many(6) } },
        'Too many items requested for the BatchWriteItem call'
      ],
      [
        { RequestItems: { [t]: [{}] } },
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes'
      ],
      [
        { RequestItems: { [t]: [put('a'), put('a')] } },
        'Provided list of item keys contains duplicates'
      ],
      [
        { RequestItems: { [t]: [put('a'), del('a')] } },
        'Provided list of item keys contains duplicates'
      ],
      [
        { RequestItems: { [t]: [put('a'), { PutRequest: { Item: { x: { S: 'a' } } } }] } },
        'The provided key element does not match the schema'
      ],
      [
        { RequestItems: { [t]: [put('a'), { DeleteRequest: { Key: { pk: { N: '1' } } } }] } },
        'The provided key element does not match the schema'
      ],
      [
        { RequestItems: { [t]: [put('a', { g: { N: '1' } })] } },
        'One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: ggg'
      ],
      [
        { RequestItems: { [t]: [put('a', { f: { S: 'x'.repeat(409600) } })] } },
        'Item size has exceeded the maximum allowed size'
      ],
      [
        { RequestItems: { [t]: [put('a', { f: { N: 'x' } })] } },
        'The parameter cannot be converted to a numeric value: x'
      ]
    ]
    for (const [request, message] of cases) await invalid(send('BatchWriteItem', request), message)
    await rejects(
      send('BatchWriteItem', { RequestItems: { [t]: [put('a')], nope: [put('a')] } }),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
    assert.equal((await send('Scan', { TableName: t })).Count, 0)
  })

  test('reports capacity and collection metrics by table', async () => {
    const t = await makeTable({ range: 'sk', lsis: { lll: { range: 'l' } } })
    const item = (sk) => ({ PutRequest: { Item: { pk: { S: 'p' }, sk: { S: sk } } } })
    const answer = await send('BatchWriteItem', {
      RequestItems: { [t]: [item('1'), item('2')] },
      ReturnConsumedCapacity: 'TOTAL',
      ReturnItemCollectionMetrics: 'SIZE'
    })
    assert.deepEqual(answer.ConsumedCapacity, [{ TableName: t, CapacityUnits: 2 }])
    assert.deepEqual(answer.ItemCollectionMetrics, {
      [t]: [{ ItemCollectionKey: { pk: { S: 'p' } }, SizeEstimateRangeGB: [0, 1] }]
    })
  })
})
