// ImportTable, DescribeImport and ListImports.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { everyTarget, invalid, rejects, sameItem, tableInput } from '../support/targets.mjs'
import { allItems, arnOf, bucketOf, exported, fill, imported } from '../support/backups.mjs'

// Evidence: AWS Developer Guide, "Amazon S3 import formats for DynamoDB", "Requesting a table
// import"; AWS API Reference, "ImportTable".
everyTarget('ImportTable', ({ test, send, makeTable, untilActive, db }) => {
  const { put: objects } = bucketOf(db, 'bucket')
  let tables = 0
  const request = (InputFormat, S3KeyPrefix, more = {}, definition = {}) => ({
    S3BucketSource: { S3Bucket: 'bucket', S3KeyPrefix },
    InputFormat,
    TableCreationParameters: tableInput(`Imported${++tables}`, definition),
    ...more
  })
  const start = async (...given) =>
    (await send('ImportTable', request(...given))).ImportTableDescription
  const run = async (...given) => {
    const done = await imported(send, (await start(...given)).ImportArn)
    const items = done.ImportStatus === 'COMPLETED'
      ? (await send('Scan', { TableName: done.TableCreationParameters.TableName })).Items
      : undefined
    const byKey = items?.map(item => [item.pk.S ?? item.pk.N, item])
    return { done, items: byKey && Object.fromEntries(byKey) }
  }

  test('creates a table of the items in all objects with the prefix', async () => {
    const prefix = await objects({
      'a.json': '{"Item":{"pk":{"S":"a"},"g":{"S":"x"},"n":{"N":"1.50"}}}\n',
      'deep/b.json': '{"Item":{"pk":{"S":"b"},"s":{"SS":["x","y"]}}}\n\n{"Item":{"pk":{"S":"c"}}}'
    })
    const definition = { gsis: { byG: { hash: 'g' } } }
    const begun = await start('DYNAMODB_JSON', prefix, {}, definition)
    assert.match(begun.ImportArn, new RegExp(`^${begun.TableArn}/import/0\\d{13}-[0-9a-f]{8}$`))
    assert.equal(begun.ImportStatus, 'IN_PROGRESS')
    const done = await imported(send, begun.ImportArn)
    assert.equal(done.ImportStatus, 'COMPLETED')
    for (const [name, value] of Object.entries({
      ErrorCount: 0, ProcessedItemCount: 3, ImportedItemCount: 3, InputFormat: 'DYNAMODB_JSON',
      InputCompressionType: 'NONE'
    })) assert.equal(done[name], value, name)
    assert.deepEqual(done.S3BucketSource, { S3Bucket: 'bucket', S3KeyPrefix: prefix })
    const { TableName } = done.TableCreationParameters
    const sent = tableInput(TableName, definition)
    assert.deepEqual(done.TableCreationParameters, { ...done.TableCreationParameters, ...sent })
    assert.equal((await untilActive(TableName)).TableId, done.TableId)
    const { Items } = await send('Scan', { TableName, IndexName: 'byG' })
    sameItem(Items, [{ pk: { S: 'a' }, g: { S: 'x' }, n: { N: '1.5' } }])
    assert.equal((await send('Scan', { TableName })).Count, 3)
  })

  test('takes back what an export wrote', async () => {
    const source = await makeTable({ range: 'sk:N' })
    await send('UpdateContinuousBackups', {
      TableName: source, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
    })
    await fill(send, source, 2000, i => ({
      sk: { N: `${i / 4}` },
      text: { S: `line\n"quoted" \\ é 😀 ${'x'.repeat(i % 300)}` },
      set: { NS: ['1', '-2.5'] },
      map: { M: { 'a b': { L: [{ NULL: true }, { BOOL: false }, { B: 'AAEC' }, { BS: ['/w=='] }] } } }
    }))
    const before = await allItems(send, source)
    for (const ExportFormat of ['DYNAMODB_JSON', 'ION']) {
      const { ExportDescription } = await send('ExportTableToPointInTime', {
        TableArn: await arnOf(send, source), S3Bucket: 'bucket', ExportFormat
      })
      const { ExportArn } = await exported(send, ExportDescription.ExportArn)
      const prefix = `AWSDynamoDB/${ExportArn.split('/').at(-1)}/data/`
      const definition = { range: 'sk:N' }
      const begun = await start(ExportFormat, prefix, { InputCompressionType: 'GZIP' }, definition)
      const done = await imported(send, begun.ImportArn)
      assert.equal(done.ImportedItemCount, 2000)
      assert.equal(done.ErrorCount, 0)
      assert.deepEqual(await allItems(send, done.TableCreationParameters.TableName), before)
    }
  })

  test('reads CSV with a header: strings, but for the attributes that are defined', async () => {
    const csv = 'pk,sk,b,text\n' +
      '1,a,AAE=,"two, ""quoted""\nlines"\r\n' +
      '2,b,AAE=,\n' +
      '3,c,AAE=\n' +
      'x,d,AAE=,the key is no number\n' +
      '5,e,AAE=,too,many\n'
    const gsis = { byB: { hash: 'b:B' } }
    const definition = { hash: 'pk:N', range: 'sk', gsis }
    const { done, items } = await run('CSV', await objects({ 'a.csv': csv }), {}, definition)
    assert.equal(done.ProcessedItemCount, 5)
    assert.equal(done.ImportedItemCount, 3)
    assert.equal(done.ErrorCount, 2)
    const row = (pk, sk, more) => ({ pk: { N: pk }, sk: { S: sk }, b: { B: 'AAE=' }, ...more })
    sameItem(items, {
      1: row('1', 'a', { text: { S: 'two, "quoted"\nlines' } }),
      2: row('2', 'b', { text: { S: '' } }),
      3: row('3', 'c')
    })
  })

  // Evidence: AWS API reference, TableCreationParameters.VectorIndexes.
  test('fills vector indexes, and leaves out what does not fit them', async () => {
    const index = {
      IndexName: 'byV',
      VectorAttribute: { AttributeName: 'v' },
      SearchSchema: [{ AttributeName: 'pk', SearchSchemaElementType: 'INLINE_FILTER' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['text'] },
      Dimensions: 2,
      DistanceFunction: 'EUCLIDEAN'
    }
    const record = (pk, v) => JSON.stringify({ Item: { pk: { S: pk }, v } })
    const vector = (...values) => ({ L: values.map(value => ({ N: String(value) })) })
    const lines = [record('a', vector(3, 4)), record('b', vector(1)), record('c', vector(0, 1))]
    const { done } = await run('DYNAMODB_JSON', await objects({ a: lines.join('\n') }), {}, {
      VectorIndexes: [index]
    })
    assert.deepEqual(done.TableCreationParameters.VectorIndexes, [index])
    assert.equal(done.ErrorCount, 1)
    const { SearchResults } = await send('SearchVectors', {
      TableName: done.TableCreationParameters.TableName,
      IndexName: 'byV',
      SearchVector: [{ N: '0' }, { N: '0' }],
      TopK: 5
    })
    assert.deepEqual(SearchResults, [
      { Item: { pk: { S: 'c' } }, Score: 1 },
      { Item: { pk: { S: 'a' } }, Score: 5 }
    ])
  })

  test('reads CSV with other delimiters and a given header', async () => {
    for (const Delimiter of [';', ':', '|', '\t', ' ']) {
      const text = ['a', 'x,y'].join(Delimiter)
      const InputFormatOptions = { Csv: { Delimiter, HeaderList: ['pk', 'v'] } }
      const { items } = await run('CSV', await objects({ a: text }), { InputFormatOptions })
      sameItem(items, { a: { pk: { S: 'a' }, v: { S: 'x,y' } } })
    }
    const Csv = { Delimiter: '/' }
    await invalid(start('CSV', 'x', { InputFormatOptions: { Csv } }), /'inputFormatOptions\.csv\.delimiter'/)
    await invalid(start('ION', 'x', { InputFormatOptions: { Csv: { Delimiter: ';' } } }))
  })

  test('reads Ion as people write it', async () => {
    const lines = [
      "$ion_1_0 {Item:{pk:\"a\",n:12d2,neg:-0.5e1,under:1_000,sym:word,'q s':'''long ''' '''text'''}}",
      '{ Item : { pk : "b", set: $dynamodb_NS::[1, 2.5], none: null.string, blob: {{ AAEC }}, /* c */ t: "\\u00e9\\x41" } }',
      '{Item:{pk:"c",when:2020-01-01T}}',
      '{Item:{pk:"d",set:$dynamodb_SS::["x","x"]}}',
      '{Item:{pk:"e"}',
      '{Other:{pk:"f"}}'
    ]
    const { done, items } = await run('ION', await objects({ 'a.ion': lines.join('\n') }))
    assert.equal(done.ErrorCount, 4)
    sameItem(items, {
      a: {
        pk: { S: 'a' }, n: { N: '1200' }, neg: { N: '-5' }, under: { N: '1000' },
        sym: { S: 'word' }, 'q s': { S: 'long text' }
      },
      b: {
        pk: { S: 'b' }, set: { NS: ['1', '2.5'] }, none: { NULL: true }, blob: { B: 'AAEC' },
        t: { S: 'éA' }
      }
    })
  })

  test('counts records that are no valid items, and goes on', async () => {
    const lines = [
      '{"Item":{"pk":{"S":"good"}}}',
      '{"Item":{"pk":{"N":"1"}}}',
      '{"Item":{"other":{"S":"x"}}}',
      '{"Item":{"pk":{"S":""}}}',
      '{"Item":{"pk":{"S":"a"},"n":{"N":"x"}}}',
      '{"Item":{"pk":{"S":"a"},"s":{"SS":[]}}}',
      `{"Item":{"pk":{"S":"a"},"s":{"S":"${'x'.repeat(409600)}"}}}`,
      `{"Item":{"pk":{"S":"a"},"s":{"S":"${'x'.repeat(5000000)}"}}}`,
      '{"Item":{"pk":{"S":"a"},"g":{"N":"1"}}}',
      '{"NoItem":{}}',
      'not json',
      '{"Item":{"pk":{"S":"last"}}}'
    ]
    const gsis = { byG: { hash: 'g' } }
    const { done, items } = await run('DYNAMODB_JSON', await objects({ a: lines.join('\n') }), {}, { gsis })
    assert.deepEqual(Object.keys(items).sort(), ['good', 'last'])
    assert.equal(done.ErrorCount, lines.length - 2)
    assert.equal(done.ProcessedItemCount, lines.length)
    assert.equal(done.ImportedItemCount, 2)
  })

  test('reads compressed objects', async () => {
    const line = '{"Item":{"pk":{"S":"a"}}}\n'
    const members = [line, line.replace('a', 'b')].map(text => gzipSync(text))
    const zstd = [
      'KLUv/SAa0QAAeyJJdGVtIjp7InBrIjp7IlMiOiJhIn19fQo=',
      'KLUv/SAa0QAAeyJJdGVtIjp7InBrIjp7IlMiOiJiIn19fQo='
    ].map(text => Buffer.from(text, 'base64'))
    for (const [InputCompressionType, coded] of Object.entries({ GZIP: members, ZSTD: zstd })) {
      const prefix = await objects({ a: Buffer.concat(coded) })
      const { done } = await run('DYNAMODB_JSON', prefix, { InputCompressionType })
      assert.equal(done.ImportedItemCount, 2)
      const plain = await run('DYNAMODB_JSON', await objects({ a: line }), { InputCompressionType })
      assert.equal(plain.done.ImportStatus, 'FAILED')
    }
  })

  test('keeps the table CREATING while a large import runs', async () => {
    const lines = Array.from({ length: 9000 }, (_, i) =>
      `{"Item":{"pk":{"S":"k${i}"},"pad":{"S":"${'x'.repeat(100)}"}}}`)
    const begun = await start('DYNAMODB_JSON', await objects({ a: lines.join('\n') }))
    const { TableName } = begun.TableCreationParameters
    assert.equal((await send('DescribeTable', { TableName })).Table.TableStatus, 'CREATING')
    await rejects(send('Scan', { TableName }), 'ResourceNotFoundException')
    assert.equal((await imported(send, begun.ImportArn)).ImportedItemCount, 9000)
    assert.equal((await untilActive(TableName)).ItemCount, 9000)
  })

  test('fails without a table when there is nothing to read', async () => {
    const missing = { S3BucketSource: { S3Bucket: 'missing' } }
    const cases = [
      [await run('CSV', 'nothing-here/'), 'S3NoSuchKey'],
      [await run('CSV', undefined, missing), 'S3NoSuchBucket']
    ]
    for (const [{ done }, code] of cases) {
      assert.equal(done.ImportStatus, 'FAILED')
      assert.equal(done.FailureCode, code)
      const { TableName } = done.TableCreationParameters
      await rejects(send('DescribeTable', { TableName }), 'ResourceNotFoundException')
    }
  })

  test('checks the table as CreateTable does', async () => {
    const TableName = await makeTable()
    const taken = { TableCreationParameters: tableInput(TableName) }
    await rejects(start('CSV', 'x', taken), 'ResourceInUseException', `Table already exists: ${TableName}`)
    const { BillingMode, ...bare } = tableInput('Unbilled')
    await invalid(
      start('CSV', 'x', { TableCreationParameters: bare }),
      'One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must ' +
        'both be specified when BillingMode is PROVISIONED'
    )
    await invalid(send('ImportTable', {}), /'s3BucketSource'.*'inputFormat'.*'tableCreationParameters'/)
  })

  test('answers a repeated token with the same import, or with a conflict', async () => {
    const asked = { ...request('CSV', await objects({ a: 'pk\na\n' })), ClientToken: `token-${tables}` }
    const first = (await send('ImportTable', asked)).ImportTableDescription
    const again = (await send('ImportTable', asked)).ImportTableDescription
    assert.equal(again.ImportArn, first.ImportArn)
    await rejects(send('ImportTable', { ...asked, InputFormat: 'ION' }), 'ImportConflictException')
  })
})

// Evidence: AWS API Reference, "ListImports", "DescribeImport"; the model's form of NextToken.
everyTarget('ListImports and DescribeImport', ({ test, send, db }) => {
  const { put: objects } = bucketOf(db, 'bucket')

  test('list the imports of a table or of all, a page at a time', async () => {
    const S3KeyPrefix = await objects({ a: 'pk\na\n' })
    const arns = []
    for (const name of ['ListedA', 'ListedB', 'ListedC']) {
      const { ImportTableDescription } = await send('ImportTable', {
        S3BucketSource: { S3Bucket: 'bucket', S3KeyPrefix },
        InputFormat: 'CSV',
        TableCreationParameters: tableInput(name)
      })
      arns.push((await imported(send, ImportTableDescription.ImportArn)).ImportArn)
      await new Promise(resolve => setTimeout(resolve, 2)) /* lists are in order of time */
    }
    const arnsOf = page => page.ImportSummaryList.map(summary => summary.ImportArn)
    const all = await send('ListImports', {})
    assert.deepEqual(arnsOf(all), arns)
    assert.equal(all.NextToken, undefined)
    const { StartTime, EndTime, TableArn, CloudWatchLogGroupArn } = all.ImportSummaryList[0]
    assert.deepEqual(all.ImportSummaryList[0], {
      ImportArn: arns[0],
      ImportStatus: 'COMPLETED',
      TableArn,
      S3BucketSource: { S3Bucket: 'bucket', S3KeyPrefix },
      CloudWatchLogGroupArn,
      InputFormat: 'CSV',
      StartTime,
      EndTime
    })
    assert.deepEqual(arnsOf(await send('ListImports', { TableArn })), [arns[0]])
    const first = await send('ListImports', { PageSize: 2 })
    assert.match(first.NextToken, /^([0-9a-f]{16})+$/)
    assert.ok(first.NextToken.length >= 112)
    assert.deepEqual(arnsOf(first), arns.slice(0, 2))
    const second = await send('ListImports', { PageSize: 2, NextToken: first.NextToken })
    assert.deepEqual(arnsOf(second), [arns[2]])
    await invalid(send('ListImports', { PageSize: 26 }), /less than or equal to 25$/)
    await invalid(send('ListImports', { NextToken: 'zz' }), /'nextToken'/)
  })

  test('refuse an import that is not there', async () => {
    const ImportArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/none/import/01489602797149-73d8d5bc'
    await rejects(send('DescribeImport', { ImportArn }), 'ImportNotFoundException')
  })
})
