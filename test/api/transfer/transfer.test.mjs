// exportDatabase() and importDatabase(): whole databases as plain SQLite files.
//
// Evidence: types/index.d.cts, which says what these do; the file is SQLite's ("Database File
// Format" 1.3, the header).
import assert from 'node:assert/strict'
import { EngineClient } from 'ddblite'
import { everyTarget, rejects } from '../support/targets.mjs'

async function keysOf (db, TableName) {
  const keys = []
  let ExclusiveStartKey
  do {
    const page = await db.execute('Scan', { TableName, ExclusiveStartKey })
    keys.push(...page.Items.map(({ pk }) => pk.S))
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey !== undefined)
  return keys.sort()
}

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
      blob, bytes, bytes.buffer.slice(0), blob.stream(), streamOf(bytes, 97), streamOf(bytes, 65536)
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

  test('go piece by piece, as an async iterable and as a stream', async () => {
    const TableName = await makeTable()
    const text = 'x'.repeat(300000)
    for (let i = 0; i < 24; i++) {
      await send('PutItem', { TableName, Item: { pk: { S: `${i}`.padStart(2, '0') }, t: { S: text } } })
    }
    const pieces = []
    for await (const piece of db().exportStream()) {
      pieces.push(piece.slice())
      if (pieces.length === 1) await send('PutItem', { TableName, Item: { pk: { S: 'later' } } })
    }
    assert.ok(pieces.length > 5, `${pieces.length} pieces`)
    assert.ok(pieces.every(piece => piece.length <= 1114112))
    const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
    assert.ok(total > 24 * text.length)
    let given = 0
    await db().importDatabase(new ReadableStream({
      pull (controller) {
        if (given === pieces.length) return controller.close()
        controller.enqueue(pieces[given++])
      }
    }, { highWaterMark: 0 }))
    const keys = await keysOf(db(), TableName)
    assert.deepEqual([keys.length, keys[0], keys[23]], [24, '00', '23'])
    async function * iterable () {
      yield * pieces
    }
    await db().importDatabase(iterable())
    assert.equal((await keysOf(db(), TableName)).length, 24)
    const reader = db().exportStream().getReader()
    assert.ok((await reader.read()).value.length > 0)
    await reader.cancel()
  })

  test('that are broken off leave the database as it is, and room for others', async () => {
    const TableName = await makeTable()
    await send('PutItem', { TableName, Item: { pk: { S: 'a' } } })
    const good = await exported()
    await send('PutItem', { TableName, Item: { pk: { S: 'b' } } })
    for (let i = 0; i < 5; i++) {
      const broken = new ReadableStream({
        start (controller) {
          controller.enqueue(good.slice(0, 8192))
        },
        pull (controller) {
          controller.error(new Error('the line is cut'))
        }
      })
      await assert.rejects(db().importDatabase(broken), /the line is cut/)
      for await (const piece of db().exportStream()) {
        assert.ok(piece.length > 0)
        break
      }
    }
    const abort = new AbortController()
    async function * aborted () {
      yield good.slice(0, 8192)
      abort.abort()
      yield good.slice(8192)
    }
    const { name } = await db().importDatabase(aborted(), { signal: abort.signal })
      .catch(error => error)
    assert.equal(name, 'AbortError')
    assert.deepEqual(await keysOf(db(), TableName), ['a', 'b'])
    let go
    const waits = db().importDatabase(new ReadableStream({
      start (controller) {
        controller.enqueue(good)
        go = () => controller.close()
      }
    }))
    await rejects(db().importDatabase(good), 'StorageBusy', /under way/)
    go()
    await waits
    assert.deepEqual(await keysOf(db(), TableName), ['a'])
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
