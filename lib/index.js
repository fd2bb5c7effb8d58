import main from './index.cjs'

export const {
  EngineClient, EngineError, Snapshot, SchemaError, DataError, CONTRACT_VERSION
} = main
