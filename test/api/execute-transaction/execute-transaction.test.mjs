import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'

everyTarget('ExecuteTransaction', ({ test, send, makeTable }) => {
  const member = (one) => (typeof one === 'string' ? { Statement: one } : one)
  const run = (list, more = {}) =>
    send('ExecuteTransaction', { TransactStatements: list.map(member), ...more })
  const get = async (TableName, pk) =>
    (await send('GetItem', { TableName, Key: { pk: { S: pk } } })).Item
  const canceled = async (promise, reasons) => {
    const error = await rejects(promise, 'TransactionCanceledException')
    assert.equal(
      error.message,
      'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
        `[${reasons.map((reason) => reason.Code).join(', ')}]`
    )
    assert.deepEqual(error.CancellationReasons, reasons)
  }
  const none = { Code: 'None' }
  const conditional = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' }

  // Evidence: AWS Developer Guide, "Performing transactions with PartiQL"; facts partiql 6.
  test('writes all or nothing', async () => {
    const t = await makeTable()
    await send('PutItem', { TableName: t, Item: { pk: { S: 'u' }, v: { N: '1' } } })
    await send('PutItem', { TableName: t, Item: { pk: { S: 'd' } } })
    assert.deepEqual(
      await run([
        { Statement: `INSERT INTO ${t} VALUE {'pk': ?}`, Parameters: [{ S: 'i' }] },
        `UPDATE ${t} SET v = v + 1 WHERE pk = 'u' AND v = 1`,
        `DELETE FROM ${t} WHERE pk = 'd'`,
        `EXISTS(SELECT * FROM ${t} WHERE pk = 'zz' AND v IS MISSING)`
      ]).catch((error) => error.CancellationReasons),
      [none, none, none, conditional]
    )
    assert.deepEqual([await get(t, 'i'), (await get(t, 'u')).v.N], [undefined, '1'])
    assert.deepEqual(
      await run([
        `INSERT INTO ${t} VALUE {'pk': 'i'}`,
        `UPDATE ${t} SET v = v + 1 WHERE pk = 'u' AND v = 1`,
        `DELETE FROM ${t} WHERE pk = 'd'`
      ]),
      { Responses: [{}, {}, {}] }
    )
    assert.deepEqual(
      [await get(t, 'i'), await get(t, 'u'), await get(t, 'd')],
      [{ pk: { S: 'i' } }, { pk: { S: 'u' }, v: { N: '2' } }, undefined]
    )
  })

  // Evidence: AWS Developer Guide, "Using the EXISTS function with PartiQL for DynamoDB".
  test('EXISTS checks a condition', async () => {
    const t = await makeTable()
    await send('PutItem', { TableName: t, Item: { pk: { S: 'a' }, v: { N: '1' } } })
    const insert = `INSERT INTO ${t} VALUE {'pk': 'new'}`
    await canceled(run([insert, `EXISTS(SELECT * FROM ${t} WHERE pk = 'a' AND v = 2)`]), [
      none,
      conditional
    ])
    assert.deepEqual(
      await run([insert, `exists ( select pk from "${t}" where pk = 'a' and v = 1 ) ;`]),
      {
        Responses: [{}, {}]
      }
    )
    const single = 'EXISTS() must contain a single item read with additional condition'
    for (const where of [`pk = 'a'`, 'v = 1', `pk > 'a' AND v = 1`])
      await invalid(
        run([`EXISTS(SELECT * FROM ${t} WHERE ${where})`]),
        `Validation failed in TransactStatements[0]: ${single}`
      )
  })

  // Evidence: facts transactions 3 and partiql 6.
  test('gives a reason for each statement', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await send('PutItem', { TableName: t, Item: { pk: { S: 'a' }, v: { N: '1' } } })
    const update = (pk, more = {}) => ({
      Statement: `UPDATE ${t} SET v = 2 WHERE pk = '${pk}' AND v = 9`,
      ...more
    })
    await canceled(
      run([
        `INSERT INTO ${t} VALUE {'pk': 'a'}`,
        `INSERT INTO ${t} VALUE {'pk': 'ok'}`,
        update('b'),
        `INSERT INTO ${t} VALUE {'v': 1}`,
        `UPDATE ${t} SET v = zz WHERE pk = 'c'`,
        `DELETE FROM ${t} WHERE pk = 5`,
        `INSERT INTO ${t} VALUE {'pk': 'g', 'g': 1}`
      ]),
      [
        { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' },
        none,
        conditional,
        {
          Code: 'ValidationError',
          Message: 'One or more parameter values were invalid: Missing the key pk in the item'
        },
        conditional,
        { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
        {
          Code: 'ValidationError',
          Message:
            'One or more parameter values were invalid: Type mismatch for Index Key g ' +
            'Expected: S Actual: N IndexName: byG'
        }
      ]
    )
    await canceled(run([update('a', { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })]), [
      { ...conditional, Item: { pk: { S: 'a' }, v: { N: '1' } } }
    ])
    await canceled(run([update('a')]), [conditional])
    await canceled(run([`UPDATE ${t} SET v = zz WHERE pk = 'a'`]), [
      {
        Code: 'ValidationError',
        Message: 'The provided expression refers to an attribute that does not exist in the item'
      }
    ])
  })

  // Evidence: facts partiql 6; capacity 4.
  test('reads from one snapshot', async () => {
    const t = await makeTable()
    await send('PutItem', { TableName: t, Item: { pk: { S: 'a' }, v: { M: { w: { N: '1' } } } } })
    assert.deepEqual(
      await run(
        [
          `SELECT * FROM ${t} WHERE pk = 'a'`,
          `SELECT v.w FROM ${t} WHERE pk = 'b'`,
          `SELECT * FROM ${t} WHERE pk = 'c' AND v = 1`
        ],
        { ReturnConsumedCapacity: 'TOTAL' }
      ),
      {
        Responses: [{ Item: { pk: { S: 'a' }, v: { M: { w: { N: '1' } } } } }, {}, {}],
        ConsumedCapacity: [{ TableName: t, CapacityUnits: 6, ReadCapacityUnits: 6 }]
      }
    )
    assert.deepEqual(await run([`SELECT v.w FROM ${t} WHERE pk = 'a'`]), {
      Responses: [{ Item: { w: { N: '1' } } }]
    })
    assert.deepEqual(await run([`SELECT absent FROM ${t} WHERE pk = 'a'`]), { Responses: [{}] })
  })

  // Evidence: facts partiql 6.
  test('refuses what makes no sense of the request as a whole', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' } } })
    const at = (i, text) => `Validation failed in TransactStatements[${i}]: ${text}`
    const insert = (pk) => `INSERT INTO ${t} VALUE {'pk': '${pk}'}`
    const select = (pk) => `SELECT * FROM ${t} WHERE pk = '${pk}'`
    const cases = [
      [
        [insert('a'), select('b')],
        'ExecuteTransaction API does not support both read and write operations in the same ' +
          'request.'
      ],
      [
        [insert('a'), `DELETE FROM ${t} WHERE pk = 'a'`],
        'Transaction request cannot include multiple operations on one item'
      ],
      [
        [select('a'), select('a')],
        'Transaction request cannot include multiple operations on one item'
      ],
      [
        [insert('a'), `EXISTS(SELECT * FROM ${t} WHERE pk = 'a' AND v = 1)`],
        'Transaction request cannot include multiple operations on one item'
      ],
      [
        [insert('a'), `DELETE FROM ${t} WHERE pk = 'b' RETURNING ALL OLD *`],
        at(1, 'RETURNING clause is not supported in ExecuteTransaction.')
      ],
      [
        [select('a'), `SELECT * FROM ${t}.byG WHERE g = 'a'`],
        at(1, 'Reads on indices are not supported within transactions.')
      ],
      [
        [`SELECT * FROM ${t} WHERE v = 1`],
        at(
          0,
          'Select statements within ExecuteTransaction must specify the primary key in the ' +
            'where clause.'
        )
      ],
      [
        [insert('a'), `UPDATE ${t} SET v = 1 WHERE v = 2`],
        at(1, 'Where clause does not contain a mandatory equality on all key attributes')
      ],
      [
        [insert('a'), 'SLECT'],
        "Statement wasn't well formed, can't be processed: Expected data manipulation"
      ],
      [[insert('')], /cannot contain an empty string value\. Key: pk$/],
      [
        [],
        "1 validation error detected: Value '[]' at 'transactStatements' failed to satisfy " +
          'constraint: Member must have length greater than or equal to 1'
      ],
      [
        Array.from({ length: 101 }, (_, i) => insert(i)),
        /at 'transactStatements' failed .*: Member must have length less than or equal to 100$/
      ]
    ]
    for (const [list, message] of cases) await invalid(run(list), message)
    await rejects(
      run([insert('a'), `INSERT INTO nowhere VALUE {'pk': 'a'}`]),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
    assert.equal(await get(t, 'a'), undefined)
    assert.equal(
      (await run(Array.from({ length: 100 }, (_, i) => insert(`n${i}`)))).Responses.length,
      100
    )
  })

  // Evidence: facts transactions 6, capacity 4.
  test('does the same request under a token once', async () => {
    const t = await makeTable()
    await send('PutItem', { TableName: t, Item: { pk: { S: 'a' }, n: { N: '0' } } })
    const again = (ClientRequestToken, value, more) =>
      run([{ Statement: `UPDATE ${t} SET n = n + ? WHERE pk = 'a'`, Parameters: [{ N: value }] }], {
        ClientRequestToken,
        ...more
      })
    const n = async () => (await get(t, 'a')).n.N
    const TOTAL = { ReturnConsumedCapacity: 'TOTAL' }
    assert.deepEqual(await again('one', '1', TOTAL), {
      Responses: [{}],
      ConsumedCapacity: [{ TableName: t, CapacityUnits: 2, WriteCapacityUnits: 2 }]
    })
    assert.deepEqual(await again('one', '1.0', TOTAL), {
      Responses: [{}],
      ConsumedCapacity: [{ TableName: t, CapacityUnits: 2, ReadCapacityUnits: 2 }]
    })
    assert.deepEqual(await again('one', '1'), { Responses: [{}] })
    assert.equal(await n(), '1')
    await rejects(again('one', '2'), 'IdempotentParameterMismatchException')
    await again('two', '2')
    assert.equal(await n(), '3')
    // TransactWriteItems has a scope of its own.
    await send('TransactWriteItems', {
      ClientRequestToken: 'one',
      TransactItems: [{ Put: { TableName: t, Item: { pk: { S: 'b' } } } }]
    })
    assert.ok(await get(t, 'b'))
    // A transaction that failed may run again.
    const dup = () => run([`INSERT INTO ${t} VALUE {'pk': 'c'}`], { ClientRequestToken: 'three' })
    await send('PutItem', { TableName: t, Item: { pk: { S: 'c' } } })
    await rejects(dup(), 'TransactionCanceledException')
    await send('DeleteItem', { TableName: t, Key: { pk: { S: 'c' } } })
    await dup()
    await dup()
    await invalid(
      again('x'.repeat(37), '1'),
      /at 'clientRequestToken' failed .* less than or equal to 36$/
    )
  })

  // Evidence: facts capacity 4 and 10.
  test('reports doubled units of the tables', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' } } })
    assert.deepEqual(
      (
        await run([`INSERT INTO ${t} VALUE {'pk': 'a', 'g': 'x'}`], {
          ReturnConsumedCapacity: 'INDEXES'
        })
      ).ConsumedCapacity,
      [
        {
          TableName: t,
          CapacityUnits: 3,
          WriteCapacityUnits: 3,
          Table: { CapacityUnits: 2, WriteCapacityUnits: 2 },
          GlobalSecondaryIndexes: { byG: { CapacityUnits: 1, WriteCapacityUnits: 1 } }
        }
      ]
    )
  })
})
