/*
 * jest/index.cjs - a database for jest's tests.
 *
 *   const db = useDatabase({ tables })     in a test file, or in one of `setupFilesAfterEnv`
 *   test('...', async () => { await db.execute(...) })
 *   test.concurrent('...', isolated(db, async own => { await own.execute(...) }))
 *
 * With the environment (environment.cjs) the endpoint is there before the test file is loaded; the
 * preset (jest-preset.cjs) calls useDatabase() by itself, and tests take its database().
 */
'use strict'

const { TestDatabase } = require('../testing/database.cjs')
const { Host } = require('../testing/host.cjs')
const { HOST, globals } = require('./config.cjs')

/** Registers the hooks of a database; the EngineClient may be used in tests and later hooks. */
function useDatabase (options) {
  const own = new TestDatabase(options, hostOf(options))
  const { afterAll, beforeAll, beforeEach } = globals()
  beforeAll(() => own.start())
  beforeEach(() => own.beginTest())
  afterAll(() => own.stop())
  return own.db
}

function hostOf (options) {
  const host = globalThis[HOST]
  if (host !== undefined) return { host, env: null }
  if (options?.isolate === 'worker') {
    throw new TypeError(
      "ddblite: isolate: 'worker' needs testEnvironment 'ddblite/jest/environment'")
  }
  return { host: new Host(), ownsHost: true }
}

/** The EngineClient of the last useDatabase(): of the preset, say. */
const database = () => TestDatabase.latest()

/** A test function that gets a fork of `db`, for test.concurrent and its each(). */
const isolated = (db, test) => (...more) => TestDatabase.owning(db).isolated(test, ...more)

module.exports = { useDatabase, database, isolated }
