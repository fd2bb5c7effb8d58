import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

const big = (bytes) => 'x'.repeat(bytes)

everyTarget('PutItem', ({ test, send, makeTable }) => {
  // Evidence: AWS API reference, PutItem: "creates a new item, or replaces an old item".
  test('stores every attribute type and gives it back as sent', async () => {
    const TableName = await makeTable()
    const Item = {
      pk: { S: 'all' },
      s: { S: 'ünï "quoted" \\ \u0000\u001f\n 😀' },
      n: { N: '12.5' },
      b: { B: 'AAEC/w==' },
      yes: { BOOL: true },
      no: { BOOL: false },
      nil: { NULL: true },
      ss: { SS: ['b', 'a', ''] },
      ns: { NS: ['3', '1', '2.5'] },
      bs: { BS: ['AQ==', 'AA=='] },
      l: { L: [{ S: 'x' }, { N: '1' }, { L: [] }, { M: {} }] },
      m: {
        M: { 'a.b': { S: 'dot' }, '': { NULL: true }, nested: { M: { deep: { BOOL: true } } } }
      },
      empty: { S: '' },
      emptyBinary: { B: '' }
    }
    assert.deepEqual(await send('PutItem', { TableName, Item }), {})
    sameItem((await send('GetItem', { TableName, Key: { pk: { S: 'all' } } })).Item, Item)
  })

  test('replaces the whole item, and ALL_OLD returns the one before', async () => {
    const TableName = await makeTable()
    const first = { pk: { S: 'k' }, a: { S: '1' }, b: { S: '2' } }
    const second = { pk: { S: 'k' }, c: { S: '3' } }
    assert.deepEqual(await send('PutItem', { TableName, Item: first, ReturnValues: 'ALL_OLD' }), {})
    const { Attributes } = await send('PutItem', {
      TableName,
      Item: second,
      ReturnValues: 'ALL_OLD'
    })
    sameItem(Attributes, first)
    sameItem((await send('GetItem', { TableName, Key: { pk: { S: 'k' } } })).Item, second)
  })

  // Evidence: captures of the number grammar (types facts, section 2).
  const numbers = [
    ['+5', '5'],
    ['-7', '-7'],
    ['+.5', '0.5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['00042', '42'],
    ['1e+2', '100'],
    ['1.5E+3', '1500'],
    ['-0', '0'],
    ['0.000', '0'],
    ['1.23E10', '12300000000'],
    ['1E-3', '0.001'],
    ['1.200', '1.2'],
    ['100', '100'],
    ['1E-130', '0.' + '0'.repeat(129) + '1'],
    ['1E125', '1' + '0'.repeat(125)],
    ['9'.repeat(38), '9'.repeat(38)],
    ['0.' + '0'.repeat(20) + '9'.repeat(38), '0.' + '0'.repeat(20) + '9'.repeat(38)],
    ['-9.9999999999999999999999999999999999999E+125', '-' + '9'.repeat(38) + '0'.repeat(88)]
  ]
  test('gives numbers back in canonical form', async () => {
    const TableName = await makeTable()
    for (const [given, canonical] of numbers) {
      await send('PutItem', {
        TableName,
        Item: { pk: { S: 'n' }, n: { N: given }, ns: { NS: [given] } }
      })
      const { Item } = await send('GetItem', { TableName, Key: { pk: { S: 'n' } } })
      assert.deepEqual(Item.n, { N: canonical }, given)
      assert.deepEqual(Item.ns, { NS: [canonical] }, given)
    }
  })

  // Evidence: measured on the service, 2026-09 (github.com/ExtendDB/extenddb issue 365).
  test('takes names of attributes up to 65,535 bytes, at every depth', async () => {
    const TableName = await makeTable()
    const put = (bytes, deep) => {
      const long = { ['n'.repeat(bytes)]: { S: 'a' } }
      const Item = deep ? { pk: { S: 'p' }, m: { L: [{ M: long }] } } : { pk: { S: 'p' }, ...long }
      return send('PutItem', { TableName, Item })
    }
    const message =
      '1 validation error detected: Attribute name is too large, must be less than 65536 bytes'
    for (const deep of [false, true]) {
      await put(65535, deep)
      await invalid(put(65536, deep), message)
    }
    await invalid(
      send('UpdateItem', {
        TableName,
        Key: { pk: { S: 'p' } },
        UpdateExpression: 'SET a = :v',
        ExpressionAttributeValues: { ':v': { M: { ['n'.repeat(65536)]: { S: 'a' } } } }
      }),
      message
    )
  })

  // Evidence: captures (validation facts, section 3).
  const values = [
    [{}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
    [
      { S: 'a', N: '1' },
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes'
    ],
    [{ S: 'a', N: 'x' }, 'The parameter cannot be converted to a numeric value: x'],
    [{ N: '' }, 'The parameter cannot be converted to a numeric value'],
    [{ N: ' 5' }, 'The parameter cannot be converted to a numeric value:  5'],
    [{ N: '0x5' }, 'The parameter cannot be converted to a numeric value: 0x5'],
    [{ N: '1e' }, 'The parameter cannot be converted to a numeric value: 1e'],
    [{ N: 'NaN' }, 'The parameter cannot be converted to a numeric value: NaN'],
    [{ N: '1'.repeat(39) }, 'Attempting to store more than 38 significant digits in a Number'],
    [
      { N: '1e126' },
      'Number overflow. Attempting to store a number with magnitude larger than supported range'
    ],
    [
      { N: '-1e126' },
      'Number overflow. Attempting to store a number with magnitude larger than supported range'
    ],
    [
      { N: '1e-131' },
      'Number underflow. Attempting to store a number with magnitude smaller than supported range'
    ],
    [
      { NULL: false },
      'One or more parameter values were invalid: Null attribute value types must have the value of true'
    ],
    [{ SS: [] }, 'One or more parameter values were invalid: An string set  may not be empty'],
    [{ NS: [] }, 'One or more parameter values were invalid: An number set  may not be empty'],
    [{ BS: [] }, 'One or more parameter values were invalid: Binary sets should not be empty'],
    [
      { SS: ['a', 'a'] },
      'One or more parameter values were invalid: Input collection [a, a] contains duplicates.'
    ],
    [{ NS: ['1', '1.0'] }, 'Input collection contains duplicates'],
    [
      { BS: ['Yg==', 'Yg=='] },
      'One or more parameter values were invalid: Input collection [Yg==, Yg==]of type BS contains duplicates.'
    ],
    [
      { L: [{ S: 'ok' }, {}] },
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'
    ],
    [{ M: { a: { N: 'b' } } }, 'The parameter cannot be converted to a numeric value: b']
  ]
  test('rejects bad attribute values', async () => {
    const TableName = await makeTable()
    for (const [value, message] of values) {
      const error = await rejects(
        send('PutItem', { TableName, Item: { pk: { S: 'a' }, a: value } }),
        'ValidationException'
      )
      assert.ok(error.message.endsWith(message), `${JSON.stringify(value)}: ${error.message}`)
    }
  })

  // Evidence: AWS Developer Guide, quotas: nesting of 32 levels.
  test('takes 32 levels of nesting and no more', async () => {
    const TableName = await makeTable()
    const nested = (levels) => (levels === 1 ? { S: 'x' } : { L: [nested(levels - 1)] })
    await send('PutItem', { TableName, Item: { pk: { S: 'a' }, a: nested(32) } })
    await invalid(
      send('PutItem', { TableName, Item: { pk: { S: 'a' }, a: nested(33) } }),
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit'
    )
  })

  // Evidence: AWS Developer Guide: "The maximum item size in DynamoDB is 400 KB, which includes
  // both attribute name binary length (UTF-8 length) and attribute value lengths".
  test('takes an item of exactly 409,600 bytes and no more', async () => {
    const TableName = await makeTable()
    const item = (bytes) => ({ pk: { S: 'k' }, a: { S: big(bytes - 'pkka'.length) } })
    await send('PutItem', { TableName, Item: item(409600) })
    await invalid(
      send('PutItem', { TableName, Item: item(409601) }),
      'Item size has exceeded the maximum allowed size'
    )
    await invalid(
      send('PutItem', { TableName: 'no-such-table', Item: item(409601) }),
      'Item size has exceeded the maximum allowed size'
    )
  })

  test('checks the key attributes of the item', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    const cases = [
      [
        { sk: { N: '1' } },
        'One or more parameter values were invalid: Missing the key pk in the item'
      ],
      [
        { pk: { S: 'a' } },
        'One or more parameter values were invalid: Missing the key sk in the item'
      ],
      [
        { pk: { N: '1' }, sk: { N: '1' } },
        'One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N'
      ],
      [
        { pk: { S: 'a' }, sk: { SS: ['1'] } },
        'One or more parameter values were invalid: Type mismatch for key sk expected: N actual: SS'
      ],
      [
        { pk: { S: '' }, sk: { N: '1' } },
        'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk'
      ],
      [
        { pk: { S: big(2049) }, sk: { N: '1' } },
        'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes'
      ]
    ]
    for (const [Item, message] of cases)
      await invalid(send('PutItem', { TableName, Item }), message)
    await send('PutItem', { TableName, Item: { pk: { S: big(2048) }, sk: { N: '1' } } })
  })

  test('checks sort keys for size and binary keys for emptiness', async () => {
    const TableName = await makeTable({ hash: 'pk:B', range: 'sk' })
    await send('PutItem', { TableName, Item: { pk: { B: 'AA==' }, sk: { S: big(1024) } } })
    await invalid(
      send('PutItem', { TableName, Item: { pk: { B: 'AA==' }, sk: { S: big(1025) } } }),
      'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes'
    )
    await invalid(
      send('PutItem', { TableName, Item: { pk: { B: '' }, sk: { S: 'a' } } }),
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty binary value. Key: pk'
    )
  })

  test('checks index keys, and leaves items without them out of the index', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g', range: 'h:N' } } })
    await invalid(
      send('PutItem', { TableName, Item: { pk: { S: 'a' }, g: { N: '1' } } }),
      'One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: byG'
    )
    await invalid(
      send('PutItem', { TableName, Item: { pk: { S: 'a' }, g: { S: '' } } }),
      'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: byG, IndexKey: g'
    )
    await send('PutItem', { TableName, Item: { pk: { S: 'a' }, g: { S: 'x' } } })
    await send('PutItem', { TableName, Item: { pk: { S: 'b' }, g: { S: 'x' }, h: { N: '1' } } })
    const { Items } = await send('Scan', { TableName, IndexName: 'byG' })
    assert.deepEqual(
      Items.map((i) => i.pk.S),
      ['b']
    )
  })

  test('writes only when the condition holds', async () => {
    const TableName = await makeTable()
    const put = (v, ConditionExpression, more = {}) =>
      send('PutItem', {
        TableName,
        Item: { pk: { S: 'a' }, v: { N: v } },
        ConditionExpression,
        ...more
      })
    await rejects(
      put('1', 'attribute_exists(pk)'),
      'ConditionalCheckFailedException',
      'The conditional request failed'
    )
    await put('1', 'attribute_not_exists(pk)')
    const error = await rejects(
      put('2', 'attribute_not_exists(pk)', { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      'ConditionalCheckFailedException'
    )
    sameItem(error.Item, { pk: { S: 'a' }, v: { N: '1' } })
    assert.equal(
      (await rejects(put('2', 'attribute_not_exists(pk)'), 'ConditionalCheckFailedException')).Item,
      undefined
    )
    await put('2', 'v = :one', { ExpressionAttributeValues: { ':one': { N: '1.0' } } })
    assert.equal((await send('GetItem', { TableName, Key: { pk: { S: 'a' } } })).Item.v.N, '2')
  })

  // Evidence: captures (validation facts 4.1, 4.2 and the envelope rule of section 1).
  const requests = [
    [
      { Item: { pk: { S: 'a' } } },
      "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null"
    ],
    [
      { TableName: 'x', Item: { pk: { S: 'a' } }, ReturnValues: 'HI' },
      /Value 'HI' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: \[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW\]/
    ],
    [
      { Item: { pk: { S: 'a' } }, ReturnValues: 'ALL_NEW' },
      /ReturnValues can only be ALL_OLD or NONE$/,
      true
    ],
    [
      { Item: { pk: { S: 'a' } }, ExpressionAttributeNames: { '#a': 'b' } },
      /ExpressionAttributeNames can only be specified when using expressions$/,
      true
    ],
    [
      { Item: { pk: { S: 'a' } }, ExpressionAttributeValues: { ':a': { S: 'b' } } },
      /ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null$/,
      true
    ],
    [
      { Item: { pk: { S: 'a' } }, Expected: {}, ConditionExpression: '' },
      /Can not use both expression and non-expression parameters in the same request: Non-expression parameters: \{Expected\} Expression parameters: \{ConditionExpression\}$/,
      true
    ],
    [
      { Item: { pk: { S: 'a' } }, ConditionExpression: '' },
      /Invalid ConditionExpression: The expression can not be empty;$/,
      true
    ],
    [
      { Item: { pk: { S: 'a' } }, ConditionExpression: 'a = :a', ExpressionAttributeValues: {} },
      /ExpressionAttributeValues must not be empty$/,
      true
    ],
    [
      { Item: { pk: { S: 'a' } }, ConditionExpression: '#a = b', ExpressionAttributeNames: {} },
      /ExpressionAttributeNames must not be empty$/,
      true
    ],
    [
      {
        Item: { pk: { S: 'a' } },
        ConditionExpression: '#a = b',
        ExpressionAttributeNames: { a: 'b' }
      },
      /ExpressionAttributeNames contains invalid key: Syntax error; key: "a"$/,
      true
    ],
    [
      {
        Item: { pk: { S: 'a' } },
        ConditionExpression: 'a = :b',
        ExpressionAttributeValues: { b: { S: 'a' } }
      },
      /ExpressionAttributeValues contains invalid key: Syntax error; key: "b"$/,
      true
    ],
    [
      {
        Item: { pk: { S: 'a' } },
        ConditionExpression: 'a = :b',
        ExpressionAttributeValues: { ':b': { N: 'a' } }
      },
      /ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: a for key :b$/,
      true
    ],
    [
      {
        Item: { pk: { S: 'a' } },
        ConditionExpression: 'attribute_exists(b)',
        ExpressionAttributeNames: { '#u': 'x' }
      },
      /Value provided in ExpressionAttributeNames unused in expressions: keys: \{#u\}$/,
      true
    ],
    [
      {
        Item: { pk: { S: 'a' } },
        ConditionExpression: 'attribute_exists(b)',
        ExpressionAttributeValues: { ':u': { S: 'x' } }
      },
      /Value provided in ExpressionAttributeValues unused in expressions: keys: \{:u\}$/,
      true
    ]
  ]
  test('rejects bad parameters before it looks for the table', async () => {
    for (const [request, message, table] of requests) {
      await invalid(
        send('PutItem', table ? { TableName: 'no-such-table', ...request } : request),
        message
      )
    }
    await rejects(
      send('PutItem', { TableName: 'no-such-table', Item: { pk: { S: 'a' } } }),
      'ResourceNotFoundException',
      'Requested resource not found'
    )
  })

  // Evidence: captured multi-error sets (validation facts, section 5): compared as sets.
  test('collects the constraint errors of an empty request', async () => {
    const error = await invalid(send('PutItem', {}))
    assert.deepEqual(
      new Set(error.message.replace('2 validation errors detected: ', '').split('; ')),
      new Set([
        "Value null at 'tableName' failed to satisfy constraint: Member must not be null",
        "Value null at 'item' failed to satisfy constraint: Member must not be null"
      ])
    )
  })

  // Evidence: captures, 2026 (capacity facts, sections 3 and 10).
  test('reports consumed capacity to the unit, index arms included', async () => {
    const TableName = await makeTable({
      gsis: { byG: { hash: 'g' }, keys: { hash: 'g', project: 'KEYS_ONLY' } }
    })
    const put = async (Item, ReturnConsumedCapacity = 'INDEXES') =>
      (await send('PutItem', { TableName, Item, ReturnConsumedCapacity })).ConsumedCapacity
    const item = (size, more = {}) => ({ pk: { S: 'a' }, f: { S: big(size) }, ...more })
    assert.deepEqual(await put(item(10), 'TOTAL'), { TableName, CapacityUnits: 1 })
    assert.deepEqual(await put(item(3000)), {
      TableName,
      CapacityUnits: 3,
      Table: { CapacityUnits: 3 }
    })
    assert.deepEqual(
      await put(item(10)),
      { TableName, CapacityUnits: 3, Table: { CapacityUnits: 3 } },
      'shrinking costs the old size'
    )
    assert.deepEqual(await put(item(10, { g: { S: 'x' } })), {
      TableName,
      CapacityUnits: 3,
      Table: { CapacityUnits: 1 },
      GlobalSecondaryIndexes: { byG: { CapacityUnits: 1 }, keys: { CapacityUnits: 1 } }
    })
    assert.deepEqual(
      await put(item(10, { g: { S: 'x' } })),
      { TableName, CapacityUnits: 1, Table: { CapacityUnits: 1 } },
      'an identical overwrite'
    )
    assert.deepEqual(
      await put(item(1500, { g: { S: 'x' } })),
      {
        TableName,
        CapacityUnits: 4,
        Table: { CapacityUnits: 2 },
        GlobalSecondaryIndexes: { byG: { CapacityUnits: 2 } }
      },
      'a change the keys-only index does not see'
    )
    assert.deepEqual(
      await put(item(1500, { g: { S: 'y' } })),
      {
        TableName,
        CapacityUnits: 8,
        Table: { CapacityUnits: 2 },
        GlobalSecondaryIndexes: { byG: { CapacityUnits: 4 }, keys: { CapacityUnits: 2 } }
      },
      'a move costs both entries'
    )
  })

  test('reports item collection metrics for tables with a local index only', async () => {
    const plain = await makeTable()
    const TableName = await makeTable({ range: 'sk', lsis: { byL: { range: 'l' } } })
    const Item = { pk: { S: 'a' }, sk: { S: 'b' } }
    assert.deepEqual(
      await send('PutItem', { TableName: plain, Item, ReturnItemCollectionMetrics: 'SIZE' }),
      {}
    )
    const { ItemCollectionMetrics } = await send('PutItem', {
      TableName,
      Item,
      ReturnItemCollectionMetrics: 'SIZE'
    })
    assert.deepEqual(ItemCollectionMetrics, {
      ItemCollectionKey: { pk: { S: 'a' } },
      SizeEstimateRangeGB: [0, 1]
    })
  })

  // Evidence: legacy facts, section 4.
  test('takes Expected, with its own checks', async () => {
    const TableName = await makeTable()
    const Item = { pk: { S: 'a' }, n: { N: '5' }, s: { SS: ['x'] } }
    const put = (Expected, more = {}) => send('PutItem', { TableName, Item, Expected, ...more })
    await put({ pk: { Exists: false } })
    await rejects(put({ pk: { Exists: false } }), 'ConditionalCheckFailedException')
    await put({ n: { Value: { N: '5.0' } } })
    await put({
      n: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ N: '1' }, { N: '9' }] }
    })
    await put({ s: { ComparisonOperator: 'CONTAINS', AttributeValueList: [{ S: 'x' }] } })
    await put(
      {
        n: { ComparisonOperator: 'GT', AttributeValueList: [{ N: '7' }] },
        pk: { Value: { S: 'a' } }
      },
      { ConditionalOperator: 'OR' }
    )
    await rejects(
      put({
        n: { ComparisonOperator: 'GT', AttributeValueList: [{ N: '7' }] },
        pk: { Value: { S: 'a' } }
      }),
      'ConditionalCheckFailedException'
    )
    const p = 'One or more parameter values were invalid: '
    const cases = [
      [
        { a: { Value: { S: '1' }, AttributeValueList: [] } },
        p + 'Value and AttributeValueList cannot be used together for Attribute: a'
      ],
      [
        { a: { Exists: true, ComparisonOperator: 'EQ' } },
        p + 'Exists and ComparisonOperator cannot be used together for Attribute: a'
      ],
      [
        { a: { ComparisonOperator: 'EQ' } },
        p + 'Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a'
      ],
      [
        { a: { AttributeValueList: [{ S: 'a' }] } },
        p + 'AttributeValueList can only be used with a ComparisonOperator for Attribute: a'
      ],
      [{ a: { Exists: true } }, p + 'Value must be provided when Exists is true for Attribute: a'],
      [{ a: {} }, p + 'Value must be provided when Exists is null for Attribute: a'],
      [
        { a: { Exists: false, Value: { S: 'a' } } },
        p + 'Value cannot be used when Exists is false for Attribute: a'
      ],
      [
        { a: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ S: 'a' }] } },
        p + 'Invalid number of argument(s) for the BETWEEN ComparisonOperator'
      ],
      [
        { a: { ComparisonOperator: 'IN', AttributeValueList: [{ S: 'a' }, { N: '1' }] } },
        p + 'AttributeValues inside AttributeValueList must be of same type'
      ],
      [
        { a: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ S: 'b' }, { S: 'a' }] } },
        'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound'
      ]
    ]
    for (const [Expected, message] of cases) {
      const error = await rejects(put(Expected), 'ValidationException')
      assert.ok(error.message.endsWith(message), `${JSON.stringify(Expected)}: ${error.message}`)
    }
  })
})
