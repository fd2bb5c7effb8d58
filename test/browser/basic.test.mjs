/*
 * basic.test.mjs - a page that loads dist/browser.js from a static server, and what it can then do.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { browserNames, launch } from './support/browsers.mjs'
import { serveFiles } from './support/serve.mjs'

for (const name of browserNames) {
  describe(`a page in ${name}`, () => {
    let browser, server, page

    before(async () => {
      server = await serveFiles()
      browser = await launch(name)
      page = await browser.newPage()
      page.on('console', message => console.error(`${name}: ${message.text()}`))
      await page.goto(server.url)
    })
    after(async () => {
      await browser?.close()
      await server?.close()
    })

    /* Runs in the page with the module's exports. */
    const run = (body, ...args) => page.evaluate(
      `(async () => {
        const { EngineClient, EngineError } = await import('/dist/browser.js')
        return (${body})({ EngineClient, EngineError }, ...${JSON.stringify(args)})
      })()`)

    const table = {
      TableName: 'music',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }]
    }

    test('creates a table, puts an item and gets it, in memory', async () => {
      const told = await run(async ({ EngineClient }, table) => {
        const db = new EngineClient()
        await db.execute('CreateTable', table)
        await db.execute('PutItem', {
          TableName: 'music', Item: { pk: { S: 'a' }, bytes: { B: new Uint8Array([1, 2, 255]) } }
        })
        const { Item } = await db.execute('GetItem', { TableName: 'music', Key: { pk: { S: 'a' } } })
        const ready = await db.ready()
        await db.close()
        return { Item, ready }
      }, table)
      assert.deepEqual(told.Item, { pk: { S: 'a' }, bytes: { B: 'AQL/' } })
      assert.equal(told.ready.persistenceMode, 'memory')
      assert.equal(told.ready.engine, 'wasm')
      assert.ok(told.ready.capabilities.includes('TransactWriteItems'))
    })

    test('keeps a named database in OPFS over a reload', async () => {
      const mode = await run(async ({ EngineClient }, table) => {
        const db = new EngineClient({ name: 'kept' })
        await db.execute('CreateTable', table)
        await db.execute('PutItem', { TableName: 'music', Item: { pk: { S: 'a' } } })
        return (await db.ready()).persistenceMode
      }, table)
      assert.equal(mode, 'opfs')
      await page.reload()
      const scan = await run(async ({ EngineClient }) => {
        const db = new EngineClient({ name: 'kept', persistence: 'required' })
        const scan = await db.execute('Scan', { TableName: 'music' })
        await db.close()
        return scan
      })
      assert.deepEqual(scan.Items, [{ pk: { S: 'a' } }])
    })

    test('rejects with an EngineError as in Node', async () => {
      const told = await run(async ({ EngineClient, EngineError }) => {
        const db = new EngineClient()
        const error = await db.execute('GetItem', { TableName: 'none', Key: { pk: { S: 'a' } } })
          .catch(error => error)
        await db.close()
        const { name, message, type, statusCode } = error
        return { name, message, type, statusCode, is: error instanceof EngineError }
      })
      assert.deepEqual(told, {
        name: 'ResourceNotFoundException',
        message: 'Requested resource not found',
        type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
        statusCode: 400,
        is: true
      })
    })
  })
}
