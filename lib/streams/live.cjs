/*
 * live.cjs - a read that is repeated when something was written, and told when it has changed.
 *
 *   commit -> wake() -> one execute() for all commits of a turn -> another result -> the callback
 *
 * Which tables a commit changed is not known here, so every commit repeats every live query; the
 * callback is called only when the result is another one. It is called once at a time: while it
 * runs, what is written waits for one repetition.
 */
'use strict'

const READS = ['GetItem', 'Query', 'Scan', 'BatchGetItem', 'TransactGetItems', 'SearchVectors',
  'DescribeTable', 'ListTables']

class LiveQuery {
  #hub
  #operation
  #request
  #callback
  #onError
  #told /* the last result, as text */
  #stale = false
  #running = null
  #closed = false

  /** Throws a TypeError. @internal */
  constructor (hub, operation, request, callback, { onError, ...others } = {}) {
    if (!READS.includes(operation)) {
      throw new TypeError(`live: the operation must be one of ${READS.join(', ')}`)
    }
    if (typeof callback !== 'function') throw new TypeError('live: the callback must be a function')
    const wrong = onError !== undefined && typeof onError !== 'function'
    if (wrong || Object.keys(others).length > 0) {
      throw new TypeError('live: the options are { onError: a function }')
    }
    this.#hub = hub
    this.#operation = operation
    this.#request = structuredClone(request)
    this.#callback = callback
    this.#onError = onError
  }

  get closed () {
    return this.#closed
  }

  /** The first time: rejects when the read does, or the callback. @internal */
  async open () {
    await this.#once()
  }

  /** Something was written. @internal */
  wake () {
    this.#stale = true
    this.#running ??= this.#run()
  }

  /** Resolves when the callback has had what was written so far. */
  async refresh () {
    if (this.#closed) return
    this.wake()
    while (this.#running !== null) await this.#running
  }

  close () {
    this.#closed = true
    this.#hub.left(this)
  }

  async #run () {
    while (this.#stale && !this.#closed) {
      this.#stale = false
      try {
        await this.#once()
      } catch (error) {
        if (this.#closed) break
        if (this.#onError !== undefined) this.#onError(error)
        else console.error(`ddblite: the live ${this.#operation} has failed:`, error)
      }
    }
    this.#running = null
  }

  async #once () {
    const result = await this.#hub.execute(this.#operation, this.#request)
    const text = JSON.stringify(result)
    if (this.#closed || text === this.#told) return
    this.#told = text
    await this.#callback(result)
  }
}

module.exports = { LiveQuery }
