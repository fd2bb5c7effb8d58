// DESIGN: operations of one burst share a commit; an awaited loop commits one by one.
import assert from 'node:assert/strict'
import { everyTarget, rejects } from '../support/targets.mjs'

everyTarget('group commit', ({ test, send, db, makeTable }) => {
  const put = (TableName, pk, more) =>
    send('PutItem', { TableName, Item: { pk: { S: pk } }, ...more })

  // In memory the first write of a turn does not wait for those that may follow; on a page they
  // come in one message.
  test('makes one commit of a burst, and one each of an awaited loop', async () => {
    const t = await makeTable()
    const start = (await db().counters()).commits
    await Promise.all(Array.from({ length: 100 }, (_, i) => put(t, `${i}`)))
    const burst = (await db().counters()).commits - start
    assert.ok(burst === 1 || (burst === 2 && !db().persistent), `${burst} commits`)
    for (let i = 0; i < 10; i++) await put(t, `${i}`)
    assert.equal((await db().counters()).commits - start - burst, 10)
  })

  test('keeps each operation of a burst on its own: one failure fails one', async () => {
    const t = await makeTable()
    const results = await Promise.allSettled([
      put(t, 'a'),
      put(t, 'a', { ConditionExpression: 'attribute_not_exists(pk)' }),
      put(t, 'b'),
      send('GetItem', { TableName: t, Key: { pk: { S: 'a' } } }),
      send('TransactWriteItems', {
        TransactItems: [
          { Put: { TableName: t, Item: { pk: { S: 'c' } } } },
          {
            ConditionCheck: {
              TableName: t,
              Key: { pk: { S: 'z' } },
              ConditionExpression: 'attribute_exists(pk)'
            }
          }
        ]
      }),
      put(t, 'd')
    ])
    assert.deepEqual(
      results.map((r) => r.status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled']
    )
    assert.equal(results[1].reason.name, 'ConditionalCheckFailedException')
    assert.deepEqual(results[3].value.Item, { pk: { S: 'a' } })
    assert.deepEqual((await send('Scan', { TableName: t })).Items.map((i) => i.pk.S).sort(), [
      'a',
      'b',
      'd'
    ])
  })

  test('runs operations in the order they were called', async () => {
    const t = await makeTable()
    const add = () =>
      send('UpdateItem', {
        TableName: t,
        Key: { pk: { S: 'n' } },
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
        ReturnValues: 'UPDATED_NEW'
      })
    const answers = await Promise.all(Array.from({ length: 50 }, add))
    assert.deepEqual(
      answers.map((a) => Number(a.Attributes.n.N)),
      Array.from({ length: 50 }, (_, i) => i + 1)
    )
  })

  test('creates a table and uses it in the same burst', async () => {
    const [, , got] = await Promise.all([
      send('CreateTable', {
        TableName: 'burst',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST'
      }),
      put('burst', 'x'),
      send('GetItem', { TableName: 'burst', Key: { pk: { S: 'x' } } })
    ])
    assert.deepEqual(got.Item, { pk: { S: 'x' } })
  })

  test('closes after what is under way', async () => {
    const t = await makeTable()
    await put(t, 'a')
    await rejects(put('nope', 'a'), 'ResourceNotFoundException')
  })
})
