/*
 * updates.test.mjs - AttributeUpdates of UpdateItem.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, sameItem } from '../support/targets.mjs'

const S = text => ({ S: text })
const N = text => ({ N: text })
const p = 'One or more parameter values were invalid: '
const Key = { pk: S('k') }

const SAMPLES = {
  S: S('a'),
  N: N('1'),
  B: { B: 'YQ==' },
  SS: { SS: ['a'] },
  NS: { NS: ['1'] },
  BS: { BS: ['YQ=='] },
  L: { L: [S('a')] },
  M: { M: { a: S('a') } },
  BOOL: { BOOL: true },
  NULL: { NULL: true }
}

/* title, attribute v before (null: none), update, after (null: none) */
const CASES = [
  ['PUT sets', null, { Action: 'PUT', Value: S('a') }, S('a')],
  ['PUT replaces by another type', S('a'), { Action: 'PUT', Value: N('1') }, N('1')],
  ['PUT is the default', S('a'), { Value: S('b') }, S('b')],
  ['ADD counts', N('1'), { Action: 'ADD', Value: N('-3') }, N('-2')],
  ['ADD counts from zero', null, { Action: 'ADD', Value: N('5') }, N('5')],
  ['ADD unites sets', { SS: ['a'] }, { Action: 'ADD', Value: { SS: ['a', 'b'] } }, { SS: ['a', 'b'] }],
  ['ADD makes a set', null, { Action: 'ADD', Value: { NS: ['1'] } }, { NS: ['1'] }],
  ['ADD unites bytes', { BS: ['YQ=='] }, { Action: 'ADD', Value: { BS: ['Yg=='] } }, { BS: ['YQ==', 'Yg=='] }],
  ['ADD appends to a list', { L: [S('a')] }, { Action: 'ADD', Value: { L: [N('1')] } }, { L: [S('a'), N('1')] }],
  ['ADD makes a list', null, { Action: 'ADD', Value: { L: [N('1')] } }, { L: [N('1')] }],
  ['DELETE removes', S('a'), { Action: 'DELETE' }, null],
  ['DELETE of what is not there does nothing', null, { Action: 'DELETE' }, null],
  ['DELETE subtracts', { NS: ['1', '2'] }, { Action: 'DELETE', Value: { NS: ['1', '3'] } }, { NS: ['2'] }],
  ['DELETE leaves no empty set', { SS: ['a'] }, { Action: 'DELETE', Value: { SS: ['a'] } }, null],
  ['DELETE from nothing does nothing', null, { Action: 'DELETE', Value: { SS: ['a'] } }, null]
]

// Evidence: facts legacy 5; AWS Developer Guide, "AttributeUpdates (legacy)".
everyTarget('AttributeUpdates', ({ test, send, makeTable }) => {
  for (const [title, before, update, after] of CASES) {
    test(title, async () => {
      const TableName = await makeTable()
      await send('PutItem', { TableName, Item: { ...Key, ...(before && { v: before }) } })
      const { Attributes } = await send('UpdateItem', {
        TableName,
        Key,
        AttributeUpdates: { v: update },
        ReturnValues: 'ALL_NEW'
      })
      sameItem(Attributes, { ...Key, ...(after && { v: after }) })
      sameItem((await send('GetItem', { TableName, Key })).Item, Attributes)
    })
  }

  test('PUT and ADD make an item', async () => {
    const TableName = await makeTable()
    for (const [k, update, v] of [
      ['put', { Value: S('a') }, S('a')],
      ['add', { Action: 'ADD', Value: N('2') }, N('2')]
    ]) {
      await send('UpdateItem', { TableName, Key: { pk: S(k) }, AttributeUpdates: { v: update } })
      sameItem((await send('GetItem', { TableName, Key: { pk: S(k) } })).Item, { pk: S(k), v })
    }
  })

  const ACCEPTED = {
    PUT: Object.keys(SAMPLES),
    ADD: ['N', 'SS', 'NS', 'BS', 'L'],
    DELETE: ['SS', 'NS', 'BS']
  }
  const REFUSED = {
    ADD: 'ADD action is not supported for the type ',
    DELETE: 'DELETE action with value is not supported for the type '
  }
  for (const [Action, types] of Object.entries(ACCEPTED)) {
    test(`${Action} takes ${types.join(' ')}`, async () => {
      const TableName = await makeTable()
      for (const [type, Value] of Object.entries(SAMPLES)) {
        const sent = send('UpdateItem', {
          TableName,
          Key: { pk: S(type) },
          AttributeUpdates: { v: { Action, Value } }
        })
        if (types.includes(type)) await sent
        else await invalid(sent, p + REFUSED[Action] + type)
      }
    })
  }

  const MISTAKES = [
    [{ v: { Action: 'PUT' } }, p + 'Only DELETE action is allowed when no attribute value is specified'],
    [{ v: { Action: 'ADD' } }, p + 'Only DELETE action is allowed when no attribute value is specified'],
    [{ v: {} }, p + 'Only DELETE action is allowed when no attribute value is specified'],
    [{ s: { Action: 'ADD', Value: N('1') } }, 'Type mismatch for attribute to update'],
    [{ set: { Action: 'ADD', Value: { NS: ['1'] } } }, 'Type mismatch for attribute to update'],
    [{ s: { Action: 'DELETE', Value: { SS: ['a'] } } }, 'Type mismatch for attribute to update'],
    [
      { pk: { Value: S('other') } },
      p + 'Cannot update attribute pk. This attribute is part of the key'
    ],
    [
      { pk: { Action: 'DELETE' } },
      p + 'Cannot update attribute pk. This attribute is part of the key'
    ],
    [{ v: { Action: 'PUT', Value: N('x') } }, /cannot be converted to a numeric value: x$/],
    [{ v: { Action: 'SET', Value: S('a') } }, /at 'attributeUpdates.v.member.action' failed to satisfy constraint/],
    [{ g: { Value: N('1') } }, p + 'Type mismatch for Index Key g Expected: S Actual: N IndexName: byG']
  ]
  for (const [AttributeUpdates, message] of MISTAKES) {
    test(`tells the mistake in ${JSON.stringify(AttributeUpdates)}`, async () => {
      const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
      const Item = { ...Key, s: S('a'), set: { SS: ['a'] } }
      await send('PutItem', { TableName, Item })
      await invalid(send('UpdateItem', { TableName, Key, AttributeUpdates }), message)
      sameItem((await send('GetItem', { TableName, Key })).Item, Item)
    })
  }

  test('takes names literally', async () => {
    const TableName = await makeTable()
    const AttributeUpdates = { 'a.b[0]': { Value: S('x') }, size: { Value: S('y') } }
    await send('UpdateItem', { TableName, Key, AttributeUpdates })
    sameItem((await send('GetItem', { TableName, Key })).Item, {
      ...Key,
      'a.b[0]': S('x'),
      size: S('y')
    })
  })

  test('returns what it aimed at', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: { ...Key, a: N('1'), b: S('x') } })
    const update = async ReturnValues =>
      (
        await send('UpdateItem', {
          TableName,
          Key,
          AttributeUpdates: { a: { Action: 'ADD', Value: N('1') }, none: { Action: 'DELETE' } },
          ReturnValues
        })
      ).Attributes
    assert.deepEqual(await update('UPDATED_OLD'), { a: N('1') })
    assert.deepEqual(await update('UPDATED_NEW'), { a: N('3') })
    sameItem(await update('ALL_OLD'), { ...Key, a: N('3'), b: S('x') })
    assert.equal(await update('NONE'), undefined)
  })

  test('does not mix with expressions', async () => {
    const TableName = await makeTable()
    await invalid(
      send('UpdateItem', {
        TableName,
        Key,
        AttributeUpdates: {},
        Expected: {},
        UpdateExpression: 'REMOVE a',
        ConditionExpression: 'attribute_exists(pk)'
      }),
      /Can not use both expression and non-expression parameters in the same request: Non-expression parameters: \{AttributeUpdates, Expected\} Expression parameters: \{UpdateExpression, ConditionExpression\}$/
    )
  })
})
