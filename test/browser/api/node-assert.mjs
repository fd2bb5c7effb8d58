/*
 * node-assert.mjs - node:assert/strict on a web page, as far as the tests use it.
 */
class AssertionError extends Error {
  constructor (message) {
    super(message)
    this.name = 'AssertionError'
    this.code = 'ERR_ASSERTION'
  }
}

function show (value) {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Error) return `${value.name}: ${value.message}`
  try {
    return JSON.stringify(value, (_, part) => typeof part === 'bigint' ? `${part}n` : part) ??
      String(value)
  } catch {
    return String(value)
  }
}

function fail (given, usual) {
  if (given instanceof Error) throw given
  throw new AssertionError(given ?? usual)
}

const tag = value => Object.prototype.toString.call(value)

/* Strictly equal in all parts, as deepStrictEqual. */
function same (a, b) {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b) || tag(a) !== tag(b)) return false
  if (a instanceof Date) return a.getTime() === b.getTime()
  if (a instanceof Error && (a.name !== b.name || a.message !== b.message)) return false
  if (a instanceof RegExp) return String(a) === String(b)
  if (a instanceof Map || a instanceof Set) {
    if (a.size !== b.size) return false
    const others = [...b]
    return [...a].every(entry => {
      const at = others.findIndex(other => same(entry, other))
      return at >= 0 && others.splice(at, 1).length === 1
    })
  }
  const names = Object.keys(a)
  return names.length === Object.keys(b).length &&
    names.every(name => Object.hasOwn(b, name) && same(a[name], b[name]))
}

function expected (error, what, message) {
  if (what === undefined || typeof what === 'string') return
  if (what instanceof RegExp) {
    if (!what.test(String(error))) fail(message, `${show(error)} does not match ${what}`)
  } else if (typeof what === 'function') {
    if (what.prototype !== undefined && error instanceof what) return
    if (Error.isPrototypeOf(what)) fail(message, `expected a ${what.name}, got ${show(error)}`)
    if (what(error) !== true) fail(message, `${show(error)} is not what was expected`)
  } else {
    for (const [name, value] of Object.entries(what)) {
      const fits = value instanceof RegExp && typeof error[name] === 'string'
        ? value.test(error[name])
        : same(error[name], value)
      if (!fits) fail(message, `${name} is ${show(error[name])}, not ${show(value)}`)
    }
  }
}

function assert (value, message) {
  if (!value) fail(message, `${show(value)} is not truthy`)
}

Object.assign(assert, {
  AssertionError,
  ok: assert,
  fail: message => fail(message, 'failed'),
  equal (a, b, message) {
    if (!Object.is(a, b)) fail(message, `${show(a)} is not ${show(b)}`)
  },
  notEqual (a, b, message) {
    if (Object.is(a, b)) fail(message, `both are ${show(a)}`)
  },
  deepEqual (a, b, message) {
    if (!same(a, b)) fail(message, `${show(a)}\nis not\n${show(b)}`)
  },
  notDeepEqual (a, b, message) {
    if (same(a, b)) fail(message, `both are ${show(a)}`)
  },
  match (text, form, message) {
    if (!form.test(text)) fail(message, `${show(text)} does not match ${form}`)
  },
  doesNotMatch (text, form, message) {
    if (form.test(text)) fail(message, `${show(text)} matches ${form}`)
  },
  throws (call, what, message) {
    let error
    try {
      call()
    } catch (thrown) {
      error = thrown
      return expected(error, what, message)
    }
    fail(message, 'nothing was thrown')
  },
  async rejects (promise, what, message) {
    let value
    try {
      value = await (typeof promise === 'function' ? promise() : promise)
    } catch (error) {
      return expected(error, what, message)
    }
    fail(message, `it resolved to ${show(value)}`)
  },
  async doesNotReject (promise) {
    await (typeof promise === 'function' ? promise() : promise)
  },
  doesNotThrow: call => call()
})

export const {
  ok, equal, notEqual, deepEqual, notDeepEqual, match, doesNotMatch, throws, rejects
} = assert
export { AssertionError }
export default assert
