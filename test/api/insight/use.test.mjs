// A table as a cache: db.trackUse(), touch() and leastRecentlyUsed().
import assert from 'node:assert/strict'
import { EngineClient } from 'ddblite'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'

everyTarget('use of items', ({ test, target, send, db, makeTable }) => {
  const key = pk => ({ pk: { S: pk } })
  const put = (TableName, pk, more) => send('PutItem', { TableName, Item: { ...key(pk), ...more } })
  const order = async (TableName, options, client = db()) =>
    (await client.leastRecentlyUsed(TableName, options)).map(({ key }) => key.pk.S).join('')
  /* A tracked table with items a, b, c, put in this order. */
  const cache = async (options, definition = {}) => {
    const TableName = await makeTable(definition)
    await db().trackUse(TableName, options)
    for (const pk of ['a', 'b', 'c']) await put(TableName, pk)
    return TableName
  }

  test('puts and updates count as uses, in their order', async () => {
    const TableName = await cache()
    assert.equal(await order(TableName), 'abc')
    await put(TableName, 'a', { v: { S: 'new' } })
    assert.equal(await order(TableName), 'bca')
    await send('UpdateItem', {
      TableName,
      Key: key('b'),
      UpdateExpression: 'SET v = :v',
      ExpressionAttributeValues: { ':v': { S: 'new' } }
    })
    assert.equal(await order(TableName), 'cab')
    await send('BatchWriteItem', {
      RequestItems: { [TableName]: [{ PutRequest: { Item: key('c') } }] }
    })
    assert.equal(await order(TableName), 'abc')
    /* An update that changes nothing is a use as well. */
    await send('UpdateItem', { TableName, Key: key('a') })
    assert.equal(await order(TableName), 'bca')
  })

  test('touch() is a use, of one item or of several', async () => {
    const TableName = await cache()
    assert.equal(await db().touch(TableName, key('a')), 1)
    assert.equal(await order(TableName), 'bca')
    assert.equal(await db().touch(TableName, [key('c'), key('b'), key('none')]), 2)
    assert.equal(await order(TableName), 'acb')
    assert.equal((await send('Scan', { TableName })).Count, 3)
  })

  test('touch() begins the tracking; items of before come first, without a time', async () => {
    const TableName = await makeTable({})
    for (const pk of ['a', 'b', 'c']) await put(TableName, pk)
    await rejects(db().leastRecentlyUsed(TableName), 'BadArgument', /is not tracked/)
    const before = Date.now()
    await db().touch(TableName, key('b'))
    const list = await db().leastRecentlyUsed(TableName)
    assert.equal(list.length, 3)
    assert.deepEqual(list.map(({ lastUsed }) => lastUsed === undefined), [true, true, false])
    assert.deepEqual(list[2].key, key('b'))
    assert.ok(list[2].lastUsed >= before && list[2].lastUsed <= Date.now())
  })

  test('limits the list', async () => {
    const TableName = await cache()
    assert.equal(await order(TableName, { limit: 2 }), 'ab')
    await invalid(db().leastRecentlyUsed(TableName, { limit: 0 }), /greater than or equal to 1/)
  })

  test('reads are uses where that is asked for', async () => {
    const silent = await cache()
    await send('GetItem', { TableName: silent, Key: key('a') })
    assert.equal(await order(silent), 'abc')
    const TableName = await cache({ reads: true })
    await send('GetItem', { TableName, Key: key('a') })
    assert.equal(await order(TableName), 'bca')
    await send('GetItem', { TableName, Key: key('b'), ProjectionExpression: 'pk' })
    await send('GetItem', { TableName, Key: key('none') })
    assert.equal(await order(TableName), 'cab')
    await send('BatchGetItem', { RequestItems: { [TableName]: { Keys: [key('c')] } } })
    assert.equal(await order(TableName), 'abc')
    await send('Query', {
      TableName,
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'a' } }
    })
    assert.equal(await order(TableName), 'bca')
    await send('Scan', { TableName })
    assert.equal(await order(TableName), 'bca')
    /* What was read before a write is less recent than the write. */
    await send('GetItem', { TableName, Key: key('b') })
    await put(TableName, 'c')
    assert.equal(await order(TableName), 'abc')
    await db().explain('GetItem', { TableName, Key: key('a') })
    assert.equal(await order(TableName), 'abc')
  })

  test('more reads than are noted at a time are written down in between', async () => {
    const TableName = await cache({ reads: true })
    for (let i = 0; i < 1500; i++) {
      await send('GetItem', { TableName, Key: key(i < 1400 ? 'a' : 'b') })
    }
    await send('GetItem', { TableName, Key: key('c') })
    assert.equal(await order(TableName), 'abc')
  })

  test('goes with the item, whatever deletes it', async () => {
    const TableName = await cache()
    await send('DeleteItem', { TableName, Key: key('a') })
    assert.equal(await order(TableName), 'bc')
    await put(TableName, 'a')
    assert.equal(await order(TableName), 'bca')
    await send('TransactWriteItems', { TransactItems: [{ Delete: { TableName, Key: key('b') } }] })
    await send('ExecuteStatement', { Statement: `DELETE FROM ${TableName} WHERE pk = 'c'` })
    assert.equal(await order(TableName), 'a')
  })

  test('goes with expired items', async () => {
    const client = new EngineClient({ clock: { now: 1700000000000 } })
    await client.execute('CreateTable', {
      TableName: 'Expires',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST'
    })
    await client.execute('UpdateTimeToLive', {
      TableName: 'Expires', TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' }
    })
    await client.trackUse('Expires')
    const items = [{ ...key('a'), until: { N: '1700000010' } }, key('b')]
    for (const Item of items) await client.execute('PutItem', { TableName: 'Expires', Item })
    assert.equal(await order('Expires', {}, client), 'ab')
    await client.clock.advance(3600000)
    assert.equal(await order('Expires', {}, client), 'b')
    await client.close()
  })

  test('keeps its order while the clock stands still, and when it goes back', async () => {
    const TableName = await cache()
    const still = await db().fork()
    await still.clock.set(1700000000000)
    for (const pk of ['c', 'a', 'b']) await still.touch(TableName, key(pk))
    assert.equal(await order(TableName, {}, still), 'cab')
    await still.clock.set(1600000000000)
    await still.touch(TableName, key('c'))
    assert.equal(await order(TableName, {}, still), 'abc')
    await still.close()
  })

  test('is part of snapshots, and reset() empties it with the table', async () => {
    const TableName = await cache({ reads: true })
    await send('GetItem', { TableName, Key: key('a') })
    const snapshot = await db().snapshot()
    await db().touch(TableName, key('b'))
    assert.equal(await order(TableName), 'cab')
    await db().restore(snapshot)
    assert.equal(await order(TableName), 'bca')
    await db().reset({ keepSchema: true, tables: [TableName] })
    assert.equal(await order(TableName), '')
    await put(TableName, 'x')
    assert.equal(await order(TableName), 'x')
  })

  test('works beside indexes, Time To Live and bulk loads', async () => {
    const TableName = await cache({}, { gsis: { byG: { hash: 'g' } } })
    await send('UpdateTimeToLive', {
      TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' }
    })
    await send('UpdateTable', {
      TableName,
      AttributeDefinitions: [{ AttributeName: 'f', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [{
        Create: {
          IndexName: 'byF',
          KeySchema: [{ AttributeName: 'f', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' }
        }
      }]
    })
    await db().bulkLoad(() => put(TableName, 'a', { g: { S: 'g' }, f: { S: 'f' } }))
    assert.equal(await order(TableName), 'bca')
    assert.equal((await send('Scan', { TableName, IndexName: 'byG' })).Count, 1)
  })

  test('ends when it is told to', async () => {
    const TableName = await cache({ reads: true })
    await db().trackUse(TableName, { enabled: false })
    await put(TableName, 'a')
    await send('GetItem', { TableName, Key: key('a') })
    await rejects(db().leastRecentlyUsed(TableName), 'BadArgument', /is not tracked/)
    await db().trackUse(TableName)
    assert.equal(await order(TableName), 'abc')
  })

  test('wrong keys and tables are refused', async () => {
    const TableName = await cache()
    await invalid(db().touch(TableName, { no: { S: 'a' } }),
      'The provided key element does not match the schema')
    await rejects(db().touch('none', key('a')), 'ResourceNotFoundException')
    await rejects(db().trackUse('none'), 'ResourceNotFoundException')
  })

  test('is still there when the file is opened again', { skip: !target.endsWith('file') }, async () => {
    const { mkdtempSync, rmSync } = await import('node:fs')
    const { tmpdir } = await import('node:os')
    const { join } = await import('node:path')
    const folder = mkdtempSync(join(tmpdir(), 'ddblite-use-'))
    const path = join(folder, 'a.db')
    const first = new EngineClient({ path })
    await first.execute('CreateTable', {
      TableName: 'Kept',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST'
    })
    await first.trackUse('Kept', { reads: true })
    for (const pk of ['a', 'b', 'c']) {
      await first.execute('PutItem', { TableName: 'Kept', Item: key(pk) })
    }
    await first.execute('GetItem', { TableName: 'Kept', Key: key('a') })
    await first.close() /* writes down what was read */
    const again = new EngineClient({ path })
    assert.equal(await order('Kept', {}, again), 'bca')
    await again.close()
    rmSync(folder, { recursive: true })
  })
})
