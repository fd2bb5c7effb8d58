/*
 * relocations.mjs - the addresses in a side module's data as a list, where the linker makes code.
 *
 *   __wasm_apply_data_relocs: some 16 bytes of code an address
 *     i32.store (base + place, base + value), with the sums in locals here and there
 *   ->  `value` in the data, and in the section `ddblite.relocs` for memory, then for the table:
 *       how many there are, and from each place to the next the distance in words (LEB128)
 *
 * lib/wasm/link.mjs adds the base when it loads the module. Of engine.wasm that is 15 KB of 270,
 * gzipped.
 * Start at packRelocations().
 */
import { leb, ModuleError, OP, parseModule, signedLeb } from './module.mjs'

export const SECTION = 'ddblite.relocs'

const CODE = 10
const DATA = 11
const LOCAL_GET = 0x20
const LOCAL_SET = 0x21
const LOCAL_TEE = 0x22
const ADD = 0x6a
const SUBTRACT = 0x6b /* x - -64 is shorter than x + 64 */
const END = 0x0b

/** The side module with its relocations in a section. Throws a ModuleError if it has none. */
export function packRelocations (bytes) {
  const module = parseModule(bytes)
  const base = name => module.globals.findIndex(global => global.name === name)
  const bases = [base('__memory_base'), base('__table_base')]
  const found = module.functions.map(({ from, to, ops }) =>
    ({ from, to, stores: ops === undefined ? null : storesOf(ops, bases[0]) }))
    .filter(({ stores }) => stores !== null && stores.length > 0)
  if (found.length !== 1) throw new ModuleError(`${found.length} functions relocate data`)
  const [{ from, to, stores }] = found
  const [{ from: dataFrom, to: dataTo }] = module.segments

  const data = Buffer.from(bytes.subarray(dataFrom, dataTo))
  for (const { place, base, value } of stores) {
    if (!bases.includes(base)) continue
    if (place % 4 !== 0 || place + 4 > data.length ||
      ![0, value].includes(data.readUInt32LE(place))) {
      throw new ModuleError(`an address at ${place}, which is not the data's`)
    }
    data.writeUInt32LE(value, place)
  }
  const others = stores.filter(({ base }) => !bases.includes(base))
  const places = bases.map(base =>
    stores.filter(store => store.base === base).map(({ place }) => place))
  const lists = places.flatMap(listed)
  const section = Buffer.from([SECTION.length, ...Buffer.from(SECTION), ...lists])

  const head = leb(to - from).length
  const replace = {
    [CODE]: [[from - head, to, codeOf(others, bases[0])]],
    [DATA]: [[dataFrom, dataTo, data]]
  }
  const parts = module.sections.flatMap(({ id, from, to }) =>
    written(id, spliced(bytes, from, to, replace[id] ?? [])))
  return Buffer.concat([bytes.subarray(0, 8), ...parts, ...written(0, section)])
}

/* What a function stores that only stores addresses, [{ place, base, value }]; else null. */
function storesOf (ops, memory) {
  const stores = []
  const stack = []
  const locals = new Map()
  for (const [op, x] of ops) {
    if (op === OP.global) stack.push({ base: x, value: 0 })
    else if (op === OP.const) stack.push({ base: null, value: x })
    else if (op === LOCAL_GET && locals.has(x)) stack.push(locals.get(x))
    else if (op === LOCAL_SET) locals.set(x, stack.pop())
    else if (op === LOCAL_TEE) locals.set(x, stack.at(-1))
    else if ((op === ADD || op === SUBTRACT) && stack.length > 1) {
      const [b, a] = [stack.pop(), stack.pop()]
      if (b.base !== null && (a.base !== null || op === SUBTRACT)) return null
      const value = op === ADD ? a.value + b.value : a.value - b.value
      stack.push({ base: a.base ?? b.base, value })
    } else if (op === OP.store && stack.length > 1) {
      const [{ base, value }, to] = [stack.pop(), stack.pop()]
      if (base === null || to.base !== memory) return null
      stores.push({ place: to.value + x, base, value })
    } else if (op !== END || stack.length > 0) return null
  }
  return stores
}

/* Addresses that the module learns itself - those of its exports - stay code. */
function codeOf (stores, memory) {
  const code = stores.flatMap(({ place, base, value }) => [
    OP.global, ...leb(memory), OP.const, ...signedLeb(place), ADD,
    OP.global, ...leb(base), OP.const, ...signedLeb(value), ADD, OP.store, 2, 0
  ])
  const body = [0, ...code, END] /* no locals */
  return Buffer.from([...leb(body.length), ...body])
}

function listed (places) {
  let before = 0
  const distances = places.sort((a, b) => a - b).flatMap(place => {
    const distance = (place - before) / 4
    before = place
    return leb(distance)
  })
  return [...leb(places.length), ...distances]
}

const written = (id, body) => [Buffer.from([id, ...leb(body.length)]), body]

function spliced (bytes, from, to, changes) {
  const parts = []
  let at = from
  for (const [start, end, put] of changes) {
    parts.push(bytes.subarray(at, start), put)
    at = end
  }
  return Buffer.concat([...parts, bytes.subarray(at, to)])
}
