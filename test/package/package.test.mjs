// npm pack, npm install in an empty folder, and what a newcomer does there.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { installedFolder, root, tarball } from './support.mjs'
import './gates.mjs'

const node = (folder, ...args) =>
  execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })

/** The code blocks of the README's quick start, by language. */
function quickStart () {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const section = readme.match(/^## Quick start$([\s\S]*?)^## /m)?.[1]
  assert.ok(section, 'the README has a quick start')
  return [...section.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((x) => x[1])
}

describe('the package', () => {
  test('has the binary and the sources, and nothing that runs at install', () => {
    const names = execFileSync('tar', ['-tzf', tarball()], { encoding: 'utf8' }).trim().split('\n')
    for (const name of [
      'package/lib/index.js',
      'package/lib/index.cjs',
      'package/types/index.d.ts',
      'package/core/api/ddb.h',
      'package/deps/sqlite3/sqlite3.c',
      'package/README.md',
      'package/LICENSE-MIT'
    ]) {
      assert.ok(names.includes(name), `${name} is in the tarball`)
    }
    assert.ok(names.some((name) => /^package\/prebuilds\/.*\.node$/.test(name)))
    assert.ok(
      !names.includes('package/binding.gyp'),
      'a binding.gyp at the root makes npm build at install'
    )
    assert.ok(
      !names.some((name) => /^package\/(test|bench|node_modules|build|examples)\//.test(name))
    )
    const { scripts = {}, dependencies = {} } = JSON.parse(
      execFileSync('tar', ['-xzOf', tarball(), 'package/package.json'], { encoding: 'utf8' })
    )
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
      assert.equal(scripts[hook], undefined)
    assert.deepEqual(Object.keys(dependencies), ['fzstd', 'yaml']) // which depends on nothing
    assert.match(dependencies.yaml, /^\d+\.\d+\.\d+$/)
  })

  test('names the types of every export to TypeScript that reads no exports, too', () => {
    const { exports, typesVersions } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const hasTypes = entry => typeof entry === 'object' &&
      ('types' in entry || Object.values(entry).some(hasTypes))
    const typed = Object.keys(exports).filter(name => name !== '.' && hasTypes(exports[name]))
    assert.deepEqual(Object.keys(typesVersions['*']).sort(), typed.map(name => name.slice(2)).sort())
    for (const [file] of Object.values(typesVersions['*'])) assert.ok(existsSync(join(root, file)))
  })

  test('runs the quick start of the README after npm install', () => {
    const folder = installedFolder()
    const blocks = quickStart()
    assert.ok(blocks.length > 0)
    // The quick start shows the AWS SDK too; it is the user's own dependency, here the repository's.
    writeFileSync(join(folder, 'node_modules', 'sdk-path.txt'), '')
    for (const [i, code] of blocks.entries()) {
      const needsSdk = code.includes('@aws-sdk/')
      const file = join(needsSdk ? join(root, 'build') : folder, `quick-start-${i}.mjs`)
      writeFileSync(
        file,
        needsSdk
          ? code.replaceAll(
              /from 'ddblite(\/\w+)?'/g,
              (_, sub = '') =>
                `from '${join(folder, 'node_modules/ddblite/lib', sub || '.', 'index.js')}'`
            )
          : code
      )
      const out = node(folder, file)
      assert.ok(out.trim().length > 0, 'the quick start prints what it did')
      rmSync(file)
    }
  })

  test('works from ESM and CommonJS, with one set of classes', () => {
    const folder = installedFolder()
    writeFileSync(
      join(folder, 'both.mjs'),
      `
      import { createRequire } from 'node:module'
      import { EngineClient, EngineError, CONTRACT_VERSION } from 'ddblite'
      import { requestHandler, clientConfig } from 'ddblite/aws'
      import { serve } from 'ddblite/server'
      const cjs = createRequire(import.meta.url)('ddblite')
      const db = new cjs.EngineClient()
      const error = await db.execute('DescribeTable', { TableName: 'nope' }).catch((e) => e)
      const functions = [requestHandler, clientConfig, serve].map((f) => typeof f)
      const one = [cjs.EngineClient === EngineClient, error instanceof EngineError]
      console.log(JSON.stringify([...one, typeof CONTRACT_VERSION, functions]))
      await db.close()`
    )
    assert.deepEqual(JSON.parse(node(folder, 'both.mjs')), [
      true,
      true,
      'number',
      ['function', 'function', 'function']
    ])
  })

  test('serves from the command line, and stops when it is told to', async () => {
    const folder = installedFolder()
    const cli = join(folder, 'node_modules', 'ddblite', 'lib', 'cli.js')
    assert.match(node(folder, cli, '--version'), /\d+\.\d+\.\d+/)
    assert.match(node(folder, cli, '--help'), /serve/)
    const child = spawn(process.execPath, [cli, 'serve', '--port', '0'], { cwd: folder })
    const url = await new Promise((resolve, reject) => {
      let text = ''
      child.stdout.on('data', (chunk) => {
        text += chunk
        const found = text.match(/http:\/\/[\w.:[\]]+/)
        if (found) resolve(found[0])
      })
      child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${text}`)))
    })
    const answer = await fetch(url, {
      method: 'POST',
      body: '{}',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.ListTables',
        authorization:
          'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=a',
        'x-amz-date': '20260101T000000Z'
      }
    })
    assert.deepEqual(await answer.json(), { TableNames: [] })
    child.removeAllListeners('exit')
    const code = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    assert.equal(await code, 0)
  })

  test('runs on WebAssembly where no binary fits, and says so', (t) => {
    const folder = installedFolder()
    const home = join(folder, 'node_modules', 'ddblite')
    if (!existsSync(join(home, 'dist', 'engine.wasm'))) return t.skip('packed without emcc')
    rmSync(join(home, 'prebuilds'), { recursive: true })
    const use = (path) => `
      import { EngineClient } from 'ddblite'
      const db = new EngineClient({ path: ${path} })
      const tables = (await db.execute('ListTables', {})).TableNames
      console.log(JSON.stringify([(await db.ready()).engine, tables]))
      await db.close()`
    for (const path of ['undefined', '"kept.sqlite"']) {
      writeFileSync(join(folder, 'use.mjs'), use(path))
      const { stdout, stderr } = spawnSync(process.execPath, ['use.mjs'], {
        cwd: folder,
        encoding: 'utf8'
      })
      assert.deepEqual(JSON.parse(stdout), ['wasm', []])
      assert.match(stderr, /\[DDBLITE_WASM\].*WebAssembly engine runs/)
    }
  })

  test('builds itself from the sources it ships when no binary fits', { timeout: 300_000 }, () => {
    const folder = installedFolder()
    const home = join(folder, 'node_modules', 'ddblite')
    rmSync(join(home, 'prebuilds'), { recursive: true })
    writeFileSync(
      join(folder, 'use.mjs'),
      "import { EngineClient } from 'ddblite'; const db = new EngineClient(); console.log(JSON.stringify(await db.execute('ListTables', {})))"
    )
    assert.throws(
      () => execFileSync(process.execPath, ['use.mjs'], {
        cwd: folder,
        stdio: 'pipe',
        env: { ...process.env, DDBLITE_ENGINE: 'native' }
      }),
      (error) => /npx ddblite build/.test(error.stderr.toString())
    )
    node(folder, join(home, 'lib', 'cli.js'), 'build')
    assert.deepEqual(JSON.parse(node(folder, 'use.mjs')), { TableNames: [] })
  })
})
