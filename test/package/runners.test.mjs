// The same suite under vitest and jest, in their workers, with the packed package.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fixture } from './support.mjs'

const require = createRequire(import.meta.url)
const binOf = (name, file) => join(dirname(require.resolve(`${name}/package.json`)), file)

function run (folder, file, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, CI: '1', NO_COLOR: '1', NODE_OPTIONS: '' }
  })
  return { status, text: stdout + stderr }
}

describe('test runners', () => {
  for (const pool of ['threads', 'forks']) {
    test(`vitest runs suites in parallel (${pool})`, () => {
      const { status, text } = run(fixture('vitest'), binOf('vitest', 'vitest.mjs'), [
        'run',
        `--pool=${pool}`,
        '--no-cache'
      ])
      assert.equal(status, 0, text)
      assert.match(text, /Tests\s+8 passed/)
    })
  }

  for (const more of [[], ['--workerThreads'], ['--runInBand']]) {
    test(`jest runs suites ${more.join(' ') || 'in processes'}`, () => {
      const { status, text } = run(fixture('jest'), binOf('jest', 'bin/jest.js'), [
        '--no-cache',
        '--detectOpenHandles=false',
        ...more
      ])
      assert.equal(status, 0, text)
      assert.match(text, /Tests:\s+8 passed, 8 total/)
      assert.doesNotMatch(text, /did not exit|open handle/)
    })
  }
})
