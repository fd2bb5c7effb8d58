// What a warm operation costs, counted exactly: allocations of the core, statements prepared,
// SQLite steps, commits. A change here is a change of speed, and wants a reason in its commit.
import assert from 'node:assert/strict'
import { everyTarget } from '../support/targets.mjs'

everyTarget('counts per operation', ({ test, send, db, makeTable }) => {
  const item = (i, sk = '1') => ({
    pk: { S: 'a' },
    sk: { S: sk },
    g: { S: 'x' },
    v: { N: String(i) }
  })
  const Key = { pk: { S: 'a' }, sk: { S: '1' } }
  const twenty = [...Array(20).keys()]

  // A write is BEGIN, its statements, COMMIT: an awaited write has its commit to itself.
  const cases = [
    [
      'GetItem is one step',
      (TableName) => ['GetItem', { TableName, Key }],
      { steps: 1, commits: 0 }
    ],
    [
      'PutItem is one statement, whatever the indexes',
      (TableName, i) => ['PutItem', { TableName, Item: item(i) }],
      { steps: 3, commits: 1 }
    ],
    [
      'PutItem with a condition reads first',
      (TableName, i) => [
        'PutItem',
        { TableName, Item: item(i), ConditionExpression: 'attribute_exists(pk)' }
      ],
      { steps: 4, commits: 1 }
    ],
    [
      'UpdateItem is one read and one write',
      (TableName, i) => [
        'UpdateItem',
        {
          TableName,
          Key,
          UpdateExpression: 'SET v = :v',
          ExpressionAttributeValues: { ':v': { N: String(i) } }
        }
      ],
      { steps: 4, commits: 1 }
    ],
    [
      'DeleteItem is one statement',
      (TableName) => ['DeleteItem', { TableName, Key: { pk: { S: 'a' }, sk: { S: 'none' } } }],
      { steps: 3, commits: 1 }
    ],
    [
      'Query is a step per item and one for the end',
      (TableName) => [
        'Query',
        {
          TableName,
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': { S: 'q' } }
        }
      ],
      { steps: 21, commits: 0 }
    ],
    [
      'Query with a limit stops at it',
      (TableName) => [
        'Query',
        {
          TableName,
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': { S: 'q' } },
          Limit: 5
        }
      ],
      { steps: 5, commits: 0 }
    ],
    [
      'BatchWriteItem of 20 is 20 statements',
      (TableName, i) => [
        'BatchWriteItem',
        {
          RequestItems: {
            [TableName]: twenty.map((n) => ({ PutRequest: { Item: item(i, `b${n}`) } }))
          }
        }
      ],
      { steps: 22, commits: 1 }
    ],
    [
      'TransactWriteItems of 4 puts is 4 statements',
      (TableName, i) => [
        'TransactWriteItems',
        {
          TransactItems: ['1', '2', '3', '4'].map((sk) => ({
            Put: { TableName, Item: item(i, `t${sk}`) }
          }))
        }
      ],
      { steps: 6, commits: 1 }
    ]
  ]
  for (const [title, make, expected] of cases) {
    test(`${title}, and nothing is allocated or prepared`, async () => {
      const TableName = await makeTable({ range: 'sk', gsis: { byG: { hash: 'g' } } })
      await send('PutItem', { TableName, Item: item(0) })
      for (const n of twenty)
        await send('PutItem', { TableName, Item: { pk: { S: 'q' }, sk: { S: String(n) } } })
      for (let i = 1; i < 5; i++) await send(...make(TableName, i))
      const before = await db().counters()
      for (let i = 5; i < 15; i++) await send(...make(TableName, i))
      const after = await db().counters()
      for (const [name, count] of Object.entries({ ...expected, allocs: 0, prepares: 0 })) {
        assert.equal((after[name] - before[name]) / 10, count, name)
      }
    })
  }
})
