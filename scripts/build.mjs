#!/usr/bin/env node
/*
 * build.mjs - `npm run build`: SQLite's source in its place, then the addon for this machine.
 *
 *   --prebuild   also puts it, stripped, to prebuilds/<platform>.node with the sources that the
 *                package ships for `npx ddblite build` (npm's prepack step)
 *
 * The work itself is lib/build.cjs, which users have too.
 */
import { copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execFileSync } from 'node:child_process'

const require = createRequire(import.meta.url)
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const prebuild = process.argv.includes('--prebuild')

execFileSync(process.execPath, [join(root, 'scripts', 'sync-sqlite.mjs')], { stdio: 'inherit' })
const { build } = require('../lib/build.cjs')
const { platformNames } = require('../lib/native.cjs')

try {
  const { path, compiled } = await build({ strip: prebuild })
  if (compiled > 0) console.error(`built ${path} (${compiled} file${compiled === 1 ? '' : 's'})`)
  if (prebuild) {
    const headers = join(root, 'node_modules', 'node-api-headers', 'include')
    mkdirSync(join(root, 'prebuilds'), { recursive: true })
    copyFileSync(path, join(root, 'prebuilds', `${platformNames()[0]}.node`))
    mkdirSync(join(root, 'deps', 'node-api'), { recursive: true })
    for (const name of ['node_api', 'node_api_types', 'js_native_api', 'js_native_api_types']) {
      cpSync(join(headers, `${name}.h`), join(root, 'deps', 'node-api', `${name}.h`))
    }
  }
} catch (error) {
  console.error(`build: ${error.message}`)
  process.exitCode = 1
}
