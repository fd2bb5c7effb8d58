// dynamodb-toolbox v2, unmodified: customers, products and orders of a shop in one table.
import assert from 'node:assert/strict'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import {
  $add,
  $append,
  $delete,
  $get,
  $prepend,
  $remove,
  $set,
  $subtract,
  $sum,
  BatchDeleteRequest,
  BatchGetCommand,
  BatchGetRequest,
  BatchPutRequest,
  BatchWriteCommand,
  ConditionCheck,
  DeleteItemCommand,
  DeletePartitionCommand,
  DeleteTransaction,
  Entity,
  GetItemCommand,
  GetTransaction,
  PutItemCommand,
  PutTransaction,
  QueryCommand,
  ScanCommand,
  Table,
  UpdateAttributesCommand,
  UpdateItemCommand,
  UpdateTransaction,
  executeBatchGet,
  executeBatchWrite,
  executeTransactGet,
  executeTransactWrite,
  isConditionCheckFailed,
  isTransactionCancelled,
  item,
  list,
  map,
  number,
  prefix,
  record,
  set,
  string
} from 'dynamodb-toolbox'
import { everyRoad } from './support/roads.mjs'

const hash = AttributeName => ({ AttributeName, KeyType: 'HASH' })
const range = AttributeName => ({ AttributeName, KeyType: 'RANGE' })
const Projection = { ProjectionType: 'ALL' }
const createTable = new CreateTableCommand({
  TableName: 'shop',
  AttributeDefinitions: [
    ...['pk', 'sk', 'state', 'country', 'city'].map(AttributeName => ({
      AttributeName,
      AttributeType: 'S'
    })),
    { AttributeName: 'total', AttributeType: 'N' }
  ],
  KeySchema: [hash('pk'), range('sk')],
  LocalSecondaryIndexes: [
    { IndexName: 'byTotal', KeySchema: [hash('pk'), range('total')], Projection }
  ],
  GlobalSecondaryIndexes: [
    { IndexName: 'byState', KeySchema: [hash('state'), range('total')], Projection },
    {
      IndexName: 'byPlace',
      KeySchema: [hash('country'), hash('city'), range('state'), range('total')],
      Projection
    }
  ],
  BillingMode: 'PAY_PER_REQUEST'
})

const key = (name, type) => ({ name, type })

/** The table and its entities, as a program declares them. */
function declare (documentClient) {
  const table = new Table({
    documentClient,
    name: 'shop',
    partitionKey: key('pk', 'string'),
    sortKey: key('sk', 'string'),
    indexes: {
      byTotal: { type: 'local', sortKey: key('total', 'number') },
      byState: {
        type: 'global',
        partitionKey: key('state', 'string'),
        sortKey: key('total', 'number')
      },
      byPlace: {
        type: 'global',
        partitionKeys: [key('country', 'string'), key('city', 'string')],
        sortKeys: [key('state', 'string'), key('total', 'number')]
      }
    }
  })
  const Customer = new Entity({
    name: 'Customer',
    table,
    schema: item({
      id: string().key().savedAs('pk').transform(prefix('C')),
      kind: string().key().const('profile').default('profile').savedAs('sk'),
      name: string(),
      points: number().default(0),
      tags: set(string()).optional(),
      visits: list(string()).default([]),
      address: map({ street: string(), zip: string().optional() }).optional(),
      settings: record(string(), string()).default({})
    })
  })
  const Order = new Entity({
    name: 'Order',
    table,
    schema: item({
      customer: string().key().savedAs('pk').transform(prefix('C')),
      order: string().key().savedAs('sk').transform(prefix('O')),
      state: string().enum('new', 'paid', 'sent').default('new'),
      total: number(),
      country: string().optional(),
      city: string().optional(),
      lines: list(map({ product: string(), amount: number() })).default([])
    })
  })
  const Product = new Entity({
    name: 'Product',
    table,
    timestamps: false,
    schema: item({
      product: string().key().savedAs('pk').transform(prefix('P')),
      kind: string().key().const('stock').default('stock').savedAs('sk'),
      stock: number(),
      sold: number().optional(),
      price: number()
    })
  })
  return { table, Customer, Order, Product }
}

const places = [
  ['FR', 'Paris'],
  ['FR', 'Lyon'],
  ['DE', 'Paris']
]
const states = ['new', 'paid', 'sent']
const orders = Array.from({ length: 60 }, (_, i) => ({
  customer: `c${i % 2}`,
  order: String(i).padStart(3, '0'),
  state: states[i % 3],
  total: ((i * 7) % 60) + 0.5,
  country: places[i % 3][0],
  city: places[i % 3][1],
  lines: [{ product: 'p1', amount: i }]
}))

everyRoad('dynamodb-toolbox: a shop', ({ test, client, document }) => {
  let shop

  test('puts and gets, with conditions', async () => {
    await client().send(createTable)
    shop = declare(document())
    const { Customer } = shop
    const ada = { id: 'c0', name: 'Ada', tags: new Set(['a', 'b']), address: { street: 'S 1' } }
    await Customer.build(PutItemCommand)
      .item(ada)
      .options({ condition: { attr: 'id', exists: false } })
      .send()
    await Customer.build(PutItemCommand).item({ id: 'c1', name: 'Bo' }).send()
    const again = Customer.build(PutItemCommand)
      .item({ id: 'c0', name: 'Eve' })
      .options({
        condition: { attr: 'id', exists: false },
        returnValuesOnConditionFalse: 'ALL_OLD'
      })
    await assert.rejects(again.send(), error => {
      assert.ok(isConditionCheckFailed(error))
      assert.equal(error.name, 'ConditionalCheckFailedException')
      assert.equal(error.Item.name?.S ?? error.Item.name, 'Ada')
      return true
    })
    const { Item, ConsumedCapacity } = await Customer.build(GetItemCommand)
      .key({ id: 'c0' })
      .options({ consistent: true, capacity: 'TOTAL' })
      .send()
    assert.ok(Date.parse(Item.created) <= Date.parse(Item.modified))
    const { created, modified, ...rest } = Item
    assert.deepEqual(rest, { ...ada, kind: 'profile', points: 0, visits: [], settings: {} })
    assert.equal(ConsumedCapacity.CapacityUnits, 1)
    const { Item: part } = await Customer.build(GetItemCommand)
      .key({ id: 'c0' })
      .options({ attributes: ['name', 'address.street'] })
      .send()
    assert.deepEqual(part, { name: 'Ada', address: { street: 'S 1' } })
    const { Item: none } = await Customer.build(GetItemCommand).key({ id: 'c9' }).send()
    assert.equal(none, undefined)
  })

  test('updates with every extension', async () => {
    const { Customer } = shop
    const update = changes =>
      Customer.build(UpdateItemCommand)
        .item({ id: 'c0', ...changes })
        .options({ returnValues: 'ALL_NEW' })
        .send()
    const one = await update({
      points: $add(5),
      tags: $add(new Set(['c'])),
      visits: $append(['tue', 'wed']),
      address: { zip: '8000' },
      settings: { lang: 'da', mail: 'no' }
    })
    assert.equal(one.Attributes.points, 5)
    assert.deepEqual([...one.Attributes.tags].sort(), ['a', 'b', 'c'])
    assert.deepEqual(one.Attributes.visits, ['tue', 'wed'])
    assert.deepEqual(one.Attributes.address, { street: 'S 1', zip: '8000' })
    const two = await update({
      points: $sum($get('points'), 10),
      tags: $delete(new Set(['a', 'zz'])),
      visits: $prepend(['mon']),
      address: { zip: $remove() },
      settings: { mail: $remove(), theme: $get('name', 'none') }
    })
    assert.equal(two.Attributes.points, 15)
    assert.deepEqual([...two.Attributes.tags].sort(), ['b', 'c'])
    assert.deepEqual(two.Attributes.visits, ['mon', 'tue', 'wed'])
    assert.deepEqual(two.Attributes.address, { street: 'S 1' })
    assert.deepEqual(two.Attributes.settings, { lang: 'da', theme: 'Ada' })
    const three = await update({
      points: $subtract($get('points'), 1),
      visits: { 1: 'TUE', 2: $remove() },
      address: $set({ street: 'S 2' }),
      settings: { missing: $get('settings.nothing', 'fallback') }
    })
    assert.equal(three.Attributes.points, 14)
    assert.deepEqual(three.Attributes.visits, ['mon', 'TUE'])
    assert.deepEqual(three.Attributes.address, { street: 'S 2' })
    assert.deepEqual(three.Attributes.settings, {
      lang: 'da',
      theme: 'Ada',
      missing: 'fallback'
    })
    assert.ok(three.Attributes.modified >= three.Attributes.created)
    await Customer.build(UpdateAttributesCommand)
      .item({ id: 'c0', address: { street: 'S 3' }, tags: $remove(), visits: $append(['thu']) })
      .send()
    const { Item } = await Customer.build(GetItemCommand).key({ id: 'c0' }).send()
    assert.deepEqual(Item.address, { street: 'S 3' })
    assert.deepEqual(Item.visits, ['mon', 'TUE', 'thu'])
    assert.equal(Item.tags, undefined)
  })

  test('updates only under nested conditions', async () => {
    const { Customer } = shop
    const spend = condition =>
      Customer.build(UpdateItemCommand)
        .item({ id: 'c0', points: $add(-4) })
        .options({ condition, returnValues: 'UPDATED_NEW' })
        .send()
    const { Attributes } = await spend({
      and: [
        { attr: 'points', gte: 4 },
        { or: [{ attr: 'name', beginsWith: 'A' }, { attr: 'tags', contains: 'vip' }] },
        { not: { attr: 'address.zip', exists: true } },
        { size: 'visits', between: [2, 3] },
        { attr: 'visits', type: 'L' },
        { attr: 'settings.lang', in: ['sv', 'da'] }
      ]
    })
    assert.equal(Attributes.points, 10)
    await assert.rejects(spend({ attr: 'settings.theme', ne: { attr: 'name' } }), {
      name: 'ConditionalCheckFailedException'
    })
  })

  test('writes and reads batches', async () => {
    const { table, Order, Product } = shop
    for (let i = 0; i < orders.length; i += 20) {
      const { UnprocessedItems } = await executeBatchWrite(
        { maxAttempts: 3 },
        table
          .build(BatchWriteCommand)
          .requests(
            ...orders.slice(i, i + 20).map(order => Order.build(BatchPutRequest).item(order)),
            Product.build(BatchPutRequest).item({ product: `p${i / 20}`, stock: 10, price: 2.5 })
          )
      )
      assert.deepEqual(UnprocessedItems ?? {}, {})
    }
    const { Responses } = await executeBatchGet(
      { capacity: 'TOTAL' },
      table.build(BatchGetCommand).requests(
        Order.build(BatchGetRequest).key({ customer: 'c1', order: '003' }),
        Product.build(BatchGetRequest).key({ product: 'p2' }),
        Order.build(BatchGetRequest).key({ customer: 'c1', order: '777' })
      )
    )
    const [[order, product, none]] = Responses
    const { created, modified, ...rest } = order
    assert.deepEqual(rest, orders[3])
    assert.deepEqual(product, { product: 'p2', kind: 'stock', stock: 10, price: 2.5 })
    assert.equal(none, undefined)
  })

  test('queries a partition of several entities', async () => {
    const { table, Customer, Order } = shop
    const query = table
      .build(QueryCommand)
      .entities(Customer, Order)
      .query({ partition: 'C#c0' })
    const { Items } = await query.options({ tagEntities: true, maxPages: Infinity }).send()
    assert.equal(Items.length, 31)
    assert.equal(Items.at(-1).name, 'Ada')
    const part = await query
      .options({ filters: { Order: { attr: 'total', lt: 20 }, Customer: { attr: 'name', eq: '?' } } })
      .send()
    assert.deepEqual(
      part.Items.map(({ order }) => order),
      orders.filter(o => o.customer === 'c0' && o.total < 20).map(({ order }) => order)
    )
    const between = await table
      .build(QueryCommand)
      .entities(Order)
      .query({ partition: 'C#c0', range: { between: ['O#010', 'O#020'] } })
      .options({ attributes: ['order', 'lines'], reverse: true })
      .send()
    assert.deepEqual(
      between.Items,
      orders
        .filter(o => o.customer === 'c0' && o.order >= '010' && o.order <= '020')
        .map(({ order, lines }) => ({ order, lines }))
        .reverse()
    )
  })

  test('pages through a query by hand and by maxPages', async () => {
    const { table, Order } = shop
    const query = table
      .build(QueryCommand)
      .entities(Order)
      .query({ partition: 'C#c1', range: { beginsWith: 'O#' } })
    const seen = []
    let exclusiveStartKey
    do {
      const page = await query.options({ limit: 8, exclusiveStartKey }).send()
      seen.push(...page.Items.map(({ order }) => order))
      exclusiveStartKey = page.LastEvaluatedKey
    } while (exclusiveStartKey !== undefined)
    const expected = orders.filter(o => o.customer === 'c1').map(({ order }) => order)
    assert.deepEqual(seen, expected)
    const two = await query.options({ limit: 8, maxPages: 2 }).send()
    assert.deepEqual(
      two.Items.map(({ order }) => order),
      expected.slice(0, 16)
    )
    const { Count } = await query.options({ select: 'COUNT' }).send()
    assert.equal(Count, 30)
  })

  test('queries local, global and many-attribute indexes', async () => {
    const { table, Order } = shop
    const totals = async (query, options = {}) => {
      const command = table.build(QueryCommand).entities(Order).query(query)
      const { Items } = await command.options({ maxPages: Infinity, ...options }).send()
      return Items.map(({ total }) => total)
    }
    const expected = test =>
      orders
        .filter(test)
        .map(({ total }) => total)
        .sort((a, b) => a - b)
    assert.deepEqual(
      await totals({ index: 'byTotal', partition: 'C#c0' }, { limit: 7, consistent: true }),
      expected(o => o.customer === 'c0')
    )
    assert.deepEqual(
      await totals({ index: 'byState', partition: 'paid', range: { gt: 30.5 } }, { limit: 4 }),
      expected(o => o.state === 'paid' && o.total > 30.5)
    )
    const place = range => ({ index: 'byPlace', partition: ['FR', 'Paris'], range })
    assert.deepEqual(
      await totals(place(['new', { between: [10, 40] }]), { limit: 3 }),
      expected(o => o.country === 'FR' && o.city === 'Paris' && o.total >= 10 && o.total <= 40)
    )
    assert.deepEqual(await totals(place([{ beginsWith: 'p' }])), [])
    assert.equal((await totals({ index: 'byPlace', partition: ['DE', 'Paris'] })).length, 20)
  })

  test('scans by entity, in segments, and over an index', async () => {
    const { table, Order, Product } = shop
    const { Items } = await table.build(ScanCommand).entities(Product).send()
    assert.deepEqual(Items.map(({ product }) => product).sort(), ['p0', 'p1', 'p2'])
    const segments = await Promise.all(
      [0, 1].map(segment =>
        table
          .build(ScanCommand)
          .entities(Order)
          .options({ segment, totalSegments: 2, limit: 9, maxPages: Infinity })
          .send()
      )
    )
    assert.deepEqual(
      segments
        .flatMap(page => page.Items)
        .map(({ order }) => order)
        .sort(),
      orders.map(({ order }) => order)
    )
    const { Count, ScannedCount } = await table
      .build(ScanCommand)
      .entities(Order)
      .options({
        index: 'byState',
        filters: { Order: { attr: 'lines[0].amount', gte: 50 } },
        select: 'COUNT'
      })
      .send()
    assert.deepEqual([Count, ScannedCount], [10, 60])
  })

  test('sells in a transaction, or does nothing', async () => {
    const { Customer, Order, Product } = shop
    const sell = (order, amount) => {
      const steps = [
        Order.build(PutTransaction)
          .item({ customer: 'c0', order, total: 5, lines: [{ product: 'p1', amount }] })
          .options({ condition: { attr: 'order', exists: false } }),
        Product.build(UpdateTransaction)
          .item({ product: 'p1', stock: $add(-amount), sold: $add(amount) })
          .options({
            condition: { attr: 'stock', gte: amount },
            returnValuesOnConditionFalse: 'ALL_OLD'
          }),
        Customer.build(ConditionCheck).key({ id: 'c0' }).condition({ attr: 'points', gte: 10 })
      ]
      return [steps, executeTransactWrite(...steps)]
    }
    await sell('900', 8)[1]
    const [steps, failing] = sell('901', 3)
    await assert.rejects(failing, error => {
      assert.ok(isTransactionCancelled(error, ...steps))
      assert.deepEqual(
        error.CancellationReasons.map(({ Code }) => Code),
        ['None', 'ConditionalCheckFailed', 'None']
      )
      assert.equal(error.CancellationReasons[1].FormattedItem.stock, 2)
      return true
    })
    const { Responses } = await executeTransactGet(
      Product.build(GetTransaction).key({ product: 'p1' }),
      Order.build(GetTransaction).key({ customer: 'c0', order: '901' }),
      Order.build(GetTransaction).key({ customer: 'c0', order: '900' })
    )
    assert.deepEqual(
      Responses.map(({ Item }) => Item && (Item.stock ?? Item.total)),
      [2, undefined, 5]
    )
    assert.equal(Responses[0].Item.sold, 8)
  })

  test('sends the same transaction once by its token', async () => {
    const { Product } = shop
    const restock = () =>
      executeTransactWrite(
        { clientRequestToken: 'restock-1' },
        Product.build(UpdateTransaction).item({ product: 'p1', stock: $add(100) })
      )
    await restock()
    await restock()
    const { Item } = await Product.build(GetItemCommand).key({ product: 'p1' }).send()
    assert.equal(Item.stock, 102)
  })

  test('deletes items, in batches, in transactions and whole partitions', async () => {
    const { table, Customer, Order, Product } = shop
    const { Attributes } = await Product.build(DeleteItemCommand)
      .key({ product: 'p0' })
      .options({ returnValues: 'ALL_OLD', condition: { attr: 'stock', eq: 10 } })
      .send()
    assert.equal(Attributes.price, 2.5)
    await executeBatchWrite(
      table
        .build(BatchWriteCommand)
        .requests(
          Product.build(BatchDeleteRequest).key({ product: 'p2' }),
          Order.build(BatchDeleteRequest).key({ customer: 'c0', order: '900' })
        )
    )
    await executeTransactWrite(
      Product.build(DeleteTransaction)
        .key({ product: 'p1' })
        .options({ condition: { attr: 'sold', exists: true } })
    )
    await table
      .build(DeletePartitionCommand)
      .entities(Customer, Order)
      .query({ partition: 'C#c1' })
      .send()
    const left = await table.build(ScanCommand).entities(Customer, Order, Product).send()
    assert.equal(left.Items.length, 31)
    await table
      .build(DeletePartitionCommand)
      .entities(Customer, Order)
      .query({ partition: 'C#c0' })
      .send()
    assert.equal((await table.build(ScanCommand).entities(Customer).send()).ScannedCount, 0)
  })
})
