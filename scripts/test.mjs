// Runs the tests, step by step, and stops at the first step that fails.
//
//   node scripts/test.mjs                 all steps of `npm test`
//   node scripts/test.mjs c api           only these
//   node scripts/test.mjs nodes           the API tests on Node 20, 22, 24 and 26
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { nodeBinary, versions } from './nodes.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name) => realpathSync(join(root, 'node_modules', '.bin', name))

/** Test files below a folder, by name: how `node --test` reads a folder differs by version. */
function files (...folders) {
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.test.mjs'))
      .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
      .filter((path) => !path.includes('fixtures'))
  )
  if (found.length === 0) throw new Error(`no tests below ${folders.join(', ')}`)
  return found.sort()
}

function run (command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env }
  })
  if (error) throw error
  if (status !== 0)
    throw new Error(`${[command, ...args].join(' ').slice(0, 120)} failed (${status})`)
}

const node = (args, env) => run(process.execPath, args, env)
/* One file a core: by itself node leaves one core idle, and of two that is half the time. */
const concurrency = `--test-concurrency=${availableParallelism()}`
const test = (list, env) => node(['--test', concurrency, ...list], env)
/* For files that each pack the package. */
const testInTurn = (list) => node(['--test', '--test-concurrency=1', ...list])

const steps = {
  check () {
    node(['scripts/check-layers.mjs'])
    node(['scripts/tidy.mjs'])
    test(files('scripts'))
    node(['scripts/model-check.mjs'])
    node(['scripts/compatibility.mjs', '--check'])
  },
  types: () => node([bin('tsc'), '-p', 'test/types']),
  c: () => run('make', ['-s', '-C', 'test/c', 'all']),
  /** Each text of the service is raised by one of them: scripts/texts.mjs. */
  api () {
    const raised = mkdtempSync(join(tmpdir(), 'ddblite-raised-'))
    try {
      test(['--import', './test/api/support/raised.mjs', ...files('test/api')],
        { DDBLITE_RAISED: raised })
      node(['scripts/texts.mjs', raised])
    } finally {
      rmSync(raised, { recursive: true })
    }
  },
  model: () => test(files('test/model')),
  /** Programs written for DynamoDB with its SDK and popular libraries, unmodified. */
  programs: () => test(files('test/programs')),
  package: () => testInTurn(files('test/package')),
  /** Every snippet of the README and of docs/recipes. */
  docs: () => test(files('test/docs')),
  /** Random requests to ours and to dynalite: every difference must be explained. */
  differential () {
    for (const seed of ['1', '5'])
      node(['test/differential/run.mjs', '--count', '200', '--seed', seed])
  },
  /** The API suites again, unchanged, in worker threads, under vitest and under jest. */
  runners () {
    node(['test/runners/workers.mjs', ...files('test/api')])
    node([bin('vitest'), 'run', '--config', 'test/runners/vitest.config.mjs'])
    node(['--experimental-vm-modules', bin('jest'), '--config', 'test/runners/jest.config.mjs'], {
      NODE_OPTIONS: '--no-warnings'
    })
  },
  /** The WebAssembly engine: built with emcc, its own tests, and the API suites on it. */
  wasm () {
    node(['scripts/build-wasm.mjs'])
    test(files('test/wasm'))
    test(files('test/api'), { DDBLITE_TARGETS: 'wasm-memory,wasm-file' })
    /* What `package` skips where nothing can build the engine. */
    testInTurn(['--test-name-pattern=WebAssembly',
      'test/package/package.test.mjs', 'test/package/runners.test.mjs'])
  },
  /** The engine in real browsers: Chromium and Firefox, from a static file server. */
  browser () {
    node(['--test', '--test-concurrency=2', ...files('test/browser')]) /* they wait for much */
    node(['test/browser/api.mjs'])
  },
  /** The packed package through bundlers, and what they make of it in Chromium. */
  bundlers () {
    node(['scripts/build-wasm.mjs'])
    testInTurn(files('test/bundlers'))
  },
  fuzz: () => run('make', ['-s', `-j${availableParallelism()}`, '-C', 'test/c', 'fuzz']),
  /** The suites on every supported Node: the same addon binary, no rebuild. */
  nodes () {
    for (const major of Object.keys(versions)) {
      if (process.versions.node.startsWith(`${major}.`)) continue /* `api` has run there */
      const binary = nodeBinary(major)
      console.log(
        `\n-- Node ${execFileSync(binary, ['-p', 'process.versions.node']).toString().trim()}`
      )
      run(binary, ['--test', concurrency, ...files('test/api', 'test/model')])
    }
  }
}

const usual = [
  'check', 'types', 'c', 'api', 'model', 'programs', 'differential',
  'docs', 'runners', 'package'
]
const wanted = process.argv.slice(2)
for (const name of wanted.length > 0 ? wanted : usual) {
  if (!Object.hasOwn(steps, name))
    throw new Error(`no step "${name}"; there are ${Object.keys(steps).join(', ')}`)
  console.log(`\n== ${name}`)
  const start = Date.now()
  try {
    steps[name]()
  } catch (error) {
    console.error(`\n== ${name} failed: ${error.message}`)
    process.exit(1)
  }
  console.log(`== ${name}: ${((Date.now() - start) / 1000).toFixed(0)} s`)
}
console.log('\nAll steps passed.')
