/*
 * sdk.test.mjs - the AWS SDK's own retries, for real: how often it tries, what it gives up on, and
 * what its document client and its batches see.
 *
 * Evidence: AWS SDK for JavaScript v3, retry behaviour of its DynamoDB client: four attempts in
 * standard mode, for throttling and server errors.
 */
import assert from 'node:assert/strict'
import {
  BatchGetItemCommand, BatchWriteItemCommand, DynamoDBClient, GetItemCommand,
  InternalServerError, ProvisionedThroughputExceededException, PutItemCommand,
  RequestLimitExceeded, ScanCommand, ThrottlingException, TransactionCanceledException,
  TransactionConflictException, TransactWriteItemsCommand
} from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams'
import {
  BatchWriteCommand, DynamoDBDocumentClient, PutCommand, TransactWriteCommand, UpdateCommand
} from '@aws-sdk/lib-dynamodb'
import { clientConfig } from 'ddblite/aws'
import { serve } from 'ddblite/server'
import { everyTarget } from '../support/targets.mjs'

everyTarget('The AWS SDK and faults', ({ test, makeTable, db }) => {
  const client = options => new DynamoDBClient({ ...clientConfig(db()), ...options })
  const Item = { pk: { S: 'a' } }

  test('retries what is throttled, at once', async () => {
    const TableName = await makeTable()
    for (const name of ['ProvisionedThroughputExceededException', 'ThrottlingException',
      'RequestLimitExceeded', 'InternalServerError', 'ServiceUnavailable']) {
      await db().faults.add({ op: 'PutItem', times: 3, throw: name })
      const began = Date.now()
      const { $metadata } = await client().send(new PutItemCommand({ TableName, Item }))
      assert.equal($metadata.attempts, 4, name)
      assert.equal($metadata.totalRetryDelay, 0, name)
      assert.ok(Date.now() - began < 1000, name)
      const [{ hits, calls }] = await db().faults.list()
      assert.deepEqual([hits, calls], [3, 4], name)
      await db().faults.clear()
    }
  })

  test('gives up with the exception\'s class, after as many attempts as are allowed', async () => {
    const TableName = await makeTable()
    const { TableArn } = (await db().execute('DescribeTable', { TableName })).Table
    const classes = Object.entries({
      ProvisionedThroughputExceededException,
      ThrottlingException,
      RequestLimitExceeded,
      InternalServerError
    })
    for (const maxAttempts of [1, 2, 7]) {
      for (const [name, Exception] of classes) {
        await db().faults.add({ op: 'PutItem', throw: name })
        const error = await client({ maxAttempts }).send(new PutItemCommand({ TableName, Item }))
          .then(() => assert.fail(`${name} did not come`), error => error)
        assert.ok(error instanceof Exception, `${error.name}: ${error.message}`)
        assert.equal(error.$metadata.attempts, maxAttempts)
        const reasons = error.ThrottlingReasons ?? error.throttlingReasons
        if (Exception !== InternalServerError) assert.equal(reasons[0].resource, TableArn)
        await db().faults.clear()
      }
    }
  })

  test('does not retry conflicts', async () => {
    const TableName = await makeTable()
    await db().faults.add({ op: 'PutItem', throw: 'TransactionConflictException' })
    await db().faults.add({ op: 'TransactWriteItems', cancel: 'TransactionConflict' })
    const conflict = await client().send(new PutItemCommand({ TableName, Item })).catch(e => e)
    assert.ok(conflict instanceof TransactionConflictException)
    assert.equal(conflict.$metadata.attempts, 1)
    const canceled = await client()
      .send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item } }] }))
      .catch(e => e)
    assert.ok(canceled instanceof TransactionCanceledException)
    assert.equal(canceled.CancellationReasons[0].Code, 'TransactionConflict')
    assert.equal(canceled.$metadata.attempts, 1)
    await db().faults.clear()
  })

  test('retries in adaptive mode, too', async () => {
    const TableName = await makeTable()
    await db().faults.add({ op: 'GetItem', times: 1, throw: 'InternalServerError' })
    const { $metadata } = await client({ retryMode: 'adaptive' })
      .send(new GetItemCommand({ TableName, Key: Item }))
    assert.deepEqual([$metadata.attempts, $metadata.totalRetryDelay], [2, 0])
    await db().faults.clear()
  })

  test('has its own delays when it wants them', async () => {
    const TableName = await makeTable()
    await db().faults.add({ op: 'GetItem', times: 1, throw: 'InternalServerError' })
    const own = new DynamoDBClient(clientConfig(db(), { retryDelays: true }))
    const random = Math.random
    Math.random = () => 0.9 /* the SDK draws its delay */
    try {
      const { $metadata } = await own.send(new GetItemCommand({ TableName, Key: Item }))
      assert.equal($metadata.attempts, 2)
      assert.ok($metadata.totalRetryDelay > 0)
    } finally {
      Math.random = random
    }
    await db().faults.clear()
  })

  test('retries through the document client', async () => {
    const TableName = await makeTable()
    const documents = DynamoDBDocumentClient.from(client())
    await db().faults.add({ table: TableName, times: 2, throw: 'ThrottlingException' })
    const { $metadata } =
      await documents.send(new PutCommand({ TableName, Item: { pk: 'a', n: 1 } }))
    assert.equal($metadata.attempts, 3)
    const { Attributes } = await documents.send(new UpdateCommand({
      TableName,
      Key: { pk: 'a' },
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': 1 },
      ReturnValues: 'ALL_NEW'
    }))
    assert.deepEqual(Attributes, { pk: 'a', n: 2 })
    await db().faults.add({ op: 'TransactWriteItems', cancel: 'ThrottlingError', times: 1 })
    const request = { TransactItems: [{ Delete: { TableName, Key: { pk: 'a' } } }] }
    await assert.rejects(
      documents.send(new TransactWriteCommand(request)), TransactionCanceledException)
    await documents.send(new TransactWriteCommand(request))
    await db().faults.clear()
  })

  test('leaves unprocessed items of batches to the program', async () => {
    const TableName = await makeTable()
    const documents = DynamoDBDocumentClient.from(client())
    await db().faults.add({ op: 'BatchWriteItem', unprocessed: 2, times: 3 })
    let RequestItems = {
      [TableName]: ['a', 'b', 'c', 'd', 'e'].map(pk => ({ PutRequest: { Item: { pk } } }))
    }
    let calls = 0
    for (; Object.keys(RequestItems).length > 0; calls++) {
      const { UnprocessedItems } = await documents.send(new BatchWriteCommand({ RequestItems }))
      RequestItems = UnprocessedItems
    }
    /* 5 -> 2 -> 2 -> 2 -> none */
    assert.equal(calls, 4)
    const { Count } = await client().send(new ScanCommand({ TableName }))
    assert.equal(Count, 5)

    await db().faults.add({ op: 'BatchGetItem', unprocessed: 'all', times: 1 })
    const keys = { RequestItems: { [TableName]: { Keys: [{ pk: { S: 'a' } }] } } }
    const first = await client().send(new BatchGetItemCommand(keys))
    assert.deepEqual(first.UnprocessedKeys, keys.RequestItems)
    const second =
      await client().send(new BatchGetItemCommand({ RequestItems: first.UnprocessedKeys }))
    assert.equal(second.Responses[TableName].length, 1)

    await db().faults.add({ op: 'BatchWriteItem', times: 1, throw: 'ThrottlingException' })
    const put = { [TableName]: [{ PutRequest: { Item } }] }
    const third = await client().send(new BatchWriteItemCommand({ RequestItems: put }))
    assert.equal(third.$metadata.attempts, 2)
    await db().faults.clear()
  })

  test('meets faults of streams and over HTTP alike', async () => {
    await db().faults.add({ op: 'ListStreams', times: 1, throw: 'InternalServerError' })
    const streams = new DynamoDBStreamsClient(clientConfig(db()))
    const { $metadata } = await streams.send(new ListStreamsCommand({}))
    assert.equal($metadata.attempts, 2)

    const TableName = await makeTable()
    const server = await serve(db(), { port: 0 })
    try {
      const remote = new DynamoDBClient({
        endpoint: server.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' }
      })
      await db().faults.add({ op: 'PutItem', times: 1, throw: 'InternalServerError' })
      const answer = await remote.send(new PutItemCommand({ TableName, Item }))
      assert.equal(answer.$metadata.attempts, 2)
      await db().faults.add({ op: 'GetItem', delayMs: 60 })
      const began = Date.now()
      await remote.send(new GetItemCommand({ TableName, Key: Item }))
      assert.ok(Date.now() - began >= 60)
      remote.destroy()
    } finally {
      await server.close()
    }
    await db().faults.clear()
  })

  test('gives up waiting for a reply that is held back, and the write has happened', async () => {
    const TableName = await makeTable()
    await db().faults.add({ op: 'PutItem', delayMs: 60_000 })
    const abortSignal = AbortSignal.timeout(20)
    await assert.rejects(client().send(new PutItemCommand({ TableName, Item }), { abortSignal }),
      { name: 'AbortError' })
    await db().faults.clear()
    const { Item: stored } = await client().send(new GetItemCommand({ TableName, Key: Item }))
    assert.deepEqual(stored, Item)
  })
})
