/*
 * jest-dynalite/index.cjs - what jest-dynalite exports, with its configuration files, on ddblite:
 * a project changes the name of the package, and neither its tests nor its configuration.
 *
 *   setup(folder)                       reads the configuration, tells the endpoint (before tests)
 *   startDb(), stopDb()                 the database and its endpoint
 *   createTables(), deleteTables()      the tables of the configuration, with their data
 *
 * With the environment (environment.cjs, the preset) the endpoint is there already, at a free port.
 * Without it the port is basePort + the worker's number, as setup() must tell it before anything
 * can listen.
 */
'use strict'

const { EngineClient } = require('../client/client.cjs')
const { Host } = require('../testing/host.cjs')
const { useEndpoint } = require('../testing/environment.cjs')
const { HOST } = require('../jest/config.cjs')
const { configFile, mockVariables, portOf, readConfig, tablesOf } = require('./config.cjs')

let db = null
let host = null
let tables = null /* the promise of the tables of the configuration, which is asked once */

/** Must run before the tests' modules are loaded, in a file of `setupFiles` say. */
function setup (folder) {
  const port = portOf(readConfig(configFile(folder)))
  process.env.JEST_DYNALITE_CONFIG_DIRECTORY = folder
  const url = `http://127.0.0.1:${port}`
  useEndpoint(process.env, url, 'us-east-1', mockVariables(url, port))
}

async function startDb () {
  if (db !== null) return
  db = new EngineClient()
  if (globalThis[HOST] !== undefined) {
    globalThis[HOST].attach(db)
    return
  }
  host = new Host()
  await host.listen(Number(process.env.MOCK_DYNAMODB_PORT ?? portOf(readConfig(configFile()))))
  host.attach(db)
}

async function stopDb () {
  await host?.close()
  await db?.close()
  db = host = null
}

async function createTables () {
  await startDb()
  for (const { data, ...table } of await configured()) {
    await db.execute('CreateTable', table)
    if (data !== undefined) {
      await db.seedData({ [table.TableName]: data }, { format: 'plain' })
    }
  }
}

async function deleteTables () {
  await startDb()
  const { TableNames } = await db.execute('ListTables')
  for (const { TableName } of await configured()) {
    if (TableNames.includes(TableName)) await db.execute('DeleteTable', { TableName })
  }
}

const configured = () => (tables ??= tablesOf(readConfig(configFile())))

module.exports = { setup, startDb, stopDb, createTables, deleteTables }
