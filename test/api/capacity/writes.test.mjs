/*
 * writes.test.mjs - what each write costs: the table's arm, and each index's arm by its entry.
 */
import assert from 'node:assert/strict'
import { everyTarget, rejects } from '../support/targets.mjs'

const pk = { S: 'a' }

/* Items by their size in bytes; `more` counts toward it, and so does the one-byte key. */
function item (bytes, more = {}) {
  let used = 'pk'.length + pk.S.length + 'body'.length
  for (const [name, value] of Object.entries(more)) used += name.length + (value.S ?? '').length
  assert.ok(bytes >= used, `${bytes} bytes are too few`)
  return { pk, ...more, body: { S: 'x'.repeat(bytes - used) } }
}

const put = Item => ({ Put: { Item } })
const remove = { Delete: { Key: { pk } } }
const update = (UpdateExpression, values) => ({
  Update: {
    Key: { pk },
    UpdateExpression,
    ...(values && { ExpressionAttributeValues: values })
  }
})
const g = S => ({ g: { S } })
const lsiKeys = S => ({ sk: { S: 's' }, l: { S } })

/* The whole INDEXES answer of a write; `more` adds the members of a transaction. */
function expected (TableName, table, gsi, lsi, kind) {
  const all = [...Object.values(gsi), ...Object.values(lsi)].reduce((sum, n) => sum + n, table)
  const unit = n => ({ CapacityUnits: n, ...(kind && { [kind]: n }) })
  const map = units => Object.fromEntries(Object.entries(units).map(([k, n]) => [k, unit(n)]))
  return {
    TableName,
    ...unit(all),
    Table: unit(table),
    ...(Object.keys(gsi).length && { GlobalSecondaryIndexes: map(gsi) }),
    ...(Object.keys(lsi).length && { LocalSecondaryIndexes: map(lsi) })
  }
}

const WHOLE = { gsis: { gsi: { hash: 'g' } } }
const KEYS = { gsis: { gsi: { hash: 'g', project: 'KEYS_ONLY' } } }
const SOME = { gsis: { gsi: { hash: 'g', project: ['kept'] } } }
const LOCAL = { range: 'sk', lsis: { lsi: { range: 'l' } } }
const BOTH = { range: 'sk', gsis: { gsi: { hash: 'g' } }, lsis: { lsi: { range: 'l' } } }

/* title, table, item before, write, table units, index units */
const CASES = [
  ['a put of less than 1 KB, in an index', WHOLE, null, put(item(100, g('x'))), 1, { gsi: 1 }],
  ['an identical overwrite', WHOLE, item(100, g('x')), put(item(100, g('x'))), 1, {}],
  ['an identical overwrite of 3 KB', WHOLE, item(3037, g('x')), put(item(3037, g('x'))), 3, {}],
  ['a put of an item in no index', WHOLE, null, put(item(100)), 1, {}],
  ['a delete of an item in no index', WHOLE, item(100), remove, 1, {}],
  ['a delete of an item that is not there', WHOLE, null, remove, 1, {}],
  ['a delete of 3 KB in no index', WHOLE, item(3017), remove, 3, {}],
  [
    'an update outside of a KEYS_ONLY projection',
    KEYS,
    item(100, g('x')),
    update('SET q = :v', { ':v': { S: 'v' } }),
    1,
    {}
  ],
  [
    'an update outside of an INCLUDE projection',
    SOME,
    item(100, { ...g('x'), kept: { S: 'k' } }),
    update('SET q = :v', { ':v': { S: 'v' } }),
    1,
    {}
  ],
  [
    'an update inside of an INCLUDE projection',
    SOME,
    item(100, { ...g('x'), kept: { S: 'k' } }),
    update('SET kept = :v', { ':v': { S: 'v' } }),
    1,
    { gsi: 1 }
  ],
  ['a small item moved', WHOLE, item(100, g('x')), put(item(100, g('y'))), 1, { gsi: 2 }],
  ['the key of 3017 B removed', WHOLE, item(3017, g('x')), update('REMOVE g'), 3, { gsi: 3 }],
  ['a delete of an entry of 3017 B', WHOLE, item(3017, g('x')), remove, 3, { gsi: 3 }],
  ['3017 B to 18 B', WHOLE, item(3017, g('x')), put(item(18, g('x'))), 3, { gsi: 3 }],
  ['18 B to 3020 B', WHOLE, item(18, g('x')), put(item(3020, g('x'))), 3, { gsi: 3 }],
  [
    '617 B changed in place',
    WHOLE,
    item(617, { ...g('x'), v: { S: '1' } }),
    put(item(617, { ...g('x'), v: { S: '2' } })),
    1,
    { gsi: 1 }
  ],
  [
    '1517 B changed in place',
    WHOLE,
    item(1517, { ...g('x'), v: { S: '1' } }),
    put(item(1517, { ...g('x'), v: { S: '2' } })),
    2,
    { gsi: 2 }
  ],
  ['2017 B to 117 B', WHOLE, item(2017, g('x')), put(item(117, g('x'))), 2, { gsi: 2 }],
  ['1517 B moved', WHOLE, item(1517, g('x')), put(item(1517, g('y'))), 2, { gsi: 4 }],
  ['3017 B moved and shrunk to 18 B', WHOLE, item(3017, g('x')), put(item(18, g('y'))), 3, { gsi: 4 }],
  ['3023 B whose entry has only keys', KEYS, null, put(item(3023, g('x'))), 3, { gsi: 1 }],
  ['3 KB shrunk to 100 B, no index', {}, item(3072), put(item(100)), 3, {}],
  ['exactly 1024 B', {}, null, put(item(1024)), 1, {}],
  ['1025 B', {}, null, put(item(1025)), 2, {}],
  [
    'a set in another order',
    WHOLE,
    { pk, ...g('x'), s: { SS: ['a', 'b'] } },
    put({ pk, ...g('x'), s: { SS: ['b', 'a'] } }),
    1,
    {}
  ],
  [
    'a list in another order',
    WHOLE,
    { pk, ...g('x'), s: { L: [{ S: 'a' }, { S: 'b' }] } },
    put({ pk, ...g('x'), s: { L: [{ S: 'b' }, { S: 'a' }] } }),
    1,
    { gsi: 1 }
  ]
]

/* The same on a table with a sort key and a local index. */
const LOCAL_CASES = [
  ['growth to 3 KB in place', item(100, lsiKeys('x')), item(3017, lsiKeys('x')), 3, { lsi: 3 }],
  ['3017 B moved and shrunk', item(3017, lsiKeys('x')), item(40, lsiKeys('y')), 3, { lsi: 4 }],
  ['a change of any attribute', item(40, lsiKeys('x')), item(41, lsiKeys('x')), 1, { lsi: 1 }],
  ['an item without the index key', null, item(40, { sk: { S: 's' } }), 1, {}]
]

// Evidence: facts capacity 3 and 10, captured in eu-west-2 in 2026.
everyTarget('Capacity of writes', ({ test, send, makeTable }) => {
  const prepare = async (definition, before) => {
    const TableName = await makeTable(definition)
    if (before) await send('PutItem', { TableName, Item: before })
    return TableName
  }
  const run = async (TableName, write, ReturnConsumedCapacity) => {
    const [[kind, request]] = Object.entries(write)
    const reply = await send(`${kind}Item`, { TableName, ...request, ReturnConsumedCapacity })
    return reply.ConsumedCapacity
  }

  for (const [title, definition, before, write, table, gsi] of CASES) {
    test(`charges ${title}`, async () => {
      const TableName = await prepare(definition, before)
      assert.deepEqual(await run(TableName, write, 'INDEXES'), expected(TableName, table, gsi, {}))
    })
  }

  for (const [title, before, after, table, lsi] of LOCAL_CASES) {
    test(`charges a local index for ${title}`, async () => {
      const TableName = await prepare(LOCAL, before)
      assert.deepEqual(
        await run(TableName, put(after), 'INDEXES'),
        expected(TableName, table, {}, lsi)
      )
    })
  }

  test('charges a batch as its writes, a table in one sum', async () => {
    const one = await prepare(WHOLE, item(3017, g('x')))
    const two = await prepare({}, null)
    const { ConsumedCapacity } = await send('BatchWriteItem', {
      RequestItems: {
        [one]: [
          { DeleteRequest: { Key: { pk } } },
          { PutRequest: { Item: { pk: { S: 'b' }, ...g('y') } } }
        ],
        [two]: [{ PutRequest: { Item: item(1025) } }]
      },
      ReturnConsumedCapacity: 'INDEXES'
    })
    assert.deepEqual(
      new Map(ConsumedCapacity.map(c => [c.TableName, c])),
      new Map([
        [one, expected(one, 4, { gsi: 4 }, {})],
        [two, expected(two, 2, {}, {})]
      ])
    )
  })

  test('gives the sum alone for TOTAL, and nothing for NONE', async () => {
    const TableName = await prepare(WHOLE, null)
    assert.deepEqual(await run(TableName, put(item(100, g('x'))), 'TOTAL'), {
      TableName,
      CapacityUnits: 2
    })
    assert.equal(await run(TableName, put(item(100, g('y'))), 'NONE'), undefined)
    assert.equal(await run(TableName, put(item(100, g('y'))), undefined), undefined)
  })

  test('tells no capacity when the condition is false', async () => {
    const TableName = await prepare(WHOLE, item(3017))
    const error = await rejects(
      send('PutItem', {
        TableName,
        Item: item(18),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnConsumedCapacity: 'INDEXES'
      }),
      'ConditionalCheckFailedException',
      'The conditional request failed'
    )
    assert.equal(error.ConsumedCapacity, undefined)
  })
})

everyTarget('Capacity of transactions', ({ test, send, makeTable }) => {
  const transact = async (TableName, write, more) => {
    const [[kind, request]] = Object.entries(write)
    const reply = await send('TransactWriteItems', {
      TransactItems: [{ [kind]: { TableName, ...request } }],
      ReturnConsumedCapacity: 'INDEXES',
      ...more
    })
    return reply.ConsumedCapacity[0]
  }
  const WRITE = 'WriteCapacityUnits'
  const READ = 'ReadCapacityUnits'

  // Evidence: facts capacity 4 and 10: the factor of two is the table's, not the indexes'.
  test('charges twice for the table, once for each index', async () => {
    const TableName = await makeTable(BOTH)
    const Item = item(100, { sk: { S: 's' }, ...g('x'), l: { S: 'x' } })
    assert.deepEqual(
      await transact(TableName, put(Item)),
      expected(TableName, 2, { gsi: 1 }, { lsi: 1 }, WRITE)
    )
  })

  const TWICE = [
    ['an identical overwrite of 3037 B', item(3037, g('x')), put(item(3037, g('x'))), 6, {}],
    ['a delete of a 3 KB item', item(3017, g('x')), remove, 6, { gsi: 3 }],
    ['a delete of what is not there', null, remove, 2, {}],
    ['a move of a small item', item(100, g('x')), put(item(100, g('y'))), 2, { gsi: 2 }],
    [
      'a condition checked on 3 KB',
      item(3017, g('x')),
      { ConditionCheck: { Key: { pk }, ConditionExpression: 'attribute_exists(pk)' } },
      6,
      {}
    ],
    [
      'a condition checked on nothing',
      null,
      { ConditionCheck: { Key: { pk }, ConditionExpression: 'attribute_not_exists(pk)' } },
      2,
      {}
    ]
  ]
  for (const [title, before, write, table, gsi] of TWICE) {
    test(`charges ${title}`, async () => {
      const TableName = await makeTable(WHOLE)
      if (before) await send('PutItem', { TableName, Item: before })
      assert.deepEqual(await transact(TableName, write), expected(TableName, table, gsi, {}, WRITE))
    })
  }

  // Evidence: facts capacity 4 and 10: a replay is charged as reads of the first call's images.
  const REPLAYS = [
    ['a put of 9 KB', null, put(item(9 * 1024, g('x'))), 18, { gsi: 9 }, 6],
    ['a delete of 9 KB', item(9 * 1024, g('x')), remove, 18, { gsi: 9 }, 6],
    ['a put of 1.5 KB', null, put(item(1517)), 4, {}, 2]
  ]
  for (const [title, before, write, table, gsi, read] of REPLAYS) {
    test(`charges ${title} as reads when it is replayed`, async () => {
      const TableName = await makeTable(WHOLE)
      if (before) await send('PutItem', { TableName, Item: before })
      const more = { ClientRequestToken: `replay-${title}` }
      assert.deepEqual(
        await transact(TableName, write, more),
        expected(TableName, table, gsi, {}, WRITE)
      )
      assert.deepEqual(
        await transact(TableName, write, more),
        expected(TableName, read, {}, {}, READ)
      )
    })
  }

  test('gives the sum alone for TOTAL', async () => {
    const TableName = await makeTable(WHOLE)
    const more = { ReturnConsumedCapacity: 'TOTAL', ClientRequestToken: 'total' }
    const write = put(item(100, g('x')))
    assert.deepEqual(await transact(TableName, write, more), {
      TableName,
      CapacityUnits: 3,
      [WRITE]: 3
    })
    assert.deepEqual(await transact(TableName, write, more), {
      TableName,
      CapacityUnits: 2,
      [READ]: 2
    })
  })
})
