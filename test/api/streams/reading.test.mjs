// ListStreams, DescribeStream, GetShardIterator and GetRecords.
import assert from 'node:assert/strict'
import { EngineClient } from 'ddblite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as plainTest } from 'node:test'
import { everyTarget, invalid, rejects, sharedFile, tableInput } from '../support/targets.mjs'
import { DAY, HOUR, clockOf, reader, streaming } from '../support/streams.mjs'

const noStream = (promise, arn) =>
  rejects(
    promise,
    'ResourceNotFoundException',
    `Requested resource not found: Stream: ${arn} not found`
  )
const missing = 'arn:aws:dynamodb:us-east-1:000000000000:table/nowhere/stream/2026-01-01T00:00:00.000'
const put = (send, TableName, pk, more) =>
  send('PutItem', { TableName, Item: { pk: { S: pk }, ...more } })

// Evidence: AWS Streams API Reference, "ListStreams"; facts streams-ttl 3.
everyTarget('ListStreams', ({ test, send, makeTable }) => {
  const { arnOf } = reader(send)

  test('lists the streams of a table or of all, a page at a time', async () => {
    const names = []
    for (let i = 0; i < 3; i++) names.push(await makeTable(streaming()))
    await makeTable()
    const arns = await Promise.all(names.map(arnOf))
    const { Streams } = await send('ListStreams', { TableName: names[1] })
    assert.deepEqual(Streams, [
      {
        StreamArn: arns[1],
        TableName: names[1],
        StreamLabel: arns[1].slice(arns[1].indexOf('/stream/') + 8)
      }
    ])
    const seen = []
    let pages = 0
    let ExclusiveStartStreamArn
    do {
      const page = await send('ListStreams', { Limit: 2, ExclusiveStartStreamArn })
      assert.ok(page.Streams.length <= 2)
      seen.push(...page.Streams.map(s => s.StreamArn))
      ExclusiveStartStreamArn = page.LastEvaluatedStreamArn
      pages++
    } while (ExclusiveStartStreamArn !== undefined)
    assert.deepEqual(seen.sort(), arns.sort())
    assert.equal(pages, 2)
    assert.deepEqual(await send('ListStreams', { TableName: 'unknown' }), { Streams: [] })
    assert.equal((await send('ListStreams')).Streams.length, 3)
  })

  const wrong = [
    [{ Limit: 0 }, "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"],
    [{ Limit: 101 }, "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100"],
    [{ ExclusiveStartStreamArn: 'x' }, "1 validation error detected: Value 'x' at 'exclusiveStartStreamArn' failed to satisfy constraint: Member must have length greater than or equal to 37"],
    [{ ExclusiveStartStreamArn: 'x'.repeat(40) }, `Invalid StreamArn: ${'x'.repeat(40)}`]
  ]
  for (const [request, message] of wrong) {
    test(`rejects ${JSON.stringify(request)}`, () => invalid(send('ListStreams', request), message))
  }
})

// Evidence: AWS Streams API Reference, "DescribeStream"; facts streams-ttl 1, 3.
everyTarget('DescribeStream', ({ test, send, makeTable }) => {
  const { arnOf, describe } = reader(send)

  test('describes the stream and its open shards', async () => {
    const name = await makeTable({ range: 'sk:N', ...streaming('KEYS_ONLY') })
    const { Table } = await send('DescribeTable', { TableName: name })
    const description = await describe(Table.LatestStreamArn)
    const { Shards, CreationRequestDateTime, ...rest } = description
    assert.deepEqual(rest, {
      StreamArn: Table.LatestStreamArn,
      StreamLabel: Table.LatestStreamLabel,
      StreamStatus: 'ENABLED',
      StreamViewType: 'KEYS_ONLY',
      TableName: name,
      KeySchema: Table.KeySchema
    })
    assert.equal(Table.LatestStreamArn, `${Table.TableArn}/stream/${Table.LatestStreamLabel}`)
    assert.match(Table.LatestStreamLabel, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
    assert.ok(Math.abs(CreationRequestDateTime * 1000 - Date.now()) < 60000)
    assert.ok(Shards.length > 1)
    for (const shard of Shards) {
      assert.match(shard.ShardId, /^shardId-\d{20}-[0-9a-f]{8}$/)
      assert.deepEqual(Object.keys(shard.SequenceNumberRange), ['StartingSequenceNumber'])
      assert.equal(shard.ParentShardId, undefined)
    }
  })

  test('honours Limit and ExclusiveStartShardId', async () => {
    const StreamArn = await arnOf(await makeTable(streaming()))
    const all = (await describe(StreamArn)).Shards.map(s => s.ShardId)
    const seen = []
    let ExclusiveStartShardId
    do {
      const request = { StreamArn, Limit: 3, ExclusiveStartShardId }
      const { StreamDescription } = await send('DescribeStream', request)
      seen.push(...StreamDescription.Shards.map(s => s.ShardId))
      ExclusiveStartShardId = StreamDescription.LastEvaluatedShardId
      assert.equal(ExclusiveStartShardId, seen.length < all.length ? seen.at(-1) : undefined)
    } while (ExclusiveStartShardId !== undefined)
    assert.deepEqual(seen, all)
  })

  test('tells an unknown stream', async () => {
    await noStream(send('DescribeStream', { StreamArn: missing }), missing)
    const arn = await arnOf(await makeTable(streaming()))
    const others = [
      arn.replace('us-east-1', 'us-west-2'),
      arn.replace('000000000000', '000000000001'),
      `${arn}0`
    ]
    for (const other of others) {
      await noStream(send('DescribeStream', { StreamArn: other }), other)
    }
    await invalid(
      send('DescribeStream', { StreamArn: arn.slice(0, arn.indexOf('/stream')) + ' '.repeat(20) }),
      /^Invalid StreamArn: arn:/
    )
    await invalid(
      send('DescribeStream', {}),
      "1 validation error detected: Value null at 'streamArn' failed to satisfy constraint: Member must not be null"
    )
  })
})

// Evidence: AWS Streams API Reference, "GetShardIterator" and "GetRecords"; facts streams-ttl 3.
everyTarget('A shard iterator', ({ test, send, makeTable, db }) => {
  const { arnOf, describe, iterator, drain } = reader(send)
  const values = records => records.map(r => r.dynamodb.NewImage.v.N)

  /* A table with n versions of one item; gives its stream and the shard that has them. */
  async function versions (n) {
    const TableName = await makeTable(streaming())
    const arn = await arnOf(TableName)
    const write = async v => put(send, TableName, 'a', { v: { N: `${v}` } })
    for (let v = 1; v <= n; v++) await write(v)
    for (const { ShardId } of (await describe(arn)).Shards) {
      const records = await drain(await iterator(arn, ShardId))
      if (records.length > 0) return { TableName, arn, shard: ShardId, records, write }
    }
    throw new Error('no records')
  }

  test('starts where its type says', async () => {
    const { arn, shard, records, write } = await versions(4)
    const { SequenceNumber } = records[1].dynamodb
    const from = async (type, sequence) =>
      values(await drain(await iterator(arn, shard, type, sequence)))
    assert.deepEqual(await from('TRIM_HORIZON'), ['1', '2', '3', '4'])
    assert.deepEqual(await from('AT_SEQUENCE_NUMBER', SequenceNumber), ['2', '3', '4'])
    assert.deepEqual(await from('AFTER_SEQUENCE_NUMBER', SequenceNumber), ['3', '4'])
    assert.deepEqual(await from('AFTER_SEQUENCE_NUMBER', records[3].dynamodb.SequenceNumber), [])
    assert.deepEqual(await from('LATEST'), [])
    const latest = await iterator(arn, shard, 'LATEST')
    await write(5)
    assert.deepEqual(values(await drain(latest)), ['5'])
    assert.deepEqual(values(await drain(latest)), ['5']) // it is a place, and can be used again
    const [{ SequenceNumberRange }] = (await describe(arn)).Shards.filter(s => s.ShardId === shard)
    assert.equal((await from('AT_SEQUENCE_NUMBER', SequenceNumberRange.StartingSequenceNumber)).length, 5)
  })

  test('goes on where a page ended, also for what is written later', async () => {
    const { arn, shard, write } = await versions(5)
    const seen = []
    let ShardIterator = await iterator(arn, shard)
    for (const [count, limit] of [[2, 2], [2, 2], [1, 2], [0, 2]]) {
      const page = await send('GetRecords', { ShardIterator, Limit: limit })
      assert.equal(page.Records.length, count)
      seen.push(...values(page.Records))
      ShardIterator = page.NextShardIterator
      assert.equal(typeof ShardIterator, 'string')
    }
    assert.deepEqual(seen, ['1', '2', '3', '4', '5'])
    await write(6)
    assert.deepEqual(values(await drain(ShardIterator)), ['6'])
  })

  test('carries its stream and fits its length', async () => {
    const { arn, shard } = await versions(1)
    const text = await iterator(arn, shard)
    assert.match(text, /^arn:aws:dynamodb:[^|]+\|\d+\|[A-Za-z0-9+/]+=*$/)
    assert.ok(text.startsWith(arn) && text.length <= 2048)
  })

  test('gives at most 1 MB at a time', async () => {
    const TableName = await makeTable(streaming('NEW_IMAGE'))
    const arn = await arnOf(TableName)
    const x = { S: 'x'.repeat(390000) }
    for (let i = 0; i < 4; i++) await put(send, TableName, 'big', { n: { N: `${i}` }, x })
    for (const { ShardId } of (await describe(arn)).Shards) {
      const first = await send('GetRecords', { ShardIterator: await iterator(arn, ShardId) })
      if (first.Records.length === 0) continue
      assert.equal(first.Records.length, 2)
      const second = await send('GetRecords', { ShardIterator: first.NextShardIterator })
      assert.deepEqual(second.Records.map(r => r.dynamodb.NewImage.n.N), ['2', '3'])
    }
  })

  test('is refused when it names nothing that is there', async () => {
    const { arn, shard } = await versions(1)
    const type = 'TRIM_HORIZON'
    await noStream(iterator(missing, shard), missing)
    await rejects(
      iterator(arn, 'shardId-00000000000000000000-00000000'),
      'ResourceNotFoundException',
      'Requested resource not found: Shard does not exist'
    )
    await invalid(
      send('GetShardIterator', { StreamArn: arn, ShardId: shard, ShardIteratorType: 'OLDEST' }),
      "1 validation error detected: Value 'OLDEST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"
    )
    await invalid(
      send('GetShardIterator', { StreamArn: arn, ShardIteratorType: type }),
      /at 'shardId' failed/
    )
    await invalid(iterator(arn, shard, 'AT_SEQUENCE_NUMBER'), /SequenceNumber/)
    for (const sequence of ['x'.repeat(21), '9'.repeat(21), '9'.repeat(40), '100000000000000999999', '000000000000000000001']) {
      await invalid(iterator(arn, shard, 'AT_SEQUENCE_NUMBER', sequence), 'Invalid SequenceNumber')
    }
    await invalid(iterator(arn, shard, 'AT_SEQUENCE_NUMBER', '1'), /greater than or equal to 21/)
    const good = await iterator(arn, shard)
    const damaged = [
      good.slice(0, good.lastIndexOf('|') + 1),
      good.slice(0, -8),
      good.replace('|1|', '|1|AAAA')
    ]
    for (const bad of ['x', '|', '||', ...damaged]) {
      await invalid(send('GetRecords', { ShardIterator: bad }), 'Invalid ShardIterator')
    }
    for (const Limit of [0, 1001]) {
      await invalid(send('GetRecords', { ShardIterator: good, Limit }), /at 'limit' failed/)
    }
    assert.equal((await send('GetRecords', { ShardIterator: good, Limit: 1000 })).Records.length, 1)
  })

  test('expires after 15 minutes', async () => {
    const clock = clockOf(db())
    try {
      clock.advance(0)
      const { arn, shard } = await versions(1)
      const ShardIterator = await iterator(arn, shard)
      clock.advance(15 * 60000)
      assert.equal((await send('GetRecords', { ShardIterator })).Records.length, 1)
      clock.advance(1)
      await rejects(send('GetRecords', { ShardIterator }), 'ExpiredIteratorException')
    } finally {
      clock.resume()
    }
  })

  // Evidence: AWS Developer Guide, "DynamoDB Streams: reading and processing": 24 hours.
  test('sees records for 24 hours', async () => {
    const clock = clockOf(db())
    try {
      clock.advance(0)
      const { arn, shard, records, write } = await versions(2)
      clock.advance(DAY - 1)
      await write(3)
      assert.equal((await drain(await iterator(arn, shard))).length, 2 + 1)
      clock.advance(1)
      for (const trim of [() => 0, () => clock.work()]) { // gone at once, then from storage
        await trim()
        const { Shards } = await describe(arn)
        const own = Shards.find(s => s.ShardId === shard)
        assert.deepEqual(values(await drain(await iterator(arn, own.ShardId))), ['3'])
        for (const type of ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER']) {
          await rejects(
            iterator(arn, shard, type, records[0].dynamodb.SequenceNumber),
            'TrimmedDataAccessException',
            'The data you are trying to access has been trimmed'
          )
        }
        const { SequenceNumber } = records[1].dynamodb
        const behind = await iterator(arn, shard, 'AFTER_SEQUENCE_NUMBER', SequenceNumber)
        assert.deepEqual(values(await drain(behind)), ['3'])
      }
    } finally {
      clock.resume()
    }
  })

  test('throws when its place is trimmed before it is used', async () => {
    const clock = clockOf(db())
    try {
      clock.advance(0)
      const { arn, shard, records } = await versions(2)
      clock.advance(DAY - 60000)
      const { SequenceNumber } = records[1].dynamodb
      const at = await iterator(arn, shard, 'AT_SEQUENCE_NUMBER', SequenceNumber)
      assert.equal((await drain(at)).length, 1)
      const horizon = await iterator(arn, shard)
      clock.advance(60000)
      await rejects(send('GetRecords', { ShardIterator: at }), 'TrimmedDataAccessException')
      assert.deepEqual(await drain(horizon), [])
    } finally {
      clock.resume()
    }
  })

  // Evidence: AWS Developer Guide, "Shards and lineage": shards roll over about every four hours.
  test('of a shard that rolled over ends, and its child goes on', async () => {
    const clock = clockOf(db())
    try {
      clock.advance(0)
      const { arn, shard, write } = await versions(2)
      const open = await iterator(arn, shard, 'LATEST')
      clock.advance(4 * HOUR)
      await clock.work()
      await write(3)
      const { Shards } = await describe(arn)
      const old = Shards.find(s => s.ShardId === shard)
      const child = Shards.find(s => s.ParentShardId === shard)
      assert.ok(Shards.indexOf(old) < Shards.indexOf(child))
      const { StartingSequenceNumber: start, EndingSequenceNumber: end } = old.SequenceNumberRange
      assert.ok(start <= end && end < child.SequenceNumberRange.StartingSequenceNumber)
      assert.equal(child.SequenceNumberRange.EndingSequenceNumber, undefined)
      const page = await send('GetRecords', { ShardIterator: await iterator(arn, shard) })
      assert.deepEqual(values(page.Records), ['1', '2'])
      assert.equal(page.NextShardIterator, undefined)
      assert.deepEqual(values(await drain(await iterator(arn, child.ShardId))), ['3'])
      const { StreamDescription } = await send('DescribeStream', {
        StreamArn: arn,
        ShardFilter: { Type: 'CHILD_SHARDS', ShardId: shard }
      })
      assert.deepEqual(StreamDescription.Shards.map(s => s.ShardId), [child.ShardId])
      clock.advance(DAY)
      await clock.work()
      assert.ok(!(await describe(arn)).Shards.some(s => s.ShardId === shard))
      await rejects(iterator(arn, shard), 'ResourceNotFoundException', 'Requested resource not found: Shard does not exist')
      await rejects(send('GetRecords', { ShardIterator: open }), 'ExpiredIteratorException')
    } finally {
      clock.resume()
    }
  })
})

// Evidence: AWS Developer Guide, "Enabling a stream"; facts streams-ttl 1.
everyTarget('Disabling and enabling a stream', ({ test, send, makeTable, untilActive, db }) => {
  const { arnOf, describe, iterator, readAll } = reader(send)
  const set = async (TableName, StreamSpecification) => {
    const { TableDescription } = await send('UpdateTable', { TableName, StreamSpecification })
    await untilActive(TableName)
    return TableDescription
  }

  test('closes its shards and keeps it readable; enabling makes a new one', async () => {
    const name = await makeTable(streaming())
    const first = await arnOf(name)
    await put(send, name, 'a')
    await set(name, { StreamEnabled: false })
    await put(send, name, 'unseen')
    const { Table } = await send('DescribeTable', { TableName: name })
    assert.equal(Table.StreamSpecification, undefined)
    assert.equal(Table.LatestStreamArn, first)
    const closed = await describe(first)
    assert.equal(closed.StreamStatus, 'DISABLED')
    for (const { ShardId, SequenceNumberRange } of closed.Shards) {
      const { StartingSequenceNumber, EndingSequenceNumber } = SequenceNumberRange
      assert.ok(EndingSequenceNumber >= StartingSequenceNumber)
      const page = await send('GetRecords', { ShardIterator: await iterator(first, ShardId) })
      assert.equal(page.NextShardIterator, undefined)
    }
    assert.equal((await readAll(first)).length, 1)
    await set(name, { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' })
    const second = await arnOf(name)
    assert.notEqual(second, first)
    await put(send, name, 'b')
    assert.deepEqual((await readAll(second)).map(r => r.dynamodb.Keys.pk.S), ['b'])
    assert.equal((await readAll(first)).length, 1)
    assert.deepEqual(
      (await send('ListStreams', { TableName: name })).Streams.map(s => s.StreamArn).sort(),
      [first, second].sort()
    )
  })

  test('gives another label within the same millisecond', async () => {
    const clock = clockOf(db())
    try {
      clock.advance(0)
      const name = await makeTable(streaming())
      const labels = new Set([await arnOf(name)])
      for (let i = 0; i < 3; i++) {
        await set(name, { StreamEnabled: false })
        labels.add((await set(name, streaming().StreamSpecification)).LatestStreamArn)
      }
      assert.equal(labels.size, 4)
    } finally {
      clock.resume()
    }
  })

  test('leaves the stream of a deleted table readable for 24 hours', async () => {
    const clock = clockOf(db())
    try {
      clock.advance(0)
      const name = await makeTable(streaming())
      const arn = await arnOf(name)
      await put(send, name, 'a')
      clock.advance(1000)
      await send('DeleteTable', { TableName: name })
      await put(send, await makeTable(streaming()), 'other')
      assert.equal((await describe(arn)).StreamStatus, 'DISABLED')
      assert.equal((await readAll(arn)).length, 1)
      await send('CreateTable', tableInput(name, streaming()))
      assert.notEqual(await arnOf(name), arn)
      clock.advance(DAY)
      await noStream(describe(arn), arn)
      const { Streams } = await send('ListStreams', { TableName: name })
      assert.ok(!Streams.some(s => s.StreamArn === arn))
      await clock.work()
      await noStream(describe(arn), arn)
      assert.equal((await describe(await arnOf(name))).StreamStatus, 'ENABLED')
    } finally {
      clock.resume()
    }
  })
})

plainTest('Streams go on after the file is opened again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
  const path = join(folder, 'test.sqlite')
  const numbers = []
  try {
    let arn
    for (let run = 0; run < 3; run++) {
      const db = new EngineClient({ path })
      const send = (operation, request) => db.execute(operation, request)
      const clock = clockOf(db)
      if (run === 0) await send('CreateTable', tableInput('kept', streaming()))
      clock.advance(run * 2 * DAY)
      await put(send, 'kept', `run${run}`)
      const { readAll, arnOf } = reader(send)
      arn ??= await arnOf('kept')
      assert.equal(await arnOf('kept'), arn)
      const records = await readAll(arn)
      await clock.work() /* what the run before left is two days old: nothing of it remains */
      assert.deepEqual(records.map(r => r.dynamodb.Keys.pk.S), [`run${run}`])
      numbers.push(records[0].dynamodb.SequenceNumber)
      await db.close()
    }
    assert.deepEqual([...numbers].sort(), numbers)
    assert.equal(new Set(numbers).size, 3)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

plainTest('Streams and Time To Live of one file are shared by its connections', sharedFile, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
  const path = join(folder, 'test.sqlite')
  const [a, b] = [new EngineClient({ path }), new EngineClient({ path })]
  try {
    const at = db => (operation, request) => db.execute(operation, request)
    await put(at(a), 'shared', 'none').catch(() => {})
    await a.execute('CreateTable', tableInput('shared', streaming()))
    await put(at(b), 'shared', 'by b')
    await put(at(a), 'shared', 'by a')
    const TimeToLiveSpecification = { Enabled: true, AttributeName: 'ttl' }
    await a.execute('UpdateTimeToLive', { TableName: 'shared', TimeToLiveSpecification })
    await put(at(b), 'shared', 'short', { ttl: { N: `${Math.floor(Date.now() / 1000) - 5}` } })
    const clock = clockOf(b)
    clock.advance(60000)

    const waiting = put(at(a), 'shared', 'last') // a holds the write lock
    const began = Date.now()
    const { addon, handle } = EngineClient.internals(b)
    assert.equal(addon.work(handle), 1000) // not now, but soon
    assert.ok(Date.now() - began < 1000)
    await waiting
    await clock.work()

    for (const db of [a, b]) {
      const { recordsOf } = reader(at(db))
      assert.deepEqual(
        (await recordsOf('shared')).map(r => `${r.eventName} ${r.dynamodb.Keys.pk.S}`),
        ['INSERT by b', 'INSERT by a', 'INSERT short', 'INSERT last', 'REMOVE short']
      )
    }
  } finally {
    await a.close()
    await b.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

// Evidence: AWS Streams API Reference, "StreamDescription", and API Reference,
// "TimeToLiveDescription": the states in between.
plainTest('Streams and Time To Live take their time where tables do', async () => {
  const db = new EngineClient({ tableDelay: 1000 })
  const clock = clockOf(db)
  const send = (operation, request) => db.execute(operation, request)
  const { arnOf, describe } = reader(send)
  const TableName = 'slow'
  const ttl = async () =>
    (await send('DescribeTimeToLive', { TableName })).TimeToLiveDescription.TimeToLiveStatus
  const stream = async arn => (await describe(arn)).StreamStatus
  const setTtl = Enabled =>
    send('UpdateTimeToLive', {
      TableName,
      TimeToLiveSpecification: { Enabled, AttributeName: 'ttl' }
    })
  try {
    clock.advance(0)
    await send('CreateTable', tableInput(TableName, streaming()))
    const arn = await arnOf(TableName)
    await rejects(setTtl(true), 'ResourceNotFoundException')
    assert.equal(await stream(arn), 'ENABLING')
    clock.advance(1000)
    assert.equal(await stream(arn), 'ENABLED')
    await setTtl(true)
    assert.equal(await ttl(), 'ENABLING')
    clock.advance(1000)
    assert.equal(await ttl(), 'ENABLED')
    await send('UpdateTable', { TableName, StreamSpecification: { StreamEnabled: false } })
    assert.equal(await stream(arn), 'DISABLING')
    clock.advance(HOUR)
    assert.equal(await stream(arn), 'DISABLED')
    await setTtl(false)
    assert.equal(await ttl(), 'DISABLING')
    clock.advance(1000)
    assert.equal(await ttl(), 'DISABLED')
  } finally {
    await db.close()
  }
})
