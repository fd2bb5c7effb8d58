import assert from 'node:assert/strict'
import { everyTarget, invalid } from '../support/targets.mjs'

everyTarget('BatchExecuteStatement', ({ test, send, makeTable }) => {
  const member = (one) => (typeof one === 'string' ? { Statement: one } : one)
  const batch = (list, more = {}) =>
    send('BatchExecuteStatement', { Statements: list.map(member), ...more })
  const responses = async (...args) => (await batch(...args)).Responses
  const error = (Code, Message, TableName) => ({
    Error: { Code, Message },
    ...(TableName && { TableName })
  })

  // Evidence: facts partiql 5.
  test('runs each statement by itself, in order', async () => {
    const t = await makeTable()
    const u = await makeTable({ range: 'sk:N' })
    assert.deepEqual(
      await batch([
        `INSERT INTO ${t} VALUE {'pk': 'a', 'v': 1}`,
        `INSERT INTO ${u} VALUE {'pk': 'a', 'sk': 1}`,
        {
          Statement: `INSERT INTO ${t} VALUE {'pk': ?, 'v': ?}`,
          Parameters: [{ S: 'b' }, { N: '2' }]
        }
      ]),
      { Responses: [{ TableName: t }, { TableName: u }, { TableName: t }] }
    )
    assert.deepEqual(
      await responses([
        `INSERT INTO ${t} VALUE {'pk': 'a', 'v': 9}`,
        `UPDATE ${t} SET v = 3 WHERE pk = 'b' RETURNING ALL NEW *`,
        `UPDATE ${t} SET v = 3 WHERE pk = 'zz'`,
        `DELETE FROM ${u} WHERE pk = 'a' AND sk = 1 RETURNING ALL OLD *`,
        `UPDATE ${t} SET v = `,
        `INSERT INTO nowhere VALUE {'pk': 'a'}`,
        `INSERT INTO ${t} VALUE {'v': 1}`
      ]),
      [
        error('DuplicateItem', 'Duplicate primary key exists in table', t),
        { TableName: t, Item: { pk: { S: 'b' }, v: { N: '3' } } },
        error('ConditionalCheckFailed', 'The conditional request failed', t),
        { TableName: u, Item: { pk: { S: 'a' }, sk: { N: '1' } } },
        error(
          'ValidationError',
          "Statement wasn't well formed, can't be processed: Unexpected term"
        ),
        error('ResourceNotFound', 'Requested resource not found'),
        error(
          'ValidationError',
          'One or more parameter values were invalid: Missing the key pk in the item'
        )
      ]
    )
    assert.deepEqual(
      await responses([
        `SELECT * FROM ${t} WHERE pk = 'a'`,
        `SELECT v FROM ${t} WHERE pk = 'b'`,
        `SELECT * FROM ${t} WHERE pk = 'zz'`,
        `SELECT * FROM ${t} WHERE pk = 'c' AND v = 1`,
        `SELECT * FROM nowhere WHERE pk = 'a'`
      ]),
      [
        { TableName: t, Item: { pk: { S: 'a' }, v: { N: '1' } } },
        { TableName: t, Item: { v: { N: '3' } } },
        { TableName: t },
        { TableName: t },
        error('ResourceNotFound', 'Requested resource not found')
      ]
    )
  })

  // Evidence: facts partiql 5.
  test('reads by whole primary keys only', async () => {
    const t = await makeTable({ range: 'sk:N', gsis: { byG: { hash: 'g' } } })
    await send('PutItem', { TableName: t, Item: { pk: { S: 'a' }, sk: { N: '1' }, g: { S: 'g' } } })
    const wrong = error(
      'ValidationError',
      'Select statements within BatchExecuteStatement must specify the primary key in the ' +
        'where clause.'
    )
    assert.deepEqual(
      await responses([
        `SELECT * FROM ${t}`,
        `SELECT * FROM ${t} WHERE pk = 'a'`,
        `SELECT * FROM ${t} WHERE pk = 'a' AND sk > 0`,
        `SELECT * FROM ${t}.byG WHERE pk = 'a' AND sk = 1`,
        `SELECT * FROM ${t} WHERE pk = 'a' AND sk = 1 AND g = 'x'`
      ]),
      [wrong, wrong, wrong, wrong, { TableName: t }]
    )
  })

  // Evidence: facts partiql 5.
  test('refuses what makes no sense of the batch as a whole', async () => {
    const t = await makeTable()
    const insert = (pk) => `INSERT INTO ${t} VALUE {'pk': '${pk}'}`
    const select = (pk) => `SELECT * FROM ${t} WHERE pk = '${pk}'`
    await invalid(
      batch([insert('a'), select('b')]),
      'Read and write requests together in the same batch is not supported.'
    )
    const twice = 'Provided list of item keys contains duplicates'
    await invalid(batch([insert('a'), `DELETE FROM ${t} WHERE pk = 'a'`]), twice)
    await invalid(batch([select('a'), select('b'), select('a')]), twice)
    assert.deepEqual(await responses([select('a')]), [{ TableName: t }])
    // Statements that cannot be parsed take no part.
    assert.deepEqual(
      Object.keys((await responses([insert('x'), 'SELECT FROM', select('x') + ' oops']))[0]),
      ['TableName']
    )
    const length = (n) => `failed to satisfy constraint: Member must have length ${n}`
    await invalid(
      batch([]),
      `1 validation error detected: Value '[]' at 'statements' ` +
        `${length('greater than or equal to 1')}`
    )
    const many = Array.from({ length: 26 }, (_, i) => insert(i))
    await invalid(
      batch(many),
      /at 'statements' failed .*: Member must have length less than or equal to 25$/
    )
    assert.equal((await responses(many.slice(1))).length, 25)
    assert.deepEqual(await responses([`EXISTS(SELECT * FROM ${t} WHERE pk = 'a' AND b = 1)`]), [
      error('ValidationError', 'EXISTS can only be used in ExecuteTransaction write requests.')
    ])
  })

  // Evidence: facts partiql 5 (accepted, inert).
  test('never returns the item of a failed condition', async () => {
    const t = await makeTable()
    await send('PutItem', { TableName: t, Item: { pk: { S: 'a' } } })
    assert.deepEqual(
      await responses([
        {
          Statement: `UPDATE ${t} SET v = 1 WHERE pk = 'a' AND v = 1`,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
        }
      ]),
      [error('ConditionalCheckFailed', 'The conditional request failed', t)]
    )
  })

  // Evidence: facts capacity 4.
  test('reports what each table cost, where something succeeded', async () => {
    const t = await makeTable()
    const u = await makeTable()
    const used = async (list) =>
      (await batch(list, { ReturnConsumedCapacity: 'TOTAL' })).ConsumedCapacity
    const v = 'x'.repeat(1500)
    assert.deepEqual(
      await used([
        `INSERT INTO ${t} VALUE {'pk': 'a', 'v': '${v}'}`,
        `INSERT INTO ${u} VALUE {'pk': 'a'}`
      ]),
      [
        { TableName: t, CapacityUnits: 2 },
        { TableName: u, CapacityUnits: 1 }
      ]
    )
    // A failed write is charged as what it tried, a table of failures only is left out.
    assert.deepEqual(
      await used([
        `INSERT INTO ${t} VALUE {'pk': 'a'}`,
        `INSERT INTO ${t} VALUE {'pk': 'b'}`,
        `INSERT INTO ${u} VALUE {'pk': 'a'}`
      ]),
      [{ TableName: t, CapacityUnits: 3 }]
    )
    assert.equal(await used([`INSERT INTO ${t} VALUE {'pk': 'a'}`]), undefined)
    assert.deepEqual(
      await used([
        `SELECT * FROM ${t} WHERE pk = 'a'`,
        { Statement: `SELECT * FROM ${t} WHERE pk = 'b'`, ConsistentRead: true },
        `SELECT * FROM ${u} WHERE pk = 'zz'`
      ]),
      [
        { TableName: t, CapacityUnits: 1.5 },
        { TableName: u, CapacityUnits: 0.5 }
      ]
    )
  })
})
