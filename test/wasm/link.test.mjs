/*
 * link.test.mjs - engine.wasm and the module it is linked with: what fits, and what is refused.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { createHash } from 'node:crypto'
import initialise from '@sqlite.org/sqlite-wasm'
import { linkEngine } from '../../lib/wasm/link.mjs'
import { createEngine, EngineCrashed } from '../../lib/wasm/engine.mjs'

const dist = new URL('../../dist/', import.meta.url)
const wasm = readFileSync(new URL('engine.wasm', dist))
const wasmBinary = readFileSync(new URL('sqlite3.wasm', dist))
const sqlite = () => initialise() /* as published: what is linked may have more than we need */
const host = { now: () => 0, random () {}, log () {}, files: () => -1 }

const refused = async (promise, reason, message) => {
  const error = await promise.then(() => assert.fail(`expected ${reason}`), error => error)
  assert.equal(error.name, 'LinkError', error.stack)
  assert.deepEqual([error.code, error.reason], ['ERR_DDBLITE_LINK', reason])
  assert.match(error.message, message)
}

/* A module with no more than its header and what a side module must have. */
const EMPTY_SIDE_MODULE = Buffer.concat([
  Buffer.from('\0asm\x01\0\0\0', 'latin1'),
  Buffer.from([0, 15, 8]), Buffer.from('dylink.0'), Buffer.from([1, 4, 0, 0, 0, 0])
])

describe('linking', () => {
  test('refuses bytes that are not WebAssembly', async () => {
    await refused(linkEngine(await sqlite(), Buffer.from('<html>'), host), 'not-wasm', /not WebAss/)
  })

  test('refuses a module that is no side module', async () => {
    await refused(linkEngine(await sqlite(), wasmBinary, host), 'not-a-side-module', /dylink\.0/)
  })

  test('refuses an engine of another version', async () => {
    await refused(linkEngine(await sqlite(), EMPTY_SIDE_MODULE, host), 'abi',
      /interface undefined, this package \d+/)
  })

  test('refuses an SQLite that is too old', async () => {
    const sqlite3 = await sqlite()
    const old = {
      ...sqlite3,
      wasm: sqlite3.wasm,
      version: { libVersionNumber: 3041002, libVersion: '3.41.2' }
    }
    await refused(linkEngine(old, wasm, host), 'sqlite-version', /needs SQLite 3\.\d+.* is 3\.41\.2/)
  })

  test('names what the SQLite module does not have', async () => {
    const sqlite3 = await sqlite()
    const exports = { ...sqlite3.wasm.exports, sqlite3_step: undefined }
    const parts = Object.create(sqlite3.wasm, { exports: { value: exports } })
    await refused(linkEngine({ ...sqlite3, wasm: parts }, wasm, host), 'missing', /sqlite3_step/)
  })

  test('leaves the SQLite module as usable as it was', async () => {
    const sqlite3 = await sqlite()
    await createEngine(sqlite3, wasm)
    const db = new sqlite3.oo1.DB()
    assert.equal(db.selectValue('SELECT 1 + 1'), 2)
    db.close()
  })
})

describe('the manifest', () => {
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', dist), 'utf8'))

  test('tells size and hash of each file', () => {
    for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
      const content = readFileSync(new URL(name, dist))
      assert.equal(content.length, bytes, name)
      assert.equal(createHash('sha256').update(content).digest('hex'), sha256, name)
    }
  })

  test('names the operations that the engine has, and its versions', async () => {
    const engine = await createEngine(await sqlite(), wasm)
    assert.deepEqual(manifest.operations, engine.operationNames())
    assert.equal(manifest.contractVersion, engine.contractVersion)
    assert.equal(manifest.sqliteVersion, engine.sqliteVersion)
  })
})

describe('the engine', () => {
  test('is used no more after a trap', async () => {
    const sqlite3 = await sqlite()
    const engine = await createEngine(sqlite3, wasm)
    const handle = engine.open(undefined, undefined, undefined, 0, 0)
    const op = engine.operation('ListTables')
    assert.equal(engine.exec(handle, op, engine.write('{}')), '{"TableNames":[]}')
    const { db } = handle.state
    handle.state.db = 0x7ffffff0 /* beyond the memory */
    assert.throws(() => engine.exec(handle, op, engine.write('{}')), EngineCrashed)
    handle.state.db = db
    assert.ok(engine.crashed)
    assert.throws(() => engine.write('{}'), EngineCrashed)
    assert.throws(() => engine.exec(handle, op, 2), EngineCrashed)
    engine.close(handle)
  })

  test('refuses handles that are closed, and what is none', async () => {
    const engine = await createEngine(await sqlite(), wasm)
    const handle = engine.open(undefined, undefined, undefined, 0, 0)
    engine.close(handle)
    engine.close(handle)
    assert.throws(() => engine.commit(handle), { code: 'ERR_DDBLITE_CLOSED' })
    for (const wrong of [null, undefined, {}, 5]) {
      assert.throws(() => engine.commit(wrong), { code: 'ERR_DDBLITE_HANDLE' })
    }
  })

  test('works without a Buffer, in texts of any kind', async () => {
    const { Buffer } = globalThis
    globalThis.Buffer = undefined
    let engine
    try {
      engine = await createEngine(await sqlite(), wasm)
    } finally {
      globalThis.Buffer = Buffer
    }
    const handle = engine.open(undefined, undefined, undefined, 0, 0)
    const call = (name, request) =>
      JSON.parse(engine.exec(handle, engine.operation(name), engine.write(JSON.stringify(request))))
    call('CreateTable', {
      TableName: 'texts',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }]
    })
    for (const S of ['plain', 'ü', '€', '\u{1f600}', '\ufeffmark', 'x'.repeat(70000)]) {
      call('PutItem', { TableName: 'texts', Item: { pk: { S: 'a' }, text: { S } } })
      const { Item } = call('GetItem', { TableName: 'texts', Key: { pk: { S: 'a' } } })
      assert.equal(Item.text.S, S)
    }
    engine.close(handle)
  })

  test('keeps to its stack', async () => {
    const engine = await createEngine(await sqlite(), wasm)
    const handle = engine.open(undefined, undefined, undefined, 0, 0)
    const deep = `${'{"M":{"a":'.repeat(31)}{"S":"x"}${'}}'.repeat(31)}`
    for (const text of [
      `{"TableName":"abc","Item":{"pk":{"S":"a"},"deep":${deep}}}`,
      '['.repeat(100000),
      `{"TableName":"abc","Key":{"pk":{"S":"a"}},"ConditionExpression":"${'('.repeat(2000)}"}`
    ]) {
      engine.exec(handle, engine.operation('PutItem'), engine.write(text))
    }
    const { stack } = engine.sizes()
    assert.ok(stack > 0 && stack < 262144, `${stack} bytes of the stack were used`)
    engine.close(handle)
  })
})
