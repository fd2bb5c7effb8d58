/*
 * environment.cjs - jest's node environment with an endpoint, told as jest-dynalite tells it.
 */
'use strict'

const { nodeEnvironment, withEndpoint } = require('../jest/with-endpoint.cjs')
const { configFile, mockVariables } = require('./config.cjs')

module.exports = withEndpoint(nodeEnvironment(), (url, port, config) => {
  const folder = config.testEnvironmentOptions?.jestDynaliteConfigDirectory ?? config.rootDir
  configFile(folder) /* throws where there is none */
  return { ...mockVariables(url, port), JEST_DYNALITE_CONFIG_DIRECTORY: folder }
})
