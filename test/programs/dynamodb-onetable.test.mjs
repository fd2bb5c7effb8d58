// dynamodb-onetable, unmodified: accounts, users, invoices and sessions of a service in one table.
import assert from 'node:assert/strict'
import { DescribeTimeToLiveCommand, waitUntilTableNotExists } from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand
} from '@aws-sdk/client-dynamodb-streams'
import { Table } from 'dynamodb-onetable'
import { everyRoad } from './support/roads.mjs'

const schema = {
  format: 'onetable:1.1.0',
  version: '0.0.1',
  indexes: {
    primary: { hash: 'pk', sort: 'sk' },
    gs1: { hash: 'gs1pk', sort: 'gs1sk', follow: true, project: 'keys' },
    gs2: { hash: 'kind', sort: 'amount', project: ['account', 'number'] },
    ls1: { type: 'local', sort: 'amount' }
  },
  models: {
    Account: {
      pk: { type: String, value: 'account#${id}' },
      sk: { type: String, value: 'account#' },
      id: { type: String, generate: 'ulid', validate: /^[0-9A-Z-]{2,26}$/i },
      name: { type: String, required: true, unique: true },
      status: { type: String, default: 'active', enum: ['active', 'closed'] },
      balance: { type: Number, default: 0 },
      tags: { type: Set },
      history: { type: Array, items: { type: String } },
      address: {
        type: Object,
        schema: { street: { type: String }, zip: { type: String } }
      },
      gs1pk: { type: String, value: 'account#' },
      gs1sk: { type: String, value: 'account#${name}' }
    },
    User: {
      pk: { type: String, value: 'account#${account}' },
      sk: { type: String, value: 'user#${email}' },
      account: { type: String, required: true },
      email: { type: String, required: true, unique: true, scope: '${account}' },
      nick: { type: String, unique: true },
      role: { type: String, enum: ['user', 'admin'], default: 'user' },
      seen: { type: Date },
      gs1pk: { type: String, value: 'user#${email}' },
      gs1sk: { type: String, value: 'user#' }
    },
    Invoice: {
      pk: { type: String, value: 'account#${account}' },
      sk: { type: String, value: 'invoice#${number}' },
      account: { type: String, required: true },
      number: { type: String, required: true },
      kind: { type: String, default: 'invoice' },
      amount: { type: Number, required: true },
      lines: { type: Array },
      paid: { type: Boolean, default: false }
    },
    Session: {
      pk: { type: String, value: 'session#${token}' },
      sk: { type: String, value: 'session#' },
      token: { type: String, generate: 'uid(16)' },
      expires: { type: Date, ttl: true }
    }
  },
  params: { isoDates: true, timestamps: true }
}

const invoices = Array.from({ length: 30 }, (_, i) => ({
  account: i % 3 === 0 ? 'a2' : 'a1',
  number: String(i).padStart(4, '0'),
  amount: ((i * 11) % 30) * 10,
  paid: i % 2 === 0
}))
const mine = invoices.filter(({ account }) => account === 'a1')
const numbers = items => items.map(({ number }) => number)

everyRoad('dynamodb-onetable: a service', ({ test, client, config }) => {
  let table
  let Account
  let User
  let Invoice

  test('creates its table', async () => {
    table = new Table({ name: 'service', client: client(), schema, partial: true })
    assert.equal(await table.exists(), false)
    await table.createTable({ wait: 10 })
    assert.equal(await table.exists(), true)
    const { Table: description } = await table.describeTable()
    assert.deepEqual(
      description.GlobalSecondaryIndexes.map(({ IndexName, Projection }) => [
        IndexName,
        Projection.ProjectionType,
        Projection.NonKeyAttributes
      ]),
      [
        ['gs1', 'KEYS_ONLY', undefined],
        ['gs2', 'INCLUDE', ['account', 'number']]
      ]
    )
    Account = table.getModel('Account')
    User = table.getModel('User')
    Invoice = table.getModel('Invoice')
  })

  test('creates items whose names are unique, in transactions', async () => {
    const acme = await Account.create({
      id: 'a1',
      name: 'Acme',
      tags: new Set(['new']),
      history: ['opened'],
      address: { street: 'Main 1', zip: '8000' }
    })
    assert.ok(acme.created instanceof Date)
    await Account.create({ id: 'a2', name: 'Bell' })
    await assert.rejects(Account.create({ id: 'a3', name: 'Acme' }), { code: 'UniqueError' })
    assert.equal(await Account.get({ id: 'a3' }), undefined)
    await User.create({ account: 'a1', email: 'ada@a.org', nick: 'ada', role: 'admin' })
    await User.create({ account: 'a1', email: 'bo@a.org', seen: new Date(1700000000000) })
    await User.create({ account: 'a2', email: 'ada@a.org', nick: 'ada2' })
    await assert.rejects(User.create({ account: 'a2', email: 'eve@a.org', nick: 'ada' }), {
      code: 'UniqueError'
    })
    const found = await Account.get({ id: 'a1' })
    assert.deepEqual(
      [found.name, found.status, [...found.tags], found.address.zip],
      ['Acme', 'active', ['new'], '8000']
    )
  })

  test('keeps unique names with updates and removals', async () => {
    await User.update({ account: 'a1', email: 'ada@a.org', nick: 'countess' }, { return: 'get' })
    await assert.rejects(
      User.update({ account: 'a1', email: 'bo@a.org', nick: 'ada2' }, { return: 'get' }),
      { code: 'UniqueError' }
    )
    await User.create({ account: 'a1', email: 'cy@a.org', nick: 'ada' })
    await User.remove({ account: 'a1', email: 'cy@a.org' })
    await User.create({ account: 'a1', email: 'cy@a.org', nick: 'ada' })
    const users = await User.find({ account: 'a1' })
    assert.deepEqual(
      users.map(({ email, nick }) => [email, nick]),
      [
        ['ada@a.org', 'countess'],
        ['bo@a.org', undefined],
        ['cy@a.org', 'ada']
      ]
    )
    assert.deepEqual(users[1].seen, new Date(1700000000000))
  })

  test('updates numbers, sets, lists and nested fields', async () => {
    const account = await Account.update(
      { id: 'a1', address: { zip: '8001' } },
      {
        add: { balance: 100, tags: new Set(['paid']) },
        push: { history: ['charged'] },
        set: { status: 'active' }
      }
    )
    assert.equal(account.balance, 100)
    assert.deepEqual([...account.tags].sort(), ['new', 'paid'])
    assert.deepEqual(account.history, ['opened', 'charged'])
    assert.deepEqual(account.address, { street: 'Main 1', zip: '8001' })
    const spent = await Account.update(
      { id: 'a1' },
      {
        set: { balance: '${balance} - {40}', 'address.street': 'Side 2' },
        delete: { tags: new Set(['new']) },
        where: '${balance} >= {40} and attribute_exists(${address.zip})'
      }
    )
    assert.deepEqual([spent.balance, spent.address.street, [...spent.tags]], [
      60,
      'Side 2',
      ['paid']
    ])
    await assert.rejects(
      Account.update({ id: 'a1' }, { add: { balance: -70 }, where: '${balance} >= {70}' }),
      error => error.code === 'ConditionalCheckFailedException'
    )
    await assert.rejects(Account.update({ id: 'a9', balance: 1 }), error => {
      assert.equal(error.code, 'ConditionalCheckFailedException')
      return true
    })
    const removed = await Account.update({ id: 'a1' }, { remove: ['history', 'address.zip'] })
    assert.deepEqual([removed.history, removed.address], [undefined, { street: 'Side 2' }])
    const upserted = await Invoice.upsert({ account: 'x', number: '1', amount: 5 })
    assert.equal(upserted.amount, 5)
    await Invoice.remove({ account: 'x', number: '1' })
  })

  test('writes and reads batches', async () => {
    for (let i = 0; i < invoices.length; i += 25) {
      const batch = {}
      for (const invoice of invoices.slice(i, i + 25)) await Invoice.create(invoice, { batch })
      assert.equal(await table.batchWrite(batch), true)
    }
    const batch = {}
    for (const { account, number } of invoices.slice(5, 12))
      await Invoice.get({ account, number }, { batch })
    await Account.get({ id: 'a2' }, { batch })
    const items = await table.batchGet(batch, { parse: true, hidden: false, consistent: true })
    assert.equal(items.length, 8)
    assert.deepEqual(
      numbers(items.filter(({ number }) => number !== undefined)).sort(),
      numbers(invoices.slice(5, 12))
    )
    assert.equal(items.find(({ number }) => number === undefined).name, 'Bell')
  })

  test('finds by key conditions, filters and fields', async () => {
    assert.deepEqual(numbers(await Invoice.find({ account: 'a1' })), numbers(mine))
    assert.deepEqual(
      numbers(
        await Invoice.find({ account: 'a1', sk: { between: ['invoice#0005', 'invoice#0010'] } })
      ),
      numbers(mine.filter(({ number }) => number >= '0005' && number <= '0010'))
    )
    assert.deepEqual(
      numbers(
        await Invoice.find(
          { account: 'a1', paid: true },
          { where: '${amount} > {100} and not begins_with(${number}, {"001"})', reverse: true }
        )
      ),
      numbers(mine.filter(i => i.paid && i.amount > 100 && !i.number.startsWith('001'))).reverse()
    )
    const listed = await Invoice.find(
      { account: 'a1' },
      {
        where: '${number} IN (@{...wanted})',
        substitutions: { wanted: ['0001', '0002', '0003'] },
        fields: ['number', 'amount']
      }
    )
    assert.deepEqual(
      listed.map(item => ({ ...item })),
      [
        { number: '0001', amount: 110 },
        { number: '0002', amount: 220 }
      ]
    )
    const { count } = await Invoice.find({ account: 'a2' }, { count: true })
    assert.equal(count, 10)
  })

  test('reads indexes, and follows one of keys only', async () => {
    const accounts = await Account.find(
      { gs1sk: { begins: 'account#B' } },
      { index: 'gs1', follow: true }
    )
    assert.deepEqual(
      accounts.map(({ id, name }) => [id, name]),
      [['a2', 'Bell']]
    )
    const user = await User.get({ email: 'bo@a.org' }, { index: 'gs1', follow: true })
    assert.deepEqual([user.account, user.role], ['a1', 'user'])
    const big = await Invoice.find(
      { kind: 'invoice', amount: { '>=': 250 } },
      { index: 'gs2', hidden: true, parse: true }
    )
    assert.deepEqual(
      numbers(big),
      numbers(invoices.filter(({ amount }) => amount >= 250).sort((a, b) => a.amount - b.amount))
    )
    const local = await Invoice.find(
      { account: 'a1', amount: { '<': 60 } },
      { index: 'ls1', consistent: true }
    )
    assert.deepEqual(
      numbers(local),
      numbers(mine.filter(({ amount }) => amount < 60).sort((a, b) => a.amount - b.amount))
    )
  })

  test('pages forwards and backwards, and over whole scans', async () => {
    const pages = []
    let next
    do {
      const page = await Invoice.find({ account: 'a1' }, { limit: 6, next })
      if (page.length > 0) pages.push(page)
      next = page.next
    } while (next !== undefined)
    assert.deepEqual(pages.flatMap(numbers), numbers(mine))
    assert.deepEqual(pages.map(({ length }) => length), [6, 6, 6, 2])
    const back = await Invoice.find({ account: 'a1' }, { limit: 6, prev: pages[2].prev })
    assert.deepEqual(numbers(back), numbers(pages[1]))

    const scanned = []
    do {
      const page = await Invoice.scan({ paid: true }, { limit: 7, next })
      scanned.push(...numbers(page))
      next = page.next
    } while (next !== undefined)
    assert.deepEqual(scanned.sort(), numbers(invoices.filter(({ paid }) => paid)))
    const segments = await Promise.all(
      [0, 1, 2].map(segment => Invoice.scan({}, { segments: 3, segment }))
    )
    assert.deepEqual(segments.flatMap(numbers).sort(), numbers(invoices))
    const items = await table.fetch(['Account', 'User'], { pk: 'account#a1' })
    assert.deepEqual([items.Account.length, items.User.length], [1, 3])
  })

  test('moves money in a transaction, or not at all', async () => {
    const move = async amount => {
      const transaction = {}
      await Account.update(
        { id: 'a1' },
        { add: { balance: -amount }, where: `\${balance} >= {${amount}}`, transaction }
      )
      await Account.update({ id: 'a2' }, { add: { balance: amount }, transaction })
      await User.check({ account: 'a1', email: 'ada@a.org' }, { exists: true, transaction })
      await Invoice.create(
        { account: 'a2', number: `move-${amount}`, amount },
        { transaction }
      )
      await table.transact('write', transaction)
    }
    await move(50)
    await assert.rejects(move(20), error => {
      assert.equal(error.code, 'TransactionCanceledException')
      assert.deepEqual(
        error.context.err.CancellationReasons.map(({ Code }) => Code),
        ['ConditionalCheckFailed', 'None', 'None', 'None']
      )
      return true
    })
    const transaction = {}
    await Account.get({ id: 'a1' }, { transaction })
    await Account.get({ id: 'a2' }, { transaction })
    await Invoice.get({ account: 'a2', number: 'move-20' }, { transaction })
    const items = await table.transact('get', transaction, { parse: true, hidden: true })
    assert.deepEqual(
      items.map(({ balance }) => balance),
      [10, 50]
    )
  })

  test('keeps expiry times for the table', async () => {
    const expiring = new Table({ name: 'expiring', client: client(), schema, partial: true })
    await expiring.createTable({
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true }
    })
    const { TimeToLiveDescription } = await client().send(
      new DescribeTimeToLiveCommand({ TableName: 'expiring' })
    )
    assert.deepEqual(TimeToLiveDescription, {
      AttributeName: 'expires',
      TimeToLiveStatus: 'ENABLED'
    })
    const Session = expiring.getModel('Session')
    const expires = new Date(Math.floor(Date.now() / 1000) * 1000 + 3600000)
    const { token } = await Session.create({ expires })
    const session = await Session.get({ token })
    assert.deepEqual(session.expires, expires)
    const raw = await Session.get({ token }, { hidden: true, parse: false })
    assert.deepEqual(raw.expires, { N: String(expires.getTime() / 1000) })
  })

  test('changes its indexes, and deletes items and the table', async () => {
    await table.updateTable({ remove: { name: 'gs2' } })
    const { Table: after } = await table.describeTable()
    assert.deepEqual(
      after.GlobalSecondaryIndexes.filter(({ IndexStatus }) => IndexStatus === 'ACTIVE').map(
        ({ IndexName }) => IndexName
      ),
      ['gs1']
    )
    const removed = await Invoice.remove({ account: 'a1' }, { many: true })
    assert.equal(removed.length, mine.length)
    assert.deepEqual([...(await Invoice.find({ account: 'a1' }))], [])
    await assert.rejects(
      Invoice.remove({ account: 'a1', number: '0001' }, { exists: true }),
      error => error.code === 'ConditionalCheckFailedException'
    )
    await table.deleteTable('DeleteTableForever')
    await waitUntilTableNotExists(
      { client: client(), maxWaitTime: 10, minDelay: 1, maxDelay: 1 },
      { TableName: 'service' }
    )
    assert.equal(await table.exists(), false)
  })

  test('reads its entities from a stream', async () => {
    await table.createTable({
      wait: 10,
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' }
    })
    await Account.create({ id: 'a1', name: 'Acme' })
    await Account.update({ id: 'a1' }, { add: { balance: 7 } })
    await Invoice.create({ account: 'a1', number: '1', amount: 5 })
    await Invoice.remove({ account: 'a1', number: '1' })

    const streams = new DynamoDBStreamsClient(config())
    const { Table: description } = await table.describeTable()
    const StreamArn = description.LatestStreamArn
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }))
    const records = []
    for (const { ShardId } of StreamDescription.Shards) {
      let { ShardIterator } = await streams.send(
        new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
      )
      for (let reads = 0; ShardIterator && reads < 3; reads++) {
        const { Records, NextShardIterator } = await streams.send(
          new GetRecordsCommand({ ShardIterator, Limit: 3 })
        )
        records.push(...Records)
        ShardIterator = NextShardIterator
      }
    }
    streams.destroy()
    const changes = table.stream(records)
    assert.deepEqual(
      changes.Account.map(change => [change.type, change.old?.balance, change.new?.balance]),
      [
        ['INSERT', undefined, 0],
        ['MODIFY', 0, 7]
      ]
    )
    assert.deepEqual(
      changes.Invoice.map(change => [change.type, change.old?.amount, change.new?.amount]),
      [
        ['INSERT', undefined, 5],
        ['REMOVE', 5, undefined]
      ]
    )
  })
})
