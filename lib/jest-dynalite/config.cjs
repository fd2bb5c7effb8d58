/*
 * config.cjs - the configuration files of jest-dynalite, and what they say: jest-dynalite-config.*
 * with { tables, basePort }; a table may have `data`, its items.
 *
 *   $JEST_DYNALITE_CONFIG_DIRECTORY   where the file is; setup(folder) sets it
 *   $MOCK_DYNAMODB_ENDPOINT, _PORT    where the database is, for the code under test
 */
'use strict'

const path = require('node:path')
const { findConfig, readConfig } = require('../jest/config.cjs')

const NAME = 'jest-dynalite-config'
const ENDINGS = ['.js', '.cjs', '.ts', '.json']
const BASE_PORT = 8000

/** The file in the folder; throws when there is none. */
function configFile (folder = process.env.JEST_DYNALITE_CONFIG_DIRECTORY ?? process.cwd()) {
  const file = findConfig(folder, NAME, ENDINGS)
  if (file === null) {
    const names = ENDINGS.map(ending => NAME + ending).join(', ')
    throw new Error(`ddblite/jest-dynalite: there is no ${names} in ${path.resolve(folder)}`)
  }
  return file
}

/** The worker's own port, for code that must know it before anything listens. */
function portOf ({ basePort = BASE_PORT }) {
  if (!Number.isInteger(basePort) || basePort < 1 || basePort > 65535) {
    throw new TypeError(`${NAME}: basePort must be a number from 1 to 65535, not ${basePort}`)
  }
  return basePort + Number(process.env.JEST_WORKER_ID ?? 1)
}

/** The tables, with their data; a function is called. */
async function tablesOf ({ tables = [] }) {
  const list = typeof tables === 'function' ? await tables() : tables
  if (!Array.isArray(list)) throw new TypeError(`${NAME}: tables must be an array`)
  return list
}

/** What the code under test is told besides the AWS variables. */
const mockVariables = (url, port) => ({
  MOCK_DYNAMODB_ENDPOINT: url, MOCK_DYNAMODB_PORT: String(port)
})

module.exports = { configFile, mockVariables, portOf, readConfig, tablesOf }
