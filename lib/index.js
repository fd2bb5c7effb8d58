import main from './index.cjs'

export const { EngineClient, EngineError, CONTRACT_VERSION } = main
