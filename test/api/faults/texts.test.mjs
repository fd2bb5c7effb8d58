/*
 * texts.test.mjs - every exception that only load, other users or machines bring about, raised: its
 * envelope, status and text. docs/open-questions.md names them.
 *
 * Evidence: error names, status and members from the service model of the AWS SDK (2026); texts
 * from the developer guide, "Error handling with DynamoDB", the API reference, and captures in
 * public threads where the facts have them.
 */
import assert from 'node:assert/strict'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as streams from '@aws-sdk/client-dynamodb-streams'
import { clientConfig } from 'ddblite/aws'
import { everyTarget } from '../support/targets.mjs'

const DDB = 'com.amazonaws.dynamodb.v20120810#'
const SERVICE = 'com.amazon.coral.service#'

/* name, prefix, status, the member with the text, the text */
const EXCEPTIONS = [
  ['ProvisionedThroughputExceededException', DDB, 400, 'message',
    'The level of configured provisioned throughput for the table was exceeded. Consider ' +
    'increasing your provisioning level with the UpdateTable API.'],
  ['ThrottlingException', 'com.amazon.coral.availability#', 400, 'message',
    'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically ' +
    'scaling your table or index so please try again shortly. If exceptions persist, check if ' +
    'you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/' +
    'bp-partition-key-design.html'],
  ['RequestLimitExceeded', DDB, 400, 'message',
    'Throughput exceeds the current throughput limit for your account. To request a limit ' +
    'increase, contact AWS Support at https://aws.amazon.com/support.'],
  ['TransactionConflictException', DDB, 400, 'message', 'Transaction is ongoing for the item'],
  ['ReplicatedWriteConflictException', DDB, 400, 'message',
    'One or more items in this request are being modified by a request in another Region.'],
  ['TransactionInProgressException', DDB, 400, 'Message',
    'The transaction with the given request token is already in progress.'],
  ['ItemCollectionSizeLimitExceededException', DDB, 400, 'message', 'Collection size exceeded.'],
  ['InternalServerError', DDB, 500, 'message', 'Internal server error'],
  ['LimitExceededException', DDB, 400, 'message', 'Too many operations for a given subscriber.'],
  ['InvalidEndpointException', DDB, 421, 'Message', 'The endpoint is not valid.'],
  ['ServiceUnavailable', SERVICE, 503, 'message', 'DynamoDB is currently unavailable.'],
  ['InternalFailure', SERVICE, 500, 'message', 'Internal failure'],
  ['UnrecognizedClientException', SERVICE, 400, 'message',
    'The security token included in the request is invalid.'],
  ['ExpiredTokenException', SERVICE, 400, 'message',
    'The security token included in the request is expired'],
  ['IncompleteSignatureException', SERVICE, 400, 'message',
    'The request signature does not conform to AWS standards.'],
  ['MissingAuthenticationTokenException', SERVICE, 400, 'message',
    'Request is missing Authentication Token']
]

everyTarget('What a local engine has no cause to raise', ({ test, makeTable, db }) => {
  test('is raised by faults, as the service words it', async () => {
    const TableName = await makeTable()
    const request = { TableName, Item: { pk: { S: 'a' } } }
    for (const [name, prefix, status, member, text] of EXCEPTIONS) {
      const fault = await db().faults.add({ op: 'PutItem', throw: name })
      const { status: answered, body } =
        await db().dispatchHttp('DynamoDB_20120810.PutItem', JSON.stringify(request))
      const { ThrottlingReasons, throttlingReasons, ...envelope } = JSON.parse(body)
      assert.equal(answered, status, name)
      assert.deepEqual(envelope, { __type: prefix + name, [member]: text })
      const error = await db().execute('PutItem', request).catch(error => error)
      assert.deepEqual([error.name, error.message], [name, text])
      await fault.remove()
    }
  })

  test('names the operation and the table when access is denied', async () => {
    const TableName = await makeTable()
    await db().faults.add({ op: 'PutItem', times: 1, throw: 'AccessDeniedException' })
    const error = await db().execute('PutItem', { TableName, Item: { pk: { S: 'a' } } })
      .catch(error => error)
    assert.equal(error.type, `${SERVICE}AccessDeniedException`)
    assert.equal(error.message,
      'User: arn:aws:iam::000000000000:root is not authorized to perform: dynamodb:PutItem on ' +
      `resource: arn:aws:dynamodb:us-east-1:000000000000:table/${TableName} because no ` +
      'identity-based policy allows the dynamodb:PutItem action')
  })

  test('has every code of statements and cancellation reasons', async () => {
    const TableName = await makeTable()
    const codes = dynamodb.BatchStatementErrorCodeEnum
    const insert = { Statement: `INSERT INTO ${TableName} VALUE {'pk': 'a'}` }
    for (const code of Object.values(codes)) {
      await db().faults.add({ op: 'BatchExecuteStatement', times: 1, unprocessed: 'all', code })
      await db().faults.add({ op: 'TransactWriteItems', times: 1, cancel: code })
      const { Responses } = await db().execute('BatchExecuteStatement', { Statements: [insert] })
      assert.equal(Responses[0].Error.Code, code)
      assert.ok(Responses[0].Error.Message.length > 0)
      const error = await db().execute('TransactWriteItems', {
        TransactItems: [{ Put: { TableName, Item: { pk: { S: 'a' } } } }]
      }).catch(error => error)
      const Message =
        Responses[0].Error.Message.replaceAll('BatchExecuteStatement', 'TransactWriteItems')
      assert.deepEqual(error.CancellationReasons, [{ Code: code, Message }])
    }
    await db().faults.clear()
  })

  test('throws every exception that the SDK knows, and the SDK knows it', async () => {
    for (const [module, Client, Command, operation] of [
      [dynamodb, dynamodb.DynamoDBClient, dynamodb.ListTablesCommand, 'ListTables'],
      [streams, streams.DynamoDBStreamsClient, streams.ListStreamsCommand, 'ListStreams']
    ]) {
      const base = module.DynamoDBServiceException ?? module.DynamoDBStreamsServiceException
      const classes = Object.entries(module).filter(([name, value]) =>
        typeof value === 'function' && value.prototype instanceof base &&
        name !== 'TransactionCanceledException')
      assert.ok(classes.length > 3)
      const client = new Client({ ...clientConfig(db()), maxAttempts: 1 })
      for (const [name, Exception] of classes) {
        const fault = await db().faults.add({ op: operation, throw: name })
        const error = await client.send(new Command({})).catch(error => error)
        assert.ok(error instanceof Exception, `${name}: ${error}`)
        await fault.remove()
      }
    }
  })
})
