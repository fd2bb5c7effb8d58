/*
 * log.cjs - buckets that last, where nothing can be awaited: two files of which one is a log.
 *
 *   record   magic, bytes of the head, bytes of the body, check    four numbers of 32 bits
 *            head                                                  JSON: what is changed
 *            body                                                  an object's bytes
 *   log      ['log', generation], ['ready'], and then a record for each change
 *
 * A medium is what a FileSystemSyncAccessHandle is: getSize(), read(), write(), truncate(),
 * flush(). When more than half of a log is of no more use, what lives is written to the other
 * medium as the next generation, and the log is emptied once that is 'ready': whenever it ends,
 * one of the two is whole.
 *
 * Promises: what returned is on the medium, but for staged pieces, which finish() makes so; a
 * record that was cut off by the end of everything is as if it had not begun.
 * Start at change().
 */
'use strict'

const { MemoryBuckets, STAGED } = require('./memory.cjs')

const MAGIC = 0x6c646462
const HEADER_BYTES = 16
const PIECE_BYTES = 1048576
const WASTE_BYTES = 4194304 /* less is not worth a new generation */

const { imul } = Math /* a property of a global object is slow where jest has made one */
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/* FNV-1a, of head and body. */
function checkOf (bytes, from) {
  let check = 0x811c9dc5
  for (let i = from; i < bytes.length; i++) check = imul(check ^ bytes[i], 0x01000193)
  return check >>> 0
}

function encode (record, body) {
  const head = encoder.encode(JSON.stringify(record))
  const bytes = new Uint8Array(HEADER_BYTES + head.length + body.length)
  bytes.set(head, HEADER_BYTES)
  bytes.set(body, HEADER_BYTES + head.length)
  const header = new DataView(bytes.buffer)
  header.setUint32(0, MAGIC)
  header.setUint32(4, head.length)
  header.setUint32(8, body.length)
  header.setUint32(12, checkOf(bytes, HEADER_BYTES))
  return bytes
}

function readAt (medium, at, length) {
  const bytes = new Uint8Array(length)
  if (medium.read(bytes, { at }) < length) throw new Error('The file of the buckets has shrunk')
  return bytes
}

/* The records of a medium, as far as they are whole: { record, place, length, end }. */
function recordsOf (medium) {
  const size = medium.getSize()
  const records = []
  let last
  for (let at = 0; at + HEADER_BYTES <= size;) {
    const header = new DataView(readAt(medium, at, HEADER_BYTES).buffer)
    const place = at + HEADER_BYTES + header.getUint32(4)
    const length = header.getUint32(8)
    if (header.getUint32(0) !== MAGIC || place + length > size) break
    let record
    try {
      record = JSON.parse(decoder.decode(readAt(medium, at + HEADER_BYTES, header.getUint32(4))))
    } catch {
      break
    }
    last = { at, check: header.getUint32(12) }
    at = place + length
    records.push({ record, place, length, end: at })
  }
  if (records.length > 0 && last.check !== checkOf(
    readAt(medium, last.at, records.at(-1).end - last.at), HEADER_BYTES)) records.pop()
  return records
}

const isLog = records => records.some(({ record }) => record[0] === 'ready')

class LogBuckets extends MemoryBuckets {
  #media /* the log, and the one for the next generation */
  #generation = 0
  #end = 0

  /** The media are its own from now on. */
  constructor (first, second) {
    super()
    const logs = [first, second].map(medium => ({ medium, records: recordsOf(medium) }))
      .filter(({ records }) => isLog(records))
      .sort((a, b) => b.records[0].record[1] - a.records[0].record[1])
    const medium = logs.length === 0 ? first : logs[0].medium
    this.#media = [medium, medium === first ? second : first]
    this.#media[1].truncate(0)
    if (logs.length > 0) this.#replay(logs[0].records)
    else this.#begin(medium)
    for (const id of this.keys(STAGED, '')) this.apply(['remove', STAGED, id])
  }

  close () {
    for (const medium of this.#media) medium.close()
  }

  change (record, bytes) {
    if (record[0] === 'move') this.#media[0].flush() /* the pieces */
    super.change(record, bytes)
    if (record[1] === STAGED && record[0] === 'put') return
    this.#media[0].flush()
    if (record[0] !== 'create') this.#renew()
  }

  keep (record, bytes = new Uint8Array(0)) {
    const coded = encode(record, bytes)
    this.#append(coded)
    return this.#end - bytes.length
  }

  fetch ({ place }, from, out) {
    if (this.#media[0].read(out, { at: place + from }) < out.length) {
      throw new Error('The file of the buckets has shrunk')
    }
  }

  /* Nothing of what could not be written stays. */
  #append (bytes) {
    const [medium] = this.#media
    try {
      if (medium.write(bytes, { at: this.#end }) < bytes.length) throw new Error('There is no room')
    } catch (error) {
      medium.truncate(this.#end)
      throw error
    }
    this.#end += bytes.length
  }

  #begin (medium) {
    medium.truncate(0)
    this.#end = 0
    this.keep(['log', ++this.#generation])
    this.keep(['ready'])
    medium.flush()
  }

  #replay (records) {
    this.#generation = records[0].record[1]
    this.#end = records.at(-1).end
    for (const { record, place, length } of records) this.apply(record, place, length)
  }

  /* Writes the next generation when this one is mostly waste. */
  #renew () {
    if (this.#end < WASTE_BYTES) return
    let live = 0
    this.each((bucket, key, parts) => {
      for (const { length } of parts) live += length
    })
    if (this.#end - live < Math.max(live, WASTE_BYTES)) return
    const [old, medium] = this.#media
    const end = this.#end
    try {
      this.#write(medium)
    } catch {
      this.#end = end /* no room: it stays as it is */
      medium.truncate(0)
      return
    }
    this.#media = [medium, old]
    this.#generation++
    this.#replay(recordsOf(medium))
    old.truncate(0)
    old.flush()
  }

  #write (medium) {
    let at = 0
    const add = (record, bytes = new Uint8Array(0)) => {
      const coded = encode(record, bytes)
      if (medium.write(coded, { at }) < coded.length) throw new Error('There is no room')
      at += coded.length
    }
    medium.truncate(0)
    add(['log', this.#generation + 1])
    for (const name of this.names()) add(['create', name])
    this.each((bucket, key, parts) => {
      const size = parts.reduce((sum, { length }) => sum + length, 0)
      if (size === 0) add(['put', bucket, key, 0])
      for (let from = 0; from < size; from += PIECE_BYTES) {
        add(['put', bucket, key, from], this.read(bucket, key, from, PIECE_BYTES))
      }
    })
    add(['ready'])
    medium.flush()
  }
}

module.exports = { LogBuckets }
