// What a database tells about itself: db.info(), db.inspect(), db.vacuum().
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { everyTarget, rejects, tableInput } from '../support/targets.mjs'

everyTarget('info()', ({ test, target, send, db, makeTable }) => {
  const definition = {
    range: 'sk:N',
    gsis: { byG: { hash: 'g', project: 'KEYS_ONLY' } },
    lsis: { byL: { range: 'l' } },
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' }
  }
  const fill = async (TableName, n, more = {}) => {
    for (let i = 0; i < n; i++) {
      await send('PutItem', { TableName, Item: { pk: { S: 'a' }, sk: { N: String(i) }, ...more } })
    }
  }

  test('says what the database is', async () => {
    const info = await db().info()
    assert.equal(info.Region, db().region)
    assert.equal(info.AccountId, db().accountId)
    assert.match(info.SQLiteVersion, /^3\.\d+\.\d+$/)
    assert.equal(info.Format, 1)
    const kept = target.endsWith('file') || target.endsWith('opfs')
    assert.equal(info.Mode, kept ? 'file' : 'memory')
    assert.equal(typeof info.Path, kept ? 'string' : 'undefined')
    assert.equal(info.Bytes, info.Pages * info.PageBytes)
    assert.ok(info.Pages > 0)
    assert.ok(info.FreePages >= 0)
  })

  test('counts the items and bytes of tables and of each index, exactly', async () => {
    const TableName = await makeTable(definition)
    await fill(TableName, 3, { g: { S: 'x' } })
    await send('PutItem', { TableName, Item: { pk: { S: 'b' }, sk: { N: '1' }, l: { S: 'yz' } } })
    const { Tables: [table] } = await db().info({ tables: [TableName] })
    assert.equal(table.TableName, TableName)
    assert.equal(table.Status, 'ACTIVE')
    assert.deepEqual([table.PartitionKey, table.SortKey], [['pk'], ['sk']])
    const { Table } = await send('DescribeTable', { TableName })
    assert.deepEqual([table.Items, table.Bytes, table.Estimated], [4, Table.TableSizeBytes, false])
    /* pk + a, sk + a number, g + x; pk + b, sk + a number, l + yz */
    assert.equal(table.Bytes, (3 + 3 + 2) + 2 * (3 + 4 + 2) + (3 + 4 + 3))
    const byName = Object.fromEntries(table.Indexes.map(index => [index.IndexName, index]))
    assert.deepEqual(byName.byG, {
      IndexName: 'byG',
      Kind: 'GLOBAL',
      Status: 'ACTIVE',
      Projection: 'KEYS_ONLY',
      PartitionKey: ['g'],
      SortKey: [],
      Items: 3,
      Bytes: Table.GlobalSecondaryIndexes[0].IndexSizeBytes,
      Estimated: false
    })
    assert.deepEqual([byName.byL.Kind, byName.byL.Items, byName.byL.Bytes], ['LOCAL', 1, 10])
  })

  test('counts stream records, and names what expires items', async () => {
    const TableName = await makeTable(definition)
    await fill(TableName, 5)
    await send('UpdateTimeToLive', {
      TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' }
    })
    const { Tables: [table] } = await db().info({ tables: [TableName] })
    assert.deepEqual(table.Stream, { ViewType: 'NEW_IMAGE', Records: 5 })
    assert.deepEqual(table.TimeToLive, { AttributeName: 'until' })
    assert.equal(table.PointInTimeRecovery, false)
  })

  test('counts nothing when told so', async () => {
    const TableName = await makeTable(definition)
    const { Tables: [table], TableCount } = await db().info({ tables: [TableName], counts: false })
    assert.equal(table.Items, undefined)
    assert.equal(table.Indexes[0].Items, undefined)
    assert.ok(TableCount >= 1)
  })

  test('an unknown table is an error', () =>
    rejects(db().info({ tables: ['none'] }), 'ResourceNotFoundException',
      'Requested resource not found: Table: none not found'))

  test('says that the bytes of a large table are an estimate', async () => {
    const TableName = await makeTable({})
    const items = Array.from({ length: 20100 }, (_, i) => ({ pk: { S: `k${i}` } }))
    const puts = items.map(Item => ({ PutRequest: { Item } }))
    while (puts.length > 0) {
      await send('BatchWriteItem', { RequestItems: { [TableName]: puts.splice(0, 25) } })
    }
    const { Tables: [table] } = await db().info({ tables: [TableName] })
    assert.deepEqual([table.Items, table.Estimated], [20100, true])
    assert.ok(table.Bytes > 20000 * 5 && table.Bytes < 20100 * 10)
  })
})

everyTarget('inspect()', ({ test, send, db }) => {
  test('shows tables, indexes, counts and first items', async () => {
    await send('CreateTable', tableInput('Music', {
      hash: 'Artist', range: 'Song', gsis: { byYear: { hash: 'Year:N', project: 'KEYS_ONLY' } }
    }))
    await send('PutItem', {
      TableName: 'Music',
      Item: {
        Artist: { S: "O'B" },
        Song: { S: 'K' },
        Year: { N: '2016' },
        more: { M: { 'a-b': { L: [{ NULL: true }, { BOOL: false }, { BS: ['AA=='] }] } } }
      }
    })
    const text = await db().inspect()
    const lines = text.split('\n')
    assert.match(lines[0], /^ddblite (in memory|in \/.*), us-east-1, account 000000000000, SQLite 3/)
    assert.match(lines[2], /^Music: Artist, Song - 1 item, \d+ B$/)
    assert.equal(lines[3], '  byYear (global, KEYS_ONLY): Year - 1 item, 21 B')
    assert.equal(lines[4], "  { Artist: 'O\\'B', Song: 'K', Year: 2016, " +
      "more: { 'a-b': [null, false, Set(<AA==>)] } }")
    assert.equal(lines.length, 5)
  })

  test('shows one table, and as many items as asked for', async () => {
    await send('CreateTable', tableInput('Other', {}))
    for (const pk of ['1', '2', '3']) {
      await send('PutItem', { TableName: 'Other', Item: { pk: { S: pk } } })
    }
    const shown = async items => (await db().inspect({ table: 'Other', items })).match(/\{ pk/g)
    assert.equal((await shown(2)).length, 2)
    assert.equal(await shown(0), null)
    assert.doesNotMatch(await db().inspect({ table: 'Other' }), /Music/)
  })

  test('refuses options it does not know', async () => {
    await assert.rejects(db().inspect({ tables: 'a' }), /inspect: there is no option 'tables'/)
    await assert.rejects(db().inspect({ items: -1 }), /items must be a whole number/)
  })

  test('util.inspect(db) says what it is, and disturbs nothing', async () => {
    const put = send('PutItem', { TableName: 'Music', Item: { Artist: { S: 'x' }, Song: { S: 'y' } } })
    const text = inspect(db())
    await put
    assert.match(text, /^EngineClient \{/)
    assert.match(text, /region: 'us-east-1'/)
    assert.match(text, /tables: \[ 'Music'/)
    assert.match(inspect({ deep: { db: db() } }), /EngineClient/)
  })
})

everyTarget('vacuum()', ({ test, target, send, db, makeTable }) => {
  const put = (TableName, i) => send('PutItem', {
    TableName, Item: { pk: { S: `k${i}` }, v: { S: 'x'.repeat(4000) } }
  })

  test('gives back the room of deleted items, and keeps the others', async () => {
    const TableName = await makeTable({})
    await Promise.all(Array.from({ length: 500 }, (_, i) => put(TableName, i)))
    await Promise.all(Array.from({ length: 490 }, (_, i) =>
      send('DeleteItem', { TableName, Key: { pk: { S: `k${i}` } } })))
    const result = await db().vacuum()
    assert.ok(result.FreePagesBefore > 100, `${result.FreePagesBefore} pages were free`)
    assert.equal(result.FreePages, 0)
    assert.ok(result.Bytes < result.BytesBefore / 4)
    assert.equal((await db().info()).Bytes, result.Bytes)
    assert.equal((await send('Scan', { TableName, Select: 'COUNT' })).Count, 10)
    await put(TableName, 1)
    assert.equal((await send('Scan', { TableName, Select: 'COUNT' })).Count, 11)
  })

  test('waits for the writes before it, and writes after it are fine', async () => {
    const TableName = await makeTable({})
    const [first, , second] = await Promise.allSettled([
      put(TableName, 1), db().vacuum(), put(TableName, 2)
    ])
    assert.equal(first.status, 'fulfilled')
    assert.equal(second.status, 'fulfilled')
    assert.equal((await send('Scan', { TableName, Select: 'COUNT' })).Count, 2)
  })

  test('makes the file smaller', { skip: target !== 'file' }, async () => {
    const { statSync } = await import('node:fs')
    const { Path } = await db().info()
    const TableName = await makeTable({})
    await Promise.all(Array.from({ length: 300 }, (_, i) => put(TableName, i)))
    await send('DeleteTable', { TableName })
    const { Bytes } = await db().vacuum()
    assert.equal(statSync(Path).size, Bytes)
    assert.equal(statSync(`${Path}-wal`).size, 0)
  })

  test('a reader elsewhere makes it StorageBusy, and it leaves all as it was',
    { skip: target !== 'file' }, async () => {
      const { EngineClient } = await import('ddblite')
      const { Path } = await db().info()
      const TableName = await makeTable({})
      await put(TableName, 1)
      const other = new EngineClient({ path: Path, busyTimeout: 0 })
      const waiting = other.execute('PutItem', { TableName, Item: { pk: { S: 'other' } } })
      const mine = new EngineClient({ path: Path, busyTimeout: 0 })
      await assert.rejects(mine.vacuum(), { name: 'StorageBusy' })
      await waiting
      await mine.vacuum()
      assert.equal((await mine.execute('Scan', { TableName })).Count, 2)
      await other.close()
      await mine.close()
    })
})
