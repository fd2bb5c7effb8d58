/*
 * expected.test.mjs - Expected and ConditionalOperator of PutItem, UpdateItem and DeleteItem.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'

const S = text => ({ S: text })
const N = text => ({ N: text })
const p = 'One or more parameter values were invalid: '
const FAILED = ['ConditionalCheckFailedException', 'The conditional request failed']

/* entry, does it hold for {v: 'a', n: 5} */
const FORMS = [
  [{ v: { Value: S('a') } }, true],
  [{ v: { Value: S('b') } }, false],
  [{ v: { Exists: true, Value: S('a') } }, true],
  [{ v: { Exists: true, Value: S('b') } }, false],
  [{ v: { Exists: false } }, false],
  [{ none: { Exists: false } }, true],
  [{ none: { Value: S('a') } }, false],
  [{ v: { ComparisonOperator: 'EQ', AttributeValueList: [S('a')] } }, true],
  [{ v: { ComparisonOperator: 'EQ', Value: S('a') } }, true],
  [{ v: { ComparisonOperator: 'NE', Value: S('a') } }, false],
  [{ n: { ComparisonOperator: 'BETWEEN', AttributeValueList: [N('1'), N('5')] } }, true],
  [{ n: { ComparisonOperator: 'GT', Value: N('5') } }, false],
  [{ v: { ComparisonOperator: 'NOT_NULL' } }, true],
  [{ v: { ComparisonOperator: 'NULL' } }, false],
  [{ none: { ComparisonOperator: 'NULL' } }, true],
  [{ v: { Value: S('a') }, n: { Value: N('6') } }, false],
  [{}, true]
]

const MISTAKES = [
  [
    { ComparisonOperator: 'EQ', Value: S('a'), AttributeValueList: [S('a')] },
    p + 'Value and AttributeValueList cannot be used together for Attribute: v'
  ],
  [
    { Value: S('a'), AttributeValueList: [S('a')], Exists: false },
    p + 'Value and AttributeValueList cannot be used together for Attribute: v'
  ],
  [
    { ComparisonOperator: 'EQ', Exists: true, Value: S('a') },
    p + 'Exists and ComparisonOperator cannot be used together for Attribute: v'
  ],
  [
    { ComparisonOperator: 'GT' },
    p + 'Value or AttributeValueList must be used with ComparisonOperator: GT for Attribute: v'
  ],
  [
    { ComparisonOperator: 'BETWEEN', Value: S('a') },
    p + 'Invalid number of argument(s) for the BETWEEN ComparisonOperator'
  ],
  [
    { ComparisonOperator: 'NULL', Value: S('a') },
    p + 'Invalid number of argument(s) for the NULL ComparisonOperator'
  ],
  [
    { ComparisonOperator: 'IN', AttributeValueList: [] },
    p + 'Invalid number of argument(s) for the IN ComparisonOperator'
  ],
  [
    { ComparisonOperator: 'IN', AttributeValueList: [S('a'), N('1')] },
    p + 'AttributeValues inside AttributeValueList must be of same type'
  ],
  [
    { ComparisonOperator: 'BETWEEN', AttributeValueList: [N('2'), N('1')] },
    'The BETWEEN condition was provided a range where the lower bound is greater than the upper ' +
      'bound'
  ],
  [
    { AttributeValueList: [S('a')] },
    p + 'AttributeValueList can only be used with a ComparisonOperator for Attribute: v'
  ],
  [{}, p + 'Value must be provided when Exists is null for Attribute: v'],
  [{ Exists: true }, p + 'Value must be provided when Exists is true for Attribute: v'],
  [
    { Exists: false, Value: S('a') },
    p + 'Value cannot be used when Exists is false for Attribute: v'
  ],
  [{ Value: N('x') }, 'The parameter cannot be converted to a numeric value: x'],
  [
    { ComparisonOperator: 'LIKE', Value: S('a') },
    /Value 'LIKE' at 'expected.v.member.comparisonOperator' failed to satisfy constraint/
  ]
]

// Evidence: facts legacy 3 and 4; AWS Developer Guide, "Expected (legacy)".
everyTarget('Expected', ({ test, send, makeTable }) => {
  const Key = { pk: S('k') }
  const Item = { ...Key, v: S('a'), n: N('5') }
  const writes = {
    PutItem: { Item: { ...Key, put: S('yes') } },
    UpdateItem: { Key, AttributeUpdates: { put: { Value: S('yes') } } },
    DeleteItem: { Key }
  }

  for (const operation of Object.keys(writes)) {
    for (const [Expected, holds] of FORMS) {
      test(`${operation} under ${JSON.stringify(Expected)}: ${holds}`, async () => {
        const TableName = await makeTable()
        await send('PutItem', { TableName, Item })
        const write = send(operation, { TableName, ...writes[operation], Expected })
        if (holds) await write
        else await rejects(write, ...FAILED)
        const { Item: left } = await send('GetItem', { TableName, Key })
        if (!holds) assert.deepEqual(left, Item)
        else assert.equal(left?.put?.S, operation === 'DeleteItem' ? undefined : 'yes')
      })
    }

    for (const [entry, message] of MISTAKES) {
      test(`${operation} tells the mistake in ${JSON.stringify(entry)}`, async () => {
        const TableName = await makeTable()
        await invalid(
          send(operation, { TableName, ...writes[operation], Expected: { v: entry } }),
          message
        )
      })
    }

    test(`${operation} combines by AND, or by OR when told to`, async () => {
      const TableName = await makeTable()
      await send('PutItem', { TableName, Item })
      const Expected = { v: { Value: S('a') }, n: { Value: N('6') } }
      const write = more => send(operation, { TableName, ...writes[operation], Expected, ...more })
      await rejects(write(), ...FAILED)
      await rejects(write({ ConditionalOperator: 'AND' }), ...FAILED)
      await invalid(
        write({ ConditionalOperator: 'OR', Expected: {} }),
        'ConditionalOperator cannot be used without Filter or Expected'
      )
      await invalid(
        write({ ConditionalOperator: 'OR', Expected: { v: { Value: S('a') } } }),
        'ConditionalOperator can only be used when Filter or Expected has two or more elements'
      )
      await write({ ConditionalOperator: 'OR' })
    })

    test(`${operation} does not mix Expected with a ConditionExpression`, async () => {
      const TableName = await makeTable()
      for (const Expected of [{}, { v: { Exists: false } }])
        await invalid(
          send(operation, {
            TableName,
            ...writes[operation],
            AttributeUpdates: undefined,
            Expected,
            ConditionExpression: 'attribute_exists(pk)'
          }),
          /Can not use both expression and non-expression parameters in the same request: Non-expression parameters: \{Expected\} Expression parameters: \{ConditionExpression\}$/
        )
    })
  }
})
