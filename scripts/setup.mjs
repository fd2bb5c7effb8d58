#!/usr/bin/env node
/*
 * setup.mjs - makes a fresh clone ready: the pinned dependencies, then the addon.
 *
 * `npm run demo` and `npm test` start with it, so that each does all of its own set-up; when
 * everything is there it takes a fraction of a second.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/* npm writes this file at the end of an install. */
const installed = join(root, 'node_modules', '.package-lock.json')
const lock = join(root, 'package-lock.json')

function run (command, args) {
  const shell = process.platform === 'win32'
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell })
}

try {
  const age = path => statSync(path).mtimeMs
  if (!existsSync(installed) || age(installed) < age(lock)) run('npm', ['ci'])
  run(process.execPath, [join(root, 'scripts', 'build.mjs')])
} catch (error) {
  console.error(`setup: ${error.message}`)
  process.exitCode = 1
}
