/*
 * bulk-puts.test.mjs - StartBulkPutItems and its kin on a folder that stands in for Amazon S3.
 */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { gzipSync } from 'node:zlib'
import { everyTarget } from '../support/targets.mjs'

const s3 = mkdtempSync(join(tmpdir(), 'ddblite-bulk-'))
mkdirSync(join(s3, 'items'))
after(() => rmSync(s3, { recursive: true, force: true }))

// Evidence: AWS API reference, StartBulkPutItems and BulkOperationDescription; AWS Developer Guide,
// "Bulk put items": items with conditions of their own.
everyTarget('Bulk puts from a folder', ({ test, send, makeTable, db }) => {
  let prefixes = 0
  const run = async (TableName, lines, more) => {
    const S3KeyPrefix = `${++prefixes}-${Math.random()}/`
    mkdirSync(join(s3, 'items', S3KeyPrefix))
    writeFileSync(join(s3, 'items', S3KeyPrefix, 'a.json.gz'), gzipSync(lines.join('\n')))
    const { BulkOperationDescription } = await send('StartBulkPutItems', {
      TableName,
      InputS3Configuration: {
        S3Bucket: 'items',
        S3KeyPrefix,
        InputFormat: 'DYNAMODB_JSON',
        InputCompressionType: 'GZIP',
        ...more
      },
      OutputS3Configuration: { S3Bucket: 'items', OutputType: ['ERROR'] }
    })
    assert.equal(BulkOperationDescription.BulkOperationStatus, 'IN_PROGRESS')
    return BulkOperationDescription.BulkOperationArn
  }
  const describe = async BulkOperationArn =>
    (await send('DescribeBulkOperation', { BulkOperationArn })).BulkOperationDescription
  const ended = async arn => {
    for (;;) {
      const found = await describe(arn)
      if (!['IN_PROGRESS', 'CANCELLING'].includes(found.BulkOperationStatus)) return found
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  const item = (pk, more) => ({ pk: { S: pk }, ...more })

  test('write items as every write does: indexes, streams, conditions', async () => {
    const TableName = await makeTable({
      gsis: { byG: { hash: 'g' } },
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' }
    })
    await send('PutItem', { TableName, Item: item('there', { n: { N: '1' } }) })
    const lines = [
      { Item: item('a', { g: { S: 'x' } }) },
      { Item: item('there', { n: { N: '2' } }), ConditionExpression: 'attribute_not_exists(pk)' },
      {
        Item: item('b', { g: { S: 'x' } }),
        ConditionExpression: '#n = :n OR attribute_not_exists(#n)',
        ExpressionAttributeNames: { '#n': 'n' },
        ExpressionAttributeValues: { ':n': { N: '1' } }
      }
    ].map(line => JSON.stringify(line))
    const done = await ended(await run(TableName, lines))
    assert.equal(done.BulkOperationStatus, 'COMPLETED', 'a condition that fails is no error')
    assert.deepEqual([done.ProcessedItemCount, done.FailedItemCount], [3, 0])
    assert.ok(done.EndTime >= done.StartTime && done.ProcessedInputBytes > 0)
    assert.equal((await send('Scan', { TableName, IndexName: 'byG' })).Count, 2)
    const there = await send('GetItem', { TableName, Key: item('there') })
    assert.equal(there.Item.n.N, '1')
    const { Table } = await send('DescribeTable', { TableName })
    const stream = await send('DescribeStream', { StreamArn: Table.LatestStreamArn })
    let records = 0
    for (const { ShardId } of stream.StreamDescription.Shards) {
      const { ShardIterator } = await send('GetShardIterator', {
        StreamArn: Table.LatestStreamArn,
        ShardId,
        ShardIteratorType: 'TRIM_HORIZON'
      })
      records += (await send('GetRecords', { ShardIterator })).Records.length
    }
    assert.equal(records, 3, 'one put, two bulk puts')
  })

  test('count what cannot be an item, and go on', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    const lines = [
      JSON.stringify({ Item: item('a') }),
      'no json',
      JSON.stringify({ Item: { no: { S: 'key' } } }),
      JSON.stringify({ Item: item('g', { g: { N: '1' } }) }),
      JSON.stringify({ Item: item('c'), ConditionExpression: 'a =' }),
      JSON.stringify({ Item: item('d'), ExpressionAttributeValues: { ':a': { S: 'x' } } }),
      JSON.stringify({ Item: item('e'), ReturnValues: 'ALL_OLD' }),
      JSON.stringify({ Item: item('b') })
    ]
    const done = await ended(await run(TableName, lines))
    assert.equal(done.BulkOperationStatus, 'COMPLETED_WITH_ERRORS')
    assert.deepEqual([done.ProcessedItemCount, done.FailedItemCount], [8, 6])
    const { Items } = await send('Scan', { TableName })
    assert.deepEqual(Items.map(({ pk }) => pk.S).sort(), ['a', 'b'])
  })

  test('read Ion, without conditions', async () => {
    const TableName = await makeTable()
    const lines = ['{Item:{pk:"a",n:1}}', '{Item:{pk:"b"},ConditionExpression:"attribute_exists(x)"}']
    const done = await ended(await run(TableName, lines, { InputFormat: 'ION' }))
    assert.deepEqual([done.ProcessedItemCount, done.FailedItemCount], [2, 1])
    const { Items } = await send('Scan', { TableName })
    assert.deepEqual(Items, [{ pk: { S: 'a' }, n: { N: '1' } }])
  })

  test('are cancelled, and keep what they wrote', async () => {
    const TableName = await makeTable()
    const lines = Array.from({ length: 20000 }, (_, i) =>
      JSON.stringify({ Item: item(`i${i}`, { text: { S: 'x'.repeat(200) } }) })
    )
    const BulkOperationArn = await run(TableName, lines)
    const { BulkOperationStatus } = await send('CancelBulkOperation', { BulkOperationArn })
    assert.equal(BulkOperationStatus, 'CANCELLING')
    const done = await ended(BulkOperationArn)
    assert.equal(done.BulkOperationStatus, 'CANCELLED')
    assert.equal(done.FailureCode, 'UserCancelled')
    const { Count } = await send('Scan', { TableName, Select: 'COUNT' })
    assert.ok(Count > 0 && done.ProcessedItemCount < 20000)
    assert.equal(typeof db, 'function')
  })

  test('are listed newest first', async () => {
    const TableName = await makeTable()
    const arns = []
    for (const name of ['a', 'b', 'c']) {
      arns.push(await run(TableName, [JSON.stringify({ Item: item(name) })]))
      await ended(arns.at(-1))
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    const { BulkOperationsSummaryList } = await send('ListBulkOperations', { MaxResults: 3 })
    assert.deepEqual(
      BulkOperationsSummaryList.map(one => [one.BulkOperationArn, one.BulkOperationStatus]),
      arns.reverse().map(arn => [arn, 'COMPLETED'])
    )
  })
}, { s3 })
