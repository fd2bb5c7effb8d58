/*
 * errors.cjs - EngineError: a failed operation as a JavaScript error, with the service's name.
 *
 * The envelope is the error body as the engine gave it, {"__type": "prefix#Name", "message": ...};
 * nothing is re-worded. Its further members (Item, CancellationReasons) become properties, as on
 * the exceptions of the AWS SDK. Errors of ours have `type` "ddblite#...".
 */
'use strict'

class EngineError extends Error {
  /**
   * @param {object} envelope the error body
   * @param {number} statusCode what the HTTP answer's status would be
   * @param {string} [message] for envelopes of the service that carry no text
   */
  constructor (envelope, statusCode, message) {
    const { __type: type = 'InternalFailure', message: lower, Message: upper, ...fields } = envelope
    const text = lower ?? upper ?? message ?? ''
    super(text)
    this.name = type.slice(type.lastIndexOf('#') + 1)
    this.message = text
    this.type = type
    this.statusCode = statusCode
    this.envelope = envelope
    for (const key of Object.keys(fields)) if (!(key in this)) this[key] = fields[key]
  }

  /** As on the AWS SDK's exceptions: whose fault it was. */
  get $fault () {
    return this.statusCode >= 500 ? 'server' : 'client'
  }

  get $metadata () {
    return { httpStatusCode: this.statusCode }
  }
}

/** The error of a reply's text. */
function errorOf (body, statusCode) {
  let envelope
  try {
    envelope = JSON.parse(body)
  } catch {
    envelope = { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: body }
  }
  return new EngineError(envelope, statusCode)
}

const unknownOperation = name => new EngineError(
  { __type: 'com.amazon.coral.service#UnknownOperationException' }, 400,
  `There is no operation ${typeof name === 'string' ? JSON.stringify(name) : String(name)}`)

const clientClosed = () => new EngineError(
  { __type: 'ddblite#ClientClosed', message: 'The client is closed' }, 400)

const engineNotReady = () => new EngineError(
  { __type: 'ddblite#EngineNotReady', message: 'The engine is not loaded: await ready() first' },
  500)

const requestTooLarge = () => new EngineError(
  { __type: 'ddblite#RequestTooLarge', message: 'A request is at most 16777216 bytes' }, 413)

const storageBusy = message => new EngineError({ __type: 'ddblite#StorageBusy', message }, 503)

/** The error of a question to a store of buckets (buckets/calls.cjs). */
const bucketError = ({ code, message, status }) =>
  new EngineError({ __type: `ddblite#${code}`, message }, status)

const streamDisabled = table => new EngineError({
  __type: 'ddblite#StreamDisabled',
  message: `The table ${table} has no stream: give it a StreamSpecification, or subscribe with ` +
    "{ enable: 'NEW_AND_OLD_IMAGES' }"
}, 400)

module.exports = {
  EngineError,
  bucketError,
  errorOf,
  unknownOperation,
  clientClosed,
  engineNotReady,
  requestTooLarge,
  storageBusy,
  streamDisabled
}
