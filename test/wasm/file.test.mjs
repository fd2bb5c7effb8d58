/*
 * file.test.mjs - databases in files on WebAssembly: the addon's format, one user at a time.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { tableInput } from '../api/support/targets.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const table = JSON.stringify(tableInput('music'))

/* Runs a module's text on an engine, with `db` open; its value is what it gives to tell(). */
function onEngine (engine, path, text, expected = 0) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', `
    import { EngineClient } from 'ddblite'
    const path = ${JSON.stringify(path)}
    const tell = value => console.log(JSON.stringify(value))
    const put = (db, id) => db.execute('PutItem', { TableName: 'music', Item: { pk: { S: id } } })
    const count = async db => (await db.execute('Scan', { TableName: 'music' })).Count
    const db = new EngineClient({ path, busyTimeout: 0 })
    ${text}`], { cwd: root, encoding: 'utf8', env: { ...process.env, DDBLITE_ENGINE: engine } })
  assert.equal(status, expected, stderr)
  return stdout === '' ? undefined : JSON.parse(stdout)
}

describe('a file', () => {
  let folder
  let files = 0
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  const fresh = () => join(folder, `${++files}.sqlite`)

  const make = `await db.execute('CreateTable', ${table}); await put(db, 'a')`

  for (const [first, second] of [['wasm', 'native'], ['native', 'wasm']]) {
    test(`of ${first} opens on ${second}, and goes back`, () => {
      const path = fresh()
      onEngine(first, path, `${make}; await db.close()`)
      assert.equal(onEngine(second, path, 'await put(db, "b"); tell(await count(db)); db.close()'), 2)
      assert.equal(onEngine(first, path, 'tell(await count(db)); await db.close()'), 2)
    })

    test(`of ${first} that was not closed opens on ${second} with all that was acknowledged`, () => {
      const path = fresh()
      onEngine(first, path, `${make}; process.kill(process.pid, 'SIGKILL')`, null)
      assert.ok(existsSync(`${path}-wal`), 'what was written is still in the WAL')
      assert.equal(onEngine(second, path, 'tell(await count(db)); await db.close()'), 1)
    })

    test(`that ${first} has open is busy for ${second}`, {
      skip: first === 'native' && !existsSync('/proc/locks') && 'no /proc/locks here'
    }, () => {
      const path = fresh()
      const error = onEngine(first, path, `${make}
        import { spawnSync } from 'node:child_process'
        const code = "new (require('ddblite').EngineClient)({ path: " + JSON.stringify(path) +
          ", busyTimeout: 0 }).ready().catch(e => console.log(JSON.stringify([e.name, e.type])))"
        const env = { ...process.env, DDBLITE_ENGINE: '${second}' }
        const { stdout } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', env })
        tell(JSON.parse(stdout))
        await db.close()`)
      assert.deepEqual(error, ['StorageBusy', 'ddblite#StorageBusy'])
    })
  }

  test('has one client at a time, and the next one when that is closed', () => {
    const path = fresh()
    const told = onEngine('wasm', path, `${make}
      const other = new EngineClient({ path, busyTimeout: 20 })
      const error = await other.ready().catch(error => error)
      await db.close()
      tell([error.name, error.message.includes(path + '-lock'), await count(other)])
      await other.close()`)
    assert.deepEqual(told, ['StorageBusy', true, 1])
    assert.equal(existsSync(`${path}-lock`), false)
  })

  test('gives its lock back at the end of a process that did not close it', () => {
    const path = fresh()
    onEngine('wasm', path, make)
    assert.equal(existsSync(`${path}-lock`), false)
  })

  test('is taken over from a process that died, not from one that cannot be seen', () => {
    const path = fresh()
    onEngine('wasm', path, `${make}; process.kill(process.pid, 'SIGKILL')`, null)
    const lock = JSON.parse(readFileSync(`${path}-lock`, 'utf8'))
    assert.equal(onEngine('wasm', path, 'tell(await count(db))'), 1)

    writeFileSync(`${path}-lock`, JSON.stringify({ ...lock, place: 'another machine' }))
    const name = 'tell(await db.ready().catch(error => error.name))'
    for (const engine of ['wasm', 'native']) {
      assert.equal(onEngine(engine, path, name), 'StorageBusy')
    }
    rmSync(`${path}-lock`)
  })

  test('is closed when nobody holds its client any more', () => {
    const path = fresh()
    const told = onEngine('wasm', path, `
      import { setFlagsFromString } from 'node:v8'
      import { runInNewContext } from 'node:vm'
      setFlagsFromString('--expose-gc')
      const gc = runInNewContext('gc')
      await new EngineClient({ path }).execute('ListTables')
      let opened = false
      for (let i = 0; i < 50 && !opened; i++) {
        gc()
        await new Promise(resolve => setTimeout(resolve, 20))
        opened = await db.ready().then(() => true, () => false)
      }
      tell(opened)`)
    assert.equal(told, true)
  })
})
