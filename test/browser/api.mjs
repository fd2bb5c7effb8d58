#!/usr/bin/env node
/*
 * api.mjs - the API suites in real browsers: every file of test/api, on browser-memory and
 * browser-opfs, against the bundles of dist/ that a web page loads.
 *
 *   node test/browser/api.mjs [part of a file's name]...
 *
 * esbuild bundles the suites; test/browser/api/ answers for node:test and the like. What needs Node
 * itself is listed below with its reason, and counted.
 */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { browserNames, launch } from './support/browsers.mjs'
import { serveFiles } from './support/serve.mjs'
import { leftOut } from './api/left-out.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const here = join(root, 'test', 'browser', 'api')
const TARGETS = 'browser-memory,browser-opfs'
const SLOW_MS = 2000

function suites (wanted) {
  return readdirSync(join(root, 'test', 'api'), { recursive: true })
    .filter(name => name.endsWith('.test.mjs'))
    .map(name => relative(root, join(root, 'test', 'api', name)))
    .filter(name => wanted.length === 0 || wanted.some(part => name.includes(part)))
    .sort()
}

const answers = {
  name: 'answers-for-node',
  setup (bundle) {
    bundle.onResolve({ filter: /^node:test$/ }, () => ({ path: join(here, 'node-test.mjs') }))
    bundle.onResolve({ filter: /^node:assert\/strict$/ }, () =>
      ({ path: join(here, 'node-assert.mjs') }))
    bundle.onResolve({ filter: /^(node:|ddblite\/server$)/ }, () =>
      ({ path: join(here, 'node-rest.cjs') }))
    bundle.onResolve({ filter: /^ddblite$/ }, () => ({ path: join(here, 'ddblite.mjs') }))
    bundle.onResolve({ filter: /^ddblite\/aws$/ }, () => ({ path: '/dist/aws.js', external: true }))
    bundle.onResolve({ filter: /^\/dist\// }, ({ path }) => ({ path, external: true }))
  }
}

async function bundleSuites (files, folder) {
  await build({
    entryPoints: [...files.map(file => join(root, file)), join(here, 'node-test.mjs')],
    outdir: folder,
    outbase: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env.DDBLITE_TARGETS': JSON.stringify(TARGETS), global: 'globalThis' },
    inject: [join(here, 'buffer.mjs')],
    plugins: [answers],
    outExtension: { '.js': '.mjs' },
    logLevel: 'error'
  })
}

/* Browsers of one kind at a time: they wait for storage and clocks more than they compute. */
const BESIDE = 2

/* The slowest files, which are begun with: the last to end decides. */
const SLOWEST = ['clock/clock', 'backups/backups', 'subscribe/delivery', 'faults/lag', 'insight/info']

const slowFirst = files => {
  const rank = file => (SLOWEST.findIndex(name => file.includes(name)) + 1) || Infinity
  return [...files].sort((a, b) => rank(a) === rank(b) ? 0 : rank(a) - rank(b))
}

async function runIn (name, files, url) {
  const queue = slowFirst(files)
  const all = await Promise.all(Array.from({ length: BESIDE }, () => runSome(name, queue, url)))
  return Object.fromEntries(Object.keys(all[0]).map(kind =>
    [kind, all.reduce((sum, counts) => sum + counts[kind], 0)]))
}

/* Runs files in one page until none is left. */
async function runSome (name, queue, url) {
  const browser = await launch(name)
  const counts = { passed: 0, failed: 0, skipped: 0 }
  try {
    const page = await browser.newPage()
    if (process.env.DDBLITE_CONSOLE) {
      page.on('console', message => console.error(`${name}: ${message.text()}`))
    }
    await page.goto(url)
    for (let file; (file = queue.shift()) !== undefined;) {
      const skips = leftOut.filter(({ file: of, test }) => file.includes(of) && test !== undefined)
      const start = Date.now()
      const told = await page.evaluate(`(async () => {
        const { runFile } = await import('/suites/test/browser/api/node-test.mjs')
        return runFile(() => import('/suites/${file}'), ${JSON.stringify(skips)})
      })()`)
      for (const kind of Object.keys(counts)) counts[kind] += told[kind].length
      const { passed, failed, skipped } = told
      console.log(`${name} ${file}: ${passed.length} passed` +
        (failed.length > 0 ? `, ${failed.length} FAILED` : '') +
        (skipped.length > 0 ? `, ${skipped.length} left out` : '') + ` (${Date.now() - start} ms)`)
      for (const { name: test, ms } of passed) if (ms > SLOW_MS) console.log(`  ${ms} ms: ${test}`)
      for (const { name: test, error } of failed) console.log(`  not ok: ${test}\n${error}`)
    }
  } finally {
    await browser.close()
  }
  return counts
}

async function main (wanted) {
  const whole = leftOut.filter(({ test }) => test === undefined)
  const all = suites(wanted)
  const files = all.filter(file => !whole.some(({ file: of }) => file.includes(of)))
  const folder = mkdtempSync(join(tmpdir(), 'ddblite-suites-'))
  let failed = false
  const server = await serveFiles({ dist: join(root, 'dist'), suites: folder })
  try {
    await bundleSuites(files, folder)
    for (const { file, reason } of whole.filter(({ file: of }) => all.some(f => f.includes(of)))) {
      console.log(`left out: ${file} (${reason})`)
    }
    const results = await Promise.all(browserNames.map(async name =>
      [name, await runIn(name, files, server.url)]))
    for (const [name, counts] of results) {
      console.log(`${name} on ${TARGETS}: ${files.length} files, ${counts.passed} tests passed, ` +
        `${counts.failed} failed, ${counts.skipped} left out`)
      failed ||= counts.failed > 0 || counts.passed === 0
    }
  } finally {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  if (failed) process.exitCode = 1
}

await main(process.argv.slice(2).map(name => basename(name) === name ? name : relative('', name)))
