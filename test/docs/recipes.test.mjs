/*
 * recipes.test.mjs - runs the JavaScript of docs/recipes/*.md and README.md, as it stands there.
 *
 * Each ```js block is a module of its own and runs in a process of its own, in an empty folder;
 * an error that nobody catches, or a failed node:test, fails the test. What a reader need not see
 * stands in comments around the block, which Markdown does not show:
 *
 *   <!-- first            code before the block: what the text takes for granted
 *   <!-- then             code after it: what the text promises, asserted
 *   <!-- continues -->    the block goes on from the one before: both are one module
 *   <!-- run by test/x -->  the block is no module of Node's (a configuration of a test runner, a
 *                         page's script): the file or folder that runs it, which must be there
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/* Inside the package, so that a snippet's `import 'ddblite'` is this one. */
mkdirSync(join(root, 'build'), { recursive: true })
const folder = mkdtempSync(join(root, 'build', 'recipes-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const PART = /^<!-- (first|then|continues|run by)\b([^]*?)-->|^```js\n([^]*?)^```/gm

/** The modules of a page: { line, code, runBy }. */
function modulesOf (text) {
  const modules = []
  let first = '', goesOn = false, runBy, last
  for (const { 0: whole, 1: word, 2: comment, 3: block, index } of text.matchAll(PART)) {
    if (word === 'first') first += comment
    else if (word === 'continues') goesOn = true
    else if (word === 'run by') runBy = comment.trim()
    else if (word === 'then') {
      assert.ok(last, `nothing stands before: ${whole}`)
      last.code += comment
    } else {
      const line = text.slice(0, index).split('\n').length
      if (!goesOn) modules.push(last = { line, code: '', runBy })
      last.code += first + block
      first = ''
      goesOn = false
      runBy = undefined
    }
  }
  return modules
}

const recipes = readdirSync(join(root, 'docs/recipes')).map(name => `docs/recipes/${name}`)
const env = { ...process.env }
delete env.NODE_TEST_CONTEXT /* a snippet that has tests is not part of this run of node:test */

for (const page of ['README.md', ...recipes].filter(name => name.endsWith('.md'))) {
  const modules = modulesOf(readFileSync(join(root, page), 'utf8'))
  describe(page, { skip: modules.length === 0 && 'it has no JavaScript' }, () => {
    for (const { line, code, runBy } of modules) {
      if (runBy !== undefined) {
        test(`what runs line ${line} is there`, () => assert.ok(existsSync(join(root, runBy)), runBy))
        continue
      }
      test(`line ${line} runs`, async () => {
        const own = mkdtempSync(join(folder, 'line-'))
        writeFileSync(join(own, 'snippet.mjs'), code)
        await run(process.execPath, ['snippet.mjs'], { cwd: own, env, timeout: 60000 })
          .catch(error => assert.fail(`${error.message}\n${error.stdout}\n\n${code}`))
      })
    }
  })
}
