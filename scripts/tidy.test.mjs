/* tidy.test.mjs - each rule finds its case, and leaves alone what only looks like one. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { codeOnly, tidy } from './tidy.mjs'

const roots = []
after(() => roots.forEach((root) => rmSync(root, { recursive: true })))

function run (path, text) {
  const root = mkdtempSync(join(tmpdir(), 'tidy-'))
  roots.push(root)
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  return tidy(root)
}

const later = 'TO' + 'DO'
const body = (n) => `int f(int a)\n{\n${'    a++;\n'.repeat(n - 2)}}\n`
const wrong = [
  ['a line of 101 columns', 'core/a/a.c', `/* ${'x'.repeat(95)} */\n`, /:1: 101 columns/],
  ['a line of 101 columns in a test', 'test/c/a.c', `/* ${'x'.repeat(95)} */\n`, /101 columns/],
  ['a trailing blank', 'lib/a.js', 'a \n', /:1: blank at the end/],
  ['a tab', 'core/a/a.c', '\tint x;\n', /:1: tab/],
  ['a missing newline', 'lib/a.js', 'a', /:1: no newline/],
  ['a note to do it later', 'test/c/a.c', `int a; /* ${later}: more */\n`, /:1: do it now/],
  ['a file of 1,001 lines', 'lib/a.js', 'a\n'.repeat(1000), /a file of 1001 lines/],
  ['a function of 121 lines', 'core/a/a.c', body(121), /:2: f\(\) of 121 lines/],
  ['malloc in the core', 'core/a/a.c', 'void *p = malloc(3);\n', /malloc\(\)/],
  ['free in the core', 'core/a/a.c', 'int a;\nfree (p);\n', /:2: free\(\)/],
  ['strcpy in the addon', 'addon/a.c', 'strcpy(a, b);\n', /strcpy\(\)/],
  ['SQLite outside the store', 'core/engine/a.c', '#include <sqlite3.h>\n', /sqlite3\.h outside/],
  ['a global', 'core/a/a.c', 'static int counter = 0;\n', /outlives the call/],
  ['a static array in a function', 'core/a/a.c', '    static char text[20];\n', /outlives the call/]
]
for (const [name, path, text, message] of wrong) {
  test(`finds ${name}`, () => {
    const found = run(path, text).wrong
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0], message)
  })
}

const right = [
  ['a line of 100 columns', 'core/a/a.c', `/* ${'x'.repeat(94)} */\n`],
  ['a line of 100 characters beyond ASCII', 'core/a/a.c', `/* ${'é'.repeat(94)} */\n`],
  ['banned names in comments and strings', 'core/a/a.c', '/* free(x) */ f("malloc(1)", \'"\');\n'],
  ['names that end like a banned call', 'core/a/a.c', 'mem_free(m, p); s->free(p); x.free(p);\n'],
  ['malloc in mem.c', 'core/base/mem.c', 'void *p = malloc(3);\n'],
  ['malloc in tests', 'test/c/a.c', 'void *p = malloc(3);\n'],
  ['SQLite in tests of the store', 'test/c/store_test.c', '#include <sqlite3.h>\n'],
  ['SQLite in the store', 'core/store/a.c', '#include <sqlite3.h>\n'],
  ['a constant table', 'core/a/a.c', 'static const int table[] = {1};\n'],
  ['a static function', 'core/a/a.c', 'static int f(int a);\nstatic inline int g(void)\n'],
  ['a long function with its reason', 'core/a/a.c',
    body(121).replace('    a++;', '    /* Long because it is one flat table. */')],
  ['a function of 120 lines', 'core/a/a.c', body(120)]
]
for (const [name, path, text] of right) {
  test(`accepts ${name}`, () => assert.deepEqual(run(path, text).wrong, []))
}

test('notes what is long but allowed', () => {
  const { wrong: none, notes } = run('core/a/a.c', body(71))
  assert.deepEqual(none, [])
  assert.match(notes[0], /f\(\) of 71 lines/)
})

test('code keeps its lines when comments go', () => {
  assert.equal(codeOnly('a /* b\n c */ d // e\n"f\\"g" h'), 'a     \n      d     \n       h')
})
