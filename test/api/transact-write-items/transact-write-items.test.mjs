import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

everyTarget('TransactWriteItems', ({ test, send, makeTable }) => {
  const key = (pk) => ({ pk: { S: pk } })
  const get = async (TableName, pk) => (await send('GetItem', { TableName, Key: key(pk) })).Item

  test('does all of its actions', async () => {
    const t = await makeTable()
    for (const pk of ['upd', 'del', 'chk'])
      await send('PutItem', { TableName: t, Item: { ...key(pk), n: { N: '1' } } })
    assert.deepEqual(
      await send('TransactWriteItems', {
        TransactItems: [
          { Put: { TableName: t, Item: key('put') } },
          {
            Update: {
              TableName: t,
              Key: key('upd'),
              UpdateExpression: 'ADD n :one',
              ExpressionAttributeValues: { ':one': { N: '1' } }
            }
          },
          { Delete: { TableName: t, Key: key('del') } },
          {
            ConditionCheck: {
              TableName: t,
              Key: key('chk'),
              ConditionExpression: 'attribute_exists(pk)'
            }
          }
        ]
      }),
      {}
    )
    assert.deepEqual(await get(t, 'put'), key('put'))
    assert.equal((await get(t, 'upd')).n.N, '2')
    assert.equal(await get(t, 'del'), undefined)
  })

  // Evidence: transactions facts, sections 3 and 4.
  test('does none when one fails, and gives a reason for each', async () => {
    const t = await makeTable({ gsis: { ggg: { hash: 'g' } } })
    await send('PutItem', { TableName: t, Item: { ...key('old'), s: { S: 'x' } } })
    const error = await rejects(
      send('TransactWriteItems', {
        TransactItems: [
          { Put: { TableName: t, Item: key('new') } },
          {
            Put: {
              TableName: t,
              Item: key('old'),
              ConditionExpression: 'attribute_not_exists(pk)',
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
            }
          },
          { Update: { TableName: t, Key: key('u'), UpdateExpression: 'SET a = b' } },
          { Put: { TableName: t, Item: { pk: { N: '1' } } } },
          { Delete: { TableName: t, Key: { zz: { S: '1' } } } },
          { Put: { TableName: t, Item: { ...key('i'), g: { N: '1' } } } }
        ]
      }),
      'TransactionCanceledException',
      'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ValidationError, ValidationError, ValidationError, ValidationError]'
    )
    sameItem(error.CancellationReasons, [
      { Code: 'None' },
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { ...key('old'), s: { S: 'x' } }
      },
      {
        Code: 'ValidationError',
        Message: 'The provided expression refers to an attribute that does not exist in the item'
      },
      {
        Code: 'ValidationError',
        Message:
          'One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N'
      },
      { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
      {
        Code: 'ValidationError',
        Message:
          'One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: ggg'
      }
    ])
    assert.equal(await get(t, 'new'), undefined)
  })

  test('rejects bad requests as a whole', async () => {
    const t = await makeTable()
    const put = (pk, more) => ({ Put: { TableName: t, Item: key(pk), ...more } })
    const many = Array.from({ length: 101 }, (_, i) => put(`${i}`))
    const cases = [
      [
        { TransactItems: [] },
        "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1"
      ],
      [
        { TransactItems: many },
        /at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100$/
      ],
      [
        { TransactItems: [{}] },
        'TransactItems can only contain one of Check, Put, Update or Delete'
      ],
      [
        { TransactItems: [{ ...put('a'), Delete: { TableName: t, Key: key('b') } }] },
        'TransactItems can only contain one of Check, Put, Update or Delete'
      ],
      [
        { TransactItems: [put('a'), { Delete: { TableName: t, Key: key('a') } }] },
        'Transaction request cannot include multiple operations on one item'
      ],
      [
        {
          TransactItems: [
            put('a', { ConditionExpression: 'a = :v', ExpressionAttributeValues: {} })
          ]
        },
        'ExpressionAttributeValues must not be empty'
      ],
      [
        { TransactItems: [put('a', { ConditionExpression: 'a b' })] },
        /^Invalid ConditionExpression: Syntax error; /
      ],
      [
        { TransactItems: [put('')] },
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk'
      ],
      [
        { TransactItems: [put('a', { Item: { ...key('a'), f: { S: 'x'.repeat(409600) } } })] },
        'Item size has exceeded the maximum allowed size'
      ],
      [
        { TransactItems: [put('a')], ClientRequestToken: 'x'.repeat(37) },
        `1 validation error detected: Value '${'x'.repeat(37)}' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36`
      ]
    ]
    for (const [request, message] of cases)
      await invalid(send('TransactWriteItems', request), message)
    await rejects(
      send('TransactWriteItems', {
        TransactItems: [put('a'), { Put: { TableName: 'nope', Item: key('a') } }]
      }),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
    const large = Array.from({ length: 11 }, (_, i) =>
      put(`${i}`, { Item: { ...key(`${i}`), f: { S: 'x'.repeat(400000) } } })
    )
    await invalid(send('TransactWriteItems', { TransactItems: large }), /4MB/)
    assert.equal((await send('Scan', { TableName: t })).Count, 0)
  })

  test('takes 100 actions', async () => {
    const t = await makeTable()
    await send('TransactWriteItems', {
      TransactItems: Array.from({ length: 100 }, (_, i) => ({
        Put: { TableName: t, Item: key(`${i}`) }
      }))
    })
    assert.equal((await send('Scan', { TableName: t, Select: 'COUNT' })).Count, 100)
  })

  // Evidence: transactions facts, section 6; capacity facts, sections 4 and 10.
  test('applies a client token once', async () => {
    const t = await makeTable()
    const request = (n, more) => ({
      ClientRequestToken: 'token-1',
      TransactItems: [
        {
          Update: {
            TableName: t,
            Key: key('a'),
            UpdateExpression: 'ADD n :n',
            ExpressionAttributeValues: { ':n': { N: n } }
          }
        }
      ],
      ...more
    })
    const first = await send(
      'TransactWriteItems',
      request('1', { ReturnConsumedCapacity: 'TOTAL' })
    )
    assert.deepEqual(first.ConsumedCapacity, [
      { TableName: t, CapacityUnits: 2, WriteCapacityUnits: 2 }
    ])
    assert.deepEqual(await send('TransactWriteItems', request('1')), {})
    const replay = await send(
      'TransactWriteItems',
      request('1', { ReturnConsumedCapacity: 'TOTAL' })
    )
    assert.deepEqual(replay.ConsumedCapacity, [
      { TableName: t, CapacityUnits: 2, ReadCapacityUnits: 2 }
    ])
    assert.equal((await get(t, 'a')).n.N, '1')
    await rejects(send('TransactWriteItems', request('2')), 'IdempotentParameterMismatchException')
    await send('TransactWriteItems', request('1', { ClientRequestToken: 'token-2' }))
    assert.equal((await get(t, 'a')).n.N, '2')
  })

  test('does not remember the token of a canceled transaction', async () => {
    const t = await makeTable()
    const request = {
      ClientRequestToken: 'again',
      TransactItems: [
        {
          ConditionCheck: {
            TableName: t,
            Key: key('a'),
            ConditionExpression: 'attribute_exists(pk)'
          }
        }
      ]
    }
    await rejects(send('TransactWriteItems', request), 'TransactionCanceledException')
    await send('PutItem', { TableName: t, Item: key('a') })
    assert.deepEqual(await send('TransactWriteItems', request), {})
  })

  test('charges double on the table and single on indexes', async () => {
    const t = await makeTable({
      range: 'sk',
      gsis: { ggg: { hash: 'g' } },
      lsis: { lll: { range: 'l' } }
    })
    const Item = { pk: { S: 'p' }, sk: { S: 's' }, g: { S: 'g' }, l: { S: 'l' } }
    const answer = await send('TransactWriteItems', {
      TransactItems: [{ Put: { TableName: t, Item } }],
      ReturnConsumedCapacity: 'INDEXES',
      ReturnItemCollectionMetrics: 'SIZE'
    })
    assert.deepEqual(answer.ConsumedCapacity, [
      {
        TableName: t,
        CapacityUnits: 4,
        WriteCapacityUnits: 4,
        Table: { CapacityUnits: 2, WriteCapacityUnits: 2 },
        GlobalSecondaryIndexes: { ggg: { CapacityUnits: 1, WriteCapacityUnits: 1 } },
        LocalSecondaryIndexes: { lll: { CapacityUnits: 1, WriteCapacityUnits: 1 } }
      }
    ])
    assert.deepEqual(answer.ItemCollectionMetrics, {
      [t]: [{ ItemCollectionKey: { pk: { S: 'p' } }, SizeEstimateRangeGB: [0, 1] }]
    })
  })
})
