import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

everyTarget('BatchGetItem', ({ test, send, makeTable }) => {
  const load = async (TableName, n, more = {}) => {
    for (let i = 0; i < n; i++)
      await send('PutItem', { TableName, Item: { pk: { S: `${i}` }, n: { N: `${i}` }, ...more } })
  }
  const keys = (list) => list.map((i) => ({ pk: { S: `${i}` } }))

  test('gets items of several tables; missing ones are absent', async () => {
    const [a, b] = [await makeTable(), await makeTable()]
    await load(a, 3)
    const answer = await send('BatchGetItem', {
      RequestItems: { [a]: { Keys: keys([0, 2, 9]) }, [b]: { Keys: keys([1]) } }
    })
    assert.deepEqual(answer.Responses[a].map((i) => i.n.N).sort(), ['0', '2'])
    assert.deepEqual(answer.Responses[b], [])
    assert.deepEqual(answer.UnprocessedKeys, {})
    const projected = await send('BatchGetItem', {
      RequestItems: {
        [a]: {
          Keys: keys([1]),
          ProjectionExpression: '#n',
          ExpressionAttributeNames: { '#n': 'n' }
        }
      }
    })
    sameItem(projected.Responses[a], [{ n: { N: '1' } }])
  })

  // Evidence: validation facts 4.9.
  test('rejects bad batches', async () => {
    const t = await makeTable()
    const one = (more) => ({ RequestItems: { [t]: { Keys: keys([1]), ...more } } })
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
        { RequestItems: { [t]: { Keys: [] } } },
        `1 validation error detected: Value '[]' at 'requestItems.${t}.member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1`
      ],
      [
        { RequestItems: { [t]: {} } },
        `1 validation error detected: Value null at 'requestItems.${t}.member.keys' failed to satisfy constraint: Member must not be null`
      ],
      [
        { RequestItems: { [t]: { Keys: keys([...Array(101).keys()]) } } },
        new RegExp(
          `at 'requestItems.${t}.member.keys' failed to satisfy constraint: Member must have length less than or equal to 100$`
        )
      ],
      [
        {
          RequestItems: {
            [t]: { Keys: keys([...Array(60).keys()]) },
            other: { Keys: keys([...Array(41).keys()]) }
          }
        },
        'Too many items requested for the BatchGetItem call'
      ],
      [
        { RequestItems: { [t]: { Keys: keys([1, 1]) } } },
        'Provided list of item keys contains duplicates'
      ],
      [
        one({ AttributesToGet: ['a'], ProjectionExpression: 'a' }),
        /^Can not use both expression and non-expression parameters in the same request: /
      ],
      [
        one({ AttributesToGet: ['a', 'a'] }),
        'One or more parameter values were invalid: Duplicate value in attribute name: a'
      ],
      [
        one({ ExpressionAttributeNames: { '#a': 'a' } }),
        'ExpressionAttributeNames can only be specified when using expressions'
      ],
      [
        { RequestItems: { [t]: { Keys: [{ pk: { N: '1' } }] } } },
        'The provided key element does not match the schema'
      ]
    ]
    for (const [request, message] of cases) await invalid(send('BatchGetItem', request), message)
    await rejects(
      send('BatchGetItem', {
        RequestItems: { [t]: { Keys: keys([1]) }, nope: { Keys: keys([1]) } }
      }),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
  })

  // Evidence: AWS API reference: "A single operation can retrieve up to 16 MB of data".
  test('leaves what passes 16 MB to UnprocessedKeys', async () => {
    const t = await makeTable()
    await load(t, 50, { f: { S: 'x'.repeat(400000) } })
    const first = await send('BatchGetItem', {
      RequestItems: { [t]: { Keys: keys([...Array(50).keys()]), ConsistentRead: true } }
    })
    const rest = first.UnprocessedKeys[t]
    assert.ok(first.Responses[t].length >= 40 && first.Responses[t].length < 50)
    assert.equal(rest.ConsistentRead, true)
    const second = await send('BatchGetItem', { RequestItems: first.UnprocessedKeys })
    assert.equal(first.Responses[t].length + second.Responses[t].length, 50)
  })

  // Evidence: capacity facts, section 2: each key rounded separately.
  test('charges key by key, table by table', async () => {
    const t = await makeTable()
    await load(t, 2)
    const cost = async (more) =>
      (
        await send('BatchGetItem', {
          RequestItems: { [t]: { Keys: keys([0, 1, 7]), ...more } },
          ReturnConsumedCapacity: 'TOTAL'
        })
      ).ConsumedCapacity
    assert.deepEqual(await cost({}), [{ TableName: t, CapacityUnits: 1.5 }])
    assert.deepEqual(await cost({ ConsistentRead: true }), [{ TableName: t, CapacityUnits: 3 }])
  })
})
