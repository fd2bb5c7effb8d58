/*
 * overlap.test.mjs - replies that are held back, and what conflicts with calls that wait for one.
 *
 * Evidence: AWS Developer Guide, "Amazon DynamoDB Transactions: How it works", transactional
 * conflicts and idempotency; API reference, TransactionInProgressException.
 */
import assert from 'node:assert/strict'
import { EngineClient } from 'ddblite'
import { everyTarget, rejects } from '../support/targets.mjs'

const CANCELED = 'TransactionCanceledException'
const CONFLICT = 'TransactionConflictException'

everyTarget('Held-back replies', ({ test, send, makeTable, db, target }) => {
  const put = (TableName, pk) => ({ TableName, Item: { pk: { S: pk } } })
  const write = (TableName, keys, more) => send('TransactWriteItems', {
    TransactItems: keys.map(pk => ({ Put: put(TableName, pk) })), ...more
  })
  const read = (TableName, ...keys) => send('TransactGetItems', {
    TransactItems: keys.map(pk => ({ Get: { TableName, Key: { pk: { S: pk } } } }))
  })
  /* Has the promise been settled? */
  const settled = promise => {
    const state = { yes: false }
    const set = () => { state.yes = true }
    promise.then(set, set)
    return state
  }

  test('come when the clock has moved on, and other operations do not wait', async () => {
    const t = await makeTable()
    const fault = await db().faults.add({ op: 'PutItem', delayMs: 1000, times: 1 })
    const reply = send('PutItem', put(t, 'a'))
    const state = settled(reply)
    assert.deepEqual((await send('GetItem', { TableName: t, Key: { pk: { S: 'a' } } })).Item,
      { pk: { S: 'a' } })
    await db().clock.advance(999)
    assert.equal(state.yes, false)
    await db().clock.advance(1)
    assert.equal(state.yes, true)
    await reply
    await fault.remove()
  })

  test('come at their moment within a longer step, before what falls due after it', async () => {
    const t = await makeTable()
    await db().faults.add({ op: 'GetItem', delayMs: 1000 })
    const times = []
    const loop = (async () => {
      for (let i = 0; i < 3; i++) {
        await send('GetItem', { TableName: t, Key: { pk: { S: 'a' } } })
        times.push(db().clock.now())
      }
    })()
    const began = db().clock.now()
    await db().clock.advance(60_000)
    await loop
    assert.deepEqual(times.map(time => time - began), [1000, 2000, 3000])
    await db().faults.clear()
  })

  test('hold errors back, too', async () => {
    const t = await makeTable()
    await db().faults.add({ op: 'GetItem', delayMs: 500, throw: 'InternalServerError' })
    const reply = send('GetItem', { TableName: t, Key: { pk: { S: 'a' } } })
    const state = settled(reply)
    await db().clock.advance(499)
    assert.equal(state.yes, false)
    await db().clock.advance(1)
    await rejects(reply, 'InternalServerError')
    await db().faults.clear()
  })

  test('of a transaction hold its items: others get conflicts', async () => {
    const t = await makeTable()
    await db().faults.add({ op: 'TransactWriteItems', delayMs: 1000, times: 1 })
    const first = write(t, ['a', 'b'])
    await rejects(send('PutItem', put(t, 'a')), CONFLICT, 'Transaction is ongoing for the item')
    await rejects(send('DeleteItem', { TableName: t, Key: { pk: { S: 'b' } } }), CONFLICT)
    await rejects(send('UpdateItem', { TableName: t, Key: { pk: { S: 'b' } } }), CONFLICT)
    await rejects(send('ExecuteStatement', { Statement: `DELETE FROM ${t} WHERE pk = 'a'` }), CONFLICT)
    const second = await rejects(write(t, ['x', 'b']), CANCELED)
    assert.deepEqual(second.CancellationReasons, [
      { Code: 'None' },
      { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }
    ])
    await rejects(read(t, 'a', 'x'), CANCELED, /\[TransactionConflict, None\]$/)
    const select = { Statement: `SELECT * FROM ${t} WHERE pk = 'a'` }
    await rejects(send('ExecuteTransaction', { TransactStatements: [select] }), CANCELED,
      /\[TransactionConflict\]$/)
    const batch = { [t]: [{ PutRequest: { Item: { pk: { S: 'a' } } } }] }
    assert.deepEqual((await send('BatchWriteItem', { RequestItems: batch })).UnprocessedItems, batch)
    const statements = { Statements: [{ Statement: `DELETE FROM ${t} WHERE pk = 'a'` }] }
    assert.equal((await send('BatchExecuteStatement', statements)).Responses[0].Error.Code,
      'TransactionConflict')
    await send('PutItem', put(t, 'c'))
    await send('GetItem', { TableName: t, Key: { pk: { S: 'a' } } })
    await db().clock.advance(1000)
    await first
    await write(t, ['x', 'b'])
    await read(t, 'a')
    await send('PutItem', put(t, 'a'))
    await db().faults.clear()
  })

  test('of a write make transactions that read its item conflict', async () => {
    const t = await makeTable()
    await db().faults.add({ op: 'PutItem', delayMs: 1000, times: 1 })
    const first = send('PutItem', put(t, 'a'))
    await rejects(read(t, 'a'), CANCELED, /\[TransactionConflict\]$/)
    await read(t, 'b')
    await write(t, ['a'])
    await db().clock.advance(1000)
    await first
    await read(t, 'a')
    await db().faults.clear()
  })

  test('of a transaction with a token make the same one come too early', async () => {
    const t = await makeTable()
    const token = { ClientRequestToken: `token-${target}` }
    await db().faults.add({ op: 'TransactWriteItems', delayMs: 1000, times: 1 })
    const first = write(t, ['a'], token)
    await rejects(write(t, ['a'], token), 'TransactionInProgressException',
      'The transaction with the given request token is already in progress.')
    await rejects(write(t, ['b'], token), 'IdempotentParameterMismatchException')
    await db().clock.advance(1000)
    await first
    await write(t, ['a'], token)
    await db().faults.clear()
  })
}, { clock: 'frozen' })

everyTarget('Held-back replies by a clock that runs', ({ test, send, makeTable, db }) => {
  test('come after their time, and nothing is held any more', async () => {
    const TableName = await makeTable()
    await db().faults.add({ op: 'TransactWriteItems', delayMs: 40 })
    for (let i = 0; i < 3; i++) {
      const began = Date.now()
      await send('TransactWriteItems', {
        TransactItems: [{ Put: { TableName, Item: { pk: { S: 'a' } } } }]
      })
      assert.ok(Date.now() - began >= 40)
    }
    await send('PutItem', { TableName, Item: { pk: { S: 'a' } } })
  })

  test('come when it is stopped and moved, and when it runs again', async () => {
    const TableName = await makeTable()
    await db().faults.clear()
    await db().faults.add({ op: 'GetItem', delayMs: 400, times: 1 })
    await db().faults.add({ op: 'GetItem', nth: 2, delayMs: 20 })
    const get = () => send('GetItem', { TableName, Key: { pk: { S: 'a' } } })
    const long = get()
    await db().clock.advance(400)
    await long
    const short = get()
    db().clock.resume()
    await short
  })
})

everyTarget('A client that is closed', ({ test }) => {
  test('lets go of replies that it held back', async () => {
    const db = new EngineClient()
    await db.faults.add({ op: 'ListTables', delayMs: 60_000 })
    const reply = db.execute('ListTables')
    await db.close()
    assert.deepEqual(await reply, { TableNames: [] })
  })
})
