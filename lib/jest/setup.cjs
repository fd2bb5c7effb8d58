/*
 * setup.cjs - the preset's file of setupFilesAfterEnv: the database of each test file, from
 * testEnvironmentOptions.ddblite or from ddblite.config.* in the root folder.
 *
 * In a file of another environment (`@jest-environment jsdom`, say) it does what useDatabase() does
 * there, with the nearest ddblite.config.* above the file.
 */
'use strict'

const path = require('node:path')
const { useDatabase } = require('./index.cjs')
const { HOST, findConfig, globals, isModule, readConfig } = require('./config.cjs')

const found = globalThis[HOST] === undefined ? nearestConfig() : globalThis[HOST].options
const given = typeof found === 'string' ? readConfig(found) : found ?? {}
const options = typeof given === 'function' ? given() : given

if (typeof options?.then === 'function') module.exports = later()
else useDatabase(options)

/* jest 30 waits for the function that such a file exports; those of before do not call it. */
function later () {
  let called = false
  options.then(undefined, () => {}) /* whoever waits is told */
  globals().beforeAll(() => {
    if (called) return
    throw new Error('ddblite.config: an asynchronous function needs jest 30. Before that, give ' +
      'an object or a synchronous function; `tables` and `data` in it may be asynchronous ones')
  })
  return async () => {
    called = true
    useDatabase(await options)
  }
}

function nearestConfig () {
  const { testPath } = globals().expect.getState()
  for (let folder = path.dirname(testPath); ; folder = path.dirname(folder)) {
    const file = findConfig(folder, 'ddblite.config')
    if (file !== null && !isModule(file)) return file
    if (file !== null || folder === path.dirname(folder)) {
      throw new Error('ddblite/jest/setup: ' + (file === null
        ? `there is no ddblite.config.* above ${testPath}`
        : `${file} is an ECMAScript module, which only 'ddblite/jest/environment' reads`))
    }
  }
}
