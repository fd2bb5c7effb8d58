/*
 * source.cjs - one stream as lanes: its shards, parents before children, read page by page.
 *
 *   DescribeStream -> shards -> GetShardIterator -> GetRecords -> filter -> lanes
 *
 * A shard is read while its lanes want more, so that what waits in memory is a batch or two and
 * not the stream. A child is begun when its parent is read to its end and handled. An iterator that
 * has expired is made anew behind the last record that was read; one whose records were trimmed,
 * at the oldest that is left.
 *
 * What is not yet read is in the stream, so nothing here need survive anything but the process.
 * Start at read().
 */
'use strict'

const { lambdaRecord } = require('./event.cjs')
const { Lane } = require('./lane.cjs')

/* An iterator lives for 15 minutes; as long as no record was read it is the only place we know. */
const REFRESH_MS = 600000
const PAGE_OVERHEAD = 400 /* bytes of JSON a record has beside its images */

class Source {
  #execute
  #of /* what lanes are given, without the shard */
  #arn
  /* id: { id, parent, iterator, lanes, seq, readAt, began, ended, atEnd } of what is not done */
  #shards = new Map()
  #finished = new Set() /* the ids of those that are done, while they are listed */
  #described = false

  /** `of`: { options, handler, now, report }. */
  constructor (execute, arn, of) {
    this.#execute = execute
    this.#arn = arn
    this.#of = { ...of, arn }
  }

  get arn () {
    return this.#arn
  }

  /** Is the stream read to its end, and handled? */
  get ended () {
    return this.#described && [...this.#shards.values()].every(shard => done(shard))
  }

  * lanes () {
    for (const shard of this.#shards.values()) yield * shard.lanes
  }

  /** Finds the shards. From LATEST only what is written from now on is read. */
  async open (position) {
    await this.#describe(position)
  }

  /** When read() must be called again though nothing was written; Infinity for never. */
  due () {
    let due = Infinity
    for (const { began, ended, seq, readAt, latest } of this.#shards.values()) {
      if (began && !ended && latest && seq === undefined) due = Math.min(due, readAt + REFRESH_MS)
    }
    return due
  }

  /** Fills the lanes; `written`: there may be new records. */
  async read (written) {
    if (written) for (const shard of this.#shards.values()) shard.atEnd = false
    for (let again = true; again;) {
      again = false
      for (const shard of this.#shards.values()) {
        if (shard.ended || shard.atEnd || !this.#mayBegin(shard)) continue
        await this.#readShard(shard)
        if (shard.ended) again = true
      }
      if (again) await this.#describe('TRIM_HORIZON') /* a shard that ended may have children */
    }
  }

  #mayBegin (shard) {
    if (!shard.began) {
      const parent = this.#shards.get(shard.parent)
      shard.began = parent === undefined || done(parent)
    }
    return shard.began
  }

  async #describe (position) {
    let ExclusiveStartShardId
    const listed = new Set()
    do {
      const { StreamDescription: stream } = await this.#execute('DescribeStream',
        { StreamArn: this.#arn, ExclusiveStartShardId })
      for (const shard of stream.Shards) {
        const id = shard.ShardId
        listed.add(id)
        if (this.#shards.has(id) || this.#finished.has(id)) continue
        await this.#add(shard, position)
      }
      ExclusiveStartShardId = stream.LastEvaluatedShardId
    } while (ExclusiveStartShardId !== undefined)
    this.#described = true
    for (const shard of this.#shards.values()) {
      if (!done(shard)) continue
      this.#shards.delete(shard.id)
      this.#finished.add(shard.id)
    }
    for (const id of this.#finished) if (!listed.has(id)) this.#finished.delete(id)
  }

  async #add ({ ShardId: id, ParentShardId: parent, SequenceNumberRange: range }, position) {
    const latest = position === 'LATEST'
    const closed = range.EndingSequenceNumber !== undefined
    const { parallelizationFactor } = this.#of.options
    const lanes = Array.from({ length: parallelizationFactor },
      () => new Lane({ ...this.#of, shardId: id }))
    const shard = {
      id, parent, lanes, latest, iterator: undefined, seq: undefined, readAt: this.#of.now(),
      began: false, ended: latest && closed, atEnd: false
    }
    if (latest && !closed) {
      shard.began = true
      shard.iterator = await this.#iterator(shard, 'LATEST')
    }
    if (shard.ended) lanes.forEach(lane => lane.end())
    this.#shards.set(id, shard)
  }

  async #iterator ({ id }, ShardIteratorType, SequenceNumber) {
    const { ShardIterator } = await this.#execute('GetShardIterator',
      { StreamArn: this.#arn, ShardId: id, ShardIteratorType, SequenceNumber })
    return ShardIterator
  }

  /* Reads until the lanes have enough or there is no more. */
  async #readShard (shard) {
    const { options } = this.#of
    const enough = options.batchSize * options.parallelizationFactor
    while (!shard.ended && shard.lanes.reduce((sum, lane) => sum + lane.length, 0) < enough) {
      const { Records, NextShardIterator } = await this.#page(shard)
      for (const record of Records) this.#take(shard, record)
      shard.iterator = NextShardIterator
      shard.readAt = this.#of.now()
      if (NextShardIterator === undefined) {
        shard.ended = true
        shard.lanes.forEach(lane => lane.end())
      }
      shard.atEnd = Records.length === 0
      if (shard.atEnd) return
    }
  }

  async #page (shard) {
    try {
      shard.iterator ??= await this.#iterator(shard, 'TRIM_HORIZON')
      return await this.#execute('GetRecords', { ShardIterator: shard.iterator })
    } catch (error) {
      shard.iterator = await this.#iteratorAfter(shard, error)
      return this.#execute('GetRecords', { ShardIterator: shard.iterator })
    }
  }

  async #iteratorAfter (shard, error) {
    if (error.name === 'TrimmedDataAccessException') return this.#iterator(shard, 'TRIM_HORIZON')
    if (error.name !== 'ExpiredIteratorException') throw error
    if (shard.seq === undefined) {
      /* Nothing was read yet. By LATEST, what was written before the last look is not wanted. */
      if (shard.latest) shard.notBefore = Math.floor(shard.readAt / 1000)
      return this.#iterator(shard, 'TRIM_HORIZON')
    }
    return this.#iterator(shard, 'AFTER_SEQUENCE_NUMBER', shard.seq).catch(refusal => {
      if (refusal.name !== 'TrimmedDataAccessException') throw refusal
      return this.#iterator(shard, 'TRIM_HORIZON')
    })
  }

  #take (shard, record) {
    const {
      SequenceNumber: seq, ApproximateCreationDateTime: at, SizeBytes, Keys
    } = record.dynamodb
    shard.seq = seq
    if (at < shard.notBefore) return
    const { options, now } = this.#of
    lambdaRecord(record, this.#arn)
    if (options.passes !== undefined && !options.passes(record)) return
    const lane = shard.lanes.length === 1
      ? shard.lanes[0]
      : shard.lanes[hashOf(JSON.stringify(Keys)) % shard.lanes.length]
    lane.push({ seq, ms: at * 1000, at: now(), size: SizeBytes * 2 + PAGE_OVERHEAD, record })
  }
}

const done = shard => shard.ended && shard.lanes.every(lane => lane.empty)

/* FNV-1a */
function hashOf (text) {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

module.exports = { Source }
