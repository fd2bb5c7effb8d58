import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

everyTarget('GetItem', ({ test, send, makeTable }) => {
  test('answers without Item when there is none', async () => {
    const TableName = await makeTable()
    assert.deepEqual(await send('GetItem', { TableName, Key: { pk: { S: 'no' } } }), {})
  })

  test('finds a number key by value, whatever its form', async () => {
    const TableName = await makeTable({ hash: 'pk:N' })
    await send('PutItem', { TableName, Item: { pk: { N: '1.50' } } })
    for (const N of ['1.5', '1.5000', '15e-1', '+1.5']) {
      assert.deepEqual((await send('GetItem', { TableName, Key: { pk: { N } } })).Item, {
        pk: { N: '1.5' }
      })
    }
  })

  // Evidence: AWS Developer Guide, "Projection expressions"; list compaction: captures (expressions
  // facts, section 6).
  test('projects documents', async () => {
    const TableName = await makeTable()
    const Item = {
      pk: { S: 'a' },
      s: { S: 'x' },
      l: { L: [{ S: 'l0' }, { S: 'l1' }, { S: 'l2' }] },
      m: { M: { a: { N: '1' }, b: { M: { c: { BOOL: true }, d: { NULL: true } } } } },
      'dot.ted': { S: 'dot' },
      lm: { L: [{ M: { a: { N: '1' }, b: { N: '2' }, c: { N: '3' } } }, { N: '0' }] }
    }
    await send('PutItem', { TableName, Item })
    const cases = [
      ['s', { s: { S: 'x' } }],
      ['s, pk', { s: { S: 'x' }, pk: { S: 'a' } }],
      ['l[2], l[0]', { l: { L: [{ S: 'l0' }, { S: 'l2' }] } }],
      ['m.b.c', { m: { M: { b: { M: { c: { BOOL: true } } } } } }],
      ['m.a, m.b.d', { m: { M: { a: { N: '1' }, b: { M: { d: { NULL: true } } } } } }],
      ['#d', { 'dot.ted': { S: 'dot' } }, { '#d': 'dot.ted' }],
      ['lm[0].a, lm[0].c', { lm: { L: [{ M: { a: { N: '1' }, c: { N: '3' } } }] } }],
      ['nothing, l[9], m.z, s.t', {}]
    ]
    for (const [ProjectionExpression, expected, ExpressionAttributeNames] of cases) {
      const answer = await send('GetItem', {
        TableName,
        Key: { pk: { S: 'a' } },
        ProjectionExpression,
        ExpressionAttributeNames
      })
      sameItem(answer.Item, expected)
    }
    sameItem(
      (await send('GetItem', { TableName, Key: { pk: { S: 'a' } }, AttributesToGet: ['s', 'zz'] }))
        .Item,
      { s: { S: 'x' } }
    )
  })

  // Evidence: validation facts 4.3, 4.8 and expressions facts 10.4.
  test('rejects bad keys and projections', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    const key = { pk: { S: 'a' }, sk: { N: '1' } }
    const mismatch = 'The provided key element does not match the schema'
    const x = 'Invalid ProjectionExpression: '
    const cases = [
      [{ Key: {} }, mismatch],
      [{ Key: { pk: { S: 'a' } } }, mismatch],
      [{ Key: { ...key, z: { S: 'a' } } }, mismatch],
      [{ Key: { pk: { S: 'a' }, sk: { S: '1' } } }, mismatch],
      [
        { Key: { pk: { S: '' }, sk: { N: '1' } } },
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk'
      ],
      [
        { Key: key, AttributesToGet: ['a', 'a'] },
        'One or more parameter values were invalid: Duplicate value in attribute name: a'
      ],
      [
        { Key: key, AttributesToGet: ['a'], ProjectionExpression: 'b' },
        'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}'
      ],
      [
        { Key: key, ExpressionAttributeNames: { '#a': 'a' } },
        'ExpressionAttributeNames can only be specified when using expressions'
      ],
      [{ Key: key, ProjectionExpression: '' }, x + 'The expression can not be empty;'],
      [
        { Key: key, ProjectionExpression: 'a.abORt' },
        x + 'Attribute name is a reserved keyword; reserved keyword: abORt'
      ],
      [
        { Key: key, ProjectionExpression: '#n, a' },
        x +
          'An expression attribute name used in the document path is not defined; attribute name: #n'
      ],
      [
        { Key: key, ProjectionExpression: 'x, x[1]' },
        x +
          'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x, [1]]'
      ],
      [
        { Key: key, ProjectionExpression: 'x.b, x[1]' },
        x +
          'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [x, b], path two: [x, [1]]'
      ],
      [
        { Key: key, ProjectionExpression: 'pk.a' },
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"
      ]
    ]
    for (const [request, message] of cases)
      await invalid(send('GetItem', { TableName, ...request }), message)
    for (const text of ['f(x)', ':v', 'x,', 'x,,y', 'x..y', 'x[y]', '(x)', 'x-y']) {
      await invalid(
        send('GetItem', { TableName, Key: key, ProjectionExpression: text }),
        /^Invalid ProjectionExpression: Syntax error; /
      )
    }
  })

  test('knows a missing table', async () => {
    await rejects(
      send('GetItem', { TableName: 'nope', Key: { pk: { S: 'a' } } }),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
  })

  // Evidence: captured set (validation facts, section 5).
  test('collects constraint errors', async () => {
    const error = await invalid(
      send('GetItem', { TableName: 'abc;', ReturnConsumedCapacity: 'hi', AttributesToGet: [] })
    )
    assert.deepEqual(
      new Set(error.message.replace('4 validation errors detected: ', '').split('; ')),
      new Set([
        "Value '[]' at 'attributesToGet' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "Value 'hi' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
        "Value null at 'key' failed to satisfy constraint: Member must not be null",
        "Value 'abc;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
      ])
    )
  })

  // Evidence: capacity facts, sections 1, 2 and 4.
  test('charges per 4 KB, half when eventually consistent, whatever is projected', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: { pk: { S: 'a' }, f: { S: 'x'.repeat(4097) } } })
    const cost = async (request) =>
      (
        await send('GetItem', {
          TableName,
          Key: { pk: { S: 'a' } },
          ReturnConsumedCapacity: 'TOTAL',
          ...request
        })
      ).ConsumedCapacity.CapacityUnits
    assert.equal(await cost({}), 1)
    assert.equal(await cost({ ConsistentRead: true }), 2)
    assert.equal(await cost({ ConsistentRead: true, ProjectionExpression: 'pk' }), 2)
    assert.equal(await cost({ Key: { pk: { S: 'none' } } }), 0.5)
    assert.equal(await cost({ Key: { pk: { S: 'none' } }, ConsistentRead: true }), 1)
    assert.deepEqual(
      (
        await send('GetItem', {
          TableName,
          Key: { pk: { S: 'a' } },
          ReturnConsumedCapacity: 'INDEXES'
        })
      ).ConsumedCapacity,
      { TableName, CapacityUnits: 1, Table: { CapacityUnits: 1 } }
    )
  })

  test('takes a table ARN as the table name', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: { pk: { S: 'a' } } })
    const { Table } = await send('DescribeTable', { TableName })
    assert.deepEqual(
      await send('GetItem', { TableName: Table.TableArn, Key: { pk: { S: 'a' } } }),
      { Item: { pk: { S: 'a' } } }
    )
  })
})
