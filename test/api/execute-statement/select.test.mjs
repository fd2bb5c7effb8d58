import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

everyTarget('ExecuteStatement SELECT', ({ test, send, makeTable }) => {
  const run = (Statement, Parameters, more = {}) =>
    send('ExecuteStatement', { Statement, ...(Parameters && { Parameters }), ...more })
  const items = async (...args) => (await run(...args)).Items
  const put = async (TableName, ...list) => {
    for (const Item of list) await send('PutItem', { TableName, Item })
  }

  // Three partitions of three items each, n from 1 to 9.
  const numbers = async () => {
    const t = await makeTable({ range: 'sk:N' })
    let n = 0
    for (const pk of ['a', 'b', 'c'])
      for (const sk of ['1', '2', '10'])
        await put(t, { pk: { S: pk }, sk: { N: sk }, n: { N: `${++n}` } })
    return t
  }
  const ns = async (...args) => (await items(...args)).map((item) => +item.n.N)

  // Evidence: AWS Developer Guide, "PartiQL select statements for DynamoDB"; facts partiql 3.
  test('finds rows by the conditions of WHERE', async () => {
    const t = await numbers()
    const cases = [
      [`pk = 'a' AND sk = 2`, [2]],
      [`sk = 2 AND 'a' = pk`, [2]],
      [`pk = 'a'`, [1, 2, 3]],
      [`pk = 'a' AND sk > 1`, [2, 3]],
      [`pk = 'a' AND 2 >= sk`, [1, 2]],
      [`pk = 'a' AND sk BETWEEN 2 AND 10`, [2, 3]],
      [`pk = 'a' AND sk NOT BETWEEN 2 AND 9`, [1, 3]],
      [`pk = 'a' AND sk > 1 AND sk < 10`, [2]],
      [`pk = 'a' AND n <> 2`, [1, 3]],
      [`pk = 'a' AND n != 2`, [1, 3]],
      [`pk = 'a' AND pk = 'b'`, []],
      [`pk IN ['b', 'a'] AND sk = 1`, [1, 4]],
      [`pk IN ('b', 'a', 'b') AND sk = 1`, [1, 4]],
      [`pk = 'c' OR pk = 'a'`, [1, 2, 3, 7, 8, 9]],
      [`(pk = 'c' AND sk = 1) OR (pk = 'a' AND sk = 2)`, [2, 7]],
      [`pk = 'a' AND (n = 1 OR n = 3)`, [1, 3]],
      [`pk = 'a' AND NOT n = 1`, [2, 3]],
      [`pk = 'zz'`, []],
      [`pk = 'a' AND n IN [3, 1]`, [1, 3]]
    ]
    for (const [where, expected] of cases)
      assert.deepEqual(await ns(`SELECT * FROM "${t}" WHERE ${where}`), expected, where)
  })

  test('scans where no partition key is given', async () => {
    const t = await numbers()
    const cases = [
      ['', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
      ['WHERE sk = 10', [3, 6, 9]],
      [`WHERE begins_with(pk, 'a') AND n > 1`, [2, 3]],
      [`WHERE pk = 'a' OR n = 9`, [1, 2, 3, 9]],
      [`WHERE NOT (pk = 'a' OR pk = 'b')`, [7, 8, 9]],
      ['WHERE n IS MISSING', []],
      ['WHERE zz IS MISSING AND n < 2', [1]]
    ]
    for (const [where, expected] of cases) {
      const found = await ns(`SELECT * FROM ${t} ${where}`)
      assert.deepEqual(
        found.sort((a, b) => a - b),
        expected,
        where
      )
    }
  })

  // Evidence: facts partiql 3; AWS Developer Guide, "PartiQL functions" and "operators".
  test('has the conditions of PartiQL', async () => {
    const t = await makeTable()
    await put(
      t,
      {
        pk: { S: 's' },
        v: { S: 'hello' },
        set: { SS: ['x', 'y'] },
        nested: { M: { k: { L: [{ N: '7' }] } } }
      },
      { pk: { S: 'n' }, v: { N: '5' }, items: { L: [{ S: 'x' }] } },
      { pk: { S: 'null' }, v: { NULL: true } },
      { pk: { S: 'none' } },
      { pk: { S: 'bool' }, v: { BOOL: true }, dash: { M: { 'a-b': { S: 'q' } } } }
    )
    const cases = [
      [`v = 'hello'`, 's'],
      [`v <> 'hello'`, 'bool n null'],
      [`NOT v = 'hello'`, 'bool n none null'],
      [`v = 5.0`, 'n'],
      [`v = +5`, 'n'],
      [`v IS NULL`, 'null'],
      [`v IS NOT NULL`, 'bool n none s'],
      [`v IS MISSING`, 'none'],
      [`v IS NOT MISSING`, 'bool n null s'],
      [`v IS STRING`, 's'],
      [`v IS NUMERIC`, 'n'],
      [`v IS BOOLEAN`, 'bool'],
      [`nested IS STRUCT AND items IS MISSING`, 's'],
      [`items IS LIST`, 'n'],
      [`v = true`, 'bool'],
      [`v = TRUE`, 'bool'],
      [`v = null`, 'null'],
      [`begins_with(v, 'he')`, 's'],
      [`BEGINS_WITH("v", 'he')`, 's'],
      [`contains(v, 'ell')`, 's'],
      [`contains("set", 'y')`, 's'],
      [`contains(items, 'x')`, 'n'],
      [`attribute_type(v, 'N')`, 'n'],
      [`size(v) = 5`, 's'],
      [`size(v) <> 4`, 's'],
      [`size("set") > 1`, 's'],
      [`"set" = <<'y', 'x'>>`, 's'],
      [`items = ['x']`, 'n'],
      [`nested = {'k': [7]}`, 's'],
      [`nested.k[0] = 7`, 's'],
      [`dash."a-b" = 'q'`, 'bool'],
      [`v IN ['hello', 5]`, 'n s'],
      [`v NOT IN ['hello', 5]`, 'bool none null'],
      [`v BETWEEN 'a' AND 'z'`, 's'],
      [`v = 'hello' OR v = 5 AND pk = 'zz'`, 's'],
      [`NOT v = 'hello' AND v = 5`, 'n'],
      [
        `v = 5 -- five
        OR /* or */ v = 'hello';`,
        'n s'
      ]
    ]
    for (const [where, expected] of cases) {
      const found = await items(`SELECT pk FROM ${t} WHERE ${where}`)
      assert.deepEqual(
        found
          .map((item) => item.pk.S)
          .sort()
          .join(' '),
        expected,
        where
      )
    }
  })

  // Evidence: PyDynamoDB's tests against the service (columns "col_list[1]", "A" and "max[1]").
  test('names a column after the last name of its path', async () => {
    const t = await makeTable()
    await put(t, {
      pk: { S: 'a' },
      x: { M: { y: { L: [{ N: '1' }, { L: [{ S: 'deep' }] }] }, 'q"r': { S: 'odd' } } },
      z: { L: [{ BOOL: false }] }
    })
    const cases = [
      ['*', null],
      ['pk', { pk: { S: 'a' } }],
      ['x.y', { y: { L: [{ N: '1' }, { L: [{ S: 'deep' }] }] } }],
      ['x.y[0], pk', { 'y[0]': { N: '1' }, pk: { S: 'a' } }],
      ['x.y[1][0]', { 'y[1][0]': { S: 'deep' } }],
      ['z[0]', { 'z[0]': { BOOL: false } }],
      ['x."q""r"', { 'q"r': { S: 'odd' } }],
      ['x.y.absent', {}],
      ['absent, x.y[2], z[7]', {}]
    ]
    for (const [columns, expected] of cases) {
      const [byKey] = await items(`SELECT ${columns} FROM ${t} WHERE pk = 'a'`)
      const [scanned] = await items(`SELECT ${columns} FROM ${t}`)
      if (expected) sameItem(byKey, expected)
      sameItem(scanned, byKey)
    }
    await invalid(run(`SELECT x.y, y FROM ${t}`), 'Duplicate identifiers in select clause: y')
  })

  // Evidence: facts partiql 3 ("A row with none of the projected attributes appears as {}").
  test('shows a row without any of the columns as an empty object', async () => {
    const t = await makeTable()
    await put(t, { pk: { S: 'a' } })
    assert.deepEqual(await run(`SELECT zz FROM ${t}`), { Items: [{}] })
    assert.deepEqual(await run(`SELECT zz FROM ${t} WHERE pk = 'b'`), { Items: [] })
  })

  // Evidence: facts partiql 1 (parameters).
  test('takes values from Parameters, from left to right', async () => {
    const t = await numbers()
    assert.deepEqual(
      await ns(`SELECT * FROM "${t}" WHERE pk = ? AND sk IN [?, ?] AND n <> 17`, [
        { S: 'a' },
        { N: '10' },
        { N: '1' }
      ]),
      [1, 3]
    )
    assert.deepEqual(await ns(`SELECT * FROM ${t} WHERE pk = '?' AND sk = ?`, [{ N: '1' }]), [])
    const wrong = `Number of parameters in request and statement don't match.`
    await invalid(run(`SELECT * FROM ${t} WHERE pk = ?`), wrong)
    await invalid(run(`SELECT * FROM ${t} WHERE pk = ?`, [{ S: 'a' }, { S: 'b' }]), wrong)
    await invalid(
      run(`SELECT * FROM ${t}`, []),
      "1 validation error detected: Value '[]' at 'parameters' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 1'
    )
    await invalid(run(`SELECT * FROM ${t} WHERE pk = ?`, [{ N: 'x' }]), /numeric value/)
  })

  // Evidence: facts partiql 3; aws-sdk-js issue 4475 shows NextToken beside LastEvaluatedKey.
  test('pages by Limit, and by token', async () => {
    const t = await numbers()
    for (const where of [
      '',
      `WHERE pk IN ['a', 'b', 'c']`,
      `WHERE pk IN ['a', 'b', 'c'] AND n > 4`
    ]) {
      const Statement = `SELECT * FROM ${t} ${where}`
      const whole = await ns(Statement)
      for (const Limit of [1, 2, 3, 4, 9, 10]) {
        const found = []
        let page = {}
        let pages = 0
        do {
          page = await send('ExecuteStatement', {
            Statement,
            Limit,
            ...(page.NextToken && { NextToken: page.NextToken })
          })
          assert.equal('NextToken' in page, 'LastEvaluatedKey' in page)
          assert.ok(page.Items.length <= Limit)
          found.push(...page.Items.map((item) => +item.n.N))
          assert.ok(++pages < 20)
        } while (page.NextToken)
        assert.deepEqual(found, whole, `${Statement} by ${Limit}`)
        assert.equal(pages, Math.floor(9 / Limit) + 1)
      }
    }
    await invalid(
      run(`SELECT * FROM ${t}`, undefined, { Limit: 0 }),
      "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member " +
        'must have value greater than or equal to 1'
    )
  })

  test('ends a page at 1 MB, over several partitions too', async () => {
    const t = await makeTable({ range: 'sk:N' })
    const big = { S: 'x'.repeat(390000) }
    for (const pk of ['a', 'b'])
      for (const sk of ['1', '2']) await put(t, { pk: { S: pk }, sk: { N: sk }, big })
    const Statement = `SELECT pk, sk FROM ${t} WHERE pk IN ['a', 'b']`
    const first = await send('ExecuteStatement', { Statement })
    assert.equal(first.Items.length, 3)
    assert.deepEqual(first.LastEvaluatedKey, { pk: { S: 'b' }, sk: { N: '1' } })
    const second = await send('ExecuteStatement', { Statement, NextToken: first.NextToken })
    assert.deepEqual(second, { Items: [{ pk: { S: 'b' }, sk: { N: '2' } }] })
  })

  // Evidence: AWS Developer Guide, "PartiQL operators", IN: pages of ten, 50 values at most.
  test('reads ten values of IN a page', async () => {
    const t = await makeTable()
    const keys = Array.from({ length: 23 }, (_, i) => `k${String(i).padStart(2, '0')}`)
    for (const pk of keys) if (pk !== 'k09') await put(t, { pk: { S: pk } })
    const list = (n) =>
      Array.from({ length: n }, (_, i) => `'k${String(i).padStart(2, '0')}'`).join(',')
    const Statement = `SELECT * FROM ${t} WHERE pk IN [${list(23)}]`
    const counts = []
    let page = {}
    do {
      page = await send('ExecuteStatement', {
        Statement,
        ...(page.NextToken && { NextToken: page.NextToken })
      })
      counts.push(page.Items.length)
    } while (page.NextToken)
    assert.deepEqual(counts, [9, 10, 3])
    assert.equal((await items(`SELECT * FROM ${t} WHERE pk IN [${list(50)}]`)).length, 9)
    await invalid(run(`SELECT * FROM ${t} WHERE pk IN [${list(51)}]`), /^Too many decomposed/)
  })

  // Evidence: facts partiql 2.
  test('binds NextToken to statement and Parameters', async () => {
    const t = await numbers()
    const Statement = `SELECT * FROM ${t} WHERE pk = ?`
    const Parameters = [{ S: 'a' }]
    const { NextToken } = await run(Statement, Parameters, { Limit: 1 })
    assert.deepEqual(await ns(Statement, Parameters, { NextToken }), [2, 3])
    assert.deepEqual(
      await ns(Statement, Parameters, { NextToken, Limit: 1, ConsistentRead: true }),
      [2]
    )
    const mismatch = 'NextToken does not match request'
    await invalid(run(Statement, [{ S: 'b' }], { NextToken }), mismatch)
    await invalid(run(`SELECT n FROM ${t} WHERE pk = ?`, Parameters, { NextToken }), mismatch)
    const bytes = Buffer.from(NextToken, 'base64')
    const tokens = ['abc', '!!!!', 'AAAA', bytes.subarray(0, 33).toString('base64')]
    for (const tail of [
      '0{',
      '1 ',
      '0 {"pk":{"S":"a"}}',
      '0 {"pk":{"N":"1"},"sk":{"N":"1"}}',
      '0 [',
      '99999999 '
    ])
      tokens.push(Buffer.concat([bytes.subarray(0, 32), Buffer.from(tail)]).toString('base64'))
    for (const token of tokens)
      await invalid(run(Statement, Parameters, { NextToken: token }), 'Invalid NextToken')
  })

  // Evidence: facts partiql 2 and 3 (ORDER BY).
  test('orders by key attributes', async () => {
    const t = await numbers()
    const cases = [
      [`pk = 'a' ORDER BY sk`, [1, 2, 3]],
      [`pk = 'a' ORDER BY sk DESC`, [3, 2, 1]],
      [`pk = 'a' order by pk, sk desc`, [3, 2, 1]],
      [`pk = 'a' AND sk > 1 ORDER BY sk DESC`, [3, 2]],
      [`pk IN ['a', 'b'] AND sk < 10 ORDER BY pk DESC, sk ASC`, [4, 5, 1, 2]],
      [`pk = 'a' AND sk = 2 ORDER BY sk DESC`, [2]]
    ]
    for (const [where, expected] of cases)
      assert.deepEqual(await ns(`SELECT * FROM ${t} WHERE ${where}`), expected, where)
    const Statement = `SELECT * FROM ${t} WHERE pk IN ['a', 'b'] ORDER BY pk DESC, sk DESC`
    const first = await run(Statement, undefined, { Limit: 4 })
    assert.deepEqual(
      first.Items.map((item) => +item.n.N),
      [6, 5, 4, 3]
    )
    assert.deepEqual(await ns(Statement, undefined, { NextToken: first.NextToken }), [2, 1])
    const wrong = [
      ['ORDER BY sk', 'Must have WHERE clause in the statement when using ORDER BY clause.'],
      [
        'WHERE sk = 1 ORDER BY sk',
        'Must have at least one non-optional hash key condition in WHERE clause when using ' +
          'ORDER BY clause.'
      ],
      [
        `WHERE pk = 'a' ORDER BY n`,
        'Variable reference n in ORDER BY clause must be part of the primary key'
      ],
      [
        `WHERE pk IN ['a', 'b'] ORDER BY sk`,
        'Must have hash key in ORDER BY clause when more than one hash key condition ' +
          'specified in WHERE clause.'
      ]
    ]
    for (const [rest, message] of wrong) await invalid(run(`SELECT * FROM ${t} ${rest}`), message)
  })

  const indexed = async () => {
    const t = await makeTable({
      range: 'sk:N',
      gsis: {
        byG: { hash: 'g', range: 'sk:N', project: ['p'] },
        keys: { hash: 'g', project: 'KEYS_ONLY' },
        whole: { hash: 'g' }
      },
      lsis: { byL: { range: 'l', project: ['p'] } }
    })
    const item = (pk, sk, more) => ({
      pk: { S: pk },
      sk: { N: sk },
      p: { S: 'P' },
      o: { S: 'O' },
      ...more
    })
    await put(
      t,
      item('a', '1', { g: { S: 'g1' }, l: { S: 'z' } }),
      item('a', '2', { g: { S: 'g1' }, l: { S: 'y' } }),
      item('b', '3', { g: { S: 'g2' } }),
      item('b', '4', {})
    )
    return t
  }

  // Evidence: facts partiql 2 and 3 (indexes).
  test('reads from indexes, what they hold of their members', async () => {
    const t = await indexed()
    const sks = async (...args) => (await items(...args)).map((item) => +item.sk.N)
    assert.deepEqual(await sks(`SELECT * FROM "${t}"."byG" WHERE g = 'g1'`), [1, 2])
    assert.deepEqual(
      await sks(`SELECT * FROM "${t}"."byG" WHERE g = 'g1' ORDER BY sk DESC`),
      [2, 1]
    )
    assert.deepEqual(await sks(`SELECT * FROM ${t}.byL WHERE pk = 'a'`), [2, 1])
    assert.deepEqual(await sks(`SELECT sk FROM ${t}.byL WHERE pk = 'a' AND l > 'y'`), [1])
    assert.deepEqual((await sks(`SELECT sk FROM ${t}.byG`)).sort(), [1, 2, 3])
    const names = async (statement) =>
      Object.keys((await items(statement))[0])
        .sort()
        .join()
    assert.equal(await names(`SELECT * FROM ${t}.byG WHERE g = 'g1'`), 'g,p,pk,sk')
    assert.equal(await names(`SELECT * FROM ${t}.keys WHERE g = 'g1'`), 'g,pk,sk')
    assert.equal(await names(`SELECT * FROM ${t}.byL WHERE pk = 'a'`), 'l,p,pk,sk')
    assert.equal(await names(`SELECT o, p FROM ${t}.byL WHERE pk = 'a'`), 'o,p')
    const first = await run(`SELECT * FROM ${t}.byG`, undefined, { Limit: 1 })
    assert.deepEqual(Object.keys(first.LastEvaluatedKey).sort(), ['g', 'pk', 'sk'])
    const rest = await run(`SELECT * FROM ${t}.byG`, undefined, { NextToken: first.NextToken })
    assert.equal(first.Items.length + rest.Items.length, 3)
  })

  test('refuses what an index cannot give', async () => {
    const t = await indexed()
    const wrong = [
      [`SELECT * FROM ${t}.nope`, 'The table does not have the specified index'],
      [
        `SELECT o, x FROM ${t}.byG WHERE g = 'g1'`,
        'One or more parameter values were invalid: Global secondary index byG does not ' +
          'project [o, x]'
      ],
      [
        `SELECT * FROM ${t}.byG WHERE g = 'g1' AND o = 'O'`,
        'One or more parameter values were invalid: Secondary index byG does not project one ' +
          'or more filter attributes: [o]'
      ],
      [
        `SELECT * FROM ${t}.byL WHERE pk = 'a' AND o = 'O'`,
        'One or more parameter values were invalid: Secondary index byL does not project one ' +
          'or more filter attributes: [o]'
      ],
      [`SELECT * FROM a.b.c`, 'A path may contain at most 2 components in the FROM clause'],
      [`SELECT * FROM "${t}".""`, 'Path component cannot be an empty string']
    ]
    for (const [statement, message] of wrong) await invalid(run(statement), message)
    // Without a partition key the read matches nothing instead.
    assert.deepEqual(await items(`SELECT * FROM ${t}.byG WHERE o = 'O'`), [])
    assert.equal((await items(`SELECT * FROM ${t}.byG WHERE o IS MISSING`)).length, 3)
    await invalid(
      run(`SELECT * FROM ${t}.whole`, undefined, { ConsistentRead: true }),
      'Strongly consistent read is not supported on Global Secondary Indexes'
    )
    assert.equal(
      (await items(`SELECT * FROM ${t}.byL`, undefined, { ConsistentRead: true })).length,
      2
    )
  })

  // Evidence: facts capacity 4 and 10; partiql 3.
  test('reports what the rows it walked cost', async () => {
    const t = await indexed()
    const used = async (Statement, more = {}) =>
      (await send('ExecuteStatement', { Statement, ReturnConsumedCapacity: 'INDEXES', ...more }))
        .ConsumedCapacity
    const table = (units) => ({
      TableName: t,
      CapacityUnits: units,
      Table: { CapacityUnits: units }
    })
    assert.deepEqual(await used(`SELECT * FROM ${t}`), table(0.5))
    assert.deepEqual(await used(`SELECT * FROM ${t} WHERE o = 'zz'`), table(0.5))
    assert.deepEqual(await used(`SELECT * FROM ${t} WHERE pk = 'a' AND sk = 1`), table(0.5))
    assert.deepEqual(
      await used(`SELECT * FROM ${t} WHERE pk = 'a' AND sk = 1`, { ConsistentRead: true }),
      table(1)
    )
    assert.deepEqual(
      await used(`SELECT * FROM ${t} WHERE pk = 'a' AND sk = 9`, { ConsistentRead: true }),
      table(1)
    )
    assert.deepEqual(await used(`SELECT * FROM ${t} WHERE pk IN ['a', 'b']`), table(1))
    assert.deepEqual(await used(`SELECT * FROM ${t}.byG WHERE g = 'g1'`), {
      TableName: t,
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { byG: { CapacityUnits: 0.5 } }
    })
    assert.equal(await used(`SELECT * FROM ${t}`, { ReturnConsumedCapacity: 'NONE' }), undefined)
    await invalid(
      used(`SELECT * FROM ${t}`, { ReturnConsumedCapacity: 'X' }),
      /\[INDEXES, TOTAL, NONE\]$/
    )
  })

  // Evidence: facts partiql 2; the reference parser's texts as users of the service report them
  // (PyDynamoDB issues 26 and 28, awsdocs/aws-sdk-for-javascript-v3 issue 98).
  test('words what is wrong with a statement', async () => {
    const t = await numbers()
    const bad = (detail) => `Statement wasn't well formed, can't be processed: ${detail}`
    const cases = [
      ['SLECT * FROM x', bad('Expected data manipulation')],
      ['CREATE TABLE x', bad('Expected data manipulation')],
      [' ', bad('Expected data manipulation')],
      [`UPDATE Payment-${t} SET a=1 WHERE b=1`, bad('Expected data manipulation')],
      ['SELECT size FROM x', bad('Unexpected keyword')],
      [`SELECT * FROM x WHERE key = 1`, bad('Unexpected keyword')],
      ['SELECT a.size FROM x', bad('Invalid path dot component')],
      ['SELECT a.1 FROM x', bad('Expected FROM after SELECT list')],
      ['SELECT *', bad('Expected FROM after SELECT list')],
      ['SELECT * FROM', bad('Unexpected term')],
      ['SELECT * FROM table', bad('Unexpected keyword')],
      ['SELECT * FROM x WHERE', bad('Unexpected term')],
      ['SELECT * FROM x WHERE a =', bad('Missing right-hand side expression of infix operator')],
      ['SELECT * FROM x WHERE a = 1 b', bad('Unexpected token after expression')],
      ['SELECT * FROM x WHERE a = (1', bad('Expected RIGHT_PAREN')],
      ['SELECT * FROM x WHERE a IS 5', bad('Expected type name')],
      [`SELECT * FROM x WHERE a = 'open`, bad('Unexpected term')],
      [
        'SELECT * FROM x; SELECT * FROM x',
        bad('Unexpected token after semicolon. (Only one query is allowed.)')
      ],
      ['SELECT COUNT(*) FROM x', 'Unexpected path component at 1:8:5'],
      ['SELECT\n  COUNT(a) FROM x', 'Unexpected path component at 2:3:5'],
      ['SELECT * FROM x, y', 'Only select from a single table or index is supported.'],
      ['SELECT a FROM x AS y', 'Aliasing is not supported'],
      ['SELECT a b FROM x', 'Aliasing is not supported'],
      ['SELECT * FROM x GROUP BY a', 'Unsupported clause: GROUP BY'],
      ['SELECT * FROM x LIMIT 1', 'Unsupported clause: LIMIT'],
      ['SELECT * FROM x WHERE foo(a)', 'Unrecognized function: foo'],
      [
        'SELECT * FROM x WHERE a',
        'WHERE clause must contain an expression that resolves to a boolean'
      ],
      [
        `SELECT * FROM x WHERE a LIKE 'b'`,
        'Unsupported operator in Condition Expression. Operator: LIKE'
      ],
      ['SELECT * FROM x WHERE a = MISSING', 'MISSING must be compared using IS operator'],
      ['SELECT * FROM x WHERE a = <<>>', 'Empty bags are not supported'],
      [
        'EXISTS(SELECT * FROM x WHERE a = 1)',
        'EXISTS can only be used in ExecuteTransaction write requests.'
      ]
    ]
    for (const [statement, message] of cases) {
      const error = await rejects(run(statement), 'ValidationException')
      assert.equal(error.message, message, statement)
    }
    for (const op of ['<', '<=', '>', '>='])
      await invalid(
        run(`SELECT * FROM x WHERE a ${op} true`),
        'Incorrect operand type for operator or function; operator or function: ' +
          `${op}, operand type: BOOL`
      )
    await invalid(
      run('SELECT * FROM x WHERE a BETWEEN [1] AND 2'),
      'Incorrect operand type for operator or function; operator or function: BETWEEN, ' +
        'operand type: L'
    )
    await rejects(
      run('SELECT * FROM nowhere'),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
    await invalid(
      run(`SELECT * FROM ${t} WHERE pk = 5`),
      /Condition parameter type does not match schema type$/
    )
    await invalid(
      run(`SELECT * FROM ${t} WHERE pk = 5 AND sk = 1`),
      'The provided key element does not match the schema'
    )
  })

  // `W OR pk IS MISSING` is true of the same rows as W, but pins no partition key.
  test('finds by key what it finds in a scan', async () => {
    const t = await numbers()
    let seed = 7
    const below = (n) => (seed = (seed * 48271) % 2147483647) % n
    const pick = (...of) => of[below(of.length)]
    const condition = (depth) => {
      if (depth > 0 && below(3) > 0)
        return pick(
          () => `(${condition(depth - 1)} AND ${condition(depth - 1)})`,
          () => `(${condition(depth - 1)} OR ${condition(depth - 1)})`,
          () => `NOT ${condition(depth - 1)}`
        )()
      const pk = () => `'${pick('a', 'b', 'c', 'd')}'`
      const number = () => pick(1, 2, 5, 10)
      return pick(
        () => `pk = ${pk()}`,
        () => `${pk()} = pk`,
        () => `pk IN [${pk()}, ${pk()}]`,
        () => `pk <> ${pk()}`,
        () => `sk ${pick('=', '<', '<=', '>', '>=', '<>')} ${number()}`,
        () => `sk BETWEEN ${pick('1 AND 2', '2 AND 10')}`,
        () => `n ${pick('=', '<', '>')} ${number()}`
      )()
    }
    for (let i = 0; i < 300; i++) {
      const where = `${condition(0)} AND ${condition(3)}`
      const all = async (text) => {
        const found = []
        let page = {}
        do {
          const { NextToken } = page
          page = await run(`SELECT * FROM ${t} WHERE ${text}`, undefined, {
            Limit: 1 + below(4),
            ...(NextToken && { NextToken })
          })
          found.push(...page.Items.map((item) => +item.n.N))
        } while (page.NextToken)
        return found.sort()
      }
      assert.deepEqual(await all(where), await all(`(${where}) OR pk IS MISSING`), where)
    }
  })

  test('bounds a statement in length, depth and operators', async () => {
    const t = await makeTable()
    await invalid(
      run(`SELECT * FROM ${t} WHERE a = '${'x'.repeat(8192)}'`),
      /less than or equal to 8192$/
    )
    await invalid(run(''), /Value '' at 'statement' failed/)
    assert.deepEqual(
      await items(`SELECT * FROM ${t} WHERE ${'('.repeat(50)}a = 1${')'.repeat(50)}`),
      []
    )
    for (const deep of ['(', '[', 'NOT ', '- ', "{'a':", 'size('])
      await invalid(
        run(`SELECT * FROM ${t} WHERE ${deep.repeat(1200)}a`),
        /^Statement wasn't|too many operators/
      )
    const chain = (n) => Array.from({ length: n }, () => 'a=1').join(' OR ')
    assert.deepEqual(await items(`SELECT * FROM ${t} WHERE ${chain(150)}`), [])
    await invalid(
      run(`SELECT * FROM ${t} WHERE ${chain(151)}`),
      /too many operators; operator count: 301$/
    )
  })
})
