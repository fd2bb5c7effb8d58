/*
 * newest.test.mjs - the newest operations where they lack what they need: a vector index, items in
 * Amazon S3. They check their requests, and fail as the service would.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'

// Evidence: facts operations, at the end; API model of the AWS SDK 3.1162.
everyTarget('SearchVectors', ({ test, send, makeTable }) => {
  const search = { IndexName: 'byVector', SearchVector: [{ N: '1' }, { N: '0.5' }], TopK: 3 }

  test('finds no vector index in any table', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await invalid(
      send('SearchVectors', { TableName, ...search }),
      'The table does not have the specified index: byVector'
    )
    await rejects(
      send('SearchVectors', { TableName: 'missing', ...search }),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
  })

  test('checks its request', async () => {
    await invalid(
      send('SearchVectors', { TableName: 'missing' }),
      "3 validation errors detected: Value null at 'indexName' failed to satisfy constraint: " +
        "Member must not be null; Value null at 'searchVector' failed to satisfy constraint: " +
        "Member must not be null; Value null at 'topK' failed to satisfy constraint: Member " +
        'must not be null'
    )
    await invalid(
      send('SearchVectors', { TableName: 'missing', ...search, TopK: 0 }),
      "1 validation error detected: Value '0' at 'topK' failed to satisfy constraint: Member " +
        'must have value greater than or equal to 1'
    )
  })
})

everyTarget('Bulk operations', ({ test, send, makeTable }) => {
  const request = {
    InputS3Configuration: { S3Bucket: 'items', InputFormat: 'DYNAMODB_JSON' },
    OutputS3Configuration: { S3Bucket: 'items', OutputType: ['ERROR'] }
  }
  const start = (TableName, more) => send('StartBulkPutItems', { TableName, ...request, ...more })

  test('start, and fail for want of their bucket', async () => {
    const TableName = await makeTable()
    const { TableId } = (await send('DescribeTable', { TableName })).Table
    const { BulkOperationDescription: first } = await start(TableName, {
      MaxWriteRequestUnits: 2000,
      PerformanceTier: 'STANDARD'
    })
    const { BulkOperationArn, StartTime } = first
    assert.match(
      BulkOperationArn,
      /^arn:aws:dynamodb:us-east-1:000000000000:bulk-operation\/\d{14}-[0-9a-f]{8}$/
    )
    const echo = {
      ...request,
      BulkOperationArn,
      StartTime,
      TableDetails: [{ TableName, TableId }],
      MaxWriteRequestUnits: 2000,
      PerformanceTier: 'STANDARD',
      ProcessedItemCount: 0,
      ProcessedInputBytes: 0,
      FailedItemCount: 0
    }
    assert.deepEqual(first, { ...echo, BulkOperationStatus: 'IN_PROGRESS' })
    assert.deepEqual(
      (await send('DescribeBulkOperation', { BulkOperationArn })).BulkOperationDescription,
      {
        ...echo,
        BulkOperationStatus: 'FAILED',
        EndTime: StartTime,
        FailureCode: 'S3NoSuchBucket',
        FailureMessage: 'The specified bucket does not exist'
      }
    )
    assert.deepEqual(await send('CancelBulkOperation', { BulkOperationArn }), {
      BulkOperationArn,
      BulkOperationStatus: 'FAILED'
    })
  })

  test('start once for a client token', async () => {
    const TableName = await makeTable()
    const one = await start(TableName, { ClientToken: 'a' })
    const two = await start(TableName, { ClientToken: 'a' })
    assert.equal(
      two.BulkOperationDescription.BulkOperationArn,
      one.BulkOperationDescription.BulkOperationArn
    )
    await rejects(
      start(TableName, { ClientToken: 'a', MaxWriteRequestUnits: 1024 }),
      'IdempotentParameterMismatchException'
    )
    assert.notEqual(
      (await start(TableName, { ClientToken: 'b' })).BulkOperationDescription.BulkOperationArn,
      one.BulkOperationDescription.BulkOperationArn
    )
  })

  test('are listed in pages', async () => {
    const TableName = await makeTable()
    const arns = []
    for (let i = 0; i < 3; i++)
      arns.push((await start(TableName)).BulkOperationDescription.BulkOperationArn)
    const seen = []
    let NextToken
    do {
      const page = await send('ListBulkOperations', { MaxResults: 2, NextToken })
      assert.ok(page.BulkOperationsSummaryList.length <= 2)
      seen.push(...page.BulkOperationsSummaryList)
      NextToken = page.NextToken
    } while (NextToken)
    for (const arn of arns) assert.ok(seen.some(summary => summary.BulkOperationArn === arn))
    assert.equal(new Set(seen.map(summary => summary.BulkOperationArn)).size, seen.length)
    await invalid(send('ListBulkOperations', { NextToken: 'x' }), 'Invalid NextToken: x')
  })

  test('need a table, and an operation that is there', async () => {
    await rejects(
      start('missing'),
      'ResourceNotFoundException',
      'Requested resource not found: Table: missing not found'
    )
    await invalid(
      send('StartBulkPutItems', { TableName: 'missing' }),
      /'inputS3Configuration'.*'outputS3Configuration'/
    )
    await invalid(
      start('missing', { MaxWriteRequestUnits: 1023 }),
      /'maxWriteRequestUnits' failed .* Member must have value greater than or equal to 1024/
    )
    const BulkOperationArn =
      'arn:aws:dynamodb:us-east-1:000000000000:bulk-operation/01791502292805-00000000'
    await rejects(send('DescribeBulkOperation', { BulkOperationArn }), 'ResourceNotFoundException')
    await rejects(send('CancelBulkOperation', { BulkOperationArn }), 'ResourceNotFoundException')
    await invalid(
      send('DescribeBulkOperation', { BulkOperationArn: 'x' }),
      /'bulkOperationArn' failed .* Member must have length greater than or equal to 37/
    )
  })
})
