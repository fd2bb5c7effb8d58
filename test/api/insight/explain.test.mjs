// db.explain(): what a request does to which items, and that nothing is changed by asking.
import assert from 'node:assert/strict'
import { EngineClient } from 'ddblite'
import { everyTarget, rejects } from '../support/targets.mjs'

everyTarget('explain', ({ test, send, db, makeTable }) => {
  const song = (artist, n, genre) => ({
    artist: { S: artist },
    n: { N: String(n) },
    ...(genre && { genre: { S: genre } }),
    year: { N: String(2000 + n) },
    text: { S: 'x'.repeat(100) }
  })
  const music = async () => {
    const TableName = await makeTable({
      hash: 'artist',
      range: 'n:N',
      gsis: { byGenre: { hash: 'genre', project: 'KEYS_ONLY' } },
      lsis: { byYear: { range: 'year:N', project: 'KEYS_ONLY' } },
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' }
    })
    for (let n = 0; n < 20; n++) {
      await send('PutItem', { TableName, Item: song('a', n, n % 4 === 0 ? 'rock' : undefined) })
    }
    return TableName
  }
  const query = (TableName, more) => ({
    TableName,
    KeyConditionExpression: 'artist = :a',
    ExpressionAttributeValues: { ':a': { S: 'a' } },
    ...more
  })
  const codes = explained => explained.Warnings.map(({ Code }) => Code)
  /* Everything a table holds, so that a change would be seen. */
  const state = async TableName => ({
    items: (await send('Scan', { TableName })).Items,
    info: (await db().info({ tables: [TableName] })).Tables
  })

  test('a Query: which key, how many items and what they cost', async () => {
    const TableName = await music()
    const request = query(TableName, {
      KeyConditionExpression: 'artist = :a AND n > :n',
      ExpressionAttributeValues: { ':a': { S: 'a' }, ':n': { N: '9' } },
      ScanIndexForward: false
    })
    const { ConsumedCapacity } = await send('Query', { ...request, ReturnConsumedCapacity: 'TOTAL' })
    const explained = await db().explain('Query', request)
    assert.equal(explained.Operation, 'Query')
    assert.equal(explained.ReadUnits, ConsumedCapacity.CapacityUnits)
    assert.equal(explained.WriteUnits, 0)
    const [step] = explained.Steps
    assert.deepEqual(
      [step.Kind, step.TableName, step.IndexName, step.PartitionKey, step.SortKey, step.Forward],
      ['QUERY', TableName, undefined, ['artist'], ['n'], false])
    assert.deepEqual([step.ItemsRead, step.ItemsReturned, step.ItemsFiltered], [10, 10, 0])
    assert.ok(step.BytesRead > 1000)
    assert.match(step.SQLitePlan, /SEARCH .* USING INDEX t\d+_k/)
    assert.deepEqual(explained.Warnings, [])
  })

  test('a Query of an index, and one that goes on to the table', async () => {
    const TableName = await music()
    const byGenre = await db().explain('Query', {
      TableName,
      IndexName: 'byGenre',
      KeyConditionExpression: 'genre = :g',
      ExpressionAttributeValues: { ':g': { S: 'rock' } }
    })
    assert.equal(byGenre.Steps[0].IndexName, 'byGenre')
    assert.deepEqual(byGenre.Steps[0].PartitionKey, ['genre'])
    assert.equal(byGenre.Steps[0].SortKey, undefined)
    assert.deepEqual(byGenre.Steps[0].IndexUnits, { byGenre: 0.5 })
    const byYear = await db().explain('Query', query(TableName, {
      IndexName: 'byYear', ProjectionExpression: '#t', ExpressionAttributeNames: { '#t': 'text' }
    }))
    assert.equal(byYear.Steps[0].FetchesFromTable, true)
    assert.equal(byYear.Steps[0].Projection, true)
    assert.equal(byYear.Steps[0].TableUnits, 10)
    assert.deepEqual(codes(byYear), ['FETCHES_FROM_TABLE'])
  })

  test('a Scan is warned of, and so is a filter that discards most items', async () => {
    const TableName = await music()
    const filter = (attribute, value) => ({
      TableName,
      FilterExpression: '#a = :v',
      ExpressionAttributeNames: { '#a': attribute },
      ExpressionAttributeValues: { ':v': value }
    })
    const byText = await db().explain('Scan', filter('text', { S: 'no' }))
    assert.deepEqual(codes(byText), ['FULL_SCAN', 'FILTER_DISCARDS', 'INDEX_MISSING'])
    assert.match(byText.Warnings[1].Message, /throws away 20 of the 20 items/)
    assert.match(byText.Warnings[2].Message, /^No index has text as its partition key/)
    assert.deepEqual(byText.Steps[0].FilterAttributes, ['text'])
    const byGenre = await db().explain('Scan', filter('genre', { S: 'rock' }))
    assert.deepEqual(codes(byGenre), ['FULL_SCAN', 'FILTER_DISCARDS', 'INDEX_NOT_USED'])
    assert.match(byGenre.Warnings[2].Message, /genre is the partition key of the index byGenre/)
    const segment = await db().explain('Scan', { TableName, Segment: 0, TotalSegments: 4 })
    assert.deepEqual([segment.Steps[0].Kind, segment.Steps[0].Segment], ['SCAN', true])
    assert.deepEqual(codes(segment), [])
  })

  test('a page that is not the last says so', async () => {
    const TableName = await music()
    const first = await db().explain('Query', query(TableName, { Limit: 5 }))
    assert.deepEqual([first.Steps[0].More, first.Steps[0].ItemsRead, first.Steps[0].Continues],
      [true, 5, false])
    const second = await db().explain('Query', query(TableName, {
      ExclusiveStartKey: { artist: { S: 'a' }, n: { N: '4' } }
    }))
    assert.deepEqual([second.Steps[0].More, second.Steps[0].ItemsRead, second.Steps[0].Continues],
      [false, 15, true])
  })

  test('reads of single items, batches and transactions', async () => {
    const TableName = await music()
    const Key = { artist: { S: 'a' }, n: { N: '1' } }
    const none = { artist: { S: 'b' }, n: { N: '1' } }
    const get = await db().explain('GetItem', { TableName, Key, ConsistentRead: true })
    assert.deepEqual([get.Steps[0].Kind, get.Steps[0].Mode, get.Steps[0].Found, get.ReadUnits],
      ['GET', 'CONSISTENT', true, 1])
    const batch = await db().explain('BatchGetItem', {
      RequestItems: { [TableName]: { Keys: [Key, none] } }
    })
    assert.deepEqual(batch.Steps.map(({ Found }) => Found), [true, false])
    assert.equal(batch.ReadUnits, 1)
    const transaction = await db().explain('TransactGetItems', {
      TransactItems: [{ Get: { TableName, Key } }]
    })
    assert.deepEqual([transaction.Steps[0].Mode, transaction.ReadUnits], ['TRANSACTION', 2])
  })

  test('PartiQL: by key, by partition, and as a scan', async () => {
    const TableName = await music()
    const kinds = async Statement =>
      (await db().explain('ExecuteStatement', { Statement })).Steps.map(({ Kind }) => Kind)
    assert.deepEqual(await kinds(`SELECT * FROM ${TableName} WHERE artist = 'a'`), ['QUERY'])
    assert.deepEqual(await kinds(`SELECT * FROM ${TableName} WHERE artist IN ['a', 'b']`),
      ['QUERY', 'QUERY'])
    assert.deepEqual(await kinds(`SELECT * FROM ${TableName} WHERE genre = 'rock'`), ['SCAN'])
    assert.deepEqual(await kinds(`DELETE FROM ${TableName} WHERE artist = 'a' AND n = 1`), ['DELETE'])
    const batch = await db().explain('BatchExecuteStatement', {
      Statements: [{ Statement: `SELECT * FROM ${TableName} WHERE artist = 'a' AND n = 1` }]
    })
    assert.equal(batch.Steps.length, 1)
  })

  test('writes: sizes, indexes and the stream, and nothing is changed', async () => {
    const TableName = await music()
    const before = await state(TableName)
    const put = await db().explain('PutItem', { TableName, Item: song('new', 1, 'jazz') })
    assert.equal(put.WriteUnits, 3)
    const [step] = put.Steps
    assert.deepEqual([step.Kind, step.Existed, step.Changes, step.BytesBefore, step.StreamRecord],
      ['PUT', false, true, 0, true])
    assert.deepEqual(step.IndexUnits, { byGenre: 1, byYear: 1 })
    assert.equal(step.TableUnits, 1)
    const update = await db().explain('UpdateItem', {
      TableName,
      Key: { artist: { S: 'a' }, n: { N: '4' } },
      UpdateExpression: 'REMOVE genre'
    })
    assert.deepEqual(update.Steps[0].IndexUnits, { byGenre: 1 })
    assert.ok(update.Steps[0].BytesAfter < update.Steps[0].BytesBefore)
    const same = await db().explain('PutItem', { TableName, Item: song('a', 1) })
    assert.deepEqual([same.Steps[0].Changes, same.Steps[0].IndexUnits], [false, {}])
    await db().explain('BatchWriteItem', {
      RequestItems: {
        [TableName]: [{ DeleteRequest: { Key: { artist: { S: 'a' }, n: { N: '1' } } } }]
      }
    })
    await db().explain('TransactWriteItems', {
      ClientRequestToken: 'explained',
      TransactItems: [{ Put: { TableName, Item: song('t', 1) } }]
    })
    assert.deepEqual(await state(TableName), before)
    /* The token is free. */
    await send('TransactWriteItems', {
      ClientRequestToken: 'explained',
      TransactItems: [{ Put: { TableName, Item: song('other', 1) } }]
    })
  })

  test('a condition that is false is an outcome', async () => {
    const TableName = await music()
    const explained = await db().explain('PutItem', {
      TableName,
      Item: song('a', 1),
      ConditionExpression: 'attribute_not_exists(artist)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
    })
    assert.equal(explained.Outcome.name, 'ConditionalCheckFailedException')
    assert.deepEqual(explained.Outcome.Item.artist, { S: 'a' })
    const [{ ConditionHolds, Changes }] = explained.Steps
    assert.deepEqual([ConditionHolds, Changes], [false, false])
    assert.equal(explained.WriteUnits, 1)
    const transaction = await db().explain('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName, Item: song('c', 1) } },
        {
          ConditionCheck: {
            TableName,
            Key: { artist: { S: 'none' }, n: { N: '1' } },
            ConditionExpression: 'attribute_exists(artist)'
          }
        }
      ]
    })
    assert.equal(transaction.Outcome.name, 'TransactionCanceledException')
    assert.deepEqual(transaction.Outcome.CancellationReasons.map(({ Code }) => Code),
      ['None', 'ConditionalCheckFailed'])
    assert.deepEqual(transaction.Steps.map(({ Kind, Changes }) => [Kind, Changes]),
      [['PUT', false], ['CHECK', false]])
  })

  test('a request that is wrong rejects as it would', async () => {
    const TableName = await music()
    await rejects(db().explain('PutItem', { TableName, Item: {} }), 'ValidationException',
      'One or more parameter values were invalid: Missing the key artist in the item')
    await rejects(db().explain('GetItem', { TableName: 'none', Key: { a: { S: 'b' } } }),
      'ResourceNotFoundException', 'Requested resource not found')
    await rejects(db().explain('CreateTable', {}), 'BadArgument', /nothing to explain/)
    await rejects(db().explain('NoSuch', {}), 'BadArgument', /nothing to explain/)
    await assert.rejects(db().explain(), TypeError)
  })

  test('bytes may be given as bytes', async () => {
    const TableName = await makeTable({ hash: 'b:B' })
    const { Steps } = await db().explain('PutItem', {
      TableName, Item: { b: { B: Uint8Array.of(1, 2, 3) } }
    })
    assert.equal(Steps[0].BytesAfter, 4)
  })

  test('joins a group of writes, sees them, and leaves them', async () => {
    const TableName = await music()
    const item = song('group', 1)
    const [, explained] = await Promise.all([
      send('PutItem', { TableName, Item: item }),
      db().explain('DeleteItem', { TableName, Key: { artist: item.artist, n: item.n } })
    ])
    assert.deepEqual([explained.Steps[0].Existed, explained.Steps[0].BytesAfter], [true, 0])
    const { Item } = await send('GetItem', {
      TableName, Key: { artist: item.artist, n: item.n }
    })
    assert.deepEqual(Item, item)
  })

  test('is neither counted by metrics nor met by faults', async () => {
    const TableName = await music()
    const other = await db().fork()
    await other.faults.add({ op: 'PutItem', throw: 'InternalServerError' })
    const { Steps } = await other.explain('PutItem', { TableName, Item: song('x', 1) })
    assert.equal(Steps.length, 1)
    await other.metrics.reset()
    await other.explain('PutItem', { TableName, Item: song('x', 1) })
    assert.deepEqual((await other.metrics.read()).operations, {})
    await assert.rejects(other.execute('PutItem', { TableName, Item: song('x', 1) }),
      { name: 'InternalServerError' })
    await other.close()
  })

  test('reads well', async () => {
    const TableName = await music()
    assert.match(String(await db().explain('Scan', {
      TableName,
      FilterExpression: 'genre = :g',
      ExpressionAttributeValues: { ':g': { S: 'rock' } }
    })), new RegExp(`^Scan of ${TableName}: 20 items read, 5 returned, 15 filtered out by genre
  \\d+ B read, 0.5 read units
  .*USING INDEX .*
total: 0.5 read units
warning FULL_SCAN: The Scan reads every item of ${TableName}, page by page
warning FILTER_DISCARDS: The filter throws away 15 of the 20 items that are read and paid for
warning INDEX_NOT_USED: genre is the partition key of the index byGenre: .*$`))
    assert.match(String(await db().explain('PutItem', { TableName, Item: song('a', 1, 'jazz') })),
      new RegExp(`^Put in ${TableName}: \\d+ B -> \\d+ B, a stream record
  2 write units: 1 of the table, 1 of byGenre
total: 2 write units$`))
    assert.match(String(await db().explain('GetItem', {
      TableName, Key: { artist: { S: 'zz' }, n: { N: '1' } }
    })), new RegExp(`^Get of ${TableName}: not there, 0.5 read units\ntotal: 0.5 read units$`))
  })
})

everyTarget('explain on a closed client', ({ test }) => {
  test('rejects', async () => {
    const closed = new EngineClient()
    await closed.close()
    await assert.rejects(closed.explain('Scan', { TableName: 'tab' }), { name: 'ClientClosed' })
  })
})
