#!/usr/bin/env node
/*
 * tidy.mjs - what a reader should not have to say in a review.
 *
 *   node scripts/tidy.mjs [root] [--notes]
 *
 * Wrong: a line beyond 100 columns (in tests, quoted texts aside), a tab or a trailing blank, a
 * file beyond 1,000 lines or a C
 * function beyond 120 without a reason, a note to do something later, a banned call, a variable
 * of the core that outlives a call. --notes also lists what is long but allowed (700 and 70).
 *
 * A long file or function states its reason in a comment that begins with "Long because": in the
 * file's header, or in the function's body.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const COLUMNS = 100
const FILE = { note: 700, max: 1000 }
const FUNCTION = { note: 70, max: 120 }
const folders = ['core', 'addon', 'wasm', 'lib', 'types', 'scripts', 'test', 'bench', 'examples']
const REASON = /Long because/
const LATER = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK']
  .join('|')})\\b`)

/** Calls that some place must not make; `where` tells which files the rule is for. */
const bans = [
  { calls: ['malloc', 'calloc', 'realloc', 'free', 'strdup', 'strndup'],
    where: (path) => path.startsWith('core/') && path !== 'core/base/mem.c',
    why: 'memory comes from base/mem, an arena or a buf' },
  { calls: ['sprintf', 'vsprintf', 'strcpy', 'strcat', 'strncpy', 'strncat', 'gets', 'strtok',
    'alloca', 'setjmp', 'longjmp'],
  where: (path) => /^(core|addon|wasm)\//.test(path),
  why: 'it does not know the size of what it writes, or hides where it goes' }
]

/** @returns {string[]} the source files below dir, without what is built or installed */
function sources (dir) {
  if (!existsSync(dir)) return []
  return readdirSync(dir).filter((name) => !['node_modules', 'build', 'corpus'].includes(name))
    .flatMap((name) => {
      const path = join(dir, name)
      if (statSync(path).isDirectory()) return sources(path)
      return /\.(c|h|def|[cm]?js|[cm]?ts)$/.test(name) ? [path] : []
    })
}

/** C text with comments and literals blanked, so that only code is left; lines stay. */
export function codeOnly (text) {
  const form = /\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g
  return text.replace(form, (all) => all.replace(/[^\n]/g, ' '))
}

/** C functions: from the `{` in the first column to the `}` in the first column. */
function functions (lines) {
  const found = []
  let start = -1
  lines.forEach((line, i) => {
    if (line === '{') start = i
    if (line === '}' && start >= 0) {
      const head = lines.slice(Math.max(0, start - 4), start).join(' ')
      found.push({ name: /(\w+)\s*\([^()]*(\([^()]*\)[^()]*)*\)\s*$/.exec(head)?.[1] ?? '?',
        start, lines: i - start + 1, body: lines.slice(start, i).join('\n') })
      start = -1
    }
  })
  return found
}

/* Tests and benchmarks quote requests and the service's texts, which nobody should break. */
const QUOTES = /^(test|bench|examples)\//
const LITERAL =
  /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|\/(?![*/])(?:\\.|[^/\\])+\/\w*/g

function checkLines (path, lines, say) {
  lines.forEach((line, i) => {
    const counted = QUOTES.test(path) ? line.replace(LITERAL, "''") : line
    if ([...counted].length > COLUMNS) say(i, `${[...line].length} columns`)
    if (/[ \t\r]$/.test(line)) say(i, 'blank at the end')
    if (line.includes('\t')) say(i, 'tab')
    if (LATER.test(line)) say(i, `do it now or leave it out: ${LATER.exec(line)[1]}`)
  })
}

function checkCode (path, text, say) {
  const code = codeOnly(text).split('\n')
  code.forEach((line, i) => {
    for (const { calls, where, why } of bans) {
      const call = where(path) && new RegExp(`(?<![\\w.>])(${calls.join('|')})\\s*\\(`).exec(line)
      if (call) say(i, `${call[1]}(): ${why}`)
    }
    if (/sqlite3\.h/.test(text.split('\n')[i]) && /^\s*#\s*include/.test(line) &&
        !path.startsWith('core/store/') && !path.startsWith('test/')) {
      say(i, 'sqlite3.h outside core/store')
    }
    if (path.startsWith('core/') && !/\bconst\b/.test(line) &&
        /^\s*static\s+(?!inline\b)[\w\s*]+(\[[^\]]*\])*\s*(=|;)/.test(line)) {
      say(i, 'a variable that outlives the call: the core has no state but its handles')
    }
  })
}

/** @returns {{wrong: string[], notes: string[]}} lines "path:line: what" */
export function tidy (root) {
  const wrong = []
  const notes = []
  for (const file of folders.flatMap((dir) => sources(join(root, dir)))) {
    const path = relative(root, file).split(sep).join('/')
    const text = readFileSync(file, 'utf8')
    const lines = text.split('\n')
    const say = (i, what) => wrong.push(`${path}:${i + 1}: ${what}`)
    const long = (i, n, limit, reason, what) => {
      if (n > limit.max && !reason) say(i, `${what} of ${n} lines`)
      else if (n > limit.note) notes.push(`${path}:${i + 1}: ${what} of ${n} lines`)
    }

    checkLines(path, lines, say)
    if (!text.endsWith('\n')) say(lines.length - 1, 'no newline at the end')
    const head = lines.slice(0, 40).join('\n')
    long(0, lines.length, FILE, REASON.test(head) || /\bGenerated\b/.test(head), 'a file')
    if (/\.[ch]$/.test(path)) {
      checkCode(path, text, say)
      for (const f of functions(lines)) {
        long(f.start, f.lines, FUNCTION, REASON.test(f.body), `${f.name}()`)
      }
    }
  }
  return { wrong, notes }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2).filter((arg) => arg !== '--notes')
  const root = resolve(args[0] ?? join(dirname(fileURLToPath(import.meta.url)), '..'))
  const { wrong, notes } = tidy(root)
  if (process.argv.includes('--notes')) for (const line of notes) console.log(`note: ${line}`)
  for (const line of wrong) console.error(line)
  const good = `tidy: ok, ${notes.length} notes`
  console.log(wrong.length === 0 ? good : `tidy: ${wrong.length} wrong`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}
