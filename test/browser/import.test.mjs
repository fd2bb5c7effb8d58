/*
 * import.test.mjs - one file format: what a page exports opens in Node, and the reverse.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import initialise from '@sqlite.org/sqlite-wasm'
import { EngineClient } from 'ddblite'
import { inBrowsers, TABLE } from './support/page.mjs'

async function inFolder (body) {
  const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
  try {
    return await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const BIG_MB = { chromium: 72, firefox: 64 } /* more than the engine has memory */

const put = (db, pk, more) =>
  db.execute('PutItem', { TableName: 'music', Item: { pk: { S: pk }, ...more } })

/* The same database with pages of another size. */
async function otherPages (bytes) {
  const { capi, oo1, wasm } = await initialise()
  const db = new oo1.DB()
  const p = wasm.allocFromTypedArray(Uint8Array.from(bytes))
  const flags = capi.SQLITE_DESERIALIZE_FREEONCLOSE | capi.SQLITE_DESERIALIZE_RESIZEABLE
  capi.sqlite3_deserialize(db.pointer, 'main', p, bytes.length, bytes.length, flags)
  db.exec("VACUUM INTO '/other.db'") // one in memory keeps its size
  const copy = new oo1.DB('/other.db')
  copy.exec('PRAGMA page_size=8192; VACUUM')
  const image = Buffer.from(capi.sqlite3_js_db_export(copy.pointer))
  copy.close()
  db.close()
  return image
}

const keysOf = async db =>
  (await db.execute('Scan', { TableName: 'music' })).Items.map(({ pk }) => pk.S).sort()

inBrowsers('a database of a page', ({ test, run, server, name, ...context }) => {
  const bigMB = BIG_MB[name]

  test('opens in Node', () => inFolder(async folder => {
    const base64 = await run(async ({ EngineClient, TABLE, put }) => {
      const db = new EngineClient({ name: 'exported', persistence: 'required' })
      await db.execute('CreateTable', TABLE)
      for (let i = 0; i < 100; i++) put(db, `${i}`.padStart(3, '0'))
      const blob = await db.exportDatabase()
      await db.close()
      const url = await new Promise(resolve => {
        const reader = new FileReader()
        reader.onload = () => resolve(reader.result)
        reader.readAsDataURL(blob)
      })
      return url.slice(url.indexOf(',') + 1)
    })
    const path = join(folder, 'music.sqlite')
    writeFileSync(path, Buffer.from(base64, 'base64'))
    const db = new EngineClient({ path })
    const keys = await keysOf(db)
    await db.close()
    assert.deepEqual([keys.length, keys[0], keys[99]], [100, '000', '099'])
  }))

  test('may come from Node: from a file, and from an export', () => inFolder(async folder => {
    const path = join(folder, 'music.sqlite')
    const node = new EngineClient({ path })
    await node.execute('CreateTable', TABLE)
    await node.execute('PutItem', { TableName: 'music', Item: { pk: { S: 'of Node' } } })
    const blob = await node.exportDatabase()
    await node.close()
    context.files = { file: readFileSync(path), export: Buffer.from(await blob.arrayBuffer()) }
    for (const [name, body] of Object.entries(context.files)) {
      server().routes[`/${name}.sqlite`] = { type: 'application/octet-stream', body }
      const told = await run(async ({ EngineClient, TABLE, put, keys }, name) => {
        const db = new EngineClient({ name: `imported ${name}`, persistence: 'required' })
        await db.execute('CreateTable', { ...TABLE, TableName: 'other' })
        const response = await fetch(`/${name}.sqlite`)
        await db.importDatabase(response.body)
        await put(db, 'of the page')
        await db.close()
        const again = new EngineClient({ name: `imported ${name}`, persistence: 'required' })
        const { TableNames } = await again.execute('ListTables')
        const found = await keys(again)
        await again.close()
        return { TableNames, found }
      }, name)
      assert.deepEqual(told, { TableNames: ['music'], found: ['of Node', 'of the page'] })
    }
  }))

  test(`of ${bigMB} MB goes to Node and comes from there a MB at a time`, () => inFolder(async folder => {
    const path = join(folder, 'big.sqlite')
    server().routes['/put'] = (request, response) => {
      request.on('data', chunk => appendFileSync(path, chunk)).on('end', () => response.end())
    }
    const out = await run(async ({ EngineClient, TABLE, put }, megabytes) => {
      const db = new EngineClient({ name: 'big', persistence: 'required' })
      await db.execute('CreateTable', TABLE)
      const text = { S: 'x'.repeat(350000) }
      for (let i = 0; i < megabytes * 3;) {
        const burst = Array.from({ length: 12 }, () => put(db, `${i++}`.padStart(4, '0'), { text }))
        await Promise.all(burst)
      }
      const told = { pieces: 0, largest: 0, bytes: 0 }
      for await (const piece of db.exportStream()) {
        told.pieces++
        told.bytes += piece.length
        told.largest = Math.max(told.largest, piece.length)
        await fetch('/put', { method: 'POST', body: piece })
      }
      const blob = await db.exportDatabase()
      told.blob = blob.size
      await db.importDatabase(blob)
      told.memory = (await EngineClient.internals(db).addon.sizes()).memory
      await db.close()
      return told
    }, bigMB)
    assert.equal(out.blob, out.bytes)
    assert.ok(out.bytes > bigMB * 1e6 && out.pieces >= bigMB, JSON.stringify(out))
    assert.ok(out.largest <= 1114112, `the largest piece has ${out.largest} bytes`)
    assert.ok(out.memory < 56000000, `the engine has ${out.memory} bytes of memory`)

    const node = new EngineClient({ path })
    const { Count } = await node.execute('Query', {
      TableName: 'music',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `${bigMB * 3 - 1}`.padStart(4, '0') } }
    })
    assert.equal(Count, 1)
    await put(node, 'of Node')
    const sent = { pieces: 0, largest: 0 }
    server().routes['/big.sqlite'] = async (request, response) => {
      for await (const piece of node.exportStream()) {
        sent.pieces++
        sent.largest = Math.max(sent.largest, piece.length)
        if (!response.write(piece)) await once(response, 'drain')
      }
      response.end()
    }
    const back = await run(async ({ EngineClient, put }) => {
      const db = new EngineClient({ name: 'big back', persistence: 'required' })
      const { body } = await fetch('/big.sqlite')
      await db.importDatabase(body)
      const { Item } = await db.execute('GetItem', { TableName: 'music', Key: { pk: { S: 'of Node' } } })
      await put(db, 'of the page')
      const { memory } = await EngineClient.internals(db).addon.sizes()
      await db.close()
      return { Item, memory }
    })
    await node.close()
    assert.deepEqual(back.Item, { pk: { S: 'of Node' } })
    assert.ok(sent.pieces >= bigMB && sent.largest <= 1114112, JSON.stringify(sent))
    assert.ok(back.memory < 56000000, `the engine has ${back.memory} bytes of memory`)
  }))

  test('stays as it is when what comes in breaks off, or is not one of ours', () => inFolder(async folder => {
    const node = new EngineClient({ path: join(folder, 'other.sqlite') })
    await node.execute('CreateTable', { ...TABLE, TableName: 'other' })
    await node.execute('CreateTable', TABLE)
    for (let i = 0; i < 20; i++) await put(node, `other ${i}`, { text: { S: 'x'.repeat(99999) } })
    const good = Buffer.from(await (await node.exportDatabase()).arrayBuffer())
    await node.close()
    const changed = change => {
      const bytes = Buffer.from(good)
      change(bytes)
      return bytes
    }
    const files = {
      '/corrupt': changed(bytes => bytes.fill(0xa5, 8192 * 3, 8192 * 4)),
      '/newer': changed(bytes => bytes.fill(99, 63, 64)),
      '/foreign': changed(bytes => bytes.fill(1, 68, 72)),
      '/half': good.subarray(0, good.length >> 1),
      '/html': Buffer.from('<!doctype html>'.repeat(100)),
      '/pages': await otherPages(good)
    }
    for (const [path, body] of Object.entries(files)) server().routes[path] = { body }
    server().routes['/cut'] = (request, response) => {
      response.writeHead(200, { 'content-length': good.length })
      response.write(good.subarray(0, 1500000), () => setTimeout(() => response.destroy(), 50))
    }
    const told = await run(async ({ EngineClient, TABLE, put, keys, failed, pause }, paths) => {
      let db = new EngineClient({ name: 'stays', persistence: 'required' })
      await db.execute('CreateTable', TABLE)
      await put(db, 'a')
      const refused = {}
      for (const path of [...paths, '/cut']) {
        const { body } = await fetch(path)
        refused[path] = (await failed(db.importDatabase(body))).name
      }
      const abort = new AbortController()
      const slow = async function * () {
        const reader = (await fetch('/corrupt')).body.getReader()
        yield (await reader.read()).value
        abort.abort()
        yield (await reader.read()).value
      }
      refused.aborted = (await failed(db.importDatabase(slow(), { signal: abort.signal }))).name
      const endless = async function * () {
        yield new Uint8Array(await (await fetch('/corrupt')).arrayBuffer())
        await new Promise(() => {})
      }
      db.importDatabase(endless()).catch(() => {})
      await pause(300)
      dispatchEvent(new Event('pagehide')) // its worker ends in the middle of that
      const found = await keys(db)
      await db.close()
      let stored = 0
      const root = await navigator.storage.getDirectory()
      const base = await root.getDirectoryHandle('ddblite')
      const pool = await (await base.getDirectoryHandle('stays')).getDirectoryHandle('.opaque')
      for await (const file of pool.values()) stored += (await file.getFile()).size
      return { refused, found, stored }
    }, Object.keys(files))
    assert.match(told.refused['/cut'], /TypeError|NetworkError|AbortError/)
    delete told.refused['/cut']
    assert.deepEqual(told.refused, {
      '/corrupt': 'StorageCorrupt',
      '/newer': 'FormatTooNew',
      '/foreign': 'NotADatabase',
      '/half': 'StorageCorrupt',
      '/html': 'NotADatabase',
      '/pages': 'BadArgument',
      aborted: 'AbortError'
    })
    assert.deepEqual(told.found, ['a'])
    assert.ok(told.stored < 1000000, `${told.stored} bytes are stored`)
  }))

  test('refuses a snapshot of bytes that are damaged, and stays as it is', async () => {
    const told = await run(async ({ EngineClient, Snapshot, TABLE, put, keys, failed }) => {
      const db = new EngineClient()
      await db.execute('CreateTable', TABLE)
      await put(db, 'a')
      const bytes = (await db.snapshot()).bytes()
      const refused = []
      for (const change of [
        bytes => bytes.subarray(0, 0),
        bytes => bytes.fill(1, 68, 72),
        bytes => bytes.fill(99, 63, 64),
        bytes => bytes.subarray(0, bytes.length >> 1),
        bytes => bytes.fill(0xa5, 8192 * 3, 8192 * 4)
      ]) {
        refused.push((await failed(db.restore(Snapshot.from(change(bytes.slice()))))).name)
      }
      const found = await keys(db)
      await db.close()
      return { refused, found }
    })
    assert.deepEqual(told.refused,
      ['NotADatabase', 'NotADatabase', 'FormatTooNew', 'StorageCorrupt', 'StorageCorrupt'])
    assert.deepEqual(told.found, ['a'])
  })
})
