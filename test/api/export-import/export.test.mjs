// ExportTableToPointInTime, DescribeExport and ListExports.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'
import { allItems, arnOf, bucketOf, exported, fill } from '../support/backups.mjs'
import { HOUR, clockOf } from '../support/streams.mjs'

const md5 = bytes => createHash('md5').update(bytes).digest()

const everything = {
  s: { S: 'quote " slash \\ line\n tab\t é 😀' },
  n: { N: '-12345678901234567890.5' },
  whole: { N: '103' },
  b: { B: 'AAEC/w==' },
  yes: { BOOL: true },
  nothing: { NULL: true },
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2.5'] },
  bs: { BS: ['AA=='] },
  l: { L: [{ S: 'x' }, { M: {} }, { L: [] }] },
  m: { M: { 'a b': { S: '' }, null: { N: '0' } } }
}

const recovering = async (send, TableName) => {
  await send('UpdateContinuousBackups', {
    TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
  })
  return arnOf(send, TableName)
}

// Evidence: AWS Developer Guide, "DynamoDB table export output format".
everyTarget('ExportTableToPointInTime', ({ test, send, makeTable, db }) => {
  const { bytesOf, jsonOf, linesOf, recordsOf } = bucketOf(db, 'bucket')
  const start = async request =>
    (await send('ExportTableToPointInTime', { S3Bucket: 'bucket', ...request })).ExportDescription
  const run = async request => exported(send, (await start(request)).ExportArn)

  // Evidence: AWS API reference, FilterSpecification.
  test('exports what passes its filter, and what of it a projection selects', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    const TableArn = await recovering(send, TableName)
    for (let i = 0; i < 6; i++) {
      await send('PutItem', {
        TableName,
        Item: { pk: { S: i < 4 ? 'a' : 'b' }, sk: { N: `${i}` }, odd: { BOOL: i % 2 === 1 } }
      })
    }
    const lines = async (FilterSpecification, more) => {
      const done = await run({ TableArn, FilterSpecification, ...more })
      assert.deepEqual(done.FilterSpecification, FilterSpecification)
      const id = done.ExportArn.split('/').at(-1)
      const files = await recordsOf(`AWSDynamoDB/${id}/manifest-files.json`)
      const items = (await Promise.all(files.map(file => linesOf(file.dataFileS3Key)))).flat()
      assert.equal(done.ItemCount, items.length)
      return items
    }
    const keys = async filter =>
      (await lines(filter)).map(line => JSON.parse(line).Item.sk.N).sort().join('')
    const odd = {
      FilterExpression: '#o = :t',
      ExpressionAttributeNames: { '#o': 'odd' },
      ExpressionAttributeValues: { ':t': { BOOL: true } }
    }
    assert.equal(await keys(odd), '135')
    assert.equal(await keys({}), '012345')
    const some = {
      KeyConditionExpression: 'pk = :p AND sk >= :s',
      ExpressionAttributeValues: { ':p': { S: 'a' }, ':s': { N: '2' } }
    }
    assert.equal(await keys(some), '23')
    const both = {
      ...odd,
      ...some,
      ExpressionAttributeValues: { ...some.ExpressionAttributeValues, ':t': { BOOL: true } }
    }
    assert.equal(await keys(both), '3')
    assert.deepEqual(await lines({ ...both, ProjectionExpression: 'sk' }), [
      '{"Item":{"sk":{"N":"3"}}}'
    ])
    assert.deepEqual(await lines({ ...both, ProjectionExpression: 'sk' }, { ExportFormat: 'ION' }), [
      '$ion_1_0 {Item:{sk:3.}}'
    ])
    const none = { ...odd, ExpressionAttributeValues: { ':t': { S: 'x' } } }
    assert.deepEqual(await lines(none), [])
    const cases = [
      [{ FilterExpression: 'a =' }, /^Invalid FilterExpression: Syntax error/],
      [
        { ...some, KeyConditionExpression: 'pk > :p AND sk = :s' },
        'Query key condition not supported'
      ],
      [
        { KeyConditionExpression: 'sk = :s', ExpressionAttributeValues: { ':s': { N: '2' } } },
        'Query condition missed key schema element: pk'
      ],
      [
        { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { N: '2' } } },
        'One or more parameter values were invalid: Condition parameter type does not match ' +
          'schema type'
      ],
      [
        { ...some, FilterExpression: 'sk > :s' },
        'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk'
      ],
      [
        { ...odd, ExpressionAttributeNames: { '#o': 'odd', '#x': 'x' } },
        'Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}'
      ]
    ]
    for (const [FilterSpecification, message] of cases) {
      await invalid(start({ TableArn, FilterSpecification }), message)
    }
    await invalid(
      start({
        TableArn,
        FilterSpecification: odd,
        ExportType: 'INCREMENTAL_EXPORT',
        IncrementalExportSpecification: { ExportFromTime: Date.now() / 1000 - 60 }
      })
    )
    const ClientToken = 'filtered'
    const once = await start({ TableArn, ClientToken, FilterSpecification: odd })
    const again = await start({ TableArn, ClientToken, FilterSpecification: odd })
    assert.equal(again.ExportArn, once.ExportArn)
    for (const FilterSpecification of [none, undefined]) {
      await rejects(
        start({ TableArn, ClientToken, FilterSpecification }),
        'ExportConflictException'
      )
    }
  })

  test('writes data files and manifests with their checksums', async () => {
    const TableName = await makeTable()
    const TableArn = await recovering(send, TableName)
    await fill(send, TableName, 7, () => everything)
    const begun = await start({ TableArn, S3Prefix: 'exports/here' })
    assert.match(begun.ExportArn, new RegExp(`^${TableArn}/export/0\\d{13}-[0-9a-f]{8}$`))
    assert.equal(begun.ExportStatus, 'IN_PROGRESS')
    const done = await exported(send, begun.ExportArn)
    const id = begun.ExportArn.split('/').at(-1)
    const folder = `exports/here/AWSDynamoDB/${id}`
    assert.equal(done.ExportStatus, 'COMPLETED')
    assert.equal(done.ItemCount, 7)
    assert.equal(done.ExportManifest, `${folder}/manifest-summary.json`)
    for (const [name, value] of Object.entries({
      ExportFormat: 'DYNAMODB_JSON', ExportType: 'FULL_EXPORT', S3SseAlgorithm: 'AES256',
      S3Bucket: 'bucket', S3Prefix: 'exports/here', TableArn
    })) assert.equal(done[name], value, name)
    assert.equal((await bytesOf(`${folder}/_started`)).length, 0)
    const files = await recordsOf(`${folder}/manifest-files.json`)
    assert.equal(files.length, 1)
    const [{ itemCount, md5Checksum, etag, dataFileS3Key }] = files
    assert.equal(itemCount, 7)
    assert.match(dataFileS3Key, new RegExp(`^${folder}/data/[a-z2-7]{26}\\.json\\.gz$`))
    const sum = md5(await bytesOf(dataFileS3Key))
    assert.equal(md5Checksum, sum.toString('base64'))
    assert.equal(etag, `${sum.toString('hex')}-1`)
    for (const name of ['manifest-files', 'manifest-summary']) {
      const sum = md5(await bytesOf(`${folder}/${name}.json`)).toString('base64')
      assert.equal((await bytesOf(`${folder}/${name}.md5`)).toString(), sum)
    }
    const summary = await jsonOf(`${folder}/manifest-summary.json`)
    assert.deepEqual(summary, {
      version: '2020-06-30',
      exportArn: begun.ExportArn,
      startTime: new Date(done.StartTime * 1000).toISOString(),
      endTime: new Date(done.EndTime * 1000).toISOString(),
      tableArn: TableArn,
      tableId: done.TableId,
      exportTime: new Date(done.ExportTime * 1000).toISOString(),
      s3Bucket: 'bucket',
      s3Prefix: 'exports/here',
      s3SseAlgorithm: 'AES256',
      s3SseKmsKeyId: null,
      manifestFilesS3Key: `${folder}/manifest-files.json`,
      billedSizeBytes: done.BilledSizeBytes,
      itemCount: 7,
      outputFormat: 'DYNAMODB_JSON',
      exportType: 'FULL_EXPORT'
    })
    const lines = await recordsOf(dataFileS3Key)
    const { Items } = await send('Scan', { TableName })
    assert.deepEqual(lines, Items.map(Item => ({ Item })))
  })

  test('writes Ion with annotated sets', async () => {
    const TableName = await makeTable()
    const TableArn = await recovering(send, TableName)
    await fill(send, TableName, 1, () => everything)
    const { ExportManifest } = await run({ TableArn, ExportFormat: 'ION' })
    const { manifestFilesS3Key } = await jsonOf(ExportManifest)
    const [{ dataFileS3Key }] = await recordsOf(manifestFilesS3Key)
    assert.match(dataFileS3Key, /\.ion\.gz$/)
    assert.deepEqual(await linesOf(dataFileS3Key), [
      '$ion_1_0 {Item:{pk:"k0",s:"quote \\" slash \\\\ line\\n tab\\x09 é 😀",' +
        'n:-12345678901234567890.5,whole:103.,b:{{AAEC/w==}},yes:true,nothing:null,' +
        'ss:$dynamodb_SS::["a","b"],ns:$dynamodb_NS::[1.,2.5],bs:$dynamodb_BS::[{{AA==}}],' +
        "l:[\"x\",{},[]],m:{'a b':\"\",'null':0.}}}"
    ])
  })

  test('writes an empty file for an empty table', async () => {
    const TableArn = await recovering(send, await makeTable())
    const { ExportManifest, ItemCount } = await run({ TableArn })
    assert.equal(ItemCount, 0)
    const { manifestFilesS3Key } = await jsonOf(ExportManifest)
    const [{ dataFileS3Key }] = await recordsOf(manifestFilesS3Key)
    assert.deepEqual(await linesOf(dataFileS3Key), [])
  })

  test('is of one moment, though the table changes while it is written', async () => {
    const TableName = await makeTable()
    const TableArn = await recovering(send, TableName)
    await fill(send, TableName, 3000, () => ({ pad: { S: 'x'.repeat(300) } }))
    await new Promise(resolve => setTimeout(resolve, 4))
    const before = await allItems(send, TableName)
    const ExportTime = Date.now() / 1000
    await new Promise(resolve => setTimeout(resolve, 4))
    const begun = await start({ TableArn, ExportTime })
    for (let i = 0; i < 3000; i += 7) {
      await send('DeleteItem', { TableName, Key: { pk: { S: `k${i}` } } })
    }
    const { ExportManifest } = await exported(send, begun.ExportArn)
    const { manifestFilesS3Key } = await jsonOf(ExportManifest)
    const files = await recordsOf(manifestFilesS3Key)
    const items = (await Promise.all(files.map(file => recordsOf(file.dataFileS3Key)))).flat()
      .map(record => record.Item)
    const keyOf = item => JSON.stringify([item.pk, item.sk])
    const found = new Map(items.map(item => [keyOf(item), JSON.stringify(item)]))
    assert.deepEqual(new Map([...found].sort()), before)
    assert.equal(items.length, before.size)
  })

  test('fails later than the request when the bucket is not there', async () => {
    const TableArn = await recovering(send, await makeTable())
    const begun = await start({ TableArn, S3Bucket: 'missing' })
    assert.equal(begun.ExportStatus, 'IN_PROGRESS')
    const failed = await exported(send, begun.ExportArn)
    assert.equal(failed.ExportStatus, 'FAILED')
    assert.equal(failed.FailureCode, 'S3NoSuchBucket')
    assert.equal(failed.FailureMessage, 'The specified bucket does not exist')
    assert.equal(failed.ExportManifest, undefined)
  })

  test('needs a table with recovery, and a time that is kept', async () => {
    const TableName = await makeTable()
    const TableArn = await arnOf(send, TableName)
    await rejects(
      start({ TableArn }),
      'PointInTimeRecoveryUnavailableException',
      `Point in time recovery is not enabled for table '${TableName}'`
    )
    const missing = TableArn.replace(TableName, 'missing')
    await rejects(start({ TableArn: missing }), 'TableNotFoundException', `Table not found: ${missing}`)
    await recovering(send, TableName)
    for (const ExportTime of [Date.now() / 1000 - HOUR, Date.now() / 1000 + HOUR]) {
      await rejects(start({ TableArn, ExportTime }), 'InvalidExportTimeException')
    }
  })

  test('answers a repeated token with the same export, or with a conflict', async () => {
    const TableArn = await recovering(send, await makeTable())
    const ClientToken = `token-${TableArn}`
    const first = await start({ TableArn, ClientToken })
    const again = await start({ TableArn, ClientToken })
    assert.equal(again.ExportArn, first.ExportArn)
    assert.equal(again.ClientToken, ClientToken)
    await rejects(
      start({ TableArn, ClientToken, S3Prefix: 'other' }),
      'ExportConflictException'
    )
  })

  // Evidence: AWS Developer Guide, "DynamoDB table export output format", Incremental export: one
  // record an item, with its last write and its images at both ends of the window.
  test('writes what changed in a window', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    const TableArn = await recovering(send, TableName)
    const clock = clockOf(db())
    const at = (pk, v) => ({ pk: { S: pk }, sk: { N: '1' }, v: { N: v } })
    const put = (pk, v) => send('PutItem', { TableName, Item: at(pk, v) })
    const remove = pk => send('DeleteItem', { TableName, Key: { pk: { S: pk }, sk: { N: '1' } } })
    for (const pk of ['same', 'changed', 'removed']) await put(pk, '1')
    clock.advance(1000)
    const from = clock.now() / 1000
    clock.advance(1000)
    await put('changed', '2')
    await put('changed', '3')
    const changedAt = clock.now()
    await remove('removed')
    await put('fresh', '1')
    await put('brief', '1')
    await remove('brief')
    clock.advance(HOUR)
    const to = clock.now() / 1000
    clock.advance(1000)
    await put('fresh', '9')
    await put('late', '1')
    const window = { ExportFromTime: from, ExportToTime: to }
    const changes = async ExportViewType => {
      const done = await run({
        TableArn,
        ExportType: 'INCREMENTAL_EXPORT',
        IncrementalExportSpecification: { ...window, ExportViewType }
      })
      assert.deepEqual(
        done.IncrementalExportSpecification,
        { ...window, ExportViewType: ExportViewType ?? 'NEW_AND_OLD_IMAGES' }
      )
      const summary = await jsonOf(done.ExportManifest)
      assert.equal(summary.exportType, 'INCREMENTAL_EXPORT')
      assert.equal(summary.exportFromTime, new Date(from * 1000).toISOString())
      assert.equal(summary.exportTime, undefined)
      const [file] = await recordsOf(summary.manifestFilesS3Key)
      assert.match(file.dataFileS3Key, /^AWSDynamoDB\/data\//)
      const records = await recordsOf(file.dataFileS3Key)
      return Object.fromEntries(records.map(record => [record.Keys.pk.S, record]))
    }
    const full = await changes()
    assert.deepEqual(Object.keys(full).sort(), ['brief', 'changed', 'fresh', 'removed'])
    assert.deepEqual(full.changed, {
      Metadata: { WriteTimestampMicros: { N: `${changedAt}000` } },
      Keys: { pk: { S: 'changed' }, sk: { N: '1' } },
      OldImage: at('changed', '1'),
      NewImage: at('changed', '3')
    })
    assert.deepEqual(full.removed.OldImage, at('removed', '1'))
    assert.equal(full.removed.NewImage, undefined)
    assert.equal(full.fresh.OldImage, undefined)
    assert.deepEqual(full.fresh.NewImage, at('fresh', '1'))
    assert.deepEqual(Object.keys(full.brief), ['Metadata', 'Keys'])
    const news = await changes('NEW_IMAGE')
    assert.equal(news.changed.OldImage, undefined)
    assert.deepEqual(news.changed.NewImage, at('changed', '3'))
    const wrong = [
      { ExportFromTime: to - 60, ExportToTime: to },
      { ExportFromTime: from, ExportToTime: from + 25 * 3600 },
      {}
    ]
    for (const IncrementalExportSpecification of wrong) {
      await invalid(start({ TableArn, ExportType: 'INCREMENTAL_EXPORT', IncrementalExportSpecification }))
    }
    await invalid(start({ TableArn, IncrementalExportSpecification: window }))
    clock.resume()
  })
})

// Evidence: AWS API Reference, "DescribeExport", "ListExports".
everyTarget('ListExports and DescribeExport', ({ test, send, makeTable, db }) => {
  bucketOf(db, 'bucket')

  test('list the exports of a table or of all, a page at a time', async () => {
    const one = await recovering(send, await makeTable())
    const two = await recovering(send, await makeTable())
    const arns = []
    for (const TableArn of [one, two, one]) {
      const { ExportDescription } = await send('ExportTableToPointInTime', { TableArn, S3Bucket: 'bucket' })
      arns.push((await exported(send, ExportDescription.ExportArn)).ExportArn)
      await new Promise(resolve => setTimeout(resolve, 2)) /* lists are in order of time */
    }
    const summary = ExportArn => ({ ExportArn, ExportStatus: 'COMPLETED', ExportType: 'FULL_EXPORT' })
    assert.deepEqual(await send('ListExports', {}), { ExportSummaries: arns.map(summary) })
    assert.deepEqual((await send('ListExports', { TableArn: two })).ExportSummaries, [summary(arns[1])])
    const first = await send('ListExports', { MaxResults: 2 })
    assert.deepEqual(first.ExportSummaries, arns.slice(0, 2).map(summary))
    const second = await send('ListExports', { MaxResults: 2, NextToken: first.NextToken })
    assert.deepEqual(second, { ExportSummaries: [summary(arns[2])] })
    await invalid(send('ListExports', { MaxResults: 26 }), /less than or equal to 25$/)
  })

  test('refuse an export that is not there', async () => {
    const ExportArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/none/export/01489602797149-73d8d5bc'
    await rejects(send('DescribeExport', { ExportArn }), 'ExportNotFoundException')
    await invalid(send('DescribeExport', { ExportArn: 'short' }), /greater than or equal to 37$/)
  })
})
