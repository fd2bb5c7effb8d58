// db.subscribe(): what happens when a handler fails.
//
// Evidence: Lambda Developer Guide, "Retain discarded records for a DynamoDB event source in
// Lambda" (retries, age, bisecting, the record that a destination gets), "Configuring partial batch
// response with DynamoDB and Lambda", "Using tumbling windows"; Lambda API Reference,
// CreateEventSourceMapping (limits). The pauses between retries are ours: docs/recipes/streams.md.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EngineClient } from 'ddblite'
import { everyTarget, tableInput } from '../support/targets.mjs'
import { HOUR, streaming } from '../support/streams.mjs'
import options from '../../../lib/streams/options.cjs'

const { checkSubscription } = options

const START = Date.UTC(2030, 0, 1)
const REPORT = { functionResponseTypes: ['ReportBatchItemFailures'] }

everyTarget('a handler that fails', ({ test, send, makeTable, db }) => {
  /* All items of a suite have one partition: one shard, whose batches come one after the other. */
  const write = async (TableName, ...keys) => {
    for (const sk of keys) {
      await send('PutItem', { TableName, Item: { pk: { S: 'p' }, sk: { S: sk } } })
    }
  }
  const keysOf = ({ Records }) => Records.map(({ dynamodb }) => dynamodb.Keys.sk.S).join('')
  /* `handle(event, call, table)`: the handler; what it was called with is in `calls`. */
  async function subscribed (handle, options) {
    const TableName = await makeTable({ range: 'sk', ...streaming() })
    const calls = []
    const sub = await db().subscribe(TableName, event => {
      calls.push({ at: db().clock.now(), keys: keysOf(event), event })
      return handle(event, calls.length)
    }, options)
    return { TableName, calls, sub, keys: () => calls.map(({ keys }) => keys).join(' ') }
  }
  const failing = (...bad) => event => {
    if (bad.some(key => keysOf(event).includes(key))) throw new Error('no')
  }

  test('gets the whole batch again, before anything that follows it', async () => {
    const { TableName, sub, keys } = await subscribed((event, call) => {
      event.Records[0].dynamodb.Keys.sk.S = 'changed' /* it is given a new one each time */
      if (call < 4) throw new Error('not yet')
    }, { batchSize: 2 })
    await write(TableName, 'a', 'b', 'c')
    await sub.drain()
    assert.equal(keys(), 'ab ab ab ab c')
    await sub.close()
  })

  test('is tried again after pauses that double, by the clock', async () => {
    const { TableName, calls, sub } = await subscribed(failing('a'), {
      maximumRetryAttempts: 3, onError () {}
    })
    const start = db().clock.now()
    await write(TableName, 'a')
    await db().clock.advance(HOUR)
    assert.deepEqual(calls.map(({ at }) => at - start), [0, 100, 300, 700])
    await sub.close()
  })

  test('is never paused for more than a minute', async () => {
    const { TableName, calls, sub } = await subscribed(failing('a'), { onError () {} })
    await write(TableName, 'a')
    await db().clock.advance(HOUR)
    const pauses = calls.slice(1).map(({ at }, i) => at - calls[i].at)
    assert.equal(Math.max(...pauses), 60000)
    assert.ok(calls.length > 60)
    await sub.close()
  })

  test('is given up after its retries: drain() rejects with its error, the next batch comes', async () => {
    const wrong = new Error('wrong')
    const { TableName, sub, keys } = await subscribed(event => {
      if (keysOf(event) === 'ab') throw wrong
    }, { batchSize: 2, maximumRetryAttempts: 1 })
    await write(TableName, 'a', 'b', 'c')
    await assert.rejects(sub.drain(), error => error === wrong)
    assert.equal(keys(), 'ab ab c')
    await sub.drain()
    await sub.close()
  })

  test('blocks its shard when retries have no end, and drain() rejects', async () => {
    let heal = false
    const { TableName, calls, sub } = await subscribed(() => {
      if (!heal) throw new Error('ill')
    })
    await write(TableName, 'a')
    await assert.rejects(db().drain(), { message: 'ill' })
    assert.equal(calls.length, 10)
    heal = true
    await db().drain()
    assert.equal(calls.length, 11)
    await sub.close()
  })

  test('is given up when its records are 24 hours old', async () => {
    const TableName = await makeTable({ range: 'sk', ...streaming() })
    await write(TableName, 'a')
    await db().clock.advance(24 * HOUR - 30000)
    const [failures, keys] = [[], []]
    const sub = await db().subscribe(TableName, event => {
      keys.push(keysOf(event))
      failing('a')(event)
    }, { startingPosition: 'TRIM_HORIZON', destinationConfig: { onFailure: failures } })
    await db().clock.advance(HOUR)
    assert.equal(failures.length, 1)
    assert.equal(failures[0].requestContext.condition, 'RecordAgeExceeded')
    assert.equal(failures[0].requestContext.approximateInvokeCount, keys.length)
    await write(TableName, 'b')
    await sub.drain()
    assert.equal(keys.at(-1), 'b')
    await sub.close()
  })

  test('a destination gets Lambda\'s record, and drain() is content', async () => {
    const failures = []
    const { TableName, calls, sub } = await subscribed(failing('b'), {
      maximumRetryAttempts: 2, functionName: 'my-function',
      destinationConfig: { onFailure: async failure => { failures.push(failure) } }
    })
    await write(TableName, 'a', 'b')
    await sub.drain()
    const [{ requestContext: { requestId, ...requestContext }, timestamp, ...failure }] = failures
    assert.match(requestId, /^[0-9a-f-]{36}$/)
    assert.equal(timestamp, new Date(db().clock.now()).toISOString())
    const [first, last] = calls[0].event.Records
    const second = new Date(first.dynamodb.ApproximateCreationDateTime * 1000)
      .toISOString().replace('.000', '')
    assert.deepEqual({ requestContext, ...failure }, {
      requestContext: {
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:my-function',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      DDBStreamBatchInfo: {
        shardId: failure.DDBStreamBatchInfo.shardId,
        startSequenceNumber: first.dynamodb.SequenceNumber,
        endSequenceNumber: last.dynamodb.SequenceNumber,
        approximateArrivalOfFirstRecord: second,
        approximateArrivalOfLastRecord: second,
        batchSize: 2,
        streamArn: sub.streamArn
      }
    })
    assert.match(failure.DDBStreamBatchInfo.shardId, /^shardId-/)
    await sub.close()
  })

  test('onError is told each failure, and drain() is content', async () => {
    const told = []
    const { TableName, sub } = await subscribed(failing('a'), {
      maximumRetryAttempts: 1,
      onError: (error, info) => told.push([error.message, info.willRetry, info.attempt])
    })
    await write(TableName, 'a')
    await sub.drain()
    assert.deepEqual(told, [['no', true, 1], ['no', false, undefined]])
    await sub.close()
  })

  test('several that fail reject with all their errors', async () => {
    const first = await subscribed(() => { throw new Error('one') }, { maximumRetryAttempts: 0 })
    const second = await subscribed(() => { throw new Error('two') }, { maximumRetryAttempts: 0 })
    await write(first.TableName, 'a')
    await write(second.TableName, 'a')
    await assert.rejects(db().drain(), error => error instanceof AggregateError &&
      error.errors.map(({ message }) => message).join() === 'one,two')
    await first.sub.close()
    await second.sub.close()
  })

  test('bisects down to the record that fails, without taking from its retries', async () => {
    const failures = []
    const { TableName, sub, keys } = await subscribed(failing('f'), {
      bisectBatchOnFunctionError: true, maximumRetryAttempts: 1,
      destinationConfig: { onFailure: failures }
    })
    await write(TableName, ...'abcdefgh')
    await sub.drain()
    assert.equal(keys(), 'abcdefgh abcd efgh ef e f f gh')
    assert.equal(failures.length, 1)
    assert.equal(failures[0].DDBStreamBatchInfo.batchSize, 1)
    await sub.close()
  })

  // [title, options, what the handler answers to a batch abcd at first, the batches]
  const answers = [
    ['an empty list is success', REPORT, () => ({ batchItemFailures: [] }), 'abcd'],
    ['null is success', REPORT, () => null, 'abcd'],
    ['an empty answer is success', REPORT, () => ({}), 'abcd'],
    ['a null list is success', REPORT, () => ({ batchItemFailures: null }), 'abcd'],
    ['from the record that failed on', REPORT, id => fail(id('c')), 'abcd cd'],
    ['from the first one of several', REPORT, id => fail(id('d'), id('b')), 'abcd bcd'],
    ['from the first record: everything', REPORT, id => fail(id('a')), 'abcd abcd'],
    ['an empty identifier: everything', REPORT, () => fail(''), 'abcd abcd'],
    ['a null identifier: everything', REPORT, () => fail(null), 'abcd abcd'],
    ['an unknown identifier: everything', REPORT, () => fail('123'), 'abcd abcd'],
    ['one unknown among known: everything', REPORT, id => fail(id('c'), 'x'), 'abcd abcd'],
    ['another key: everything', REPORT, id => ({ batchItemFailures: [{ id: id('c') }] }), 'abcd abcd'],
    ['no list: everything', REPORT, () => ({ batchItemFailures: 'c' }), 'abcd abcd'],
    ['not without the option', {}, id => fail(id('c')), 'abcd'],
    ['cut where it failed', { ...REPORT, bisectBatchOnFunctionError: true }, id => fail(id('c')), 'abcd cd'],
    ['cut in two when all failed', { ...REPORT, bisectBatchOnFunctionError: true },
      id => fail(id('a')), 'abcd ab cd'],
    ['cut in two when it throws', { ...REPORT, bisectBatchOnFunctionError: true },
      () => { throw new Error('no') }, 'abcd ab cd']
  ]
  const fail = (...ids) => ({ batchItemFailures: ids.map(itemIdentifier => ({ itemIdentifier })) })
  for (const [title, options, answer, batches] of answers) {
    test(`reports its failures: ${title}`, async () => {
      const { TableName, sub, keys } = await subscribed((event, call) => {
        const id = key => event.Records[keysOf(event).indexOf(key)].dynamodb.SequenceNumber
        return call === 1 ? answer(id) : undefined
      }, options)
      await write(TableName, ...'abcd')
      await sub.drain()
      assert.equal(keys(), batches)
      await sub.close()
    })
  }

  test('a partial failure uses up a retry, and what it did is not given up', async () => {
    const failures = []
    const { TableName, sub, keys } = await subscribed(({ Records }) => ({
      batchItemFailures: Records.filter(({ dynamodb }) => dynamodb.Keys.sk.S === 'b')
        .map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber }))
    }), { ...REPORT, maximumRetryAttempts: 2, destinationConfig: { onFailure: failures } })
    await write(TableName, ...'abc')
    await sub.drain()
    assert.equal(keys(), 'abc bc bc')
    assert.equal(failures[0].DDBStreamBatchInfo.batchSize, 2)
    assert.equal(failures[0].responseContext.functionError, undefined)
    await sub.close()
  })
}, { clock: { now: START } })

everyTarget('a tumbling window', ({ test, send, makeTable, db }) => {
  const write = (TableName, n) =>
    send('PutItem', { TableName, Item: { pk: { S: 'p' }, n: { N: String(n) } } })
  const sum = event => event.Records
    .reduce((all, { dynamodb }) => all + Number(dynamodb.NewImage.n.N), event.state.sum ?? 0)
  async function subscribed (handle, options) {
    const TableName = await makeTable(streaming())
    const calls = []
    const sub = await db().subscribe(TableName, event => {
      calls.push(event)
      return handle(event, calls.length)
    }, { tumblingWindowInSeconds: 60, ...options })
    return { TableName, calls, sub }
  }

  test('carries its state from batch to batch, and ends with one that is final', async () => {
    const { TableName, calls, sub } = await subscribed(event => ({ state: { sum: sum(event) } }),
      { batchSize: 2 })
    const start = Math.floor(db().clock.now() / 60000) * 60000
    for (const n of [1, 2, 3]) await write(TableName, n)
    await db().clock.advance(1000)
    await write(TableName, 4)
    await db().clock.set(start + 61000)
    await write(TableName, 50)
    await db().clock.set(start + 121000)
    const told = calls.map(({ Records, state, window, isFinalInvokeForWindow: final }) =>
      [Records.length, state.sum, window.start, final])
    const iso = ms => new Date(ms).toISOString().replace('.000', '')
    assert.deepEqual(told, [
      [2, undefined, iso(start), false],
      [1, 3, iso(start), false],
      [1, 6, iso(start), false],
      [0, 10, iso(start), true],
      [1, undefined, iso(start + 60000), false],
      [0, 50, iso(start + 60000), true]
    ])
    assert.equal(calls[0].window.end, iso(start + 60000))
    assert.equal(calls[0].eventSourceARN, sub.streamArn)
    assert.match(calls[0].shardId, /^shardId-/)
    assert.equal(calls[0].isWindowTerminatedEarly, false)
    await sub.close()
  })

  test('is ended by its shard', async () => {
    const { TableName, calls, sub } = await subscribed(event => ({ state: { sum: sum(event) } }))
    await write(TableName, 7)
    await send('UpdateTable', { TableName, StreamSpecification: { StreamEnabled: false } })
    await sub.drain()
    assert.deepEqual(calls.map(one => one.isFinalInvokeForWindow), [false, true])
    assert.deepEqual({ ...calls[1].state }, { sum: 7 })
    await sub.close()
  })

  test('fails without a state', async () => {
    const { TableName, calls, sub } = await subscribed((event, call) =>
      call === 1 ? {} : { state: { sum: sum(event) } })
    await write(TableName, 1)
    await sub.drain()
    assert.equal(calls.length, 2)
    assert.equal(calls[1].Records.length, 1)
    await sub.close()
  })

  test('is ended early by a state of more than 1 MB', async () => {
    const { TableName, calls, sub } = await subscribed(event => ({
      state: { sum: sum(event), more: 'x'.repeat(event.Records.length > 0 ? 1048576 : 0) }
    }), { batchSize: 1 })
    await write(TableName, 1)
    await write(TableName, 2)
    await sub.drain()
    const told = calls.map(({ Records, state, ...more }) =>
      [Records.length, state.sum, more.isWindowTerminatedEarly, more.isFinalInvokeForWindow])
    assert.deepEqual(told, [
      [1, undefined, false, false], [0, 1, true, false],
      [1, undefined, false, false], [0, 2, true, false]
    ])
    await sub.close()
  })

  test('suspends everything until its final invocation succeeds', async () => {
    const { TableName, calls, sub } = await subscribed((event, call) => {
      if (event.isFinalInvokeForWindow && call < 5) throw new Error('not yet')
      return { state: { sum: sum(event) } }
    }, { onError () {} })
    await write(TableName, 1)
    await db().clock.advance(60000)
    await write(TableName, 2)
    await db().clock.advance(5000)
    assert.deepEqual(calls.map(one => one.isFinalInvokeForWindow),
      [false, true, true, true, true, false])
    await sub.close()
  })
}, { clock: { now: START } })

describe('maximumRecordAgeInSeconds', () => {
  test('gives up earlier, also what was never handed on', async () => {
    let now = START
    const db = new EngineClient({ clock: { now: () => now } })
    await db.execute('CreateTable', tableInput('Music', streaming()))
    const [failures, keys] = [[], []]
    const sub = await db.subscribe('Music', ({ Records }) => {
      keys.push(...Records.map(({ dynamodb }) => dynamodb.Keys.pk.S))
    }, { maximumRecordAgeInSeconds: 60, destinationConfig: { onFailure: failures } })
    await db.execute('PutItem', { TableName: 'Music', Item: { pk: { S: 'old' } } })
    now += 61000
    await db.execute('PutItem', { TableName: 'Music', Item: { pk: { S: 'new' } } })
    await sub.drain()
    assert.deepEqual(keys, ['new'])
    assert.equal(failures.length, 1)
    assert.equal(failures[0].requestContext.condition, 'RecordAgeExceeded')
    assert.equal(failures[0].requestContext.approximateInvokeCount, 0)
    assert.equal(failures[0].responseContext, undefined)
    await db.close()
  })
})

describe('the options of subscribe()', () => {
  const handler = () => {}
  const rows = [
    [{ startingPosition: 'AT_TIMESTAMP' }, /startingPosition must be TRIM_HORIZON or LATEST/],
    [{ batchSize: 0 }, /batchSize must be a whole number from 1 to 10000, not 0/],
    [{ batchSize: 10001 }, /batchSize/],
    [{ batchSize: 1.5 }, /batchSize/],
    [{ batchSize: '5' }, /not "5"/],
    [{ maximumBatchingWindowInSeconds: 301 }, /from 0 to 300/],
    [{ maximumRetryAttempts: -2 }, /from -1 to 10000/],
    [{ maximumRetryAttempts: 10001 }, /from -1 to 10000/],
    [{ maximumRecordAgeInSeconds: 59 }, /-1 or a whole number from 60 to 604800/],
    [{ maximumRecordAgeInSeconds: 604801 }, /maximumRecordAgeInSeconds/],
    [{ bisectBatchOnFunctionError: 1 }, /true or false/],
    [{ functionResponseTypes: ['x'] }, /\['ReportBatchItemFailures'\]/],
    [{ parallelizationFactor: 11 }, /from 1 to 10/],
    [{ tumblingWindowInSeconds: 901 }, /from 0 to 900/],
    [{ tumblingWindowInSeconds: 1, parallelizationFactor: 2 }, /not supported/],
    [{ filterCriteria: [] }, /filterCriteria must be/],
    [{ filterCriteria: {} }, /filterCriteria must be/],
    [{ filterCriteria: { filters: [{ pattern: 'x' }] } }, /filter pattern: it is no JSON/],
    [{ filterCriteria: { filters: Array(11).fill({ pattern: '{"a":[1]}' }) } }, /at most 10/],
    [{ destinationConfig: { onFailure: 'queue' } }, /a function or an array/],
    [{ destinationConfig: { onSuccess () {} } }, /a function or an array/],
    [{ enable: true }, /enable must be KEYS_ONLY or/],
    [{ functionName: 'a b' }, /functionName/],
    [{ onError: true }, /onError must be a function/],
    [{ batchsize: 1 }, /there is no option "batchsize"; there are startingPosition/],
    [null, /the options must be an object/]
  ]
  for (const [options, message] of rows) {
    test(`${JSON.stringify(options)} is refused`, () => {
      assert.throws(() => checkSubscription(handler, options), error =>
        error instanceof TypeError && message.test(error.message))
    })
  }

  test('a handler must be a function', () => {
    assert.throws(() => checkSubscription('index.handler'), /the handler must be a function/)
  })

  test('are those of a template too', () => {
    const options = checkSubscription(handler, {
      BatchSize: 5,
      StartingPosition: 'TRIM_HORIZON',
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["REMOVE"]}' }] },
      FunctionResponseTypes: ['ReportBatchItemFailures']
    })
    assert.equal(options.batchSize, 5)
    assert.equal(options.passes({ eventName: 'REMOVE' }), true)
    assert.equal(options.passes({ eventName: 'INSERT' }), false)
    assert.equal(options.reportsItems, true)
  })
})
