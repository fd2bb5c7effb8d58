import main from './index.cjs'

export const { EngineClient, EngineError, Snapshot, CONTRACT_VERSION } = main
