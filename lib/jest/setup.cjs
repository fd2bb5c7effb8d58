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
const { HOST, findConfig, isModule, readConfig } = require('./config.cjs')

const options = globalThis[HOST] === undefined ? nearestConfig() : globalThis[HOST].options
const given = typeof options === 'string' ? readConfig(options) : options ?? {}

if (typeof given !== 'function') useDatabase(given)
/* jest waits for the function that such a file exports. */
else module.exports = async () => { useDatabase(await given()) }

function nearestConfig () {
  const { testPath } = expectation().getState()
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

function expectation () {
  return globalThis.expect ?? require('@jest/globals').expect
}
