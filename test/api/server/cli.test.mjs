// The command line: what it prints, how it ends.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  waitUntilTableExists,
  waitUntilTableNotExists
} from '@aws-sdk/client-dynamodb'
import { tableInput } from '../support/targets.mjs'

const cli = fileURLToPath(new URL('../../../lib/cli.js', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url)))

function run (...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    timeout: 20000
  })
  return { status, stdout, stderr }
}

/** Starts `ddblite serve` and waits for the line that names its address. */
async function start (...args) {
  const child = spawn(process.execPath, [cli, 'serve', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = new Promise(resolve => child.on('exit', (code, signal) => resolve([code, signal])))
  const line = await new Promise(resolve =>
    child.stdout.once('data', chunk => resolve(String(chunk)))
  )
  const [, url] = /at (http:\/\/\S+) \(/.exec(line)
  const client = new DynamoDBClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' }
  })
  return { child, ended, line, client }
}

describe('ddblite', () => {
  let folder
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('prints its version and help', () => {
    assert.deepEqual(run('--version'), { status: 0, stdout: `${version}\n`, stderr: '' })
    for (const args of [['--help'], ['-h'], ['help'], ['serve', '--help']]) {
      const result = run(...args)
      assert.equal(result.status, 0)
      assert.match(result.stdout, /--db-path/)
    }
  })

  const wrong = [
    [],
    ['sevre'],
    ['serve', '--prot', '1'],
    ['serve', '--port', 'x'],
    ['serve', '--port', '65536'],
    ['serve', 'x'],
    ['serve', '--in-memory', '--db-path', 'x'],
    ['serve', '--durability', 'high'],
    ['serve', '--busy-timeout', '-1'],
    ['serve', '--table-delay', 'soon'],
    ['serve', '--engine', 'java'],
    ['serve', '--credentials', 'id'],
    ['serve', '--credentials', ':secret'],
    ['build', '--x']
  ]
  for (const args of wrong) {
    test(`ends with 2 and a hint for: ddblite ${args.join(' ')}`, () => {
      const result = run(...args)
      assert.deepEqual([result.status, result.stdout], [2, ''])
      assert.match(result.stderr, /^ddblite: .+\nTry: ddblite --help\n$/)
    })
  }

  test('ends with 1 and the reason when it cannot serve', () => {
    const result = run(
      'serve',
      '--port',
      '0',
      '--db-path',
      join(folder, 'no', 'such', 'folder.sqlite')
    )
    assert.deepEqual([result.status, result.stdout], [1, ''])
    assert.match(result.stderr, /^ddblite: .+\n$/)
  })

  for (const signal of ['SIGINT', 'SIGTERM']) {
    test(`serves a file until ${signal}, and the data stays`, async () => {
      const path = join(folder, `${signal}.sqlite`)
      for (const expected of [[], ['kept']]) {
        const { child, ended, line, client } = await start('--db-path', path)
        assert.ok(line.includes(path))
        assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, expected)
        if (expected.length === 0) await client.send(new CreateTableCommand(tableInput('kept')))
        child.kill(signal)
        assert.deepEqual(await ended, [0, null])
        client.destroy()
      }
    })
  }

  test('verifies signatures when it is given keys', async () => {
    for (const [key, name] of [['a:b'], ['a:c:d', 'InvalidSignatureException']]) {
      const { child, ended, client } = await start('--credentials', 'x:y', '--credentials', key)
      const answer = client.send(new ListTablesCommand({}))
      if (name === undefined) assert.deepEqual((await answer).TableNames, [])
      else await assert.rejects(answer, { name })
      child.kill('SIGTERM')
      assert.deepEqual(await ended, [0, null])
      client.destroy()
    }
  })

  test('keeps the data in memory by default', async () => {
    const { child, ended, line, client } = await start('--region', 'eu-west-1')
    assert.match(line, /\((native|wasm), in memory\)/)
    const { TableDescription } = await client.send(new CreateTableCommand(tableInput('abc')))
    assert.match(TableDescription.TableArn, /:eu-west-1:/)
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
    client.destroy()
  })

  // Where the tests run without dist/ there is no WebAssembly to serve.
  const wasmIsBuilt = existsSync(new URL('../../../dist/engine.wasm', import.meta.url))
  for (const [engine, skip] of [['native', false], ['wasm', !wasmIsBuilt && 'no dist/']]) {
    test(`serves on the engine it is told: ${engine}`, { skip }, async () => {
      const path = join(folder, `${engine}.sqlite`)
      const { child, ended, line, client } = await start('--engine', engine, '--db-path', path)
      assert.ok(line.includes(`(${engine}, `), line)
      await client.send(new CreateTableCommand(tableInput('abc')))
      child.kill('SIGTERM')
      assert.deepEqual(await ended, [0, null])
      client.destroy()
    })
  }

  test("lets the SDK's waiters wait with --table-delay", async () => {
    const { child, ended, client } = await start('--table-delay', '300')
    const TableName = 'slow'
    const patience = { client, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.1 }
    const status = async () => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }))
      return Table.TableStatus
    }
    await client.send(new CreateTableCommand(tableInput(TableName)))
    assert.equal(await status(), 'CREATING')
    await waitUntilTableExists(patience, { TableName })
    assert.equal(await status(), 'ACTIVE')
    await client.send(new DeleteTableCommand({ TableName }))
    assert.equal(await status(), 'DELETING')
    await waitUntilTableNotExists(patience, { TableName })
    assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, [])
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
    client.destroy()
  })

  test(
    'builds the addon',
    { skip: !existsSync(new URL('../../../deps/sqlite3/sqlite3.c', import.meta.url)) },
    () => {
      const result = run('build')
      assert.equal(result.status, 0, result.stderr)
      assert.match(result.stdout, /ddblite\.node\n$/)
    }
  )
})
