/* check-layers.test.mjs - the checker finds each kind of violation, and nothing in a good tree. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { allowed, checkLayers } from './check-layers.mjs'

const roots = []
after(() => roots.forEach((root) => rmSync(root, { recursive: true })))

/** A tree of files in a new folder: { 'core/base/a.h': text }. */
function tree (files) {
  const root = mkdtempSync(join(tmpdir(), 'layers-'))
  roots.push(root)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

const headers = {
  'core/base/mem.h': '#include <stddef.h>\n',
  'core/value/json.h': '#include "base/mem.h"\n',
  'core/store/store.h': '#include "value/json.h"\n',
  'core/api/ddb.h': ''
}

test('accepts includes of the own folder and of lower layers', () => {
  assert.deepEqual(checkLayers(tree({
    ...headers,
    'core/store/open.c': '#include "store/store.h"\n#include "sqlite3.h"\n#include <stdlib.h>\n',
    'addon/addon.c': '#include <node_api.h>\n#include "api/ddb.h"\n#include "strings.h"\n',
    'addon/strings.h': ''
  })), [])
})

test('accepts what looks like a call of the store and is none', () => {
  assert.deepEqual(checkLayers(tree({
    'core/ops/a.c': '/* store_get(x) does */\nconst char *s = "store_get(x)";\n' +
      'int restore_get(int x); int y = restore_get(1); store_range r;\n',
    'core/engine/b.c': 'int f(void) { return store_get(e->st); }\n'
  })), [])
})

const wrong = [
  ['a lower layer that includes a higher one', 'core/base/a.c', '#include "value/json.h"',
    /base must not include value/],
  ['a sibling of the same layer', 'core/table/a.c', '#include "schema/schema.h"',
    /table must not include schema/],
  ['an operation that reaches past the engine', 'core/ops/a.c', '#include "store/store.h"',
    /ops must not include store/],
  ['an operation that calls the store', 'core/ops/a.c', 'int f(void) { return store_get(1); }',
    /core\/ops\/a\.c:2: store_get: ops must not use the store/],
  ['an operation that takes the store out of the engine', 'core/ops/a.c', 'void *s = e->st;',
    /st: ops must not use the store/],
  ['SQLite outside the store', 'core/engine/a.c', '#include <sqlite3.h>',
    /sqlite3\.h belongs to store/],
  ['SQLite outside the store, quoted', 'core/engine/a.c', '  # include "sqlite3.h"',
    /sqlite3\.h belongs to store/],
  ['Node-API in the core', 'core/api/a.c', '#include <node_api.h>', /node_api\.h belongs to addon/],
  ['a host that includes the core behind its door', 'addon/a.c', '#include "value/json.h"',
    /nothing else of the core/],
  ['a header without its folder', 'core/value/a.c', '#include "json.h"', /write the folder too/],
  ['a header that does not exist', 'core/value/a.c', '#include "value/none.h"', /no such file/],
  ['a folder that is no layer', 'core/extra/a.c', '#include "base/mem.h"', /extra is not a layer/]
]
for (const [name, path, text, message] of wrong) {
  test(`finds ${name}`, () => {
    const found = checkLayers(tree({ ...headers, [path]: `int x;\n${text}\n` }))
    assert.equal(found.length, 1)
    assert.match(found[0], message)
    assert.ok(found[0].startsWith(`${path}:2: `), found[0])
  })
}

test('the layers have no cycle', () => {
  const reach = (from, seen = new Set()) => {
    for (const to of allowed[from] ?? []) if (!seen.has(to)) { seen.add(to); reach(to, seen) }
    return seen
  }
  for (const folder of Object.keys(allowed)) assert.ok(!reach(folder).has(folder), folder)
})
