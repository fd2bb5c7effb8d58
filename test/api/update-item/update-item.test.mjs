import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

const key = { pk: { S: 'a' } }

everyTarget('UpdateItem', ({ test, send, makeTable }) => {
  const fresh = async (item, definition) => {
    const TableName = await makeTable(definition)
    if (item) await send('PutItem', { TableName, Item: { ...key, ...item } })
    return TableName
  }
  const get = async (TableName) => (await send('GetItem', { TableName, Key: key })).Item

  test('creates a key-only item when nothing is asked for', async () => {
    const TableName = await fresh()
    assert.deepEqual(await send('UpdateItem', { TableName, Key: key, ReturnValues: 'ALL_NEW' }), {
      Attributes: key
    })
    sameItem(await get(TableName), key)
  })

  // Evidence: AWS Developer Guide, "Update expressions"; captures (expressions facts, section 7).
  const updates = [
    ['SET a = :s', {}, { a: { S: 'v' } }],
    ['SET a = b, b = a', { a: { S: '1' }, b: { S: '2' } }, { a: { S: '2' }, b: { S: '1' } }],
    ['SET n = n + :one', { n: { N: '1.5' } }, { n: { N: '2.5' } }],
    ['SET n = :one - n', { n: { N: '3' } }, { n: { N: '-2' } }],
    ['SET n = if_not_exists(n, :one) + :one', {}, { n: { N: '2' } }],
    [
      'SET l = list_append(l, :l)',
      { l: { L: [{ S: 'x' }] } },
      { l: { L: [{ S: 'x' }, { N: '1' }] } }
    ],
    ['SET l = list_append(:l, if_not_exists(l, :l))', {}, { l: { L: [{ N: '1' }, { N: '1' }] } }],
    [
      'SET l[1] = :s',
      { l: { L: [{ N: '0' }, { N: '1' }, { N: '2' }] } },
      { l: { L: [{ N: '0' }, { S: 'v' }, { N: '2' }] } }
    ],
    ['SET l[9] = :s', { l: { L: [{ N: '0' }] } }, { l: { L: [{ N: '0' }, { S: 'v' }] } }],
    [
      'SET l[9] = :s, l[7] = :one',
      { l: { L: [{ N: '0' }] } },
      { l: { L: [{ N: '0' }, { N: '1' }, { S: 'v' }] } }
    ],
    [
      'SET m.x = :s, m.y.z = :one',
      { m: { M: { y: { M: {} } } } },
      { m: { M: { x: { S: 'v' }, y: { M: { z: { N: '1' } } } } } }
    ],
    [
      'REMOVE l[0], l[2]',
      { l: { L: [{ N: '0' }, { N: '1' }, { N: '2' }, { N: '3' }] } },
      { l: { L: [{ N: '1' }, { N: '3' }] } }
    ],
    ['REMOVE l[7], nothing', { l: { L: [{ N: '0' }] } }, { l: { L: [{ N: '0' }] } }],
    ['REMOVE m.a', { m: { M: { a: { N: '1' }, b: { N: '2' } } } }, { m: { M: { b: { N: '2' } } } }],
    ['ADD n :one', {}, { n: { N: '1' } }],
    ['ADD n :one', { n: { N: '-1' } }, { n: { N: '0' } }],
    ['ADD ss :ss', {}, { ss: { SS: ['a', 'b'] } }],
    ['ADD ss :ss', { ss: { SS: ['b', 'c'] } }, { ss: { SS: ['a', 'b', 'c'] } }],
    ['ADD m.n :one', { m: { M: {} } }, { m: { M: { n: { N: '1' } } } }],
    ['DELETE ss :ss', { ss: { SS: ['b', 'c'] } }, { ss: { SS: ['c'] } }],
    ['DELETE ss :ss', { ss: { SS: ['a', 'b'] } }, {}],
    ['DELETE ss :ss', {}, {}],
    [
      'SET a = :s REMOVE b ADD n :one DELETE ss :ss',
      { b: { S: 'x' }, ss: { SS: ['a', 'z'] } },
      { a: { S: 'v' }, n: { N: '1' }, ss: { SS: ['z'] } }
    ],
    ['set a = :s add n :one', {}, { a: { S: 'v' }, n: { N: '1' } }],
    [
      'SET n = n + :tiny',
      { n: { N: '1' } },
      { n: { N: '1.0000000000000000000000000000000000001' } }
    ]
  ]
  const constants = {
    ':s': { S: 'v' },
    ':one': { N: '1' },
    ':l': { L: [{ N: '1' }] },
    ':ss': { SS: ['a', 'b'] },
    ':tiny': { N: '0.0000000000000000000000000000000000001' }
  }
  const used = (text) => {
    const values = Object.fromEntries(
      Object.entries(constants).filter(([k]) => new RegExp(`${k}\\b`).test(text))
    )
    return Object.keys(values).length > 0 ? values : undefined
  }
  test('applies SET, REMOVE, ADD and DELETE', async () => {
    for (const [UpdateExpression, before, after] of updates) {
      const TableName = await fresh(before)
      const request = {
        TableName,
        Key: key,
        UpdateExpression,
        ExpressionAttributeValues: used(UpdateExpression),
        ReturnValues: 'ALL_NEW'
      }
      const { Attributes } = await send('UpdateItem', request)
      sameItem(Attributes, { ...key, ...after })
      sameItem(await get(TableName), { ...key, ...after })
    }
  })

  // Evidence: captures (expressions facts, section 7, "Runtime errors", and 10.3).
  const failures = [
    [
      'SET a = b',
      {},
      'The provided expression refers to an attribute that does not exist in the item'
    ],
    [
      'SET a = a + :one',
      {},
      'The provided expression refers to an attribute that does not exist in the item'
    ],
    [
      'SET a = a + :one',
      { a: { S: 'x' } },
      'An operand in the update expression has an incorrect data type'
    ],
    [
      'SET a = list_append(a, :l)',
      { a: { N: '1' } },
      'An operand in the update expression has an incorrect data type'
    ],
    [
      'ADD a :one',
      { a: { S: 'x' } },
      'An operand in the update expression has an incorrect data type'
    ],
    [
      'ADD a :ss',
      { a: { NS: ['1'] } },
      'An operand in the update expression has an incorrect data type'
    ],
    [
      'DELETE a :ss',
      { a: { NS: ['1'] } },
      'An operand in the update expression has an incorrect data type'
    ],
    [
      'SET a.b = :s',
      {},
      'The document path provided in the update expression is invalid for update'
    ],
    [
      'SET a[0] = :s',
      { a: { M: {} } },
      'The document path provided in the update expression is invalid for update'
    ],
    [
      'SET a.b = :s',
      { a: { L: [] } },
      'The document path provided in the update expression is invalid for update'
    ],
    [
      'REMOVE a.b',
      { a: { S: 'x' } },
      'The document path provided in the update expression is invalid for update'
    ],
    ['REMOVE a.b', {}, 'The document path provided in the update expression is invalid for update'],
    [
      'SET a = a + a',
      { a: { N: '9' + '0'.repeat(125) } },
      'Number overflow. Attempting to store a number with magnitude larger than supported range'
    ]
  ]
  test('reports what the stored item does not allow, and changes nothing', async () => {
    for (const [UpdateExpression, before, message] of failures) {
      const TableName = await fresh(before)
      await invalid(
        send('UpdateItem', {
          TableName,
          Key: key,
          UpdateExpression,
          ExpressionAttributeValues: used(UpdateExpression)
        }),
        message
      )
      sameItem(await get(TableName), { ...key, ...before })
    }
  })

  // Evidence: captures (expressions facts, 10.3); real texts may carry the envelope prefix.
  const x = 'Invalid UpdateExpression: '
  const statics = [
    ['', x + 'The expression can not be empty;'],
    [
      'set #n = :v set abOrt = true',
      x + 'Attribute name is a reserved keyword; reserved keyword: abOrt'
    ],
    ['set #n = if_not_exist(:v) set c = d', x + 'Invalid function name; function: if_not_exist'],
    [
      'set x = #n set c = :v',
      x + 'The "SET" section can only be used once in an update expression;'
    ],
    [
      'SET #n = if_not_exists(:v)',
      x +
        'An expression attribute name used in the document path is not defined; attribute name: #n'
    ],
    [
      'SET x = :v',
      x + 'An expression attribute value used in expression is not defined; attribute value: :v'
    ],
    [
      'set d[1] = x, d.b = x, c[1].x = x, c = if_not_exists(x)',
      x +
        'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [c, [1], x], path two: [c]'
    ],
    [
      'remove x.c set x[1] = y',
      x +
        'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [x, c], path two: [x, [1]]'
    ],
    [
      'set b = list_append(:s, x), c = if_not_exists(x) add x.b :s',
      x + 'Incorrect operand type for operator or function; operator: ADD, operand type: STRING',
      { ':s': { S: 'a' } }
    ],
    [
      'add b :s',
      x + 'Incorrect operand type for operator or function; operator: ADD, operand type: MAP',
      { ':s': { M: {} } }
    ],
    [
      'delete b :s',
      x + 'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER',
      { ':s': { N: '1' } }
    ],
    [
      'set x = if_not_exists(c)',
      x +
        'Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1'
    ],
    [
      'set x = if_not_exists(:s, c)',
      x + 'Operator or function requires a document path; operator or function: if_not_exists',
      { ':s': { N: '1' } }
    ],
    [
      'set x = list_append(x, :s)',
      x +
        'Incorrect operand type for operator or function; operator or function: list_append, operand type: N',
      { ':s': { N: '1' } }
    ],
    [
      'set x = x + :s',
      x +
        'Incorrect operand type for operator or function; operator or function: +, operand type: S',
      { ':s': { S: '1' } }
    ]
  ]
  test('checks update expressions before it looks for the table', async () => {
    for (const [UpdateExpression, message, ExpressionAttributeValues] of statics) {
      const error = await rejects(
        send('UpdateItem', {
          TableName: 'nope',
          Key: key,
          UpdateExpression,
          ExpressionAttributeValues
        }),
        'ValidationException'
      )
      assert.ok(error.message.endsWith(message), `${UpdateExpression}: ${error.message}`)
    }
    for (const text of [
      'foo',
      'set x',
      'add x',
      'set x=set',
      'remove x = y',
      'add x = y',
      'delete x y',
      'set x y',
      'set :v = y',
      'remove :v',
      'set x = y / z',
      'set x[1] = "s"',
      'set x[1] = 1',
      'SET if_not_exist(x, y) = x',
      'set (x = (y + z))',
      'set a = b + c + d',
      'SET a = b,'
    ]) {
      await invalid(
        send('UpdateItem', { TableName: 'nope', Key: key, UpdateExpression: text }),
        /Invalid UpdateExpression: Syntax error; /
      )
    }
  })

  test('refuses to change the key', async () => {
    const TableName = await fresh()
    const message =
      'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key'
    for (const UpdateExpression of ['SET pk = :s', 'REMOVE pk', 'SET pk.a = :s']) {
      await invalid(
        send('UpdateItem', {
          TableName,
          Key: key,
          UpdateExpression,
          ExpressionAttributeValues: used(UpdateExpression)
        }),
        message
      )
    }
    await invalid(
      send('UpdateItem', { TableName, Key: key, AttributeUpdates: { pk: { Value: { S: 'b' } } } }),
      message
    )
  })

  // Evidence: validation facts 4.5, steps 9 and 11.
  test('keeps index keys in their type', async () => {
    const TableName = await fresh({ n: { N: '1' }, e: { S: '' } }, { gsis: { byG: { hash: 'g' } } })
    const update = (UpdateExpression, ExpressionAttributeValues) =>
      send('UpdateItem', { TableName, Key: key, UpdateExpression, ExpressionAttributeValues })
    await invalid(
      update('SET g = :v', { ':v': { N: '1' } }),
      'One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: byG'
    )
    await invalid(
      update('SET g = n'),
      'The update expression attempted to update the secondary index key to unsupported type'
    )
    await invalid(
      update('SET g = e'),
      'One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.'
    )
    await update('SET g = :v', { ':v': { S: 'in' } })
    assert.equal((await send('Scan', { TableName, IndexName: 'byG' })).Count, 1)
    await update('REMOVE g')
    assert.equal((await send('Scan', { TableName, IndexName: 'byG' })).Count, 0)
  })

  // Evidence: expressions facts, "ReturnValues projection for UpdateItem".
  test('returns what ReturnValues asks for', async () => {
    const before = {
      a: { S: '1' },
      m: { M: { x: { N: '1' }, y: { N: '2' } } },
      l: { L: [{ N: '0' }, { N: '1' }] }
    }
    const UpdateExpression = 'SET a = :s, m.x = :one, l[1] = :s, fresh = :one'
    const cases = {
      NONE: undefined,
      ALL_OLD: { ...key, ...before },
      UPDATED_OLD: { a: { S: '1' }, m: { M: { x: { N: '1' } } }, l: { L: [{ N: '1' }] } },
      ALL_NEW: {
        ...key,
        a: { S: 'v' },
        m: { M: { x: { N: '1' }, y: { N: '2' } } },
        l: { L: [{ N: '0' }, { S: 'v' }] },
        fresh: { N: '1' }
      },
      UPDATED_NEW: {
        a: { S: 'v' },
        m: { M: { x: { N: '1' } } },
        l: { L: [{ S: 'v' }] },
        fresh: { N: '1' }
      }
    }
    for (const [ReturnValues, expected] of Object.entries(cases)) {
      const TableName = await fresh(before)
      const { Attributes } = await send('UpdateItem', {
        TableName,
        Key: key,
        UpdateExpression,
        ExpressionAttributeValues: used(UpdateExpression),
        ReturnValues
      })
      if (expected === undefined) assert.equal(Attributes, undefined)
      else sameItem(Attributes, expected)
    }
    const TableName = await fresh({ a: { S: '1' } })
    assert.deepEqual(
      await send('UpdateItem', {
        TableName,
        Key: key,
        UpdateExpression: 'REMOVE a',
        ReturnValues: 'UPDATED_NEW'
      }),
      {}
    )
    assert.deepEqual(
      await send('UpdateItem', { TableName, Key: { pk: { S: 'new' } }, ReturnValues: 'ALL_OLD' }),
      {}
    )
  })

  test('writes only when the condition holds', async () => {
    const TableName = await fresh({ v: { N: '1' } })
    const update = (from, to) =>
      send('UpdateItem', {
        TableName,
        Key: key,
        UpdateExpression: 'SET v = :to',
        ConditionExpression: 'v = :from',
        ExpressionAttributeValues: { ':from': { N: from }, ':to': { N: to } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
      })
    await update('1', '2')
    const error = await rejects(
      update('1', '3'),
      'ConditionalCheckFailedException',
      'The conditional request failed'
    )
    sameItem(error.Item, { ...key, v: { N: '2' } })
  })

  // Evidence: types facts, section 7: the overhead of an update against 400 KB (captures, 2026).
  test('measures the updated item against 400 KB', async () => {
    const TableName = await fresh()
    const update = (n) =>
      send('UpdateItem', {
        TableName,
        Key: key,
        UpdateExpression: 'SET b = :b',
        ExpressionAttributeValues: { ':b': { S: 'x'.repeat(n) } }
      })
    // item = pk(2)+a(1)+b(1)+n; without the key: 1+n, and 3+19 of overhead for one SET
    await update(409600 - 1 - 22)
    await invalid(
      update(409600 - 1 - 22 + 1),
      'Item size to update has exceeded the maximum allowed size'
    )
  })

  // Evidence: legacy facts, section 5.
  test('takes AttributeUpdates', async () => {
    const update = async (before, AttributeUpdates, after) => {
      const TableName = await fresh(before)
      const { Attributes } = await send('UpdateItem', {
        TableName,
        Key: key,
        AttributeUpdates,
        ReturnValues: 'ALL_NEW'
      })
      sameItem(Attributes, { ...key, ...after })
    }
    await update({}, { a: { Value: { S: 'x' } } }, { a: { S: 'x' } })
    await update({ a: { S: 'x' } }, { a: { Action: 'DELETE' } }, {})
    await update({ n: { N: '1' } }, { n: { Action: 'ADD', Value: { N: '2' } } }, { n: { N: '3' } })
    await update({}, { n: { Action: 'ADD', Value: { N: '2' } } }, { n: { N: '2' } })
    await update(
      { s: { SS: ['a'] } },
      { s: { Action: 'ADD', Value: { SS: ['b'] } } },
      { s: { SS: ['a', 'b'] } }
    )
    await update(
      { s: { SS: ['a', 'b'] } },
      { s: { Action: 'DELETE', Value: { SS: ['b'] } } },
      { s: { SS: ['a'] } }
    )
    await update(
      { l: { L: [{ N: '1' }] } },
      { l: { Action: 'ADD', Value: { L: [{ N: '2' }] } } },
      { l: { L: [{ N: '1' }, { N: '2' }] } }
    )
    await update(
      {},
      { 'a.b': { Value: { S: 'x' } }, size: { Value: { N: '1' } } },
      { 'a.b': { S: 'x' }, size: { N: '1' } }
    )
    const TableName = await fresh({ s: { S: 'x' } })
    const p = 'One or more parameter values were invalid: '
    const cases = [
      [{ a: {} }, p + 'Only DELETE action is allowed when no attribute value is specified'],
      [
        { a: { Action: 'ADD' } },
        p + 'Only DELETE action is allowed when no attribute value is specified'
      ],
      [
        { a: { Action: 'DELETE', Value: { S: 'x' } } },
        p + 'DELETE action with value is not supported for the type S'
      ],
      [
        { a: { Action: 'ADD', Value: { S: 'x' } } },
        p + 'ADD action is not supported for the type S'
      ],
      [{ s: { Action: 'ADD', Value: { N: '1' } } }, 'Type mismatch for attribute to update']
    ]
    for (const [AttributeUpdates, message] of cases) {
      const error = await rejects(
        send('UpdateItem', { TableName, Key: key, AttributeUpdates }),
        'ValidationException'
      )
      assert.ok(
        error.message.endsWith(message),
        `${JSON.stringify(AttributeUpdates)}: ${error.message}`
      )
    }
    await invalid(
      send('UpdateItem', {
        TableName,
        Key: key,
        AttributeUpdates: {},
        UpdateExpression: 'SET a = b'
      }),
      /Can not use both expression and non-expression parameters in the same request: Non-expression parameters: \{AttributeUpdates\} Expression parameters: \{UpdateExpression\}$/
    )
  })

  // Evidence: the service's captures of nested paths into keys; found against dynalite 4.0.0.
  test('reads no path into a key or an index key on the right of SET', async () => {
    const TableName = await fresh({ g: { S: 'x' } }, { gsis: { byG: { hash: 'g' } } })
    const update = (UpdateExpression) =>
      send('UpdateItem', { TableName, Key: key, UpdateExpression })
    for (const [path, place] of [['pk.a', 'Key: pk'], ['g[0]', 'IndexKey: g']]) {
      await invalid(
        update(`SET a = if_not_exists(${path}, pk)`),
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not " +
          `allowed: ${place}`
      )
    }
    await update('SET a = if_not_exists(g, pk)')
  })

  // Evidence: dynalite 4.0.0, whose static types of updates follow captures of the service.
  test('knows the type that an update gives to an index key before it reads the item', async () => {
    const TableName = await fresh({}, { gsis: { byG: { hash: 'g:N' } } })
    const cases = [
      ['SET g = :v', { S: 'a' }, 'S'],
      ['SET g = list_append(absent, :v)', { L: [] }, 'L'],
      ['ADD g :v', { NS: ['1'] }, 'NS'],
      ['DELETE g :v', { SS: ['a'] }, 'SS']
    ]
    for (const [UpdateExpression, v, actual] of cases) {
      await invalid(
        send('UpdateItem', {
          TableName, Key: key, UpdateExpression, ExpressionAttributeValues: { ':v': v }
        }),
        'One or more parameter values were invalid: Type mismatch for Index Key g Expected: N ' +
          `Actual: ${actual} IndexName: byG`
      )
    }
    await send('UpdateItem', {
      TableName, Key: key, UpdateExpression: 'ADD g :v', ExpressionAttributeValues: { ':v': { N: '1' } }
    })
  })

  // Evidence: dynalite 4.0.0; its capture of `set b.x = a` on a new item with the key a complains
  // about the path and not about an attribute that does not exist.
  test('reads the key of an item that it creates', async () => {
    const TableName = await makeTable()
    const { Attributes } = await send('UpdateItem', {
      TableName,
      Key: { pk: { S: 'new' } },
      UpdateExpression: 'SET a = pk, b = if_not_exists(pk, c)',
      ReturnValues: 'ALL_NEW'
    })
    sameItem(Attributes, { pk: { S: 'new' }, a: { S: 'new' }, b: { S: 'new' } })
    await invalid(
      send('UpdateItem', { TableName, Key: { pk: { S: 'x' } }, UpdateExpression: 'SET b.x = pk' }),
      'The document path provided in the update expression is invalid for update'
    )
  })

  // Evidence: capacity facts, section 10: key moves and removals.
  test('charges index arms by what changes in the index', async () => {
    const TableName = await fresh(
      { g: { S: 'x' } },
      { gsis: { byG: { hash: 'g', project: ['p'] } } }
    )
    const cost = async (UpdateExpression, ExpressionAttributeValues) =>
      (
        await send('UpdateItem', {
          TableName,
          Key: key,
          UpdateExpression,
          ExpressionAttributeValues,
          ReturnConsumedCapacity: 'INDEXES'
        })
      ).ConsumedCapacity
    const byG = (c) => c.GlobalSecondaryIndexes?.byG.CapacityUnits
    assert.equal(byG(await cost('SET aside = :v', { ':v': { S: 'y' } })), undefined)
    assert.equal(byG(await cost('SET p = :v', { ':v': { S: 'y' } })), 1)
    assert.equal(byG(await cost('SET g = :v', { ':v': { S: 'y' } })), 2)
    assert.equal(byG(await cost('REMOVE g')), 1)
  })
})
