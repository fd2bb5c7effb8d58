// What a database means for its process: exits, workers, garbage collection, a lost addon.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { after, before, describe, test } from 'node:test'
import { sharedFile, tableInput } from '../support/targets.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Runs a module's text in a process of its own. */
function run (text, { args = [], env = {} } = {}) {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...args, '--input-type=module', '-e', text],
    { cwd: root, encoding: 'utf8', timeout: 30000, env: { ...process.env, ...env } }
  )
  return { status, signal, stdout, stderr }
}

const table = JSON.stringify(tableInput('abc'))
const addIndex = JSON.stringify({
  TableName: 'abc',
  AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
  GlobalSecondaryIndexUpdates: [{
    Create: {
      IndexName: 'byG',
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' }
    }
  }]
})
const preamble = "import { EngineClient } from 'ddblite'"

describe('a process', () => {
  test('ends by itself with databases open and work not done', () => {
    const result = run(`${preamble}
      const db = new EngineClient()
      await db.execute('CreateTable', ${table})
      for (let i = 0; i < 100; i++) {
        const Item = { pk: { S: String(i) }, g: { S: 'x' } }
        await db.execute('PutItem', { TableName: 'abc', Item })
      }
      await db.execute('UpdateTable', ${addIndex})
      console.log('done')`)
    assert.deepEqual([result.status, result.stdout, result.stderr], [0, 'done\n', ''])
  })

  test('may exit in the middle of a burst', () => {
    const result = run(`${preamble}
      const db = new EngineClient()
      await db.execute('CreateTable', ${table})
      db.execute('PutItem', { TableName: 'abc', Item: { pk: { S: 'a' } } })
      process.exit(7)`)
    assert.deepEqual([result.status, result.stderr], [7, ''])
  })

  test('frees databases that nobody holds any more', sharedFile, () => {
    const result = run(
      `${preamble}
      import { readdirSync } from 'node:fs'
      const path = process.env.FOLDER + '/gc.sqlite'
      const open = () => readdirSync('/proc/self/fd').length
      await new EngineClient({ path }).execute('CreateTable', ${table})
      const before = open()
      for (let i = 0; i < 50; i++) await new EngineClient({ path }).execute('ListTables')
      for (let i = 0; i < 10 && open() > before; i++) {
        gc()
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      console.log(open() <= before)`,
      { args: ['--expose-gc'], env: { FOLDER: folder } }
    )
    assert.deepEqual([result.status, result.stdout, result.stderr], [0, 'true\n', ''])
  })

  let folder
  before(() => {
    folder = mkdtempSync(join(root, 'build', 'test-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('says how to build when there is no addon that loads', () => {
    const text = `${preamble}
      const error = await new EngineClient().ready().catch(error => error)
      console.log(error.name, error.code, error.message)`
    const named = run(text, { env: { DDBLITE_ENGINE: '', DDBLITE_ADDON: '/nowhere/x.node' } })
    assert.match(
      named.stdout,
      /^AddonError ERR_DDBLITE_ADDON DDBLITE_ADDON names \/nowhere\/x\.node, which does not load/
    )
    const broken = run(
      `
      import { createRequire } from 'node:module'
      import { cpSync } from 'node:fs'
      const copy = process.env.FOLDER + '/copy/'
      cpSync('lib', copy + 'lib', { recursive: true })
      process.chdir('/')
      const { EngineClient } = createRequire('file://' + copy)('./lib/index.cjs')
      await new EngineClient().ready().catch(error => console.log(error.message))`,
      { env: { FOLDER: folder, DDBLITE_ENGINE: '', DDBLITE_ADDON: '' } }
    )
    assert.match(
      broken.stdout,
      /There is no prebuilt addon for \w+-\w+ \(Node .*\)\nBuild it .*\n {2}npx ddblite build/
    )
  })
})

describe('worker threads', () => {
  const text = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { EngineClient } = require('ddblite')
    const db = new EngineClient()
    db.execute('CreateTable', ${table}).then(async () => {
      for (let i = 0; workerData === 'forever' || i < 200; i++) {
        await db.execute('PutItem', { TableName: 'abc', Item: { pk: { S: String(i) } } })
        if (i !== 100) continue
        parentPort.postMessage('busy')
        await new Promise(resolve => setImmediate(resolve))
      }
      const { Count } = await db.execute('Scan', { TableName: 'abc', Select: 'COUNT' })
      parentPort.postMessage(Count)
    })`
  const start = workerData => new Worker(text, { eval: true, workerData })

  test('have databases of their own, and end with them open', async () => {
    const counts = await Promise.all(
      Array.from(
        { length: 4 },
        () =>
          new Promise((resolve, reject) => {
            const worker = start('some')
            let last
            worker.on('message', message => {
              last = message
            })
            worker.on('error', reject)
            worker.on('exit', code => resolve([code, last]))
          })
      )
    )
    assert.deepEqual(counts, Array(4).fill([0, 200]))
  })

  test('may be terminated in the middle of their work', async () => {
    for (let i = 0; i < 5; i++) {
      const worker = start('forever')
      await new Promise((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      })
      assert.equal(await worker.terminate(), 1)
    }
  })
})
