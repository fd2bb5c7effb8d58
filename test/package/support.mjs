// The package as a user gets it: packed once a process, installed where a test wants it.
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
 * A copy of test/fixtures/<name> with the packed ddblite installed. It stands below the repository,
 * so that the test runner itself comes from the repository's node_modules.
 */
export function fixture (name) {
  const folder = join(root, 'build', 'fixtures', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(join(root, 'test', 'fixtures', name), folder, { recursive: true })
  cpSync(join(root, 'test', 'fixtures', 'suite.cjs'), join(folder, 'suite.cjs'))
  execFileSync('npm', ['install', ...quiet, '--no-save', tarball()], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell
  })
  if (!existsSync(join(folder, 'node_modules', 'ddblite', 'package.json')))
    throw new Error('ddblite is not installed in the fixture')
  return folder
}
