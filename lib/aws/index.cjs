/*
 * aws/index.cjs - lets the AWS SDK for JavaScript v3 talk to an EngineClient: no port, no socket.
 *
 *   new DynamoDBClient(clientConfig(db))
 *   new DynamoDBClient({ ...yourConfig, requestHandler: requestHandler(db) })
 *
 * It sits where the SDK's HTTP handler sits: serialization, retries, exception classes, paginators
 * and waiters stay the SDK's own. Works for DynamoDB, DynamoDB Streams and the document client.
 * Needs nothing of the SDK itself; the shapes are its documented HttpHandler interface.
 */
'use strict'

/* By what it can do: on a page the client is another class, in another bundle. */
function checkClient (db, caller) {
  if (typeof db?.dispatch !== 'function' || typeof db.region !== 'string') {
    throw new TypeError(`${caller}: the argument must be an EngineClient`)
  }
}

function abortError (signal) {
  const error = new Error('Request aborted')
  error.name = 'AbortError'
  if (signal.reason !== undefined) error.cause = signal.reason
  return error
}

/* Settles as `answer` does, unless the signal fires first. What was sent is still carried out. */
function orAborted (answer, signal) {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortError(signal))
    signal.addEventListener('abort', onAbort, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/* Header names come in any case. */
function header (headers, name) {
  if (headers[name] !== undefined) return headers[name]
  for (const key of Object.keys(headers)) if (key.toLowerCase() === name) return headers[key]
  return undefined
}

function toBody (body) {
  if (body === undefined || body === null) return ''
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  throw new TypeError('requestHandler: the request body must be a string or bytes')
}

const bytesOf = typeof Buffer === 'function'
  ? text => Buffer.from(text)
  : text => new TextEncoder().encode(text)

class RequestHandler {
  #db
  #config = {}

  constructor (db) {
    this.#db = db
    this.metadata = { handlerProtocol: 'http/1.1' }
  }

  async handle (request, { abortSignal } = {}) {
    if (abortSignal?.aborted) throw abortError(abortSignal)
    const { headers } = request
    const answer = this.#db.dispatch({
      target: header(headers, 'x-amz-target'),
      contentType: header(headers, 'content-type')
    }, toBody(request.body))
    const canAbort = typeof abortSignal?.addEventListener === 'function'
    const reply = await (canAbort ? orAborted(answer, abortSignal) : answer)
    return {
      response: { statusCode: reply.status, headers: reply.headers, body: bytesOf(reply.body) }
    }
  }

  /* The database is its owner's: an SDK client that is destroyed leaves it open. */
  destroy () {}

  updateHttpClientConfig (key, value) {
    this.#config[key] = value
  }

  httpHandlerConfigs () {
    return this.#config
  }
}

/** A request handler for clients of the AWS SDK v3. */
function requestHandler (db) {
  checkClient(db, 'requestHandler')
  return new RequestHandler(db)
}

/* The SDK's own strategies have it; how often is retried, and what, stays theirs. */
const AT_ONCE = { setDelayBase () {}, computeNextBackoffDelay: () => 0 }

/* Takes the delays out of the retry strategy that the SDK has made, once it has made it. */
const withoutDelays = {
  configure (extension) {
    if (typeof extension.retryStrategy !== 'function') return
    const original = extension.retryStrategy()
    extension.setRetryStrategy(async () => {
      const strategy = await original()
      for (const one of [strategy, strategy?.standardRetryStrategy])
        if (one?.retryBackoffStrategy !== undefined) one.retryBackoffStrategy = AT_ONCE
      return strategy
    })
  }
}

/*
 * The SDK's default logger by its name, which the SDK looks at, but without info(): for an info()
 * that does nothing the SDK copies each request and each answer, member by member, to take out what
 * is secret. That is a third of a query of 50 items.
 */
class NoOpLogger {
  trace () {}
  debug () {}
  warn () {}
  error () {}
}

/**
 * A whole configuration for `new DynamoDBClient(...)`: the handler, and the Region, endpoint and
 * credentials without which the SDK would look for its own. Nothing is signed: there is nobody to
 * check it, and it is most of a call's time; nor is a User-Agent composed or a log kept, which
 * nobody reads. The SDK retries as often as it always does, but at once; `retryDelays: true` gives
 * it its delays back.
 */
function clientConfig (db, { retryDelays = false } = {}) {
  checkClient(db, 'clientConfig')
  return {
    region: db.region,
    endpoint: 'http://localhost',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local', accountId: db.accountId },
    signer: { sign: async request => request },
    logger: new NoOpLogger(),
    defaultUserAgentProvider: async () => [],
    requestHandler: requestHandler(db),
    extensions: retryDelays ? [] : [withoutDelays]
  }
}

module.exports = { requestHandler, clientConfig }
