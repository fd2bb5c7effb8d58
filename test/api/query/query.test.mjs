import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, sameItem } from '../support/targets.mjs'

const values = (object) => Object.fromEntries(Object.entries(object).map(([k, v]) => [`:${k}`, v]))

everyTarget('Query', ({ test, send, makeTable }) => {
  const load = async (TableName, items) => {
    for (const Item of items) await send('PutItem', { TableName, Item })
  }

  // Evidence: AWS Developer Guide, "Key condition expressions"; order of N numeric, of S by UTF-8 bytes.
  test('selects a range of the sort key, in both directions', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    const numbers = [
      '-1e125',
      '-100',
      '-2.5',
      '-1e-130',
      '0',
      '1e-130',
      '1',
      '2',
      '10',
      '11',
      '1e125'
    ]
    await load(
      TableName,
      [...numbers].reverse().map((N) => ({ pk: { S: 'p' }, sk: { N }, i: { S: N } }))
    )
    const run = async (condition, v = {}, more = {}) =>
      (
        await send('Query', {
          TableName,
          KeyConditionExpression: `pk = :p${condition}`,
          ExpressionAttributeValues: { ':p': { S: 'p' }, ...values(v) },
          ...more
        })
      ).Items.map((x) => x.i.S)
    assert.deepEqual(await run(''), numbers)
    assert.deepEqual(await run('', {}, { ScanIndexForward: false }), [...numbers].reverse())
    assert.deepEqual(await run(' AND sk = :v', { v: { N: '10.0' } }), ['10'])
    assert.deepEqual(await run(' AND sk < :v', { v: { N: '0' } }), numbers.slice(0, 4))
    assert.deepEqual(await run(' AND sk <= :v', { v: { N: '0' } }), numbers.slice(0, 5))
    assert.deepEqual(await run(' AND sk > :v', { v: { N: '2' } }), ['10', '11', '1e125'])
    assert.deepEqual(await run(' AND :v <= sk', { v: { N: '2' } }), ['2', '10', '11', '1e125'])
    assert.deepEqual(
      await run(' AND sk BETWEEN :a AND :b', { a: { N: '-2.5' }, b: { N: '1' } }),
      numbers.slice(2, 7)
    )
  })

  test('orders strings by bytes and finds prefixes', async () => {
    const TableName = await makeTable({ range: 'sk' })
    const strings = [
      'A',
      'a',
      'a\u0000',
      'a\u0000b',
      'ab',
      'abc',
      'b',
      'z',
      '\u00bf',
      '\uffff',
      '😀'
    ]
    await load(
      TableName,
      [...strings].reverse().map((S) => ({ pk: { S: 'p' }, sk: { S } }))
    )
    const run = async (condition, v = {}, more = {}) =>
      (
        await send('Query', {
          TableName,
          KeyConditionExpression: `pk = :p${condition}`,
          ExpressionAttributeValues: { ':p': { S: 'p' }, ...values(v) },
          ...more
        })
      ).Items.map((x) => x.sk.S)
    assert.deepEqual(await run(''), strings)
    assert.deepEqual(await run(' AND begins_with(sk, :v)', { v: { S: 'a' } }), strings.slice(1, 6))
    assert.deepEqual(await run(' AND begins_with(sk, :v)', { v: { S: 'a\u0000' } }), [
      'a\u0000',
      'a\u0000b'
    ])
    assert.deepEqual(await run(' AND begins_with(sk, :v)', { v: { S: '\uffff' } }), ['\uffff'])
    assert.deepEqual(
      await run(' AND sk > :v', { v: { S: 'a' } }, { ScanIndexForward: false }),
      strings.slice(2).reverse()
    )
  })

  test('orders and prefixes binary keys', async () => {
    const TableName = await makeTable({ range: 'sk:B' })
    const bytes = [[0], [0, 0], [0, 1], [1], [127], [128], [255], [255, 0], [255, 255]]
    const b64 = (list) => Buffer.from(list).toString('base64')
    await load(
      TableName,
      [...bytes].reverse().map((x) => ({ pk: { S: 'p' }, sk: { B: b64(x) } }))
    )
    const run = async (condition, v = {}) =>
      (
        await send('Query', {
          TableName,
          KeyConditionExpression: `pk = :p${condition}`,
          ExpressionAttributeValues: { ':p': { S: 'p' }, ...values(v) }
        })
      ).Items.map((x) => x.sk.B)
    assert.deepEqual(await run(''), bytes.map(b64))
    assert.deepEqual(
      await run(' AND begins_with(sk, :v)', { v: { B: b64([255]) } }),
      bytes.slice(6).map(b64)
    )
    assert.deepEqual(
      await run(' AND begins_with(sk, :v)', { v: { B: b64([0]) } }),
      bytes.slice(0, 3).map(b64)
    )
  })

  // Evidence: capacity facts, section 6.
  test('pages by Limit, and says so even at the end', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    await load(
      TableName,
      [1, 2, 3, 4].map((n) => ({ pk: { S: 'p' }, sk: { N: `${n}` } }))
    )
    const page = (more) =>
      send('Query', {
        TableName,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: values({ p: { S: 'p' } }),
        ...more
      })
    const first = await page({ Limit: 2 })
    assert.deepEqual(first.LastEvaluatedKey, { pk: { S: 'p' }, sk: { N: '2' } })
    const second = await page({ Limit: 2, ExclusiveStartKey: first.LastEvaluatedKey })
    assert.deepEqual(
      second.Items.map((i) => i.sk.N),
      ['3', '4']
    )
    assert.deepEqual(second.LastEvaluatedKey, { pk: { S: 'p' }, sk: { N: '4' } })
    assert.deepEqual(await page({ Limit: 2, ExclusiveStartKey: second.LastEvaluatedKey }), {
      Items: [],
      Count: 0,
      ScannedCount: 0
    })
    assert.equal((await page({ Limit: 5 })).LastEvaluatedKey, undefined)
    const back = await page({
      Limit: 2,
      ScanIndexForward: false,
      ExclusiveStartKey: { pk: { S: 'p' }, sk: { N: '3.5' } }
    })
    assert.deepEqual(
      back.Items.map((i) => i.sk.N),
      ['3', '2']
    )
  })

  test('stops a page at 1 MB of evaluated items', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    await load(
      TableName,
      [1, 2, 3, 4].map((n) => ({ pk: { S: 'p' }, sk: { N: `${n}` }, f: { S: 'x'.repeat(400000) } }))
    )
    const page = await send('Query', {
      TableName,
      KeyConditionExpression: 'pk = :p',
      ProjectionExpression: 'sk',
      ExpressionAttributeValues: values({ p: { S: 'p' } }),
      ReturnConsumedCapacity: 'TOTAL'
    })
    assert.equal(page.Count, 3)
    assert.deepEqual(page.LastEvaluatedKey, { pk: { S: 'p' }, sk: { N: '3' } })
    assert.equal(page.ConsumedCapacity.CapacityUnits, Math.ceil((3 * 400008) / 4096) / 2)
  })

  test('filters after reading, and counts both', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    await load(
      TableName,
      [1, 2, 3, 4, 5].map((n) => ({
        pk: { S: 'p' },
        sk: { N: `${n}` },
        odd: { BOOL: n % 2 === 1 }
      }))
    )
    const request = {
      TableName,
      KeyConditionExpression: 'pk = :p',
      FilterExpression: 'odd = :t',
      ExpressionAttributeValues: values({ p: { S: 'p' }, t: { BOOL: true } })
    }
    const all = await send('Query', request)
    assert.deepEqual([all.Count, all.ScannedCount], [3, 5])
    const page = await send('Query', { ...request, Limit: 2 })
    assert.deepEqual([page.Count, page.ScannedCount, page.LastEvaluatedKey.sk.N], [1, 2, '2'])
    assert.deepEqual(await send('Query', { ...request, Select: 'COUNT' }), {
      Count: 3,
      ScannedCount: 5
    })
  })

  test('reads secondary indexes, sparse and projected', async () => {
    const TableName = await makeTable({
      range: 'sk',
      gsis: {
        all: { hash: 'g', range: 'n:N' },
        keys: { hash: 'g', project: 'KEYS_ONLY' },
        some: { hash: 'g', range: 'n:N', project: ['a'] }
      },
      lsis: { local: { range: 'l', project: 'KEYS_ONLY' } }
    })
    const item = (sk, more) => ({
      pk: { S: 'p' },
      sk: { S: sk },
      a: { S: 'A' },
      b: { S: 'B' },
      ...more
    })
    await load(TableName, [
      item('1', { g: { S: 'x' }, n: { N: '2' }, l: { S: 'z' } }),
      item('2', { g: { S: 'x' }, n: { N: '1' } }),
      item('3', { g: { S: 'y' }, n: { N: '1' }, l: { S: 'y' } }),
      item('4', { g: { S: 'x' } }),
      item('5')
    ])
    const run = (IndexName, more = {}) =>
      send('Query', {
        TableName,
        IndexName,
        KeyConditionExpression: IndexName === 'local' ? 'pk = :v' : 'g = :v',
        ExpressionAttributeValues: values({ v: { S: IndexName === 'local' ? 'p' : 'x' } }),
        ...more
      })
    assert.deepEqual(
      (await run('all')).Items.map((i) => i.sk.S),
      ['2', '1']
    )
    sameItem((await run('all')).Items[0], item('2', { g: { S: 'x' }, n: { N: '1' } }))
    assert.deepEqual(
      new Set((await run('keys')).Items.map((i) => i.sk.S)),
      new Set(['1', '2', '4'])
    )
    for (const i of (await run('keys')).Items)
      assert.deepEqual(Object.keys(i).sort(), ['g', 'pk', 'sk'])
    sameItem((await run('some')).Items[0], {
      pk: { S: 'p' },
      sk: { S: '2' },
      g: { S: 'x' },
      n: { N: '1' },
      a: { S: 'A' }
    })
    const local = (await run('local')).Items
    assert.deepEqual(
      local.map((i) => i.l.S),
      ['y', 'z']
    )
    sameItem(local[0], { pk: { S: 'p' }, sk: { S: '3' }, l: { S: 'y' } })
    sameItem(
      (await run('local', { Select: 'ALL_ATTRIBUTES' })).Items[0],
      item('3', { g: { S: 'y' }, n: { N: '1' }, l: { S: 'y' } })
    )
    sameItem((await run('local', { ProjectionExpression: 'b' })).Items[0], { b: { S: 'B' } })
    const page = await run('all', { Limit: 1 })
    sameItem(page.LastEvaluatedKey, {
      pk: { S: 'p' },
      sk: { S: '2' },
      g: { S: 'x' },
      n: { N: '1' }
    })
    assert.deepEqual(
      (await run('all', { ExclusiveStartKey: page.LastEvaluatedKey })).Items.map((i) => i.sk.S),
      ['1']
    )
  })

  test('pages through ties of an index exactly once', async () => {
    const TableName = await makeTable({ range: 'sk', gsis: { ggg: { hash: 'g', range: 'n:N' } } })
    const ids = Array.from({ length: 25 }, (_, i) => `${i}`)
    await load(
      TableName,
      ids.map((sk, i) => ({
        pk: { S: `p${i % 7}` },
        sk: { S: sk },
        g: { S: 'x' },
        n: { N: `${i % 2}` }
      }))
    )
    for (const ScanIndexForward of [true, false]) {
      const seen = []
      let ExclusiveStartKey
      do {
        const page = await send('Query', {
          TableName,
          IndexName: 'ggg',
          KeyConditionExpression: 'g = :g',
          ExpressionAttributeValues: values({ g: { S: 'x' } }),
          Limit: 3,
          ScanIndexForward,
          ExclusiveStartKey
        })
        seen.push(...page.Items)
        ExclusiveStartKey = page.LastEvaluatedKey
      } while (ExclusiveStartKey)
      assert.deepEqual(seen.map((i) => i.sk.S).sort(), [...ids].sort())
      const order = seen.map((i) => Number(i.n.N))
      assert.deepEqual(
        order,
        [...order].sort((a, b) => (ScanIndexForward ? a - b : b - a))
      )
    }
  })

  // Evidence: AWS Developer Guide, "Multi-attribute keys pattern" (November 2025).
  test('reads a GSI with multi-attribute keys', async () => {
    const TableName = await makeTable({
      gsis: { ggg: { hash: ['t', 'r:N'], range: ['y:N', 'm:N', 'd'] } }
    })
    const rows = [
      [1, 1, 'a'],
      [1, 1, 'b'],
      [1, 2, 'a'],
      [2, 1, 'a'],
      [10, 1, 'a']
    ]
    await load(
      TableName,
      rows.map(([y, m, d], i) => ({
        pk: { S: `${i}` },
        t: { S: 'x' },
        r: { N: '1' },
        y: { N: `${y}` },
        m: { N: `${m}` },
        d: { S: d }
      }))
    )
    await send('PutItem', {
      TableName,
      Item: { pk: { S: 'sparse' }, t: { S: 'x' }, r: { N: '1' }, y: { N: '1' } }
    })
    await send('PutItem', {
      TableName,
      Item: {
        pk: { S: 'other' },
        t: { S: 'x' },
        r: { N: '2' },
        y: { N: '1' },
        m: { N: '1' },
        d: { S: 'a' }
      }
    })
    const run = async (condition, v, more) =>
      (
        await send('Query', {
          TableName,
          IndexName: 'ggg',
          KeyConditionExpression: condition,
          ExpressionAttributeValues: values({ t: { S: 'x' }, r: { N: '1' }, ...v }),
          ...more
        })
      ).Items.map((i) => i.pk.S)
    assert.deepEqual(await run('t = :t AND r = :r'), ['0', '1', '2', '3', '4'])
    assert.deepEqual(await run('t = :t AND r = :r', {}, { ScanIndexForward: false }), [
      '4',
      '3',
      '2',
      '1',
      '0'
    ])
    assert.deepEqual(await run('t = :t AND r = :r AND y = :y', { y: { N: '1' } }), ['0', '1', '2'])
    assert.deepEqual(
      await run('t = :t AND r = :r AND y = :y AND m = :m AND d > :d', {
        y: { N: '1' },
        m: { N: '1' },
        d: { S: 'a' }
      }),
      ['1']
    )
    assert.deepEqual(await run('t = :t AND r = :r AND y > :y', { y: { N: '1' } }), ['3', '4'])
    assert.deepEqual(await run('t = :t AND r = :r AND y <= :y', { y: { N: '1' } }), ['0', '1', '2'])
    assert.deepEqual(
      await run('t = :t AND r = :r AND y BETWEEN :a AND :b', { a: { N: '2' }, b: { N: '10' } }),
      ['3', '4']
    )
    const seen = []
    let ExclusiveStartKey
    do {
      const page = await send('Query', {
        TableName,
        IndexName: 'ggg',
        KeyConditionExpression: 't = :t AND r = :r',
        ExpressionAttributeValues: values({ t: { S: 'x' }, r: { N: '1' } }),
        Limit: 2,
        ExclusiveStartKey
      })
      seen.push(...page.Items.map((i) => i.pk.S))
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey)
    assert.deepEqual(seen, ['0', '1', '2', '3', '4'])
    await rejects(run('t = :t', { r: undefined }), 'ValidationException')
  })

  // Evidence: validation facts 4.6 and expressions facts 5 and 10.2.
  test('rejects what is not a key condition', async () => {
    const TableName = await makeTable({
      range: 'sk',
      gsis: { ggg: { hash: 'g', project: 'KEYS_ONLY' } }
    })
    const v = (n) => Object.fromEntries([':v', ':w', ':x'].slice(0, n).map((k) => [k, { S: 'a' }]))
    const cases = [
      [
        {},
        'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.'
      ],
      [
        { KeyConditionExpression: 'pk = :v OR sk = :w', ExpressionAttributeValues: v(2) },
        /Invalid operator used in KeyConditionExpression: OR$/
      ],
      [
        { KeyConditionExpression: 'pk = :v AND NOT sk = :w', ExpressionAttributeValues: v(2) },
        /Invalid operator used in KeyConditionExpression: NOT$/
      ],
      [
        { KeyConditionExpression: 'pk = :v AND sk <> :w', ExpressionAttributeValues: v(2) },
        /Invalid operator used in KeyConditionExpression: <>$/
      ],
      [
        { KeyConditionExpression: 'pk IN (:v)', ExpressionAttributeValues: v(1) },
        /Invalid operator used in KeyConditionExpression: IN$/
      ],
      [
        { KeyConditionExpression: 'attribute_exists(pk)' },
        /Invalid operator used in KeyConditionExpression: attribute_exists$/
      ],
      [
        { KeyConditionExpression: 'size(pk) > :v', ExpressionAttributeValues: v(1) },
        /KeyConditionExpressions cannot contain nested operations$/
      ],
      [
        { KeyConditionExpression: 'pk.a = :v', ExpressionAttributeValues: v(1) },
        /KeyConditionExpressions cannot have conditions on nested attributes$/
      ],
      [
        { KeyConditionExpression: 'pk = sk' },
        /Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition$/
      ],
      [
        { KeyConditionExpression: ':v = :w', ExpressionAttributeValues: v(2) },
        /Invalid condition in KeyConditionExpression: No key attribute specified$/
      ],
      [
        { KeyConditionExpression: 'pk = :v AND pk = :w', ExpressionAttributeValues: v(2) },
        /KeyConditionExpressions must only contain one condition per key$/
      ],
      [
        {
          KeyConditionExpression: 'pk = :v AND sk = :w AND g = :x',
          ExpressionAttributeValues: v(3)
        },
        /Conditions can be of length 1 or 2 only$/
      ],
      [
        { KeyConditionExpression: 'sk = :v', ExpressionAttributeValues: v(1) },
        /Query condition missed key schema element: pk$/
      ],
      [
        { KeyConditionExpression: 'pk = :v AND g = :w', ExpressionAttributeValues: v(2) },
        /Query condition missed key schema element: sk$/
      ],
      [
        { KeyConditionExpression: 'pk > :v', ExpressionAttributeValues: v(1) },
        /Query key condition not supported$/
      ],
      [
        { KeyConditionExpression: 'pk = :v', ExpressionAttributeValues: { ':v': { N: '1' } } },
        /One or more parameter values were invalid: Condition parameter type does not match schema type$/
      ],
      [
        { IndexName: 'nope', KeyConditionExpression: 'pk = :v', ExpressionAttributeValues: v(1) },
        /The table does not have the specified index: nope$/
      ],
      [
        {
          IndexName: 'ggg',
          KeyConditionExpression: 'g = :v',
          ExpressionAttributeValues: v(1),
          ConsistentRead: true
        },
        /Consistent reads are not supported on global secondary indexes$/
      ],
      [
        {
          IndexName: 'ggg',
          KeyConditionExpression: 'g = :v',
          ExpressionAttributeValues: v(1),
          Select: 'ALL_ATTRIBUTES'
        },
        /One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index ggg because its projection type is not ALL$/
      ],
      [
        {
          IndexName: 'ggg',
          KeyConditionExpression: 'g = :v',
          ExpressionAttributeValues: v(1),
          ProjectionExpression: 'zz'
        },
        /One or more parameter values were invalid: Global secondary index ggg does not project \[zz\]$/
      ],
      [
        {
          KeyConditionExpression: 'pk = :v',
          ExpressionAttributeValues: v(1),
          FilterExpression: 'sk = :v'
        },
        /Filter Expression can only contain non-primary key attributes: Primary key attribute: sk$/
      ],
      [
        {
          KeyConditionExpression: 'pk = :v',
          ExpressionAttributeValues: v(1),
          Select: 'SPECIFIC_ATTRIBUTES'
        },
        /Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES$/
      ],
      [
        {
          KeyConditionExpression: 'pk = :v',
          ExpressionAttributeValues: v(1),
          Select: 'COUNT',
          ProjectionExpression: 'a'
        },
        /Cannot specify the ProjectionExpression when choosing to get only the Count$/
      ],
      [
        {
          KeyConditionExpression: 'pk = :v',
          ExpressionAttributeValues: v(1),
          Select: 'ALL_PROJECTED_ATTRIBUTES'
        },
        /ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName$/
      ],
      [
        {
          KeyConditionExpression: 'pk = :v',
          ExpressionAttributeValues: v(1),
          ExclusiveStartKey: { pk: { S: 'a' } }
        },
        /The provided starting key is invalid$/
      ],
      [
        {
          KeyConditionExpression: 'pk = :v',
          ExpressionAttributeValues: v(1),
          ExclusiveStartKey: { pk: { S: 'b' }, sk: { S: 'a' } }
        },
        /The provided starting key is outside query boundaries based on provided conditions$/
      ],
      [
        {
          KeyConditionExpression: 'pk = :v AND sk > :w',
          ExpressionAttributeValues: { ':v': { S: 'a' }, ':w': { S: 'm' } },
          ExclusiveStartKey: { pk: { S: 'a' }, sk: { S: 'b' } }
        },
        /The provided starting key does not match the range key predicate$/
      ],
      [
        { KeyConditionExpression: 'pk = :v', ExpressionAttributeValues: v(1), Limit: 0 },
        /failed to satisfy constraint: Member must have value greater than or equal to 1$/
      ]
    ]
    for (const [request, message] of cases)
      await invalid(send('Query', { TableName, ...request }), message)
    await rejects(
      send('Query', {
        TableName: 'nope',
        KeyConditionExpression: 'pk = :v',
        ExpressionAttributeValues: v(1)
      }),
      'ResourceNotFoundException'
    )
  })

  // Evidence: legacy facts, sections 2, 6 and 7.
  test('takes KeyConditions and QueryFilter', async () => {
    const TableName = await makeTable({ range: 'sk:N' })
    await load(
      TableName,
      [1, 2, 3].map((n) => ({ pk: { S: 'p' }, sk: { N: `${n}` }, tag: { SS: [`t${n}`] } }))
    )
    const eq = { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'p' }] }
    const run = async (more, KeyConditions = { pk: eq }) =>
      (await send('Query', { TableName, KeyConditions, ...more })).Items.map((i) => i.sk.N)
    assert.deepEqual(
      await run({}, { pk: eq, sk: { ComparisonOperator: 'GE', AttributeValueList: [{ N: '2' }] } }),
      ['2', '3']
    )
    assert.deepEqual(
      await run(
        {},
        {
          pk: eq,
          sk: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ N: '1' }, { N: '2' }] }
        }
      ),
      ['1', '2']
    )
    assert.deepEqual(
      await run({
        QueryFilter: { tag: { ComparisonOperator: 'CONTAINS', AttributeValueList: [{ S: 't2' }] } }
      }),
      ['2']
    )
    assert.deepEqual(await run({ QueryFilter: { zz: { ComparisonOperator: 'NULL' } } }), [
      '1',
      '2',
      '3'
    ])
    const p = 'One or more parameter values were invalid: '
    const cases = [
      [
        { KeyConditions: { pk: { ComparisonOperator: 'EQ' } } },
        p + 'Invalid number of argument(s) for the EQ ComparisonOperator'
      ],
      [
        { KeyConditions: { pk: { ComparisonOperator: 'NE', AttributeValueList: [{ S: 'p' }] } } },
        'Attempted conditional constraint is not an indexable operation'
      ],
      [{ KeyConditions: {} }, 'Conditions can be of length 1 or 2 only'],
      [
        {
          KeyConditions: { pk: eq },
          QueryFilter: { sk: { ComparisonOperator: 'EQ', AttributeValueList: [{ N: '1' }] } }
        },
        'QueryFilter can only contain non-primary key attributes: Primary key attribute: sk'
      ],
      [
        {
          KeyConditions: { pk: eq },
          QueryFilter: { a: { ComparisonOperator: 'LT', AttributeValueList: [{ SS: ['1'] }] } }
        },
        p + 'ComparisonOperator LT is not valid for SS AttributeValue type'
      ]
    ]
    for (const [request, message] of cases) {
      const error = await rejects(send('Query', { TableName, ...request }), 'ValidationException')
      assert.ok(error.message.endsWith(message), `${JSON.stringify(request)}: ${error.message}`)
    }
  })

  // Evidence: capacity facts, section 2: local index reads that fetch from the table.
  test('charges index reads, and fetches of a local index one by one', async () => {
    const TableName = await makeTable({
      range: 'sk',
      lsis: { local: { range: 'l', project: 'KEYS_ONLY' } },
      gsis: { ggg: { hash: 'l' } }
    })
    await load(
      TableName,
      ['1', '2', '3'].map((S) => ({ pk: { S: 'p' }, sk: { S }, l: { S: 'x' }, f: { S: 'f' } }))
    )
    const cost = async (more) =>
      (
        await send('Query', {
          TableName,
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: values({ p: { S: 'p' } }),
          ReturnConsumedCapacity: 'INDEXES',
          ...more
        })
      ).ConsumedCapacity
    assert.deepEqual(await cost({}), {
      TableName,
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0.5 }
    })
    assert.deepEqual(await cost({ IndexName: 'local' }), {
      TableName,
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      LocalSecondaryIndexes: { local: { CapacityUnits: 0.5 } }
    })
    assert.deepEqual(await cost({ IndexName: 'local', Select: 'ALL_ATTRIBUTES' }), {
      TableName,
      CapacityUnits: 2,
      Table: { CapacityUnits: 1.5 },
      LocalSecondaryIndexes: { local: { CapacityUnits: 0.5 } }
    })
    assert.deepEqual(
      await cost({
        IndexName: 'ggg',
        KeyConditionExpression: 'l = :p',
        ExpressionAttributeValues: values({ p: { S: 'x' } })
      }),
      {
        TableName,
        CapacityUnits: 0.5,
        Table: { CapacityUnits: 0 },
        GlobalSecondaryIndexes: { ggg: { CapacityUnits: 0.5 } }
      }
    )
  })
})
