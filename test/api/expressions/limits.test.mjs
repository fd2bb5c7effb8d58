/*
 * limits.test.mjs - how much all placeholders of a request may stand for.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid } from '../support/targets.mjs'

const MB = 1024 * 1024

// Evidence: AWS Developer Guide, quotas, "Expression parameters": 2 MB of names and values. The
// text is ours (docs/open-questions.md).
everyTarget('Names and values of a request', ({ test, send, makeTable }) => {
  const refused = size =>
    'The total size of ExpressionAttributeNames and ExpressionAttributeValues has exceeded the ' +
    `maximum allowed size; size: ${size}`

  test('are 2 MB at most, placeholders included', async () => {
    const TableName = await makeTable()
    const scan = bytes =>
      send('Scan', {
        TableName,
        FilterExpression: '#n = :v',
        ExpressionAttributeNames: { '#n': 'name' },
        ExpressionAttributeValues: { ':v': { S: 'x'.repeat(bytes - 2 - 6) } }
      })
    assert.equal((await scan(2 * MB)).Count, 0)
    await invalid(scan(2 * MB + 1), refused(2 * MB + 1))
    await invalid(
      send('PutItem', {
        TableName,
        Item: { pk: { S: 'a' } },
        ConditionExpression: 'a <> :a AND b <> :b',
        ExpressionAttributeValues: {
          ':a': { B: Buffer.alloc(MB).toString('base64') },
          ':b': { L: [{ S: 'x'.repeat(MB) }] }
        }
      }),
      '1 validation error detected: ' + refused(2 * MB + 2 + 2 + 3 + 1)
    )
    const names = Object.fromEntries(
      Array.from({ length: 33 }, (_, i) => [`#n${i}`, 'x'.repeat(65000)])
    )
    await invalid(
      send('GetItem', {
        TableName,
        Key: { pk: { S: 'a' } },
        ProjectionExpression: Object.keys(names).join(', '),
        ExpressionAttributeNames: names
      }),
      /^The total size of ExpressionAttributeNames/
    )
    assert.equal((await send('Scan', { TableName })).Count, 0)
  })
})
