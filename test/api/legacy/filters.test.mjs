/*
 * filters.test.mjs - ScanFilter and QueryFilter: each ComparisonOperator, on each type of operand.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid } from '../support/targets.mjs'

const S = text => ({ S: text })
const N = text => ({ N: text })
const B = text => ({ B: Buffer.from(text).toString('base64') })
const p = 'One or more parameter values were invalid: '

/* One value of each type. */
const SAMPLES = {
  S: S('a'),
  N: N('1'),
  B: B('a'),
  SS: { SS: ['a'] },
  NS: { NS: ['1'] },
  BS: { BS: ['YQ=='] },
  L: { L: [S('a')] },
  M: { M: { a: S('a') } },
  BOOL: { BOOL: true },
  NULL: { NULL: true }
}
const TYPES = Object.keys(SAMPLES)
const SCALARS = ['S', 'N', 'B']

/* How many values, and of which types. */
const OPERATORS = {
  EQ: [1, TYPES],
  NE: [1, TYPES],
  LE: [1, SCALARS],
  LT: [1, SCALARS],
  GE: [1, SCALARS],
  GT: [1, SCALARS],
  NOT_NULL: [0, []],
  NULL: [0, []],
  CONTAINS: [1, [...SCALARS, 'BOOL', 'NULL']],
  NOT_CONTAINS: [1, [...SCALARS, 'BOOL', 'NULL']],
  BEGINS_WITH: [1, ['S', 'B']],
  IN: [1, SCALARS],
  BETWEEN: [2, SCALARS]
}

const condition = (ComparisonOperator, ...AttributeValueList) => ({
  ComparisonOperator,
  ...(AttributeValueList.length && { AttributeValueList })
})

/* title, the item's attribute v (null: it has none), condition, does it hold */
const HOLDS = [
  ['equals', S('a'), condition('EQ', S('a')), true],
  ['equals another', S('a'), condition('EQ', S('b')), false],
  ['equals a number in another form', N('1'), condition('EQ', N('1.00')), true],
  ['equals a set in another order', { SS: ['a', 'b'] }, condition('EQ', { SS: ['b', 'a'] }), true],
  ['equals a list', { L: [S('a')] }, condition('EQ', { L: [S('a')] }), true],
  ['equals a map', { M: { a: N('1') } }, condition('EQ', { M: { a: N('1') } }), true],
  ['equals a value of another type', N('1'), condition('EQ', S('1')), false],
  ['equals, without the attribute', null, condition('EQ', S('a')), false],
  ['differs', S('a'), condition('NE', S('b')), true],
  ['differs from itself', S('a'), condition('NE', S('a')), false],
  ['differs by type', N('1'), condition('NE', S('1')), true],
  ['differs, without the attribute', null, condition('NE', S('a')), true],
  ['is less', N('9'), condition('LT', N('10')), true],
  ['is less, by bytes', S('9'), condition('LT', S('10')), false],
  ['is less than itself', N('9'), condition('LT', N('9')), false],
  ['is at most itself', N('9'), condition('LE', N('9')), true],
  ['is greater', B('b'), condition('GT', B('a')), true],
  ['is at least', B('a'), condition('GE', B('b')), false],
  ['is less than another type', N('1'), condition('LT', S('9')), false],
  ['is less, without the attribute', null, condition('LT', N('9')), false],
  ['exists', S('a'), condition('NOT_NULL'), true],
  ['exists, of type NULL', { NULL: true }, condition('NOT_NULL'), true],
  ['exists, without the attribute', null, condition('NOT_NULL'), false],
  ['is absent', S('a'), condition('NULL'), false],
  ['is absent, of type NULL', { NULL: true }, condition('NULL'), false],
  ['is absent, without the attribute', null, condition('NULL'), true],
  ['contains a part', S('abc'), condition('CONTAINS', S('b')), true],
  ['contains bytes', B('abc'), condition('CONTAINS', B('bc')), true],
  ['contains a member of a set', { NS: ['1', '2'] }, condition('CONTAINS', N('2.0')), true],
  ['contains a member of a list', { L: [N('1'), S('a')] }, condition('CONTAINS', S('a')), true],
  ['contains a boolean in a list', { L: [{ BOOL: true }] }, condition('CONTAINS', { BOOL: true }), true],
  ['contains a null in a list', { L: [{ NULL: true }] }, condition('CONTAINS', { NULL: true }), true],
  ['contains what it does not', S('abc'), condition('CONTAINS', S('x')), false],
  ['contains another type', N('12'), condition('CONTAINS', N('1')), false],
  ['contains, without the attribute', null, condition('CONTAINS', S('a')), false],
  ['lacks a part', S('abc'), condition('NOT_CONTAINS', S('x')), true],
  ['lacks a part it has', S('abc'), condition('NOT_CONTAINS', S('b')), false],
  ['lacks a member it has', { SS: ['a'] }, condition('NOT_CONTAINS', S('a')), false],
  ['lacks, without the attribute', null, condition('NOT_CONTAINS', S('a')), true],
  ['begins with', S('abc'), condition('BEGINS_WITH', S('ab')), true],
  ['begins with bytes', B('abc'), condition('BEGINS_WITH', B('ab')), true],
  ['begins with another', S('abc'), condition('BEGINS_WITH', S('b')), false],
  ['begins with another type', N('1'), condition('BEGINS_WITH', S('1')), false],
  ['is one of', S('b'), condition('IN', S('a'), S('b')), true],
  ['is one of others', S('c'), condition('IN', S('a'), S('b')), false],
  ['is one of, without the attribute', null, condition('IN', S('a')), false],
  ['is between, at the lower end', N('1'), condition('BETWEEN', N('1'), N('2')), true],
  ['is between, at the upper end', N('2'), condition('BETWEEN', N('1'), N('2')), true],
  ['is outside', N('3'), condition('BETWEEN', N('1'), N('2')), false],
  ['is between another type', S('1'), condition('BETWEEN', N('1'), N('2')), false]
]

// Evidence: facts legacy 2, 3 and 7; AWS Developer Guide, "Legacy conditional parameters".
everyTarget('ScanFilter', ({ test, send, makeTable }) => {
  for (const [title, v, filter, holds] of HOLDS) {
    test(`finds what ${title}: ${holds}`, async () => {
      const TableName = await makeTable()
      await send('PutItem', { TableName, Item: { pk: S('a'), ...(v && { v }) } })
      const { Count, ScannedCount } = await send('Scan', { TableName, ScanFilter: { v: filter } })
      assert.deepEqual({ Count, ScannedCount }, { Count: holds ? 1 : 0, ScannedCount: 1 })
    })
  }

  for (const [operator, [count, accepted]] of Object.entries(OPERATORS)) {
    test(`${operator} takes ${count} value(s) of ${accepted.join(' ') || 'no type'}`, async () => {
      const TableName = await makeTable()
      const scan = (...values) =>
        send('Scan', { TableName, ScanFilter: { v: condition(operator, ...values) } })
      const wrongCount = p + `Invalid number of argument(s) for the ${operator} ComparisonOperator`
      if (count > 0) await invalid(scan(), wrongCount)
      if (operator !== 'IN') await invalid(scan(...Array(count + 1).fill(S('a'))), wrongCount)
      if (count === 0) await scan()
      for (const type of count === 0 ? [] : TYPES) {
        const values = Array(count).fill(SAMPLES[type])
        if (accepted.includes(type)) await scan(...values)
        else
          await invalid(
            scan(...values),
            p + `ComparisonOperator ${operator} is not valid for ${type} AttributeValue type`
          )
      }
    })
  }

  const MISTAKES = [
    [
      { v: condition('IN', S('a'), N('1')) },
      p + 'AttributeValues inside AttributeValueList must be of same type'
    ],
    [
      { v: condition('BETWEEN', N('2'), N('1')) },
      'The BETWEEN condition was provided a range where the lower bound is greater than the ' +
        'upper bound'
    ],
    [
      { v: { AttributeValueList: [S('a')] } },
      "1 validation error detected: Value null at 'scanFilter.v.member.comparisonOperator' " +
        'failed to satisfy constraint: Member must not be null'
    ],
    [
      { v: condition('LIKE', S('a')) },
      /Value 'LIKE' at 'scanFilter.v.member.comparisonOperator' failed to satisfy constraint/
    ],
    [
      { v: condition('EQ', N('x')) },
      'The parameter cannot be converted to a numeric value: x'
    ],
    /* values, then their number, then their types: the first mistake is told */
    [{ v: condition('EQ', S('a'), N('x')) }, /cannot be converted to a numeric value: x/],
    [{ v: condition('LT', { SS: ['a'] }, S('a')) }, /Invalid number of argument\(s\) for the LT/],
    [{ v: condition('BETWEEN', { SS: ['a'] }, S('a')) }, /must be of same type/]
  ]
  for (const [i, [ScanFilter, message]] of MISTAKES.entries()) {
    test(`tells mistake ${i + 1}: ${JSON.stringify(ScanFilter.v)}`, async () => {
      await invalid(send('Scan', { TableName: await makeTable(), ScanFilter }), message)
    })
  }

  test('takes names literally, and may name key attributes', async () => {
    const TableName = await makeTable()
    const Item = { pk: S('a'), 'a.b': S('x'), size: S('y'), '#n': S('z') }
    await send('PutItem', { TableName, Item })
    const ScanFilter = Object.fromEntries(
      Object.entries(Item).map(([name, value]) => [name, condition('EQ', value)])
    )
    assert.equal((await send('Scan', { TableName, ScanFilter })).Count, 1)
    await send('PutItem', { TableName, Item: { pk: S('a'), a: { M: { b: S('x') } } } })
    const inside = { 'a.b': condition('EQ', S('x')) }
    assert.equal((await send('Scan', { TableName, ScanFilter: inside })).Count, 0)
  })

  test('combines by AND, or by OR when told to', async () => {
    const TableName = await makeTable()
    for (const [pk, a, b] of ['aa1', 'ab2', 'bb3'].map(t => [S(t), S(t[0]), S(t[1])]))
      await send('PutItem', { TableName, Item: { pk, a, b } })
    const ScanFilter = { a: condition('EQ', S('a')), b: condition('EQ', S('b')) }
    const count = async more => (await send('Scan', { TableName, ScanFilter, ...more })).Count
    assert.equal(await count(), 1)
    assert.equal(await count({ ConditionalOperator: 'AND' }), 1)
    assert.equal(await count({ ConditionalOperator: 'OR' }), 3)
  })

  test('refuses ConditionalOperator where there is nothing to combine', async () => {
    const TableName = await makeTable()
    const scan = more => send('Scan', { TableName, ConditionalOperator: 'OR', ...more })
    const nothing = 'ConditionalOperator cannot be used without Filter or Expected'
    await invalid(scan(), nothing)
    await invalid(scan({ ScanFilter: {} }), nothing)
    await invalid(
      scan({ ScanFilter: { v: condition('NULL') } }),
      'ConditionalOperator can only be used when Filter or Expected has two or more elements'
    )
    await invalid(
      scan({ ConditionalOperator: 'XOR' }),
      /Value 'XOR' at 'conditionalOperator' failed to satisfy constraint/
    )
  })
})

everyTarget('QueryFilter', ({ test, send, makeTable }) => {
  const KeyConditions = { pk: condition('EQ', S('a')) }

  test('drops after reading', async () => {
    const TableName = await makeTable({ range: 'sk' })
    for (const sk of ['1', '2', '3'])
      await send('PutItem', { TableName, Item: { pk: S('a'), sk: S(sk), v: N(sk) } })
    const { Count, ScannedCount, LastEvaluatedKey } = await send('Query', {
      TableName,
      KeyConditions,
      QueryFilter: { v: condition('GT', N('1')) },
      Limit: 2
    })
    assert.deepEqual([Count, ScannedCount, LastEvaluatedKey.sk.S], [1, 2, '2'])
  })

  test('may not name key attributes of what is queried', async () => {
    const TableName = await makeTable({ range: 'sk', gsis: { byG: { hash: 'g', range: 'h' } } })
    const query = more => send('Query', { TableName, KeyConditions, ...more })
    const text = name =>
      `QueryFilter can only contain non-primary key attributes: Primary key attribute: ${name}`
    const named = name => ({ QueryFilter: { [name]: condition('EQ', S('a')) } })
    await invalid(query(named('pk')), text('pk'))
    await invalid(query(named('sk')), text('sk'))
    await query(named('g'))
    const onIndex = { IndexName: 'byG', KeyConditions: { g: condition('EQ', S('a')) } }
    await invalid(query({ ...onIndex, ...named('g') }), text('g'))
    await invalid(query({ ...onIndex, ...named('h') }), text('h'))
    await query({ ...onIndex, ...named('pk') })
  })

  test('names itself in what it lacks', async () => {
    await invalid(
      send('Query', {
        TableName: await makeTable(),
        KeyConditions,
        QueryFilter: { v: { AttributeValueList: [S('a')] } }
      }),
      "1 validation error detected: Value null at 'queryFilter.v.member.comparisonOperator' " +
        'failed to satisfy constraint: Member must not be null'
    )
  })
})
