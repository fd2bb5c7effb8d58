// vitest, jest and node:test with the packed package, as projects that use it have them.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { JEST, VITEST, env, fixture, freePort, run } from './support.mjs'

/**
 * A runner that watches: waits for `first`, changes the file, waits for `second`, presses q.
 * Gives the exit code and whether a process of its group is left.
 */
async function watch (folder, args, { file, first, second }) {
  const child = spawn(process.execPath, ['--require', './tty.cjs', ...args], {
    cwd: folder, detached: true, env: { ...env, CI: '' }
  })
  let text = ''
  let waiting = () => {}
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', chunk => {
      text += chunk
      waiting()
    })
  }
  const ended = new Promise(resolve => child.once('exit', resolve))
  const seen = form => new Promise((resolve, reject) => {
    waiting = () => form.test(text) && resolve()
    waiting()
    ended.then(code => reject(new Error(`it ended with ${code} before ${form}:\n${text}`)))
    setTimeout(() => reject(new Error(`no ${form} in:\n${text}`)), 60_000).unref()
  })
  try {
    await seen(first)
    const source = readFileSync(join(folder, file), 'utf8')
    writeFileSync(join(folder, file), source.replace('const round = 1', 'const round = 2'))
    await seen(second)
    child.stdin.write('q')
    const code = await Promise.race([
      ended, new Promise(resolve => setTimeout(resolve, 15_000, 'still there').unref())
    ])
    /* Its workers are told, and end a moment later. */
    for (let n = 0; n < 100 && isAlive(-child.pid); n++) await sleep(50)
    return { code, text, left: isAlive(-child.pid) }
  } finally {
    if (isAlive(-child.pid)) process.kill(-child.pid, 'SIGKILL')
  }
}

const hasWasm = folder => existsSync(join(folder, 'node_modules/ddblite/dist/engine.wasm'))

function isAlive (pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('test runners', () => {
  for (const pool of ['threads', 'forks']) {
    test(`vitest runs suites in parallel (${pool})`, () => {
      const { status, text } = run(fixture('vitest'), VITEST, [
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
      const { status, text } = run(fixture('jest'), JEST, [
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

describe('ddblite/vitest', () => {
  let folder
  before(() => {
    folder = fixture('vitest-database')
  })
  const vitest = (...args) => run(folder, VITEST, ['run', '--no-cache', ...args])

  for (const pool of ['threads', 'forks', 'vmThreads']) {
    test(`isolates tests in files that run side by side (${pool})`, () => {
      const { status, text } = vitest(`--pool=${pool}`, '--project=fixture', '--project=setup-file')
      assert.equal(status, 0, text)
      assert.match(text, /Tests\s+21 passed \(21\)/)
      assert.doesNotMatch(text, /Unhandled|close timed out|hanging/)
    })
  }

  test('gives files of one worker one database if they ask, and the environment back', () => {
    const { status, text } = vitest('--project=one-worker')
    assert.equal(status, 0, text)
    assert.match(text, /files before: 1/)
    assert.match(text, /Tests\s+5 passed \(5\)/)
  })

  for (const pool of ['threads', 'vmThreads']) {
    test(`has the WebAssembly engine where no binary fits (${pool})`, t => {
      if (!hasWasm(folder)) return t.skip('packed without emcc')
      const args = ['run', '--no-cache', `--pool=${pool}`, '--project=setup-file']
      const { status, text } = run(folder, VITEST, args, { DDBLITE_ENGINE: 'wasm' })
      assert.equal(status, 0, text)
      assert.match(text, /Tests\s+4 passed \(4\)/)
    })
  }

  test('reports tests that fail, and the reason a set-up failed', () => {
    const { status, text } = vitest('--project=failing')
    assert.equal(status, 1, text)
    assert.match(text, /× fails after it wrote/)
    assert.match(text, /✓ passes after one that failed/)
    assert.match(text, /ValidationException: TableName must be at least 3 characters/)
    assert.match(text, /tests of test.concurrent cannot share one database/)
    assert.match(text, /Tests\s+3 failed \| 1 passed \(4\)/)
  })

  test('runs again on a change in watch mode, and leaves nothing when it quits', async () => {
    const { code, text, left } = await watch(folder, [VITEST, 'watch', '--project=watched'], {
      file: 'watched/watched.spec.mjs', first: /Waiting for file changes/, second: /RERUN[^]*Waiting/
    })
    assert.match(text, /1 passed[^]*RERUN[^]*1 passed/)
    assert.deepEqual([code, left], [0, false], text)
  })
})

describe('ddblite/jest', () => {
  let folder
  before(() => {
    folder = fixture('jest-database')
  })
  const jest = (...args) =>
    run(folder, JEST, ['--no-cache', ...args], { NODE_OPTIONS: '--experimental-vm-modules' })

  for (const more of [[], ['--workerThreads'], ['--runInBand']]) {
    test(`isolates tests ${more.join(' ') || 'in processes'}`, () => {
      const projects = ['preset', 'options', 'function', 'hooks']
      const { status, text } = jest('--selectProjects', ...projects, ...more)
      assert.equal(status, 0, text)
      assert.match(text, /Tests:\s+25 passed, 25 total/)
      assert.doesNotMatch(text, /did not exit|open handle|failed to exit/)
    })
  }

  test('has the WebAssembly engine where no binary fits', t => {
    if (!hasWasm(folder)) return t.skip('packed without emcc')
    const args = ['--no-cache', '--selectProjects', 'function', 'hooks']
    const { status, text } = run(folder, JEST, args, { DDBLITE_ENGINE: 'wasm' })
    assert.equal(status, 0, text)
    assert.match(text, /Tests:\s+10 passed, 10 total/)
  })

  test('gives files of one worker one database if they ask', () => {
    const { status, text } = jest('--selectProjects', 'worker', '--runInBand')
    assert.equal(status, 0, text)
    assert.match(text, /files before: 0[^]*files before: 1/)
  })

  test('reports tests that fail, and the reason a set-up failed', () => {
    const { status, text } = jest('--selectProjects', 'failing', '--verbose')
    assert.equal(status, 1, text)
    assert.match(text, /✕ fails after it wrote/)
    assert.match(text, /✓ passes after one that failed/)
    assert.match(text, /ValidationException: TableName must be at least 3 characters/)
    assert.match(text, /Tests:\s+2 failed, 1 passed, 3 total/)
    assert.doesNotMatch(text, /did not exit|failed to exit/)
  })

  test('runs again on a change in watch mode, and leaves nothing when it quits', async () => {
    const args = [JEST, '--watchAll', '--no-watchman', '--verbose', '--selectProjects', 'watched']
    const { code, text, left } = await watch(folder, args, {
      file: 'watched/watched.spec.js',
      first: /✓ round 1[^]*Ran all test suites/,
      second: /✓ round 2[^]*Ran all test suites/
    })
    assert.deepEqual([code, left], [0, false], text)
  })
})

describe('ddblite/jest-dynalite', () => {
  let folder
  before(() => {
    folder = fixture('jest-dynalite')
  })

  test('runs a project of jest-dynalite that changed no more than the name', async () => {
    const more = { TEST_BASE_PORT: String(await freePort() - 10) }
    const { status, text } = run(folder, JEST, ['--no-cache', '--verbose'], more)
    assert.equal(status, 0, text)
    assert.match(text, /Tests:\s+12 passed, 12 total/)
    assert.doesNotMatch(text, /did not exit|failed to exit/)
  })

  test('says so where there is no configuration file', () => {
    const args = ['--no-cache', '--preset=ddblite/jest-dynalite', '--rootDir=advanced/..', '--config={}']
    const { status, text } = run(folder, JEST, args)
    assert.equal(status, 1, text)
    assert.match(text, /there is no jest-dynalite-config\.js, .* in .*jest-dynalite/)
  })
})

describe('ddblite/jest-dynamodb', () => {
  let folder
  before(() => {
    folder = fixture('jest-dynamodb')
  })

  for (const [how, parts] of [['the preset', {}], ['the names of its parts', { TEST_PARTS: '1' }]]) {
    test(`runs a project of @shelf/jest-dynamodb that changed ${how}`, async () => {
      const more = { TEST_PORT: String(await freePort()), ...parts }
      const { status, text } = run(folder, JEST, ['--no-cache'], more)
      assert.equal(status, 0, text)
      assert.match(text, /Tests:\s+4 passed, 4 total/)
      assert.doesNotMatch(text, /did not exit|failed to exit/)
    })
  }

  test('finds the file that JEST_DYNAMODB_CONFIG names, without its ending', async () => {
    const more = {
      TEST_PORT: String(await freePort()), JEST_DYNAMODB_CONFIG: join(folder, 'jest-dynamodb-config')
    }
    assert.equal(run(folder, JEST, ['--no-cache', '-i'], more).status, 0)
  })

  test('says so when the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const { port } = server.address()
    try {
      const { status, text } = run(folder, JEST, ['--no-cache'], { TEST_PORT: String(port) })
      assert.equal(status, 1, text)
      assert.match(text, new RegExp(`something listens at localhost:${port} already`))
    } finally {
      server.close()
    }
  })
})
