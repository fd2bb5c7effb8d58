/* faults.d.cts - types of db.faults: what goes wrong on purpose. */

import type { Item, Operations } from './operations.cjs'

/** Codes of CancellationReasons and of the statements of BatchExecuteStatement. */
export type FaultCode =
  | 'ConditionalCheckFailed' | 'ItemCollectionSizeLimitExceeded' | 'RequestLimitExceeded'
  | 'ValidationError' | 'ProvisionedThroughputExceeded' | 'TransactionConflict'
  | 'ThrottlingError' | 'InternalServerError' | 'ResourceNotFound' | 'AccessDenied'
  | 'DuplicateItem'

/** Which calls a fault is about, and which of them it meets. */
export interface FaultMatch {
  /** The operation; all of them when left out. */
  op?: keyof Operations
  /** The table. */
  table?: string
  /** An index that is read, or that a written table has. */
  index?: string
  /** A key, a partition's part of it, or several. */
  key?: Item | Item[]
  /** The first call that is met, from 1. */
  nth?: number
  /** How many calls are met; default 1 with `nth`, and no end without. */
  times?: number
  /** Meets only some of the calls, drawn from `seed`: the same ones each time. */
  probability?: number
  /** Default 0. */
  seed?: number
  /** Holds the reply back by so many milliseconds of the clock. */
  delayMs?: number
  /** A text in place of the service's. */
  message?: string
}

/** A fault: what FaultMatch says, and one of `throw`, `cancel`, `unprocessed` and `delayMs`. */
export interface FaultRule extends FaultMatch {
  /** The name of an exception of the service. */
  throw?: string
  /** Reasons of a transaction: of all actions that match, or by their place. */
  cancel?: FaultCode | (FaultCode | 'None' | null)[] | { [index: number]: FaultCode }
  /** How many matching items of a batch are left unprocessed. */
  unprocessed?: 'all' | number
  /** The error of such statements in BatchExecuteStatement; default `ThrottlingError`. */
  code?: FaultCode
}

export interface Lag {
  /** The table; all of them when left out. */
  table?: string
  /** The index; all global ones when left out. */
  index?: string
  /** Reads see what was there so many milliseconds ago, by the clock. */
  ms: number
  /** Not indexes alone, but all reads that are eventually consistent. */
  consistency?: 'eventual'
}

export interface FaultInfo extends Omit<FaultRule, 'key' | 'cancel'>, Partial<Lag> {
  id: number
  key?: Item[]
  cancel?: FaultCode | { [index: number]: FaultCode }
  /** Calls that matched, and those of them that were met. */
  calls: number
  hits: number
}

export interface Fault {
  readonly id: number
  /** Takes it away. */
  remove (): Promise<void>
  /** Its entry in `list()`; undefined once it was removed. */
  info (): Promise<FaultInfo | undefined>
}

export interface Faults {
  /** Adds a fault. Calls made after it meet it. */
  add (rule: FaultRule): Promise<Fault>
  /** Reads of global indexes lag behind their table. */
  lag (lag: Lag): Promise<Fault>
  /** All faults and lags, with how often each was met. */
  list (): Promise<FaultInfo[]>
  /** Takes all faults and lags away. */
  clear (): Promise<void>
  /** Is provisioned throughput enforced from now on? */
  throughput (mode: 'unlimited' | 'enforced'): Promise<void>
}
