// Texts of the service that no operation's own suite raises, each by the request that gets it.
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
    'BatchExecuteStatement',
    () => ({ Statements: [] }),
    "1 validation error detected: Value '[]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1"
  ]
]

everyTarget('messages', ({ test, send }) => {
  test('are the service’s, word by word', async () => {
    const TableName = 'messages'
    const input = tableInput(TableName, { gsis: { byG: { hash: 'g' } } })
    await send('CreateTable', {
      ...input,
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: once,
      GlobalSecondaryIndexes: [{ ...input.GlobalSecondaryIndexes[0], ProvisionedThroughput: once }]
    })
    for (const [operation, make, message] of cases) {
      await rejects(send(operation, make(TableName)), 'ValidationException', message)
    }
  })
})
