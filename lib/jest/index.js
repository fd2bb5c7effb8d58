import main from './index.cjs'

export const { useDatabase, database, isolated } = main
