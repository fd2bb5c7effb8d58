// db.live(): a read that is repeated when something was written.
//
// Evidence: types/index.d.cts; nothing of it is the service's.
import assert from 'node:assert/strict'
import { everyTarget } from '../support/targets.mjs'

const turn = () => new Promise(resolve => setTimeout(resolve, 1))

everyTarget('live', ({ test, send, makeTable, db }) => {
  const put = (TableName, pk, n = 0) =>
    send('PutItem', { TableName, Item: { pk: { S: pk }, n: { N: String(n) } } })
  async function living (operation, request, pick) {
    const told = []
    const live = await db().live(operation, request, result => { told.push(pick(result)) })
    return { told, live }
  }
  const until = async condition => {
    for (let i = 0; i < 2000 && !condition(); i++) await turn()
    assert.ok(condition())
  }

  test('tells what is there, and each change of it', async () => {
    const TableName = await makeTable()
    const { told, live } = await living('Scan', { TableName }, ({ Count }) => Count)
    assert.deepEqual(told, [0])
    await put(TableName, 'a')
    await until(() => told.length === 2)
    await put(TableName, 'b')
    await until(() => told.length === 3)
    assert.deepEqual(told, [0, 1, 2])
    live.close()
    assert.equal(live.closed, true)
    await put(TableName, 'c')
    await turn()
    assert.equal(told.length, 3)
  })

  test('tells of a burst once, and of what changes nothing never', async () => {
    const TableName = await makeTable()
    const other = await makeTable()
    const Key = { pk: { S: 'a' } }
    const { told, live } = await living('GetItem', { TableName, Key }, ({ Item }) => Item?.n.N)
    await Promise.all([1, 2, 3, 4, 5].map(n => put(TableName, 'a', n)))
    await live.refresh()
    assert.deepEqual(told, [undefined, '5'])
    await put(TableName, 'b')
    await put(other, 'a', 9)
    await live.refresh()
    await db().drain()
    assert.equal(told.length, 2)
    live.close()
  })

  test('waits for its callback, and then tells the newest', async () => {
    const TableName = await makeTable()
    const told = []
    let running = 0
    const live = await db().live('Scan', { TableName }, async ({ Count }) => {
      assert.equal(++running, 1)
      await turn()
      told.push(Count)
      running--
    })
    for (let i = 0; i < 20; i++) await put(TableName, `k${i}`)
    await live.refresh()
    assert.equal(told.at(-1), 20)
    live.close()
  })

  test('goes by commits under a stopped clock too, and sees restore()', async () => {
    const client = await db().fork()
    await client.clock.set(Date.UTC(2030, 0, 1))
    await client.execute('CreateTable', {
      TableName: 'Lived',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST'
    })
    const told = []
    await client.live('Scan', { TableName: 'Lived' }, ({ Count }) => { told.push(Count) })
    const empty = await client.snapshot()
    await client.execute('PutItem', { TableName: 'Lived', Item: { pk: { S: 'a' } } })
    await until(() => told.length === 2)
    await client.restore(empty)
    await until(() => told.length === 3)
    assert.deepEqual(told, [0, 1, 0])
    await client.close()
  })

  test('tells onError when its table is gone', async () => {
    const TableName = await makeTable()
    const errors = []
    await db().live('Scan', { TableName }, () => {}, { onError: error => errors.push(error.name) })
    await send('DeleteTable', { TableName })
    await until(() => errors.length > 0)
    assert.equal(errors[0], 'ResourceNotFoundException')
  })

  test('refuses what it cannot do', async () => {
    await assert.rejects(db().live('PutItem', {}, () => {}), /must be one of GetItem/)
    await assert.rejects(db().live('Scan', {}), /the callback must be a function/)
    await assert.rejects(db().live('Scan', {}, () => {}, { every: 5 }), /the options are/)
    await assert.rejects(db().live('Scan', { TableName: 'nowhere' }, () => {}),
      { name: 'ResourceNotFoundException' })
  })
})
