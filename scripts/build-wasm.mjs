#!/usr/bin/env node
/*
 * build-wasm.mjs - `npm run build:wasm`: the core as engine.wasm, and what it needs, in dist/.
 *
 *   core/*.c, wasm/host.c   ->  build/wasm/*.o  ->  dist/engine.wasm    (emcc, a side module;
 *                                                                        wasm/relocations.mjs)
 *   @sqlite.org/sqlite-wasm ->  dist/sqlite3.wasm                       (trim-sqlite.mjs)
 *                               dist/sqlite3.mjs                        (slim-sqlite.mjs, for Node)
 *   lib/browser             ->  dist/{worker,browser,aws,inline}.js     (bundle-browser.mjs)
 *                               dist/manifest.json                      (versions, sizes, hashes)
 *
 * SQLite is not compiled: the official module is linked at run time (lib/wasm/link.mjs), and the
 * build fails if the engine would ask it for something it does not have.
 *
 *   --if-possible   without a compiler: say so and remove dist/, with exit code 0; the package then
 *                   has no WebAssembly engine, and no stale one
 *
 * Start at main().
 */
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { bundleBrowser, bundleNode } from './bundle-browser.mjs'
import { EXPORTS } from './slim-sqlite.mjs'
import { trimSqlite } from './trim-sqlite.mjs'
import { packRelocations } from './wasm/relocations.mjs'

const require = createRequire(import.meta.url)
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const objects = join(root, 'build', 'wasm')
const dist = join(root, 'dist')
const sqlitePackage = join(root, 'node_modules', '@sqlite.org', 'sqlite-wasm')
const run = promisify(execFile)

/* memory.copy, which every browser of the last years has, is the engine's memcpy. */
const CODEGEN = ['-fPIC', '-mbulk-memory']

/* -Os everywhere saves 10 %, and makes puts 38 % slower and updates 48 %; -O3 instead of -O2 costs
 * 1,200 bytes and saves no time. What no item's read or write runs is optimised for size, and what
 * reads and writes of single items do without is in between. */
const FAST = ['-O2']
const MIDDLE = ['-Os']
const SMALL = ['-Oz']
const SELDOM = new RegExp('^core/(' + [
  'base/hash', 'engine/(search|stream|transact|ttl)', 'ops/(batch|transact)', 'store/(stream|ttl)',
  'value/base64'
].join('|') + ')')
const COLD = new RegExp('^core/(' + [
  'api/(describe|explain|optable|signature|snapshot)',
  'base/(calendar|errors)',
  'engine/(backfill|backup|bulk|collection|discard|export|faults|foreign|holds|import|ion|lag|' +
    'meter|settings|snapshot|throughput|token|trace|upkeep|use|work)',
  'expr/(legacy|reserved_words)',
  'ops/(?!(common|batch_get|batch_write|delete_item|get_item|put_item|query|read_common|scan|' +
    'transact|update_item|write))',
  'partiql/',
  'schema/(dump|shapes)',
  'store/(backup|catalog|foreign|open|settings|snapshot|token|upkeep|use)',
  'table/(expiry|load|table|vector)'
].join('|') + ')')
const COMPILE = ['-std=c11', '-DNDEBUG', '-fvisibility=hidden']
const LINK = ['-O3', '-sSIDE_MODULE=2', '-sWASM_BIGINT', '-sERROR_ON_UNDEFINED_SYMBOLS=0']
const LIBRARIES = ['libc.a', 'libcompiler_rt.a']

/* What a page transfers for a worker. */
const TRANSFERRED = ['worker.js', 'engine.wasm', 'sqlite3.wasm']

class BuildError extends Error {}

async function main () {
  const emcc = findCompiler()
  if (emcc === null) {
    const how = 'emcc was not found: install Emscripten (Debian: apt install emscripten), or ' +
      'name it in EMCC'
    if (!process.argv.includes('--if-possible')) throw new BuildError(how)
    rmSync(dist, { recursive: true, force: true })
    console.error(`build-wasm: skipped, ${how}`)
    return
  }
  execFileSync(process.execPath, [join(root, 'scripts', 'sync-sqlite.mjs')], { stdio: 'inherit' })
  const sqliteHeader = readFileSync(join(root, 'deps', 'sqlite3', 'sqlite3.h'), 'utf8')
  const minimum = sqliteHeader.match(/^#define SQLITE_VERSION_NUMBER\s+(\d+)/m)[1]

  const compiled = await compileAll(emcc, minimum)
  mkdirSync(dist, { recursive: true })
  const engine = join(dist, 'engine.wasm')
  /* Also when a build was stopped before it linked. */
  if (!existsSync(engine) || compiled.some(({ object }) => modified(object) > modified(engine))) {
    await link(emcc, compiled.map(({ object }) => object), engine)
  }
  const official = readFileSync(join(sqlitePackage, 'dist', 'sqlite3.wasm'))
  writeFileSync(join(dist, 'sqlite3.wasm'), trimSqlite(official, wantedOfSqlite(engine, official)))
  const manifest = await describe(official)
  writeFileSync(join(dist, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  const { bytes } = manifest.files['engine.wasm']
  console.error(`built dist/engine.wasm (${bytes} bytes, SQLite ${manifest.sqliteVersion}); ` +
    `worker, engine and SQLite are ${manifest.gzipTotal} bytes gzipped`)
}

function findCompiler () {
  for (const emcc of [process.env.EMCC, 'emcc'].filter(Boolean)) {
    try {
      execFileSync(emcc, ['--version'], { stdio: 'ignore' })
      return emcc
    } catch (error) {
      if (error.code !== 'ENOENT') throw new BuildError(`${emcc} does not run: ${error.message}`)
    }
  }
  return null
}

/* Debian's Emscripten looks for its JavaScript tools here. */
const environment = () => ({ NODE_PATH: '/usr/share/nodejs', ...process.env })

/* ---- compiling ---- */

async function compileAll (emcc, minimum) {
  mkdirSync(objects, { recursive: true })
  const lists = require('../addon/sources.cjs')
  const core = lists.own().map(path => path.slice(3)).filter(path => path.startsWith('core/'))
  const flags = [
    ...CODEGEN, ...COMPILE, `-DSQLITE_MINIMUM=${minimum}`,
    `-I${join(root, 'core')}`, `-I${join(root, 'deps', 'sqlite3')}`
  ]
  const jobs = [...core, 'wasm/host.c'].map(source => {
    const name = source.replaceAll('/', '_').replace(/\.c$/, '')
    const speed = COLD.test(source) ? SMALL : SELDOM.test(source) ? MIDDLE : FAST
    const own = [...speed, ...flags]
    return {
      source: join(root, source),
      object: join(objects, `${name}.o`),
      note: join(objects, `${name}.cmd`),
      flags: own,
      command: [emcc, ...own].join('\n')
    }
  })
  const queue = jobs.filter(isDue)
  const worker = async () => {
    for (let job; (job = queue.shift());) await compile(emcc, job)
  }
  await Promise.all([worker(), worker()])
  return jobs
}

const textOf = path => existsSync(path) ? readFileSync(path, 'utf8') : null
const modified = path => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity

/* The compiler's own list of what the object depends on decides. */
function isDue ({ object, note, command }) {
  const rules = textOf(object.replace(/\.o$/, '.d'))
  if (rules === null || textOf(note) !== command || !existsSync(object)) return true
  const built = modified(object)
  const files = rules.replace(/\\\r?\n/g, ' ').replace(/^[^:]*:/, '').match(/(?:\\ |\S)+/g) ?? []
  return files.some(file => modified(file.replace(/\\ /g, ' ')) > built)
}

async function compile (emcc, { source, object, note, flags, command }) {
  rmSync(note, { force: true })
  await call(emcc, [...flags, '-MMD', '-c', source, '-o', object])
  writeFileSync(note, command)
}

async function call (command, args) {
  try {
    await run(command, args, { cwd: root, env: environment() })
  } catch (error) {
    const what = args.find(arg => arg.endsWith('.c')) ?? 'linking'
    const text = (error.stderr || error.message).replace(/^emcc: error: '.*\n?/gm, '') /* a page */
    throw new BuildError(`${command} failed at ${what}:\n${text}`)
  }
}

/* ---- linking ---- */

async function link (emcc, files, output) {
  const { stdout } = await run(emcc, ['--cflags'], { env: environment() })
  const sysroot = stdout.match(/--sysroot=(\S+)/)?.[1]
  const folder = join(sysroot ?? '', 'lib', 'wasm32-emscripten', 'pic')
  const libraries = LIBRARIES.map(name => join(folder, name))
  for (const library of libraries) {
    if (!existsSync(library)) throw new BuildError(`${library} is missing (a libc for -fPIC)`)
  }
  const temporary = join(objects, `engine.${process.pid}.wasm`) /* another build may run */
  await call(emcc, [...LINK, ...CODEGEN, ...files, ...libraries, '-o', temporary])
  writeFileSync(temporary, packRelocations(readFileSync(temporary)))
  renameSync(temporary, output)
}

/* What the engine, and the official JavaScript as we have it, ask SQLite for. */
function wantedOfSqlite (engine, official) {
  const given = new Set(WebAssembly.Module.exports(new WebAssembly.Module(official))
    .map(({ name }) => name))
  const asked = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(engine)))
    .map(({ name }) => name)
  return new Set([...EXPORTS, ...asked.filter(name => given.has(name))])
}

/* ---- the manifest ---- */

/* Links the engine as a program will, so that what does not fit is found here. */
async function describe (official) {
  await bundleNode(dist)
  const { load } = await import(pathToFileURL(join(root, 'lib', 'wasm', 'node.mjs')))
  const engine = await load(dist)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { version: sqliteVersion } =
    JSON.parse(readFileSync(join(sqlitePackage, 'package.json'), 'utf8'))
  const bundles = await bundleBrowser(dist, engine.operationNames())
  const files = {}
  for (const name of ['engine.wasm', 'sqlite3.wasm', 'sqlite3.mjs', ...bundles]) {
    const bytes = readFileSync(join(dist, name))
    files[name] = {
      bytes: bytes.length,
      gzip: gzipSync(bytes, { level: 9 }).length,
      sha256: sha256(bytes)
    }
  }
  const gzipTotal = TRANSFERRED.reduce((sum, name) => sum + files[name].gzip, 0)
  return {
    version,
    contractVersion: engine.contractVersion,
    sqliteVersion: engine.sqliteVersion,
    /* Where sqlite3.wasm comes from: dist/sqlite3.wasm of this package, trimmed. */
    sqlitePackage: `@sqlite.org/sqlite-wasm@${sqliteVersion}`,
    sqliteOfficial: { bytes: official.length, sha256: sha256(official) },
    files,
    gzipTotal, /* of what a page's worker needs */
    operations: engine.operationNames()
  }
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

try {
  await main()
} catch (error) {
  console.error(error instanceof BuildError ? `build-wasm: ${error.message}` : error)
  process.exitCode = 1
}
