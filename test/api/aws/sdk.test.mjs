// The AWS SDK v3, unmodified, on an EngineClient: no port, no socket.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDB,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  ScanCommand,
  TransactWriteItemsCommand,
  TransactionCanceledException,
  UpdateTableCommand,
  paginateListTables,
  paginateQuery,
  paginateScan,
  waitUntilTableExists,
  waitUntilTableNotExists
} from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams'
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
  paginateQuery as paginateDocumentQuery
} from '@aws-sdk/lib-dynamodb'
import { EngineClient } from 'ddblite'
import { clientConfig, requestHandler } from 'ddblite/aws'
import { tableInput } from '../support/targets.mjs'

describe('the AWS SDK', () => {
  let db
  let client
  before(async () => {
    db = new EngineClient({ region: 'eu-central-1', accountId: '123456789012' })
    client = new DynamoDBClient(clientConfig(db))
    await client.send(new CreateTableCommand(tableInput('items', { range: 'sk:N' })))
  })
  after(async () => {
    client.destroy()
    await db.close()
  })

  test('creates, describes and waits for tables', async () => {
    const { TableDescription } = await client.send(new CreateTableCommand(tableInput('waited')))
    assert.ok(TableDescription.CreationDateTime instanceof Date)
    assert.ok(Math.abs(TableDescription.CreationDateTime - Date.now()) < 60000)
    assert.equal(
      TableDescription.TableArn,
      'arn:aws:dynamodb:eu-central-1:123456789012:table/waited'
    )
    const exists = await waitUntilTableExists(
      { client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 },
      { TableName: 'waited' }
    )
    assert.equal(exists.state, 'SUCCESS')
    await client.send(new DeleteTableCommand({ TableName: 'waited' }))
    assert.equal(
      (
        await waitUntilTableNotExists(
          { client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 },
          { TableName: 'waited' }
        )
      ).state,
      'SUCCESS'
    )
  })

  test('carries every attribute type, bytes included', async () => {
    const Item = {
      pk: { S: 'types' },
      sk: { N: '1' },
      s: { S: 'ü😀' },
      b: { B: new Uint8Array([0, 1, 255]) },
      yes: { BOOL: true },
      nil: { NULL: true },
      ss: { SS: ['a'] },
      ns: { NS: ['1.5'] },
      bs: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
      l: { L: [{ S: '' }] },
      m: { M: { a: { N: '1' } } }
    }
    const answer = await client.send(
      new PutItemCommand({ TableName: 'items', Item, ReturnConsumedCapacity: 'TOTAL' })
    )
    assert.equal(answer.$metadata.httpStatusCode, 200)
    assert.match(answer.$metadata.requestId, /^[0-9A-Z]{52}$/)
    assert.equal(answer.$metadata.attempts, 1)
    assert.equal(answer.ConsumedCapacity.CapacityUnits, 1)
    const got = await client.send(
      new GetItemCommand({ TableName: 'items', Key: { pk: { S: 'types' }, sk: { N: '1' } } })
    )
    assert.deepEqual(got.Item.b.B, Item.b.B)
    assert.deepEqual({ ...got.Item, b: 0, bs: 0 }, { ...Item, b: 0, bs: 0 })
    assert.deepEqual(got.Item.bs.BS.map(bytes => bytes[0]).sort(), [1, 2])
  })

  test("throws the SDK's own exception classes", async () => {
    const missing = await client
      .send(new GetItemCommand({ TableName: 'nope', Key: { pk: { S: 'a' } } }))
      .catch(error => error)
    assert.ok(
      missing instanceof ResourceNotFoundException && missing instanceof DynamoDBServiceException
    )
    assert.deepEqual(
      [missing.name, missing.message, missing.$fault, missing.$metadata.httpStatusCode],
      ['ResourceNotFoundException', 'Requested resource not found', 'client', 400]
    )
    assert.match(missing.$metadata.requestId, /^[0-9A-Z]{52}$/)

    const again = await client
      .send(new CreateTableCommand(tableInput('items')))
      .catch(error => error)
    assert.ok(again instanceof ResourceInUseException)

    const Item = { pk: { S: 'cond' }, sk: { N: '1' } }
    await client.send(new PutItemCommand({ TableName: 'items', Item }))
    const condition = {
      TableName: 'items',
      Item,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
    }
    const failed = await client.send(new PutItemCommand(condition)).catch(error => error)
    assert.ok(failed instanceof ConditionalCheckFailedException)
    assert.deepEqual(failed.Item, Item)

    const cancelled = await client
      .send(new TransactWriteItemsCommand({ TransactItems: [{ Put: condition }] }))
      .catch(error => error)
    assert.ok(cancelled instanceof TransactionCanceledException)
    assert.equal(cancelled.CancellationReasons[0].Code, 'ConditionalCheckFailed')

    const invalid = await client
      .send(new PutItemCommand({ TableName: 'items', Item: { pk: { S: '' }, sk: { N: '1' } } }))
      .catch(error => error)
    assert.deepEqual([invalid.name, invalid.$retryable], ['ValidationException', undefined])
  })

  test("pages with the SDK's paginators", async () => {
    const requests = Array.from({ length: 100 }, (_, i) => ({
      PutRequest: { Item: { pk: { S: 'page' }, sk: { N: `${i}` } } }
    }))
    for (let i = 0; i < 4; i++)
      await client.send(
        new BatchWriteItemCommand({ RequestItems: { items: requests.slice(i * 25, i * 25 + 25) } })
      )
    const query = {
      TableName: 'items',
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'page' } }
    }
    const seen = []
    let pages = 0
    for await (const page of paginateQuery({ client, pageSize: 7 }, query)) {
      pages++
      seen.push(...page.Items.map(item => Number(item.sk.N)))
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 100 }, (_, i) => i)
    )
    assert.equal(pages, 15)
    let scanned = 0
    for await (const page of paginateScan(
      { client, pageSize: 9 },
      {
        TableName: 'items',
        FilterExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'page' } }
      }
    ))
      scanned += page.Count
    assert.equal(scanned, 100)
    for (let i = 0; i < 5; i++) await client.send(new CreateTableCommand(tableInput(`list-${i}`)))
    const names = []
    for await (const page of paginateListTables({ client, pageSize: 2 }, {}))
      names.push(...page.TableNames)
    assert.deepEqual(
      names.filter(name => name.startsWith('list-')),
      Array.from({ length: 5 }, (_, i) => `list-${i}`)
    )
  })

  test('speaks through the document client', async () => {
    const document = DynamoDBDocumentClient.from(client, {
      marshallOptions: { removeUndefinedValues: true }
    })
    const Item = {
      pk: 'doc',
      sk: 1,
      tags: new Set(['x', 'y']),
      list: [1, { deep: true }],
      nothing: null,
      gone: undefined,
      bytes: new Uint8Array([7])
    }
    await document.send(new PutCommand({ TableName: 'items', Item }))
    const { Item: got } = await document.send(
      new GetCommand({ TableName: 'items', Key: { pk: 'doc', sk: 1 } })
    )
    const { gone, ...stored } = Item
    assert.deepEqual(got, stored)
    const { Attributes } = await document.send(
      new UpdateCommand({
        TableName: 'items',
        Key: { pk: 'doc', sk: 1 },
        UpdateExpression: 'SET n = if_not_exists(n, :zero) + :one',
        ExpressionAttributeValues: { ':zero': 0, ':one': 1 },
        ReturnValues: 'UPDATED_NEW'
      })
    )
    assert.deepEqual(Attributes, { n: 1 })
    await document.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName: 'items', Item: { pk: 'doc', sk: 2 } } },
          { Delete: { TableName: 'items', Key: { pk: 'doc', sk: 1 } } }
        ]
      })
    )
    const request = {
      TableName: 'items',
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': 'doc' }
    }
    assert.deepEqual((await document.send(new QueryCommand(request))).Items, [{ pk: 'doc', sk: 2 }])
    const paged = []
    for await (const page of paginateDocumentQuery({ client: document }, request))
      paged.push(...page.Items)
    assert.deepEqual(paged, [{ pk: 'doc', sk: 2 }])
  })

  test('commits once for requests that are sent together', async () => {
    const put = i =>
      client.send(
        new PutItemCommand({ TableName: 'items', Item: { pk: { S: 'burst' }, sk: { N: `${i}` } } })
      )
    await put(0)
    const before = (await db.counters()).commits
    await Promise.all(Array.from({ length: 50 }, (_, i) => put(i)))
    const { commits } = await db.counters()
    assert.ok(commits - before < 25, `${commits - before} commits`)
  })

  test('honours an abort signal, before and while it waits', async () => {
    const before = new AbortController()
    before.abort()
    const put = new PutItemCommand({
      TableName: 'items',
      Item: { pk: { S: 'abort' }, sk: { N: '1' } }
    })
    await assert.rejects(client.send(put, { abortSignal: before.signal }), { name: 'AbortError' })
    assert.equal(
      (
        await client.send(
          new GetItemCommand({ TableName: 'items', Key: { pk: { S: 'abort' }, sk: { N: '1' } } })
        )
      ).Item,
      undefined
    )

    const during = new AbortController()
    const handler = requestHandler(db)
    const sent = handler.handle(
      {
        headers: {
          'X-Amz-Target': 'DynamoDB_20120810.PutItem',
          'content-type': 'application/x-amz-json-1.0'
        },
        body: JSON.stringify({ TableName: 'items', Item: { pk: { S: 'abort' }, sk: { N: '2' } } })
      },
      { abortSignal: during.signal }
    )
    during.abort(new Error('enough'))
    await assert.rejects(
      sent,
      error => error.name === 'AbortError' && error.cause.message === 'enough'
    )
  })

  test('does not close the database when a client is destroyed', async () => {
    const other = new DynamoDBClient(clientConfig(db))
    await other.send(new ScanCommand({ TableName: 'items', Limit: 1 }))
    other.destroy()
    assert.equal((await client.send(new ScanCommand({ TableName: 'items', Limit: 1 }))).Count, 1)
  })

  test('works with only the handler, and with aggregated clients', async () => {
    const own = new DynamoDB({
      region: 'us-west-2',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: requestHandler(db)
    })
    assert.ok((await own.listTables({})).TableNames.includes('items'))
    assert.equal(
      (
        await own.query({
          TableName: 'items',
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': { S: 'page' } },
          Limit: 3
        })
      ).Count,
      3
    )
  })

  test('answers an operation that does not exist as the service does', async () => {
    const streams = new DynamoDBStreamsClient(clientConfig(db))
    if (db.supports('ListStreams'))
      assert.ok(Array.isArray((await streams.send(new ListStreamsCommand({}))).Streams))
    else
      await assert.rejects(streams.send(new ListStreamsCommand({})), {
        name: 'UnknownOperationException'
      })
  })

  test("lets the SDK retry what failed on the server's side", async () => {
    let calls = 0
    const inner = requestHandler(db)
    const flaky = {
      metadata: inner.metadata,
      httpHandlerConfigs: () => ({}),
      updateHttpClientConfig() {},
      destroy() {},
      handle: async (request, options) =>
        ++calls < 3
          ? {
              response: {
                statusCode: 500,
                headers: { 'content-type': 'application/x-amz-json-1.0' },
                body: Buffer.from('{"__type":"x#InternalServerError","message":"Internal"}')
              }
            }
          : inner.handle(request, options)
    }
    const retrying = new DynamoDBClient({ ...clientConfig(db), requestHandler: flaky })
    const answer = await retrying.send(
      new UpdateTableCommand({ TableName: 'items', DeletionProtectionEnabled: true })
    )
    assert.equal(answer.$metadata.attempts, 3)
  })

  test('copies no answer for a log that nobody reads, and logs where one does', async () => {
    let copied = 0
    const read = async config => {
      const own = new DynamoDBClient(config)
      own.middlewareStack.add((next, context) => args => {
        const copy = context.outputFilterSensitiveLog
        context.outputFilterSensitiveLog = output => {
          copied++
          return copy(output)
        }
        return next(args)
      }, { step: 'initialize', priority: 'high' })
      await own.send(new ScanCommand({ TableName: 'items' }))
    }
    await read(clientConfig(db))
    assert.equal(copied, 0)
    const lines = []
    await read({ ...clientConfig(db), logger: { ...console, info: line => lines.push(line) } })
    assert.equal(copied, 1)
    assert.equal(lines[0].commandName, 'ScanCommand')
  })

  test('checks its argument', () => {
    for (const wrong of [undefined, null, {}, 'x', client]) {
      assert.throws(() => requestHandler(wrong), TypeError)
      assert.throws(() => clientConfig(wrong), TypeError)
    }
  })
})
