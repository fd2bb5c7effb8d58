/*
 * memory.cjs - buckets in memory: a store (calls.cjs) whose objects are lists of parts.
 *
 * What changes it is a record, ['put', bucket, key, at] and the like, which apply() takes; a store
 * that lasts (log.cjs) keeps the records and overrides keep() and fetch().
 */
'use strict'

const { noBucket, noKey } = require('./calls.cjs')

const STAGED = '' /* the bucket of objects that are still coming */

class MemoryBuckets {
  #buckets = new Map([[STAGED, new Map()]]) /* of Map: key -> { size, stamp, parts } */
  #stamps = 0

  has (bucket) {
    return bucket !== STAGED && this.#buckets.has(bucket)
  }

  names () {
    return [...this.#buckets.keys()].filter(name => name !== STAGED)
  }

  create (bucket) {
    if (!this.#buckets.has(bucket)) this.change(['create', bucket])
  }

  put (bucket, key, at, bytes) {
    if (at > (this.#in(bucket).get(key)?.size ?? 0)) throw new Error(`${key} has no ${at} bytes`)
    this.change(['put', bucket, key, at], bytes)
    return at + bytes.length
  }

  read (bucket, key, at, most) {
    const { size, parts } = this.#at(bucket, key)
    const out = new Uint8Array(Math.max(0, Math.min(most, size - at)))
    const end = at + out.length
    for (const part of parts) {
      const from = Math.max(at, part.at)
      const to = Math.min(end, part.at + part.length)
      if (from < to) this.fetch(part, from - part.at, out.subarray(from - at, to - at))
    }
    return out
  }

  size (bucket, key) {
    return this.#at(bucket, key).size
  }

  stamp (bucket, key) {
    return this.#at(bucket, key).stamp
  }

  keys (bucket, prefix) {
    return [...this.#in(bucket).keys()].filter(key => key.startsWith(prefix))
  }

  remove (bucket, key) {
    if (this.#in(bucket).has(key)) this.change(['remove', bucket, key])
  }

  stage (id, at, bytes) {
    return this.put(STAGED, id, at, bytes)
  }

  finish (id, bucket, key) {
    this.#in(bucket)
    if (!this.#in(STAGED).has(id)) throw new Error('The pieces are gone: their worker has ended')
    this.change(['move', id, bucket, key])
  }

  drop (id) {
    this.remove(STAGED, id)
  }

  /* ---- for those that last ---- */

  /** Makes a change that may be made. */
  change (record, bytes) {
    this.apply(record, this.keep(record, bytes), bytes?.length ?? 0)
  }

  /** Keeps bytes, which are the caller's: the place where fetch() finds them. */
  keep (record, bytes) {
    return bytes?.slice()
  }

  /** Fills `out` with the bytes of a part that begin at `from`. */
  fetch ({ place }, from, out) {
    out.set(place.subarray(from, from + out.length))
  }

  /** Carries a record out, whose bytes are kept. */
  apply ([verb, bucket, key, more], place, length) {
    if (verb === 'create') this.#buckets.set(bucket, new Map())
    else if (verb === 'put') this.#write(this.#in(bucket), key, more, place, length)
    else if (verb === 'remove') this.#in(bucket).delete(key)
    else if (verb === 'move') this.#move(bucket, key, more)
  }

  /** Calls back with each object: its bucket, key and parts. */
  each (fn) {
    for (const [bucket, objects] of this.#buckets) {
      for (const [key, { parts }] of objects) fn(bucket, key, parts)
    }
  }

  #write (objects, key, at, place, length) {
    const before = at === 0 ? [] : objects.get(key).parts.filter(part => part.at < at)
    const last = before.at(-1)
    if (last !== undefined) last.length = Math.min(last.length, at - last.at)
    const parts = length === 0 ? before : [...before, { at, length, place }]
    objects.set(key, { size: at + length, stamp: ++this.#stamps, parts })
  }

  #move (id, bucket, key) {
    const staged = this.#buckets.get(STAGED)
    this.#in(bucket).set(key, staged.get(id))
    staged.delete(id)
  }

  #in (bucket) {
    const objects = this.#buckets.get(bucket)
    if (objects === undefined) throw noBucket(bucket)
    return objects
  }

  #at (bucket, key) {
    const object = this.#in(bucket).get(key)
    if (object === undefined) throw noKey(bucket, key)
    return object
  }
}

module.exports = { MemoryBuckets, STAGED }
