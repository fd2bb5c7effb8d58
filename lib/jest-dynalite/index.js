import main from './index.cjs'

export const { setup, startDb, stopDb, createTables, deleteTables } = main
