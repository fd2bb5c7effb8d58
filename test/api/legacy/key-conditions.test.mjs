/*
 * key-conditions.test.mjs - KeyConditions of Query, and AttributesToGet wherever it stands.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid } from '../support/targets.mjs'

const S = text => ({ S: text })
const N = text => ({ N: text })
const p = 'One or more parameter values were invalid: '
const condition = (ComparisonOperator, ...AttributeValueList) => ({
  ComparisonOperator,
  ...(AttributeValueList.length && { AttributeValueList })
})
const pk = condition('EQ', S('a'))

// Evidence: facts legacy 6, validation 4.6 (9, 13).
everyTarget('KeyConditions', ({ test, send, makeTable }) => {
  const RANGES = [
    ['EQ', [S('b')], ['b']],
    ['LT', [S('b')], ['a', 'ab']],
    ['LE', [S('b')], ['a', 'ab', 'b']],
    ['GT', [S('b')], ['bc', 'c']],
    ['GE', [S('b')], ['b', 'bc', 'c']],
    ['BEGINS_WITH', [S('b')], ['b', 'bc']],
    ['BETWEEN', [S('ab'), S('bc')], ['ab', 'b', 'bc']]
  ]
  for (const [operator, values, found] of RANGES) {
    test(`${operator} selects a range of the sort key`, async () => {
      const TableName = await makeTable({ range: 'sk' })
      for (const sk of ['a', 'ab', 'b', 'bc', 'c'])
        await send('PutItem', { TableName, Item: { pk: S('a'), sk: S(sk) } })
      const KeyConditions = { pk, sk: condition(operator, ...values) }
      const { Items } = await send('Query', { TableName, KeyConditions })
      assert.deepEqual(Items.map(item => item.sk.S), found)
    })
  }

  const NOT_INDEXABLE = 'Attempted conditional constraint is not an indexable operation'
  const TYPE = p + 'Condition parameter type does not match schema type'
  const MISTAKES = [
    [{}, 'Conditions can be of length 1 or 2 only'],
    [{ pk, sk: pk, more: pk }, 'Conditions can be of length 1 or 2 only'],
    [{ sk: condition('EQ', S('a')) }, 'Query condition missed key schema element: pk'],
    [{ pk, other: condition('EQ', S('a')) }, 'Query condition missed key schema element: sk'],
    ...['LT', 'LE', 'GT', 'GE', 'BEGINS_WITH'].map(operator => [
      { pk: condition(operator, S('a')) },
      'Query key condition not supported'
    ]),
    [{ pk: condition('BETWEEN', S('a'), S('b')) }, 'Query key condition not supported'],
    ...['NE', 'CONTAINS', 'NOT_CONTAINS', 'IN'].map(operator => [
      { pk, sk: condition(operator, S('a')) },
      NOT_INDEXABLE
    ]),
    ...['NULL', 'NOT_NULL'].map(operator => [{ pk, sk: condition(operator) }, NOT_INDEXABLE]),
    [{ pk: condition('EQ', N('1')) }, TYPE],
    [{ pk, sk: condition('EQ', N('1')) }, TYPE],
    [
      { pk, sk: condition('BETWEEN', S('b'), S('a')) },
      'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound'
    ],
    [
      { pk, sk: condition('BETWEEN', S('a')) },
      p + 'Invalid number of argument(s) for the BETWEEN ComparisonOperator'
    ],
    [
      { pk, sk: condition('BEGINS_WITH', N('1')) },
      p + 'ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type'
    ],
    [
      { pk, sk: { AttributeValueList: [S('a')] } },
      "1 validation error detected: Value null at 'keyConditions.sk.member.comparisonOperator' " +
        'failed to satisfy constraint: Member must not be null'
    ],
    [
      { pk: condition('EQ', S('')) },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot ' +
        'contain an empty string value. Key: pk'
    ]
  ]
  for (const [KeyConditions, message] of MISTAKES) {
    test(`tells the mistake in ${JSON.stringify(KeyConditions)}`, async () => {
      const TableName = await makeTable({ range: 'sk' })
      await invalid(send('Query', { TableName, KeyConditions }), message)
    })
  }

  test('refuses a second condition where there is no sort key', async () => {
    await invalid(
      send('Query', { TableName: await makeTable(), KeyConditions: { pk, sk: pk } }),
      'Query key condition not supported'
    )
  })

  test('stands beside a FilterExpression and a ProjectionExpression', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: { pk: S('a'), v: S('x'), w: S('y') } })
    const { Items } = await send('Query', {
      TableName,
      KeyConditions: { pk },
      FilterExpression: 'v = :x',
      ProjectionExpression: 'w',
      ExpressionAttributeValues: { ':x': S('x') }
    })
    assert.deepEqual(Items, [{ w: S('y') }])
    await invalid(
      send('Query', {
        TableName,
        KeyConditions: { pk },
        KeyConditionExpression: 'pk = :x',
        ExpressionAttributeValues: { ':x': S('x') }
      }),
      /Non-expression parameters: \{KeyConditions\} Expression parameters: \{KeyConditionExpression\}$/
    )
    await invalid(
      send('Query', { TableName }),
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.'
    )
  })
})

// Evidence: facts legacy 1 and 8, validation 4.3 and 4.6 (8).
everyTarget('AttributesToGet', ({ test, send, makeTable }) => {
  const Item = { pk: S('a'), v: S('x'), 'a.b': S('y'), m: { M: { c: S('z') } } }
  const Key = { pk: S('a') }
  /* Each operation with AttributesToGet, and where its items stand in the answer. */
  const READS = {
    GetItem: [(TableName, more) => ({ TableName, Key, ...more }), r => r.Item],
    Query: [(TableName, more) => ({ TableName, KeyConditions: { pk }, ...more }), r => r.Items[0]],
    Scan: [(TableName, more) => ({ TableName, ...more }), r => r.Items[0]],
    BatchGetItem: [
      (TableName, more) => ({ RequestItems: { [TableName]: { Keys: [Key], ...more } } }),
      r => Object.values(r.Responses)[0][0]
    ]
  }
  for (const [operation, [request, item]] of Object.entries(READS)) {
    test(`${operation} gives what is named, literally`, async () => {
      const TableName = await makeTable()
      await send('PutItem', { TableName, Item })
      const read = async (...AttributesToGet) =>
        item(await send(operation, request(TableName, { AttributesToGet })))
      assert.deepEqual(await read('v', 'a.b', 'none'), { v: S('x'), 'a.b': S('y') })
      assert.deepEqual(await read('m.c', 'pk'), { pk: S('a') })
      assert.deepEqual(await read('none'), {})
    })

    test(`${operation} refuses duplicates, an empty list, and expressions beside it`, async () => {
      const TableName = await makeTable()
      const read = more => send(operation, request(TableName, more))
      await invalid(
        read({ AttributesToGet: ['a', 'b', 'a'] }),
        p + 'Duplicate value in attribute name: a'
      )
      await invalid(
        read({ AttributesToGet: [] }),
        /failed to satisfy constraint: Member must have length greater than or equal to 1/
      )
      await invalid(
        read({ AttributesToGet: ['a'], ProjectionExpression: 'b' }),
        /Can not use both expression and non-expression parameters in the same request: Non-expression parameters: \{AttributesToGet\} Expression parameters: \{ProjectionExpression\}$/
      )
    })
  }

  const SELECTS = [
    ['ALL_ATTRIBUTES', 'Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES'],
    ['COUNT', 'Cannot specify the AttributesToGet when choosing to get only the Count']
  ]
  for (const [Select, message] of SELECTS) {
    test(`is refused beside Select ${Select}`, async () => {
      const TableName = await makeTable()
      const more = { Select, AttributesToGet: ['v'] }
      await invalid(send('Scan', { TableName, ...more }), message)
      await invalid(
        send('Query', { TableName, KeyConditions: { pk }, ...more }),
        `1 validation error detected: ${message}`
      )
    })
  }

  test('gets from an index what it projects, and fetches for a local one', async () => {
    const TableName = await makeTable({
      range: 'sk',
      gsis: { global: { hash: 'g', project: 'KEYS_ONLY' } },
      lsis: { local: { range: 'l', project: 'KEYS_ONLY' } }
    })
    const Item = { pk: S('a'), sk: S('s'), g: S('g'), l: S('l'), v: S('v') }
    await send('PutItem', { TableName, Item })
    const read = async (IndexName, ...AttributesToGet) => {
      const { Items } = await send('Scan', { TableName, IndexName, AttributesToGet })
      return Items[0]
    }
    assert.deepEqual(await read('local', 'v', 'l'), { v: S('v'), l: S('l') })
    assert.deepEqual(await read('global', 'g', 'sk'), { g: S('g'), sk: S('s') })
    await invalid(
      read('global', 'v'),
      p + 'Global secondary index global does not project [v]'
    )
  })
})
