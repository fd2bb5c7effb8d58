/* clearAfterEach.cjs - a file of setupFilesAfterEnv: each test leaves the tables as they were. */
'use strict'

const { createTables, deleteTables } = require('./index.cjs')

globalThis.afterEach(async () => {
  await deleteTables()
  await createTables()
})
