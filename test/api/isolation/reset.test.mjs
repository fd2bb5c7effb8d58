// reset() and namespace(): an empty database, and databases of other accounts and Regions.
//
// Evidence: types/testing.d.cts and docs/recipes/isolation.md.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineClient } from 'ddblite'
import { everyTarget, rejects, tableInput } from '../support/targets.mjs'
import { reader, streaming } from '../support/streams.mjs'

const item = (pk, more) => ({ pk: { S: pk }, ...more })
const empty = (db, TableName, more) =>
  db.execute('Scan', { TableName, ...more }).then(({ Items }) => assert.deepEqual(Items, []))

/* A table with all that a table can have, and an item in it. */
async function furnish (db, TableName, pk = 'a') {
  const definition = { gsis: { byG: { hash: 'g' } }, lsis: { byL: { range: 'l' } }, range: 'sk' }
  await db.execute('CreateTable', tableInput(TableName, { ...definition, ...streaming() }))
  await db.execute('UpdateTimeToLive', {
    TableName,
    TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' }
  })
  const { Table } = await db.execute('DescribeTable', { TableName })
  await db.execute('TagResource', {
    ResourceArn: Table.TableArn,
    Tags: [{ Key: 'team', Value: 'music' }]
  })
  await db.execute('UpdateContinuousBackups', {
    TableName,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
  })
  const Item = item(pk, { sk: { S: '1' }, g: { S: 'x' }, l: { S: 'y' }, ttl: { N: '9999999999' } })
  const TransactItems = [{ Put: { TableName, Item } }]
  await db.execute('TransactWriteItems', { ClientRequestToken: TableName, TransactItems })
  await db.execute('CreateBackup', { TableName, BackupName: 'backup' })
  return { Table, Item, TransactItems }
}

everyTarget('reset', ({ test, send, db }) => {
  test('drops all tables and what belongs to them', async () => {
    const { TransactItems } = await furnish(db(), 'music')
    await furnish(db(), 'films')
    await db().reset()
    assert.deepEqual(await send('ListTables', {}), { TableNames: [] })
    assert.deepEqual((await send('ListBackups', {})).BackupSummaries, [])
    assert.deepEqual((await send('ListStreams', {})).Streams, [])
    const { Table } = await furnish(db(), 'music')
    assert.equal((await reader(send).recordsOf('music')).length, 1)
    assert.equal(Table.ItemCount, 0)
    await db().reset()
    await rejects(send('TransactWriteItems', { ClientRequestToken: 'music', TransactItems }), 'ResourceNotFoundException')
    await db().reset() // an empty database stays one
    assert.deepEqual(await send('ListTables', {}), { TableNames: [] })
  })

  test('keeps tables, indexes, Time To Live and tags with keepSchema, and nothing in them', async () => {
    const { Table, Item, TransactItems } = await furnish(db(), 'music')
    const { iterator, describe, recordsOf } = reader(send)
    const [{ ShardId }] = (await describe(Table.LatestStreamArn)).Shards
    const old = await iterator(Table.LatestStreamArn, ShardId)
    const [seen] = await recordsOf('music')
    const holder = (await describe(Table.LatestStreamArn)).Shards
    await db().reset({ keepSchema: true })

    const after = (await send('DescribeTable', { TableName: 'music' })).Table
    assert.deepEqual(after, Table) // of before the item
    await empty(db(), 'music')
    for (const IndexName of ['byG', 'byL']) await empty(db(), 'music', { IndexName })
    const ttl = await send('DescribeTimeToLive', { TableName: 'music' })
    assert.deepEqual(ttl.TimeToLiveDescription, { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' })
    const tags = await send('ListTagsOfResource', { ResourceArn: Table.TableArn })
    assert.deepEqual(tags.Tags, [{ Key: 'team', Value: 'music' }])
    assert.deepEqual((await send('ListBackups', {})).BackupSummaries, [])
    assert.deepEqual(await recordsOf('music'), [])
    assert.equal((await describe(Table.LatestStreamArn)).Shards.length, holder.length)
    await send('GetRecords', { ShardIterator: old }).catch(error =>
      assert.equal(error.name, 'TrimmedDataAccessException'))

    // The token of before is forgotten: the transaction runs again.
    await send('TransactWriteItems', { ClientRequestToken: 'music', TransactItems })
    assert.deepEqual((await send('Scan', { TableName: 'music', IndexName: 'byG' })).Items, [Item])
    const [record] = await recordsOf('music')
    assert.equal(record.eventName, 'INSERT')
    assert.ok(BigInt(record.dynamodb.SequenceNumber) > BigInt(seen.dynamodb.SequenceNumber))
    await db().reset()
  })

  test('takes only the tables that are named', async () => {
    const films = await furnish(db(), 'films')
    const music = await furnish(db(), 'music')
    await db().reset({ tables: ['music'], keepSchema: true })
    await empty(db(), 'music')
    assert.deepEqual(await reader(send).recordsOf('music'), [])
    assert.deepEqual((await send('Scan', { TableName: 'films' })).Items, [films.Item])
    assert.equal((await reader(send).recordsOf('films')).length, 1)

    await db().reset({ tables: [music.Table.TableArn, 'music'] })
    assert.deepEqual((await send('ListTables', {})).TableNames, ['films'])
    assert.deepEqual((await send('ListStreams', {})).Streams.map(({ TableName }) => TableName), ['films'])
    await db().reset({ tables: [] })
    assert.deepEqual((await send('Scan', { TableName: 'films' })).Items, [films.Item])

    await furnish(db(), 'music')
    await rejects(
      db().reset({ tables: ['music', 'nowhere'] }), 'ResourceNotFoundException',
      'Requested resource not found: Table: nowhere not found'
    )
    assert.equal((await send('Scan', { TableName: 'music' })).Count, 1)
    await db().reset()
  })

  test('begins point-in-time recovery anew', async () => {
    await furnish(db(), 'music')
    const earliest = async () => {
      const { ContinuousBackupsDescription: description } =
        await send('DescribeContinuousBackups', { TableName: 'music' })
      return description.PointInTimeRecoveryDescription.EarliestRestorableDateTime
    }
    try {
      await db().clock.advance(3600000)
      assert.ok(await earliest() < db().clock.now() / 1000 - 3000)
      await db().reset({ keepSchema: true })
      assert.ok(await earliest() >= db().clock.now() / 1000 - 1)
    } finally {
      db().clock.resume()
      await db().reset()
    }
  })

  test('comes after the writes before it', async () => {
    await send('CreateTable', tableInput('music'))
    const write = pk => db().execute('PutItem', { TableName: 'music', Item: item(pk) })
    await Promise.all([write('before'), db().reset({ keepSchema: true }), write('after')])
    assert.deepEqual((await send('Scan', { TableName: 'music' })).Items, [item('after')])
    await db().reset()
  })

  test('empties a table whose index is being filled, and drops it', async () => {
    for (const options of [{ keepSchema: true }, {}, { tables: ['music'] }]) {
      await send('CreateTable', tableInput('music'))
      for (let i = 0; i < 30; i++) {
        await Promise.all(Array.from({ length: 100 }, (_, j) =>
          db().execute('PutItem', { TableName: 'music', Item: item(`${i}.${j}`, { g: { S: 'x' } }) })))
      }
      await db().execute('UpdateTable', {
        TableName: 'music',
        AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
        GlobalSecondaryIndexUpdates: [{
          Create: {
            IndexName: 'byG',
            KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' }
          }
        }]
      })
      await db().reset(options)
      if (options.keepSchema) {
        await send('PutItem', { TableName: 'music', Item: item('a', { g: { S: 'x' } }) })
        for (let waited = 0; ; waited += 5) {
          const { Table } = await send('DescribeTable', { TableName: 'music' })
          if (Table.GlobalSecondaryIndexes[0].IndexStatus === 'ACTIVE') break
          assert.ok(waited < 10000)
          await new Promise(resolve => setTimeout(resolve, 5))
        }
        assert.equal((await send('Scan', { TableName: 'music', IndexName: 'byG' })).Count, 1)
        await db().reset()
      }
      assert.deepEqual(await send('ListTables', {}), { TableNames: [] })
    }
  })

  test('refuses wrong options', async () => {
    const tables = ['music', [1]].map(tables => ({ tables }))
    for (const wrong of [null, 1, { keep: true }, { keepSchema: 1 }, ...tables]) {
      await assert.rejects(db().reset(wrong), TypeError)
    }
  })
})

describe('namespace', () => {
  const account = '123456789012'

  test('is a database of its own with its own ARNs', async () => {
    const db = new EngineClient()
    await db.execute('CreateTable', tableInput('music'))
    const other = db.namespace({ accountId: account, region: 'eu-west-1' })
    assert.deepEqual(await other.execute('ListTables'), { TableNames: [] })
    const { TableDescription } = await other.execute('CreateTable', tableInput('music'))
    assert.equal(TableDescription.TableArn, `arn:aws:dynamodb:eu-west-1:${account}:table/music`)
    const elsewhere = { TableName: TableDescription.TableArn }
    await rejects(db.execute('DescribeTable', elsewhere), 'ValidationException')

    assert.equal(db.namespace({ accountId: account, region: 'eu-west-1' }), other)
    assert.equal(db.namespace({ region: 'us-east-1' }), db)
    assert.equal(db.namespace(), db)
    assert.notEqual(db.namespace({ accountId: account }), other)
    assert.throws(() => db.namespace({ accountId: '12' }), TypeError)
    await db.close()
    await rejects(other.execute('ListTables'), 'ClientClosed')
    assert.throws(() => db.namespace(), { name: 'ClientClosed' })
  })

  test('of a file lies beside it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
    const path = join(folder, 'test.sqlite')
    const db = new EngineClient({ path })
    await db.namespace({ accountId: account }).execute('CreateTable', tableInput('music'))
    assert.ok(existsSync(join(folder, `test.${account}.us-east-1.sqlite`)))
    await db.close()
    const again = new EngineClient({ path })
    const tables = await again.namespace({ accountId: account }).execute('ListTables')
    assert.deepEqual(tables.TableNames, ['music'])
    await again.close()
    rmSync(folder, { recursive: true, force: true })
  })
})

test('open forks, snapshots and namespaces do not keep a process alive', () => {
  const program = `
    import { EngineClient } from 'ddblite'
    const db = new EngineClient({ clock: 'frozen' })
    await db.ready()
    const fork = await db.fork()
    await db.restore(await fork.snapshot())
    await db.namespace({ region: 'eu-west-1' }).ready()
    await fork.clock.advance(1000)
    console.log('end')`
  const answer = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: new URL('../../..', import.meta.url), timeout: 20000, encoding: 'utf8'
  })
  assert.equal(answer, 'end\n')
})
