/*
 * trim.test.mjs - sqlite3.wasm as we ship it: what the official module does it does too, what was
 * taken out says so, and a page's worker stays small; and what the build does to modules.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { startSqlite } from '../../lib/wasm/sqlite-host.mjs'
import { ModuleError, OP, parseModule, writeModule } from '../../scripts/wasm/module.mjs'
import { reach } from '../../scripts/wasm/reach.mjs'
import { packRelocations, SECTION } from '../../scripts/wasm/relocations.mjs'

const dist = new URL('../../dist/', import.meta.url)
const ours = readFileSync(new URL('sqlite3.wasm', dist))
const official = readFileSync(
  new URL('../../node_modules/@sqlite.org/sqlite-wasm/dist/sqlite3.wasm', import.meta.url))

const ROW = 100
const READWRITE_CREATE = 6
const WIRE_BYTES_MAX = 600000

/* A database in memory; its run() gives the rows as texts, or the error. */
async function open (wasmBinary) {
  const { memory, exports: c } = await startSqlite({ wasmBinary })
  const bytes = () => Buffer.from(memory.buffer)
  const text = p => bytes().toString('utf8', p, bytes().indexOf(0, p))
  const put = value => {
    const encoded = Buffer.from(`${value}\0`)
    const p = c.malloc(encoded.length)
    encoded.copy(bytes(), p)
    return p
  }
  const out = c.malloc(8)
  const openFile = name => {
    const rc = c.sqlite3_open_v2(put(name), out, READWRITE_CREATE, 0)
    return { rc, db: bytes().readUInt32LE(out) }
  }
  const { db } = openFile(':memory:')
  const value = (q, i) => {
    const p = c.sqlite3_column_blob(q, i)
    return p === 0 ? null : bytes().toString('utf8', p, p + c.sqlite3_column_bytes(q, i))
  }
  const run = sql => {
    if (c.sqlite3_prepare_v3(db, put(sql), -1, 0, out, 0) !== 0) return text(c.sqlite3_errmsg(db))
    const q = bytes().readUInt32LE(out)
    const rows = []
    let rc
    while ((rc = c.sqlite3_step(q)) === ROW) {
      rows.push(Array.from({ length: c.sqlite3_column_count(q) }, (_, i) => value(q, i)))
    }
    const failure = rc === 101 ? null : text(c.sqlite3_errmsg(db))
    c.sqlite3_finalize(q)
    return failure ?? rows
  }
  return { run, openFile }
}

/* Statements of all kinds, one a line; those that fail fail alike. */
const statements = readFileSync(new URL('statements.sql', import.meta.url), 'utf8').trim().split('\n')

describe('sqlite3.wasm', () => {
  test('gives what the official module gives', async () => {
    const [a, b] = [await open(official), await open(ours)]
    for (const sql of statements) assert.deepEqual(b.run(sql), a.run(sql), sql)
    assert.match(a.run('SELECT count(*) FROM w').toString(), /^3\d\d$/)
  })

  test('says what it does not have', async () => {
    const { run, openFile } = await open(ours)
    for (const name of ['json(1)', "json_group_array('a')", 'sqrt(4)', "strftime('%s')", 'median(1)',
      "'{}' ->> '$.a'", 'current_timestamp']) {
      assert.match(run(`SELECT ${name}`), /^unable to use function .* in the requested context$/)
    }
    assert.equal(run('SELECT json_group_array(1) WHERE 0'),
      'unable to use function json_group_array in the requested context')
    assert.match(run("SELECT * FROM json_each('[1]')"), /^vtable constructor failed: json_each$/)
    assert.match(run('CREATE VIRTUAL TABLE f USING fts5(x)'), /^no such module: fts5$/)
    assert.match(run('CREATE VIRTUAL TABLE r USING rtree(a, b, c)'), /^no such module: rtree$/)
    assert.match(run('SELECT * FROM dbstat'), /^no such table: dbstat$/)
    const CANTOPEN = 14
    for (const name of ['/file', 'file:/x?vfs=unix-none', 'file:local?vfs=kvvfs']) {
      assert.equal(openFile(name).rc, CANTOPEN, name)
    }
    assert.deepEqual(run('SELECT 1'), [['1']])
  })

  test('is at most 600,000 bytes gzipped, with the worker and the engine', () => {
    const { gzipTotal } = JSON.parse(readFileSync(new URL('manifest.json', dist)))
    assert.ok(gzipTotal <= WIRE_BYTES_MAX, `${gzipTotal} bytes go over the wire`)
  })
})

describe('a module', () => {
  test('of which everything is kept is written as it was', () => {
    const module = parseModule(official)
    const same = writeModule(module, {
      exports: new Set(module.exports.map(({ name }) => name)),
      slots: new Set(module.slots.keys()),
      functions: new Set(module.functions.keys())
    })
    assert.ok(same.equals(official))
  })

  test('loses a function of the table that only code means which is not called', () => {
    const live = kept([OP.const, 3, 0x1a])
    assert.deepEqual([...live.slots], [1])
  })

  test('keeps one that nothing seems to mean', () => {
    const live = kept([0x01], [0x01])
    assert.deepEqual([...live.slots].sort(), [1, 2, 3])
  })

  test('keeps one that may be stored, through locals, parameters and results', () => {
    /* (local.set 0 (i32.const 2)) (i32.store (i32.const 0) (call 3 (local.get 0))) */
    const live = kept([OP.const, 0, OP.const, 2, 0x21, 0, 0x20, 0, OP.call, 3, OP.store, 2, 0])
    assert.deepEqual([...live.slots].sort(), [1, 2])
  })

  test('keeps none for what is compared or stored as a byte', () => {
    const live = kept([OP.const, 0, OP.const, 2, 0x3a, 0, 0, OP.const, 3, 0x45, 0x1a])
    assert.deepEqual([...live.slots], [1])
  })
})

describe('a side module', () => {
  test('has the addresses of its data in a list, and what it learns itself in code', async () => {
    const packed = packRelocations(SIDE_MODULE)
    assert.ok(WebAssembly.validate(packed))
    const [list] = WebAssembly.Module.customSections(new WebAssembly.Module(packed), SECTION)
    assert.deepEqual([...new Uint8Array(list)], [2, 0, 2, 1, 1]) /* words 0 and 2; word 1 */
    const { functions, memory } = parseModule(packed)
    assert.deepEqual([0, 4, 8, 12].map(at => memory.readInt32LE(at)), [12, 3, 0, 0])
    assert.deepEqual(functions[0].ops.filter(([op]) => op === OP.store).length, 1)
  })

  test('is refused when its addresses are not words of its data', () => {
    const other = Buffer.from(SIDE_MODULE)
    other[other.indexOf(Buffer.from([OP.const, 8])) + 1] = 6
    assert.throws(() => packRelocations(other), ModuleError)
  })
})

const section = (id, ...bytes) => [id, bytes.length, ...bytes]
const imported = (name, ...type) => [1, 0x65, name.length, ...Buffer.from(name), ...type]

/* 16 bytes of data; one function: word 0 is memory + 12, word 1 is table + 3, word 2 is memory, and
 * word 3 is what another global says. */
const SIDE_MODULE = Buffer.from([
  ...Buffer.from('\0asm\x01\0\0\0', 'latin1'),
  ...section(1, 1, 0x60, 0, 0),
  ...section(2, 4, ...imported('memory', 2, 0, 1), ...imported('__memory_base', 3, 0x7f, 0),
    ...imported('__table_base', 3, 0x7f, 0), ...imported('own', 3, 0x7f, 1)),
  ...section(3, 1, 0),
  ...section(10, 1, 43, 1, 1, 0x7f,
    OP.global, 0, 0x22, 0, 0x20, 0, OP.const, 12, 0x6a, OP.store, 2, 0,
    0x20, 0, OP.global, 1, OP.const, 3, 0x6a, OP.store, 2, 4,
    0x20, 0, OP.const, 8, 0x6a, 0x20, 0, OP.store, 2, 0,
    0x20, 0, OP.global, 2, OP.store, 2, 12, 0x0b),
  ...section(11, 1, 0, OP.global, 0, 0x0b, 16, ...Array(16).fill(0))
])

const store = n => [OP.const, 0, OP.const, n, OP.store, 2, 0]

/* What is alive of a module with five functions: `code` is the first, exported; three are slots 1 to
 * 3, of which data has the first; the fourth gives back what it takes; nobody calls the last. */
function kept (code, never = [...store(2), ...store(3)]) {
  const body = bytes => [bytes.length + 4, 1, 1, 0x7f, ...bytes, 0x0b]
  const empty = [2, 0, 0x0b]
  const module = parseModule(Buffer.from([
    ...Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    ...section(1, 2, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f),
    ...section(3, 5, 0, 0, 0, 1, 0),
    ...section(4, 1, 0x70, 0, 5),
    ...section(5, 1, 0, 1),
    ...section(7, 1, 1, 0x66, 0, 0),
    ...section(9, 1, 0, OP.const, 1, 0x0b, 3, 1, 2, 2),
    ...section(10, 5, ...body(code), ...empty, ...empty, 4, 0, 0x20, 0, 0x0b, ...body(never)),
    ...section(11, 1, 0, OP.const, 8, 0x0b, 4, 1, 0, 0, 0)
  ]))
  return reach(module, { exports: new Set(['f']) })
}
