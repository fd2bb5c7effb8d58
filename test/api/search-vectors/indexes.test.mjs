/*
 * indexes.test.mjs - vector indexes of tables: made, described, changed, restored, imported; and
 * what may be written to a table that has them.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, tableInput } from '../support/targets.mjs'
import { list, numbers, vectorIndex, withVectors } from './support.mjs'

const bad = 'One or more parameter values were invalid: '
const wrong = 'One or more parameter values were invalid. '

everyTarget('Vector indexes', ({ test, send, makeTable, db }) => {
  let made = 0
  const create = more => send('CreateTable', tableInput(`Vector${++made}`, more))
  const describe = async TableName => (await send('DescribeTable', { TableName })).Table
  const update = (TableName, more) => send('UpdateTable', { TableName, ...more })
  const add = (TableName, index, more) =>
    update(TableName, { VectorIndexUpdates: [{ Create: index }], ...more })
  const drop = (TableName, IndexName) =>
    update(TableName, { VectorIndexUpdates: [{ Delete: { IndexName } }] })
  const names = async (TableName, IndexName = 'byV') =>
    (
      await send('SearchVectors', {
        TableName,
        IndexName,
        SearchVector: numbers(1, 0, 0),
        TopK: 10
      })
    ).SearchResults.map(({ Item }) => Item.pk.S).join('')

  // Evidence: AWS API reference, VectorIndexDescription.
  test('are described as they were made, with their items and bytes', async () => {
    const index = vectorIndex('byV', {
      schema: { tenant: 'HASH', brand: 'INLINE_FILTER' },
      project: ['title']
    })
    const { TableDescription } = await create(
      withVectors([index], { names: ['tenant', 'brand'] })
    )
    const { TableName, TableArn } = TableDescription
    assert.equal(TableDescription.VectorIndexes[0].IndexStatus, 'CREATING')
    assert.equal('Backfilling' in TableDescription.VectorIndexes[0], false)
    await send('PutItem', {
      TableName,
      Item: {
        pk: { S: 'a' },
        tenant: { S: 't' },
        title: { S: 'abc' },
        other: { S: 'no' },
        v: list(1, 0, 0)
      }
    })
    await send('PutItem', { TableName, Item: { pk: { S: 'b' }, v: list(1, 0, 0) } })
    const table = await describe(TableName)
    assert.deepEqual(table.VectorIndexes, [
      {
        ...index,
        IndexStatus: 'ACTIVE',
        ItemCount: 1,
        IndexSizeBytes: 3 + 7 + 8 + 12,
        IndexArn: `${TableArn}/index/byV`
      }
    ])
    assert.deepEqual(
      table.AttributeDefinitions.map(({ AttributeName }) => AttributeName),
      ['brand', 'pk', 'tenant']
    )
  })

  // Evidence: AWS Developer Guide, quotas of vector indexes; captures of August 2026.
  test('have limits', async () => {
    const filters = Array.from({ length: 19 }, (_, i) => `f${i}`)
    const schema = Object.fromEntries(filters.map(name => [name, 'INLINE_FILTER']))
    const one = vectorIndex('byV')
    const cases = [
      [
        { ...withVectors([one]), BillingMode: 'PROVISIONED', ...tableThroughput },
        bad + 'Vector indexes are only supported for PAY_PER_REQUEST tables'
      ],
      [
        withVectors(Array.from({ length: 6 }, (_, i) => vectorIndex(`by${i}v`))),
        bad + 'VectorIndex count exceeds the per-table limit of 5'
      ],
      [
        withVectors([vectorIndex('byV', { Dimensions: 4097 })]),
        bad + 'Number of dimensions must be between 1 and 4096 inclusive.'
      ],
      [
        withVectors([vectorIndex('byV', { schema: { a: 'HASH', b: 'HASH' } })], {
          names: ['a', 'b']
        }),
        bad +
          "Value '2' at 'SearchSchema' failed to satisfy constraint: Member must have HASH count " +
          'less than or equal to 1'
      ],
      [
        withVectors([vectorIndex('byV', { schema })], { names: filters }),
        bad +
          "Value '19' at 'SearchSchema' failed to satisfy constraint: Member must have " +
          'INLINE_FILTER count less than or equal to 18'
      ],
      [
        withVectors([vectorIndex('byV', { schema: { a: 'HASH' } })]),
        bad + 'One element in SearchSchema is not defined in attribute definitions'
      ],
      [
        withVectors([vectorIndex('byV', { VectorAttribute: { AttributeName: 'pk' } })]),
        bad +
          "Conflicting attribute definition for 'pk'. An attribute cannot be defined in " +
          'AttributeDefinitions when used as a VectorAttribute.'
      ],
      [
        withVectors([one, vectorIndex('byW', { Dimensions: 4 })]),
        bad +
          "Conflicting attribute definition for 'v'. All VectorIndexes on the same vector " +
          'attribute must use the same dimensions.'
      ],
      [withVectors([one, one]), bad + 'Duplicate index name: byV'],
      [withVectors([]), bad + 'List of VectorIndexes is empty'],
      [
        withVectors([one], { names: ['unused'] }),
        bad +
          'Some AttributeDefinitions are not used. AttributeDefinitions: [pk, unused], keys ' +
          'used: [pk]'
      ],
      [
        withVectors([vectorIndex('byV', { Projection: { ProjectionType: 'INCLUDE' } })]),
        bad + 'ProjectionType is INCLUDE, but NonKeyAttributes is not specified'
      ],
      [
        withVectors([
          vectorIndex('byV', { project: Array.from({ length: 20 }, (_, i) => `a${i}`) })
        ]),
        bad +
          'Number of projected attributes of vector index byV exceeds the limit of 20: its vector ' +
          'and inline filters count'
      ]
    ]
    for (const [definition, message] of cases) await invalid(create(definition), message)
    await invalid(
      create(withVectors([vectorIndex('byV', { Projection: undefined, Dimensions: 0 })])),
      "2 validation errors detected: Value null at 'vectorIndexes.1.member.projection' failed to " +
        "satisfy constraint: Member must not be null; Value '0' at " +
        "'vectorIndexes.1.member.dimensions' failed to satisfy constraint: Member must have " +
        'value greater than or equal to 1'
    )
  })

  const tableThroughput = {
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 }
  }

  // Evidence: AWS API reference, PutItem: "If the table has vector indexes"; captures of August
  // 2026 for the texts.
  test('are what a written vector must fit', async () => {
    const TableName = await makeTable(
      withVectors([vectorIndex('byV', { schema: { tenant: 'HASH', n: 'INLINE_FILTER' } })], {
        names: ['tenant', 'n:N']
      })
    )
    const key = { pk: { S: 'a' } }
    const tail = 'IndexName: byV'
    const cases = [
      [
        { v: { S: 'x' } },
        `Invalid type for parameter v, Expected: 32-bit floating point number list ${tail}`
      ],
      [
        { v: { NS: ['1', '2', '3'] } },
        `Invalid type for parameter v, Expected: 32-bit floating point number list ${tail}`
      ],
      [{ v: list(1, 2) }, `Invalid size for parameter v, Expected: 3, Actual: 2 ${tail}`],
      [
        { v: { L: [{ N: '1' }, { S: 'x' }, { N: '3' }] } },
        'Invalid type for parameter v[1], Expected: 32-bit floating point number, Actual: S. ' +
          tail
      ],
      [
        { v: list(1, 2, '-4e38') },
        'Invalid value for parameter v[2], Value: -400000000000000000000000000000000000000 is ' +
          `outside valid range [-3.4028235E38, 3.4028235E38]. ${tail}`
      ],
      [
        { tenant: { N: '1' } },
        `Attribute 'tenant' type mismatch. Expected: S, Actual: N. ${tail}`
      ],
      [{ n: { S: '1' } }, `Attribute 'n' type mismatch. Expected: N, Actual: S. ${tail}`]
    ]
    for (const [attributes, message] of cases) {
      const Item = { ...key, ...attributes }
      await invalid(send('PutItem', { TableName, Item }), wrong + message)
      await invalid(
        send('BatchWriteItem', { RequestItems: { [TableName]: [{ PutRequest: { Item } }] } }),
        wrong + message
      )
      const [name] = Object.keys(attributes)
      await invalid(
        send('UpdateItem', {
          TableName,
          Key: key,
          UpdateExpression: 'SET #a = :a',
          ExpressionAttributeNames: { '#a': name },
          ExpressionAttributeValues: { ':a': attributes[name] }
        }),
        wrong + message
      )
      const error = await rejects(
        send('TransactWriteItems', { TransactItems: [{ Put: { TableName, Item } }] }),
        'TransactionCanceledException'
      )
      assert.deepEqual(error.CancellationReasons, [
        { Code: 'ValidationError', Message: wrong + message }
      ])
    }
    await invalid(
      send('PutItem', { TableName, Item: { ...key, tenant: { S: '' } } }),
      'One or more parameter values are not valid. A value specified for a secondary index key ' +
        'is not supported. The AttributeValue for a key attribute cannot contain an empty ' +
        'string value. IndexName: byV, IndexKey: tenant'
    )
    assert.equal((await send('Scan', { TableName })).Count, 0)
  })

  test('are charged in bytes for what a write changes in them', async () => {
    const TableName = await makeTable(
      withVectors(
        [vectorIndex('byV', { Dimensions: 400, schema: { t: 'HASH' }, project: ['title'] })],
        { names: ['t'] }
      )
    )
    const v = list(...Array.from({ length: 400 }, (_, i) => i))
    const charged = async (Item, ReturnConsumedCapacity = 'INDEXES') =>
      (await send('PutItem', { TableName, Item, ReturnConsumedCapacity })).ConsumedCapacity
        .VectorIndexes
    const item = { pk: { S: 'a' }, t: { S: 'x' }, title: { S: 'abc' }, v }
    const bytes = 1600 + 3 + 2 + 8
    assert.deepEqual(await charged(item), { byV: { VectorWriteRequestBytes: bytes } })
    assert.equal(await charged({ ...item, more: { S: 'x' } }), undefined, 'not projected')
    assert.deepEqual(await charged({ ...item, title: { S: 'abcd' } }), {
      byV: { VectorWriteRequestBytes: bytes + 1 }
    })
    assert.deepEqual(
      await charged({ ...item, t: { S: 'y' } }),
      { byV: { VectorWriteRequestBytes: 2 * bytes + 1 } },
      'another partition'
    )
    assert.equal(await charged({ ...item, t: { S: 'z' } }, 'TOTAL'), undefined)
    const { ConsumedCapacity } = await send('DeleteItem', {
      TableName,
      Key: { pk: { S: 'a' } },
      ReturnConsumedCapacity: 'INDEXES'
    })
    assert.deepEqual(ConsumedCapacity.VectorIndexes, { byV: { VectorWriteRequestBytes: bytes } })
  })

  test('come and go with UpdateTable, one at a time', async () => {
    const TableName = await makeTable()
    const fits = { pk: { S: 'a' }, v: list(1, 0, 0), t: { S: 'x' } }
    for (const Item of [fits, { pk: { S: 'b' }, v: { S: 'no vector' } }, { pk: { S: 'c' } }]) {
      await send('PutItem', { TableName, Item })
    }
    const { TableDescription } = await add(TableName, vectorIndex('byV'))
    assert.equal(TableDescription.VectorIndexes[0].IndexStatus, 'CREATING')
    assert.equal(TableDescription.VectorIndexes[0].Backfilling, false)
    assert.equal(await names(TableName), 'a', 'what does not fit is left out')
    await invalid(
      add(TableName, vectorIndex('byV')),
      'Attempting to create an index which already exists'
    )
    const limit =
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously ' +
      'per table'
    await rejects(
      update(TableName, {
        VectorIndexUpdates: [
          { Create: vectorIndex('byW') },
          { Delete: { IndexName: 'byV' } }
        ]
      }),
      'LimitExceededException',
      limit
    )
    await invalid(
      update(TableName, { VectorIndexUpdates: [{}] }),
      bad +
        'One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null'
    )
    await invalid(
      add(TableName, vectorIndex('byT', { schema: { t: 'HASH' } })),
      bad + 'One element in SearchSchema is not defined in attribute definitions'
    )
    await invalid(
      add(TableName, vectorIndex('byK', { VectorAttribute: { AttributeName: 'pk' } })),
      bad +
        'Attributes cannot be redefined. Please check that your attribute has the same type as ' +
        'previously defined. Existing schema: Schema:[SchemaElement: key{pk:S:HASH}] New ' +
        'schema: VectorIndexSchema:[VectorAttribute: key{pk:L:3}]'
    )
    await invalid(
      update(TableName, { BillingMode: 'PROVISIONED', ...tableThroughput }),
      bad + 'Vector indexes are only supported for PAY_PER_REQUEST tables'
    )
    const AttributeDefinitions = [{ AttributeName: 't', AttributeType: 'S' }]
    await add(TableName, vectorIndex('byT', { schema: { t: 'HASH' } }), { AttributeDefinitions })
    assert.equal((await describe(TableName)).AttributeDefinitions.length, 2)
    const dropped = (await drop(TableName, 'byT')).TableDescription
    assert.deepEqual(
      dropped.VectorIndexes.map(({ IndexStatus }) => IndexStatus),
      ['ACTIVE', 'DELETING']
    )
    const table = await describe(TableName)
    assert.equal(table.AttributeDefinitions.length, 1)
    assert.deepEqual(table.VectorIndexes.map(({ IndexName }) => IndexName), ['byV'])
    await rejects(drop(TableName, 'byT'), 'ResourceNotFoundException',
      `Requested resource not found: Index byT for table ${TableName}`)
    for (const name of ['by1', 'by2', 'by3', 'by4']) await add(TableName, vectorIndex(name))
    await rejects(
      add(TableName, vectorIndex('by5')),
      'LimitExceededException',
      'Subscriber limit exceeded: Number of vector secondary indexes exceeds per-table limit of 5'
    )
  })

  test('a table becomes on demand and has its index in one request', async () => {
    const TableName = await makeTable({ BillingMode: 'PROVISIONED', ...tableThroughput })
    await invalid(
      add(TableName, vectorIndex('byV')),
      bad + 'Vector indexes are only supported for PAY_PER_REQUEST tables'
    )
    await add(TableName, vectorIndex('byV'), { BillingMode: 'PAY_PER_REQUEST' })
    assert.equal((await describe(TableName)).VectorIndexes.length, 1)
  })

  // Evidence: AWS API reference, VectorIndexOverride.
  test('are restored with their table, all or those that an override names', async () => {
    const indexes = [vectorIndex('byV'), vectorIndex('byW', { DistanceFunction: 'EUCLIDEAN' })]
    const TableName = await makeTable(withVectors(indexes))
    await send('PutItem', { TableName, Item: { pk: { S: 'a' }, v: list(1, 0, 0) } })
    const { BackupDetails } = await send('CreateBackup', { TableName, BackupName: 'one' })
    const { BackupArn } = BackupDetails
    const { BackupDescription } = await send('DescribeBackup', { BackupArn })
    assert.deepEqual(BackupDescription.SourceTableFeatureDetails.VectorIndexes, indexes)
    let restored = 0
    const restore = async more => {
      const TargetTableName = `${TableName}-restored${++restored}`
      await send('RestoreTableFromBackup', { TargetTableName, BackupArn, ...more })
      return (await describe(TargetTableName)).VectorIndexes?.map(one => one.IndexName)
    }
    assert.deepEqual(await restore(), ['byV', 'byW'])
    assert.equal(await names(`${TableName}-restored1`, 'byW'), 'a')
    assert.deepEqual(await restore({ VectorIndexOverride: [indexes[1]] }), ['byW'])
    assert.equal(await restore({ VectorIndexOverride: [] }), undefined)
    await invalid(
      restore({ VectorIndexOverride: [{ ...indexes[1], Dimensions: 4 }] }),
      bad + 'Index in the override does not match an index of the source: byW'
    )
    await invalid(
      restore({
        BillingModeOverride: 'PROVISIONED',
        ProvisionedThroughputOverride: tableThroughput.ProvisionedThroughput
      }),
      bad + 'Vector indexes are only supported for PAY_PER_REQUEST tables'
    )
  })

  test('stay in the file', async () => {
    const TableName = await makeTable(
      withVectors([vectorIndex('byV', { schema: { t: 'HASH' }, project: 'KEYS_ONLY' })], {
        names: ['t']
      })
    )
    await send('PutItem', { TableName, Item: { pk: { S: 'a' }, t: { S: 'x' }, v: list(1, 0, 0) } })
    const copy = await db().fork()
    try {
      const { Table } = await copy.execute('DescribeTable', { TableName })
      assert.deepEqual(Table.VectorIndexes, (await describe(TableName)).VectorIndexes)
      const { SearchResults } = await copy.execute('SearchVectors', {
        TableName,
        IndexName: 'byV',
        SearchVector: numbers(1, 0, 0),
        TopK: 1,
        SearchConditionExpression: 't = :t',
        ExpressionAttributeValues: { ':t': { S: 'x' } }
      })
      assert.deepEqual(SearchResults, [{ Item: { pk: { S: 'a' }, t: { S: 'x' } }, Score: 0 }])
    } finally {
      await copy.close()
    }
  })
})

// Evidence: a public emulator's captures of August 2026: Backfilling false, then true, then gone.
everyTarget(
  'Vector indexes with a delay',
  ({ test, send, makeTable, db }) => {
    test('are allocated, filled, and then searched', async () => {
      db().clock.set(Date.now())
      const TableName = 'Delayed'
      await send('CreateTable', tableInput(TableName))
      await db().clock.advance(1000)
      await send('UpdateTable', {
        TableName,
        VectorIndexUpdates: [{ Create: vectorIndex('byV') }]
      })
      const state = async () => {
        const [one] = (await send('DescribeTable', { TableName })).Table.VectorIndexes ?? []
        return one && [one.IndexStatus, one.Backfilling]
      }
      const search = () =>
        send('SearchVectors', {
          TableName,
          IndexName: 'byV',
          SearchVector: numbers(1, 0, 0),
          TopK: 1
        })
      const drop = () =>
        send('UpdateTable', { TableName, VectorIndexUpdates: [{ Delete: { IndexName: 'byV' } }] })
      assert.deepEqual(await state(), ['CREATING', false])
      await invalid(search(), 'The table does not have the specified index: byV')
      await rejects(
        drop(),
        'ResourceInUseException',
        'Attempt to change a resource which is still in use: Index creation is in resource ' +
          'allocation phase. Retry deletion during backfilling phase or when the index is ' +
          'active. Table: Delayed Index: byV'
      )
      await db().clock.advance(1000)
      assert.deepEqual(await state(), ['CREATING', true])
      await invalid(search(), 'Cannot search backfilling vector index: byV')
      await rejects(
        send('UpdateTable', { TableName, VectorIndexUpdates: [{ Create: vectorIndex('byV') }] }),
        'ResourceInUseException',
        'Attempt to change a resource which is still in use: Index is being created.  Table: ' +
          'Delayed Index: byV'
      )
      await db().clock.advance(1000)
      assert.deepEqual(await state(), ['ACTIVE', undefined])
      assert.deepEqual((await search()).SearchResults, [])
      await drop()
      assert.deepEqual(await state(), ['DELETING', undefined])
      await db().clock.advance(1000)
      assert.equal(await state(), undefined)
    })
  },
  { tableDelay: 1000 }
)
