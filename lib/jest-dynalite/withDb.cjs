/* withDb.cjs - imported by a test file or by setupFilesAfterEnv: a database for its tests. */
'use strict'

const { startDb, stopDb, createTables, deleteTables } = require('./index.cjs')

globalThis.beforeAll(startDb)
globalThis.beforeEach(createTables)
globalThis.afterEach(deleteTables)
globalThis.afterAll(stopDb)
