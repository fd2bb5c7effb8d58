/*
 * subscription.cjs - a handler of a table's stream.
 *
 *   wake() -> #pump(): read the stream into lanes, start every lane that is ready, wait for one to
 *             end or for the next wake(); until nothing is ready and nothing runs
 *
 * It belongs to a table's name, and follows it: when the stream was disabled, or the table deleted,
 * the rest of the old stream is handled, and then a new one of that table is read from its start.
 * Given a stream's ARN it belongs to that stream only.
 *
 * Promises:
 *   - batches of a lane one after the other, in their order; different lanes at once;
 *   - an error of a handler reaches onError, a drain(), or the console.
 * Start at #pump().
 */
'use strict'

const { Source } = require('./source.cjs')

class Subscription {
  #hub
  #table
  #handler
  #options
  #source = null
  #followed /* the last stream's ARN */
  #bound /* to one stream? */
  #dirty = false /* may there be something to do? */
  #written = false /* may there be new records? */
  #pumping = null /* the promise of the pump while it runs */
  #signal = null /* resolves what the pump waits for */
  #running = new Set() /* promises of invocations */
  #forced = 0 /* drain()s under way */
  #errors = [] /* that no onError took, and that no drain() has rejected with */
  #closed = false

  /** @internal */
  constructor (hub, table, handler, options) {
    this.#hub = hub
    this.#table = table
    this.#handler = handler
    this.#options = options
    this.#bound = /:table\/[^/]+\/stream\//.test(table)
  }

  /** The ARN of the stream that is read; undefined when the table has none. */
  get streamArn () {
    return this.#source?.arn
  }

  get closed () {
    return this.#closed
  }

  /**
   * Resolves when everything written so far was handled, without waiting for batching windows and
   * pauses between retries. Rejects with the handler's error when a batch was given up, or has
   * failed ten times on end.
   */
  async drain () {
    await this.drained(true)
  }

  /** drain(); `afresh`: with patience for what has failed. @internal */
  async drained (afresh) {
    if (this.#closed) return
    this.#forced++
    try {
      if (afresh) for (const lane of this.#lanes()) lane.patient()
      await this.settled()
    } finally {
      this.#forced--
    }
    const errors = this.#errors.splice(0)
    for (const lane of this.#lanes()) if (lane.stuck) errors.push(lane.error)
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} batches failed`)
  }

  /** Begins no more batches. Resolves when those that run have ended. */
  async close () {
    this.#closed = true
    this.#hub.left(this)
    this.#source = null
    this.wake()
    await Promise.allSettled(this.#running)
  }

  [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')] () {
    return this.close()
  }

  /** Begins. @internal */
  async open () {
    const arn = this.#bound ? this.#table : await this.#streamOf(this.#options.enable)
    await this.#follow(arn, this.#options.startingPosition)
  }

  /** The database became another one: what it holds counts as handled. @internal */
  async rewound () {
    this.#source = null
    this.#followed = undefined
    const arn = this.#bound ? this.#table : await this.#streamOf().catch(() => undefined)
    if (arn === undefined || this.#closed) return
    await this.#follow(arn, 'LATEST').catch(error => {
      if (error.name !== 'ResourceNotFoundException') throw error
    })
  }

  /** There may be something to do. @internal */
  wake () {
    this.#written = true
    this.#stir()
  }

  #stir () {
    this.#dirty = true
    if (this.#closed && this.#signal === null) return
    if (this.#signal !== null) this.#signal()
    else this.#pumping ??= this.#pump()
  }

  /** Resolves when nothing is left that can be done now. @internal */
  async settled () {
    if (this.#closed) return
    this.wake()
    while (this.#pumping !== null) await this.#pumping
  }

  /** When there is something to do though nothing is written; Infinity for never. @internal */
  due () {
    if (this.#source === null || this.#pumping !== null) return Infinity
    let due = this.#source.due()
    for (const lane of this.#lanes()) due = Math.min(due, lane.due())
    return due
  }

  /* ---- the pump ---- */

  async #pump () {
    try {
      while (this.#dirty && !this.#closed) {
        this.#dirty = false
        const written = this.#written
        this.#written = false
        await this.#read(written)
        this.#start()
        if (this.#dirty || this.#running.size === 0) continue
        await new Promise(resolve => { this.#signal = resolve })
        this.#signal = null
      }
    } catch (error) {
      this.#problem(error)
    } finally {
      this.#pumping = null
      this.#hub.paused()
    }
  }

  async #read (written) {
    const source = this.#source
    if (source !== null) await source.read(written)
    if (!this.#bound && this.#source === source && (source === null || source.ended)) {
      const arn = await this.#streamOf().catch(() => undefined)
      if (arn === undefined || arn === this.#followed || this.#closed) return
      await this.#follow(arn, 'TRIM_HORIZON')
      this.#dirty = true
      this.#written = true
    }
  }

  #start () {
    const ready = [...this.#lanes()].filter(lane => lane.ready(this.#forced > 0))
    ready.sort((a, b) => a.next < b.next ? -1 : a.next > b.next ? 1 : 0)
    for (const lane of ready) {
      const run = lane.invoke().finally(() => {
        this.#running.delete(run)
        this.#stir()
      })
      this.#running.add(run)
    }
  }

  * #lanes () {
    if (this.#source !== null) yield * this.#source.lanes()
  }

  /* ---- streams ---- */

  /* The ARN of the table's stream. Rejects when it has none that is enabled. */
  async #streamOf (enable) {
    const execute = this.#hub.execute
    const { Table } = await execute('DescribeTable', { TableName: this.#table })
    if (Table.StreamSpecification?.StreamEnabled) return Table.LatestStreamArn
    if (enable === undefined) throw this.#hub.streamDisabled(Table.TableName)
    const StreamSpecification = { StreamEnabled: true, StreamViewType: enable }
    await execute('UpdateTable', { TableName: this.#table, StreamSpecification })
    return (await execute('DescribeTable', { TableName: this.#table })).Table.LatestStreamArn
  }

  async #follow (arn, position) {
    const source = new Source(this.#hub.execute, arn, {
      options: this.#options,
      handler: this.#handler,
      now: this.#hub.now,
      report: this.#report
    })
    await source.open(position)
    this.#followed = arn
    this.#source = source
  }

  /* ---- errors ---- */

  #report = {
    invoked: () => this.#hub.count(),
    /* A batch failed and will be tried again; `ends`: not for ever. */
    failed: (error, batch, ends) => {
      if (this.#options.onError !== undefined) {
        this.#tell(error, { willRetry: true, attempt: batch.invokes })
      } else if (!ends && batch.retries === 1 && this.#forced === 0) {
        this.#print(error, 'has failed; the batch is tried until it succeeds or expires')
      }
    },
    /* A batch failed for good; `failure` is what a destination gets. */
    gaveUp: async (error, failure) => {
      const { onError, discarded } = this.#options
      if (failure !== undefined && discarded !== undefined) {
        try {
          await discarded(failure)
        } catch (refusal) {
          this.#problem(refusal)
        }
      }
      if (onError !== undefined) this.#tell(error, { willRetry: false, failure })
      else if (failure === undefined || discarded === undefined) {
        this.#errors.push(error)
        if (this.#forced === 0) this.#print(error, 'has failed; its records are skipped')
      }
    }
  }

  #tell (error, info) {
    try {
      this.#options.onError(error, info)
    } catch (refusal) {
      this.#errors.push(refusal)
    }
  }

  /* Reading or reporting failed: drain() rejects with it. */
  #problem (error) {
    if (this.#closed) return
    this.#errors.push(error)
    if (this.#forced === 0) this.#print(error, 'could not go on')
  }

  #print (error, what) {
    console.error(`ddblite: the handler of ${this.#table} ${what}:`, error)
  }
}

module.exports = { Subscription }
