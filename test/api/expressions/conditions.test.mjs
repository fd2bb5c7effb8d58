import assert from 'node:assert/strict'
import { everyTarget, rejects } from '../support/targets.mjs'

everyTarget('conditions and filters', ({ test, send, makeTable }) => {
  const Item = {
    pk: { S: 'a' },
    s: { S: 'héllo' },
    n: { N: '5' },
    b: { B: 'AQID' },
    t: { BOOL: true },
    z: { NULL: true },
    ss: { SS: ['a', 'b'] },
    ns: { NS: ['1', '2'] },
    bs: { BS: ['AQ=='] },
    l: { L: [{ S: 'x' }, { N: '1' }, { L: [{ S: 'deep' }] }] },
    m: { M: { k: { S: 'v' }, 'a.b': { N: '1' } } },
    emoji: { S: '😀' }
  }
  const values = {
    ':n5': { N: '5.0' },
    ':n4': { N: '4' },
    ':n9': { N: '9' },
    ':s': { S: 'héllo' },
    ':h': { S: 'hé' },
    ':x': { S: 'x' },
    ':v': { S: 'v' },
    ':a': { S: 'a' },
    ':ba': { SS: ['b', 'a'] },
    ':n21': { NS: ['2.0', '1'] },
    ':true': { BOOL: true },
    ':null': { NULL: true },
    ':b': { B: 'AQI=' },
    ':b3': { B: 'AQID' },
    ':bb': { B: 'AgM=' },
    ':deep': { L: [{ S: 'deep' }] },
    ':m': { M: { 'a.b': { N: '1.0' }, k: { S: 'v' } } },
    ':one': { N: '1' },
    ':two': { N: '2' },
    ':three': { N: '3' },
    ':S': { S: 'S' },
    ':N': { S: 'N' },
    ':B': { S: 'B' },
    ':SS': { S: 'SS' },
    ':L': { S: 'L' },
    ':M': { S: 'M' },
    ':BOOL': { S: 'BOOL' },
    ':NULL': { S: 'NULL' },
    ':ll': { S: 'll' },
    ':bin1': { B: 'AQ==' }
  }
  // Evidence: AWS Developer Guide, "Condition and filter expressions"; semantics: expressions facts 4.3.
  const truths = {
    true: [
      's = :s',
      'n = :n5',
      'n <> :n4',
      'n > :n4',
      'n >= :n5',
      'n < :n9',
      'n <= :n5',
      'n BETWEEN :n4 AND :n9',
      'n IN (:n4, :n5)',
      'ss = :ba',
      'ns = :n21',
      't = :true',
      'z = :null',
      'm = :m',
      'l[2] = :deep',
      'm.k = :v',
      'm.#dot = :one',
      'attribute_exists(l[1])',
      'attribute_not_exists(l[3])',
      'attribute_not_exists(zz)',
      'attribute_exists(z)',
      'attribute_type(s, :S)',
      'attribute_type(n, :N)',
      'attribute_type(b, :B)',
      'attribute_type(ss, :SS)',
      'attribute_type(l, :L)',
      'attribute_type(m, :M)',
      'attribute_type(t, :BOOL)',
      'attribute_type(z, :NULL)',
      'begins_with(s, :h)',
      'begins_with(b, :b)',
      'contains(s, :ll)',
      'contains(b, :bb)',
      'contains(ss, :a)',
      'contains(ns, :two)',
      'contains(bs, :bin1)',
      'contains(l, :x)',
      'contains(l, :deep)',
      'size(s) = :n5',
      'size(ss) = :two',
      'size(l) = :three',
      'size(m) = :two',
      'size(b) = :three',
      'size(emoji) = :two',
      'NOT n = :n4',
      'NOT (n = :n4 OR n = :n9)',
      'n = :n4 OR n = :n5 AND s = :s',
      '(n = :n4 OR n = :n5) AND s = :s',
      'zz <> :n4',
      's <> :n5',
      ':n4 < n',
      'n BETWEEN :n5 AND :n5',
      ':n5 IN (n)',
      'NOT zz = :n4',
      'n = n2 OR n <> n2',
      'size(m.k) = :one'
    ],
    false: [
      'n = :s',
      'n < :s',
      'zz = :n4',
      'zz < :n4',
      'zz BETWEEN :n4 AND :n9',
      'zz IN (:n4)',
      'attribute_exists(zz)',
      'attribute_exists(s.x)',
      'begins_with(n, :h)',
      'begins_with(zz, :h)',
      'contains(n, :n5)',
      'contains(m, :v)',
      'contains(zz, :v)',
      'size(n) = :one',
      'size(zz) = :one',
      'size(t) = :one',
      'attribute_type(zz, :S)',
      'ss = :a',
      'l[0] = :one',
      'l[9] = :x',
      's[0] = :x',
      'n = :n5 AND n = :n4',
      't < n',
      'NOT n = :n5',
      'contains(ss, :n4)',
      'contains(s, :n4)',
      'l = :deep'
    ]
  }
  test('evaluates', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item })
    for (const [expected, list] of Object.entries(truths)) {
      for (const FilterExpression of list) {
        const named = [...FilterExpression.matchAll(/:[A-Za-z0-9]+/g)].map((x) => x[0])
        const request = { TableName, FilterExpression }
        if (named.length > 0)
          request.ExpressionAttributeValues = Object.fromEntries(named.map((k) => [k, values[k]]))
        if (FilterExpression.includes('#dot')) request.ExpressionAttributeNames = { '#dot': 'a.b' }
        const { Count } = await send('Scan', request)
        assert.equal(Count === 1, expected === 'true', `${FilterExpression} is not ${expected}`)
      }
    }
  })

  const x = 'Invalid FilterExpression: '
  const N = { N: '1' }
  // Evidence: captures (expressions facts, sections 4.1 and 10.1).
  const errors = [
    ['x=x and y > ((z))', 'The expression has redundant parentheses;'],
    ['y > f((:v), ((x)))', 'The expression has redundant parentheses;'],
    ['x=x AND ((x=x AND x=x)) AND x=x', 'The expression has redundant parentheses;'],
    ['x=x and foo((:v)) > y', 'Invalid function name; function: foo'],
    ['attRIbute_exIsts((views), #n)', 'Invalid function name; function: attRIbute_exIsts'],
    [
      'x=x and attribute_exists((views), (#n)) > y',
      'The function is not allowed to be used this way in an expression; function: attribute_exists'
    ],
    ['size(q)', 'The function is not allowed to be used this way in an expression; function: size'],
    [
      'size(contains(x, y)) > z',
      'The function is not allowed to be used this way in an expression; function: contains'
    ],
    [
      'x in (y, attribute_exists(q))',
      'The function is not allowed to be used this way in an expression; function: attribute_exists'
    ],
    [
      'attribute_exists(views, #n)',
      'Attribute name is a reserved keyword; reserved keyword: views'
    ],
    [':v < abOrT', 'Attribute name is a reserved keyword; reserved keyword: abOrT'],
    [
      'attribute_exists(#P.Q, :v) and x=x',
      'An expression attribute name used in the document path is not defined; attribute name: #P'
    ],
    [
      'begins_with(:h, #n, #m)',
      'An expression attribute value used in expression is not defined; attribute value: :h'
    ],
    [
      'attribute_exists(q, x) and x=x',
      'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2'
    ],
    [
      'attribute_type(q)',
      'Incorrect number of operands for operator or function; operator or function: attribute_type, number of operands: 1'
    ],
    [
      'size(q, x) > y',
      'Incorrect number of operands for operator or function; operator or function: size, number of operands: 2'
    ],
    [
      'x = x',
      'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [x]'
    ],
    [
      'contains(p.q[1].x, p.q[1].x)',
      'The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [p, q, [1], x]'
    ],
    [
      'attribute_type(x, size(x)) and x=x',
      'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N'
    ],
    [
      'attribute_type(x, :v)',
      'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N',
      { ':v': N }
    ],
    [
      'begins_with(x, size(x))',
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N'
    ],
    [
      'size(:v) > x',
      'Incorrect operand type for operator or function; operator or function: size, operand type: N',
      { ':v': N }
    ],
    [
      'attribute_exists(:v)',
      'Operator or function requires a document path; operator or function: attribute_exists',
      { ':v': N }
    ],
    [
      'x BETWEEN :v AND :w',
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {N:0}',
      { ':v': N, ':w': { N: '0' } }
    ],
    [
      'x BETWEEN :v AND :w',
      'The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}',
      { ':v': N, ':w': { S: 'a' } }
    ],
    [
      'x < :v',
      'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
      { ':v': { BOOL: true } }
    ]
  ]
  const syntax = [
    'x y z',
    'x > 4',
    'x = "s"',
    'attribute_exists("x")',
    'attribute_exists(x-y)',
    'attribute_exists(x..y)',
    'attribute_exists(x[y])',
    'x in y',
    'x in (y,z,)',
    'x > between',
    '#$.y > x',
    'x > :v.w',
    'y[:v] > x',
    'ü > x',
    '(x)between(y.(z.w))and(z)',
    'size(x).y > z',
    '(size(x))[0] > z',
    'x',
    'x =',
    '(x = y',
    'x = y)',
    'AND',
    'NOT',
    'x = y AND',
    '!!! x',
    'a\u0000b = c'
  ]
  test('reports what is wrong, the first of its class', async () => {
    for (const [FilterExpression, message, ExpressionAttributeValues] of errors) {
      const error = await rejects(
        send('Scan', { TableName: 'nope', FilterExpression, ExpressionAttributeValues }),
        'ValidationException'
      )
      assert.equal(error.message, x + message, FilterExpression)
    }
    for (const FilterExpression of syntax) {
      const error = await rejects(
        send('Scan', { TableName: 'nope', FilterExpression }),
        'ValidationException'
      )
      assert.match(
        error.message,
        /^Invalid FilterExpression: Syntax error; token: "/,
        FilterExpression
      )
    }
  })

  // Evidence: AWS Developer Guide, quotas: 4 KB of expression, 300 operators, 100 operands of IN.
  test('limits length, operators and operands', async () => {
    const TableName = await makeTable()
    const scan = (FilterExpression, ExpressionAttributeValues) =>
      send('Scan', { TableName, FilterExpression, ExpressionAttributeValues })
    const pad = (n) => 'a = b' + ' '.repeat(n - 5)
    await scan(pad(4096))
    await rejects(
      scan(pad(4097)),
      'ValidationException',
      x + 'Expression size has exceeded the maximum allowed size; expression size: 4097'
    )
    const chain = (n) => Array.from({ length: n }, () => 'a=b').join(' OR ')
    await scan(chain(150))
    await rejects(
      scan(chain(151)),
      'ValidationException',
      x + 'The expression contains too many operators; operator count: 301'
    )
    const many = (n) => [
      `a IN (${Array.from({ length: n }, (_, i) => `:v${i}`).join(',')})`,
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`:v${i}`, { N: `${i}` }]))
    ]
    await scan(...many(100))
    await rejects(scan(...many(101)), 'ValidationException')
    await rejects(scan('('.repeat(2000) + 'a=b' + ')'.repeat(2000)), 'ValidationException')
  })
})
