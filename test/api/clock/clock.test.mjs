// The clock: what falls due when it is moved, and that nothing else moves it.
//
// Evidence: types/testing.d.cts and docs/recipes/time.md for the clock itself; the comment above
// each test for what falls due.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, describe, mock, test } from 'node:test'
import { EngineClient } from 'ddblite'
import { everyTarget, rejects, tableInput } from '../support/targets.mjs'
import { DAY, HOUR, reader, streaming } from '../support/streams.mjs'

const MINUTE = 60000
const START = Date.UTC(2030, 0, 1)
const key = pk => ({ pk: { S: pk } })
const seconds = ms => ({ N: String(Math.floor(ms / 1000)) })

const clients = []
/** A client that is closed when all tests are done. */
function client (options) {
  clients.push(new EngineClient(options))
  return clients.at(-1)
}
after(() => Promise.all(clients.map(client => client.close())))

everyTarget('a stopped clock', ({ test, send, makeTable, db }) => {
  const expiring = async more => {
    const TableName = await makeTable(more)
    await send('UpdateTimeToLive', {
      TableName,
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' }
    })
    return TableName
  }
  const put = (TableName, pk, more) => send('PutItem', { TableName, Item: { ...key(pk), ...more } })
  const removals = async TableName =>
    (await reader(send).recordsOf(TableName)).filter(({ eventName }) => eventName === 'REMOVE')
  const names = async TableName =>
    (await send('Scan', { TableName })).Items.map(({ pk }) => pk.S).sort()

  test('is the time of everything', async () => {
    const now = db().clock.now()
    const TableName = await makeTable(streaming())
    const { Table } = await send('DescribeTable', { TableName })
    assert.equal(Table.CreationDateTime, now / 1000)
    await put(TableName, 'a')
    const [record] = await reader(send).recordsOf(TableName)
    assert.equal(record.dynamodb.ApproximateCreationDateTime, Math.floor(now / 1000))
    assert.equal(db().clock.now(), now)
  })

  // Evidence: AWS Developer Guide, "Using time to live (TTL)", "DynamoDB Streams and Time to Live".
  test('expires an item exactly when it passes its second, with its record', async () => {
    const { clock } = db()
    const TableName = await expiring(streaming())
    const due = clock.now() + HOUR
    await put(TableName, 'a', { ttl: seconds(due) })
    await put(TableName, 'b', { ttl: seconds(due + 2000) })
    await clock.set(due + 999)
    assert.deepEqual(await names(TableName), ['a', 'b'])
    await clock.advance(1)
    assert.deepEqual(await names(TableName), ['b'])
    await clock.advance(1999)
    assert.deepEqual(await names(TableName), ['b'])
    await clock.advance(1)
    assert.deepEqual(await names(TableName), [])
    const removed = await removals(TableName)
    assert.deepEqual(removed.map(({ userIdentity, dynamodb }) => ({
      userIdentity, pk: dynamodb.Keys.pk.S, at: dynamodb.ApproximateCreationDateTime
    })), ['a', 'b'].map((pk, i) => ({
      userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' },
      pk,
      at: due / 1000 + 1 + 2 * i
    })))
  })

  // Two thousand moments, each with a commit: on a page's storage that takes a while.
  const LONG = { timeout: 180000 }
  test('does in one long step what it does in many, in the order of what falls due', LONG, async () => {
    const { clock } = db()
    const TableName = await expiring(streaming())
    const start = clock.now()
    const order = [5, 3, 40 * 24, 1, 2]
    for (const hours of order) {
      await put(TableName, `${hours}`, { ttl: seconds(start + hours * HOUR) })
    }
    await clock.advance(20 * HOUR) // records stay for a day
    const removed = await removals(TableName)
    assert.deepEqual(removed.map(({ dynamodb }) => dynamodb.Keys.pk.S), ['1', '2', '3', '5'])
    assert.deepEqual(
      removed.map(({ dynamodb }) => dynamodb.ApproximateCreationDateTime),
      [1, 2, 3, 5].map(hours => (start + hours * HOUR) / 1000 + 1)
    )
    await clock.advance(365 * DAY)
    assert.deepEqual(await names(TableName), [])
  })

  test('knows of items that expire sooner than those before', async () => {
    const { clock } = db()
    const TableName = await expiring()
    await put(TableName, 'late', { ttl: seconds(clock.now() + DAY) })
    await clock.advance(MINUTE)
    await put(TableName, 'soon', { ttl: seconds(clock.now() + 1000) })
    await clock.advance(2000)
    assert.deepEqual(await names(TableName), ['late'])
    await put(TableName, 'past', { ttl: seconds(clock.now() - 1000) })
    assert.deepEqual(await names(TableName), ['late', 'past'])
    await clock.advance()
    assert.deepEqual(await names(TableName), ['late'])
  })

  // Evidence: AWS API Reference, TransactWriteItems: "A client request token is valid for 10
  // minutes after the first request that uses it is completed."
  test('closes the window of a client request token after ten minutes', async () => {
    const { clock } = db()
    const TableName = await makeTable()
    const add = () => send('TransactWriteItems', {
      ClientRequestToken: `token-${TableName}`,
      TransactItems: [{
        Update: {
          TableName,
          Key: key('a'),
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } }
        }
      }]
    })
    const count = async () => (await send('GetItem', { TableName, Key: key('a') })).Item.n.N
    await add()
    await clock.advance(10 * MINUTE - 1)
    await add()
    assert.equal(await count(), '1')
    await clock.advance(1)
    await add()
    assert.equal(await count(), '2')
  })

  // Evidence: AWS API Reference, GetShardIterator: "A shard iterator expires 15 minutes after it is
  // returned to the requester."
  test('expires a shard iterator after fifteen minutes', async () => {
    const { clock } = db()
    const TableName = await makeTable(streaming())
    const { arnOf, describe, iterator } = reader(send)
    const arn = await arnOf(TableName)
    const [{ ShardId }] = (await describe(arn)).Shards
    const ShardIterator = await iterator(arn, ShardId)
    await clock.advance(15 * MINUTE)
    await send('GetRecords', { ShardIterator })
    await clock.advance(1)
    await rejects(send('GetRecords', { ShardIterator }), 'ExpiredIteratorException')
  })

  // Evidence: AWS Developer Guide, "Change data capture for DynamoDB Streams": 24 hours.
  test('trims stream records after 24 hours', async () => {
    const { clock } = db()
    const TableName = await makeTable(streaming())
    const { recordsOf } = reader(send)
    await put(TableName, 'a')
    await clock.advance(DAY / 2)
    await put(TableName, 'b')
    await clock.advance(DAY / 2 - 1)
    assert.equal((await recordsOf(TableName)).length, 2)
    await clock.advance(1)
    assert.deepEqual((await recordsOf(TableName)).map(({ dynamodb }) => dynamodb.Keys.pk.S), ['b'])
    await clock.advance(DAY / 2)
    assert.deepEqual(await recordsOf(TableName), [])
  })

  test('fills an index when it is moved, and not before', async () => {
    const TableName = await makeTable()
    for (let i = 0; i < 50; i++) {
      await Promise.all(Array.from({ length: 100 }, (_, j) => put(TableName, `${i}.${j}`, { g: { S: 'x' } })))
    }
    const { clock } = db()
    await send('UpdateTable', {
      TableName,
      AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [{
        Create: {
          IndexName: 'byG',
          KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' }
        }
      }]
    })
    const status = async () => {
      const { Table } = await send('DescribeTable', { TableName })
      return Table.GlobalSecondaryIndexes[0].IndexStatus
    }
    await new Promise(resolve => setTimeout(resolve, 30))
    assert.equal(await status(), 'CREATING')
    await clock.advance()
    assert.equal(await status(), 'ACTIVE')
  })
}, { clock: { now: START } })

// Evidence: AWS API Reference, CreateTable, UpdateTable, DeleteTable: the table's states.
everyTarget('a stopped clock with tableDelay', ({ test, send, db }) => {
  test('ends the states of tables when it has passed them', async () => {
    const status = () => send('DescribeTable', { TableName: 'music' }).then(
      ({ Table }) => Table.TableStatus, error => error.name)
    await send('CreateTable', tableInput('music'))
    assert.equal(await status(), 'CREATING')
    await db().clock.advance(4999)
    assert.equal(await status(), 'CREATING')
    await db().clock.advance(1)
    assert.equal(await status(), 'ACTIVE')
    await send('DeleteTable', { TableName: 'music' })
    await db().clock.advance(4999)
    assert.equal(await status(), 'DELETING')
    await db().clock.advance(1)
    assert.equal(await status(), 'ResourceNotFoundException')
  })
}, { clock: 'frozen', tableDelay: 5000 })

describe('clock', () => {
  const created = async db => {
    const TableName = `t${Math.random()}`
    const { TableDescription } = await db.execute('CreateTable', tableInput(TableName))
    return Math.round(TableDescription.CreationDateTime * 1000)
  }
  const near = (a, b) => assert.ok(Math.abs(a - b) < 2000, `${a} is not near ${b}`)

  test('is the system\'s unless told otherwise', async () => {
    const db = client()
    near(db.clock.now(), Date.now())
    near(await created(db), Date.now())
  })

  test('stands still when frozen, and wherever it is set', async () => {
    const db = client({ clock: 'frozen' })
    const now = db.clock.now()
    near(now, Date.now())
    await new Promise(resolve => setTimeout(resolve, 20))
    assert.equal(db.clock.now(), now)
    assert.equal(await created(db), now)
    await db.clock.set(new Date('2031-01-01T00:00:00.000Z'))
    assert.equal(await created(db), Date.UTC(2031))
    await db.clock.set(1000) // backwards
    assert.equal(await created(db), 1000)
  })

  test('is stopped by set() and advance(), and runs again after resume()', async () => {
    const db = client()
    await db.clock.advance(DAY)
    near(db.clock.now(), Date.now() + DAY)
    const now = db.clock.now()
    assert.equal(await created(db), now)
    db.clock.resume()
    near(db.clock.now(), Date.now())
    near(await created(db), Date.now())
  })

  test('may be moved before the database is open', async () => {
    const db = client({ clock: { now: new Date(START) } })
    await db.clock.advance(5)
    assert.equal(await created(db), START + 5)
  })

  test('follows a function, and what is added to it', async () => {
    let now = START
    const db = client({ clock: { now: () => now } })
    assert.equal(await created(db), START)
    now += 1234
    assert.equal(db.clock.now(), START + 1234)
    assert.equal(await created(db), START + 1234)
    await db.clock.advance(MINUTE)
    now += 1
    assert.equal(await created(db), START + 1235 + MINUTE)
    db.clock.resume()
    assert.equal(await created(db), START + 1235)
  })

  test('is a fork\'s and a namespace\'s too, each from there on by itself', async () => {
    const db = client({ clock: { now: START } })
    const fork = await db.fork()
    clients.push(fork)
    const other = db.namespace({ region: 'eu-west-1' })
    await db.clock.advance(DAY)
    assert.equal(await created(fork), START)
    assert.equal(await created(other), START)
  })

  test('goes one step after the other when it is moved twice at once', async () => {
    const db = client({ clock: { now: START } })
    await db.ready()
    await Promise.all([db.clock.advance(1), db.clock.advance(2), db.clock.advance(3)])
    assert.equal(db.clock.now(), START + 6)
  })

  test('commits what is pending before it moves', async () => {
    const db = client({ clock: { now: START } })
    await db.execute('CreateTable', tableInput('music'))
    const written = db.execute('PutItem', { TableName: 'music', Item: key('a') })
    await db.clock.advance(1)
    await written
  })

  test('lets promises run between two things that fall due', async () => {
    const db = client({ clock: { now: START } })
    await db.execute('CreateTable', tableInput('music'))
    await db.execute('UpdateTimeToLive', {
      TableName: 'music',
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' }
    })
    for (const [pk, hours] of [['a', 1], ['b', 2]]) {
      const Item = { ...key(pk), ttl: seconds(START + hours * HOUR) }
      await db.execute('PutItem', { TableName: 'music', Item })
    }
    const seen = []
    const moved = db.clock.advance(3 * HOUR)
    let over = false
    moved.then(() => { over = true })
    while (!over) {
      const { Count } = await db.execute('Scan', { TableName: 'music' })
      if (seen.at(-1)?.[0] !== Count) seen.push([Count, db.clock.now()])
    }
    assert.deepEqual(seen.map(([count]) => count), [2, 1, 0])
    await moved
  })

  test('closes in the middle of a step', async () => {
    const db = client({ clock: { now: START } })
    await db.ready()
    const moved = db.clock.advance(DAY)
    await db.close()
    await moved
  })

  test('refuses what is no time', async () => {
    const times = ['x', -1, NaN, new Date(NaN)]
    for (const clock of ['slow', 5, null, {}, ...times.map(now => ({ now }))]) {
      assert.throws(() => new EngineClient({ clock }), {
        name: 'TypeError',
        message: /clock must be 'real', 'frozen' or \{ now: time or function \}/
      })
    }
    const db = client()
    for (const wrong of ['x', -1, NaN, Infinity, new Date(NaN), undefined]) {
      await assert.rejects(db.clock.set(wrong), TypeError)
    }
    for (const wrong of ['x', -1, NaN, Infinity, null]) {
      await assert.rejects(db.clock.advance(wrong), TypeError)
    }
    near(db.clock.now(), Date.now())
  })
})

// Evidence: Node.js documentation, "Test runner", mocking timers.
describe('fake timers', () => {
  test('do not hinder the clock, nor the clock them', async () => {
    const db = client({ clock: { now: START } })
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: 5000 })
    try {
      let fired = 0
      setTimeout(() => fired++, 1000)
      await db.execute('CreateTable', tableInput('music', streaming()))
      await db.execute('UpdateTimeToLive', {
        TableName: 'music',
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' }
      })
      await db.execute('PutItem', { TableName: 'music', Item: { ...key('a'), ttl: seconds(START) } })
      await db.clock.advance(2000)
      assert.equal((await db.execute('Scan', { TableName: 'music' })).Count, 0)
      assert.equal(fired, 0)
      assert.equal(Date.now(), 5000)
      mock.timers.tick(1000)
      assert.equal(fired, 1)
      assert.equal(db.clock.now(), START + 2000)
      assert.equal(await db.dispatchHttp('DynamoDB_20120810.ListTables', '{}').then(({ status }) => status), 200)
    } finally {
      mock.timers.reset()
    }
  })

  test('may be what the clock follows', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START })
    try {
      const db = client({ clock: { now: () => Date.now() } })
      await db.execute('CreateTable', tableInput('music'))
      await db.execute('UpdateTimeToLive', {
        TableName: 'music',
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' }
      })
      await db.execute('PutItem', { TableName: 'music', Item: { ...key('a'), ttl: seconds(START) } })
      mock.timers.tick(1000)
      await db.clock.advance()
      assert.equal((await db.execute('Scan', { TableName: 'music' })).Count, 0)
      assert.equal(db.clock.now(), START + 1000)
    } finally {
      mock.timers.reset()
    }
  })

  test('do not stop background work of a real clock', async () => {
    const realTimeout = setTimeout
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: 0 })
    try {
      const db = client()
      await db.execute('CreateTable', tableInput('music'))
      await db.execute('PutItem', { TableName: 'music', Item: { ...key('a'), ttl: { N: '1700000000' } } })
      await db.execute('UpdateTimeToLive', {
        TableName: 'music',
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' }
      })
      let left = 1
      for (let tries = 0; left > 0 && tries < 500; tries++) {
        await new Promise(resolve => realTimeout(resolve, 5))
        left = (await db.execute('Scan', { TableName: 'music' })).Count
      }
      assert.equal(left, 0)
    } finally {
      mock.timers.reset()
    }
  })
})

test('a stopped clock makes no timer', () => {
  const program = `
    import timers from 'node:timers'
    const made = []
    for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
      const original = timers[name]
      timers[name] = globalThis[name] = (...args) => {
        made.push(name)
        return original(...args)
      }
    }
    const { EngineClient } = await import('ddblite')
    for (const clock of ['frozen', 'real']) {
      const db = new EngineClient({ clock })
      await db.execute('CreateTable', ${JSON.stringify(tableInput('music', streaming()))})
      await db.execute('UpdateTimeToLive', { TableName: 'music',
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' } })
      if (clock === 'frozen') await db.clock.advance(86400000)
      await db.close()
      console.log(clock, made.length > 0)
    }`
  const answer = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: new URL('../../..', import.meta.url), timeout: 20000, encoding: 'utf8'
  })
  assert.equal(answer, 'frozen false\nreal true\n')
})
