/*
 * setup.cjs - the preset's file of setupFilesAfterEnv: the database of each test file, from
 * testEnvironmentOptions.ddblite or from ddblite.config.* in the root folder.
 */
'use strict'

const { useDatabase } = require('./index.cjs')
const { HOST, readConfig } = require('./config.cjs')

const host = globalThis[HOST]
if (host === undefined) {
  throw new Error("ddblite/jest/setup needs testEnvironment 'ddblite/jest/environment'")
}
const { options } = host
useDatabase(typeof options === 'string' ? readConfig(options) : options ?? {})
