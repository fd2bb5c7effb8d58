/*
 * bulk-puts.test.mjs - StartBulkPutItems and its kin, on buckets that stand in for Amazon S3.
 */
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { bucketOf } from '../support/backups.mjs'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'

// Evidence: AWS API reference, StartBulkPutItems and BulkOperationDescription; AWS Developer Guide,
// "Bulk put items": items with conditions of their own.
everyTarget('Bulk puts', ({ test, send, makeTable, db }) => {
  const { put: objects, recordsOf } = bucketOf(db, 'items')
  const run = async (TableName, lines, more) => {
    const S3KeyPrefix = await objects({ 'a.json.gz': gzipSync(lines.join('\n')) })
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

  const report = (arn, name) =>
    recordsOf(`out/AWSDynamoDB/${arn.split('/').at(-1)}/${name}`)
  const reporting = (...OutputType) =>
    ({ OutputS3Configuration: { S3Bucket: 'items', S3KeyPrefix: 'out/', OutputType } })
  const start = async (TableName, files, output, more) => {
    const S3KeyPrefix = await objects(files)
    const { BulkOperationDescription } = await send('StartBulkPutItems', {
      TableName,
      InputS3Configuration: { S3Bucket: 'items', S3KeyPrefix, InputFormat: 'DYNAMODB_JSON', ...more },
      ...output
    })
    return [BulkOperationDescription.BulkOperationArn, S3KeyPrefix]
  }

  // Evidence: AWS API reference, OutputS3Configuration (what each OutputType tells); the layout is
  // ours (docs/open-questions.md).
  test('tell which items were not written, and why', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await send('PutItem', { TableName, Item: item('there', { n: { N: '1' } }) })
    const lines = [
      JSON.stringify({ Item: item('a') }),
      'no json',
      JSON.stringify({ Item: { no: { S: 'key' } } }),
      JSON.stringify({ Item: item('big', { b: { S: 'x'.repeat(410000) } }) }),
      JSON.stringify({ Item: item('there'), ConditionExpression: 'attribute_not_exists(pk)' }),
      JSON.stringify({ Item: item('new'), ConditionExpression: 'attribute_exists(pk)' })
    ]
    const [arn, prefix] = await start(TableName, { 'a.json': lines.join('\n') },
      reporting('ERROR', 'CONDITION_CHECK_FAILURE'))
    const done = await ended(arn)
    assert.deepEqual([done.ProcessedItemCount, done.FailedItemCount], [6, 3])
    const S3Key = `${prefix}a.json`
    const [json, key, big] = await report(arn, 'ERROR.json')
    assert.deepEqual(json, {
      S3Key,
      ErrorCode: 'SerializationException',
      ErrorMessage: 'The record has no item that can be put',
      Record: 'no json'
    })
    assert.deepEqual(key, {
      S3Key,
      ErrorCode: 'ValidationException',
      ErrorMessage: 'One or more parameter values were invalid: Missing the key pk in the item',
      Record: lines[2]
    })
    assert.equal(big.ErrorMessage, 'Item size has exceeded the maximum allowed size')
    assert.deepEqual(await report(arn, 'CONDITION_CHECK_FAILURE.json'), [
      { S3Key, Item: item('there'), ExistingItem: item('there', { n: { N: '1' } }) },
      { S3Key, Item: item('new') }
    ])
    const folder = `out/AWSDynamoDB/${arn.split('/').at(-1)}`
    assert.deepEqual(await report(arn, 'manifest-summary.json'), [{
      bulkOperationId: arn.split('/').at(-1),
      tableName: TableName,
      processedItemCount: 6,
      failedItemCount: 3,
      outputs: [
        { outputType: 'ERROR', itemCount: 3, dataFileS3Key: `${folder}/ERROR.json` },
        {
          outputType: 'CONDITION_CHECK_FAILURE',
          itemCount: 2,
          dataFileS3Key: `${folder}/CONDITION_CHECK_FAILURE.json`
        }
      ]
    }])
  })

  test('tell only what was asked for, each record once over many slices', async () => {
    const TableName = await makeTable()
    const bad = Array.from({ length: 6000 }, (_, i) => `record ${i} ${'x'.repeat(100)}`)
    const [arn] = await start(TableName, {
      'a.json': bad.slice(0, 3500).join('\n'),
      'b.json': [JSON.stringify({ Item: item('a'), ConditionExpression: 'attribute_exists(pk)' }),
        ...bad.slice(3500)].join('\n')
    }, reporting('ERROR'))
    const done = await ended(arn)
    assert.deepEqual([done.ProcessedItemCount, done.FailedItemCount], [6001, 6000])
    assert.deepEqual((await report(arn, 'ERROR.json')).map(line => line.Record), bad)
    assert.equal((await report(arn, 'manifest-summary.json'))[0].outputs.length, 1)
    await rejects(report(arn, 'CONDITION_CHECK_FAILURE.json'), 'NoSuchKey')
  })

  // Evidence: AWS API reference, BulkOperationDescription and BulkOperationUsage.
  test('tell bytes of the input, and of what was written to the table and each index', async () => {
    const TableName = await makeTable({
      range: 'sk',
      gsis: { byG: { hash: 'g', project: 'KEYS_ONLY' }, byH: { hash: 'h' } },
      lsis: { byL: { range: 'l' } }
    })
    const one = { ...item('a'), sk: { S: 'b' }, g: { S: 'gg' }, l: { S: 'l' }, x: { S: 'xxx' } }
    const two = { ...item('a'), sk: { S: 'c' } }
    const text = [one, two].map(Item => JSON.stringify({ Item })).join('\n')
    for (const [bytes, InputCompressionType] of [[text, 'NONE'], [gzipSync(text), 'GZIP']]) {
      const [arn] = await start(TableName, { 'a.json': bytes, 'b.json': gzipSync('') },
        reporting('ERROR'), { InputCompressionType })
      const done = await ended(arn)
      const all = bytes.length + gzipSync('').length
      assert.equal(done.TotalInputBytes, all)
      assert.equal(done.ProcessedInputBytes, all)
      const size = 3 + 3 + 3 + 2 + 4 /* one */ + 6 /* two */
      assert.deepEqual(done.BulkOperationUsage, [{
        TableName,
        Table: { BulkPutBytes: size },
        LocalSecondaryIndexes: { byL: { BulkPutBytes: 15 } },
        GlobalSecondaryIndexes: { byG: { BulkPutBytes: 9 } },
        BulkPutBytes: size + 15 + 9
      }])
    }
  })

  test('need a bucket for their report', async () => {
    const TableName = await makeTable()
    await invalid(start(TableName, {}, { OutputS3Configuration: { OutputType: ['ERROR'] } }),
      "1 validation error detected: Value null at 'outputS3Configuration.s3Bucket' failed to satisfy constraint: Member must not be null")
    const [arn] = await start(TableName, { 'a.json': '' },
      { OutputS3Configuration: { S3Bucket: 'nowhere', OutputType: ['ERROR'] } })
    const { BulkOperationStatus, FailureCode } = await ended(arn)
    assert.deepEqual([BulkOperationStatus, FailureCode], ['FAILED', 'S3NoSuchBucket'])
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
})
