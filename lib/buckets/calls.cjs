/*
 * calls.cjs - what the engine asks of buckets (ddb_files in core/base/host.h), answered by a store.
 *
 * The engine calls in while it runs a slice of an export or an import, so all of this is
 * synchronous and moves about 128 KB at a time. A compressed object that is read is decompressed
 * whole, once, and kept until another one is read.
 *
 * A store holds objects by bucket and key. It has
 *
 *   has(bucket), names(), create(bucket)
 *   put(bucket, key, at, bytes)      the object becomes its first `at` bytes, then these: its size
 *   read(bucket, key, at, most)      bytes; none at the end
 *   size(bucket, key), stamp(bucket, key)        the stamp changes with the object
 *   keys(bucket, prefix)             in any order
 *   remove(bucket, key)              no object is fine
 *   stage(id, at, bytes), finish(id, bucket, key), drop(id)      an object that comes in pieces
 *
 * and throws a BucketError of code NoSuchBucket or NoSuchKey, or whatever its medium throws.
 */
'use strict'

const NO_BUCKET = -1
const NO_KEY = -2
const FAILED = -3
const NONE = 0

class BucketError extends Error {
  constructor (code, message, status = 404) {
    super(message)
    this.code = code
    this.status = status
  }
}

const noBucket = name => new BucketError('NoSuchBucket', `There is no bucket ${name}`)
const noKey = (bucket, key) => new BucketError('NoSuchKey', `There is no ${key} in ${bucket}`)
const badKey = key =>
  new BucketError('InvalidKey', `The key ${key} cannot be a file's name`, 400)

const utf8 = new TextEncoder()

/* By bytes, as S3 lists keys. */
function compare (a, b) {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return a.length - b.length
}

/* Keys as bytes, in their order. */
const sorted = keys => keys.map(key => utf8.encode(key)).sort(compare)

/**
 * The function that an engine's setFiles() takes.
 * @param {(bucket: string) => object | undefined} storeOf the store with this bucket
 * @param {{ encode: Function, decode: Function }[]} codings by number, from 1 (DDB_CODING_*)
 */
function objectCalls (storeOf, codings) {
  let listed = null /* { bucket, prefix, keys } of the last NEXT */
  let decoded = null /* { stamp, bytes } of the last compressed READ */

  const verbs = [
    function hasBucket () {
      return 0
    },
    function put (store, bucket, key, at, bytes, coding) {
      return store.put(bucket, key, at, coding === NONE ? bytes : codings[coding].encode(bytes))
    },
    function next (store, bucket, prefix, _at, after) {
      if (after.length === 0 || listed?.bucket !== bucket || listed.prefix !== prefix) {
        listed = { bucket, prefix, keys: sorted(store.keys(bucket, prefix)) }
      }
      return listed.keys.find(key => compare(key, after) > 0) ?? 0
    },
    function read (store, bucket, key, at, _bytes, coding, most) {
      if (coding === NONE) return store.read(bucket, key, at, most)
      const stamp = `${store.stamp(bucket, key)} ${coding} ${bucket}/${key}`
      if (decoded?.stamp !== stamp) {
        const coded = store.read(bucket, key, 0, store.size(bucket, key))
        decoded = { stamp, bytes: codings[coding].decode(coded) }
      }
      return decoded.bytes.subarray(at, at + most)
    },
    function size (store, bucket, key) {
      return store.size(bucket, key)
    }
  ]

  return function call (verb, bucket, ...rest) {
    try {
      const store = storeOf(bucket)
      return store === undefined ? NO_BUCKET : verbs[verb](store, bucket, ...rest)
    } catch (error) {
      return error.code === 'NoSuchKey' ? NO_KEY : FAILED
    }
  }
}

const questions = {
  names: store => store.names(),
  create: (store, bucket) => store.create(bucket),
  stage: (store, id, at, bytes) => store.stage(id, at, bytes),
  finish: (store, id, bucket, key) => store.finish(id, bucket, key),
  drop: (store, id) => store.drop(id),
  read: (store, bucket, key, at, most) => store.read(bucket, key, at, most),
  size: (store, bucket, key) => store.size(bucket, key),
  remove: (store, bucket, key) => store.remove(bucket, key),
  list (store, bucket, prefix) {
    const decoder = new TextDecoder()
    return sorted(store.keys(bucket, prefix)).map(bytes => {
      const key = decoder.decode(bytes)
      return { key, size: store.size(bucket, key) }
    })
  }
}

/** What db.bucket() asks a store (bucket.cjs). */
const ask = (store, method, args) => questions[method](store, ...args)

module.exports = { BucketError, ask, badKey, noBucket, noKey, objectCalls }
