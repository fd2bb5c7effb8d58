import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, tableInput } from '../support/targets.mjs'

const S = (AttributeName) => ({ AttributeName, AttributeType: 'S' })
const H = (AttributeName) => ({ AttributeName, KeyType: 'HASH' })
const R = (AttributeName) => ({ AttributeName, KeyType: 'RANGE' })
const ALL = { ProjectionType: 'ALL' }
const pay = { BillingMode: 'PAY_PER_REQUEST' }
const base = { TableName: 'abc', AttributeDefinitions: [S('a')], KeySchema: [H('a')], ...pay }
const p = 'One or more parameter values were invalid: '

everyTarget('CreateTable', ({ test, send }) => {
  // Evidence: operations facts, CreateTable: response at creation, captured.
  test('describes the table it makes', async () => {
    const { TableDescription: d } = await send('CreateTable', {
      TableName: 'described',
      KeySchema: [H('a'), R('b')],
      AttributeDefinitions: [S('a'), { AttributeName: 'b', AttributeType: 'N' }, S('g')],
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'gsi',
          KeySchema: [H('g')],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 }
        }
      ],
      LocalSecondaryIndexes: [{ IndexName: 'lsi', KeySchema: [H('a'), R('g')], Projection: ALL }]
    })
    const arn = 'arn:aws:dynamodb:us-east-1:000000000000:table/described'
    assert.match(d.TableId, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    assert.ok(Math.abs(d.CreationDateTime - Date.now() / 1000) < 60)
    const { TableId, CreationDateTime, ...rest } = d
    assert.deepEqual(rest, {
      TableName: 'described',
      TableStatus: 'CREATING',
      TableArn: arn,
      ItemCount: 0,
      TableSizeBytes: 0,
      DeletionProtectionEnabled: false,
      AttributeDefinitions: [S('a'), { AttributeName: 'b', AttributeType: 'N' }, S('g')],
      KeySchema: [H('a'), R('b')],
      ProvisionedThroughput: {
        NumberOfDecreasesToday: 0,
        ReadCapacityUnits: 5,
        WriteCapacityUnits: 6
      },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'gsi',
          KeySchema: [H('g')],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] },
          IndexStatus: 'CREATING',
          IndexArn: `${arn}/index/gsi`,
          ProvisionedThroughput: {
            NumberOfDecreasesToday: 0,
            ReadCapacityUnits: 1,
            WriteCapacityUnits: 2
          },
          IndexSizeBytes: 0,
          ItemCount: 0
        }
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: 'lsi',
          KeySchema: [H('a'), R('g')],
          Projection: ALL,
          IndexArn: `${arn}/index/lsi`,
          IndexSizeBytes: 0,
          ItemCount: 0
        }
      ]
    })
    const { Table } = await send('DescribeTable', { TableName: 'described' })
    assert.equal(Table.TableStatus, 'ACTIVE')
    assert.equal(Table.GlobalSecondaryIndexes[0].IndexStatus, 'ACTIVE')
    await rejects(
      send('CreateTable', { ...base, TableName: 'described' }),
      'ResourceInUseException',
      'Table already exists: described'
    )
  })

  test('describes an on-demand table with streams and protection', async () => {
    const { TableDescription: d } = await send('CreateTable', {
      ...base,
      TableName: 'on-demand',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      DeletionProtectionEnabled: true,
      TableClass: 'STANDARD_INFREQUENT_ACCESS'
    })
    assert.equal(d.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST')
    assert.deepEqual(d.ProvisionedThroughput, {
      NumberOfDecreasesToday: 0,
      ReadCapacityUnits: 0,
      WriteCapacityUnits: 0
    })
    assert.deepEqual(d.StreamSpecification, { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' })
    assert.match(d.LatestStreamLabel, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
    assert.equal(d.LatestStreamArn, `${d.TableArn}/stream/${d.LatestStreamLabel}`)
    assert.equal(d.DeletionProtectionEnabled, true)
    assert.equal(d.TableClassSummary.TableClass, 'STANDARD_INFREQUENT_ACCESS')
    await invalid(
      send('DeleteTable', { TableName: 'on-demand' }),
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.'
    )
  })

  // Evidence: validation facts, section 2 and 4.11; order as listed there.
  const gsi = (more) => ({ IndexName: 'ggg', KeySchema: [H('a')], Projection: ALL, ...more })
  const lsi = (more) => ({
    IndexName: 'lll',
    KeySchema: [H('a'), R('b')],
    Projection: ALL,
    ...more
  })
  const ranged = { ...base, AttributeDefinitions: [S('a'), S('b')], KeySchema: [H('a'), R('b')] }
  const cases = [
    [{}, "The parameter 'TableName' is required but was not present in the request"],
    [
      { ...base, TableName: 'ab' },
      'TableName must be at least 3 characters long and at most 255 characters long'
    ],
    [
      { ...base, TableName: 'a'.repeat(256) },
      'TableName must be at least 3 characters long and at most 255 characters long'
    ],
    [
      { ...base, TableName: 'ab;' },
      "1 validation error detected: Value 'ab;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
    ],
    [
      { ...base, ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
      p +
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST'
    ],
    [
      { ...base, BillingMode: 'PROVISIONED' },
      p +
        'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED'
    ],
    [
      {
        ...base,
        BillingMode: 'PROVISIONED',
        ProvisionedThroughput: { ReadCapacityUnits: 1000000000001, WriteCapacityUnits: 1 }
      },
      'Given value 1000000000001 for ReadCapacityUnits is out of bounds'
    ],
    [
      { ...base, KeySchema: [H('a'), R('b')] },
      'Invalid KeySchema: Some index key attribute have no definition'
    ],
    [
      { ...base, KeySchema: [H('z')] },
      p +
        'Some index key attributes are not defined in AttributeDefinitions. Keys: [z], AttributeDefinitions: [a]'
    ],
    [
      { ...ranged, KeySchema: [H('a'), R('a')] },
      'Both the Hash Key and the Range Key element in the KeySchema have the same name'
    ],
    [
      { ...base, KeySchema: [R('a')] },
      'Invalid KeySchema: The first KeySchemaElement is not a HASH key type'
    ],
    [
      { ...ranged, KeySchema: [H('a'), H('b')] },
      'Invalid KeySchema: The second KeySchemaElement is not a RANGE key type'
    ],
    [
      { ...base, AttributeDefinitions: [S('a'), S('b')] },
      p +
        'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions'
    ],
    [{ ...base, LocalSecondaryIndexes: [] }, p + 'List of LocalSecondaryIndexes is empty'],
    [
      { ...base, AttributeDefinitions: [S('a'), S('b')], LocalSecondaryIndexes: [lsi()] },
      p +
        'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex'
    ],
    [
      { ...ranged, LocalSecondaryIndexes: [lsi({ KeySchema: [H('a')] })] },
      p + 'Index KeySchema does not have a range key for index: lll'
    ],
    [
      { ...ranged, LocalSecondaryIndexes: [lsi({ KeySchema: [H('b'), R('a')] })] },
      p +
        'Index KeySchema does not have the same leading hash key as table KeySchema for index: lll. index hash key: b, table hash key: a'
    ],
    [{ ...ranged, LocalSecondaryIndexes: [lsi(), lsi()] }, p + 'Duplicate index name: lll'],
    [
      {
        ...ranged,
        LocalSecondaryIndexes: Array.from({ length: 6 }, (_, i) => lsi({ IndexName: `lsi${i}` }))
      },
      p + 'Number of LocalSecondaryIndexes exceeds per-table limit of 5'
    ],
    [{ ...base, GlobalSecondaryIndexes: [] }, p + 'List of GlobalSecondaryIndexes is empty'],
    [
      { ...base, GlobalSecondaryIndexes: [gsi({ Projection: {} })] },
      p + 'Unknown ProjectionType: null'
    ],
    [
      {
        ...base,
        GlobalSecondaryIndexes: [
          gsi({ Projection: { ProjectionType: 'ALL', NonKeyAttributes: ['a'] } })
        ]
      },
      p + 'ProjectionType is ALL, but NonKeyAttributes is specified'
    ],
    [
      {
        ...base,
        GlobalSecondaryIndexes: [
          gsi({ Projection: { ProjectionType: 'KEYS_ONLY', NonKeyAttributes: ['a'] } })
        ]
      },
      p + 'ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified'
    ],
    [
      { ...base, GlobalSecondaryIndexes: [gsi({ Projection: { ProjectionType: 'INCLUDE' } })] },
      p + 'ProjectionType is INCLUDE, but NonKeyAttributes is not specified'
    ],
    [
      {
        ...base,
        GlobalSecondaryIndexes: [
          gsi({ ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } })
        ]
      },
      p +
        'ProvisionedThroughput should not be specified for index: ggg when BillingMode is PAY_PER_REQUEST'
    ],
    [{ ...base, GlobalSecondaryIndexes: [gsi(), gsi()] }, p + 'Duplicate index name: ggg'],
    [
      {
        ...base,
        GlobalSecondaryIndexes: Array.from({ length: 21 }, (_, i) => gsi({ IndexName: `gsi${i}` }))
      },
      p + 'GlobalSecondaryIndex count exceeds the per-table limit of 20'
    ],
    [
      { ...base, StreamSpecification: { StreamEnabled: false, StreamViewType: 'NEW_IMAGE' } },
      p + 'Table is being created with a stream disabled, UpdateViewType should not be specified'
    ]
  ]
  test('rejects bad definitions, first hit first', async () => {
    for (const [request, message] of cases) await invalid(send('CreateTable', request), message)
  })

  // Evidence: captured sets (validation facts, section 5).
  test('collects constraint errors', async () => {
    const sets = [
      [
        { TableName: 'abc;' },
        [
          "Value null at 'attributeDefinitions' failed to satisfy constraint: Member must not be null",
          "Value 'abc;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
          "Value null at 'keySchema' failed to satisfy constraint: Member must not be null"
        ]
      ],
      [
        { TableName: 'abc', AttributeDefinitions: [{}], KeySchema: [H('a')] },
        [
          "Value null at 'attributeDefinitions.1.member.attributeName' failed to satisfy constraint: Member must not be null",
          "Value null at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must not be null"
        ]
      ],
      [
        {
          TableName: 'abc',
          AttributeDefinitions: [],
          ProvisionedThroughput: { ReadCapacityUnits: -1, WriteCapacityUnits: -1 },
          BillingMode: 'A',
          KeySchema: []
        },
        [
          "Value 'A' at 'billingMode' failed to satisfy constraint: Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]",
          "Value '-1' at 'provisionedThroughput.writeCapacityUnits' failed to satisfy constraint: Member must have value greater than or equal to 1",
          "Value '-1' at 'provisionedThroughput.readCapacityUnits' failed to satisfy constraint: Member must have value greater than or equal to 1",
          "Value '[]' at 'keySchema' failed to satisfy constraint: Member must have length greater than or equal to 1"
        ]
      ]
    ]
    for (const [request, expected] of sets) {
      const error = await invalid(send('CreateTable', request))
      assert.deepEqual(
        new Set(error.message.replace(/^\d+ validation errors? detected: /, '').split('; ')),
        new Set(expected)
      )
    }
  })

  test('makes tables of the largest shape', async () => {
    const name = 'largest'
    const gsis = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `gsi${i}`,
        { hash: ['g1', 'g2:N', 'g3', 'g4:B'], range: ['r1', 'r2', 'r3', 'r4'] }
      ])
    )
    const lsis = Object.fromEntries(
      Array.from({ length: 5 }, (_, i) => [`lsi${i}`, { range: `l${i}` }])
    )
    await send('CreateTable', tableInput(name, { range: 'sk', gsis, lsis }))
    await send('PutItem', {
      TableName: name,
      Item: {
        pk: { S: 'p' },
        sk: { S: 's' },
        g1: { S: '1' },
        g2: { N: '2' },
        g3: { S: '3' },
        g4: { B: 'AA==' },
        r1: { S: '1' },
        r2: { S: '2' },
        r3: { S: '3' },
        r4: { S: '4' },
        l0: { S: 'l' },
        l1: { S: 'l' },
        l2: { S: 'l' },
        l3: { S: 'l' },
        l4: { S: 'l' }
      }
    })
    for (const IndexName of [...Object.keys(gsis), ...Object.keys(lsis)])
      assert.equal((await send('Scan', { TableName: name, IndexName })).Count, 1)
  })
})

everyTarget('DescribeTable, ListTables and DeleteTable', ({ test, send, makeTable }) => {
  test('counts items and bytes', async () => {
    const TableName = await makeTable({ gsis: { ggg: { hash: 'g', project: 'KEYS_ONLY' } } })
    await send('PutItem', { TableName, Item: { pk: { S: 'a' }, shirt: { S: 'R' } } })
    await send('PutItem', { TableName, Item: { pk: { S: 'b' }, g: { S: 'x' }, other: { S: 'y' } } })
    const { Table } = await send('DescribeTable', { TableName })
    assert.deepEqual([Table.ItemCount, Table.TableSizeBytes], [2, 9 + 11])
    assert.deepEqual(
      [Table.GlobalSecondaryIndexes[0].ItemCount, Table.GlobalSecondaryIndexes[0].IndexSizeBytes],
      [1, 5]
    )
  })

  test('knows missing tables', async () => {
    for (const op of ['DescribeTable', 'DeleteTable']) {
      await rejects(
        send(op, { TableName: 'nope' }),
        'ResourceNotFoundException',
        'Requested resource not found: Table: nope not found'
      )
      await invalid(
        send(op, {}),
        "The parameter 'TableName' is required but was not present in the request"
      )
    }
  })

  test('lists names in byte order, in pages', async () => {
    const names = ['List.c', 'List-a', 'List_b', 'Lista', 'ListZ']
    for (const name of names) await send('CreateTable', tableInput(name))
    const all = (await send('ListTables', {})).TableNames.filter((n) => n.startsWith('List'))
    assert.deepEqual(all, [...names].sort())
    const first = await send('ListTables', { Limit: 2, ExclusiveStartTableName: 'List' })
    assert.deepEqual(first, { TableNames: all.slice(0, 2), LastEvaluatedTableName: all[1] })
    const second = await send('ListTables', {
      Limit: 3,
      ExclusiveStartTableName: first.LastEvaluatedTableName
    })
    assert.deepEqual(second.TableNames, all.slice(2, 5))
    const error = await invalid(send('ListTables', { ExclusiveStartTableName: 'a;', Limit: 500 }))
    assert.match(error.message, /^3 validation errors detected: /)
  })

  test('deletes a table and what is in it', async () => {
    const TableName = await makeTable({ range: 'sk', gsis: { ggg: { hash: 'g' } } })
    await send('PutItem', { TableName, Item: { pk: { S: 'a' }, sk: { S: 'b' }, g: { S: 'g' } } })
    const { TableDescription: d } = await send('DeleteTable', { TableName })
    assert.equal(d.TableStatus, 'DELETING')
    assert.deepEqual(
      Object.keys(d).sort(),
      [
        'DeletionProtectionEnabled',
        'ItemCount',
        'ProvisionedThroughput',
        'TableArn',
        'TableId',
        'TableName',
        'TableSizeBytes',
        'TableStatus',
        ...(d.BillingModeSummary ? ['BillingModeSummary'] : [])
      ].sort()
    )
    await rejects(
      send('GetItem', { TableName, Key: { pk: { S: 'a' }, sk: { S: 'b' } } }),
      'ResourceNotFoundException'
    )
    await send('CreateTable', tableInput(TableName))
    assert.equal((await send('Scan', { TableName })).Count, 0)
  })
})

everyTarget('UpdateTable', ({ test, send, makeTable }) => {
  const untilActive = async (TableName) => {
    for (let i = 0; i < 2000; i++) {
      const { Table } = await send('DescribeTable', { TableName })
      if (
        Table.TableStatus === 'ACTIVE' &&
        (Table.GlobalSecondaryIndexes ?? []).every((x) => x.IndexStatus === 'ACTIVE')
      )
        return Table
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    throw new Error('never active')
  }

  test('adds an index over existing items, and drops it', async () => {
    const TableName = await makeTable()
    for (let i = 0; i < 40; i++) {
      await send('BatchWriteItem', {
        RequestItems: {
          [TableName]: Array.from({ length: 25 }, (_, j) => ({
            PutRequest: {
              Item: {
                pk: { S: `${i}-${j}` },
                ...(j % 5 ? { g: { S: `${j % 5}` } } : { g: { N: '1' } })
              }
            }
          }))
        }
      })
    }
    const { TableDescription } = await send('UpdateTable', {
      TableName,
      AttributeDefinitions: [S('g')],
      GlobalSecondaryIndexUpdates: [
        { Create: { IndexName: 'byG', KeySchema: [H('g')], Projection: ALL } }
      ]
    })
    assert.equal(TableDescription.TableStatus, 'UPDATING')
    assert.deepEqual(
      [
        TableDescription.GlobalSecondaryIndexes[0].IndexStatus,
        TableDescription.GlobalSecondaryIndexes[0].Backfilling
      ],
      ['CREATING', false]
    )
    await send('PutItem', { TableName, Item: { pk: { S: 'late' }, g: { S: 'late' } } })
    const table = await untilActive(TableName)
    assert.equal(table.GlobalSecondaryIndexes[0].Backfilling, undefined)
    assert.equal((await send('Scan', { TableName, IndexName: 'byG', Select: 'COUNT' })).Count, 801)
    assert.equal(
      (
        await send('Query', {
          TableName,
          IndexName: 'byG',
          KeyConditionExpression: 'g = :g',
          ExpressionAttributeValues: { ':g': { S: '3' } }
        })
      ).Count,
      200
    )
    await invalid(
      send('PutItem', { TableName, Item: { pk: { S: 'bad' }, g: { N: '1' } } }),
      /Type mismatch for Index Key g/
    )
    await send('UpdateTable', {
      TableName,
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byG' } }]
    })
    assert.equal((await untilActive(TableName)).GlobalSecondaryIndexes, undefined)
    await invalid(
      send('Scan', { TableName, IndexName: 'byG' }),
      'The table does not have the specified index: byG'
    )
    await send('PutItem', { TableName, Item: { pk: { S: 'bad' }, g: { N: '1' } } })
  })

  // Evidence: validation facts 4.12 and operations facts, UpdateTable.
  test('changes billing, throughput, class, protection and streams', async () => {
    const TableName = await makeTable({
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 2 }
    })
    const update = (more) => send('UpdateTable', { TableName, ...more })
    await invalid(
      update({}),
      'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required'
    )
    await invalid(
      update({ ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 2 } }),
      'The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: 2. Requested ReadCapacityUnits: 2. Current WriteCapacityUnits provisioned for the table: 2. Requested WriteCapacityUnits: 2. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.'
    )
    await update({ ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 3 } })
    let table = await untilActive(TableName)
    assert.deepEqual(
      [
        table.ProvisionedThroughput.ReadCapacityUnits,
        table.ProvisionedThroughput.WriteCapacityUnits,
        table.ProvisionedThroughput.NumberOfDecreasesToday
      ],
      [1, 3, 1]
    )
    assert.ok(
      table.ProvisionedThroughput.LastDecreaseDateTime &&
        table.ProvisionedThroughput.LastIncreaseDateTime
    )
    await update({ BillingMode: 'PAY_PER_REQUEST' })
    table = await untilActive(TableName)
    assert.equal(table.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST')
    await invalid(
      update({ BillingMode: 'PROVISIONED' }),
      p + 'ProvisionedThroughput must be specified when BillingMode is PROVISIONED'
    )
    await update({
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 7 }
    })
    await update({ DeletionProtectionEnabled: true })
    await invalid(send('DeleteTable', { TableName }), /protected against deletion/)
    await update({ DeletionProtectionEnabled: false })
    await update({ TableClass: 'STANDARD_INFREQUENT_ACCESS' })
    assert.equal(
      (await untilActive(TableName)).TableClassSummary.TableClass,
      'STANDARD_INFREQUENT_ACCESS'
    )
    await update({ StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } })
    table = await untilActive(TableName)
    assert.deepEqual(table.StreamSpecification, {
      StreamEnabled: true,
      StreamViewType: 'KEYS_ONLY'
    })
    await invalid(
      update({ StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } }),
      `Table already has an enabled stream: TableName: ${TableName}`
    )
    await update({ StreamSpecification: { StreamEnabled: false } })
    table = await untilActive(TableName)
    assert.equal(table.StreamSpecification, undefined)
    assert.ok(table.LatestStreamArn)
  })

  test('limits index changes to one a call', async () => {
    const TableName = await makeTable()
    const create = (IndexName) => ({ Create: { IndexName, KeySchema: [H('g')], Projection: ALL } })
    await rejects(
      send('UpdateTable', {
        TableName,
        AttributeDefinitions: [S('g')],
        GlobalSecondaryIndexUpdates: [create('one'), create('two')]
      }),
      'LimitExceededException',
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table'
    )
    await invalid(
      send('UpdateTable', {
        TableName,
        AttributeDefinitions: [S('zzz')],
        GlobalSecondaryIndexUpdates: [create('one')]
      }),
      /Some index key attributes are not defined in AttributeDefinitions/
    )
    await invalid(
      send('UpdateTable', { TableName, GlobalSecondaryIndexUpdates: [{}] }),
      p +
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null'
    )
    await rejects(
      send('UpdateTable', {
        TableName,
        GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'none' } }]
      }),
      'ResourceNotFoundException'
    )
    await rejects(
      send('UpdateTable', { TableName: 'nope', BillingMode: 'PAY_PER_REQUEST' }),
      'ResourceNotFoundException',
      'Requested resource not found: Table: nope not found'
    )
  })
})
