// Texts of the service that no operation's own suite raises, each by the request that gets it.
import assert from 'node:assert/strict'
import { everyTarget, rejects, tableInput } from '../support/targets.mjs'

const key = { pk: { S: 'a' } }
const once = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }
const fat = (i) => ({ Item: { pk: { S: `${i}` }, f: { S: 'x'.repeat(380000) } } })

// Evidence: captures (validation facts 4.5, 4.11, 4.12; partiql facts 42, 84, 94; transactions
// facts, section 1), and the API model for the length of a table name.
const cases = [
  [
    'UpdateTable',
    (TableName) => ({
      TableName,
      GlobalSecondaryIndexUpdates: [
        {
          Update: {
            IndexName: 'byG',
            ProvisionedThroughput: { ReadCapacityUnits: 1e12 + 1, WriteCapacityUnits: 1 }
          }
        }
      ]
    }),
    'This operation cannot be performed with given input values. Please contact DynamoDB service team for more info: Action Blocked: IndexUpdate'
  ],
  [
    'GetItem',
    () => ({ TableName: '', Key: key }),
    "1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1"
  ],
  [
    'TransactWriteItems',
    (TableName) => ({
      TransactItems: Array.from({ length: 12 }, (_, i) => ({ Put: { TableName, ...fat(i) } }))
    }),
    'Collection size of items exceeded, which can also be caused by the aggregate size of the items in the transaction exceeding the 4MB limit'
  ],
  [
    'TransactWriteItems',
    (TableName) => ({
      TransactItems: [{ Update: { TableName, Key: key, UpdateExpression: 'SET a = b SET c = d' } }]
    }),
    'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;'
  ],
  [
    'ExecuteStatement',
    (TableName) => ({
      Statement: `DELETE FROM "${TableName}" WHERE pk = 'a' RETURNING MODIFIED NEW *`
    }),
    'Invalid returning clause: RETURNING MODIFIED NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements.'
  ],
  [
    'ExecuteTransaction',
    (TableName) => ({
      TransactStatements: [
        { Statement: `DELETE FROM "${TableName}" WHERE pk = 'a' RETURNING ALL OLD *` }
      ]
    }),
    'Validation failed in TransactStatements[0]: RETURNING clause is not supported in ExecuteTransaction.'
  ],
  [
    'ExecuteTransaction',
    (TableName) => ({
      TransactStatements: [{ Statement: `SELECT * FROM "${TableName}"."byG" WHERE g = 'a'` }]
    }),
    'Validation failed in TransactStatements[0]: Reads on indices are not supported within transactions.'
  ],
  [
    'CreateTable',
    (TableName) => ({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
      KeySchema: ['HASH', 'RANGE', 'RANGE'].map(KeyType => ({ AttributeName: 'a', KeyType }))
    }),
    /^1 validation error detected: Value '\[KeySchemaElement\(.*\)\]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2$/
  ],
  [
    'PutItem',
    (TableName) => ({ TableName, Item: { ...key, b: { B: '' } } }),
    'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty binary value. IndexName: byB, IndexKey: b'
  ],
  [
    'UpdateItem',
    (TableName) => ({
      TableName,
      Key: key,
      UpdateExpression: 'SET b = :b',
      ExpressionAttributeValues: { ':b': { B: '' } }
    }),
    'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty binary value.'
  ],
  [
    'UpdateTable',
    (TableName) => ({
      TableName,
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1e12 + 1 }
    }),
    'Given value 1000000000001 for WriteCapacityUnits is out of bounds'
  ],
  [
    'CreateTable',
    () => ({
      ...tableInput('other'),
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: once,
      OnDemandThroughput: { MaxReadRequestUnits: 0, MaxWriteRequestUnits: 1 }
    }),
    'One or more parameter values were invalid: MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.'
  ],
  [
    'CreateTable',
    () => ({
      ...tableInput('other'),
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: once,
      OnDemandThroughput: { MaxWriteRequestUnits: 1 }
    }),
    'One or more parameter values were invalid: MaxWriteRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED.'
  ],
  [
    'CreateTable',
    () => ({ ...tableInput('other'), OnDemandThroughput: { MaxReadRequestUnits: 0 } }),
    'One or more parameter values were invalid: Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range'
  ],
  [
    'UpdateTable',
    (TableName) => ({ TableName, OnDemandThroughput: { MaxReadRequestUnits: 0 } }),
    'One or more parameter values were invalid: MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED'
  ],
  [
    'UpdateTable',
    (TableName) => ({
      TableName,
      GlobalSecondaryIndexUpdates: [
        { Update: { IndexName: 'byG', ProvisionedThroughput: once } },
        { Delete: { IndexName: 'byG' } }
      ]
    }),
    'One or more parameter values were invalid: Only one global secondary index update per index is allowed simultaneously. Index: byG'
  ],
  [
    'Query',
    (TableName) => ({
      TableName,
      KeyConditionExpression: 'pk = :p AND sk > :s',
      ExpressionAttributeValues: { ':p': { S: 'a' }, ':s': { S: 'b' } },
      ExclusiveStartKey: { pk: { S: 'other' }, sk: { S: 'c' } }
    }),
    'The query can return at most one row and cannot be restarted',
    'ranged'
  ],
  [
    'UpdateTable',
    (TableName) => ({
      TableName,
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: once
    }),
    'One or more parameter values were invalid: ProvisionedThroughput must be specified for index: byG',
    'demand'
  ],
  [
    'BatchExecuteStatement',
    () => ({ Statements: [] }),
    "1 validation error detected: Value '[]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1"
  ]
]

everyTarget('messages', ({ test, send }) => {
  test('are the service’s, word by word', async () => {
    const TableName = 'messages'
    const gsis = { byG: { hash: 'g' }, byB: { hash: 'b:B' } }
    const input = tableInput(TableName, { gsis })
    await send('CreateTable', {
      ...input,
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: once,
      GlobalSecondaryIndexes: input.GlobalSecondaryIndexes
        .map(index => ({ ...index, ProvisionedThroughput: once }))
    })
    await send('CreateTable', tableInput('ranged', { range: 'sk' }))
    await send('CreateTable', tableInput('demand', { gsis: { byG: { hash: 'g' } } }))
    for (const [operation, make, message, table = TableName] of cases) {
      await rejects(send(operation, make(table)), 'ValidationException', message)
    }
  })

  // Evidence: captures (transactions facts, sections 3 and 4).
  test('of reasons, when updates in a transaction cannot be applied', async () => {
    const TableName = 'reasons'
    await send('CreateTable', tableInput(TableName))
    await send('PutItem', { TableName, Item: { ...key, s: { S: 'x' }, f: fat(0).Item.f } })
    const update = (UpdateExpression, value) => ({
      Update: {
        TableName,
        Key: key,
        UpdateExpression,
        ExpressionAttributeValues: { ':v': value }
      }
    })
    for (const [action, reason] of [
      [update('SET s = s + :v', { N: '1' }), 'An operand in the update expression has an incorrect data type'],
      [update('SET s.a = :v', { N: '1' }), 'The document path provided in the update expression is invalid for update'],
      [update('SET g = :v', { S: 'x'.repeat(40000) }), 'Item size to update has exceeded the maximum allowed size']
    ]) {
      const error = await rejects(send('TransactWriteItems', { TransactItems: [action] }),
        'TransactionCanceledException',
        'Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]')
      assert.deepEqual(error.CancellationReasons, [{ Code: 'ValidationError', Message: reason }])
    }
  })
})
