/*
 * setup.cjs - globalSetup of the preset: one database for all test files, served by jest's own
 * process at the port of the configuration, as @shelf/jest-dynamodb does it.
 */
'use strict'

const { EngineClient } = require('../client/client.cjs')
const { Host } = require('../testing/host.cjs')
const { useEndpoint } = require('../testing/environment.cjs')
const { readConfig } = require('./config.cjs')
const { mockVariables } = require('../jest-dynalite/config.cjs')

/* For teardown.cjs: jest calls both in one process. */
const UNDO = Symbol.for('ddblite.jest-dynamodb')

module.exports = async function () {
  const { tables, port, hostname, clientConfig = {} } = await readConfig()
  const region = typeof clientConfig.region === 'string' ? clientConfig.region : undefined
  const db = new EngineClient({ region })
  const host = new Host()
  const undo = [() => db.close(), () => host.close()]
  globalThis[UNDO] = [...(globalThis[UNDO] ?? []), ...undo]
  for (const table of tables) await db.execute('CreateTable', table)
  await listen(host, port, hostname)
  host.attach(db)
  const url = `http://${hostname}:${port}`
  globalThis[UNDO].push(useEndpoint(process.env, url, db.region, mockVariables(url, port)))
}

async function listen (host, port, hostname) {
  try {
    /* Clients try 127.0.0.1 for localhost, whatever else it is. */
    await host.listen(port, hostname === 'localhost' ? '127.0.0.1' : hostname)
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`ddblite/jest-dynamodb: something listens at ${hostname}:${port} already; ` +
      'give another port in jest-dynamodb-config.js', { cause: error })
  }
}
