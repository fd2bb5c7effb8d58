// What a write leaves in the stream of its table.
import assert from 'node:assert/strict'
import { everyTarget, rejects, sameItem } from '../support/targets.mjs'
import { reader, streaming } from '../support/streams.mjs'

const key = { pk: { S: 'a' } }
const one = { ...key, v: { N: '1' } }
const two = { ...key, v: { N: '2' } }
const values = n => ({ ':v': { N: `${n}` } })
const check = (TableName, ConditionExpression) => ({
  ConditionCheck: { TableName, Key: key, ConditionExpression }
})

// Evidence: AWS Streams API Reference, "StreamRecord" and "Record"; facts streams-ttl 2.
everyTarget('A stream record', ({ test, send, makeTable }) => {
  const { recordsOf } = reader(send)
  const put = (TableName, Item) => send('PutItem', { TableName, Item })
  const update = (TableName, UpdateExpression, values) =>
    send('UpdateItem', { TableName, Key: key, UpdateExpression, ExpressionAttributeValues: values })

  // Sizes: the captured sample's rule, keys and images by the sizes of items: 3 and 6 bytes here.
  const views = [
    { view: 'KEYS_ONLY', sizes: [3, 3, 3] },
    { view: 'NEW_IMAGE', news: [one, two], olds: [], sizes: [9, 9, 3] },
    { view: 'OLD_IMAGE', news: [], olds: [one, two], sizes: [3, 9, 9] },
    { view: 'NEW_AND_OLD_IMAGES', news: [one, two], olds: [one, two], sizes: [9, 15, 9] }
  ]
  for (const { view, news = [], olds = [], sizes } of views) {
    test(`has the images of ${view}`, async () => {
      const name = await makeTable(streaming(view))
      const before = Math.floor(Date.now() / 1000)
      await put(name, one)
      await put(name, two)
      await send('DeleteItem', { TableName: name, Key: key })
      const records = await recordsOf(name)
      assert.deepEqual(records.map(r => r.eventName), ['INSERT', 'MODIFY', 'REMOVE'])
      assert.deepEqual(records.map(r => r.dynamodb.SizeBytes), sizes)
      assert.deepEqual(
        records.map(r => r.dynamodb.NewImage),
        [news[0], news[1], undefined]
      )
      assert.deepEqual(
        records.map(r => r.dynamodb.OldImage),
        [undefined, olds[0], olds[1]]
      )
      for (const { eventID, dynamodb, eventName, ...rest } of records) {
        assert.match(eventID, /^[0-9a-f]{32}$/)
        assert.deepEqual(rest, {
          eventVersion: '1.1',
          eventSource: 'aws:dynamodb',
          awsRegion: 'us-east-1'
        })
        assert.deepEqual(dynamodb.Keys, key)
        assert.equal(dynamodb.StreamViewType, view)
        assert.match(dynamodb.SequenceNumber, /^[0-9]{21,40}$/)
        assert.ok(Number.isInteger(dynamodb.ApproximateCreationDateTime))
        assert.ok(Math.abs(dynamodb.ApproximateCreationDateTime - before) < 10)
      }
      assert.equal(new Set(records.map(r => r.eventID)).size, 3)
      assert.deepEqual(await recordsOf(name), records) // reading takes nothing away
    })
  }

  // Evidence: AWS Streams API Reference, sample of GetRecords: keys of 12 bytes, an image of 34.
  test('weighs keys and images as items are weighed', async () => {
    const name = await makeTable({ hash: 'ForumName', range: 'Subject', ...streaming() })
    const Item = {
      ForumName: { S: 'DynamoDB' },
      Subject: { S: 'Streams é' },
      Tags: { SS: ['a', 'bc'] },
      On: { BOOL: true }
    }
    await put(name, Item)
    const [record] = await recordsOf(name)
    const keys = 9 + 8 + 7 + 10
    assert.equal(record.dynamodb.SizeBytes, keys + keys + 4 + 3 + 2 + 1)
    assert.deepEqual(Object.keys(record.dynamodb.Keys), ['ForumName', 'Subject'])
    sameItem(record.dynamodb.NewImage, Item)
  })

  test('keeps every type of attribute', async () => {
    const name = await makeTable({ hash: 'b:B', range: 'n:N', ...streaming() })
    const Item = {
      b: { B: 'AAEC' },
      n: { N: '-0.5' },
      l: { L: [{ M: { 'quo"te\\\n': { NULL: true } } }, { NS: ['1', '2'] }] },
      s: { S: '\u0000 “x”' }
    }
    await put(name, Item)
    const [record] = await recordsOf(name)
    sameItem(record.dynamodb.NewImage, Item)
    assert.deepEqual(record.dynamodb.Keys, { b: { B: 'AAEC' }, n: { N: '-0.5' } })
  })

  // Evidence: facts streams-ttl 2: no record for a write that changes nothing.
  const silent = {
    'an identical PutItem': name => put(name, { v: { N: '1.0' }, ...key }),
    'an UpdateItem that sets what is there': name => update(name, 'SET v = :v', values(1)),
    'an UpdateItem that removes what is not there': name => update(name, 'REMOVE w'),
    'a DeleteItem of a missing item': name =>
      send('DeleteItem', { TableName: name, Key: { pk: { S: 'missing' } } }),
    'a failed condition': name =>
      rejects(
        send('PutItem', {
          TableName: name,
          Item: two,
          ConditionExpression: 'v > :v',
          ExpressionAttributeValues: values(5)
        }),
        'ConditionalCheckFailedException'
      ),
    'an invalid update': name =>
      rejects(update(name, 'SET v = v + :v', { ':v': { S: 'x' } }), 'ValidationException'),
    'a failed transaction': name =>
      rejects(
        send('TransactWriteItems', {
          TransactItems: [
            { Put: { TableName: name, Item: { pk: { S: 'b' } } } },
            check(name, 'attribute_not_exists(pk)')
          ]
        }),
        'TransactionCanceledException'
      ),
    'a condition check': name =>
      send('TransactWriteItems', { TransactItems: [check(name, 'attribute_exists(pk)')] }),
    'a read': name => send('GetItem', { TableName: name, Key: key })
  }
  for (const [what, run] of Object.entries(silent)) {
    test(`is not left by ${what}`, async () => {
      const name = await makeTable(streaming())
      await put(name, one)
      await run(name)
      assert.equal((await recordsOf(name)).length, 1)
      await put(name, two)
      assert.equal((await recordsOf(name)).length, 2)
    })
  }

  test('tells an update that creates an item with its key alone', async () => {
    const name = await makeTable(streaming())
    await send('UpdateItem', { TableName: name, Key: key })
    const [record] = await recordsOf(name)
    assert.equal(record.eventName, 'INSERT')
    assert.deepEqual(record.dynamodb.NewImage, key)
  })

  test('is left for each changed item of a batch and of a transaction', async () => {
    const name = await makeTable(streaming())
    await put(name, one)
    await send('BatchWriteItem', {
      RequestItems: {
        [name]: [
          { PutRequest: { Item: one } },
          { PutRequest: { Item: { pk: { S: 'b' } } } },
          { DeleteRequest: { Key: { pk: { S: 'c' } } } }
        ]
      }
    })
    await send('TransactWriteItems', {
      TransactItems: [
        {
          Update: {
            TableName: name,
            Key: key,
            UpdateExpression: 'SET v = :v',
            ExpressionAttributeValues: values(7)
          }
        },
        { Delete: { TableName: name, Key: { pk: { S: 'b' } } } },
        { Put: { TableName: name, Item: { pk: { S: 'd' } } } }
      ]
    })
    assert.deepEqual(
      (await recordsOf(name)).map(r => `${r.eventName} ${r.dynamodb.Keys.pk.S}`),
      ['INSERT a', 'INSERT b', 'MODIFY a', 'REMOVE b', 'INSERT d']
    )
  })

  test('is left by statements of PartiQL as by operations', async () => {
    const name = await makeTable(streaming())
    const run = Statement => send('ExecuteStatement', { Statement })
    await run(`INSERT INTO ${name} VALUE {'pk': 'a', 'v': 1}`)
    await run(`UPDATE ${name} SET v = 2 WHERE pk = 'a'`)
    await run(`UPDATE ${name} SET v = 2 WHERE pk = 'a'`)
    await send('ExecuteTransaction', {
      TransactStatements: [{ Statement: `DELETE FROM ${name} WHERE pk = 'a'` }]
    })
    const records = await recordsOf(name)
    assert.deepEqual(records.map(r => r.eventName), ['INSERT', 'MODIFY', 'REMOVE'])
    assert.deepEqual(records[1].dynamodb.NewImage, two)
  })

  test('changes no answer of the write it tells of', async () => {
    const name = await makeTable(streaming())
    const plain = await makeTable()
    const writes = [
      ['PutItem', { Item: one, ReturnConsumedCapacity: 'INDEXES' }],
      ['PutItem', { Item: two, ReturnValues: 'ALL_OLD' }],
      ['PutItem', { Item: two }],
      ['DeleteItem', { Key: key, ReturnValues: 'ALL_OLD', ReturnConsumedCapacity: 'TOTAL' }]
    ]
    for (const [operation, request] of writes) {
      const text = async TableName =>
        JSON.stringify(await send(operation, { TableName, ...request })).replaceAll(TableName, 't')
      assert.equal(await text(name), await text(plain))
    }
  })
})

// Evidence: AWS Developer Guide, "Change data capture for DynamoDB Streams": for each item the
// records appear in the order of its changes.
everyTarget('A stream', ({ test, send, makeTable, db }) => {
  const { arnOf, describe, iterator, drain } = reader(send)

  test('rebuilds the table from the records of its shards', async () => {
    const name = await makeTable({ range: 'sk:N', ...streaming('NEW_IMAGE') })
    let seed = 20261121
    const random = n => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return Math.floor((seed / 2 ** 32) * n)
    }
    let changes = 0
    const burst = []
    for (let i = 0; i < 1000; i++) {
      const Key = { pk: { S: `p${random(10)}` }, sk: { N: `${random(5)}` } }
      const kind = random(10)
      const write = (operation, request) =>
        burst.push(send(operation, { TableName: name, ...request }))
      if (kind < 5) {
        write('PutItem', { Item: { ...Key, v: { N: `${random(4)}` } } })
      } else if (kind < 8) {
        const UpdateExpression = 'ADD n :v'
        write('UpdateItem', { Key, UpdateExpression, ExpressionAttributeValues: values(random(2)) })
      } else {
        write('DeleteItem', { Key })
      }
      if (burst.length === 50) await Promise.all(burst.splice(0))
    }
    const arn = await arnOf(name)
    const { Shards } = await describe(arn)
    assert.ok(Shards.length > 1)
    const items = new Map()
    let shardsUsed = 0
    for (const { ShardId } of Shards) {
      const records = await drain(await iterator(arn, ShardId), 37)
      if (records.length > 0) shardsUsed++
      let last = ''
      for (const { eventName, dynamodb } of records) {
        assert.ok(dynamodb.SequenceNumber > last)
        last = dynamodb.SequenceNumber
        const id = `${dynamodb.Keys.pk.S} ${dynamodb.Keys.sk.N}`
        assert.equal(items.has(id), eventName !== 'INSERT')
        if (eventName === 'REMOVE') items.delete(id)
        else items.set(id, dynamodb.NewImage)
        changes++
      }
    }
    assert.ok(shardsUsed > 1)
    assert.ok(changes > 500 && changes < 1000)
    const { Items } = await send('Scan', { TableName: name })
    assert.equal(Items.length, items.size)
    for (const item of Items) sameItem(items.get(`${item.pk.S} ${item.sk.N}`), item)
  })

  test('costs a table that has none nothing', async () => {
    const count = async name => {
      await send('PutItem', { TableName: name, Item: one })
      const before = await db().counters()
      await send('PutItem', { TableName: name, Item: two })
      await send('GetItem', { TableName: name, Key: key })
      const after = await db().counters()
      return after.steps - before.steps
    }
    const plain = await makeTable()
    await makeTable(streaming())
    const never = await count(plain)
    const name = await makeTable(streaming())
    const on = await count(name)
    await send('UpdateTable', { TableName: name, StreamSpecification: { StreamEnabled: false } })
    assert.equal(await count(name), never)
    assert.ok(on > never)
  })
})
