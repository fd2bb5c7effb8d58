/*
 * lane.cjs - a line of records that is handed to the handler batch by batch, one at a time.
 *
 *   push() -> buffer -> a batch is cut when it is full, its window is over or the shard has ended
 *          -> invoke() -> success: the next one
 *                         failure: again later, in two halves, from where it failed, or given up
 *
 * A shard has one lane, or parallelizationFactor of them, by item. What failed stands in `retries`,
 * before the buffer: nothing overtakes it. A tumbling window's state is the lane's too: a batch
 * never has records of two windows, and when a window is over it is told so by an invocation
 * without records.
 *
 * Times are the database's. Whoever drives the lane asks ready() and due(); while it is forced
 * (drain()) nothing waits for a batching window or a retry's pause.
 * Start at ready() and invoke().
 */
'use strict'

const { contextOf, failureRecord, invoke, windowMembers } = require('./event.cjs')

const PAYLOAD_MAX = 6291456 /* Lambda quotas: 6 MB an invocation */
const STATE_MAX = 1048576 /* Lambda Developer Guide, "Tumbling windows": 1 MB a shard */
const RECORD_LIFE_MS = 86400000 /* a stream keeps a record for 24 hours */
const PAUSE_MIN_MS = 100 /* before the first retry; each next one is twice as long */
const PAUSE_MAX_MS = 60000
const FORCED_TRIES = 10 /* drain() tries a batch no more often than this */

class HandlerError extends Error {
  constructor (message) {
    super(message)
    this.name = 'HandlerError'
  }
}

class Lane {
  busy = false
  #of /* { options, handler, now, arn, shardId, report } */
  #buffer = [] /* lines: { seq, ms, at, size, record } */
  #from = 0 /* where the buffer begins: a queue without moving it at each batch */
  #retries = [] /* batches that failed: { lines, text, retries, invokes, at, error } */
  #ended = false
  #window = null /* { start, end, state, early, retry } of the tumbling window that is open */
  #forcedTries = 0

  constructor (of) {
    this.#of = of
  }

  /** Records that wait. */
  get length () {
    return this.#buffer.length - this.#from
  }

  /** Has it nothing to do any more? */
  get empty () {
    return this.length === 0 && this.#retries.length === 0 && this.#window === null && !this.busy
  }

  /** Is all that waits something that failed again and again while it was forced? */
  get stuck () {
    return this.#forcedTries >= FORCED_TRIES
  }

  /** The error because of which it is stuck. */
  get error () {
    return this.#retries[0]?.error ?? this.#window?.retry?.error
  }

  /** The sequence number of what it would hand on next. */
  get next () {
    return this.#retries[0]?.lines[0]?.seq ?? this.#buffer[this.#from]?.seq ?? ''
  }

  push (line) {
    this.#buffer.push(line)
  }

  /** No more records will come. */
  end () {
    this.#ended = true
  }

  /** A new drain() has patience again. */
  patient () {
    this.#forcedTries = 0
  }

  /** Can something be handed on now? */
  ready (forced) {
    if (this.busy || (forced && this.stuck)) return false
    const now = this.#of.now()
    const retry = this.#retries[0]
    if (retry !== undefined) return forced || retry.at <= now
    if (this.#window !== null && this.#windowOver(now)) {
      return forced || (this.#window.retry?.at ?? 0) <= now
    }
    if (this.length === 0) return false
    return forced || this.#ended || this.#full() || this.#batchDue() <= now
  }

  /** When ready() may be true next though nothing comes; Infinity for never. */
  due () {
    if (this.busy) return Infinity
    const retry = this.#retries[0]
    if (retry !== undefined) return retry.at
    const windowEnd = this.#window === null ? Infinity : this.#window.retry?.at ?? this.#window.end
    return this.length === 0 ? windowEnd : Math.min(windowEnd, this.#batchDue())
  }

  #batchDue () {
    return this.#buffer[this.#from].at + this.#of.options.maximumBatchingWindowInSeconds * 1000
  }

  #full () {
    const { batchSize } = this.#of.options
    if (this.length >= batchSize) return true
    if (this.length < 2) return false
    let size = 0
    for (let i = this.#from; i < this.#buffer.length; i++) size += this.#buffer[i].size
    return size >= PAYLOAD_MAX
  }

  /* ---- batches ---- */

  /* Takes the next batch from the buffer. */
  #take () {
    const { batchSize, tumblingWindowInSeconds } = this.#of.options
    const end = Math.min(this.#from + batchSize, this.#buffer.length)
    let to = this.#from + 1
    const window = this.#windowOf(this.#buffer[this.#from])
    for (let size = this.#buffer[this.#from].size; to < end; to++) {
      const line = this.#buffer[to]
      size += line.size
      if (size > PAYLOAD_MAX) break
      if (tumblingWindowInSeconds > 0 && this.#windowOf(line) !== window) break
    }
    const lines = this.#buffer.slice(this.#from, to)
    this.#from = to
    if (this.#from === this.#buffer.length) {
      this.#buffer = []
      this.#from = 0
    } else if (this.#from > 10000) {
      this.#buffer = this.#buffer.slice(this.#from)
      this.#from = 0
    }
    return { lines, text: undefined, retries: 0, invokes: 0, at: 0, error: undefined }
  }

  /** Hands on what is ready; resolves when the handler has answered. Never rejects. */
  async invoke () {
    this.busy = true
    try {
      const now = this.#of.now()
      if (this.#retries.length === 0 && this.#window !== null && this.#windowOver(now)) {
        await this.#closeWindow()
        return
      }
      const batch = this.#retries.shift() ?? this.#take()
      await this.#expire(batch)
      if (batch.lines.length > 0) await this.#run(batch)
    } finally {
      this.busy = false
    }
  }

  /* Gives up the records that are too old. */
  async #expire (batch) {
    const { maximumRecordAgeInSeconds: age } = this.#of.options
    const life = age === -1 ? RECORD_LIFE_MS : Math.min(age * 1000, RECORD_LIFE_MS)
    const oldest = this.#of.now() - life
    let old = 0
    while (old < batch.lines.length && batch.lines[old].ms < oldest) old++
    if (old === 0) return
    const error = batch.error ?? new HandlerError('The records were too old when they were read')
    const lines = this.#untouched(batch)
    batch.lines = lines.slice(old)
    batch.text = undefined
    await this.#giveUp({ ...batch, lines: lines.slice(0, old) }, 'RecordAgeExceeded', error)
  }

  /* The lines of a batch with their records as they were: a handler may change what it is given. */
  #untouched ({ lines, text }) {
    if (text === undefined) return lines
    const records = JSON.parse(text)
    return lines.map((line, i) => ({ ...line, record: records[i] }))
  }

  async #run (batch) {
    const records = this.#untouched(batch).map(line => line.record)
    batch.text ??= JSON.stringify(records)
    const window = this.#openWindow(batch.lines[0])
    const event = { Records: records }
    if (window !== null) Object.assign(event, this.#windowEvent(false, false))
    const { error, result } = await this.#call(event, batch)
    if (error !== undefined) return this.#failed(batch, error)
    if (window !== null && !this.#keepState(result)) {
      return this.#failed(batch, new HandlerError('The handler of a tumbling window gave no state'))
    }
    if (window !== null && JSON.stringify(window.state).length > STATE_MAX) window.early = true
    const at = this.#of.options.reportsItems ? failedAt(result, batch.lines) : batch.lines.length
    if (at === -1) {
      return this.#failed(batch, new HandlerError('The handler reported a failure of no record'))
    }
    if (at < batch.lines.length) {
      const { seq } = batch.lines[at]
      const error = new HandlerError(`The handler reported the record ${seq} as failed`)
      return at === 0 ? this.#failed(batch, error, false) : this.#failedFrom(batch, at, error)
    }
    this.#forcedTries = 0
  }

  /* { result } or { error }. */
  async #call (event, batch) {
    const { handler, options, arn, now } = this.#of
    const context = contextOf(arn, options.functionName, now)
    batch.invokes++
    batch.requestId = context.awsRequestId
    this.#of.report.invoked()
    try {
      return { result: await invoke(handler, event, context) }
    } catch (error) {
      return { error: error ?? new HandlerError(`The handler threw ${error}`) }
    }
  }

  /* ---- failures ---- */

  #failed (batch, error, unhandled = true) {
    batch.error = error
    batch.unhandled = unhandled
    if (!this.#of.options.bisectBatchOnFunctionError || batch.lines.length < 2) {
      return this.#again(batch)
    }
    const lines = this.#untouched(batch)
    const middle = Math.ceil(lines.length / 2)
    const half = part => ({ ...batch, lines: part, text: undefined, at: 0 })
    /* Splitting takes nothing from the retries (the page of event.cjs's failureRecord). */
    this.#retries.unshift(half(lines.slice(0, middle)), half(lines.slice(middle)))
    this.#of.report.failed(error, batch, true)
  }

  /* The handler named the first record that failed: what is before it is done. */
  #failedFrom (batch, at, error) {
    batch.error = error
    batch.unhandled = false
    batch.lines = this.#untouched(batch).slice(at)
    batch.text = undefined
    this.#forcedTries = 0
    if (!this.#of.options.bisectBatchOnFunctionError) return this.#again(batch)
    batch.at = 0 /* the batch was cut in two here, which takes nothing from the retries */
    this.#retries.unshift(batch)
    this.#of.report.failed(error, batch, true)
  }

  #again (batch) {
    const { maximumRetryAttempts: max } = this.#of.options
    if (max !== -1 && batch.retries >= max) {
      return this.#giveUp(batch, 'RetryAttemptsExhausted', batch.error)
    }
    batch.at = this.#of.now() + pause(batch.retries++)
    this.#forcedTries++
    this.#retries.unshift(batch)
    this.#of.report.failed(batch.error, batch, max !== -1)
  }

  #giveUp (batch, condition, error) {
    const { arn, shardId, options, now, report } = this.#of
    this.#forcedTries = 0
    const failure = failureRecord({
      requestId: batch.requestId ?? globalThis.crypto.randomUUID(),
      streamArn: arn,
      functionName: options.functionName,
      shardId,
      condition,
      invokes: batch.invokes,
      unhandled: batch.unhandled === true,
      now: now(),
      lines: batch.lines
    })
    return report.gaveUp(error, failure)
  }

  /* ---- tumbling windows ---- */

  #windowOf (line) {
    const length = this.#of.options.tumblingWindowInSeconds * 1000
    return length === 0 ? 0 : line.ms - line.ms % length
  }

  /* Is the window to be closed: by its size, by time, by a record of a later one, by the end? */
  #windowOver (now) {
    const { early, start, end } = this.#window
    if (early) return true
    if (this.length > 0) return this.#windowOf(this.#buffer[this.#from]) > start
    return this.#ended || now >= end
  }

  #openWindow (line) {
    const length = this.#of.options.tumblingWindowInSeconds * 1000
    if (length === 0) return null
    if (this.#window === null) {
      const start = this.#windowOf(line)
      this.#window = { start, end: start + length, state: {}, early: false, retry: null }
    }
    return this.#window
  }

  #windowEvent (final, early) {
    const { arn: streamArn, shardId } = this.#of
    const { start, end, state } = this.#window
    return windowMembers({
      start, end, state: structuredClone(state), shardId, streamArn, final, early
    })
  }

  #keepState (result) {
    if (result === null || typeof result !== 'object' || result.state == null) return false
    this.#window.state = JSON.parse(JSON.stringify(result.state))
    return true
  }

  async #closeWindow () {
    const { early } = this.#window
    const event = { Records: [], ...this.#windowEvent(!early, early) }
    const batch = this.#window.retry ?? { lines: [], retries: 0, invokes: 0 }
    const { error } = await this.#call(event, batch)
    if (error === undefined) {
      this.#forcedTries = 0
      if (early) Object.assign(this.#window, { state: {}, early: false, retry: null })
      else this.#window = null
      return
    }
    const { maximumRetryAttempts: max } = this.#of.options
    if (max !== -1 && batch.retries >= max) {
      this.#window = null
      return this.#of.report.gaveUp(error, undefined)
    }
    batch.at = this.#of.now() + pause(batch.retries++)
    batch.error = error
    this.#window.retry = batch
    this.#forcedTries++
    this.#of.report.failed(error, batch, max !== -1)
  }
}

const pause = retries => Math.min(PAUSE_MIN_MS * 2 ** Math.min(retries, 20), PAUSE_MAX_MS)

/*
 * Where a batch failed by the handler's answer: lines.length when it did not, -1 when the answer
 * names no record of it (Lambda Developer Guide, "Configuring partial batch response").
 */
function failedAt (result, lines) {
  const failures = result?.batchItemFailures
  if (failures == null) return lines.length
  if (!Array.isArray(failures)) return -1
  let first = lines.length
  for (const failure of failures) {
    const at = lines.findIndex(line => line.seq === failure?.itemIdentifier)
    if (at === -1) return -1
    first = Math.min(first, at)
  }
  return first
}

module.exports = { Lane, HandlerError }
