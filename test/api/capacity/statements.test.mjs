/*
 * statements.test.mjs - what PartiQL statements cost: as the operations they stand for.
 */
import assert from 'node:assert/strict'
import { everyTarget, rejects } from '../support/targets.mjs'

const ReturnConsumedCapacity = 'INDEXES'
const body = n => ({ S: 'x'.repeat(n) })

// Evidence: facts capacity 3, 4 and 10, captured in eu-west-2 in 2026.
everyTarget('Capacity of statements', ({ test, send, makeTable }) => {
  const run = (Statement, Parameters, more) =>
    send('ExecuteStatement', { Statement, Parameters, ReturnConsumedCapacity, ...more })
  const units = async (...statement) => (await run(...statement)).ConsumedCapacity

  test('charges an INSERT as a put, without a factor of two', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    assert.deepEqual(
      await units(`INSERT INTO ${TableName} VALUE {'pk': 'a', 'g': 'x', 'b': ?}`, [body(1500)]),
      {
        TableName,
        CapacityUnits: 4,
        Table: { CapacityUnits: 2 },
        GlobalSecondaryIndexes: { byG: { CapacityUnits: 2 } }
      }
    )
  })

  test('charges an UPDATE and a DELETE by the larger image', async () => {
    const TableName = await makeTable()
    const table = CapacityUnits => ({ TableName, CapacityUnits, Table: { CapacityUnits } })
    await send('PutItem', { TableName, Item: { pk: { S: 'a' }, b: body(3000) } })
    assert.deepEqual(
      await units(`UPDATE ${TableName} SET b = 'small' WHERE pk = 'a'`, undefined),
      table(3)
    )
    assert.deepEqual(await units(`DELETE FROM ${TableName} WHERE pk = 'a'`, undefined), table(1))
  })

  test('charges a SELECT for the rows it walks', async () => {
    const TableName = await makeTable({ range: 'sk' })
    for (const sk of ['a', 'b', 'c'])
      await send('PutItem', { TableName, Item: { pk: { S: 'p' }, sk: { S: sk }, b: body(3000) } })
    const table = CapacityUnits => ({ TableName, CapacityUnits, Table: { CapacityUnits } })
    const select = (where, more) => units(`SELECT sk FROM ${TableName}${where}`, undefined, more)
    assert.deepEqual(await select(" WHERE pk = 'p'"), table(1.5))
    assert.deepEqual(await select(" WHERE pk = 'p'", { ConsistentRead: true }), table(3))
    assert.deepEqual(await select(" WHERE pk = 'p' AND b = 'none'"), table(1.5))
    assert.deepEqual(await select(''), table(1.5))
    assert.deepEqual(await select(" WHERE pk = 'p' AND sk = 'a'"), table(0.5))
    assert.deepEqual(await select(" WHERE pk = 'none'"), table(0.5))
  })

  test('charges each member of a batch of SELECTs by itself', async () => {
    const TableName = await makeTable()
    for (const pk of ['a', 'b'])
      await send('PutItem', { TableName, Item: { pk: { S: pk }, b: body(3000) } })
    const { ConsumedCapacity } = await send('BatchExecuteStatement', {
      Statements: [
        { Statement: `SELECT * FROM ${TableName} WHERE pk = 'a'` },
        { Statement: `SELECT * FROM ${TableName} WHERE pk = 'b'`, ConsistentRead: true },
        { Statement: `SELECT * FROM ${TableName} WHERE pk = 'none'` }
      ],
      ReturnConsumedCapacity: 'TOTAL'
    })
    assert.deepEqual(ConsumedCapacity, [{ TableName, CapacityUnits: 2 }])
  })

  test('charges the statements of a batch that fail beside others', async () => {
    const TableName = await makeTable()
    const failing = await makeTable()
    for (const name of [TableName, failing])
      await send('PutItem', { TableName: name, Item: { pk: { S: 'a' }, b: body(3000) } })
    const insert = (name, pk) => ({ Statement: `INSERT INTO ${name} VALUE {'pk': '${pk}'}` })
    const batch = (...Statements) =>
      send('BatchExecuteStatement', { Statements, ReturnConsumedCapacity: 'TOTAL' })
    const { ConsumedCapacity } = await batch(
      insert(TableName, 'a'),
      insert(TableName, 'b'),
      insert(failing, 'a')
    )
    assert.deepEqual(ConsumedCapacity, [{ TableName, CapacityUnits: 4 }])
    assert.equal((await batch(insert(failing, 'a'))).ConsumedCapacity, undefined)
  })

  test('charges a transaction of writes twice, and of reads twice', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: { pk: { S: 'a' }, b: body(5000) } })
    const transact = async (...texts) => {
      const reply = await send('ExecuteTransaction', {
        TransactStatements: texts.map(Statement => ({ Statement })),
        ReturnConsumedCapacity
      })
      return reply.ConsumedCapacity
    }
    const shape = (kind, n) => [
      {
        TableName,
        CapacityUnits: n,
        [kind]: n,
        Table: { CapacityUnits: n, [kind]: n }
      }
    ]
    assert.deepEqual(
      await transact(
        `SELECT * FROM ${TableName} WHERE pk = 'a'`,
        `SELECT * FROM ${TableName} WHERE pk = 'none'`
      ),
      shape('ReadCapacityUnits', 6)
    )
    assert.deepEqual(
      await transact(
        `INSERT INTO ${TableName} VALUE {'pk': 'b'}`,
        `UPDATE ${TableName} SET c = 1 WHERE pk = 'a'`
      ),
      shape('WriteCapacityUnits', 12)
    )
  })

  test('tells no capacity with an error', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: { pk: { S: 'a' } } })
    const error = await rejects(
      run(`INSERT INTO ${TableName} VALUE {'pk': 'a'}`),
      'DuplicateItemException'
    )
    assert.equal(error.ConsumedCapacity, undefined)
  })
})
