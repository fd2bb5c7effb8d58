/*
 * module.mjs - reads a WebAssembly module so far as a linker's work can be undone, and writes it
 * again with less in it.
 *
 *   bytes -> { types, imports, functions: [{ type, locals, ops }], exports, slots, memory, ... }
 *
 * `imports` are functions; `globals` those that are imported. In a side module the places of slots
 * and memory are relative to where it is loaded.
 *
 * A function is known by its number, imports first; a slot is a place of the function table. The
 * numbers stay what they are: a function that goes becomes `unreachable`, a slot becomes null, both
 * of which trap. So no code is written anew.
 *
 * Promise: what it does not know - an instruction, a kind of segment - is an error, never a guess.
 * Start at parseModule().
 */

export class ModuleError extends Error {}

const TYPE = 1
const IMPORT = 2
const FUNCTION = 3
const EXPORT = 7
const START = 8
const ELEMENT = 9
const CODE = 10
const DATA = 11

/* Kinds of imports and exports. */
export const FUNC = 0
const TABLE = 1
const MEMORY = 2
const GLOBAL = 3

/* Instructions that others look at. */
export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  call: 0x10,
  callIndirect: 0x11,
  global: 0x23, /* gets one */
  store: 0x36, /* of an i32 */
  const: 0x41 /* an i32 */
}

const NONE = 0x40 /* the type of a block without a result */
const DEAD_BODY = Buffer.from([3, 0, 0x00, 0x0b]) /* no locals, unreachable, end */

class Reader {
  constructor (bytes, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  byte () {
    return this.bytes[this.at++]
  }

  number () { /* LEB128 */
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  signed () { /* up to 64 bits */
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return byte & 64 ? value - (1n << (shift + 7n)) : value
    }
  }

  text () {
    const n = this.number()
    this.at += n
    return this.bytes.toString('utf8', this.at - n, this.at)
  }

  list (item) {
    return Array.from({ length: this.number() }, () => item(this))
  }
}

/** Reads a module. Throws a ModuleError where it has what is not known here. */
export function parseModule (bytes) {
  const module = {
    bytes, sections: [], types: [], imports: [], globals: [], functions: [], exports: []
  }
  const reader = new Reader(bytes, 8)
  while (reader.at < bytes.length) {
    const id = reader.byte()
    const n = reader.number()
    const section = { id, from: reader.at, to: reader.at + n }
    module.sections.push(section)
    SECTIONS[id]?.(module, reader)
    reader.at = section.to
  }
  module.memory ??= Buffer.alloc(0)
  return module
}

const SECTIONS = {
  [TYPE] (module, reader) {
    module.types = reader.list(() => {
      if (reader.byte() !== 0x60) throw new ModuleError('a type that is no function')
      return { takes: reader.list(r => r.byte()), gives: reader.list(r => r.byte()) }
    })
  },

  [IMPORT] (module, reader) {
    reader.list(() => {
      const found = { module: reader.text(), name: reader.text(), kind: reader.byte() }
      if (found.kind === FUNC) {
        module.imports.push({ ...found, type: reader.number() })
      } else if (found.kind === GLOBAL) {
        module.globals.push(found)
        reader.at += 2 /* its type, and whether it changes */
      } else if (found.kind === MEMORY || found.kind === TABLE) {
        if (found.kind === TABLE) reader.byte()
        const limited = reader.number() & 1
        reader.number()
        if (limited) reader.number()
      } else {
        throw new ModuleError(`imports ${found.name}, of an unknown kind`)
      }
    })
  },

  [FUNCTION] (module, reader) {
    module.functions = module.imports.map(({ type }) => ({ type, imported: true }))
    reader.list(() => module.functions.push({ type: reader.number(), imported: false }))
  },

  [EXPORT] (module, reader) {
    module.exports = reader.list(() =>
      ({ name: reader.text(), kind: reader.byte(), index: reader.number() }))
  },

  [START] (module, reader) {
    module.start = reader.number()
  },

  [ELEMENT] (module, reader) {
    module.slots = new Map()
    reader.list(() => {
      const first = placeOf(reader)
      reader.list(r => r.number()).forEach((f, i) => module.slots.set(first + i, f))
    })
  },

  [CODE] (module, reader) {
    let f = module.imports.length
    reader.list(() => {
      const size = reader.number()
      const to = reader.at + size
      Object.assign(module.functions[f++], { from: reader.at, to, ...bodyOf(reader, to) })
    })
  },

  [DATA] (module, reader) {
    module.segments = reader.list(() => {
      const place = reader.at
      const address = placeOf(reader)
      const head = module.bytes.subarray(place, reader.at)
      const n = reader.number()
      reader.at += n
      return { address, head, from: reader.at - n, to: reader.at }
    })
    const { address, from, to } = module.segments.at(-1)
    module.memoryBase = module.segments[0].address
    module.memory = Buffer.alloc(address + to - from)
    for (const { address, from, to } of module.segments) {
      module.bytes.copy(module.memory, address, from, to)
    }
  }
}

/* Where an active segment goes: i32.const n, or global.get, which is 0 here; end. */
function placeOf (reader) {
  const [kind, op] = [reader.number(), reader.byte()]
  if (kind !== 0 || (op !== OP.const && op !== OP.global)) throw new ModuleError('a segment')
  const place = Number(reader.signed())
  if (reader.byte() !== 0x0b) throw new ModuleError('a segment')
  return op === OP.const ? place : 0
}

/* { locals, ops }: each op is [code, immediate, second immediate]. */
function bodyOf (reader, to) {
  const locals = reader.list(r => [r.number(), r.byte()]).reduce((sum, [n]) => sum + n, 0)
  const ops = []
  while (reader.at < to) ops.push(instruction(reader))
  if (reader.at !== to) throw new ModuleError('a function ends in an instruction')
  return { locals, ops }
}

function instruction (reader) {
  const op = reader.byte()
  if (op >= OP.block && op <= OP.if) return [op, reader.signed() !== BigInt(NONE - 128) ? 1 : 0]
  if (op === 0x0c || op === 0x0d || op === OP.call || (op >= 0x20 && op <= 0x24)) {
    return [op, reader.number()]
  }
  if (op === 0x0e) return [op, [...reader.list(r => r.number()), reader.number()]]
  if (op === OP.callIndirect) return [op, reader.number(), reader.number()]
  if (op >= 0x28 && op <= 0x3e) { /* loads and stores: the alignment, the offset */
    reader.number()
    return [op, reader.number()]
  }
  if (op === 0x3f || op === 0x40) return [op, reader.byte()]
  if (op === OP.const) return [op, Number(reader.signed())]
  if (op === 0x42) return [op, reader.signed()]
  if (op === 0x43 || op === 0x44) {
    reader.at += op === 0x43 ? 4 : 8
    return [op]
  }
  if (op === 0xfc) {
    const kind = reader.number()
    if (kind > 7 && kind !== 10 && kind !== 11) throw new ModuleError(`instruction fc ${kind}`)
    if (kind > 7) reader.at += kind === 10 ? 2 : 1
    return [op, kind]
  }
  if ((op >= 0x45 && op <= 0xc4) || [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b].includes(op)) {
    return [op]
  }
  throw new ModuleError(`instruction ${op.toString(16)}`)
}

/** The text at an address of the module's initial memory, up to its NUL. */
export function textAt ({ memory }, address) {
  return memory.toString('latin1', address, memory.indexOf(0, address))
}

/* ---- writing ---- */

/** A number as the bytes of an unsigned LEB128. */
export function leb (value) {
  const bytes = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128)
  return [...bytes, value]
}

/** A number of 32 bits as the bytes of a signed LEB128. */
export function signedLeb (value) {
  const bytes = []
  for (; value > 63 || value < -64; value >>= 7) bytes.push((value & 127) | 128)
  return [...bytes, value & 127]
}

const listed = items => Buffer.concat([Buffer.from(leb(items.length)), ...items])
const sized = bytes => Buffer.concat([Buffer.from(leb(bytes.length)), bytes])

/**
 * The module with only `exports` (names), the slots of `slots` and the functions of `functions`
 * (Sets of numbers), and with what module.memory is now. `added` functions, [{ type, code }], take
 * the numbers behind the last, and `filled` maps slots to functions.
 */
export function writeModule (module, { exports, slots, functions, added = [], filled = [] }) {
  const parts = {
    [EXPORT]: exported, [ELEMENT]: table, [FUNCTION]: typed, [CODE]: code, [DATA]: data
  }
  const written = module.sections.map(section => {
    const body = parts[section.id]?.() ?? module.bytes.subarray(section.from, section.to)
    return Buffer.concat([Buffer.from([section.id]), sized(body)])
  })
  return Buffer.concat([module.bytes.subarray(0, 8), ...written])

  function exported () {
    return listed(module.exports.filter(({ name }) => exports.has(name)).map(
      ({ name, kind, index }) => Buffer.concat([
        sized(Buffer.from(name)), Buffer.from([kind, ...leb(index)])])))
  }

  function table () {
    const runs = []
    const all = new Map([...module.slots, ...filled])
    for (const [slot, f] of [...all].sort(([a], [b]) => a - b)) {
      if (!slots.has(slot)) continue
      const run = runs.at(-1)
      if (run !== undefined && run.first + run.list.length === slot) run.list.push(f)
      else runs.push({ first: slot, list: [f] })
    }
    return listed(runs.map(({ first, list }) => Buffer.from(
      [0, OP.const, ...signedLeb(first), 0x0b, ...leb(list.length), ...list.flatMap(leb)])))
  }

  function typed () {
    const own = module.functions.slice(module.imports.length)
    return listed([...own, ...added].map(({ type }) => Buffer.from(leb(type))))
  }

  function code () {
    const own = module.functions.slice(module.imports.length).map(({ from, to }, i) =>
      functions.has(module.imports.length + i)
        ? sized(module.bytes.subarray(from, to))
        : DEAD_BODY)
    return listed([...own, ...added.map(({ code }) => sized(Buffer.from([0, ...code, 0x0b])))])
  }

  function data () {
    return listed(module.segments.map(({ address, head, from, to }) =>
      Buffer.concat([head, sized(module.memory.subarray(address, address + to - from))])))
  }
}
