// The Lambda functions of examples/streams, as they are, fed by the streams of tables in this process.
//
// Evidence: DynamoDB Developer Guide, "DynamoDB Streams and Time to Live" (who removed an item);
// Lambda Developer Guide, "Configuring partial batch response with DynamoDB and Lambda".
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, mock, test } from 'node:test'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand, UpdateCommand
} from '@aws-sdk/lib-dynamodb'
import { EngineClient } from 'ddblite'
import { clientConfig } from 'ddblite/aws'
import * as sessions from '../../examples/streams/session-ended.mjs'
import * as orders from '../../examples/streams/order-totals.mjs'

const table = (TableName, key, more) => ({
  TableName,
  AttributeDefinitions: key.map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: key.map((AttributeName, i) => ({ AttributeName, KeyType: ['HASH', 'RANGE'][i] })),
  BillingMode: 'PAY_PER_REQUEST',
  ...more
})
const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } }

describe('a session that expires', () => {
  let db, documents, empty
  before(async () => {
    db = new EngineClient({ clock: 'frozen' })
    documents = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(db)))
    await db.execute('CreateTable', table('sessions', ['id'], stream))
    await db.execute('CreateTable', {
      ...table('history', ['user']),
      AttributeDefinitions: [
        { AttributeName: 'user', AttributeType: 'S' }, { AttributeName: 'at', AttributeType: 'N' }
      ],
      KeySchema: [
        { AttributeName: 'user', KeyType: 'HASH' }, { AttributeName: 'at', KeyType: 'RANGE' }
      ]
    })
    const TimeToLiveSpecification = { Enabled: true, AttributeName: 'expires' }
    await db.execute('UpdateTimeToLive', { TableName: 'sessions', TimeToLiveSpecification })
    await db.subscribe('sessions', sessions.sessionEnded(documents, 'history'), sessions.mapping)
    empty = await db.snapshot()
  })
  beforeEach(() => db.restore(empty))
  after(() => db.close())

  const signIn = (id, user, hours) => documents.send(new PutCommand({
    TableName: 'sessions',
    Item: { id, user, expires: Math.floor(db.clock.now() / 1000) + hours * 3600 }
  }))
  const history = async () => (await documents.send(new ScanCommand({ TableName: 'history' }))).Items

  test('leaves a line of history, at the second of its end', async () => {
    await signIn('s1', 'ada', 1)
    const due = Math.floor(db.clock.now() / 1000) + 3600
    await db.clock.advance(3600_000)
    assert.deepEqual(await history(), [])
    await db.clock.advance(1000)
    assert.deepEqual(await history(), [{ user: 'ada', at: due + 1, session: 's1', event: 'expired' }])
  })

  test('leaves none when its user signs out, or goes on', async () => {
    await signIn('s1', 'ada', 1)
    await signIn('s2', 'eve', 1)
    await documents.send(new DeleteCommand({ TableName: 'sessions', Key: { id: 's1' } }))
    await documents.send(new UpdateCommand({
      TableName: 'sessions',
      Key: { id: 's2' },
      UpdateExpression: 'SET expires = expires + :day',
      ExpressionAttributeValues: { ':day': 86400 }
    }))
    await db.clock.advance(24 * 3600_000)
    assert.deepEqual(await history(), [])
    await db.clock.advance(2 * 3600_000)
    assert.deepEqual((await history()).map(({ user }) => user), ['eve'])
  })
})

describe('totals of orders', () => {
  let db, documents
  beforeEach(async () => {
    db = new EngineClient()
    documents = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(db)))
    await db.execute('CreateTable', table('orders', ['customer', 'id'], stream))
    await db.execute('CreateTable', table('totals', ['pk']))
  })

  const order = (customer, id, amount) =>
    documents.send(new PutCommand({ TableName: 'orders', Item: { customer, id, amount } }))
  const total = async customer => (await documents.send(
    new GetCommand({ TableName: 'totals', Key: { pk: `total#${customer}` } }))).Item?.amount
  const settled = async handler => {
    await db.subscribe('orders', handler, orders.mapping)
    await order('ada', 'o1', 10)
    await order('ada', 'o2', 5)
    await order('eve', 'o3', 7)
    await order('ada', 'o2', 6)
    await documents.send(new DeleteCommand({ TableName: 'orders', Key: { customer: 'eve', id: 'o3' } }))
    await db.drain()
    assert.equal(await total('ada'), 16)
    assert.equal(await total('eve'), 0)
    await db.close()
  }

  test('follow what is ordered, changed and taken back', () =>
    settled(orders.orderTotals(documents, 'totals')))

  test('count no record twice, though a batch comes again', async () => {
    const handler = orders.orderTotals(documents, 'totals')
    let calls = 0
    await settled(async event => {
      await handler(event)
      if (calls++ < 3) throw new Error('the answer was lost')
      return handler(event)
    })
    assert.ok(calls > 3)
  })

  test('come right when the table throttles now and then', async () => {
    const warn = mock.method(console, 'warn', () => {})
    await db.faults.add({
      op: 'TransactWriteItems', nth: 2, times: 1, throw: 'ThrottlingException'
    })
    await settled(orders.orderTotals(documents, 'totals'))
    warn.mock.restore()
  })
})
