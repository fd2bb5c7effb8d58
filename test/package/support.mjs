// The package as a user gets it: packed once a process, installed where a test wants it.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const shell = process.platform === 'win32'
const quiet = ['--no-audit', '--no-fund', '--ignore-scripts']

let packed
/** The path of the tarball, made with `npm pack` on first use. */
export function tarball () {
  if (packed === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'ddblite-pack-'))
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    execFileSync('npm', ['run', '--silent', 'prepack'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell
    })
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell
    })
    packed = join(
      folder,
      readdirSync(folder).find((name) => name.endsWith('.tgz'))
    )
  }
  return packed
}

/** An empty folder outside the repository with the package installed. */
export function installedFolder () {
  const folder = mkdtempSync(join(tmpdir(), 'ddblite-user-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{"name":"user","private":true,"type":"module"}\n')
  execFileSync('npm', ['install', ...quiet, tarball()], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell
  })
  return folder
}

/**
 * A project of nothing but its package.json, with the packed ddblite installed. It stands below the
 * repository, so that test runners and the AWS SDK come from the repository's node_modules.
 */
export function project (name, manifest) {
  const folder = join(root, 'build', 'fixtures', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  install(folder)
  return folder
}

/** A project that is a copy of test/fixtures/<name>. */
export function fixture (name) {
  const folder = join(root, 'build', 'fixtures', name)
  rmSync(folder, { recursive: true, force: true })
  cpSync(join(root, 'test', 'fixtures', name), folder, { recursive: true })
  for (const entry of readdirSync(join(root, 'test', 'fixtures'), { withFileTypes: true })) {
    if (entry.isFile()) cpSync(join(root, 'test', 'fixtures', entry.name), join(folder, entry.name))
  }
  install(folder)
  return folder
}

function install (folder) {
  execFileSync('npm', ['install', ...quiet, '--no-save', tarball()], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell
  })
  if (!existsSync(join(folder, 'node_modules', 'ddblite', 'package.json')))
    throw new Error('ddblite is not installed in the fixture')
}

const require = createRequire(import.meta.url)
const binOf = (name, file) => join(dirname(require.resolve(`${name}/package.json`)), file)
export const VITEST = binOf('vitest', 'vitest.mjs')
export const JEST = binOf('jest', 'bin/jest.js')

/* What a developer's or a pipeline's machine may have set must not decide. */
export const env = { ...process.env, CI: '1', NO_COLOR: '1', NODE_OPTIONS: '' }
for (const name of Object.keys(env)) if (/^(AWS_|NODE_TEST)/.test(name)) delete env[name]

/** A port that is free now. */
export const freePort = () => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

/** What a runner says, once it has ended. */
export function run (folder, file, args, more = {}) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...env, ...more }
  })
  assert.equal(signal, null, 'it ends by itself')
  return { status, text: stdout + stderr }
}
