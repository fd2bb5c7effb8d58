/*
 * link.mjs - places engine.wasm in the memory of the official SQLite module and links the two.
 *
 *   engine.wasm (a side module)          the official module
 *   static data, a stack          <-     sqlite3.wasm.alloc()
 *   functions                     <-     slots at the end of its function table
 *   imports sqlite3_*, malloc     <-     its exports, as they are: no JavaScript between them
 *   what libc still asks for      <-     shims() and the module's own exports
 *
 * How a side module wants to be loaded is in its section `dylink.0` (WebAssembly tool conventions,
 * "Dynamic linking"); which words of its data are addresses, in `ddblite.relocs`
 * (scripts/wasm/relocations.mjs).
 *
 * Promises: nothing of the official module is changed; a module that does not fit is refused with
 * a LinkError before its first call. What is allocated here is never freed: an engine lives as
 * long as the SQLite it is linked to.
 * Start at linkEngine().
 */

/* The core's stack. Recursion is bounded by limits (base/limits.h); test/wasm asserts that requests
 * which nest as deeply as they can use less than a quarter of this. */
const STACK_BYTES = 1048576
const STACK_FILL = 0x5a

/** The interface between host.c and engine.mjs. */
const ABI_VERSION = 2

/** engine.wasm and what it is linked to do not belong together. `reason` is a short name. */
export class LinkError extends Error {
  constructor (reason, message, options) {
    super(message, options)
    this.name = 'LinkError'
    this.code = 'ERR_DDBLITE_LINK'
    this.reason = reason
  }
}

/**
 * Links engine.wasm to an initialised official SQLite.
 *
 *   sqlite3   what sqlite3InitModule() resolved to
 *   source    the bytes of engine.wasm, or a WebAssembly.Module of them
 *   host      { now(user) -> ms, random(p, n), log(user, level, p, n) }
 *
 * Resolves to { exports, memory, stackUsed }. Rejects with a LinkError.
 */
export async function linkEngine (sqlite3, source, host) {
  const module = await compile(source)
  const layout = dylinkOf(module)
  const official = sqlite3.wasm.exports
  const table = sqlite3.wasm.functionTable()
  const memory = sqlite3.wasm.memory

  const memoryBase = allocate(sqlite3, layout.memorySize, 2 ** layout.memoryAlign)
  const stackBase = allocate(sqlite3, STACK_BYTES, 16)
  const stackEnd = stackBase + STACK_BYTES
  new Uint8Array(memory.buffer, stackBase, STACK_BYTES).fill(STACK_FILL)
  const tableBase = align(table.length, 2 ** layout.tableAlign)
  table.grow(tableBase + layout.tableSize - table.length)

  const own = {} /* becomes the engine's exports, once they exist */
  const got = { mem: new Map(), func: new Map() }
  const places = {
    memory,
    __indirect_function_table: table,
    __memory_base: new WebAssembly.Global({ value: 'i32' }, memoryBase),
    __table_base: new WebAssembly.Global({ value: 'i32' }, tableBase),
    __stack_pointer: new WebAssembly.Global({ value: 'i32', mutable: true }, stackEnd)
  }
  const imports = { env: {}, host, 'GOT.mem': {}, 'GOT.func': {} }
  const offered = new Set(WebAssembly.Module.exports(module).map(({ name }) => name))
  const builtins = shims(memory)
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from === 'env') imports.env[name] = resolve(name)
    else if (from === 'GOT.mem') imports[from][name] = slot(got.mem, name)
    else if (from === 'GOT.func') imports[from][name] = slot(got.func, name)
    else if (from !== 'host' || host[name] === undefined) throw missing(`${from}.${name}`)
  }

  function resolve (name) {
    if (places[name] !== undefined) return places[name]
    if (official[name] !== undefined) return official[name]
    if (builtins[name] !== undefined) return builtins[name]
    if (offered.has(name)) return (...values) => own[name](...values)
    throw missing(name)
  }

  const instance = await instantiate(module, imports)
  relocate(module, memory, memoryBase, tableBase)
  Object.assign(own, instance.exports)
  for (const [name, global] of got.mem) {
    if (own[name] === undefined) throw missing(name)
    global.value = memoryBase + own[name].value
  }
  for (const [name, global] of got.func) {
    const entry = own[name] ?? official[name]
    if (entry === undefined) throw missing(name)
    global.value = table.grow(1)
    table.set(global.value, entry)
  }
  own.__wasm_apply_data_relocs?.()
  own.__wasm_call_ctors?.()
  checkVersions(sqlite3, own)
  return { exports: own, memory, stackUsed: () => stackUsed(memory, stackBase) }
}

async function compile (source) {
  if (source instanceof WebAssembly.Module) return source
  try {
    return await WebAssembly.compile(source)
  } catch (cause) {
    throw new LinkError('not-wasm', `engine.wasm is not WebAssembly: ${cause.message}`, { cause })
  }
}

async function instantiate (module, imports) {
  try {
    return await WebAssembly.instantiate(module, imports)
  } catch (cause) {
    throw new LinkError('signature', 'engine.wasm and the SQLite module it is to be linked with ' +
      `do not fit each other: ${cause.message}`, { cause })
  }
}

const missing = name => new LinkError('missing',
  `engine.wasm needs ${name}, and the SQLite module it is linked with has no such thing`)

function slot (map, name) {
  if (!map.has(name)) {
    map.set(name, new WebAssembly.Global({ value: 'i32', mutable: true }, 0))
  }
  return map.get(name)
}

/* ---- memory ---- */

const align = (n, alignment) => Math.ceil(n / alignment) * alignment

/* SQLite's allocator aligns to 8. */
function allocate (sqlite3, size, alignment) {
  const p = sqlite3.wasm.alloc(size + alignment)
  return align(p, alignment)
}

/* How much of the stack was ever written to. */
function stackUsed (memory, base) {
  const stack = new Uint8Array(memory.buffer, base, STACK_BYTES)
  const touched = stack.findIndex(byte => byte !== STACK_FILL)
  return touched < 0 ? 0 : STACK_BYTES - touched
}

/* What is left of libc: Emscripten's memcpy gives long copies to its host. */
const shims = memory => ({
  emscripten_memcpy_big (to, from, n) {
    new Uint8Array(memory.buffer).copyWithin(to, from, from + n)
  }
})

/* ---- the module's own account of what it needs ---- */

const MEMORY_INFO = 1

/* { memorySize, memoryAlign, tableSize, tableAlign }; alignments are powers of two. */
function dylinkOf (module) {
  const [section] = WebAssembly.Module.customSections(module, 'dylink.0')
  if (section === undefined) {
    throw new LinkError('not-a-side-module', 'engine.wasm is not a side module: it has no ' +
      'section dylink.0')
  }
  const reader = new Reader(section)
  while (!reader.done) {
    const kind = reader.number()
    const end = reader.number() + reader.at
    if (kind === MEMORY_INFO) {
      return {
        memorySize: reader.number(),
        memoryAlign: reader.number(),
        tableSize: reader.number(),
        tableAlign: reader.number()
      }
    }
    reader.at = end
  }
  return { memorySize: 0, memoryAlign: 0, tableSize: 0, tableAlign: 0 }
}

/* Words that are addresses, then those that are slots of the table, are relative so far. */
function relocate (module, memory, memoryBase, tableBase) {
  const [section] = WebAssembly.Module.customSections(module, 'ddblite.relocs')
  if (section === undefined) return
  const reader = new Reader(section)
  const words = new Int32Array(memory.buffer)
  for (const base of [memoryBase, tableBase]) {
    let at = memoryBase / 4
    for (let n = reader.number(); n > 0; n--) {
      at += reader.number()
      words[at] += base
    }
  }
}

/* The numbers of a section: LEB128. */
class Reader {
  at = 0
  #bytes

  constructor (section) {
    this.#bytes = new Uint8Array(section)
  }

  get done () {
    return this.at >= this.#bytes.length
  }

  number () {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.at++]
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
}

function checkVersions (sqlite3, exports) {
  const abi = exports.wasm_abi_version?.()
  if (abi !== ABI_VERSION) {
    throw new LinkError('abi', `engine.wasm has interface ${abi}, this package ${ABI_VERSION}: ` +
      'they are of different versions of ddblite')
  }
  const wanted = exports.wasm_sqlite_minimum()
  const { libVersionNumber: found, libVersion } = sqlite3.version
  if (found < wanted) {
    throw new LinkError('sqlite-version', `engine.wasm needs SQLite ${dotted(wanted)} or newer, ` +
      `and the module it is linked with is ${libVersion}`)
  }
}

/* 3054001 -> 3.54.1 */
const dotted = n => `${Math.floor(n / 1e6)}.${Math.floor(n / 1e3) % 1000}.${n % 1000}`
