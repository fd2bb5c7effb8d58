/*
 * trim-sqlite.mjs - the official sqlite3.wasm without what nothing of ours can reach: FTS5,
 * R-Tree, sessions, JSON, mathematics and dates in SQL, virtual tables about SQLite itself, and the
 * files of a Unix that is not there.
 *
 *   exports          only those the engine and the slimmed JavaScript (slim-sqlite.mjs) ask for
 *   extensions       their entries in sqlite3BuiltinExtensions[] do nothing, but sqlite_dbpage's
 *   SQL functions    those of DROPPED answer "unable to use function ... in the requested context"
 *   json_each        cannot be connected: "vtable constructor failed"
 *   VFS unix, kvvfs  open nothing: "unable to open database file"
 *
 * What then cannot run any more (wasm/reach.mjs) is replaced by a trap. Not one instruction of
 * what stays is another than in the official module.
 *
 * All this is found by what it looks like: names, and the types of the functions it names. A
 * release that looks otherwise fails the build here: look what has changed, then change PINNED.
 * Start at trimSqlite().
 */
import { createHash } from 'node:crypto'
import { leb, ModuleError, OP, parseModule, textAt, writeModule } from './wasm/module.mjs'
import { linkedInData, reach } from './wasm/reach.mjs'

/* `inData`: slots that the linker met first in data of SQLite's object file, whose functions are
 * those before `object`; wasm/reach.mjs checks the first half. Functions behind are libc's. */
const PINNED = {
  sha256: 'b8a92a19f441a90ff2339fe988fbe317c4adf3ed844096f12aee04aa72d58257',
  inData: { first: 179, last: 629, object: 2539 }
}

const SQLITE_ERROR = 1
const SQLITE_CANTOPEN = 14

/* SQL functions that no statement of core/store uses, and SQLite not in its own. */
const DROPPED = new RegExp('^(' + [
  'jsonb?(_\\w+)?', '->>?',
  'a?(cos|sin|tan)h?', 'atan2', 'ceil(ing)?', 'degrees', 'exp', 'floor', 'ln', 'log(10|2)?', 'mod',
  'pi', 'pow(er)?', 'radians', 'sqrt', 'trunc',
  'date(time)?', 'time(diff)?', 'julianday', 'strftime', 'unixepoch',
  'current_(date|time|timestamp)',
  'median', 'percentile(_\\w+)?'
].join('|') + ')$')
const DROPPED_COUNT = 80

const VFS_NAMES = ['unix', 'unix-none', 'unix-dotfile', 'unix-excl', 'kvvfs']

/** The module, trimmed. `exports` are the names to be kept. Throws a ModuleError. */
export function trimSqlite (bytes, exports) {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== PINNED.sha256) {
    throw new ModuleError(`trim-sqlite.mjs does not know this sqlite3.wasm (${sha256})`)
  }
  const module = parseModule(bytes)
  for (const name of exports) {
    if (!module.exports.some(found => found.name === name)) {
      throw new ModuleError(`the official SQLite has no export ${name}`)
    }
  }
  const { object, ...slots } = PINNED.inData
  const inData = { metAt: linkedInData(module, slots), object }
  const sqlite = new Sqlite(module)
  const objects = [
    ...dropExtensions(sqlite), ...dropFiles(sqlite), ...sqlite.vtabs(), ...sqlite.ioMethods()
  ]
  dropFunctions(sqlite)
  dropJsonEach(sqlite)
  const live = reach(module, {
    exports,
    objects,
    inData,
    replaced: sqlite.replaced,
    integers: sqlite.lineNumbers()
  })
  dropTexts(module, live.functions)
  return writeModule(module, {
    exports,
    slots: live.slots,
    functions: live.functions,
    added: sqlite.added,
    filled: sqlite.replaced
  })
}

function only (list, what) {
  if (list.length !== 1) throw new ModuleError(`sqlite3.wasm has ${list.length} of ${what}`)
  return list[0]
}

/* What is known of the module, and what slots mean instead. */
class Sqlite {
  replaced = new Map() /* slot -> function */
  added = []
  #module

  constructor (module) {
    this.#module = module
  }

  word (at) {
    const { memory, memoryBase } = this.#module
    return at >= memoryBase && at + 4 <= memory.length ? memory.readUInt32LE(at) : 0
  }

  text (at) {
    const { memory, memoryBase } = this.#module
    return at >= memoryBase && at < memory.length ? textAt(this.#module, at) : ''
  }

  put (at, word) {
    this.#module.memory.writeUInt32LE(word, at)
  }

  /* Each word of the initial memory. */
  * words () {
    const { memory, memoryBase } = this.#module
    for (let at = Math.ceil(memoryBase / 4) * 4; at + 4 <= memory.length; at += 4) yield at
  }

  /* '3r' is a slot of a function of three arguments with a result, '' no slot. */
  shape (slot) {
    const { slots, functions, types } = this.#module
    if (!slots.has(slot)) return ''
    const { takes, gives } = types[functions[slots.get(slot)].type]
    return `${takes.length}${gives.length > 0 ? 'r' : ''}`
  }

  /* The texts that a function names. */
  texts (f) {
    return (this.#module.functions[f].ops ?? [])
      .filter(([op]) => op === OP.const).map(([, value]) => this.text(value))
  }

  functionsWith (text) {
    return this.#module.functions.map((_, f) => f).filter(f => this.texts(f).includes(text))
  }

  /* Do the words at an address look so? A number is itself; '3r' a slot; '"x"' a text's address; a
   * list, any of these. */
  looks (at, pattern) {
    return pattern.every((piece, i) => {
      const word = this.word(at + 4 * i)
      return [piece].flat().some(one => {
        if (typeof one === 'number') return word === one
        return one.startsWith('"') ? `"${this.text(word)}"` === one : this.shape(word) === one
      })
    })
  }

  find (pattern, what) {
    const address = only([...this.words()].filter(at => this.looks(at, pattern)), what)
    return { address, bytes: 4 * pattern.length }
  }

  /* Virtual tables: struct sqlite3_module. */
  vtabs () {
    const pattern = [
      [0, 1, 2, 3, 4], [0, '6r'], '6r', '2r', '1r', [0, '1r'], '2r', '1r', '5r', '1r', '1r', '3r',
      '2r', [0, '4r'], [0, '1r'], [0, '1r'], [0, '1r'], [0, '1r'], [0, '5r'], [0, '2r']
    ]
    return [...this.words()].filter(at => this.looks(at, pattern))
      .map(address => ({ address, bytes: 100 }))
  }

  /* What files do: struct sqlite3_io_methods. */
  ioMethods () {
    const first = ['1r', '4r', '4r', '2r', '2r', '2r', '2r', '2r', '2r', '3r', ['1r', 0], '1r']
    return [...this.words()].filter(at => this.looks(at, [[1, 2, 3], ...first]))
      .map(address => ({ address, bytes: 76 }))
  }

  /* The functions that are told the number of the line that found a database corrupt. */
  lineNumbers () {
    const report = only(this.functionsWith('%s at line %d of [%.10s]'), 'sqlite3ReportError()')
    const { functions, types } = this.#module
    return new Set(functions.flatMap(({ type, ops = [] }, f) =>
      types[type].takes.length === 1 && ops.some(([op, g]) => op === OP.call && g === report)
        ? [f]
        : []))
  }

  functionOf (slot) {
    return this.#module.slots.get(slot)
  }

  /* The slot means a function of the same type that does nothing but return a number. */
  answer (slot, value) {
    this.#add(slot, this.shape(slot).endsWith('r') ? [OP.const, value] : [])
  }

  #add (slot, code) {
    const { functions } = this.#module
    const type = functions[this.functionOf(slot)].type
    this.replaced.set(slot, functions.length + this.added.length)
    this.added.push({ type, code })
  }

  /* The slot means what SQLite gives for a function that must not be used; `f` is that. */
  refuse (slot, f) {
    const call = [0x20, 0, OP.const, 0, OP.const, 0, OP.call, ...leb(f)] /* f(context, 0, NULL) */
    if (this.shape(slot) === '3') this.replaced.set(slot, f)
    else if (this.shape(slot) === '1') this.#add(slot, call)
    else throw new ModuleError(`slot ${slot} is of no SQL function`)
  }
}

/* sqlite3BuiltinExtensions[] but for the pages as a table, which exports and imports go through
 * (core/store/transfer.c), and what FTS5 has beside a virtual table. */
const USED = 'sqlite_dbpage'

function dropExtensions (sqlite) {
  const names = ['fts5', 'rtree', USED, 'dbstat', 'sqlite_stmt', 'bytecode']
  const isInit = (word, name) => sqlite.shape(word) === '1r' &&
    sqlite.texts(sqlite.functionOf(word)).includes(name)
  const array = only([...sqlite.words()].filter(at => isInit(sqlite.word(at), names[0]) &&
    isInit(sqlite.word(at + 4), names[1])), 'sqlite3BuiltinExtensions[]')
  const inits = Array.from({ length: names.length + 1 }, (_, i) => sqlite.word(array + 4 * i))
  if (!names.every(name => inits.some(word => isInit(word, name)))) {
    throw new ModuleError('sqlite3BuiltinExtensions[] has others than are known')
  }
  for (const slot of inits) if (!isInit(slot, USED)) sqlite.answer(slot, 0)

  const api = Array(23).fill(['1r', '2r', '3r', '4r', '5r', '7r', '4', '3', '1', '6r', '5', '3'])
  const auxiliary = name => [`"${name}"`, 0, '5', 0]
  const tokenizer = name => [`"${name}"`, '4r', '1', '6r']
  return [
    sqlite.find([4, ...api, '"config"'], 'the API of FTS5'),
    sqlite.find(['snippet', 'highlight', 'bm25', 'fts5_get_locale'].flatMap(auxiliary),
      'the functions of FTS5'),
    sqlite.find([...['unicode61', 'ascii', 'trigram'].flatMap(tokenizer), 2, '4r', '1', '8r'],
      'the tokenizers of FTS5')
  ]
}

/* FuncDef: nArg, flags, user data, next, four functions, zName; built-ins have no next. */
const BUILTIN = 0x00800000

function dropFunctions (sqlite) {
  const invalid = only(sqlite.functionsWith('unable to use function %s in the requested context'),
    'sqlite3InvalidFunction()')
  const all = [...sqlite.words()].filter(at => sqlite.word(at + 4) & BUILTIN &&
    sqlite.word(at + 12) === 0 && sqlite.shape(sqlite.word(at + 16)) === '3' &&
    /^[a-z_0-9]+$|^->>?$/.test(sqlite.text(sqlite.word(at + 32))))
  const dropped = all.filter(at => DROPPED.test(sqlite.text(sqlite.word(at + 32))))
  if (dropped.length !== DROPPED_COUNT) {
    throw new ModuleError(`${dropped.length} SQL functions are dropped`)
  }
  const slotsOf = list => list.flatMap(at =>
    [16, 20, 24, 28].map(offset => sqlite.word(at + offset)).filter(slot => slot !== 0))
  const stay = new Set(slotsOf(all.filter(at => !dropped.includes(at))))
  for (const slot of new Set(slotsOf(dropped))) {
    if (stay.has(slot)) throw new ModuleError(`slot ${slot} is of a SQL function that stays, too`)
    sqlite.refuse(slot, invalid)
  }
  for (const at of dropped) {
    const data = sqlite.word(at + 8) /* ceil() and others have a function of libc there */
    if (sqlite.shape(data) === '1r') sqlite.replaced.set(data, null)
    sqlite.put(at + 8, sqlite.word(at + 32)) /* the name in the message */
  }
}

function dropJsonEach (sqlite) {
  const connects = at => sqlite.texts(sqlite.functionOf(sqlite.word(at + 8)))
  const { address } = only(sqlite.vtabs().filter(({ address }) =>
    connects(address).some(text => text.startsWith('CREATE TABLE x(key,value'))), 'json_each')
  for (let at = address + 4; at < address + 100; at += 4) {
    const slot = sqlite.word(at)
    if (slot !== 0 && !sqlite.replaced.has(slot)) sqlite.answer(slot, SQLITE_ERROR)
  }
}

/* The VFSes whose files are Emscripten's, and the table of system calls. A database in memory asks
 * its VFS for the time, for randomness (lib/wasm/engine.mjs) and to sleep. */
function dropFiles (sqlite) {
  const isVfs = (at, name) => sqlite.looks(at + 16, [`"${name}"`]) &&
    sqlite.looks(at + 24, ['5r', '3r', '4r', '4r'])
  const objects = []
  for (const name of VFS_NAMES) {
    const vfs = only([...sqlite.words()].filter(at => isVfs(at, name)), `VFS ${name}`)
    for (const offset of [24, 28, 32, 36]) sqlite.answer(sqlite.word(vfs + offset), SQLITE_CANTOPEN)
    for (const offset of [56, 76, 80, 84]) { /* randomness, and those of system calls */
      if (sqlite.word(vfs + offset) !== 0) sqlite.answer(sqlite.word(vfs + offset), 0)
    }
    if (sqlite.word(vfs + 20) !== 0) objects.push({ address: sqlite.word(vfs + 20), bytes: 4 })
    sqlite.put(vfs + 20, 0) /* pAppData: the function that says how a file is locked */
    if (name !== 'kvvfs') continue
    const methods = only([...sqlite.words()].filter(at => sqlite.word(at) === vfs),
      'sqlite3KvvfsMethods')
    sqlite.put(methods + 4, 0) /* of a database and of a journal */
    sqlite.put(methods + 8, 0)
  }
  const first = only([...sqlite.words()].filter(at =>
    sqlite.looks(at, ['"open"', '3r', 0, '"close"'])), 'the table of system calls')
  let end = first
  while (sqlite.text(sqlite.word(end)) !== '' && sqlite.word(end + 8) === 0) end += 12
  return [...objects, { address: first, bytes: end - first }]
}

/* Texts that only functions name which are gone. The linker keeps all texts in one segment; one
 * stands between two NULs, and goes if neither a function that stays nor data has an address in
 * it. */
function dropTexts (module, kept) {
  const { functions, memory, memoryBase, segments } = module
  const [{ address, from, to }] = segments
  const end = address + to - from
  const [stays, goes] = [new Set(), new Set()]
  functions.forEach(({ ops = [] }, f) => {
    for (const [op, value] of ops) {
      if (op === OP.const || (op >= 0x28 && op <= 0x3e)) (kept.has(f) ? stays : goes).add(value)
    }
  })
  for (let at = Math.ceil(memoryBase / 4) * 4; at + 4 <= memory.length; at += 4) {
    stays.add(memory.readUInt32LE(at))
  }
  for (let at = address; at < end;) {
    const next = memory.indexOf(0, at) + 1
    const places = Array.from({ length: next - at }, (_, i) => at + i)
    if (places.some(place => goes.has(place)) && !places.some(place => stays.has(place))) {
      memory.fill(0, at, next)
    }
    at = next
  }
}
