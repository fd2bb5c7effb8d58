// node:test takes options between name and function; vitest and jest do not.
const TIMEOUT_MS = 60_000

export const adapt = (test) => (name, options, fn) => {
  if (typeof options === 'function') return test(name, wrap(options), TIMEOUT_MS)
  const run = options.skip ? test.skip : test
  return run(name, wrap(fn), options.timeout ?? TIMEOUT_MS)
}

// vitest gives a context, jest a done callback, to functions that take an argument.
const wrap = (fn) => async () => {
  await fn()
}

export const adaptDescribe = (describe) => (name, options, fn) => {
  if (typeof options === 'function') return describe(name, options)
  return (options.skip ? describe.skip : describe)(name, fn)
}
