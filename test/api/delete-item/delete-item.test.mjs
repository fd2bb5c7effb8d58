import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

const Key = { pk: { S: 'a' } }

everyTarget('DeleteItem', ({ test, send, makeTable }) => {
  test('removes an item, and succeeds when there is none', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: { ...Key, v: { N: '1' } } })
    sameItem((await send('DeleteItem', { TableName, Key, ReturnValues: 'ALL_OLD' })).Attributes, {
      ...Key,
      v: { N: '1' }
    })
    assert.deepEqual(await send('GetItem', { TableName, Key }), {})
    assert.deepEqual(await send('DeleteItem', { TableName, Key, ReturnValues: 'ALL_OLD' }), {})
  })

  test('removes its index entries', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await send('PutItem', { TableName, Item: { ...Key, g: { S: 'x' } } })
    await send('DeleteItem', { TableName, Key })
    assert.equal((await send('Scan', { TableName, IndexName: 'byG' })).Count, 0)
  })

  test('deletes only when the condition holds', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: { ...Key, v: { N: '1' } } })
    const error = await rejects(
      send('DeleteItem', {
        TableName,
        Key,
        ConditionExpression: 'v > :v',
        ExpressionAttributeValues: { ':v': { N: '1' } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
      }),
      'ConditionalCheckFailedException',
      'The conditional request failed'
    )
    sameItem(error.Item, { ...Key, v: { N: '1' } })
    await rejects(
      send('DeleteItem', {
        TableName,
        Key: { pk: { S: 'none' } },
        ConditionExpression: 'attribute_exists(pk)'
      }),
      'ConditionalCheckFailedException'
    )
    await rejects(
      send('DeleteItem', { TableName, Key, Expected: { v: { Value: { N: '2' } } } }),
      'ConditionalCheckFailedException'
    )
    await send('DeleteItem', { TableName, Key, Expected: { v: { Value: { N: '1' } } } })
  })

  test('checks its parameters', async () => {
    const TableName = await makeTable()
    await invalid(
      send('DeleteItem', { TableName, Key: { pk: { N: '1' } } }),
      'The provided key element does not match the schema'
    )
    await invalid(send('DeleteItem', { TableName, Key, ReturnValues: 'ALL_NEW' }), /ALL_OLD/)
    await invalid(
      send('DeleteItem', { TableName, Key, ExpressionAttributeValues: { ':a': { S: 'a' } } }),
      'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null'
    )
    await invalid(
      send('DeleteItem', {
        TableName,
        Key,
        ConditionExpression: 'a = :a OR b',
        ExpressionAttributeValues: { ':a': { S: 'a' } }
      }),
      /^Invalid ConditionExpression: Syntax error; /
    )
    await rejects(
      send('DeleteItem', { TableName: 'nope', Key }),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
  })

  // Evidence: capacity facts, section 3.
  test('charges the size of what it removes', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    const cost = async () =>
      (await send('DeleteItem', { TableName, Key, ReturnConsumedCapacity: 'INDEXES' }))
        .ConsumedCapacity
    assert.deepEqual(await cost(), { TableName, CapacityUnits: 1, Table: { CapacityUnits: 1 } })
    await send('PutItem', {
      TableName,
      Item: { ...Key, f: { S: 'x'.repeat(3000) }, g: { S: 'g' } }
    })
    assert.deepEqual(await cost(), {
      TableName,
      CapacityUnits: 6,
      Table: { CapacityUnits: 3 },
      GlobalSecondaryIndexes: { byG: { CapacityUnits: 3 } }
    })
  })
})
