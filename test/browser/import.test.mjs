/*
 * import.test.mjs - one file format: what a page exports opens in Node, and the reverse.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

const keysOf = async db =>
  (await db.execute('Scan', { TableName: 'music' })).Items.map(({ pk }) => pk.S).sort()

inBrowsers('a database of a page', ({ test, run, server, ...context }) => {
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
