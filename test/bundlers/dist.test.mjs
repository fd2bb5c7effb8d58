/* dist.test.mjs - what dist/ holds, how much of it a page transfers, and who is given what. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { installedFolder } from '../package/support.mjs'

const GZIP_TOTAL_MAX = 600_000

describe('dist', () => {
  let folder, dist, manifest

  before(() => {
    folder = installedFolder()
    dist = join(folder, 'node_modules', 'ddblite', 'dist')
    manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'))
  })

  const bytesOf = name => readFileSync(join(dist, name))

  test('is as its manifest says', () => {
    const names = ['aws.js', 'browser.js', 'engine.wasm', 'inline.js', 'sqlite3.wasm', 'worker.js']
    for (const name of names) assert.ok(manifest.files[name], name)
    for (const [name, { bytes, gzip, sha256 }] of Object.entries(manifest.files)) {
      const found = bytesOf(name)
      assert.equal(found.length, bytes, name)
      assert.equal(gzipSync(found, { level: 9 }).length, gzip, name)
      assert.equal(createHash('sha256').update(found).digest('hex'), sha256, name)
    }
  })

  test('transfers no more than it did', () => {
    const { files, gzipTotal } = manifest
    assert.equal(gzipTotal,
      files['worker.js'].gzip + files['engine.wasm'].gzip + files['sqlite3.wasm'].gzip)
    assert.ok(gzipTotal <= GZIP_TOTAL_MAX, `${gzipTotal} bytes`)
  })

  test('has a worker of one file, which names no file but the two modules', () => {
    const text = bytesOf('worker.js').toString()
    assert.equal(/\bimport\s*[("'{*]/.test(text), false)
    assert.equal(text.includes('new Worker('), false)
    assert.deepEqual([...text.matchAll(/new URL\("([^"]+)",\s*import\.meta\.url\)/g)]
      .map(([, name]) => name).sort(), ['./engine.wasm', './sqlite3.wasm'])
  })

  test('has a page that names its worker in the form that bundlers look for', () => {
    assert.ok(/new Worker\(new URL\("\.\/worker\.js",\s*import\.meta\.url\),\s*\{type:"module"\}\)/
      .test(bytesOf('browser.js').toString()))
  })

  test('says so where there are no Workers, as in Cloudflare\'s', async () => {
    const { EngineClient } = await import(pathToFileURL(join(dist, 'browser.js')))
    const error = await new EngineClient().ready().catch(error => error)
    assert.equal(error.type, 'ddblite#WorkerFailed')
    assert.match(error.message, /no Web Workers here/)
  })

  /* The file that an import of `what` becomes under a platform's conditions. */
  async function given (what, platform, conditions, kind = 'import-statement') {
    const code = kind === 'import-statement'
      ? `import * as all from '${what}'; console.log(all)`
      : `console.log(require('${what}'))`
    const { metafile } = await build({
      stdin: { contents: code, resolveDir: folder },
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform,
      conditions,
      external: ['node:*', '*.node', './inline.js'],
      absWorkingDir: folder,
      logLevel: 'silent'
    })
    const [{ path }] = metafile.inputs['<stdin>'].imports
    return relative('node_modules/ddblite', path).replaceAll('\\', '/')
  }

  for (const [what, platform, conditions, expected, kind] of [
    ['ddblite', 'browser', undefined, 'dist/browser.js'],
    ['ddblite', 'browser', ['worker'], 'dist/browser.js'],
    ['ddblite', 'neutral', [], 'dist/browser.js'],
    ['ddblite', 'node', undefined, 'lib/index.js'],
    ['ddblite', 'node', ['browser'], 'lib/index.js'], /* a renderer of Electron has the addon */
    ['ddblite/aws', 'browser', undefined, 'dist/aws.js'],
    ['ddblite/aws', 'node', undefined, 'lib/aws/index.js'],
    ['ddblite/worker', 'browser', undefined, 'dist/worker.js'],
    ['ddblite/inline', 'browser', undefined, 'dist/inline.js'],
    /* What jest-environment-jsdom asks for: a program of Node that claims to be a browser. */
    ['ddblite', 'neutral', ['browser'], 'lib/index.cjs', 'require-call'],
    ['ddblite/aws', 'neutral', ['browser'], 'lib/aws/index.cjs', 'require-call']
  ]) {
    test(`${platform} ${conditions ?? ''} is given ${expected} for ${what}`, async () => {
      assert.equal(await given(what, platform, conditions, kind), expected)
    })
  }
})
