// npm run bench:browser: the engine on a page in Chromium, against the raw official SQLite in a
// worker with the same messages and rows. One run, both sides in turns; only ratios mean anything.
//
//   node bench/browser/run.mjs            after npm run build:wasm
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { launch } from '../../test/browser/support/browsers.mjs'
import { serveFiles } from '../../test/browser/support/serve.mjs'
import { figure, finish, report } from '../support.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const dist = fileURLToPath(new URL('../../dist/', import.meta.url))
const official = fileURLToPath(
  new URL('../../node_modules/@sqlite.org/sqlite-wasm/dist/', import.meta.url))
const WIRE = ['worker.js', 'engine.wasm', 'sqlite3.wasm']

async function bundled (file) {
  const { outputFiles } = await build({
    entryPoints: [join(here, file)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    external: ['/dist/*'],
    write: false,
    logLevel: 'error'
  })
  return { body: outputFiles[0].text }
}

const server = await serveFiles({ dist, official })
server.routes['/raw-worker.js'] = await bundled('raw-worker.mjs')
server.routes['/bench.js'] = await bundled('page.mjs')
const browser = await launch('chromium')
try {
  const page = await browser.newPage()
  page.on('console', message => console.error(message.text()))
  page.on('pageerror', error => console.error(error.message))
  await page.goto(server.url)
  const measure = name => page.evaluate(`import('/bench.js').then(bench => bench.${name}())`)

  console.log(`\nIn ${await browser.version()}, against the raw official SQLite in a worker`)
  const memory = await measure('inMemory')
  for (const [name, { ddblite, raw }] of Object.entries(memory)) {
    report(`${name}${name === 'Query' ? ' of 50 items' : ''}, in memory`, ddblite, raw, 1.3)
  }
  const { ddblite, raw, awaited, burst } = await measure('durable')
  report('PutItem, durable in OPFS', ddblite, raw, undefined, { unit: 'ms' })
  figure('PutItem, durable in OPFS, p50', ddblite, 'ms', 1)
  report('1,000 PutItems in OPFS (awaited, burst)', awaited, burst, 20, {
    atLeast: true, unit: 'ms'
  })
  await measure('boot')
  await page.reload()
  figure('Worker to first reply, warm cache, OPFS', await measure('boot'), 'ms', 150)

  console.log('\nOver the wire (gzip -9)')
  let total = 0
  for (const name of WIRE) {
    const bytes = gzipSync(readFileSync(join(dist, name)), { level: 9 }).length / 1000
    figure(name, bytes, 'KB')
    total += bytes
  }
  figure('worker, engine and SQLite', total, 'KB', 600)
} finally {
  await browser.close()
  await server.close()
}
finish()
