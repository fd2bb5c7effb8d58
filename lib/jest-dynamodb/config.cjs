/*
 * config.cjs - the configuration file of @shelf/jest-dynamodb: jest-dynamodb-config.js in the
 * working folder, or the file of $JEST_DYNAMODB_CONFIG; an object, or a function that gives it:
 *
 *   tables               CreateTable requests
 *   port, hostname       where the database is served; default 8000 at localhost
 *   clientConfig         of the client that makes the tables: its region
 *   options              arguments for DynamoDB Local; of no effect
 *   installerConfig      where DynamoDB Local is installed; of no effect
 */
'use strict'

const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { findConfig, isModule } = require('../jest/config.cjs')

const NAME = 'jest-dynamodb-config'
const PORT = 8000
const HOSTNAME = 'localhost'

/** The configuration, complete. */
async function readConfig () {
  const file = configFile()
  const exported = isModule(file) ? await import(pathToFileURL(file)) : require(file)
  const config = exported?.default ?? exported
  const given = typeof config === 'function' ? await config() : config
  if (!Array.isArray(given?.tables)) throw new TypeError(`${file}: tables must be an array`)
  return { port: PORT, hostname: HOSTNAME, ...given }
}

function configFile () {
  const given = process.env.JEST_DYNAMODB_CONFIG /* its ending may be left out */
  const folder = given === undefined ? process.cwd() : path.dirname(given)
  const name = given === undefined ? NAME : path.basename(given)
  const file = findConfig(folder, name, ['', '.js', '.cjs', '.mjs', '.json'])
  if (file === null) throw new Error(`ddblite/jest-dynamodb: there is no ${NAME}.js in ${folder}`)
  return file
}

module.exports = { readConfig }
