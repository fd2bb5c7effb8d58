/*
 * reach.mjs - which functions of a module can run, seen through its function table.
 *
 * A function pointer is a slot's number, and in code and data it looks like any other number. It
 * counts as one where it cannot be told from one:
 *   - in data, each aligned word that is a slot's number;
 *   - in code, each constant that may flow into memory, a call through the table or a call of the
 *     host; what is compared, added, switched on or stored as a byte is no pointer. Flow is
 *     followed through locals, parameters and results, in no order.
 *
 * Two things are known of a linker that make this sharp, and are checked:
 *   - it numbers slots in the order in which it meets them, code first. A slot that it met in data
 *     is named by no code of that object file (linkedInData);
 *   - a structure that the caller knows (`objects`) is alive if a live function has an address of
 *     it. All other data is alive.
 *
 * Promise: every doubt keeps.
 * Start at reach().
 */
import { FUNC, ModuleError, OP } from './module.mjs'

/**
 * What is alive: { functions, slots }, Sets of numbers.
 *
 *   exports   names that are asked for
 *   replaced  what slots mean now: a Map to functions, or to null. One behind the last is new, and
 *             names nothing
 *   objects   [{ address, bytes }], structures of which nothing is used unless they are referred to
 *   inData    { metAt, object }: what linkedInData() gave for the slots that were met in data of
 *             the object file whose functions are those before `object`
 *   integers  functions whose only argument, if it is a constant, is no address
 */
export function reach (module, how) {
  const { exports, replaced = new Map(), objects = [], inData, integers = new Set() } = how
  const metAt = inData?.metAt ?? new Map()
  const { functions, imports } = module
  const slots = new Map([...module.slots, ...replaced])
  const pointers = functionPointers(module)
  const live = { functions: new Set(), slots: new Set() }
  const queue = []

  const named = (slot, f) => !metAt.has(slot) || f >= inData.object

  function addFunction (f) {
    if (live.functions.has(f)) return
    live.functions.add(f)
    if (f >= imports.length && f < functions.length) queue.push(f)
  }

  function addSlot (slot) {
    if (live.slots.has(slot)) return
    live.slots.add(slot)
    if (slots.get(slot) !== null) addFunction(slots.get(slot))
  }

  const waiting = new Set(objects)
  function addWords (from, to) {
    for (let at = from; at + 4 <= to; at += 4) {
      const word = module.memory.readUInt32LE(at)
      if (slots.has(word) && at >= (metAt.get(word) ?? 0)) addSlot(word)
      refer(word)
    }
  }

  function refer (address) {
    for (const object of waiting) {
      if (address < object.address || address >= object.address + object.bytes) continue
      waiting.delete(object)
      addWords(object.address, object.address + object.bytes)
    }
  }

  for (const { name, kind, index } of module.exports) {
    if (kind === FUNC && exports.has(name)) addFunction(index)
  }
  if (module.start !== undefined) addFunction(module.start)
  for (const slot of slots.keys()) {
    if (!pointers.seen.has(slot) && !mentioned(module, slot)) addSlot(slot)
  }
  let from = Math.ceil(module.memoryBase / 4) * 4
  for (const { address, bytes } of [...objects].sort((a, b) => a.address - b.address)) {
    addWords(from, address)
    from = address + bytes
  }
  addWords(from, module.memory.length)

  for (let f; (f = queue.pop()) !== undefined;) {
    for (const slot of pointers.of.get(f)) if (named(slot, f)) addSlot(slot)
    functions[f].ops.forEach(([op, value], i, ops) => {
      if (op === OP.call) addFunction(value)
      else if (op >= 0x28 && op <= 0x3e) refer(value)
      else if (op === OP.const && !(ops[i + 1][0] === OP.call && integers.has(ops[i + 1][1]))) {
        refer(value)
      }
    })
  }
  return live
}

function mentioned ({ memory, memoryBase }, slot) {
  for (let at = Math.ceil(memoryBase / 4) * 4; at + 4 <= memory.length; at += 4) {
    if (memory.readUInt32LE(at) === slot) return true
  }
  return false
}

const GAP_MAX = 2048 /* bytes of data without a new slot */

/**
 * Slots that were met in data appear there for the first time in the order of their numbers, which
 * other numbers would do by a wonder only. Returns where, at the earliest, each did, a Map: what is
 * equal to it before is another number. Throws a ModuleError if they do not.
 */
export function linkedInData ({ memory, memoryBase }, { first, last }) {
  let next = first
  let before = Infinity
  const metAt = new Map()
  for (let at = Math.ceil(memoryBase / 4) * 4; at + 4 <= memory.length; at += 4) {
    if (memory.readUInt32LE(at) !== next) continue
    if (at - before > GAP_MAX) break
    before = at
    metAt.set(next++, at)
  }
  if (next <= last) {
    throw new ModuleError(`slots ${first} to ${last} do not stand in data in their order: ${next}`)
  }
  return metAt
}

/* ---- where constants flow ---- */

const UNARY = new Set([0x45, 0x50, 0x67, 0x68, 0x69, 0x79, 0x7a, 0x7b])
for (const [from, to] of [[0x8b, 0x91], [0x99, 0x9f], [0xa7, 0xc4]]) {
  for (let op = from; op <= to; op++) UNARY.add(op)
}

/*
 * { of, seen }: of maps each function to the Set of slots that its constants may mean, and seen has
 * all of these. A node is a local, a result or a block's value; `into` has, for each, what flows
 * into it: other nodes (texts) and constants ([function, slot]). What flows into SINK is a pointer.
 */
function functionPointers (module) {
  const { functions, types, slots, imports } = module
  const SINK = 'sink'
  const into = new Map()
  const flow = (values, node) => {
    if (values.length === 0) return
    const had = into.get(node)
    if (had === undefined) into.set(node, new Set(values))
    else for (const value of values) had.add(value)
  }
  const byType = new Map()
  for (const f of slots.values()) {
    const { type } = functions[f]
    byType.set(type, (byType.get(type) ?? new Set()).add(f))
  }

  for (let f = imports.length; f < functions.length; f++) trace(f)

  const of = new Map(functions.map((_, f) => [f, new Set()]))
  const seen = new Set()
  const done = new Set([SINK])
  for (const queue = [SINK]; queue.length > 0;) {
    for (const value of into.get(queue.pop()) ?? []) {
      if (typeof value === 'string') {
        if (!done.has(value)) queue.push(value)
        done.add(value)
      } else {
        of.get(value.f).add(value.slot)
        seen.add(value.slot)
      }
    }
  }
  return { of, seen }

  function trace (f) {
    const { gives } = types[functions[f].type]
    const local = (g, i) => `l${g}:${i}`
    const result = g => `r${g}`
    const stack = []
    const blocks = [{ height: 0, gives: gives.length, node: result(f) }]
    let n = 0
    const pop = () => stack.length > blocks.at(-1).height ? stack.pop() : [] /* after a branch */
    const push = (...values) => stack.push(values)

    /* What a branch to a label takes with it stays where the branch may not be taken. */
    const carry = (depth, keeps) => {
      const target = blocks.at(-1 - depth)
      if (target === undefined || target.gives === 0 || target.loop) return
      const values = pop()
      flow(values, target.node)
      if (keeps) stack.push(values)
    }
    const ends = () => { stack.length = Math.min(stack.length, blocks.at(-1).height) }

    const take = (count, node) => {
      for (let i = count - 1; i >= 0; i--) flow(pop(), node(i))
    }

    for (const [op, x] of functions[f].ops) {
      if (op === 0x00) ends()
      else if (op === 0x01) continue
      else if (op === OP.block || op === OP.loop || op === OP.if) {
        if (op === OP.if) pop()
        blocks.push({ height: stack.length, gives: x, node: `b${f}:${n++}`, loop: op === OP.loop })
      } else if (op === 0x05) {
        if (blocks.at(-1).gives > 0) flow(pop(), blocks.at(-1).node)
        ends()
      } else if (op === 0x0b) {
        const { height, gives, node } = blocks.at(-1)
        if (gives > 0) flow(pop(), node)
        stack.length = height
        blocks.pop()
        if (gives > 0) push(node)
      } else if (op === 0x0c) {
        carry(x, false)
        ends()
      } else if (op === 0x0d) {
        pop()
        carry(x, true)
      } else if (op === 0x0e) {
        pop()
        for (const depth of x) carry(depth, true)
        ends()
      } else if (op === 0x0f) {
        if (gives.length > 0) flow(pop(), result(f))
        ends()
      } else if (op === OP.call) {
        const type = types[functions[x].type]
        take(type.takes.length, i => functions[x].imported ? SINK : local(x, i))
        if (type.gives.length > 0) push(...(functions[x].imported ? [] : [result(x)]))
      } else if (op === OP.callIndirect) {
        flow(pop(), SINK)
        const type = types[x]
        take(type.takes.length, () => SINK)
        if (type.gives.length > 0) push(...[...byType.get(x) ?? []].map(result))
      } else if (op === 0x1a) pop()
      else if (op === 0x1b) {
        pop()
        push(...pop(), ...pop())
      } else if (op === 0x20) push(local(f, x))
      else if (op === 0x21) flow(pop(), local(f, x))
      else if (op === 0x22) {
        const values = pop()
        flow(values, local(f, x))
        push(...values)
      } else if (op === 0x23) push()
      else if (op === 0x24) flow(pop(), SINK)
      else if (op >= 0x28 && op <= 0x35) {
        pop()
        push()
      } else if (op >= OP.store && op <= 0x3e) {
        const values = pop()
        pop()
        if (op === OP.store || op === 0x37 || op === 0x3e) flow(values, SINK)
      } else if (op === 0x3f) push()
      else if (op === OP.const) push(...(slots.has(x) ? [{ f, slot: x }] : []))
      else if (op >= 0x42 && op <= 0x44) push()
      else if (op === 0xfc && x > 7) {
        for (let i = 0; i < 3; i++) pop()
      } else if (op === 0x40 || op === 0xfc || UNARY.has(op)) {
        const values = pop()
        push(...(op === 0xa7 || op === 0xac || op === 0xad ? values : [])) /* 32 bits of 64 */
      } else { /* of two: what is made of 64 bits may be two pointers */
        const values = [...pop(), ...pop()]
        push(...(op >= 0x7c && op <= 0x8a ? values : []))
      }
    }
    if (blocks.length > 0 || stack.length !== gives.length) {
      throw new ModuleError(`the stack of function ${f}`)
    }
  }
}
