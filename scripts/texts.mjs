// Which of the service's texts (test/api/support/texts.txt) no test raises any more?
//
//   node scripts/texts.mjs <folder>     what test/api/support/raised.mjs wrote there
//
// Without a folder it runs nothing and says so: `node scripts/test.mjs api` collects and checks.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const LIST = new URL('../test/api/support/texts.txt', import.meta.url)

/** The lines of the list that are texts. */
export const listed = (content = readFileSync(LIST, 'utf8')) =>
  content.split('\n').filter(line => line !== '' && !line.startsWith('#'))

const quoted = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** <name> is any text, in a line of the list. */
export const patternOf = line =>
  new RegExp(`^${line.split(/<[a-zA-Z][\w ,]*>/).map(quoted).join('[^]*')}$`)

/** An error alone, and the members of its envelope when there are several. */
function * variants (raised) {
  yield raised
  const [, name, list] = /^(\w+): \d+ validation errors? detected: ([^]*)$/.exec(raised) ?? []
  if (list === undefined) return
  yield `${name}: ${list}`
  for (const one of list.split(/; (?=Value (?:'|null))/)) yield `${name}: ${one}`
}

/** The lines of the list that nothing raised. */
export function missing (lines, raised) {
  const all = [...new Set(raised.flatMap(text => [...variants(text)]))]
  return lines.filter(line => {
    const pattern = patternOf(line)
    return !all.some(text => pattern.test(text))
  })
}

/** What the processes of a run wrote. */
export const raisedIn = folder =>
  readdirSync(folder)
    .flatMap(name => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter(Boolean)
    .map(line => JSON.parse(line))

function main (folder) {
  if (folder === undefined) {
    console.log('texts: no folder is given; `node scripts/test.mjs api` collects and checks them')
    return
  }
  const lines = listed()
  const gone = missing(lines, raisedIn(folder))
  if (gone.length > 0) {
    console.error(`texts: no test raises\n${gone.map(line => `  ${line}`).join('\n')}`)
    process.exitCode = 1
    return
  }
  console.log(`texts: ${lines.length} texts of the service, each raised by a test`)
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv[2])
