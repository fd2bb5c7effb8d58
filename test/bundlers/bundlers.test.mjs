/*
 * bundlers.test.mjs - bundlers without configuration take the packed package, and Chromium runs
 * what they make of it.
 *
 *   app/   ->  build/bundlers/<name>, with the tarball and the bundler installed  ->  a page
 *
 * A page must get its answer from the WebAssembly engine. `road` says by which: the files that the
 * bundler copied (`url`), or the inline build where it copies none (`inline`).
 */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { launch } from '../browser/support/browsers.mjs'
import { serveFiles } from '../browser/support/serve.mjs'
import { installedFolder, root, tarball } from '../package/support.mjs'

const app = fileURLToPath(new URL('./app', import.meta.url))

const vite = version => ({
  packages: [`vite@${version}`],
  road: 'url',
  build: `import { build } from 'vite'
    await build({ base: './', logLevel: 'error', build: { outDir: 'out' } })`,
  /* The development server, which says where it is. */
  dev: `import { createServer } from 'vite'
    const server = await createServer(
      { logLevel: 'error', server: { host: '127.0.0.1', port: 0 } })
    await server.listen()
    console.log(server.resolvedUrls.local[0])`
})

/* Pinned; all run on Node 20. `build` is a module that bundles main.js into out/. */
const BUNDLERS = {
  esbuild: {
    packages: ['esbuild@0.28.2'],
    road: 'inline',
    build: `import { build } from 'esbuild'
      await build({ entryPoints: ['main.js'], bundle: true, format: 'esm', splitting: true,
        outdir: 'out' })`
  },
  rollup: {
    packages: ['rollup@4.68.8', '@rollup/plugin-node-resolve@16.0.3'],
    road: 'inline',
    build: `import { rollup } from 'rollup'
      import { nodeResolve } from '@rollup/plugin-node-resolve'
      const bundle = await rollup({ input: 'main.js', plugins: [nodeResolve({ browser: true })] })
      await bundle.write({ dir: 'out', format: 'es' })`
  },
  webpack: {
    packages: ['webpack@5.113.0'],
    road: 'url',
    build: `import webpack from 'webpack'
      import { promisify } from 'node:util'
      const stats = await promisify(webpack)({ mode: 'production', entry: './main.js',
        output: { path: process.cwd() + '/out', filename: 'main.js' } })
      if (stats.hasErrors()) throw new Error(stats.toString())`
  },
  'vite 5': vite('5.4.21'),
  'vite 6': vite('6.4.6'),
  'vite 7': vite('7.3.8'),
  'vite 8': vite('8.3.8'),
  parcel: {
    packages: ['parcel@2.16.4'],
    road: 'url',
    /* It looks for the project's root, and this repository is above. */
    build: `import { execFileSync } from 'node:child_process'
      execFileSync('node_modules/.bin/parcel', ['build', 'index.html', '--dist-dir', 'out',
        '--public-url', './', '--no-cache', '--log-level', 'error'], { stdio: 'inherit' })`
  },
  next: {
    packages: ['next@16.4.6', 'react@19.2.9', 'react-dom@19.2.9'],
    road: 'url',
    /* The app router: a client component, on the server too, and a folder of files in the end. */
    build: `import { execFileSync } from 'node:child_process'
      import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
      mkdirSync('app')
      cpSync('main.js', 'app/main.js')
      writeFileSync('app/layout.js', 'import { createElement as e } from "react"\\n' +
        'export default ({ children }) => e("html", { lang: "en" }, e("body", null, children))\\n')
      writeFileSync('app/page.js', '"use client"\\nimport { useEffect } from "react"\\n' +
        'export default function Page () {\\n' +
        '  useEffect(() => { import("./main.js") }, [])\\n  return "music"\\n}\\n')
      writeFileSync('next.config.mjs', 'export default { output: "export", distDir: "out", basePath: "/next", ' +
        'turbopack: { root: ' + JSON.stringify(process.cwd()) + ' } }\\n')
      execFileSync('node_modules/.bin/next', ['build'], { stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' } })`
  }
}

/* These make the page themselves. */
const OWN_PAGE = /^(vite|parcel|next)/

const exec = promisify(execFile)

/* A folder with the app, the package as published, and a bundler. */
async function prepare (name) {
  const folder = join(root, 'build', 'bundlers', pathOf(name))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(app, folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}\n')
  await exec('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball(),
    ...BUNDLERS[name].packages], { cwd: folder })
  return folder
}

const pathOf = name => name.replace(' ', '')

/* Installing and bundling wait for disks and networks: some at a time. */
describe('bundlers', { concurrency: 3 }, () => {
  let browser, server
  const folders = {}

  before(async () => {
    browser = await launch('chromium')
    server = await serveFiles(folders)
  })
  after(async () => {
    await browser?.close()
    await server?.close()
  })

  /* What the page tells, and by which road its worker came. */
  async function visit (url) {
    const page = await browser.newPage()
    const said = []
    page.on('console', message => said.push(message.text()))
    page.on('pageerror', error => said.push(error.message))
    let inline = false
    page.on('workercreated', worker => { inline ||= worker.url().startsWith('blob:') })
    await page.goto(url)
    try {
      await page.waitForFunction('globalThis.told !== undefined', { timeout: 60000 })
    } catch (error) {
      assert.fail(`${url}: ${error.message}\n${said.join('\n')}`)
    }
    const told = await page.evaluate('globalThis.told')
    await page.close()
    assert.deepEqual(told, { Item: { pk: { S: 'a' }, n: { N: '1' } }, engine: 'wasm' })
    return inline ? 'inline' : 'url'
  }

  /* Starts a development server and visits its page. */
  async function visitDev (folder, script) {
    writeFileSync(join(folder, 'dev.mjs'), script)
    const dev = spawn(process.execPath, ['dev.mjs'],
      { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const url = await new Promise((resolve, reject) => {
        dev.stdout.once('data', data => resolve(String(data).trim()))
        dev.once('exit', code => reject(new Error(`the server ended with ${code}`)))
      })
      await visit(url)
    } finally {
      dev.kill()
    }
  }

  for (const [name, { road, build, dev }] of Object.entries(BUNDLERS)) {
    test(`${name} takes it without configuration${dev ? ', built and served' : ''}`, async () => {
      const folder = await prepare(name)
      writeFileSync(join(folder, 'build.mjs'), build)
      await exec(process.execPath, ['build.mjs'], { cwd: folder })
      const out = join(folder, 'out')
      folders[pathOf(name)] = out
      if (!OWN_PAGE.test(name)) cpSync(join(app, 'index.html'), join(out, 'index.html'))
      assert.equal(await visit(`${server.url}/${pathOf(name)}/index.html`), road)
      if (dev !== undefined) await visitDev(folder, dev)
    })
  }

  test('a plain server and an import map will do', async () => {
    folders.plain = join(installedFolder(), 'node_modules', 'ddblite')
    folders.app = app
    const map = '{"imports":{"ddblite":"/plain/dist/browser.js"}}'
    server.routes['/map'] = {
      type: 'text/html',
      body: `<!doctype html><title>map</title><link rel="icon" href="data:,">
        <script type="importmap">${map}</script><script type="module" src="/app/main.js"></script>`
    }
    assert.equal(await visit(`${server.url}/map`), 'url')
  })
})
