// db.subscribe() and its process: timers, fake timers, the end.
//
// Evidence: docs/recipes/streams.md, "When handlers are called".
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, mock, test } from 'node:test'
import { promisify } from 'node:util'
import { EngineClient } from 'ddblite'
import { tableInput } from '../support/targets.mjs'
import { streaming } from '../support/streams.mjs'

const START = Date.UTC(2030, 0, 1)

describe('a subscription and its process', () => {
  test('fake timers stop nothing, nor are needed', async () => {
    const alive = setInterval(() => {}, 1000) /* our timers do not keep this process */
    const db = new EngineClient()
    await db.ready() /* WebAssembly is compiled with the help of timers */
    mock.timers.enable({ apis: ['setTimeout', 'setImmediate', 'Date'] })
    try {
      await db.execute('CreateTable', tableInput('Music', streaming()))
      const got = new Promise((resolve, reject) => {
        let tries = 0
        db.subscribe('Music', event => {
          if (tries++ === 0) throw new Error('once')
          resolve(event)
        }, { onError () {} }).then(() =>
          db.execute('PutItem', { TableName: 'Music', Item: { pk: { S: 'a' } } })).catch(reject)
      })
      assert.equal((await got).Records.length, 1)
      await db.close()
    } finally {
      mock.timers.reset()
      clearInterval(alive)
    }
  })

  test('it does not keep the process alive', async () => {
    const code = `
      import { EngineClient } from 'ddblite'
      const db = new EngineClient()
      await db.execute('CreateTable', ${JSON.stringify(tableInput('Music', streaming()))})
      const failing = await db.subscribe('Music', () => { throw new Error('no') }, { onError () {} })
      const waiting = await db.subscribe('Music', () => {}, { maximumBatchingWindowInSeconds: 300 })
      const seeing = await db.subscribe('Music', () => { console.log('seen') })
      await db.execute('PutItem', { TableName: 'Music', Item: { pk: { S: 'a' } } })`
    const { stdout } = await promisify(execFile)(process.execPath,
      ['--input-type=module', '-e', code], { timeout: 20000 })
    assert.equal(stdout, 'seen\n')
  })

  test('a closed client closes it', async () => {
    const db = new EngineClient({ clock: { now: START } })
    await db.execute('CreateTable', tableInput('Music', streaming()))
    const sub = await db.subscribe('Music', () => {})
    await db.execute('PutItem', { TableName: 'Music', Item: { pk: { S: 'a' } } })
    await db.close()
    assert.equal(sub.closed, true)
    await sub.drain()
    await db.drain()
    await assert.rejects(db.subscribe('Music', () => {}), { name: 'ClientClosed' })
  })
})
