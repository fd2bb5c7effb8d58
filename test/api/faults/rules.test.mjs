/*
 * rules.test.mjs - which calls a fault meets, and what it answers.
 *
 * Evidence: the names, status and envelopes are the service model's (AWS SDK, 2026); default texts
 * are the developer guide's, "Error handling with DynamoDB", and captures where the facts have
 * them.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'

const THROUGHPUT = 'The level of configured provisioned throughput for the table was exceeded. ' +
  'Consider increasing your provisioning level with the UpdateTable API.'
const THROUGHPUT_INDEX = 'The level of configured provisioned throughput for one or more global ' +
  'secondary indexes of the table was exceeded. Consider increasing your provisioning level for ' +
  'the under-provisioned global secondary indexes with the UpdateTable API.'

const PTE = 'ProvisionedThroughputExceededException'

/* 'ok' or the error's name of each call. */
const outcomes = async calls => {
  const names = []
  for (const call of calls) names.push(await call().then(() => 'ok', error => error.name))
  return names
}

everyTarget('Faults that throw', ({ test, send, makeTable, db }) => {
  let TableName, put, get

  const again = async () => {
    await db().faults.clear()
    TableName = await makeTable({ range: 'sk:N', gsis: { byG: { hash: 'g' } } })
    put = (pk, n = 0) =>
      send('PutItem', { TableName, Item: { pk: { S: pk }, sk: { N: String(n) } } })
    get = (pk, n = 0) =>
      send('GetItem', { TableName, Key: { pk: { S: pk }, sk: { N: String(n) } } })
  }

  test('answer with the exception\'s envelope, status and text', async () => {
    await again()
    await db().faults.add({ op: 'PutItem', throw: PTE })
    const error = await rejects(put('a'), PTE, THROUGHPUT)
    assert.equal(error.type, `com.amazonaws.dynamodb.v20120810#${PTE}`)
    assert.equal(error.statusCode, 400)
    const arn = (await send('DescribeTable', { TableName })).Table.TableArn
    assert.deepEqual(error.ThrottlingReasons,
      [{ reason: 'TableWriteProvisionedThroughputExceeded', resource: arn }])
    assert.deepEqual(await get('a'), {}, 'nothing was written')
  })

  test('meet the operation, the table, the index and the key that they name', async () => {
    await again()
    const other = await makeTable()
    await db().faults.add({ op: 'GetItem', table: TableName, throw: PTE })
    assert.deepEqual(await outcomes([
      () => get('a'), () => put('a'), () => send('GetItem', { TableName: other, Key: { pk: { S: 'a' } } })
    ]), [PTE, 'ok', 'ok'])

    await db().faults.clear()
    await db().faults.add({ key: { pk: { S: 'a' }, sk: { N: '1.0' } }, throw: PTE })
    await db().faults.add({ key: [{ pk: { S: 'x' } }, { pk: { S: 'y' } }], throw: 'InternalServerError' })
    assert.deepEqual(await outcomes([
      () => put('a', 1), () => get('a', 1), () => put('a', 2), () => put('x', 1), () => get('y', 7),
      () => send('Query', {
        TableName,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'x' } }
      }),
      () => send('Scan', { TableName })
    ]), [PTE, PTE, 'ok', 'InternalServerError', 'InternalServerError', 'InternalServerError', 'ok'])

    await db().faults.clear()
    await db().faults.add({ index: 'byG', throw: PTE })
    await rejects(send('Scan', { TableName, IndexName: 'byG' }), PTE, THROUGHPUT_INDEX)
    const error = await rejects(put('a'), PTE, THROUGHPUT_INDEX)
    assert.match(error.ThrottlingReasons[0].resource, /\/index\/byG$/)
    assert.equal(error.ThrottlingReasons[0].reason, 'IndexWriteProvisionedThroughputExceeded')
    assert.deepEqual(await outcomes([() => get('a'), () => send('Scan', { TableName })]), ['ok', 'ok'])
  })

  test('meet the nth call and as many as they say, and count both', async () => {
    await again()
    const third = await db().faults.add({ op: 'PutItem', nth: 3, throw: PTE })
    const twice = await db().faults.add({ op: 'GetItem', nth: 2, times: 2, throw: PTE })
    const calls = Array(5)
    assert.deepEqual(await outcomes(calls.fill(() => put('a'))), ['ok', 'ok', PTE, 'ok', 'ok'])
    assert.deepEqual(await outcomes(calls.fill(() => get('a'))), ['ok', PTE, PTE, 'ok', 'ok'])
    const list = await db().faults.list()
    assert.deepEqual(list.map(({ id, calls, hits }) => [id, calls, hits]),
      [[third.id, 5, 1], [twice.id, 5, 2]])
    await third.remove()
    assert.equal(await third.info(), undefined)
    assert.equal((await twice.info()).op, 'GetItem')
    await db().faults.clear()
    assert.deepEqual(await db().faults.list(), [])
  })

  test('count calls of one burst in their order, and leave the others done', async () => {
    await again()
    const fault = await db().faults.add({ op: 'PutItem', nth: 3, times: 2, throw: PTE })
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const results = await Promise.allSettled(names.map(pk => put(pk)))
    assert.deepEqual(results.map(({ reason }) => reason?.name ?? 'ok'),
      ['ok', 'ok', PTE, PTE, 'ok', 'ok'])
    const { Items } = await send('Scan', { TableName })
    assert.deepEqual(Items.map(({ pk }) => pk.S).sort(), ['a', 'b', 'e', 'f'])
    const { calls, hits } = await fault.info()
    assert.deepEqual([calls, hits], [6, 2])
    await db().faults.clear()
  })

  test('meet the same calls each time when they are drawn by a seed', async () => {
    const run = async seed => {
      await again()
      await db().faults.add({ op: 'PutItem', probability: 0.5, seed, throw: PTE })
      return outcomes(Array(40).fill(() => put('a')))
    }
    const first = await run(7)
    assert.deepEqual(await run(7), first)
    assert.notDeepEqual(await run(8), first)
    const met = first.filter(name => name === PTE).length
    assert.ok(met > 8 && met < 32, `${met} of 40`)
  })

  test('come after what is wrong with the request, and before its condition', async () => {
    await again()
    await put('a')
    await db().faults.add({ throw: PTE })
    await invalid(send('PutItem', { TableName, Item: { pk: { S: 'a' } } }), /Missing the key sk/)
    await rejects(send('GetItem', { TableName: 'absent', Key: { pk: { S: 'a' } } }),
      'ResourceNotFoundException')
    await rejects(send('PutItem', {
      TableName,
      Item: { pk: { S: 'a' }, sk: { N: '0' } },
      ConditionExpression: 'attribute_not_exists(pk)'
    }), PTE)
  })

  test('leave the other operations of a burst alone', async () => {
    await again()
    await db().faults.add({ op: 'PutItem', nth: 2, throw: 'InternalServerError' })
    const results = await Promise.allSettled(['a', 'b', 'c'].map(pk => put(pk)))
    assert.deepEqual(results.map(result => result.status), ['fulfilled', 'rejected', 'fulfilled'])
    assert.equal((await send('Scan', { TableName })).Count, 2)
  })

  test('meet PartiQL by its operations', async () => {
    await again()
    await put('a')
    const select = { Statement: `SELECT * FROM ${TableName} WHERE pk = 'a' AND sk = 0` }
    const insert = { Statement: `INSERT INTO ${TableName} VALUE {'pk': 'b', 'sk': 0}` }
    await db().faults.add({ op: 'ExecuteStatement', throw: 'RequestLimitExceeded' })
    for (const statement of [select, insert])
      await rejects(send('ExecuteStatement', statement), 'RequestLimitExceeded',
        /^Throughput exceeds the current throughput limit for your account\./)
    await db().faults.clear()
    await db().faults.add({ op: 'BatchExecuteStatement', throw: PTE })
    await rejects(send('BatchExecuteStatement', { Statements: [insert] }), PTE)
    await db().faults.clear()
    await db().faults.add({ op: 'ExecuteTransaction', throw: 'TransactionInProgressException' })
    await rejects(send('ExecuteTransaction', { TransactStatements: [insert] }),
      'TransactionInProgressException',
      'The transaction with the given request token is already in progress.')
    assert.equal((await send('Scan', { TableName })).Count, 1)
  })

  test('meet control operations by name and table', async () => {
    await again()
    await db().faults.add({ op: 'UpdateTable', table: TableName, throw: 'LimitExceededException' })
    await db().faults.add({ op: 'ListTables', throw: 'ThrottlingException' })
    await db().faults.add({ op: 'TagResource', table: TableName, throw: 'AccessDeniedException' })
    const { TableArn } = (await send('DescribeTable', { TableName })).Table
    await rejects(send('UpdateTable', { TableName, DeletionProtectionEnabled: true }),
      'LimitExceededException', 'Too many operations for a given subscriber.')
    await rejects(send('ListTables', {}), 'ThrottlingException',
      'Rate of requests exceeds the allowed throughput.')
    await rejects(
      send('TagResource', { ResourceArn: TableArn, Tags: [{ Key: 'a', Value: 'b' }] }),
      'AccessDeniedException', /is not authorized to perform: dynamodb:TagResource/)
  })

  test('give a message of their own, when they have one', async () => {
    await again()
    await db().faults.add({ throw: 'InternalServerError', message: 'tea break' })
    const error = await rejects(put('a'), 'InternalServerError', 'tea break')
    assert.equal(error.statusCode, 500)
    assert.equal(error.$fault, 'server')
  })

  test('are refused when they could never come', async () => {
    await again()
    const { faults } = db()
    const bad = (rule, message) => assert.rejects(faults.add(rule), message)
    await bad({ op: 'PutItems', throw: PTE }, TypeError)
    await bad({ operation: 'PutItem', throw: PTE }, TypeError)
    await bad({ op: 'PutItem', throw: 'NoSuchException' }, { name: 'BadArgument' })
    await bad({ op: 'PutItem', throw: 'StorageBusy' }, { name: 'BadArgument' })
    await bad({ op: 'TransactWriteItems', throw: 'TransactionCanceledException' }, /use Cancel/)
    await bad({ op: 'TransactWriteItems', cancel: 'Tired' }, /no code Tired/)
    await bad({ op: 'PutItem' }, { name: 'BadArgument' })
    await bad({ op: 'PutItem', throw: PTE, cancel: 'ThrottlingError' }, { name: 'BadArgument' })
    await bad({ op: 'PutItem', throw: PTE, nth: 0 }, { name: 'ValidationException' })
    await bad({ op: 'PutItem', throw: PTE, probability: 2 }, { name: 'BadArgument' })
    await bad({ op: 'BatchGetItem', unprocessed: 0 }, TypeError)
    assert.deepEqual(await faults.list(), [])
  })
})

everyTarget('Faults of transactions', ({ test, send, makeTable, db }) => {
  const conflict = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }

  test('cancel all actions, those with a key, or those at a place', async () => {
    const TableName = await makeTable()
    const write = (...keys) => send('TransactWriteItems', {
      TransactItems: keys.map(pk => ({ Put: { TableName, Item: { pk: { S: pk } } } }))
    })
    const read = (...keys) => send('TransactGetItems', {
      TransactItems: keys.map(pk => ({ Get: { TableName, Key: { pk: { S: pk } } } }))
    })
    await db().faults.add({ op: 'TransactWriteItems', cancel: 'TransactionConflict', times: 1 })
    const all = await rejects(write('a', 'b'), 'TransactionCanceledException',
      'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
      '[TransactionConflict, TransactionConflict]')
    assert.deepEqual(all.CancellationReasons, [conflict, conflict])
    await write('a', 'b')

    await db().faults.add({ key: { pk: { S: 'b' } }, cancel: 'TransactionConflict', times: 2 })
    for (const run of [write, read]) {
      const error = await rejects(run('a', 'b'), 'TransactionCanceledException')
      assert.deepEqual(error.CancellationReasons, [{ Code: 'None' }, conflict])
    }

    await db().faults.add({
      cancel: ['ThrottlingError', 'None', 'ProvisionedThroughputExceeded'], times: 1
    })
    const three = await rejects(write('a', 'b', 'c'), 'TransactionCanceledException',
      /\[ThrottlingError, None, ProvisionedThroughputExceeded\]$/)
    assert.match(three.CancellationReasons[0].Message,
      /^Throughput exceeds the current capacity of your table or index\./)
    assert.equal(three.CancellationReasons[2].Message, THROUGHPUT)
    await write('a', 'b', 'c')

    const Indexed = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await db().faults.add({ index: 'byG', cancel: 'ThrottlingError', times: 1 })
    const index = await rejects(send('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName: Indexed, Item: { pk: { S: 'a' }, g: { S: 'g' } } } }
      ]
    }), 'TransactionCanceledException')
    assert.equal(index.CancellationReasons[0].Message,
      'Throughput exceeds the current capacity for one or more global secondary indexes. ' +
      'DynamoDB is automatically scaling your index so please try again shortly.')
    await db().faults.clear()
  })

  test('cancel transactions of statements', async () => {
    const TableName = await makeTable()
    const insert = pk => ({ Statement: `INSERT INTO ${TableName} VALUE {'pk': '${pk}'}` })
    const select = pk => ({ Statement: `SELECT * FROM ${TableName} WHERE pk = '${pk}'` })
    await db().faults.add({ op: 'ExecuteTransaction', cancel: { 1: 'TransactionConflict' }, times: 2 })
    for (const statement of [insert, select]) {
      const error = await rejects(send('ExecuteTransaction',
        { TransactStatements: [statement('a'), statement('b')] }), 'TransactionCanceledException')
      assert.deepEqual(error.CancellationReasons, [{ Code: 'None' }, conflict])
    }
    await send('ExecuteTransaction', { TransactStatements: [insert('a'), insert('b')] })
    await db().faults.clear()
  })
})

everyTarget('Faults of batches', ({ test, send, makeTable, db }) => {
  const put = pk => ({ PutRequest: { Item: { pk: { S: pk }, n: { N: '1' } } } })
  const drop = pk => ({ DeleteRequest: { Key: { pk: { S: pk } } } })

  test('leave writes unprocessed, by number, key or all', async () => {
    const one = await makeTable()
    const two = await makeTable()
    const write = items => send('BatchWriteItem', { RequestItems: items })
    const RequestItems = { [one]: [put('a'), drop('b')], [two]: [put('c')] }

    await db().faults.add({ op: 'BatchWriteItem', unprocessed: 'all', times: 1 })
    assert.deepEqual((await write(RequestItems)).UnprocessedItems, RequestItems)
    assert.equal((await send('Scan', { TableName: one })).Count, 0)

    await db().faults.add({ op: 'BatchWriteItem', unprocessed: 2, times: 1 })
    assert.deepEqual((await write(RequestItems)).UnprocessedItems, { [one]: [put('a'), drop('b')] })
    assert.equal((await send('Scan', { TableName: two })).Count, 1)

    await db().faults.add({ key: { pk: { S: 'c' } }, unprocessed: 'all' })
    const { UnprocessedItems } = await write(RequestItems)
    assert.deepEqual(UnprocessedItems, { [two]: [put('c')] })
    await db().faults.clear()
    assert.deepEqual((await write(UnprocessedItems)).UnprocessedItems, {})
  })

  test('leave keys unprocessed, with the parameters of their table', async () => {
    const TableName = await makeTable()
    for (const pk of ['a', 'b', 'c'])
      await send('PutItem', { TableName, Item: { pk: { S: pk }, n: { N: '1' } } })
    const parameters = {
      ConsistentRead: true,
      ProjectionExpression: '#p',
      ExpressionAttributeNames: { '#p': 'pk' }
    }
    const Keys = ['a', 'b', 'c'].map(pk => ({ pk: { S: pk } }))
    await db().faults.add({ op: 'BatchGetItem', key: { pk: { S: 'b' } }, unprocessed: 1, times: 1 })
    const first = await send('BatchGetItem', { RequestItems: { [TableName]: { Keys, ...parameters } } })
    assert.deepEqual(first.Responses[TableName], [{ pk: { S: 'a' } }, { pk: { S: 'c' } }])
    assert.deepEqual(first.UnprocessedKeys, { [TableName]: { Keys: [Keys[1]], ...parameters } })
    const second = await send('BatchGetItem', { RequestItems: first.UnprocessedKeys })
    assert.deepEqual(second.Responses, { [TableName]: [{ pk: { S: 'b' } }] })
    assert.deepEqual(second.UnprocessedKeys, {})
    await db().faults.clear()
  })

  test('fail statements one by one', async () => {
    const TableName = await makeTable()
    const Statements = ['a', 'b'].map(pk =>
      ({ Statement: `INSERT INTO ${TableName} VALUE {'pk': '${pk}'}` }))
    const errors = async () => (await send('BatchExecuteStatement', { Statements })).Responses
      .map(({ Error }) => Error?.Code ?? 'ok')
    await db().faults.add({ op: 'BatchExecuteStatement', unprocessed: 1, times: 1 })
    assert.deepEqual(await errors(), ['ThrottlingError', 'ok'])
    await db().faults.add({
      op: 'BatchExecuteStatement',
      key: { pk: { S: 'b' } },
      unprocessed: 'all',
      code: 'InternalServerError'
    })
    assert.deepEqual(await errors(), ['ok', 'InternalServerError'])
    await db().faults.clear()
  })
})
