/*
 * client.ts - what the types must accept and refuse; `npm run check` compiles it, nothing runs.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import {
  CONTRACT_VERSION, DataError, EngineClient, EngineError, SchemaError, Snapshot
} from 'ddblite'
import type {
  AttributeInput, ClockOption, Explanation, Info, Item, LambdaStreamEvent, LiveQuery, LoadedSchema,
  MetricsResult, Operations, StreamFailure, Subscription, TableDescription
} from 'ddblite'
import { clientConfig, requestHandler } from 'ddblite/aws'
import { database, isolated, useDatabase } from 'ddblite/jest'
import { setup as setupDynalite, startDb } from 'ddblite/jest-dynalite'
import { isolated as nodeIsolated, useDatabase as nodeDatabase } from 'ddblite/node-test'
import { serve } from 'ddblite/server'
import { databaseTest } from 'ddblite/vitest'
import type { TestDatabaseOptions } from 'ddblite/vitest'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
function same<A, B> (_: Equal<A, B>): void {}

export async function main (): Promise<void> {
  await using scoped = new EngineClient()
  const db = new EngineClient({
    path: 'a.db',
    durability: 'full',
    region: 'eu-west-1',
    accountId: '123456789012',
    busyTimeout: 10
  })
  same<typeof CONTRACT_VERSION, 1>(true)
  const ready = await scoped.ready()
  same<typeof ready.persistenceMode, 'file' | 'opfs' | 'memory'>(true)
  const file: Blob = await db.exportDatabase()
  for await (const piece of db.exportStream()) piece.byteLength.toFixed()
  await db.importDatabase(db.exportStream(), { signal: new AbortController().signal })
  await db.importDatabase(file)
  await db.importDatabase(file.stream())

  const created = await db.execute('CreateTable', {
    TableName: 't',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST'
  })
  same<typeof created.TableDescription, TableDescription | undefined>(true)

  await db.execute('ListTables')
  await db.execute('ListTables', { Limit: 3 })
  await db.execute('PutItem', {
    TableName: 't', Item: { pk: { S: 'a' }, b: { B: new Uint8Array(3) }, bs: { BS: ['AAA='] } }
  })
  const got = await db.execute('GetItem', { TableName: 't', Key: { pk: { S: 'a' } } })
  same<typeof got.Item, Item | undefined>(true)
  const text: string | undefined = got.Item?.pk?.S
  const nested: string | undefined = got.Item?.m?.M?.x?.L?.[0]?.N
  await db.execute('PutItem', { TableName: 't', Item: got.Item! })
  const page = await db.execute('Query', {
    TableName: 't',
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'a' } }
  })
  await db.execute('Scan', { TableName: 't', ExclusiveStartKey: page.LastEvaluatedKey })
  await db.execute('BatchGetItem', { RequestItems: { t: { Keys: [{ pk: { S: 'a' } }] } } })
  await db.execute('TransactWriteItems', {
    TransactItems: [{ Put: { TableName: 't', Item: { pk: { S: 'a' } } } }]
  })

  const { Items = [], NextToken } = await db.execute('ExecuteStatement', {
    Statement: 'SELECT * FROM t WHERE pk = ?', Parameters: [{ S: 'a' }], Limit: 5
  })
  same<typeof Items, Item[]>(true)
  // @ts-expect-error: a statement has a text
  await db.execute('ExecuteStatement', { NextToken })
  const { Responses = [] } = await db.execute('BatchExecuteStatement', {
    Statements: [{ Statement: 'DELETE FROM t WHERE pk = ?', Parameters: [{ S: 'a' }] }]
  })
  const duplicate: boolean = Responses[0]?.Error?.Code === 'DuplicateItem'
  console.log(duplicate)
  await db.execute('ExecuteTransaction', { TransactStatements: [{ Statement: 'DELETE FROM t' }] })

  const { Records = [] } = await db.execute('GetRecords', { ShardIterator: 'x', Limit: 10 })
  const removed: boolean = Records[0]?.userIdentity?.Type === 'Service'
  console.log(removed, Records[0]?.dynamodb?.NewImage?.pk?.S)
  await db.execute('UpdateTimeToLive', {
    TableName: 't', TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' }
  })
  // @ts-expect-error ShardId is missing
  await db.execute('GetShardIterator', { StreamArn: 'a', ShardIteratorType: 'LATEST' })
  // @ts-expect-error there is no such operation
  await db.execute('GetItems', {})
  // @ts-expect-error Key is missing
  await db.execute('GetItem', { TableName: 't' })
  // @ts-expect-error a request is needed
  await db.execute('GetItem')
  // @ts-expect-error numbers travel as text
  const wrong: AttributeInput = { N: 5 }
  // @ts-expect-error a value has one type
  const two: AttributeInput = { S: 'a', N: '1' }
  // @ts-expect-error there is no such level
  const bad = new EngineClient({ durability: 'high' })

  const snapshot: Snapshot = await db.snapshot()
  await db.restore(Snapshot.from(snapshot.bytes()))
  const fork: EngineClient = await db.fork()
  await fork.reset({ keepSchema: true, tables: ['t'] })
  await db.namespace({ accountId: '123456789012' }).clock.advance(1000)
  const clocks: ClockOption[] = ['real', 'frozen', { now: 5 }, { now: new Date() }, { now: Date.now }]
  await new EngineClient({ clock: clocks[0] }).clock.set(new Date(fork.clock.now()))
  // @ts-expect-error snapshots are not made by hand
  const made = new Snapshot()
  // @ts-expect-error bytes become a Snapshot first
  await db.restore(snapshot.bytes())

  try {
    await db.execute('DeleteTable', { TableName: 't' })
  } catch (error) {
    if (error instanceof EngineError && error.name === 'TransactionCanceledException') {
      const code: string | undefined = error.CancellationReasons?.[0]?.Code
      console.log(code, error.statusCode, error.type)
    }
  }

  const { tables, skipped }: LoadedSchema =
    await db.loadSchema('template.yaml', { existing: 'skip', parameters: { Stage: 'dev' } })
  const seeded = await db.seedData({ [tables[0]!]: [{ pk: 'a', set: new Set([1]) }] })
  await db.seedData(() => ({ t: async () => [{ pk: { S: 'a' } }] }), { dates: 'iso' })
  const [why, many]: [string | undefined, number] = [skipped[0]?.reason, seeded.items]
  console.log(why, many, SchemaError, DataError)
  const moved = await db.import('exports', {
    tables: { old: 'new' }, onProgress: ({ table, items }) => console.log(table, items)
  })
  await db.import('exports', {
    seed: 'secret',
    anonymise: {
      'Users.email': 'fake', 'Users.pk': { method: 'hash', pattern: 'USER#<id>' }, '*.x': () => 1
    }
  })
  // @ts-expect-error there is no such method
  await db.import('exports', { anonymise: { 'Users.email': 'encrypt' } })
  const { files } = await db.export('folder', { exportFormat: 'ION' })
  console.log(moved.deleted, files[0])
  // @ts-expect-error there is no such format
  await db.loadSchema({}, { format: 'pulumi' })

  const { Tables: [first], Path }: Info = await db.info({ tables: ['t'], counts: true })
  const items: number | undefined = first?.Indexes[0]?.Items
  const told: string = await db.inspect({ table: 't', items: 2 })
  const room: number = (await db.vacuum()).Bytes
  console.log(items, told, room, Path)
  const { Warnings, Steps, ReadUnits }: Explanation = await db.explain('Scan', { TableName: 't' })
  const { operations, slowest }: MetricsResult = await db.metrics.reset()
  const slow: number | undefined = operations['PutItem']?.latency.p99Ms
  console.log(Warnings[0]?.Message, Steps[0]?.Kind, ReadUnits, slow, slowest[0]?.request)
  const loaded: number = await db.bulkLoad(async client => {
    await client.execute('PutItem', { TableName: 't', Item: { pk: { S: 'a' } } })
    return 1
  }, { tables: ['t'] })
  await db.trackUse('t', { reads: true })
  const touched: number = await db.touch('t', [{ pk: { S: 'a' } }])
  const [{ key, lastUsed } = {}] = await db.leastRecentlyUsed('t', { limit: 1 })
  console.log(loaded, touched, key?.['pk'], lastUsed?.getTime())
  // @ts-expect-error a Scan has no Item
  await db.explain('Scan', { TableName: 't', Item: {} })
  // @ts-expect-error one table
  await db.inspect({ table: ['t'] })
  const failures: StreamFailure[] = []
  const sub: Subscription = await db.subscribe('t', async (event: LambdaStreamEvent) => {
    for (const { dynamodb, userIdentity } of event.Records) {
      console.log(dynamodb?.NewImage?.pk?.S, userIdentity?.type)
    }
    return { batchItemFailures: [{ itemIdentifier: '1' }] }
  }, {
    startingPosition: 'TRIM_HORIZON',
    functionResponseTypes: ['ReportBatchItemFailures'],
    filterCriteria: { filters: [{ pattern: '{}' }] },
    destinationConfig: { onFailure: failures },
    onError: (error, { willRetry }) => console.log(error, willRetry)
  })
  const view: LiveQuery = await db.live('GetItem', { TableName: 't', Key: { pk: { S: 'a' } } },
    ({ Item }) => console.log(Item?.pk?.S))
  await view.refresh()
  // @ts-expect-error a write is no read
  await db.live('PutItem', {}, () => {})
  await sub.drain()
  await db.drain()
  // @ts-expect-error DynamoDB has no AT_TIMESTAMP
  await db.subscribe('t', () => {}, { startingPosition: 'AT_TIMESTAMP' })

  const names: keyof Operations = 'TransactGetItems'
  const aws = new DynamoDBClient(clientConfig(db))
  const handler = requestHandler(db)
  const streams = new DynamoDBStreamsClient({ ...clientConfig(db), requestHandler: handler })
  const server = await serve(db, { port: 0, allowedHosts: ['db'] })
  console.log(server.url, server.port, aws, streams, text, nested, wrong, two, bad, made, names)
  await server.close()
}

export function testRunners (): void {
  const options: TestDatabaseOptions = {
    tables: async () => [{ TableName: 'users' }, 'template.yaml'],
    data: { users: [{ id: 'ada' }] },
    schemaOptions: { parameters: { Stage: 'test' } },
    setup: async db => { await db.execute('ListTables') },
    isolate: 'file',
    engine: { clock: 'frozen' }
  }
  databaseTest(options)('a test', async ({ db, expect }) => {
    same<typeof db, EngineClient>(true)
    expect(await db.execute('ListTables')).toEqual({ TableNames: [] })
  })
  same<ReturnType<typeof database>, EngineClient>(true)
  same<Parameters<typeof setupDynalite>, [folder: string]>(true)
  same<ReturnType<typeof startDb>, Promise<void>>(true)
  const run: () => Promise<number> = isolated(useDatabase(), async own => own.counters().steps)
  const runNode = nodeIsolated(nodeDatabase(options), async (own, t: { name: string }) => t.name)
  same<ReturnType<typeof runNode>, Promise<string>>(true)
  void run
  // @ts-expect-error there is no such isolation
  useDatabase({ isolate: 'suite' })
}
