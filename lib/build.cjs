/*
 * build.cjs - compiles the addon on this machine: `npm run build` and `npx ddblite build`.
 *
 *   addon/sources.cjs (lists)  ->  build/obj/*.o  ->  build/Release/ddblite.node
 *
 * With a `cc` (or $CC) that needs nothing else: no Python, no node-gyp, no download. Without one
 * (Windows) it hands over to node-gyp and addon/binding.gyp.
 *
 * Promises: a file is compiled only if it, a header it included, or the command changed, so a
 * build with nothing to do takes milliseconds and sqlite3.c is compiled once; the addon appears by
 * a rename, so that a process that runs never sees half of it.
 * Start at build().
 */
'use strict'

const { spawn, spawnSync } = require('node:child_process')
const { availableParallelism } = require('node:os')
const {
  copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync
} = require('node:fs')
const { basename, join, resolve } = require('node:path')
const lists = require('../addon/sources.cjs')

const root = join(__dirname, '..')
const output = join(root, 'build', 'Release', 'ddblite.node')

class BuildError extends Error {}

/** Builds what is out of date. Resolves to { path, compiled }; rejects with a BuildError. */
async function build ({ log = console.error, strip = false } = {}) {
  if (!existsSync(join(root, 'deps', 'sqlite3', 'sqlite3.c'))) {
    throw new BuildError('deps/sqlite3/sqlite3.c is missing: in the repository run `npm run build`')
  }
  const cc = findCompiler()
  return cc ? buildWithCc(cc, { log, strip }) : buildWithNodeGyp(log)
}

function findCompiler () {
  if (process.platform === 'win32') return null
  for (const cc of [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean)) {
    if (spawnSync(cc, ['--version'], { stdio: 'ignore' }).status === 0) return cc
  }
  throw new BuildError('There is no C compiler: install one (Debian: apt install gcc libc6-dev; ' +
    'Alpine: apk add gcc musl-dev; macOS: xcode-select --install), or name it in CC')
}

const absolute = list => list.map(path => resolve(root, 'addon', path))

async function buildWithCc (cc, { log, strip }) {
  const objects = join(root, 'build', 'obj')
  mkdirSync(objects, { recursive: true })
  mkdirSync(join(root, 'build', 'Release'), { recursive: true })

  const common = ['-O2', '-DNDEBUG', '-fPIC', '-pthread', '-fvisibility=hidden',
    '-ffunction-sections', '-fdata-sections']
  const includes = absolute(lists.includes()).map(path => `-I${path}`)
  const jobs = []
  for (const source of absolute(lists.sqlite())) { /* first: it takes as long as all others */
    jobs.push(job(source, ['-w', ...common, ...lists.defines().map(define => `-D${define}`)]))
  }
  for (const source of absolute(lists.own())) {
    jobs.push(job(source, ['-std=c11', '-DNAPI_VERSION=8', ...common, ...includes]))
  }

  function job (source, flags) {
    const name = source.slice(root.length + 1).replace(/[/\\]/g, '_').replace(/\.c$/, '')
    return { source, object: join(objects, `${name}.o`), note: join(objects, `${name}.cmd`), flags }
  }

  const due = jobs.filter(job => isDue(cc, job))
  await inParallel(due, job => compile(cc, job, log))
  const commandNote = join(objects, 'link.cmd')
  const link = [...linkFlags(strip), ...jobs.map(job => job.object)]
  const command = [cc, ...link].join('\n')
  if (due.length > 0 || !existsSync(output) || readText(commandNote) !== command) {
    const temporary = `${output}.${process.pid}.tmp`
    await run(cc, [...link, '-o', temporary], log)
    renameSync(temporary, output)
    writeFileSync(commandNote, command)
  }
  return { path: output, compiled: due.length }
}

function linkFlags (strip) {
  if (process.platform === 'darwin') {
    return ['-dynamiclib', '-undefined', 'dynamic_lookup', '-Wl,-dead_strip',
      ...(strip ? ['-Wl,-S'] : [])]
  }
  /* `now`: a symbol that is missing is an error when the addon is loaded, not when it is called. */
  return ['-shared', '-pthread', '-Wl,--gc-sections', '-Wl,-z,relro,-z,now',
    ...(strip ? ['-s'] : [])]
}

function readText (path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

const modified = path => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity

/* The compiler's own list of what the object depends on (-MMD) decides. */
function isDue (cc, { object, note, flags }) {
  const rules = readText(object.replace(/\.o$/, '.d'))
  if (rules === null || !existsSync(object)) return true
  if (readText(note) !== [cc, ...flags].join('\n')) return true
  const files = rules.replace(/\\\r?\n/g, ' ').replace(/^[^:]*:/, '').match(/(?:\\ |\S)+/g) ?? []
  const built = modified(object)
  return files.some(file => modified(file.replace(/\\ /g, ' ')) > built)
}

async function compile (cc, { source, object, note, flags }, log) {
  rmSync(note, { force: true })
  await run(cc, ['-c', ...flags, '-MMD', source, '-o', object], log)
  writeFileSync(note, [cc, ...flags].join('\n'))
}

async function inParallel (jobs, work) {
  const queue = [...jobs]
  const worker = async () => {
    for (let job; (job = queue.shift());) await work(job)
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 8) }, worker))
}

function run (command, args, log) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stdout.on('data', chunk => { text += chunk })
    child.stderr.on('data', chunk => { text += chunk })
    child.on('error', error => reject(new BuildError(`${command}: ${error.message}`)))
    child.on('close', (code, signal) => {
      if (code === 0) {
        if (text) log(text.trimEnd())
        resolve()
      } else {
        const what = args.includes('-c') ? basename(args[args.indexOf('-o') - 1]) : 'linking'
        reject(new BuildError(`${command} failed (${signal ?? code}) at ${what}:\n${text}`))
      }
    })
  })
}

async function buildWithNodeGyp (log) {
  const gyp = process.platform === 'win32' ? 'node-gyp.cmd' : 'node-gyp'
  const tries = [[gyp, []], ['npx', ['--yes', 'node-gyp']]]
  for (const [command, head] of tries) {
    const { status, error } = spawnSync(command, [...head, 'rebuild', '-C', join(root, 'addon')],
      { stdio: 'inherit', shell: process.platform === 'win32' })
    if (error?.code === 'ENOENT') continue
    if (status !== 0) throw new BuildError(`${command} failed (${status})`)
    mkdirSync(join(root, 'build', 'Release'), { recursive: true })
    copyFileSync(join(root, 'addon', 'build', 'Release', 'ddblite.node'), output)
    log(`built ${output}`)
    return { path: output, compiled: 1 }
  }
  throw new BuildError('Neither a C compiler nor node-gyp was found')
}

module.exports = { build, BuildError, output }
