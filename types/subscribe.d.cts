/*
 * subscribe.d.cts - handlers of streams: what subscribe() takes, gives, and hands on. The shapes
 * are Lambda's, so that a function written for @types/aws-lambda fits.
 */

import type { StreamRecord } from './streams.cjs'

export interface LambdaStreamRecord {
  eventID?: string
  eventName?: 'INSERT' | 'MODIFY' | 'REMOVE'
  eventVersion?: string
  eventSource?: string
  awsRegion?: string
  dynamodb?: StreamRecord
  eventSourceARN?: string
  /** Of what Time To Live removed. */
  userIdentity?: { type: 'Service', principalId: 'dynamodb.amazonaws.com' }
}

export interface LambdaStreamEvent {
  Records: LambdaStreamRecord[]
  /** These are there with tumblingWindowInSeconds. */
  window?: { start: string, end: string }
  state?: any
  shardId?: string
  eventSourceARN?: string
  isFinalInvokeForWindow?: boolean
  isWindowTerminatedEarly?: boolean
}

/** A Lambda function's context, as far as it means something here. */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean
  functionName: string
  functionVersion: string
  invokedFunctionArn: string
  memoryLimitInMB: string
  awsRequestId: string
  logGroupName: string
  logStreamName: string
  getRemainingTimeInMillis (): number
}

/** Like a Lambda function's: its promise is waited for, or its callback when it takes one. */
export type StreamHandler = (
  event: any, context: any, callback: (error?: any, result?: any) => void
) => any

/** What a failure destination receives. */
export interface StreamFailure {
  requestContext: {
    requestId: string
    functionArn: string
    condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded'
    approximateInvokeCount: number
  }
  responseContext?: { statusCode: number, executedVersion: string, functionError?: 'Unhandled' }
  version: '1.0'
  timestamp: string
  DDBStreamBatchInfo: {
    shardId: string
    startSequenceNumber: string
    endSequenceNumber: string
    approximateArrivalOfFirstRecord: string
    approximateArrivalOfLastRecord: string
    batchSize: number
    streamArn: string
  }
}

export interface FilterCriteria {
  /** At most ten; a record passes when one of them matches. A pattern: JSON text, or the object. */
  filters: Array<{ pattern: string | object }>
}

/** An event source mapping's parameters, by Lambda's names and limits, and a few of ours. */
export interface SubscribeOptions {
  /** Default LATEST: what is written from now on. */
  startingPosition?: 'TRIM_HORIZON' | 'LATEST'
  /** 1 to 10000; default 100. */
  batchSize?: number
  /** 0 to 300; default 0. By the database's clock. */
  maximumBatchingWindowInSeconds?: number
  /** What matches no filter counts as handled. */
  filterCriteria?: FilterCriteria
  /** -1 to 10000; default -1: until the record is 24 hours old. */
  maximumRetryAttempts?: number
  /** -1 (default: 24 hours), or 60 to 604800. */
  maximumRecordAgeInSeconds?: number
  bisectBatchOnFunctionError?: boolean
  functionResponseTypes?: Array<'ReportBatchItemFailures'>
  /** Batches of a shard at once, 1 to 10; default 1. Those of one item stay in order. */
  parallelizationFactor?: number
  /** 0 to 900; default 0: none. */
  tumblingWindowInSeconds?: number
  /** Where records go that were given up. Then drain() does not reject because of them. */
  destinationConfig?: {
    onFailure?: ((failure: StreamFailure) => unknown) | StreamFailure[]
  }
  /** Gives the table a stream of this view if it has none. */
  enable?: 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES'
  /** The context's; default the handler's name. */
  functionName?: string
  /** Is told each failure of a batch. Then drain() does not reject because of it. */
  onError?: (error: any, info: SubscriptionFailure) => void
}

export interface SubscriptionFailure {
  willRetry: boolean
  /** How often the batch was handed on, when it is tried again. */
  attempt?: number
  /** What a destination gets, when it is not. */
  failure?: StreamFailure
}

export type LiveOperation =
  'GetItem' | 'Query' | 'Scan' | 'BatchGetItem' | 'TransactGetItems' | 'SearchVectors' |
  'DescribeTable' | 'ListTables'

export interface LiveQuery {
  readonly closed: boolean
  /** Resolves when the callback has had what was written so far. */
  refresh (): Promise<void>
  close (): void
}

export interface Subscription {
  /** The stream that is read; undefined while the table has none. */
  readonly streamArn: string | undefined
  readonly closed: boolean
  /**
   * Resolves when everything written so far was handled, retries included; batching windows and
   * pauses between retries are not waited for. Rejects with the handler's error when a batch was
   * given up, or has failed ten times on end.
   */
  drain (): Promise<void>
  /** Begins no more batches; resolves when those that run have ended. */
  close (): Promise<void>
  [Symbol.asyncDispose] (): Promise<void>
}
