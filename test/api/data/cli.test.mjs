// `ddblite schema`, `import` and `export`.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tableInput } from '../support/targets.mjs'

const cli = fileURLToPath(new URL('../../../lib/cli.js', import.meta.url))
const fixtures = fileURLToPath(new URL('../schema/fixtures/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'ddblite-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function run (...args) {
  const { status, stdout, stderr } =
    spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', timeout: 60000, cwd: folder })
  return { status, stdout, stderr }
}

function done (...args) {
  const { status, stdout, stderr } = run(...args)
  assert.equal(status, 0, stderr)
  return stdout
}

test('makes tables, puts items, writes them, anonymised', () => {
  const stack = join(fixtures, 'stack.yaml')
  assert.equal(done('schema', stack, '--db-path', 'a.db', '--parameter', 'Stage=prod'),
    'made production-orders-us-east-1\nmade Audit\n' +
    'left out Orders: ImportSourceSpecification: nothing is imported from S3\n' +
    'left out Sessions: The condition NotProd does not hold\n')
  writeFileSync(join(folder, 'items.ndjson'), '{"id":"one","mail":"ada@real.org"}\n{"id":"two"}\n')
  writeFileSync(join(folder, 'rules.json'), '{"*.mail":"redact"}')
  writeFileSync(join(folder, 'secret'), 'x')
  assert.equal(done('import', 'items.ndjson', '--db-path', 'a.db', '--table', 'Audit',
    '--anonymise', 'rules.json', '--seed-file', 'secret'),
  'put 2 items into Audit\napplied *.mail 1 times\n')
  assert.equal(done('export', 'all.json', '--db-path', 'a.db', '--only', 'Audit'),
    'wrote 2 items of Audit\nall.json\n')
  const { Audit } = JSON.parse(readFileSync(join(folder, 'all.json'), 'utf8'))
  assert.deepEqual(Audit.find(({ mail }) => mail)?.mail, { S: 'REDACTED' })
  const again = JSON.parse(done('export', 'dump', '--db-path', 'a.db', '--ion', '--json'))
  assert.deepEqual(again.tables, { Audit: 2, 'production-orders-us-east-1': 0 })
  writeFileSync(join(folder, 'table.json'), JSON.stringify(tableInput('Copy', { hash: 'id' })))
  assert.equal(done('import', 'dump', '--db-path', 'b.db', '--only', 'Audit=Copy',
    '--schema', 'table.json'), 'put 2 items into Copy\n')
})

test('says what is wrong with the command line, and what could not be done', () => {
  for (const args of [
    ['schema', '--db-path', 'a.db'], ['import', 'x'], ['export', 'a', 'b', '--db-path', 'a.db'],
    ['schema', 'x', '--db-path', 'c.db', '--parameter', 'novalue'], ['import', '--colour', 'red']
  ]) {
    const { status, stderr } = run(...args)
    assert.equal(status, 2, args.join(' '))
    assert.match(stderr, /^ddblite: .*\nTry: ddblite --help\n$/)
  }
  const missing = run('schema', 'nothing.yaml', '--db-path', 'a.db')
  assert.equal(missing.status, 1)
  assert.match(missing.stderr, /nothing\.yaml: The file cannot be read/)
  assert.match(run('import', '--help').stdout, /--anonymise <file>/)
})
