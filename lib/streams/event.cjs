/*
 * event.cjs - the shapes that Lambda gives a function: the event's records, the context, and what
 * a destination gets of records that were discarded.
 *
 * A record is the one of GetRecords, with the stream's ARN, and userIdentity's members in small
 * letters (DynamoDB Developer Guide, "DynamoDB Streams and Time to Live").
 */
'use strict'

const VERSION = '$LATEST'
const TIMEOUT_MS = 900000 /* Lambda quotas: a function runs 15 minutes at most */

/** A record of GetRecords as Lambda hands it on; it is changed in place. */
function lambdaRecord (record, arn) {
  record.eventSourceARN = arn
  if (record.userIdentity != null) {
    const { PrincipalId: principalId, Type: type } = record.userIdentity
    record.userIdentity = { type, principalId }
  }
  return record
}

/** ARN parts of a stream or a table. */
function placeOf (arn) {
  const [, , , region, accountId] = arn.split(':')
  return { region, accountId }
}

function functionArn (streamArn, functionName) {
  const { region, accountId } = placeOf(streamArn)
  return `arn:aws:lambda:${region}:${accountId}:function:${functionName}`
}

/** The context of an invocation. */
function contextOf (streamArn, functionName, now) {
  const end = now() + TIMEOUT_MS
  const day = new Date(now()).toISOString().slice(0, 10).replaceAll('-', '/')
  const awsRequestId = globalThis.crypto.randomUUID()
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: VERSION,
    invokedFunctionArn: functionArn(streamArn, functionName),
    memoryLimitInMB: '128',
    awsRequestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `${day}/[${VERSION}]${awsRequestId.replaceAll('-', '')}`,
    getRemainingTimeInMillis: () => Math.max(0, end - now())
  }
}

const seconds = ms => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** The members that a tumbling window adds to an event. */
function windowMembers ({ start, end, state, shardId, streamArn, final, early }) {
  return {
    window: { start: seconds(start), end: seconds(end) },
    state,
    shardId,
    eventSourceARN: streamArn,
    isFinalInvokeForWindow: final,
    isWindowTerminatedEarly: early
  }
}

/**
 * What a failure destination gets (Lambda Developer Guide, "Retain discarded records for a DynamoDB
 * event source"). `condition`: RetryAttemptsExhausted or RecordAgeExceeded.
 */
function failureRecord (what) {
  const { requestId, streamArn, functionName, shardId, condition, invokes, unhandled, now, lines } =
    what
  const first = lines[0]
  const last = lines[lines.length - 1]
  const failure = {
    requestContext: {
      requestId,
      functionArn: functionArn(streamArn, functionName),
      condition,
      approximateInvokeCount: invokes
    },
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first.seq,
      endSequenceNumber: last.seq,
      approximateArrivalOfFirstRecord: seconds(first.ms),
      approximateArrivalOfLastRecord: seconds(last.ms),
      batchSize: lines.length,
      streamArn
    }
  }
  if (invokes === 0) return failure
  const responseContext = { statusCode: 200, executedVersion: VERSION }
  if (unhandled) responseContext.functionError = 'Unhandled'
  const { requestContext, ...rest } = failure
  return { requestContext, responseContext, ...rest }
}

/** Calls a handler as the runtime does: its promise, or its callback when it takes one. */
function invoke (handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => {
      if (error == null) resolve(result)
      else reject(error)
    }
    const result = handler(event, context, callback)
    if (handler.length < 3 || typeof result?.then === 'function') resolve(result)
  })
}

module.exports = { lambdaRecord, contextOf, windowMembers, failureRecord, invoke }
