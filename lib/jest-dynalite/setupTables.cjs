/* setupTables.cjs - a file of setupFilesAfterEnv: the tables are there before a file's tests. */
'use strict'

const { createTables, stopDb } = require('./index.cjs')

globalThis.beforeAll(createTables)
globalThis.afterAll(stopDb)
