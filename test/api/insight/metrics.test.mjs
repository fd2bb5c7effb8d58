// db.metrics: calls, errors, capacity and time of all requests, whatever road they take.
import assert from 'node:assert/strict'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { clientConfig } from 'ddblite/aws'
import { EngineClient } from 'ddblite'
import { everyTarget, tableInput } from '../support/targets.mjs'

const item = (pk, more = {}) => ({ pk: { S: pk }, ...more })

/* What ReturnConsumedCapacity reports of one request, by table and index. */
function reported (answer, sums) {
  for (const used of [answer.ConsumedCapacity ?? []].flat()) {
    const sum = sums[used.TableName] ??= { all: 0, indexes: {} }
    sum.all += used.CapacityUnits
    for (const indexes of [used.GlobalSecondaryIndexes, used.LocalSecondaryIndexes]) {
      for (const [name, { CapacityUnits }] of Object.entries(indexes ?? {})) {
        sum.indexes[name] = (sum.indexes[name] ?? 0) + CapacityUnits
      }
    }
  }
}

everyTarget('metrics', ({ test, send, db, makeTable }) => {
  const fresh = async () => {
    await db().metrics.reset()
    return db().metrics
  }

  test('are off, and cost nothing, until they are asked for', async () => {
    const other = new EngineClient()
    assert.equal(Object.hasOwn(other, 'execute'), false)
    await other.execute('ListTables')
    assert.equal(other.metrics.on, true)
    assert.deepEqual((await other.metrics.read()).operations, {})
    await other.execute('ListTables')
    assert.equal((await other.metrics.stop()).operations.ListTables.calls, 1)
    assert.equal(Object.hasOwn(other, 'execute'), false)
    assert.equal(other.metrics.on, false)
    await other.close()
  })

  test('the option counts from the first call on', async () => {
    const other = new EngineClient({ metrics: true })
    await other.execute('ListTables')
    const { operations, since } = await other.metrics.read()
    assert.equal(operations.ListTables.calls, 1)
    assert.ok(Date.now() - since < 60000)
    const fork = await other.fork()
    await fork.execute('ListTables')
    assert.equal((await fork.metrics.read()).operations.ListTables.calls, 1)
    await other.close()
    await fork.close()
    assert.throws(() => new EngineClient({ metrics: 1 }), /metrics must be true or false/)
  })

  test('count calls, errors by their names, and bytes', async () => {
    const TableName = await makeTable({})
    const metrics = await fresh()
    await send('PutItem', { TableName, Item: item('a') })
    await assert.rejects(send('PutItem', { TableName, Item: {} }))
    await assert.rejects(send('PutItem', { TableName: 'none', Item: item('a') }))
    await assert.rejects(send('PutItem', { TableName, Item: {} }))
    const { operations: { PutItem } } = await metrics.read()
    assert.equal(PutItem.calls, 4)
    assert.deepEqual(PutItem.errors, { ValidationException: 2, ResourceNotFoundException: 1 })
    assert.ok(PutItem.requestBytes > 100 && PutItem.replyBytes > 100)
  })

  // Evidence: the sums are those of ReturnConsumedCapacity, which test/api/capacity checks.
  test('capacity is exactly what all operations report, per table and index', async () => {
    const TableName = await makeTable({
      range: 'sk:N', gsis: { byG: { hash: 'g', project: 'KEYS_ONLY' } }, lsis: { byL: { range: 'l' } }
    })
    const Other = await makeTable({})
    const big = { S: 'x'.repeat(5000) }
    const full = n => ({ pk: { S: 'a' }, sk: { N: String(n) }, g: { S: 'g' }, l: { S: 'l' }, big })
    const Key = { pk: { S: 'a' }, sk: { N: '1' } }
    const token = 'the same token'
    const requests = [
      ['PutItem', { TableName, Item: full(1) }],
      ['PutItem', { TableName, Item: full(1) }],
      ['UpdateItem', {
        TableName,
        Key,
        UpdateExpression: 'SET g = :g',
        ExpressionAttributeValues: { ':g': { S: 'h' } }
      }],
      ['BatchWriteItem', {
        RequestItems: {
          [TableName]: [{ PutRequest: { Item: full(2) } }, { PutRequest: { Item: full(3) } }],
          [Other]: [{ PutRequest: { Item: item('o') } }]
        }
      }],
      ['TransactWriteItems', {
        ClientRequestToken: token,
        TransactItems: [
          { Put: { TableName, Item: full(4) } },
          { Delete: { TableName: Other, Key: item('o') } }
        ]
      }],
      ['TransactWriteItems', {
        ClientRequestToken: token,
        TransactItems: [
          { Put: { TableName, Item: full(4) } },
          { Delete: { TableName: Other, Key: item('o') } }
        ]
      }],
      ['GetItem', { TableName, Key, ConsistentRead: true }],
      ['GetItem', { TableName, Key: { ...Key, sk: { N: '99' } } }],
      ['BatchGetItem', { RequestItems: { [TableName]: { Keys: [Key] }, [Other]: { Keys: [item('o')] } } }],
      ['TransactGetItems', { TransactItems: [{ Get: { TableName, Key } }] }],
      ['Query', {
        TableName,
        IndexName: 'byG',
        KeyConditionExpression: 'g = :g',
        ExpressionAttributeValues: { ':g': { S: 'g' } }
      }],
      ['Query', {
        TableName,
        IndexName: 'byL',
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'a' } }
      }],
      ['Scan', { TableName, Limit: 2 }],
      ['ExecuteStatement', { Statement: `SELECT * FROM ${TableName} WHERE pk IN ['a', 'b']` }],
      ['ExecuteStatement', { Statement: `INSERT INTO ${Other} VALUE {'pk': 'p'}` }],
      ['BatchExecuteStatement', {
        Statements: [
          { Statement: `SELECT * FROM ${Other} WHERE pk = 'p'` },
          { Statement: `SELECT * FROM ${Other} WHERE pk = 'q'` }
        ]
      }],
      ['ExecuteTransaction', {
        TransactStatements: [{ Statement: `UPDATE ${Other} SET v = 1 WHERE pk = 'p'` }]
      }],
      ['DeleteItem', { TableName, Key }]
    ]
    const metrics = await fresh()
    const sums = {}
    const byOperation = {}
    for (const [operation, request] of requests) {
      const answer = await send(operation, { ...request, ReturnConsumedCapacity: 'INDEXES' })
      reported(answer, sums)
      const own = {}
      reported(answer, own)
      byOperation[operation] = (byOperation[operation] ?? 0) +
        Object.values(own).reduce((sum, { all }) => sum + all, 0)
    }
    const { tables, operations } = await metrics.reset()
    for (const name of [TableName, Other]) {
      assert.equal(tables[name].readUnits + tables[name].writeUnits, sums[name].all, name)
      for (const [index, units] of Object.entries(sums[name].indexes)) {
        const counted = tables[name].indexes[index]
        assert.equal(counted.readUnits + counted.writeUnits, units, index)
      }
      assert.deepEqual(Object.keys(tables[name].indexes).sort(),
        Object.keys(sums[name].indexes).sort())
    }
    for (const [operation, units] of Object.entries(byOperation)) {
      const { readUnits, writeUnits } = operations[operation]
      assert.equal(readUnits + writeUnits, units, operation)
    }

    /* The same requests without a report cost the same, whoever asks. */
    for (const n of [1, 2, 3, 4]) {
      await send('DeleteItem', { TableName, Key: { pk: { S: 'a' }, sk: { N: String(n) } } })
    }
    await send('DeleteItem', { TableName: Other, Key: item('p') })
    await metrics.reset()
    for (const [operation, request] of requests) {
      const ClientRequestToken = request.ClientRequestToken && 'another'
      await send(operation, { ...request, ClientRequestToken })
    }
    const again = (await metrics.read()).tables
    for (const name of [TableName, Other]) {
      assert.deepEqual(again[name].indexes, tables[name].indexes)
    }
  })

  // Evidence: AWS, "Read/write capacity": a conditional write that fails consumes write units of
  // the item that stands there.
  test('a failed condition costs a write of the item', async () => {
    const TableName = await makeTable({})
    await send('PutItem', { TableName, Item: item('a', { v: { S: 'x'.repeat(2500) } }) })
    const metrics = await fresh()
    await assert.rejects(send('DeleteItem', {
      TableName, Key: item('a'), ConditionExpression: 'attribute_not_exists(pk)'
    }), { name: 'ConditionalCheckFailedException' })
    const { tables, operations } = await metrics.read()
    assert.equal(tables[TableName].writeUnits, 3)
    assert.equal(tables[TableName].itemsWritten, 0)
    assert.deepEqual(operations.DeleteItem.errors, { ConditionalCheckFailedException: 1 })
  })

  test('count items read, returned and written', async () => {
    const TableName = await makeTable({})
    const metrics = await fresh()
    for (const pk of ['a', 'b', 'c']) await send('PutItem', { TableName, Item: item(pk) })
    await send('Scan', {
      TableName, FilterExpression: 'pk = :a', ExpressionAttributeValues: { ':a': { S: 'a' } }
    }).catch(() => {})
    await send('Scan', {
      TableName,
      FilterExpression: 'size(pk) > :n AND attribute_exists(v)',
      ExpressionAttributeValues: { ':n': { N: '0' } }
    }).catch(() => {})
    const table = (await metrics.read()).tables[TableName]
    assert.equal(table.itemsWritten, 3)
    assert.equal(table.operations.PutItem.writeUnits, 3)
    assert.equal(table.itemsRead, table.operations.Scan.itemsRead)
    assert.ok(table.itemsRead === 3 || table.itemsRead === 6)
    assert.ok(table.itemsReturned < table.itemsRead)
  })

  test('a cancelled transaction writes nothing, and its prepared items are paid for', async () => {
    const TableName = await makeTable({})
    const metrics = await fresh()
    await assert.rejects(send('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName, Item: item('a') } },
        { ConditionCheck: { TableName, Key: item('b'), ConditionExpression: 'attribute_exists(pk)' } }
      ]
    }), { name: 'TransactionCanceledException' })
    const table = (await metrics.read()).tables[TableName]
    assert.equal(table.itemsWritten, 0)
    assert.equal(table.writeUnits, 4)
  })

  test('cover HTTP, the SDK and execute() alike', async () => {
    const TableName = await makeTable({})
    const metrics = await fresh()
    const sdk = new DynamoDBClient(clientConfig(db()))
    await sdk.send(new PutItemCommand({ TableName, Item: item('sdk') }))
    await db().dispatchHttp('DynamoDB_20120810.PutItem',
      JSON.stringify({ TableName, Item: item('http') }))
    await db().execute('PutItem', { TableName, Item: item('own') })
    const { operations, slowest } = await metrics.read()
    assert.equal(operations.PutItem.calls, 3)
    assert.equal(operations.PutItem.writeUnits, 3)
    assert.equal(operations.PutItem.latency.count, 3)
    assert.equal(slowest.filter(({ operation }) => operation === 'PutItem').length, 3)
  })

  test('keep a histogram of latencies, and the slowest requests', async () => {
    const TableName = await makeTable({})
    const metrics = await fresh()
    for (let i = 0; i < 40; i++) {
      await send('PutItem', { TableName, Item: item(`k${i}`, { v: { S: 'x'.repeat(i * 20) } }) })
    }
    const { operations: { PutItem: { latency } }, slowest } = await metrics.read()
    assert.equal(latency.count, 40)
    assert.equal(latency.histogram.reduce((sum, { count }) => sum + count, 0), 40)
    assert.ok(latency.meanMs > 0 && latency.meanMs <= latency.maxMs)
    assert.ok(latency.p50Ms <= latency.p95Ms && latency.p95Ms <= latency.p99Ms)
    assert.ok(latency.p99Ms <= latency.maxMs)
    assert.equal(slowest.length, 20)
    assert.ok(slowest.every(({ ms }, at) => at === 0 || ms <= slowest[at - 1].ms))
    assert.match(slowest[0].request, /"TableName"/)
    assert.ok(slowest.every(({ request }) => request.length <= 203))
  })

  test('do not count themselves', async () => {
    const metrics = await fresh()
    await db().info()
    await metrics.read()
    assert.deepEqual((await metrics.read()).operations, {})
  })

  test('reset() gives what was, and begins anew', async () => {
    await fresh()
    await send('ListTables')
    assert.equal((await db().metrics.reset()).operations.ListTables.calls, 1)
    const after = await db().metrics.read()
    assert.deepEqual([after.operations, after.tables, after.slowest], [{}, {}, []])
  })
})

everyTarget('metrics of a new client', ({ test, db }) => {
  test('may be touched before anything is opened', async () => {
    const { metrics } = db()
    await db().execute('CreateTable', tableInput('First', {}))
    assert.equal((await metrics.read()).operations.CreateTable.calls, 1)
  })
})
