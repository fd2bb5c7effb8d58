import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

everyTarget('TransactGetItems', ({ test, send, makeTable }) => {
  const get = (TableName, pk, more) => ({ Get: { TableName, Key: { pk: { S: pk } }, ...more } })

  test('answers in request order, with {} for what is not there', async () => {
    const t = await makeTable()
    await send('PutItem', { TableName: t, Item: { pk: { S: 'a' }, n: { N: '1' } } })
    const answer = await send('TransactGetItems', {
      TransactItems: [get(t, 'none'), get(t, 'a'), get(t, 'b', { ProjectionExpression: 'n' })],
      ReturnConsumedCapacity: 'TOTAL'
    })
    sameItem(answer.Responses, [{}, { Item: { pk: { S: 'a' }, n: { N: '1' } } }, {}])
    assert.deepEqual(answer.ConsumedCapacity, [
      { TableName: t, CapacityUnits: 6, ReadCapacityUnits: 6 }
    ])
    const projected = await send('TransactGetItems', {
      TransactItems: [get(t, 'a', { ProjectionExpression: 'n' })]
    })
    assert.deepEqual(projected, { Responses: [{ Item: { n: { N: '1' } } }] })
  })

  test('rejects bad requests', async () => {
    const t = await makeTable()
    await invalid(
      send('TransactGetItems', { TransactItems: [] }),
      "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1"
    )
    await invalid(
      send('TransactGetItems', { TransactItems: [get(t, 'a'), get(t, 'a')] }),
      'Transaction request cannot include multiple operations on one item'
    )
    await invalid(
      send('TransactGetItems', { TransactItems: [get(t, 'a', { ProjectionExpression: 'a..b' })] }),
      /^Invalid ProjectionExpression: Syntax error; /
    )
    await rejects(
      send('TransactGetItems', { TransactItems: [get('nope', 'a')] }),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
    const error = await rejects(
      send('TransactGetItems', {
        TransactItems: [get(t, 'a'), { Get: { TableName: t, Key: { pk: { N: '1' } } } }]
      }),
      'TransactionCanceledException'
    )
    sameItem(error.CancellationReasons, [
      { Code: 'None' },
      { Code: 'ValidationError', Message: 'The provided key element does not match the schema' }
    ])
  })
})
