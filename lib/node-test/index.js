import main from './index.cjs'

export const { useDatabase, isolated } = main
