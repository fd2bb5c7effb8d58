import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import { everyTarget } from '../support/targets.mjs'

const body = (answer) =>
  typeof answer.body === 'string' ? answer.body : Buffer.from(answer.body).toString()

everyTarget('dispatchHttp', ({ test, db, makeTable }) => {
  const dispatch = (op, text) =>
    db().dispatchHttp(
      `DynamoDB_20120810.${op}`,
      typeof text === 'string' ? text : JSON.stringify(text)
    )

  // Evidence: wire facts, section 2.
  test('gives status, headers and body', async () => {
    const TableName = await makeTable()
    const answer = await dispatch('PutItem', { TableName, Item: { pk: { S: 'ü' } } })
    assert.equal(answer.status, 200)
    assert.equal(body(answer), '{}')
    assert.match(answer.headers['x-amzn-requestid'], /^[0-9A-Z]{52}$/)
    assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.0')
    const got = await dispatch('GetItem', { TableName, Key: { pk: { S: 'ü' } } })
    assert.equal(body(got), '{"Item":{"pk":{"S":"ü"}}}')
    if (crc32) assert.equal(Number(got.headers['x-amz-crc32']), crc32(Buffer.from(body(got))))
    assert.notEqual(got.headers['x-amzn-requestid'], answer.headers['x-amzn-requestid'])
  })

  // Evidence: wire facts, sections 2 and 3 (known bodies and checksums).
  test('answers malformed and unknown requests', async () => {
    const bare = '{"__type":"com.amazon.coral.service#SerializationException"}'
    const unknown = '{"__type":"com.amazon.coral.service#UnknownOperationException"}'
    for (const text of ['{', '', 'nul', '{"a":1}x', '{"a":}', '\u0001', '{"a":"\n"}']) {
      const answer = await dispatch('ListTables', text)
      assert.deepEqual(
        [answer.status, body(answer), answer.headers['x-amz-crc32']],
        [400, bare, '3948637019'],
        JSON.stringify(text)
      )
    }
    for (const target of [
      'DynamoDB_20120810.Nope',
      'DynamoDB_20120810',
      'Nope.ListTables',
      '',
      'DynamoDB_20120810.listTables'
    ]) {
      const answer = await db().dispatchHttp(target, '{}')
      assert.deepEqual(
        [answer.status, body(answer), answer.headers['x-amz-crc32']],
        [400, unknown, '1368724161'],
        target
      )
    }
  })

  // Evidence: wire facts, section 4 (table of messages).
  const put = (Item) => ['PutItem', { TableName: 'abc', Item }]
  const attribute = 'com.amazonaws.dynamodb.v20120810.AttributeValue'
  const cases = [
    [['GetItem', { TableName: true }], 'TRUE_VALUE cannot be converted to String'],
    [['GetItem', { TableName: 1 }], 'NUMBER_VALUE cannot be converted to String'],
    [['GetItem', { TableName: 34.56 }], 'DECIMAL_VALUE cannot be converted to String'],
    [['GetItem', { TableName: [] }], 'Unrecognized collection type class java.lang.String'],
    [['GetItem', { TableName: {} }], 'Start of structure or map found where not expected'],
    [['GetItem', { ConsistentRead: 'hi' }], 'Unexpected token received from parser'],
    [['GetItem', { ConsistentRead: 1 }], 'NUMBER_VALUE cannot be converted to Boolean'],
    [['GetItem', { ConsistentRead: [] }], 'Unrecognized collection type class java.lang.Boolean'],
    [['Scan', { Limit: 'hi' }], 'STRING_VALUE cannot be converted to Integer'],
    [['Scan', { Limit: true }], 'TRUE_VALUE cannot be converted to Integer'],
    [['Scan', { Limit: {} }], 'Start of structure or map found where not expected'],
    [
      ['CreateTable', { ProvisionedThroughput: { ReadCapacityUnits: 'x' } }],
      'STRING_VALUE cannot be converted to Long'
    ],
    [['CreateTable', { ProvisionedThroughput: 'x' }], 'Unexpected field type'],
    [
      ['CreateTable', { ProvisionedThroughput: [] }],
      'Unrecognized collection type class com.amazonaws.dynamodb.v20120810.ProvisionedThroughput'
    ],
    [['CreateTable', { KeySchema: 'x' }], 'Unexpected field type'],
    [['CreateTable', { KeySchema: {} }], 'Start of structure or map found where not expected'],
    [['CreateTable', { KeySchema: ['x'] }], 'Unexpected value type in payload'],
    [
      ['CreateTable', { KeySchema: [[]] }],
      'Unrecognized collection type class com.amazonaws.dynamodb.v20120810.KeySchemaElement'
    ],
    [put([]), `Unrecognized collection type java.util.Map<java.lang.String, ${attribute}>`],
    [put('x'), 'Unexpected field type'],
    [put({ a: 'x' }), 'Unexpected value type in payload'],
    [put({ a: [] }), `Unrecognized collection type class ${attribute}`],
    [put({ a: { S: 1 } }), 'NUMBER_VALUE cannot be converted to String'],
    [put({ a: { N: 1 } }), 'NUMBER_VALUE cannot be converted to String'],
    [put({ a: { B: true } }), 'only base-64-encoded strings are convertible to bytes'],
    [
      put({ a: { B: 'abc' } }),
      'Base64 encoded length is expected a multiple of 4 bytes but found: 3'
    ],
    [put({ a: { B: '=+/=' } }), 'Invalid last non-pad Base64 character dectected'],
    [put({ a: { BOOL: 'x' } }), 'Unexpected token received from parser'],
    [put({ a: { SS: 'x' } }), 'Unexpected field type'],
    [put({ a: { L: ['x'] } }), 'Unexpected value type in payload'],
    [
      put({ a: { M: [] } }),
      `Unrecognized collection type java.util.Map<java.lang.String, ${attribute}>`
    ],
    [
      ['BatchWriteItem', { RequestItems: { t: 'x' } }],
      /^class sun\.reflect\.generics\.reflectiveObjects\.ParameterizedTypeImpl cannot be cast to class java\.lang\.Class/
    ],
    [
      ['BatchGetItem', { RequestItems: { t: { Keys: ['x'] } } }],
      /^class sun\.reflect\.generics\.reflectiveObjects\.ParameterizedTypeImpl/
    ]
  ]
  test('words wrong JSON types as the service does', async () => {
    for (const [[op, request], message] of cases) {
      const answer = await dispatch(op, request)
      const parsed = JSON.parse(body(answer))
      assert.equal(
        parsed.__type,
        'com.amazon.coral.service#SerializationException',
        JSON.stringify(request)
      )
      if (message instanceof RegExp) assert.match(parsed.Message, message)
      else assert.equal(parsed.Message, message, JSON.stringify(request))
    }
  })

  test('takes null for absence, unknown members, duplicates and boolean words', async () => {
    const TableName = await makeTable()
    const answer = await dispatch(
      'PutItem',
      `{"TableName":"zzz","TableName":"${TableName}","Unknown":{"x":[1]},"ReturnValues":null,"Item":{"pk":{"S":"a","Z":"unknown"},"b":{"BOOL":"Yes"}}}`
    )
    assert.equal(body(answer), '{}')
    assert.equal(
      body(await dispatch('GetItem', { TableName, Key: { pk: { S: 'a' } } })),
      '{"Item":{"pk":{"S":"a"},"b":{"BOOL":true}}}'
    )
  })

  test('carries extra members of errors', async () => {
    const TableName = await makeTable()
    await dispatch('PutItem', { TableName, Item: { pk: { S: 'a' } } })
    const failed = await dispatch('PutItem', {
      TableName,
      Item: { pk: { S: 'a' } },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
    })
    assert.deepEqual(JSON.parse(body(failed)), {
      __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
      message: 'The conditional request failed',
      Item: { pk: { S: 'a' } }
    })
    const canceled = await dispatch('TransactWriteItems', {
      TransactItems: [
        {
          ConditionCheck: {
            TableName,
            Key: { pk: { S: 'b' } },
            ConditionExpression: 'attribute_exists(pk)'
          }
        }
      ]
    })
    assert.deepEqual(JSON.parse(body(canceled)), {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      Message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed]',
      CancellationReasons: [
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' }
      ]
    })
  })
})

everyTarget('bad input', ({ test, send, db, makeTable }) => {
  const raw = (text) => db().dispatchHttp('DynamoDB_20120810.PutItem', text)

  test('survives deep nesting, and says so', async () => {
    const TableName = await makeTable()
    for (const depth of [33, 1000, 20000]) {
      const value = '{"L":['.repeat(depth) + '{"S":"x"}' + ']}'.repeat(depth)
      const answer = await raw(`{"TableName":"${TableName}","Item":{"pk":{"S":"a"},"v":${value}}}`)
      assert.equal(answer.status, 400)
      assert.match(body(answer), /Nesting Levels have exceeded supported limits/)
    }
    for (const text of [
      '['.repeat(1000000),
      '{"a":'.repeat(500000),
      `{"x":${'['.repeat(100000)}${']'.repeat(100000)}}`
    ])
      assert.equal((await raw(text)).status, 400)
  })

  test('survives 10 MB strings, NUL, lone surrogates and __proto__', async () => {
    const TableName = await makeTable()
    const answer = await raw(
      JSON.stringify({ TableName, Item: { pk: { S: 'a' }, big: { S: 'x'.repeat(10_000_000) } } })
    )
    assert.match(body(answer), /Item size has exceeded the maximum allowed size/)
    const odd = JSON.parse(
      '{"__proto__":{"S":"p"},"constructor":{"M":{"__proto__":{"N":"1"}}},"nul\\u0000":{"S":"\\u0000"}}'
    )
    await send('PutItem', {
      TableName,
      Item: { pk: { S: 'odd' }, ...odd, ['__proto__']: { S: 'p' } }
    })
    const { Item } = await send('GetItem', { TableName, Key: { pk: { S: 'odd' } } })
    assert.deepEqual(Object.getOwnPropertyDescriptor(Item, '__proto__').value, { S: 'p' })
    assert.equal(Item['nul\u0000'].S, '\u0000')
    await send('PutItem', { TableName, Item: { pk: { S: 'lone' }, v: { S: 'a\ud800b' } } })
    assert.equal(
      (await send('GetItem', { TableName, Key: { pk: { S: 'lone' } } })).Item.v.S,
      'a\ufffdb'
    )
    await send('PutItem', { TableName, Item: { pk: { S: 'nul\u0000key' }, v: { S: '1' } } })
    assert.equal(
      (await send('GetItem', { TableName, Key: { pk: { S: 'nul\u0000key' } } })).Item.v.S,
      '1'
    )
    assert.deepEqual(await send('GetItem', { TableName, Key: { pk: { S: 'nul' } } }), {})
  })

  test('survives bytes that are not UTF-8', async () => {
    const TableName = await makeTable()
    const text = Buffer.concat([
      Buffer.from(`{"TableName":"${TableName}","Item":{"pk":{"S":"u`),
      Buffer.from([0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80]),
      Buffer.from('"}}}')
    ])
    const answer = await raw(text)
    assert.equal(answer.status, 200)
    const { Items } = await send('Scan', { TableName })
    assert.match(Items[0].pk.S, /^u\ufffd+$/)
  })

  test('rejects requests that are not objects', async () => {
    for (const request of [null, 1, 'x', [], true])
      await assert.rejects(send('ListTables', request), (error) =>
        /Serialization|TypeError/.test(error.name)
      )
    await assert.rejects(send('ListTables', { Limit: 1n }), TypeError)
    await assert.rejects(send('Nope', {}), (error) => error.name === 'UnknownOperationException')
  })
})
