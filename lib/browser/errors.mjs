/*
 * errors.mjs - replies that are errors, as EngineErrors.
 */
import errors from '../client/errors.cjs'

const UNKNOWN = '{"__type":"com.amazon.coral.service#UnknownOperationException"}'

/**
 * Awaits an answer of the worker. What it refuses becomes an EngineError here, in a function that
 * is awaited by the caller's, whose name its stack then has.
 */
export async function named (answer, operation) {
  try {
    return await answer
  } catch (reason) {
    if (reason instanceof Error) throw reason
    if (reason.error === UNKNOWN) throw errors.unknownOperation(operation)
    throw errors.errorOf(reason.error, reason.status)
  }
}
