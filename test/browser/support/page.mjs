/*
 * page.mjs - suites that run in each browser: a server, a browser, pages of one profile.
 *
 *   inBrowsers('closing', ({ test, run, runIn, newPage, workerAt, server, name }) => { ... })
 *
 * run(page, body, ...args) runs a function in a page; its first argument is the exports of
 * dist/browser.js and what helpers below add. Arguments and results are JSON.
 */
import { after, before, describe, test } from 'node:test'
import { browserNames, launch } from './browsers.mjs'
import { serveFiles } from './serve.mjs'

export const TABLE = {
  TableName: 'music',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }]
}

/* A worker that is ours behind some lines of a test's own. */
const workerWith = lines => `${lines}\nawait import('/dist/worker.js')`

/* In the page: what tests need again and again. */
const helpers = `
  const put = (db, pk, more) =>
    db.execute('PutItem', { TableName: 'music', Item: { pk: { S: pk }, ...more } })
  const keys = async db =>
    (await db.execute('Scan', { TableName: 'music' })).Items.map(({ pk }) => pk.S).sort()
  const failed = promise => promise.then(value => ({ resolved: true }),
    ({ name, message, type, statusCode }) => ({ name, message, type, statusCode }))
  const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
  const worker = path => () => new Worker(path, { type: 'module' })
`

export function inBrowsers (title, body) {
  describe(title, { concurrency: browserNames.length }, () => {
    for (const name of browserNames) inBrowser(title, name, body)
  })
}

function inBrowser (title, name, body) {
  describe(`${title} [${name}]`, { concurrency: 1 }, () => {
    let server, browser
    const context = { name, test, server: () => server }
    before(async () => {
      server = await serveFiles()
      browser = await launch(name)
      context.page = await context.newPage()
    })
    after(async () => {
      await browser?.close()
      await server?.close()
    })
    context.newPage = async () => {
      const page = await browser.newPage()
      if (process.env.DDBLITE_CONSOLE) {
        page.on('console', message => console.error(`${name}: ${message.text()}`))
      }
      await page.goto(server.url)
      return page
    }
    /** Serves a worker that runs these lines first. */
    context.workerAt = (path, lines) => {
      server.routes[path] = { body: workerWith(lines) }
    }
    context.runIn = (page, fn, ...args) => page.evaluate(`(async () => {
      const ddblite = await import('/dist/browser.js')
      ${helpers}
      const tools = { ...ddblite, TABLE: ${JSON.stringify(TABLE)},
        put, keys, failed, pause, worker }
      return (${fn})(tools, ...${JSON.stringify(args)})
    })()`)
    context.run = (fn, ...args) => context.runIn(context.page, fn, ...args)
    body(context)
  })
}
