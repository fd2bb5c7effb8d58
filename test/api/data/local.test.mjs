// db.import() of database files of DynamoDB Local.
// Evidence: descriptions in public of files that it wrote: the columns of dm, the columns of a
// table, and the JSON of TableInfo for a table with a sort key. The fixture follows them; it was
// not written by DynamoDB Local. That ObjectJSON is DynamoDB's JSON, and the form of indexes, is
// not confirmed: what is in another form is refused.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import sqlite3InitModule from '@sqlite.org/sqlite-wasm'
import { everyTarget, rejects } from '../support/targets.mjs'

const root = mkdtempSync(join(tmpdir(), 'ddblite-local-'))
after(() => rmSync(root, { recursive: true, force: true }))
let files = 0

/* Another SQLite than the engine's writes the files. */
const sqlite = await sqlite3InitModule()

/* Makes a file with what `fill` does. */
function database (file, fill) {
  const db = new sqlite.oo1.DB()
  fill(db)
  writeFileSync(file, sqlite.capi.sqlite3_js_db_export(db))
  db.close()
  return file
}

const key = (name, KeyType, SQLiteColumnName, type = 'S') => ({
  DynamoDBAttribute: { AttributeName: name, AttributeType: type },
  KeyType,
  SQLiteColumnName,
  SQLiteDataType: type === 'S' ? 'TEXT' : 'BLOB'
})

/* A file with a table of songs, as many as asked for. */
function localFile ({ songs = 3, info = {}, object, columns = true } = {}) {
  const file = join(root, `shared-local-instance-${++files}.db`)
  const billing = columns
    ? ', BillingMode INTEGER DEFAULT 0, PayPerRequestDateTime INTEGER DEFAULT 0'
    : ''
  const schema = `CREATE TABLE dm (TableName TEXT, CreationDateTime INTEGER,
    LastDecreaseDate INTEGER, LastIncreaseDate INTEGER, NumberOfDecreasesToday INTEGER,
    ReadCapacityUnits INTEGER, WriteCapacityUnits INTEGER,
    TableInfo BLOB${billing}, PRIMARY KEY(TableName));
    CREATE TABLE "Music" (hashKey TEXT DEFAULT NULL, rangeKey TEXT DEFAULT NULL,
    hashValue BLOB NOT NULL, rangeValue BLOB NOT NULL, itemSize INTEGER DEFAULT 0,
    ObjectJSON BLOB NOT NULL, PRIMARY KEY(hashKey, rangeKey));
    CREATE INDEX "Music*HVI" ON "Music" (hashValue)`
  const keys = [key('Artist', 'HASH', 'hashKey'), key('SongTitle', 'RANGE', 'rangeKey')]
  const text = typeof info === 'string' ? info : JSON.stringify({
    Attributes: [
      { AttributeName: 'Artist', AttributeType: 'S' },
      { AttributeName: 'SongTitle', AttributeType: 'S' },
      { AttributeName: 'Genre', AttributeType: 'S' },
      { AttributeName: 'Year', AttributeType: 'N' }
    ],
    GSIList: [{
      IndexName: 'byGenre',
      KeySchema: [{ AttributeName: 'Genre', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
      ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 1 }
    }],
    GSIDescList: [],
    SQLiteIndex: {
      '': keys,
      byGenre: [key('Genre', 'HASH', 'indexKey_1')],
      byYear: [keys[0], key('Year', 'RANGE', 'indexKey_2', 'N')]
    },
    UniqueIndexes: keys,
    UniqueGSIIndexes: [],
    ...info
  })
  const bytes = value => new TextEncoder().encode(value)
  return database(file, db => {
    db.exec(schema)
    db.exec({
      sql: 'INSERT INTO dm (TableName, CreationDateTime, ReadCapacityUnits, WriteCapacityUnits, ' +
        'TableInfo) VALUES (?, 1700000000000, 5, 4, ?)',
      bind: ['Music', bytes(text)]
    })
    db.exec('BEGIN')
    for (let i = 0; i < songs; i++) {
      const json = object ?? JSON.stringify({
        Artist: { S: 'Nina Simone' }, SongTitle: { S: `Song ${i}` }, Year: { N: String(1950 + i) },
        Genre: { S: 'jazz' }, more: { M: { b: { B: 'AAE=' }, ss: { SS: ['a', 'b'] }, l: { L: [] } } }
      })
      db.exec({
        sql: 'INSERT INTO "Music" VALUES (?, ?, ?, ?, 50, ?)',
        bind: ['Nina Simone', `Song ${i}`, new Uint8Array(4), new Uint8Array(4), bytes(json)]
      })
    }
    db.exec('COMMIT')
  })
}

everyTarget('db.import of DynamoDB Local', ({ test, send, db }) => {
  test('makes the tables and puts the items', async () => {
    const seen = []
    const file = localFile()
    const result = await db().import(file, { onProgress: ({ items }) => seen.push(items) })
    assert.deepEqual(result, { items: 3, deleted: 0, tables: { Music: 3 } })
    assert.deepEqual(seen, [3])
    const { Table } = await send('DescribeTable', { TableName: 'Music' })
    assert.deepEqual(Table.KeySchema.map(({ AttributeName }) => AttributeName), ['Artist', 'SongTitle'])
    assert.equal(Table.ProvisionedThroughput.ReadCapacityUnits, 5)
    const [global] = Table.GlobalSecondaryIndexes
    assert.deepEqual([global.IndexName, global.Projection],
      ['byGenre', { ProjectionType: 'KEYS_ONLY' }])
    assert.equal(global.ProvisionedThroughput.WriteCapacityUnits, 1)
    assert.equal(Table.LocalSecondaryIndexes[0].KeySchema[1].AttributeName, 'Year')
    const { Items } = await send('Query', {
      TableName: 'Music', IndexName: 'byYear', KeyConditionExpression: 'Artist = :a',
      ExpressionAttributeValues: { ':a': { S: 'Nina Simone' } }
    })
    assert.deepEqual(Items.map(({ SongTitle }) => SongTitle.S), ['Song 0', 'Song 1', 'Song 2'])
    assert.deepEqual(Items[0].more.M.ss, { SS: ['a', 'b'] })
  })

  test('puts into tables that are there, under other names, many items', async () => {
    const file = localFile({ songs: 6000 })
    await db().import(file, { tables: { Music: 'Songs' } })
    assert.equal((await send('DescribeTable', { TableName: 'Songs' })).Table.ItemCount, 6000)
    assert.equal((await db().import(file, { tables: { Music: 'Songs' } })).items, 6000)
    assert.deepEqual((await db().import(file, { tables: [] })).tables, {})
  })

  test('reads files of versions without a billing mode', async () => {
    await db().reset()
    assert.equal((await db().import(localFile({ columns: false }))).items, 3)
  })

  test('refuses what is in another form', async () => {
    await db().reset()
    for (const [options, message] of [
      [{ info: '{' }, /Music: .*TableInfo is not JSON/],
      [{ info: '{"Attributes":[]}' }, /Music: .*TableInfo has no Attributes or SQLiteIndex/],
      [{ info: { SQLiteIndex: { '': [{ Name: 'x' }] } } }, /has a key in another form/],
      [{ object: 'x', songs: 1 }, /Music, item 0: ObjectJSON is not JSON/],
      [{ object: '{"Artist":"a"}', songs: 1 }, /ObjectJSON is not in DynamoDB's JSON/]
    ]) {
      await assert.rejects(db().import(localFile(options)), { name: 'DataError', message })
    }
    const other = database(join(root, 'other.db'), made => made.exec('CREATE TABLE x (y)'))
    await rejects(db().import(other), 'NotADatabase', /other\.db is no database file of DynamoDB Local/)
    const read = (Path, more) => db().execute('ddblite.ReadDynamoDBLocal', { Path, ...more })
    writeFileSync(join(root, 'text.db'), 'x'.repeat(5000))
    await rejects(read(join(root, 'text.db')), 'NotADatabase')
    await rejects(read(join(root, 'missing.db')), 'StorageError', /missing\.db cannot be opened/)
    await rejects(read(localFile(), { TableName: 'Nothing' }), 'NotADatabase')
    await rejects(read('a\0b'), 'ValidationException')
  })
})
