/*
 * with-endpoint.cjs - makes of jest's environments some with an endpoint.
 *
 * The endpoint is here, in jest's realm, and listens before the file's first module is loaded. The
 * database is in the file's realm (index.cjs), so that its objects and errors are of the file's own
 * classes, and toStrictEqual() and instanceof hold.
 * Start at withEndpoint().
 */
'use strict'

const { createRequire } = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { useEndpoint } = require('../testing/environment.cjs')
const { Host } = require('../testing/host.cjs')
const { HOST, findConfig, isModule } = require('./config.cjs')

const REGION = 'us-east-1'

/* Of this worker process: what isolate: 'worker' hands from file to file. */
const kept = new Map()

/**
 * A class like `Environment` whose tests find an endpoint in process.env. `variables(url, port,
 * config)` gives further variables; it may throw, to refuse a configuration.
 */
function withEndpoint (Environment, variables = () => ({})) {
  return class extends Environment {
    #host = new Host(kept)
    #config

    constructor (config, context) {
      super(config, context)
      this.#config = config.projectConfig ?? config /* jest 27 had no more than that */
    }

    async setup () {
      await super.setup()
      await this.#host.listen()
      const { url, port } = this.#host
      const { env } = this.global.process /* of the file alone */
      useEndpoint(env, url, REGION, variables(url, port, this.#config))
      this.#host.options = await optionsOf(this.#config)
      this.global[HOST] = this.#host
    }

    async teardown () {
      await this.#host.close()
      await super.teardown()
    }
  }
}

/* Options for useDatabase(), or the path of the file that has them, or null. */
async function optionsOf ({ rootDir, testEnvironmentOptions }) {
  const given = testEnvironmentOptions?.ddblite ?? findConfig(rootDir, 'ddblite.config')
  if (typeof given !== 'string' || !isModule(given)) return given
  return (await import(pathToFileURL(given))).default
}

/* Package managers that do not hoist put it where only jest's own parts find it. */
function nodeEnvironment () {
  const project = path.join(process.cwd(), 'package.json')
  const roads = [[__filename], [project, 'jest', '@jest/core', 'jest-config']]
  for (const [start, ...packages] of roads) {
    try {
      const from = packages.reduce((file, name) => createRequire(file).resolve(name), start)
      return createRequire(from)('jest-environment-node').TestEnvironment
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  throw new Error('ddblite/jest: jest-environment-node is not installed')
}

module.exports = { nodeEnvironment, withEndpoint }
