// The AWS SDK's DynamoDBStreamsClient, unmodified: in this process, and over HTTP.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateTimeToLiveCommand
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  ResourceNotFoundException,
  TrimmedDataAccessException
} from '@aws-sdk/client-dynamodb-streams'
import { EngineClient } from 'ddblite'
import { clientConfig } from 'ddblite/aws'
import { serve } from 'ddblite/server'
import { tableInput } from '../support/targets.mjs'
import { DAY, clockOf, streaming } from '../support/streams.mjs'

const roads = {
  'in this process': async db => ({ config: clientConfig(db), close () {} }),
  'over HTTP': async db => {
    const server = await serve(db, { port: 0 })
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    return {
      config: { endpoint: server.url, region: 'us-east-1', credentials },
      close: () => server.close()
    }
  }
}

for (const [road, open] of Object.entries(roads)) {
  describe(`DynamoDBStreamsClient ${road}`, () => {
    let db, host, tables, streams
    before(async () => {
      db = new EngineClient()
      host = await open(db)
      tables = new DynamoDBClient(host.config)
      streams = new DynamoDBStreamsClient(host.config)
      await tables.send(new CreateTableCommand(tableInput('items', streaming())))
    })
    after(async () => {
      tables.destroy()
      streams.destroy()
      await host.close()
      await db.close()
    })

    const shardsOf = async StreamArn =>
      (await streams.send(new DescribeStreamCommand({ StreamArn }))).StreamDescription.Shards
    const iterator = async (StreamArn, ShardId, type = 'TRIM_HORIZON', SequenceNumber) => {
      const where = { StreamArn, ShardId, ShardIteratorType: type, SequenceNumber }
      return (await streams.send(new GetShardIteratorCommand(where))).ShardIterator
    }

    test('reads what was written, in its own types', async () => {
      const Item = { pk: { S: 'a' }, b: { B: new Uint8Array([0, 1, 255]) } }
      await tables.send(new PutItemCommand({ TableName: 'items', Item }))
      const { Streams } = await streams.send(new ListStreamsCommand({ TableName: 'items' }))
      assert.equal(Streams.length, 1)
      const { StreamArn } = Streams[0]
      const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }))
      assert.ok(StreamDescription.CreationRequestDateTime instanceof Date)
      const records = []
      for (const { ShardId } of StreamDescription.Shards) {
        const page = await streams.send(
          new GetRecordsCommand({ ShardIterator: await iterator(StreamArn, ShardId) })
        )
        records.push(...page.Records)
      }
      assert.equal(records.length, 1)
      const [{ dynamodb, eventName }] = records
      assert.equal(eventName, 'INSERT')
      assert.ok(dynamodb.ApproximateCreationDateTime instanceof Date)
      assert.deepEqual([...dynamodb.NewImage.b.B], [0, 1, 255])
      assert.deepEqual(dynamodb.Keys, { pk: { S: 'a' } })
    })

    test('throws its own exceptions', async () => {
      const clock = clockOf(db)
      try {
        clock.advance(0)
        const [{ StreamArn }] = (await streams.send(new ListStreamsCommand({}))).Streams
        const [{ ShardId, SequenceNumberRange }] = await shardsOf(StreamArn)
        await assert.rejects(
          streams.send(new DescribeStreamCommand({ StreamArn: StreamArn + '0' })),
          ResourceNotFoundException
        )
        const ShardIterator = await iterator(StreamArn, ShardId)
        await tables.send(new PutItemCommand({ TableName: 'items', Item: { pk: { S: 'b' } } }))
        clock.advance(DAY)
        await assert.rejects(
          streams.send(new GetRecordsCommand({ ShardIterator })),
          ExpiredIteratorException
        )
        let trimmed = 0
        for (const shard of await shardsOf(StreamArn)) {
          const first = SequenceNumberRange.StartingSequenceNumber
          await iterator(StreamArn, shard.ShardId, 'AT_SEQUENCE_NUMBER', first).catch(error => {
            assert.ok(error instanceof TrimmedDataAccessException)
            trimmed++
          })
        }
        assert.ok(trimmed > 0)
      } finally {
        clock.resume()
      }
    })

    test('sets Time To Live with the other client', async () => {
      const TimeToLiveSpecification = { Enabled: true, AttributeName: 'ttl' }
      await tables.send(new UpdateTimeToLiveCommand({ TableName: 'items', TimeToLiveSpecification }))
      const { TimeToLiveDescription } = await tables.send(
        new DescribeTimeToLiveCommand({ TableName: 'items' })
      )
      assert.deepEqual(TimeToLiveDescription, { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' })
    })
  })
}
