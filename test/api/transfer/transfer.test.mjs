// exportDatabase() and importDatabase(): whole databases as plain SQLite files.
//
// Evidence: types/index.d.cts, which says what these do; the file is SQLite's ("Database File
// Format" 1.3, the header).
import assert from 'node:assert/strict'
import { EngineClient } from 'ddblite'
import { everyTarget, rejects } from '../support/targets.mjs'

const keysOf = async (db, TableName) =>
  (await db.execute('Scan', { TableName })).Items.map(({ pk }) => pk.S).sort()

/* A stream of the bytes, in pieces of n. */
const streamOf = (bytes, n) => new ReadableStream({
  start (controller) {
    for (let at = 0; at < bytes.length; at += n) controller.enqueue(bytes.slice(at, at + n))
    controller.close()
  }
})

everyTarget('exportDatabase and importDatabase', ({ test, send, makeTable, db }) => {
  const exported = async () => new Uint8Array(await (await db().exportDatabase()).arrayBuffer())

  test('give and take an SQLite file, as a Blob, as bytes and as a stream', async () => {
    const TableName = await makeTable({ gsis: { byG: { hash: 'g' } } })
    await send('PutItem', { TableName, Item: { pk: { S: 'a' }, g: { S: 'x' } } })
    const blob = await db().exportDatabase()
    const bytes = await exported()
    assert.equal(blob.size, bytes.length)
    assert.equal(new TextDecoder().decode(bytes.subarray(0, 15)), 'SQLite format 3')
    const sources = [
      blob, bytes, bytes.buffer.slice(0), blob.stream(), streamOf(bytes, 7), streamOf(bytes, 65536)
    ]
    for (const [i, source] of sources.entries()) {
      await send('PutItem', { TableName, Item: { pk: { S: `later ${i}` } } })
      await db().importDatabase(source)
      assert.deepEqual(await keysOf(db(), TableName), ['a'])
      const page = await send('Scan', { TableName, IndexName: 'byG' })
      assert.equal(page.Count, 1)
    }
    const other = new EngineClient()
    await other.importDatabase(blob)
    assert.deepEqual(await keysOf(other, TableName), ['a'])
    await other.close()
  })

  test('refuse what is no such file, and leave the database as it is', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: { pk: { S: 'a' } } })
    const good = await exported()
    const changed = change => {
      const bytes = good.slice()
      change(bytes)
      return bytes
    }
    let pulled = 0
    const endless = new ReadableStream({
      pull (controller) {
        pulled++
        controller.enqueue(new Uint8Array(1000))
      }
    })
    const cases = [
      [new Uint8Array(0), 'NotADatabase', /not an SQLite file/],
      [new Blob(['<html>', 'x'.repeat(10000)]), 'NotADatabase', /not an SQLite file/],
      [endless, 'NotADatabase', /not an SQLite file/],
      [changed(bytes => bytes.fill(1, 68, 72)), 'NotADatabase', /another program/],
      [changed(bytes => bytes.fill(99, 63, 64)), 'FormatTooNew', /format 99/],
      [good.slice(0, good.length >> 1), 'StorageCorrupt', /./],
      [changed(bytes => bytes.fill(0xa5, 8192 * 3, 8192 * 4)), 'StorageCorrupt', /damaged/]
    ]
    for (const [source, name, message] of cases) {
      const error = await rejects(db().importDatabase(source), name, message)
      assert.equal(error.type, `ddblite#${name}`)
    }
    assert.ok(pulled < 10)
    for (const wrong of [undefined, null, 5, {}, [1]]) {
      await assert.rejects(db().importDatabase(wrong), TypeError)
    }
    assert.deepEqual(await keysOf(db(), TableName), ['a'])
  })
})
