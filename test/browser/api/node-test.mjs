/*
 * node-test.mjs - node:test on a web page, as far as the API suites use it.
 *
 * A file's suites are collected while it is imported, then run in their order by runFile().
 */
const TIMEOUT_MS = 60000

let current = suite('', {}, null)

function suite (name, options, parent) {
  return { name, skip: options.skip ?? parent?.skip, parent, children: [], hooks: {} }
}

const withOptions = (options, fn) => typeof options === 'function' ? [{}, options] : [options, fn]

export function describe (name, given, body) {
  const [options, fn] = withOptions(given, body)
  const parent = current
  current = suite(name, options, parent)
  parent.children.push(current)
  fn()
  current = parent
}

export function test (name, given, body) {
  const [options, fn] = withOptions(given, body)
  current.children.push({ name, skip: options.skip ?? current.skip, fn, timeout: options.timeout })
}

const hook = kind => fn => (current.hooks[kind] ??= []).push(fn)
export const before = hook('before')
export const after = hook('after')
export const beforeEach = hook('beforeEach')
export const afterEach = hook('afterEach')
export { test as it }
export default test

export const mock = {
  timers: {
    enable () {
      throw new Error('fake timers are of Node')
    }
  }
}

async function call (fn, ms = TIMEOUT_MS) {
  let timer
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ms} ms`)), ms)
  })
  try {
    await Promise.race([fn(), late])
  } finally {
    clearTimeout(timer)
  }
}

const lineage = node => node === null ? [] : [...lineage(node.parent), node]

async function runSuite (node, path, told) {
  const place = node.name === '' ? path : [...path, node.name]
  node.skip ||= told.skips.find(({ test }) => place.join(' > ').includes(test))?.reason
  const hooks = async (kind, what = '') => {
    for (const fn of node.hooks[kind] ?? []) {
      try {
        await call(fn)
      } catch (error) {
        told.failed.push({ name: [...place, `${kind}${what}`].join(' > '), error: textOf(error) })
        return false
      }
    }
    return true
  }
  if (!node.skip && !(await hooks('before'))) return
  for (const child of node.children) {
    if (child.children !== undefined) await runSuite(child, place, told)
    else await runTest(child, node, place, told)
  }
  if (!node.skip) await hooks('after')
}

async function runTest ({ name, skip, fn, timeout }, node, place, told) {
  const full = [...place, name].join(' > ')
  const reason = skip || node.skip || told.skips.find(({ test }) => full.includes(test))?.reason
  if (reason) return told.skipped.push({ name: full, reason: String(reason) })
  const start = Date.now()
  try {
    for (const { hooks } of lineage(node)) for (const fn of hooks.beforeEach ?? []) await call(fn)
    await call(fn, timeout)
    for (const { hooks } of lineage(node)) for (const fn of hooks.afterEach ?? []) await call(fn)
    told.passed.push({ name: full, ms: Date.now() - start })
  } catch (error) {
    told.failed.push({ name: full, error: textOf(error) })
  }
}

const textOf = error => {
  const said = `${error?.name}: ${error?.message}`
  return error?.stack?.includes(error.message) ? error.stack : `${said}\n${error?.stack}`
}

/**
 * Imports a file of tests and runs it; `skips` are [{ test, reason }]. Resolves to
 * { passed, failed: [{ name, error }], skipped: [{ name, reason }] }.
 */
export async function runFile (load, skips = []) {
  const root = suite('', {}, null)
  current = root
  const told = { passed: [], failed: [], skipped: [], skips }
  try {
    await load()
    await runSuite(root, [], told)
  } catch (error) {
    told.failed.push({ name: 'the file', error: textOf(error) })
  }
  const { skips: _, ...rest } = told
  return rest
}
