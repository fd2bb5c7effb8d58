/*
 * lag.test.mjs - reads that see what was there a while ago.
 *
 * Evidence: AWS Developer Guide, "Read consistency": reads from global secondary indexes, and reads
 * that are not strongly consistent, might not reflect the results of a recent write.
 *
 * The last test compares with the state that a second table had: whatever a lagging read can be
 * asked, it must answer as a table would that nobody has written to since.
 */
import assert from 'node:assert/strict'
import { everyTarget, rejects, tableInput } from '../support/targets.mjs'

const sleepless = { clock: { now: 1_700_000_000_000 } }

everyTarget('Reads that lag', ({ test, send, makeTable, db }) => {
  const put = (TableName, pk, more) =>
    send('PutItem', { TableName, Item: { pk: { S: pk }, ...more } })
  const query = async (TableName, IndexName, name, value, more) => {
    const { Items } = await send('Query', {
      TableName,
      IndexName,
      KeyConditionExpression: '#k = :v',
      ExpressionAttributeNames: { '#k': name },
      ExpressionAttributeValues: { ':v': value },
      ...more
    })
    return Items.map(item => item.pk.S)
  }

  test('see a global index as it was, until the clock has advanced', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' }, byH: { hash: 'h' } } })
    const g = () => query(t, 'byG', 'g', { S: 'x' })
    await put(t, 'old', { g: { S: 'x' } })
    const lag = await db().faults.lag({ table: t, index: 'byG', ms: 5000 })
    assert.deepEqual(await g(), ['old'], 'what was there before the lag')
    await put(t, 'new', { g: { S: 'x' }, h: { S: 'x' } })
    await send('DeleteItem', { TableName: t, Key: { pk: { S: 'old' } } })
    assert.deepEqual(await g(), ['old'])
    assert.deepEqual(await query(t, 'byH', 'h', { S: 'x' }), ['new'], 'another index')
    assert.equal((await send('Scan', { TableName: t })).Count, 1, 'the table itself')
    assert.equal((await send('Scan', { TableName: t, IndexName: 'byG', Select: 'COUNT' })).Count, 1)
    await db().clock.advance(4999)
    assert.deepEqual(await g(), ['old'])
    await db().clock.advance(1)
    assert.deepEqual(await g(), ['new'])
    assert.ok((await lag.info()).hits >= 4)
    await lag.remove()
  })

  test('see what a transaction or a batch wrote at one moment, and together', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' } } })
    const of = value => query(t, 'byG', 'g', { S: value }).then(names => names.sort())
    const item = pk => ({ pk: { S: pk }, g: { S: 'x' } })
    const lag = await db().faults.lag({ table: t, index: 'byG', ms: 1000 })
    await send('TransactWriteItems', {
      TransactItems: ['a', 'b'].map(pk => ({ Put: { TableName: t, Item: item(pk) } }))
    })
    await db().clock.advance(500)
    await send('BatchWriteItem', {
      RequestItems: { [t]: ['c', 'd'].map(pk => ({ PutRequest: { Item: item(pk) } })) }
    })
    assert.deepEqual(await of('x'), [])
    await db().clock.advance(500)
    assert.deepEqual(await of('x'), ['a', 'b'])
    await send('TransactWriteItems', {
      TransactItems: [
        { Delete: { TableName: t, Key: { pk: { S: 'a' } } } },
        {
          Update: {
            TableName: t,
            Key: { pk: { S: 'b' } },
            UpdateExpression: 'SET g = :g',
            ExpressionAttributeValues: { ':g': { S: 'y' } }
          }
        }
      ]
    })
    await db().clock.advance(999)
    assert.deepEqual([await of('x'), await of('y')], [['a', 'b', 'c', 'd'], []])
    await db().clock.advance(1)
    assert.deepEqual([await of('x'), await of('y')], [['c', 'd'], ['b']])
    await lag.remove()
  })

  test('see nothing in an index that is younger than the lag, and page by page what was', async () => {
    const t = await makeTable()
    const lag = await db().faults.lag({ table: t, ms: 1000 })
    for (const pk of ['a', 'b', 'c', 'd', 'e']) await put(t, pk, { h: { S: 'x' } })
    await send('UpdateTable', {
      TableName: t,
      AttributeDefinitions: [{ AttributeName: 'h', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [{
        Create: {
          IndexName: 'byH',
          KeySchema: [{ AttributeName: 'h', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' }
        }
      }]
    })
    await db().clock.advance(10)
    const { Table } = await send('DescribeTable', { TableName: t })
    assert.equal(Table.GlobalSecondaryIndexes[0].IndexStatus, 'ACTIVE')
    assert.deepEqual(await query(t, 'byH', 'h', { S: 'x' }), [])
    await db().clock.advance(990)
    for (const pk of ['b', 'd']) await send('DeleteItem', { TableName: t, Key: { pk: { S: pk } } })
    const seen = []
    let ExclusiveStartKey
    do {
      const page = await send('Scan', { TableName: t, IndexName: 'byH', Limit: 2, ExclusiveStartKey })
      seen.push(...page.Items.map(item => item.pk.S))
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey !== undefined)
    assert.deepEqual(seen.sort(), ['a', 'b', 'c', 'd', 'e'])
    await lag.remove()
  })

  test('see nothing of a table of that name that is gone', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' } } })
    const lag = await db().faults.lag({ table: t, index: 'byG', ms: 1000 })
    await put(t, 'old', { g: { S: 'x' } })
    await db().clock.advance(1000)
    await send('DeleteTable', { TableName: t })
    await send('CreateTable', tableInput(t, { gsis: { byG: { hash: 'g' } } }))
    await put(t, 'new', { g: { S: 'x' } })
    assert.deepEqual(await query(t, 'byG', 'g', { S: 'x' }), [])
    await db().clock.advance(1000)
    assert.deepEqual(await query(t, 'byG', 'g', { S: 'x' }), ['new'])
    await lag.remove()
  })

  test('see the table as it was when consistency is eventual', async () => {
    const t = await makeTable({ range: 'sk:N', lsis: { byN: { range: 'n:N' } } })
    const lag = await db().faults.lag({ table: t, ms: 1000, consistency: 'eventual' })
    const Key = { pk: { S: 'a' }, sk: { N: '1' } }
    await send('PutItem', { TableName: t, Item: { ...Key, n: { N: '5' } } })
    const reads = async ConsistentRead => {
      const where = {
        TableName: t,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'a' } },
        ConsistentRead
      }
      const get = await send('GetItem', { TableName: t, Key, ConsistentRead })
      const batch = await send('BatchGetItem',
        { RequestItems: { [t]: { Keys: [Key], ConsistentRead, ProjectionExpression: 'n' } } })
      const statement = await send('ExecuteStatement',
        { Statement: `SELECT * FROM ${t} WHERE pk = 'a' AND sk = 1`, ConsistentRead })
      return [
        get.Item === undefined ? 0 : 1,
        batch.Responses[t].length,
        (await send('Query', where)).Count,
        (await send('Query', { ...where, IndexName: 'byN' })).Count,
        (await send('Scan', { TableName: t, ConsistentRead })).Count,
        statement.Items.length
      ]
    }
    assert.deepEqual(await reads(false), [0, 0, 0, 0, 0, 0])
    assert.deepEqual(await reads(true), [1, 1, 1, 1, 1, 1])
    const got = await send('TransactGetItems', { TransactItems: [{ Get: { TableName: t, Key } }] })
    assert.equal(got.Responses[0].Item.n.N, '5')
    await rejects(send('PutItem', {
      TableName: t, Item: Key, ConditionExpression: 'attribute_not_exists(pk)'
    }), 'ConditionalCheckFailedException')
    await db().clock.advance(1000)
    assert.deepEqual(await reads(false), [1, 1, 1, 1, 1, 1])
    await lag.remove()
  })

  test('see everything once the lag is gone, and keep nothing', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await db().faults.lag({ ms: 60_000 })
    for (let i = 0; i < 300; i++) {
      await put(t, `k${i % 7}`, { g: { S: 'x' }, n: { N: String(i) } })
      await db().clock.advance(10)
    }
    assert.deepEqual(await query(t, 'byG', 'g', { S: 'x' }), [])
    await db().faults.clear()
    assert.equal((await query(t, 'byG', 'g', { S: 'x' })).length, 7)
    await db().faults.lag({ table: t, ms: 60_000 })
    assert.equal((await query(t, 'byG', 'g', { S: 'x' })).length, 7, 'no image of before is left')
    await db().faults.clear()
  })

  test('see what a table\'s point-in-time recovery keeps, and leave it', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await send('UpdateContinuousBackups', {
      TableName: t, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
    })
    await put(t, 'a', { g: { S: 'x' } })
    await db().clock.advance(2000)
    await put(t, 'b', { g: { S: 'x' } })
    const before = db().clock.now() - 1000
    const lag = await db().faults.lag({ table: t, ms: 1000 })
    assert.deepEqual(await query(t, 'byG', 'g', { S: 'x' }), ['a'], 'images of before the lag')
    await lag.remove()
    await send('RestoreTableToPointInTime', {
      SourceTableName: t, TargetTableName: `${t}-then`, RestoreDateTime: before / 1000
    })
    await db().clock.advance(1000)
    assert.equal((await send('Scan', { TableName: `${t}-then` })).Count, 1)
  })

  test('see items that expire, until then', async () => {
    const t = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await send('UpdateTimeToLive', {
      TableName: t, TimeToLiveSpecification: { Enabled: true, AttributeName: 'end' }
    })
    await db().faults.lag({ table: t, ms: 10_000 })
    const end = String(Math.floor(db().clock.now() / 1000) + 20)
    await put(t, 'a', { g: { S: 'x' }, end: { N: end } })
    await db().clock.advance(25_000)
    assert.equal((await send('Scan', { TableName: t })).Count, 0, 'it has expired')
    assert.deepEqual(await query(t, 'byG', 'g', { S: 'x' }), ['a'])
    await db().clock.advance(10_000)
    assert.deepEqual(await query(t, 'byG', 'g', { S: 'x' }), [])
    await db().faults.clear()
  })

  test('answer whatever they are asked as the table of that time would', async () => {
    let seed = 11
    const random = n => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      return (seed >> 8) % n
    }
    const definition = {
      range: 'sk:N',
      gsis: {
        byG: { hash: 'g', range: 'n:N' },
        keys: { hash: 'g', project: 'KEYS_ONLY' },
        some: { hash: 'g', range: 'n:N', project: ['a'] }
      },
      lsis: { local: { range: 'n:N', project: ['a'] } }
    }
    const t = await makeTable(definition) /* lags */
    const then = await makeTable(definition) /* is written to later */
    const LAG_MS = 50
    await db().faults.lag({ table: t, ms: LAG_MS, consistency: 'eventual' })
    const due = []
    const change = async () => {
      const Key = { pk: { S: `p${random(3)}` }, sk: { N: String(random(6)) } }
      const request = random(4) === 0
        ? ['DeleteItem', { Key }]
        : ['PutItem', {
            Item: {
              ...Key,
              ...(random(5) > 0 && { g: { S: `g${random(3)}` } }),
              ...(random(5) > 0 && { n: { N: String(random(9) - 4) } }),
              a: { S: 'a'.repeat(random(30)) },
              b: { N: String(random(100)) }
            }
          }]
      await send(request[0], { TableName: t, ...request[1] })
      due.push({ at: db().clock.now() + LAG_MS, request })
    }
    const catchUp = async () => {
      while (due.length > 0 && due[0].at <= db().clock.now()) {
        const { request: [operation, request] } = due.shift()
        await send(operation, { TableName: then, ...request })
      }
    }
    const question = () => {
      const index = [undefined, 'byG', 'keys', 'some', 'local'][random(5)]
      const sort = index === undefined ? 'sk' : index === 'keys' ? undefined : 'n'
      const names = {}
      const values = {}
      const request = {
        IndexName: index,
        ...(random(2) === 0 && { Limit: 1 + random(4) }),
        ...(random(4) === 0 && { Select: 'COUNT' }),
        ReturnConsumedCapacity: 'INDEXES'
      }
      if (random(3) === 0 && index !== 'keys') {
        request.FilterExpression = 'size(#a) > :size'
        names['#a'] = 'a'
        values[':size'] = { N: '12' }
      }
      if (request.Select === undefined && random(3) === 0) {
        request.ProjectionExpression = '#s, #p'
        names['#s'] = 'sk'
        names['#p'] = 'pk'
      }
      let operation = 'Scan'
      if (random(2) === 0) {
        operation = 'Query'
        const global = index !== undefined && index !== 'local'
        names['#k'] = global ? 'g' : 'pk'
        values[':k'] = { S: `${global ? 'g' : 'p'}${random(3)}` }
        request.KeyConditionExpression = '#k = :k'
        if (sort !== undefined && random(2) === 0) {
          request.KeyConditionExpression += ' AND #sort >= :low'
          names['#sort'] = sort
          values[':low'] = { N: String(random(6) - 2) }
        }
        request.ScanIndexForward = random(2) === 0
      } else if (random(3) === 0) {
        request.TotalSegments = 2
        request.Segment = random(2)
      }
      if (Object.keys(names).length > 0) request.ExpressionAttributeNames = names
      if (Object.keys(values).length > 0) request.ExpressionAttributeValues = values
      return [operation, request]
    }
    /* All pages, with what they cost. */
    const pages = async (TableName, [operation, request]) => {
      const all = []
      let ExclusiveStartKey
      do {
        const page = await send(operation, { TableName, ...request, ExclusiveStartKey })
        ExclusiveStartKey = page.LastEvaluatedKey
        delete page.ConsumedCapacity.TableName
        all.push(page)
      } while (ExclusiveStartKey !== undefined)
      return all
    }
    let answers = 0
    for (let step = 0; step < 120; step++) {
      for (let i = random(4); i > 0; i--) await change()
      await db().clock.advance(random(20))
      await catchUp()
      for (let i = 0; i < 4; i++) {
        const asked = question()
        const expected = await pages(then, asked)
        assert.deepEqual(await pages(t, asked), expected, JSON.stringify(asked))
        answers += expected.length
      }
    }
    assert.ok(answers > 500)
    await db().faults.clear()
  })
}, sleepless)
