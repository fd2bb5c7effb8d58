// npm run bench: ddblite against the floor (better-sqlite3 doing the same row work, plus
// JSON.stringify and JSON.parse of the same items) and against other emulators. Only ratios mean
// anything: both sides run in one process, in turns, and the median of the rounds is taken.
//
//   npm run bench                 everything
//   npm run bench -- floor        one part: floor, commit, memory, start, large, testkit, streams,
//                                 peers
//
// better-sqlite3 needs Node >= 22; under an older Node this script runs itself with a newer one.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { nodeBinary } from '../scripts/nodes.mjs'

const node = Number(process.versions.node.split('.')[0]) < 22 ? nodeBinary(24) : process.execPath
const parts = ['floor', 'commit', 'memory', 'start', 'large', 'testkit', 'streams', 'peers']
const wanted = process.argv.slice(2).filter((x) => !x.startsWith('-'))
let missed = 0
console.log(
  `Node ${execFileSync(node, ['-p', 'process.versions.node']).toString().trim()}, ${process.platform} ${process.arch}`
)
for (const part of wanted.length > 0 ? wanted : parts) {
  if (!parts.includes(part)) throw new Error(`no part "${part}"; there are ${parts.join(', ')}`)
  try {
    execFileSync(node, ['--expose-gc', fileURLToPath(new URL(`./${part}.mjs`, import.meta.url))], {
      stdio: 'inherit'
    })
  } catch (error) {
    if (error.status !== 3) throw error
    missed++ // the part printed which target it missed
  }
}
if (missed > 0) console.log('\nSome targets were missed (marked "over").')
