import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

everyTarget('ExecuteStatement INSERT, UPDATE and DELETE', ({ test, send, makeTable }) => {
  const run = (Statement, Parameters, more = {}) =>
    send('ExecuteStatement', { Statement, ...(Parameters && { Parameters }), ...more })
  const get = async (TableName, pk, more = {}) =>
    (await send('GetItem', { TableName, Key: { pk: { S: pk }, ...more } })).Item
  const failed = (promise) =>
    rejects(promise, 'ConditionalCheckFailedException', 'The conditional request failed')

  // Evidence: AWS Developer Guide, "PartiQL data types"; facts partiql 4 and 7.
  test('INSERT stores every kind of literal', async () => {
    const t = await makeTable()
    assert.deepEqual(
      await run(
        `INSERT INTO "${t}" VALUE {'pk': 'a', 's': 'it''s', 'e': '', 'n': -1.50e2, 'p': +0.5, ` +
          `'yes': true, 'no': FALSE, 'nil': NULL, ` +
          `'l': [1, [], 'x', {'deep': ?}], 'm': {'k.k': {'q': 2}, 'k': {}}, 'ss': <<'b', ` +
          `'a'>>, 'ns': <<1.0, 2>>, 'b': ?, 'bs': <<?>>}`,
        [{ L: [{ BOOL: true }] }, { B: 'AQI=' }, { B: 'Aw==' }]
      ),
      { Items: [] }
    )
    sameItem(await get(t, 'a'), {
      pk: { S: 'a' },
      s: { S: "it's" },
      e: { S: '' },
      n: { N: '-150' },
      p: { N: '0.5' },
      yes: { BOOL: true },
      no: { BOOL: false },
      nil: { NULL: true },
      l: { L: [{ N: '1' }, { L: [] }, { S: 'x' }, { M: { deep: { L: [{ BOOL: true }] } } }] },
      m: { M: { 'k.k': { M: { q: { N: '2' } } }, k: { M: {} } } },
      ss: { SS: ['a', 'b'] },
      ns: { NS: ['1', '2'] },
      b: { B: 'AQI=' },
      bs: { BS: ['Aw=='] }
    })
    await run(`insert into ${t} value ?`, [{ M: { pk: { S: 'whole' }, x: { N: '1' } } }])
    assert.deepEqual(await get(t, 'whole'), { pk: { S: 'whole' }, x: { N: '1' } })
  })

  // Evidence: facts partiql 2 and 4.
  test('INSERT never overwrites', async () => {
    const t = await makeTable({ range: 'sk:N' })
    await run(`INSERT INTO ${t} VALUE {'pk': 'a', 'sk': 1, 'v': 1}`)
    for (const ReturnValuesOnConditionCheckFailure of ['NONE', 'ALL_OLD'])
      await rejects(
        run(`INSERT INTO ${t} VALUE {'pk': 'a', 'sk': 1.0, 'v': 2}`, undefined, {
          ReturnValuesOnConditionCheckFailure
        }),
        'DuplicateItemException',
        'Duplicate primary key exists in table'
      )
    assert.equal((await get(t, 'a', { sk: { N: '1' } })).v.N, '1')
    await run(`INSERT INTO ${t} VALUE {'pk': 'a', 'sk': 2}`)
  })

  test('INSERT checks the item as PutItem does', async () => {
    const t = await makeTable({ range: 'sk:N', gsis: { byG: { hash: 'g' } } })
    const INVALID = 'One or more parameter values were invalid: '
    const cases = [
      [`{'pk': 'a'}`, `${INVALID}Missing the key sk in the item`],
      [`{'pk': 1, 'sk': 1}`, `${INVALID}Type mismatch for key pk expected: S actual: N`],
      [
        `{'pk': '', 'sk': 1}`,
        'One or more parameter values are not valid. The AttributeValue for a key attribute ' +
          'cannot contain an empty string value. Key: pk'
      ],
      [
        `{'pk': 'a', 'sk': 1, 'g': 1}`,
        /Type mismatch for Index Key g Expected: S Actual: N IndexName: byG$/
      ],
      [`{'pk': 'a', 'sk': 1e126}`, /^Number overflow/],
      [`{'pk': 'a', 'sk': 1, 's': <<>>}`, 'Empty bags are not supported'],
      [`{'pk': 'a', 'sk': 1, 's': <<'a', 1>>}`, /^Unexpected data type N in String Set/],
      [`{'pk': 'a', 'sk': 1, 's': <<'a', 'a'>>}`, /contains duplicates$/],
      [`{'pk': 'a', 'sk': 1, 's': <<true>>}`, /^Unsupported data type in Bag/],
      [`{'pk': 'a', 'sk': 1, 'pk': 'b'}`, /^Duplicate keys in tuple\. Key: pk/],
      [`{'pk': 'a', 'sk': 1, 2: 'b'}`, /^Tuple keys must be of type String/],
      [`{'pk': 'a', 'sk': x}`, 'Unsupported token in expression: x'],
      [
        `{'pk': 'a', 'sk': 1, 'd': ${'['.repeat(33)}${']'.repeat(33)}}`,
        /^Nesting Levels have exceeded/
      ],
      [`[1]`, /^Unsupported format in item expression/]
    ]
    for (const [tuple, message] of cases)
      await invalid(run(`INSERT INTO ${t} VALUE ${tuple}`), message)
    await invalid(
      run(`INSERT INTO ${t} VALUE {'pk': 'a', 'sk': 1, 'big': ?}`, [{ S: 'x'.repeat(409600) }]),
      'Item size has exceeded the maximum allowed size'
    )
    await invalid(
      run(`INSERT INTO ${t} <<{'pk': 'a', 'sk': 1}>>`),
      /^Unsupported operation: Inserting multiple items/
    )
    await invalid(
      run(`INSERT INTO ${t} VALUE {'pk': 'a', 'sk': 1} RETURNING ALL OLD *`),
      'RETURNING is not supported in INSERT'
    )
    await invalid(
      run(`INSERT INTO ${t}.byG VALUE {'pk': 'a', 'sk': 1}`),
      `FROM clause may only contain a single table name in data manipulation statements at ` +
        `1:13:${t.length}`
    )
    await invalid(
      run(`INSERT INTO urls (key, b) VALUES (1, 2)`),
      "Statement wasn't well formed, can't be processed: Unexpected keyword"
    )
    await run(
      `INSERT INTO ${t} VALUE {'pk': 'a', 'sk': 1, 'd': ${'['.repeat(32)}${']'.repeat(32)}}`
    )
  })

  // Evidence: AWS Developer Guide, "PartiQL update statements for DynamoDB"; facts partiql 4.
  test('UPDATE changes what SET and REMOVE name, from the item as it was', async () => {
    const t = await makeTable()
    const start = {
      pk: { S: 'a' },
      n: { N: '1' },
      m: { M: { x: { N: '5' }, l: { L: [{ S: 'p' }, { S: 'q' }] } } },
      l: { L: [{ N: '1' }, { N: '2' }, { N: '3' }] },
      ss: { SS: ['a', 'b'] },
      ns: { NS: ['1'] }
    }
    const cases = [
      [`SET n = n + 1, m.x = n`, { n: { N: '2' }, m: { M: { x: { N: '1' }, l: start.m.M.l } } }],
      [`SET n = 10 - n`, { n: { N: '9' } }],
      [`SET n = -2`, { n: { N: '-2' } }],
      [
        `SET m.l[0] = 'z' SET added = {'a': [1]}`,
        {
          m: { M: { x: { N: '5' }, l: { L: [{ S: 'z' }, { S: 'q' }] } } },
          added: { M: { a: { L: [{ N: '1' }] } } }
        }
      ],
      [`SET l[3] = 4`, { l: { L: [...start.l.L, { N: '4' }] } }],
      [`SET l[99] = 4`, { l: { L: [...start.l.L, { N: '4' }] } }],
      [`REMOVE l[0]`, { l: { L: start.l.L.slice(1) } }],
      [
        `REMOVE l[0], m.l REMOVE n`,
        { l: { L: start.l.L.slice(1) }, m: { M: { x: { N: '5' } } }, n: undefined }
      ],
      [`SET l = list_append(l, [9])`, { l: { L: [...start.l.L, { N: '9' }] } }],
      [`SET l = LIST_APPEND([9], m.l)`, { l: { L: [{ N: '9' }, ...start.m.M.l.L] } }],
      [`SET ss = set_add(ss, <<'c', 'a'>>)`, { ss: { SS: ['a', 'b', 'c'] } }],
      [
        `SET ss = set_delete(ss, <<'a'>>) SET ns = set_delete(ns, <<1>>)`,
        { ss: { SS: ['b'] }, ns: undefined }
      ],
      [`SET fresh = set_add(fresh, <<1>>)`, { fresh: { NS: ['1'] } }],
      [`SET n = if_not_exists(zz, 7), zz = if_not_exists(n, 8)`, { n: { N: '7' }, zz: { N: '1' } }]
    ]
    for (const [changes, expected] of cases) {
      await send('PutItem', { TableName: t, Item: start })
      assert.deepEqual(await run(`UPDATE "${t}" ${changes} WHERE pk = 'a'`), { Items: [] }, changes)
      const item = { ...start, ...expected }
      for (const name of Object.keys(item)) if (!item[name]) delete item[name]
      sameItem(await get(t, 'a'), item)
    }
  })

  // Evidence: facts partiql 4.
  test('UPDATE is no upsert, and its other conditions must hold', async () => {
    const t = await makeTable({ range: 'sk:N' })
    await run(`INSERT INTO ${t} VALUE {'pk': 'a', 'sk': 1, 'v': 1}`)
    await failed(run(`UPDATE ${t} SET v = 2 WHERE pk = 'a' AND sk = 2`))
    await failed(run(`UPDATE ${t} SET v = 2 WHERE pk = 'a' AND sk = 1 AND v = 2`))
    await failed(
      run(`UPDATE ${t} SET v = 2 WHERE pk = 'a' AND sk = 1 AND (v = 2 OR w IS NOT MISSING)`)
    )
    const error = await failed(
      run(`UPDATE ${t} SET v = 2 WHERE pk = 'a' AND sk = 1 AND v = ?`, [{ N: '9' }], {
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
      })
    )
    assert.deepEqual(error.Item, { pk: { S: 'a' }, sk: { N: '1' }, v: { N: '1' } })
    await run(`UPDATE ${t} SET v = 2 WHERE v = 1 AND sk = 1 AND pk = 'a' AND w IS MISSING`)
    assert.equal((await get(t, 'a', { sk: { N: '1' } })).v.N, '2')
  })

  // Evidence: facts partiql 4 (RETURNING).
  test('UPDATE returns what RETURNING asks for', async () => {
    const t = await makeTable()
    const cases = [
      ['ALL OLD', { pk: { S: 'a' }, n: { N: '1' }, m: { M: { x: { N: '1' }, y: { N: '2' } } } }],
      [
        'ALL NEW',
        { pk: { S: 'a' }, n: { N: '2' }, m: { M: { x: { N: '7' }, y: { N: '2' } } }, z: { N: '3' } }
      ],
      ['MODIFIED OLD', { n: { N: '1' }, m: { M: { x: { N: '1' } } } }],
      ['modified new', { n: { N: '2' }, m: { M: { x: { N: '7' } } }, z: { N: '3' } }]
    ]
    for (const [variant, expected] of cases) {
      await send('PutItem', { TableName: t, Item: cases[0][1] })
      const { Items } = await run(
        `UPDATE ${t} SET n = 2, m.x = 7, z = 3 WHERE pk = 'a' RETURNING ${variant} *`
      )
      assert.equal(Items.length, 1)
      sameItem(Items[0], expected)
    }
    assert.deepEqual(await run(`UPDATE ${t} REMOVE z WHERE pk = 'a' RETURNING MODIFIED NEW *`), {
      Items: []
    })
    await run(`UPDATE ${t} SET l = [1, 2, 3, 4] WHERE pk = 'a'`)
    assert.deepEqual(
      (await run(`UPDATE ${t} SET l[3] = 40, l[1] = 20 WHERE pk = 'a' RETURNING MODIFIED NEW *`))
        .Items,
      [{ l: { L: [{ N: '20' }, { N: '40' }] } }]
    )
    for (const wrong of ['ALL', 'ALL OLD', 'SOME OLD *', 'OLD *'])
      await invalid(
        run(`UPDATE ${t} SET n = 2 WHERE pk = 'a' RETURNING ${wrong}`),
        /^Statement wasn't|^Expected '\*'/
      )
  })

  // Evidence: facts partiql 2 and 4; expressions 7 for what depends on the item.
  test('UPDATE refuses what it cannot do', async () => {
    const t = await makeTable({ range: 'sk:N', gsis: { byG: { hash: 'g' } } })
    await run(`INSERT INTO ${t} VALUE {'pk': 'a', 'sk': 1, 's': 'x', 'l': [1]}`)
    const key = `WHERE pk = 'a' AND sk = 1`
    const cases = [
      [`SET v = 1`, 'Where clause does not contain a mandatory equality on all key attributes'],
      [
        `SET v = 1 WHERE pk = 'a'`,
        'Where clause does not contain a mandatory equality on all key attributes'
      ],
      [`SET v = 1 WHERE pk = 'a' AND sk > 1`, /mandatory equality on all key attributes$/],
      [`SET v = 1 WHERE pk = 'a' AND sk IN [1]`, /mandatory equality on all key attributes$/],
      [
        `SET v = 1 WHERE pk = 'a' AND sk = 1 OR pk = 'b' AND sk = 1`,
        /mandatory equality on all key attributes$/
      ],
      [`SET v = 1 WHERE pk = 'a' AND sk = 1 AND pk = 'b'`, /^Multiple conditions on same key pk/],
      [`SET v = 1 WHERE pk = 1 AND sk = 1`, 'The provided key element does not match the schema'],
      [
        `SET pk = 'b' ${key}`,
        'One or more parameter values were invalid: Cannot update attribute pk. This ' +
          'attribute is part of the key'
      ],
      [`SET g = 1 ${key}`, /Type mismatch for Index Key g Expected: S Actual: N IndexName: byG$/],
      [
        `SET v = zz ${key}`,
        'The provided expression refers to an attribute that does not exist in the item'
      ],
      [`SET s = s + 1 ${key}`, 'An operand in the update expression has an incorrect data type'],
      [
        `SET s = s + 'x' ${key}`,
        /^Incorrect operand type .*; operator or function: \+, operand type: S$/
      ],
      [`SET v = list_append(l, 1) ${key}`, /operator or function: list_append, operand type: N$/],
      [
        `SET zz.a = 1 ${key}`,
        'The document path provided in the update expression is invalid for update'
      ],
      [`SET v = 1, v.a = 2 ${key}`, /^Two document paths overlap/],
      [
        `SET s = set_add(l, <<'a'>>) ${key}`,
        'The first argument to SET_ADD must equal the assignment value'
      ],
      [
        `SET s = set_delete(s, 'a') ${key}`,
        'The second argument to SET_DELETE must be a value with type SET'
      ],
      [
        `SET s = set_add(s, <<'a'>>) ${key}`,
        'An operand in the update expression has an incorrect data type'
      ],
      [`SET s = foo(s) ${key}`, 'Unrecognized function: foo'],
      [`SET v = 1 + 2 + 3 ${key}`, 'Unsupported operator in Update Expression. Operator: +'],
      [
        `SET ${key}`,
        "Statement wasn't well formed, can't be processed: Expected identifier for simple path"
      ],
      [`SET v 1 ${key}`, "Statement wasn't well formed, can't be processed: Expected '='"],
      [
        `ADD v 1 ${key}`,
        "Statement wasn't well formed, can't be processed: Expected data manipulation"
      ]
    ]
    for (const [rest, message] of cases) {
      const error = await rejects(run(`UPDATE ${t} ${rest}`), 'ValidationException')
      if (message instanceof RegExp) assert.match(error.message, message, rest)
      else assert.equal(error.message, message, rest)
    }
    await invalid(
      run(`UPDATE ${t}.byG SET v = 1 WHERE g = 'a'`),
      'This operation is not supported on an index'
    )
    await invalid(
      run(`UPDATE ${t} SET big = ? ${key}`, [{ S: 'x'.repeat(409600) }]),
      'Item size to update has exceeded the maximum allowed size'
    )
    await rejects(
      run(`UPDATE nowhere SET v = 1 WHERE pk = 'a'`),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
  })

  // Evidence: facts partiql 2 and 4.
  test('DELETE succeeds without an item, and fails on a false condition', async () => {
    const t = await makeTable()
    assert.deepEqual(await run(`DELETE FROM ${t} WHERE pk = 'a'`), { Items: [] })
    assert.deepEqual(await run(`DELETE FROM ${t} WHERE pk = 'a' AND v = 1`), { Items: [] })
    assert.deepEqual(await run(`DELETE FROM ${t} WHERE pk = 'a' RETURNING ALL OLD *`), {
      Items: []
    })
    await run(`INSERT INTO ${t} VALUE {'pk': 'a', 'v': 1}`)
    await failed(run(`DELETE FROM ${t} WHERE pk = 'a' AND v = 2`))
    assert.ok(await get(t, 'a'))
    assert.deepEqual(await run(`DELETE FROM ${t} WHERE pk = 'a' AND v = 1 RETURNING ALL OLD *`), {
      Items: [{ pk: { S: 'a' }, v: { N: '1' } }]
    })
    assert.equal(await get(t, 'a'), undefined)
    for (const variant of ['ALL NEW', 'MODIFIED OLD', 'MODIFIED NEW'])
      await invalid(
        run(`DELETE FROM ${t} WHERE pk = 'a' RETURNING ${variant} *`),
        `Invalid returning clause: RETURNING ${variant} *. Only RETURNING ALL OLD * is ` +
          `allowed in DELETE statements.`
      )
    await invalid(
      run(`DELETE FROM ${t}`),
      'Where clause does not contain a mandatory equality on all key attributes'
    )
    await invalid(
      run(`DELETE FROM ${t}.x WHERE pk = 'a'`),
      'This operation is not supported on an index'
    )
    await invalid(run(`DELETE ${t} WHERE pk = 'a'`), /Expected FROM after DELETE$/)
  })

  // Evidence: facts capacity 3, 4 and 10.
  test('reports what writes cost', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' } } })
    const used = async (Statement) =>
      (await send('ExecuteStatement', { Statement, ReturnConsumedCapacity: 'INDEXES' }))
        .ConsumedCapacity
    const units = (table, index) => ({
      TableName: t,
      CapacityUnits: table + (index ?? 0),
      Table: { CapacityUnits: table },
      ...(index && { GlobalSecondaryIndexes: { byG: { CapacityUnits: index } } })
    })
    assert.deepEqual(
      await used(`INSERT INTO ${t} VALUE {'pk': 'a', 'g': 'x', 'v': '${'x'.repeat(1500)}'}`),
      units(2, 2)
    )
    assert.deepEqual(await used(`UPDATE ${t} SET v = 'y' WHERE pk = 'a'`), units(2, 2))
    assert.deepEqual(await used(`UPDATE ${t} SET v = 'y' WHERE pk = 'a'`), units(1))
    assert.deepEqual(await used(`DELETE FROM ${t} WHERE pk = 'a'`), units(1, 1))
    assert.deepEqual(await used(`DELETE FROM ${t} WHERE pk = 'a'`), units(1))
  })

  test('keeps indexes in step', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' } } })
    const byG = async (g) => (await run(`SELECT pk FROM ${t}.byG WHERE g = '${g}'`)).Items.length
    await run(`INSERT INTO ${t} VALUE {'pk': 'a', 'g': 'x'}`)
    assert.equal(await byG('x'), 1)
    await run(`UPDATE ${t} SET g = 'y' WHERE pk = 'a'`)
    assert.deepEqual([await byG('x'), await byG('y')], [0, 1])
    await run(`DELETE FROM ${t} WHERE pk = 'a'`)
    assert.equal(await byG('y'), 0)
  })
})
