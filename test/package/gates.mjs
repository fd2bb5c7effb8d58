// What publint and "are the types wrong?" say of the packed package: nothing, but for what is named
// here with its reason. package.test.mjs has it run.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { publint } from 'publint'
import { root, tarball } from './support.mjs'

const NO_TYPES = ['NoResolution', 'UntypedResolution', 'CJSResolvesToESM']
const NAMED = 'a runner loads it by the name that a configuration has; no code imports it'
const A_URL = 'a file that a page fetches or starts as a Worker; no code imports it'

const ACCEPTED = {
  './vitest': { kinds: ['CJSResolvesToESM'], reason: 'vitest itself has no CommonJS' },
  './jest/environment': { kinds: NO_TYPES, reason: NAMED },
  './jest/setup': { kinds: NO_TYPES, reason: NAMED },
  './jest/jest-preset': { kinds: NO_TYPES, reason: NAMED },
  './jest-dynalite/environment': { kinds: NO_TYPES, reason: NAMED },
  './jest-dynalite/jest-preset': { kinds: NO_TYPES, reason: NAMED },
  './jest-dynamodb/environment': { kinds: NO_TYPES, reason: NAMED },
  './jest-dynamodb/jest-preset': { kinds: NO_TYPES, reason: NAMED },
  './jest-dynamodb/setup': { kinds: NO_TYPES, reason: NAMED },
  './jest-dynamodb/teardown': { kinds: NO_TYPES, reason: NAMED },
  './worker': { kinds: NO_TYPES, reason: A_URL },
  './inline': { kinds: NO_TYPES, reason: A_URL },
  './engine.wasm': { kinds: NO_TYPES, reason: A_URL },
  './sqlite3.wasm': { kinds: NO_TYPES, reason: A_URL }
}

describe('the package, as others judge it', () => {
  test('has no error and no warning of publint', async () => {
    const { messages, pkg } = await publint({
      pack: { tarball: new Uint8Array(readFileSync(tarball())).buffer }, level: 'warning'
    })
    assert.equal(pkg.name, 'ddblite')
    assert.deepEqual(messages, [])
  })

  test('has types that resolve for every kind of import', () => {
    const bin = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
    const out = `${tarball()}.json` // it ends before a pipe has taken all
    const fd = openSync(out, 'w')
    spawnSync(process.execPath, [bin, tarball(), '--format', 'json'],
      { stdio: ['ignore', fd, 'inherit'] })
    closeSync(fd)
    const { analysis } = JSON.parse(readFileSync(out, 'utf8'))
    assert.ok(Object.keys(analysis.entrypoints).length > Object.keys(ACCEPTED).length + 5)
    const wrong = analysis.problems.filter(({ kind, entrypoint }) =>
      !ACCEPTED[entrypoint]?.kinds.includes(kind))
    assert.deepEqual(wrong, [])
    for (const entrypoint of Object.keys(ACCEPTED)) {
      assert.ok(analysis.problems.some(problem => problem.entrypoint === entrypoint),
        `nothing is wrong with ${entrypoint} any more: it need not be accepted`)
    }
  })
})
