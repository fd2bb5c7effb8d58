// db.subscribe(): what reaches a handler, when, and in which order.
//
// Evidence: Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB" and "Lambda parameters
// for Amazon DynamoDB event source mappings"; when things happen by which clock is ours:
// docs/recipes/streams.md.
import assert from 'node:assert/strict'
import { everyTarget, rejects, tableInput } from '../support/targets.mjs'
import { DAY, HOUR, reader, streaming } from '../support/streams.mjs'

const START = Date.UTC(2030, 0, 1)
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

everyTarget('subscribe', ({ test, send, makeTable, db }) => {
  const put = (TableName, pk, more) =>
    send('PutItem', { TableName, Item: { pk: { S: pk }, ...more } })
  const remove = (TableName, pk) => send('DeleteItem', { TableName, Key: { pk: { S: pk } } })
  const keysOf = events => events.flatMap(({ Records }) =>
    Records.map(({ dynamodb }) => dynamodb.Keys.pk.S))

  test('hands on what Lambda does', async () => {
    const TableName = await makeTable(streaming())
    const calls = []
    const sub = await db().subscribe(TableName, function onWrite (event, context) {
      calls.push({ event, context })
    })
    await put(TableName, 'a', { n: { N: '1' }, b: { B: 'AQI=' } })
    await put(TableName, 'a', { n: { N: '2' } })
    await remove(TableName, 'a')
    await sub.drain()

    const [{ event, context }] = calls
    assert.equal(calls.length, 1)
    assert.deepEqual(Object.keys(event), ['Records'])
    const fromStream = await reader(send).recordsOf(TableName)
    const arn = await reader(send).arnOf(TableName)
    assert.equal(sub.streamArn, arn)
    assert.deepEqual(event.Records,
      fromStream.map(record => ({ ...record, eventSourceARN: arn })))
    assert.deepEqual(event.Records.map(record => record.eventName), ['INSERT', 'MODIFY', 'REMOVE'])
    assert.deepEqual(Object.keys(event.Records[1]), ['eventID', 'eventName', 'eventVersion',
      'eventSource', 'awsRegion', 'dynamodb', 'eventSourceARN'])
    assert.deepEqual(event.Records[1].dynamodb.OldImage,
      { pk: { S: 'a' }, n: { N: '1' }, b: { B: 'AQI=' } })
    assert.ok(Number.isInteger(event.Records[0].dynamodb.ApproximateCreationDateTime))

    assert.equal(context.functionName, 'onWrite')
    assert.match(context.invokedFunctionArn, /^arn:aws:lambda:us-east-1:000000000000:function:onWrite$/)
    assert.match(context.awsRequestId, /^[0-9a-f-]{36}$/)
    assert.ok(context.getRemainingTimeInMillis() > 0)
    await sub.close()
  })

  test('begins at LATEST, or with what there is', async () => {
    const TableName = await makeTable(streaming())
    await put(TableName, 'old')
    const latest = []
    const all = []
    const subs = [
      await db().subscribe(TableName, event => { latest.push(event) }),
      await db().subscribe(TableName, event => { all.push(event) },
        { startingPosition: 'TRIM_HORIZON' })
    ]
    await put(TableName, 'new')
    await db().drain()
    assert.deepEqual(keysOf(latest), ['new'])
    assert.deepEqual(keysOf(all).sort(), ['new', 'old'])
    await Promise.all(subs.map(sub => sub.close()))
  })

  test('comes by itself soon after the commit', async () => {
    const TableName = await makeTable(streaming())
    const got = Promise.withResolvers?.() ?? (() => {
      let resolve
      return { promise: new Promise(done => { resolve = done }), resolve }
    })()
    const sub = await db().subscribe(TableName, event => got.resolve(event))
    await put(TableName, 'a')
    assert.deepEqual(keysOf([await got.promise]), ['a'])
    await sub.close()
  })

  test('waits for a promise, and for a callback that is taken', async () => {
    const TableName = await makeTable(streaming())
    const order = []
    const subs = [
      await db().subscribe(TableName, async () => {
        await pause(5)
        order.push('promise')
      }),
      await db().subscribe(TableName, (event, context, callback) => {
        setTimeout(() => {
          order.push('callback')
          callback(null)
        }, 10)
      })
    ]
    await put(TableName, 'a')
    await db().drain()
    assert.deepEqual(order, ['promise', 'callback'])
    await Promise.all(subs.map(sub => sub.close()))
  })

  test('cuts batches, and keeps the order of a shard and of an item', async () => {
    const TableName = await makeTable(streaming())
    const events = []
    const sub = await db().subscribe(TableName, event => { events.push(event) }, { batchSize: 3 })
    for (let i = 0; i < 40; i++) await put(TableName, `k${i % 8}`, { i: { N: String(i) } })
    await sub.drain()
    assert.ok(events.every(({ Records }) => Records.length <= 3))
    assert.equal(keysOf(events).length, 40)
    const seen = new Map()
    for (const { dynamodb } of events.flatMap(({ Records }) => Records)) {
      const last = seen.get(dynamodb.Keys.pk.S) ?? ''
      assert.ok(dynamodb.SequenceNumber > last)
      seen.set(dynamodb.Keys.pk.S, dynamodb.SequenceNumber)
    }
    await sub.close()
  })

  test('a batch is at most 6 MB', async () => {
    const TableName = await makeTable(streaming())
    const events = []
    const sub = await db().subscribe(TableName, event => { events.push(event) })
    for (let i = 0; i < 12; i++) await put(TableName, 'one', { i: { S: `${i}${'x'.repeat(390000)}` } })
    await sub.drain()
    assert.equal(keysOf(events).length, 12)
    assert.ok(events.length > 1)
    for (const event of events) assert.ok(JSON.stringify(event).length <= 6291456)
    await sub.close()
  })

  test('drops what no filter lets pass', async () => {
    const TableName = await makeTable(streaming())
    const events = []
    const sub = await db().subscribe(TableName, event => { events.push(event) }, {
      filterCriteria: {
        filters: [
          { pattern: JSON.stringify({ eventName: ['REMOVE'] }) },
          { pattern: { dynamodb: { NewImage: { kind: { S: [{ prefix: 'us' }] } } } } }
        ]
      }
    })
    await put(TableName, 'a', { kind: { S: 'user' } })
    await put(TableName, 'b', { kind: { S: 'order' } })
    await remove(TableName, 'b')
    await sub.drain()
    assert.deepEqual(keysOf(events).sort(), ['a', 'b'])
    assert.deepEqual(events.flatMap(({ Records }) => Records.map(one => one.eventName)).sort(),
      ['INSERT', 'REMOVE'])
    await sub.close()
  })

  test('settles handlers that write for other handlers', async () => {
    const [first, second] = [await makeTable(streaming()), await makeTable(streaming())]
    const copied = []
    const subs = [
      await db().subscribe(second, event => { copied.push(event) }),
      await db().subscribe(first, async ({ Records }) => {
        for (const { dynamodb } of Records) {
          await pause(1)
          await send('PutItem', { TableName: second, Item: dynamodb.NewImage })
        }
      })
    ]
    for (let i = 0; i < 20; i++) await put(first, `k${i}`)
    await db().drain()
    assert.equal(keysOf(copied).length, 20)
    await Promise.all(subs.map(sub => sub.close()))
  })

  test('handles shards at once, and with a parallelizationFactor more', async () => {
    for (const [parallelizationFactor, most] of [[1, 1], [10, 10]]) {
      const TableName = await makeTable({ range: 'sk', ...streaming() })
      let running = 0
      let peak = 0
      const last = new Map()
      const sub = await db().subscribe(TableName, async ({ Records }) => {
        peak = Math.max(peak, ++running)
        await pause(2)
        running--
        for (const { dynamodb: { Keys, SequenceNumber } } of Records) {
          assert.ok(SequenceNumber > (last.get(Keys.sk.S) ?? ''))
          last.set(Keys.sk.S, SequenceNumber)
        }
      }, { parallelizationFactor, batchSize: 5 })
      for (let i = 0; i < 100; i++) { /* one partition: one shard */
        await put(TableName, 'one', { sk: { S: `k${i % 25}` }, i: { N: String(i) } })
      }
      await sub.drain()
      assert.equal(last.size, 25)
      assert.ok(peak <= most && (most === 1 || peak > 3), `${peak} at once`)
      await sub.close()
    }
  })

  test('needs a stream, and makes one when it may', async () => {
    const TableName = await makeTable()
    await rejects(db().subscribe(TableName, () => {}), 'StreamDisabled',
      `The table ${TableName} has no stream: give it a StreamSpecification, or subscribe with ` +
      "{ enable: 'NEW_AND_OLD_IMAGES' }")
    await assert.rejects(db().subscribe('nowhere', () => {}), { name: 'ResourceNotFoundException' })
    const events = []
    const sub = await db().subscribe(TableName, event => { events.push(event) },
      { enable: 'NEW_IMAGE' })
    await put(TableName, 'a')
    await sub.drain()
    assert.equal(events[0].Records[0].dynamodb.StreamViewType, 'NEW_IMAGE')
    await sub.close()
  })

  test('takes a table\'s ARN, and a stream\'s', async () => {
    const TableName = await makeTable(streaming())
    const { Table } = await send('DescribeTable', { TableName })
    const events = []
    const subs = []
    for (const arn of [Table.TableArn, Table.LatestStreamArn]) {
      subs.push(await db().subscribe(arn, event => { events.push(event) }))
    }
    await put(TableName, 'a')
    await db().drain()
    assert.deepEqual(keysOf(events), ['a', 'a'])
    await Promise.all(subs.map(sub => sub.close()))
  })

  test('close() ends it, after what runs', async () => {
    const TableName = await makeTable(streaming())
    let ended = 0
    const started = []
    const sub = await db().subscribe(TableName, async () => {
      started.push(1)
      await pause(10)
      ended++
    })
    await put(TableName, 'a')
    while (started.length === 0) await pause(1)
    await sub.close()
    assert.equal(sub.closed, true)
    assert.equal(ended, 1)
    await put(TableName, 'a', { more: { S: 'x' } })
    await db().drain()
    await sub.drain()
    assert.equal(started.length, 1)
  })

  test('follows its table to a new stream, when the old one is read', async () => {
    const TableName = await makeTable(streaming())
    const events = []
    const sub = await db().subscribe(TableName, event => { events.push(event) })
    await put(TableName, 'a')
    await send('UpdateTable', { TableName, StreamSpecification: { StreamEnabled: false } })
    await put(TableName, 'unseen')
    await pause(2) /* a label has milliseconds */
    await send('UpdateTable', { TableName, ...streaming('KEYS_ONLY') })
    await put(TableName, 'b')
    await sub.drain()
    assert.deepEqual(keysOf(events), ['a', 'b'])
    await send('DeleteTable', { TableName })
    await sub.drain()
    await pause(2)
    await send('CreateTable', tableInput(TableName, streaming()))
    await put(TableName, 'c')
    await sub.drain()
    assert.deepEqual(keysOf(events), ['a', 'b', 'c'])
    await sub.close()
  })
})

everyTarget('subscribe with a stopped clock', ({ test, send, makeTable, db }) => {
  const put = (TableName, pk, more) =>
    send('PutItem', { TableName, Item: { pk: { S: pk }, ...more } })
  const subscribed = async options => {
    const TableName = await makeTable(streaming())
    const events = []
    const sub = await db().subscribe(TableName, event => {
      events.push({ at: db().clock.now(), keys: event.Records.map(one => one.dynamodb.Keys.pk.S) })
    }, options)
    return { TableName, events, sub }
  }

  test('nothing comes by itself; advance() and drain() bring it', async () => {
    const { TableName, events, sub } = await subscribed()
    await put(TableName, 'a')
    await pause(10)
    assert.deepEqual(events, [])
    await db().clock.advance()
    assert.equal(events.length, 1)
    await put(TableName, 'a', { b: { S: 'x' } })
    await sub.drain()
    assert.equal(events.length, 2)
    await sub.close()
  })

  test('a batching window ends by the clock, when the batch is full, or with drain()', async () => {
    const { TableName, events, sub } = await subscribed({
      maximumBatchingWindowInSeconds: 30, batchSize: 2
    })
    const start = db().clock.now()
    await put(TableName, 'a')
    await db().clock.advance(29999)
    assert.deepEqual(events, [])
    await db().clock.advance(60000)
    assert.deepEqual(events, [{ at: start + 30000, keys: ['a'] }])
    await put(TableName, 'a', { n: { N: '1' } })
    await put(TableName, 'a', { n: { N: '2' } })
    await put(TableName, 'a', { n: { N: '3' } })
    await db().clock.advance(0)
    assert.deepEqual(events.slice(1).map(({ keys }) => keys), [['a', 'a']])
    await sub.drain()
    assert.deepEqual(events.slice(2).map(({ keys }) => keys), [['a']])
    await sub.close()
  })

  // Evidence: DynamoDB Developer Guide, "DynamoDB Streams and Time to Live"; in a Lambda event the
  // members of userIdentity begin with small letters.
  test('an item that expires calls the handler in its second', async () => {
    const TableName = await makeTable(streaming())
    const TimeToLiveSpecification = { Enabled: true, AttributeName: 'ttl' }
    await send('UpdateTimeToLive', { TableName, TimeToLiveSpecification })
    const removed = []
    const sub = await db().subscribe(TableName, ({ Records }) => {
      removed.push({ at: db().clock.now(), record: Records[0] })
    }, { filterCriteria: { filters: [{ pattern: { userIdentity: { type: ['Service'] } } }] } })
    const due = Math.floor(db().clock.now() / 1000) + 3600
    await put(TableName, 'a', { ttl: { N: String(due) } })
    await db().clock.advance(DAY / 2)
    assert.equal(removed.length, 1)
    assert.equal(removed[0].at, (due + 1) * 1000)
    assert.equal(removed[0].record.eventName, 'REMOVE')
    assert.deepEqual(removed[0].record.userIdentity,
      { type: 'Service', principalId: 'dynamodb.amazonaws.com' })
    await sub.close()
  })

  test('goes on in the next shards, hours and days later', async () => {
    const { TableName, events, sub } = await subscribed()
    const want = []
    for (let i = 0; i < 30; i++) {
      await put(TableName, `k${i}`)
      want.push(`k${i}`)
      await db().clock.advance(i % 3 === 0 ? 5 * HOUR : 20 * 60000)
    }
    await db().clock.advance(3 * DAY)
    await put(TableName, 'last')
    await sub.drain()
    assert.deepEqual(events.flatMap(({ keys }) => keys), [...want, 'last'])
    await sub.close()
  })

  test('an iterator at LATEST that expires unused repeats nothing', async () => {
    const TableName = await makeTable(streaming())
    for (let i = 0; i < 20; i++) await put(TableName, `old${i}`)
    const events = []
    const sub = await db().subscribe(TableName, event => { events.push(event) })
    await db().clock.advance(HOUR)
    await sub.drain()
    assert.equal(events.length, 0)
    await sub.close()
  })
}, { clock: { now: START } })

everyTarget('subscribe and whole databases', ({ test, send, makeTable, db }) => {
  const put = (TableName, pk) => send('PutItem', { TableName, Item: { pk: { S: pk } } })
  const subscribed = async () => {
    const TableName = await makeTable(streaming())
    const keys = []
    const sub = await db().subscribe(TableName, ({ Records }) => {
      keys.push(...Records.map(({ dynamodb }) => dynamodb.Keys.pk.S))
    })
    return { TableName, keys, sub }
  }

  test('restore(): what is written from then on', async () => {
    const { TableName, keys, sub } = await subscribed()
    await put(TableName, 'a')
    await sub.drain()
    const snapshot = await db().snapshot()
    for (const round of ['b', 'c']) {
      await put(TableName, round)
      await sub.drain()
      await put(TableName, 'lost')
      await db().restore(snapshot)
    }
    await put(TableName, 'd')
    await sub.drain()
    assert.deepEqual(keys.filter(key => key !== 'lost'), ['a', 'b', 'c', 'd'])
    assert.equal(keys.at(-1), 'd')
    await sub.close()
  })

  test('reset(): what is written from then on', async () => {
    const { TableName, keys, sub } = await subscribed()
    for (const key of ['a', 'b']) {
      await put(TableName, key)
      await sub.drain()
      await db().reset({ keepSchema: true })
    }
    await put(TableName, 'c')
    await sub.drain()
    assert.deepEqual(keys, ['a', 'b', 'c'])
    await db().reset()
    await sub.drain()
    await pause(2)
    await send('CreateTable', tableInput(TableName, streaming()))
    await put(TableName, 'd')
    await sub.drain()
    assert.deepEqual(keys, ['a', 'b', 'c', 'd'])
    await sub.close()
  })
})
