/*
 * node-test/index.cjs - a database for the tests of node:test.
 *
 *   const db = useDatabase({ tables })
 *   test('...', async () => { await db.execute(...) })
 *   test('beside others', isolated(db, async own => { await own.execute(...) }))
 */
'use strict'

const { after, before, beforeEach } = require('node:test')
const { TestDatabase } = require('../testing/database.cjs')

/** Registers the hooks of a database; the EngineClient may be used in tests and later hooks. */
function useDatabase (options) {
  const own = new TestDatabase(options)
  before(() => own.start())
  beforeEach(() => own.beginTest())
  after(() => own.stop())
  return own.db
}

/** A test that gets a fork of `db`, for tests that run side by side. */
const isolated = (db, test) => (...more) => TestDatabase.owning(db).isolated(test, ...more)

module.exports = { useDatabase, isolated }
