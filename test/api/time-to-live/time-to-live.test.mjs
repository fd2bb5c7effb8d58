// UpdateTimeToLive, DescribeTimeToLive, and what happens to expired items.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'
import { DAY, HOUR, clockOf, reader, streaming } from '../support/streams.mjs'

const YEAR = 365 * DAY
const key = pk => ({ pk: { S: pk } })

/* What suites of this file need: `send` is the suite's. */
function setting (send) {
  const enable = (TableName, AttributeName = 'ttl', Enabled = true) =>
    send('UpdateTimeToLive', { TableName, TimeToLiveSpecification: { Enabled, AttributeName } })
  const describe = async TableName =>
    (await send('DescribeTimeToLive', { TableName })).TimeToLiveDescription
  const put = (TableName, pk, ttl, more) =>
    send('PutItem', { TableName, Item: { ...key(pk), ...(ttl && { ttl }), ...more } })
  const names = async TableName =>
    (await send('Scan', { TableName })).Items.map(item => item.pk.S).sort()
  return { enable, describe, put, names }
}

// Evidence: AWS API Reference, "UpdateTimeToLive" and "DescribeTimeToLive"; facts streams-ttl 4.
everyTarget('UpdateTimeToLive', ({ test, target, send, makeTable, db }) => {
  const { enable, describe } = setting(send)

  test('sets and tells the attribute', async () => {
    const name = await makeTable()
    assert.deepEqual(await send('DescribeTimeToLive', { TableName: name }), {
      TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' }
    })
    assert.deepEqual(await enable(name, 'expiresAt'), {
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'expiresAt' }
    })
    assert.deepEqual(await describe(name), {
      TimeToLiveStatus: 'ENABLED',
      AttributeName: 'expiresAt'
    })
    const { Table } = await send('DescribeTable', { TableName: name })
    assert.deepEqual(await describe(Table.TableArn), await describe(name))
  })

  test('rejects what changes nothing, another attribute, and a second change within the hour', async () => {
    const clock = clockOf(db())
    try {
      clock.advance(0)
      const name = await makeTable()
      await invalid(enable(name, 'ttl', false), 'TimeToLive is already disabled')
      await enable(name)
      await invalid(enable(name), 'TimeToLive is already enabled')
      for (const enabled of [true, false]) {
        await invalid(
          enable(name, 'other', enabled),
          'TimeToLive is active on a different AttributeName: current AttributeName is ttl'
        )
      }
      const again = 'Time to live has been modified multiple times within a fixed interval'
      clock.advance(HOUR - 1)
      await invalid(enable(name, 'ttl', false), again)
      clock.advance(1)
      await enable(name, 'ttl', false)
      assert.deepEqual(await describe(name), { TimeToLiveStatus: 'DISABLED' })
      await invalid(enable(name, 'other'), again)
      clock.advance(HOUR)
      await enable(name, 'other')
      assert.equal((await describe(name)).AttributeName, 'other')
    } finally {
      clock.resume()
    }
  })

  test('rejects wrong requests', async () => {
    const name = await makeTable()
    const at = "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must have length greater than or equal to 1"
    await invalid(enable(name, ''), at)
    await invalid(enable(name, 'x'.repeat(256)), /less than or equal to 255/)
    await invalid(
      send('UpdateTimeToLive', { TableName: name }),
      "1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy constraint: Member must not be null"
    )
    await invalid(
      send('UpdateTimeToLive', { TableName: name, TimeToLiveSpecification: { AttributeName: 'a' } }),
      "1 validation error detected: Value null at 'timeToLiveSpecification.enabled' failed to satisfy constraint: Member must not be null"
    )
    const gone = 'Requested resource not found: Table: nowhere not found'
    await rejects(enable('nowhere'), 'ResourceNotFoundException', gone)
    await rejects(describe('nowhere'), 'ResourceNotFoundException', gone)
    assert.equal((await enable(name, 'x'.repeat(255))).TimeToLiveSpecification.Enabled, true)
  })

  // Evidence: AWS Developer Guide, "Enable TTL": ENABLING until all partitions have it.
  test('is ENABLING while a large table is gone through, and works meanwhile', async () => {
    const clock = clockOf(db())
    const { put, names } = setting(send)
    const name = await makeTable()
    const past = `${Math.floor(Date.now() / 1000) - 100}`
    for (let i = 0; i < 60; i++) {
      await Promise.all(Array.from({ length: 100 }, (_, j) =>
        put(name, `${i}.${j}`, (i + j) % 2 === 0 ? { N: past } : undefined)))
    }
    await enable(name)
    if (target !== 'http') { // there the engine may work while the answer travels
      assert.deepEqual(await describe(name), { TimeToLiveStatus: 'ENABLING', AttributeName: 'ttl' })
    }
    await put(name, '0.0', undefined) // rescued
    await put(name, '0.1', { N: past })
    clock.advance(10 * 60000)
    await clock.work()
    clock.resume()
    assert.equal((await describe(name)).TimeToLiveStatus, 'ENABLED')
    const left = await names(name)
    assert.ok(left.includes('0.0') && !left.includes('0.1') && left.length === 3000)
  })
})

// Evidence: AWS Developer Guide, "Using time to live (TTL)"; facts streams-ttl 4.
everyTarget('Time To Live', ({ test, send, makeTable, db }) => {
  const { enable, put, names } = setting(send)
  const { recordsOf } = reader(send)
  const withClock = body => async () => {
    const clock = clockOf(db())
    try {
      clock.advance(0)
      await body(clock, offset => ({ N: `${Math.floor((clock.now() + offset) / 1000)}` }), async () => {
        clock.advance(60000) // a nearer time than the engine knew of counts within a minute
        await clock.work()
      })
    } finally {
      clock.resume()
    }
  }

  test('removes what expired up to five years ago, and only numbers of seconds', withClock(async (clock, at, sweep) => {
    const name = await makeTable()
    const [past, ms] = [at(-60000).N, `${clock.now() - 60000}`]
    await put(name, 'before', at(-60000))
    await enable(name)
    await put(name, 'past', { N: past })
    await put(name, 'fraction', { N: `${past}.75` })
    await put(name, 'almost five years', at(-5 * YEAR + HOUR))
    const stay = {
      future: at(HOUR),
      'more than five years': at(-5 * YEAR - HOUR),
      'a text': { S: past },
      'a list': { L: [{ N: past }] },
      milliseconds: { N: ms },
      'no time': undefined,
      negative: { N: '-5' },
      zero: { N: '0' },
      huge: { N: '1e100' }
    }
    for (const [pk, ttl] of Object.entries(stay)) await put(name, pk, ttl)
    await put(name, 'nested', undefined, { m: { M: { ttl: { N: past } } } })
    await sweep()
    assert.deepEqual(await names(name), [...Object.keys(stay), 'nested'].sort())
    clock.advance(HOUR)
    await clock.work()
    assert.ok(!(await names(name)).includes('future'))
  }))

  test('removes an item when its second is over', withClock(async (clock, at, sweep) => {
    const name = await makeTable()
    await enable(name)
    const ttl = at(90000)
    await put(name, 'a', ttl)
    await sweep()
    clock.advance(Number(ttl.N) * 1000 - clock.now() + 999)
    await clock.work()
    assert.deepEqual(await names(name), ['a'])
    clock.advance(1)
    await clock.work()
    assert.deepEqual(await names(name), [])
  }))

  test('lets an expired item be read and written until it is removed', withClock(async (clock, at) => {
    const name = await makeTable()
    await enable(name)
    await put(name, 'rescued', at(5000))
    await put(name, 'removed', at(5000))
    await clock.work()
    clock.advance(70000)
    if (!(await names(name)).includes('rescued')) return // behind HTTP the timer may win
    await send('UpdateItem', {
      TableName: name,
      Key: key('rescued'),
      UpdateExpression: 'REMOVE #t',
      ExpressionAttributeNames: { '#t': 'ttl' }
    })
    await clock.work()
    assert.deepEqual(await names(name), ['rescued'])
  }))

  test('tells when the next item expires, and looks once a minute', withClock(async (clock, at, sweep) => {
    const name = await makeTable()
    await enable(name)
    assert.ok(await clock.work() <= 60000)
    await put(name, 'a', at(5000))
    await sweep()
    assert.deepEqual(await names(name), [])
    await put(name, 'b', at(63000))
    await sweep()
    assert.deepEqual(await names(name), ['b'])
    assert.ok(await clock.work() <= 4000)
  }))

  test('removes index entries with the item', withClock(async (clock, at, sweep) => {
    const name = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await enable(name)
    await put(name, 'a', at(-1000), { g: { S: 'x' } })
    await put(name, 'b', at(HOUR), { g: { S: 'x' } })
    await sweep()
    const { Items } = await send('Query', {
      TableName: name,
      IndexName: 'byG',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { S: 'x' } }
    })
    assert.deepEqual(Items.map(item => item.pk.S), ['b'])
  }))

  // Evidence: AWS Developer Guide, "DynamoDB Streams and Time to Live": userIdentity.
  test('marks its removals in the stream', withClock(async (clock, at, sweep) => {
    const name = await makeTable(streaming())
    await enable(name)
    const ttl = at(1000)
    await put(name, 'a', ttl)
    await put(name, 'b', ttl)
    await send('DeleteItem', { TableName: name, Key: key('b') })
    await sweep()
    const removed = (await recordsOf(name)).filter(r => r.eventName === 'REMOVE')
    const [byUser, byService] = removed
    assert.equal(removed.length, 2)
    assert.equal(byUser.userIdentity, undefined)
    assert.deepEqual(byService.userIdentity, {
      PrincipalId: 'dynamodb.amazonaws.com',
      Type: 'Service'
    })
    assert.deepEqual(byService.dynamodb.Keys, key('a'))
    assert.deepEqual(byService.dynamodb.OldImage, { ...key('a'), ttl })
    assert.equal(byService.dynamodb.NewImage, undefined)
  }))

  test('ends when it is disabled, and begins anew', withClock(async (clock, at) => {
    const name = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await enable(name)
    await put(name, 'a', at(2 * HOUR))
    clock.advance(HOUR)
    await enable(name, 'ttl', false)
    clock.advance(2 * HOUR)
    await clock.work()
    assert.deepEqual(await names(name), ['a'])
    await put(name, 'b', undefined, { end: at(-1000) })
    await enable(name, 'end')
    await clock.work()
    assert.deepEqual(await names(name), ['a'])
  }))

  test('removes many in slices and leaves requests their turn', withClock(async (clock, at, sweep) => {
    const name = await makeTable()
    await enable(name)
    for (let i = 0; i < 50; i++) {
      await Promise.all(Array.from({ length: 100 }, (_, j) => put(name, `${i}.${j}`, at(-1000))))
    }
    await put(name, 'stays', undefined)
    await sweep()
    assert.deepEqual(await names(name), ['stays'])
  }))

  test('comes by itself, from a timer', async () => {
    const name = await makeTable()
    await put(name, 'a', { N: `${Math.floor(Date.now() / 1000) - 10}` })
    await enable(name)
    for (let waited = 0; (await names(name)).length > 0; waited += 10) {
      assert.ok(waited < 5000)
      await sleep(10)
    }
  })
})
