/*
 * files.cjs - a folder that stands in for S3: each sub-folder is a bucket, each file an object.
 *
 * The engine calls in while it runs a slice of an export or an import, so all of this is
 * synchronous and moves about 128 KB at a time. A compressed object that is read is decompressed
 * whole, once, and kept until another one is read.
 *
 * Promises: no key leads out of its bucket; a PUT at an offset replaces what stood behind it.
 * The verbs, codings and results are those of core/base/host.h (ddb_files).
 */
'use strict'

const builtin = require('../builtin.cjs')
const fs = builtin('node:fs', () => require('node:fs'))
const path = builtin('node:path', () => require('node:path'))
const zlib = builtin('node:zlib', () => require('node:zlib'))
const { createHash } = builtin('node:crypto', () => require('node:crypto'))

const NO_BUCKET = -1
const NO_KEY = -2
const FAILED = -3
const NO_CODING = -4
const CODINGS = [
  { encode: bytes => bytes },
  { encode: bytes => zlib.gzipSync(bytes), decode: bytes => zlib.gunzipSync(bytes) },
  /* Node 22.15 and later */
  { encode: bytes => zlib.zstdCompressSync(bytes), decode: bytes => zlib.zstdDecompressSync(bytes) }
]
const ZSTD = 2

/**
 * The function that the addon's setFiles() takes.
 * @param {string} [root] the folder whose sub-folders are the buckets
 * @param {Map<string, string>} mounts folders elsewhere, by the bucket that each one is
 */
function folderFiles (root, mounts) {
  const folder = root === undefined ? undefined : path.resolve(root)
  let listed = null /* { bucket, prefix, keys } of the last NEXT */
  let decoded = null /* { stamp, bytes } of the last compressed READ */

  function bucketFolder (bucket) {
    const mounted = mounts.get(bucket)
    if (mounted !== undefined || folder === undefined) return mounted
    const place = path.join(folder, bucket)
    return path.dirname(place) === folder && isFolder(place) ? place : undefined
  }

  const verbs = [
    function hasBucket () {
      return 0
    },
    function put (place, key, at, bytes, coding) {
      const file = fileOf(place, key)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      const fd = fs.openSync(file, at > 0 ? 'r+' : 'w')
      try {
        fs.ftruncateSync(fd, at)
        const coded = CODINGS[coding].encode(bytes)
        for (let n = 0; n < coded.length;) n += fs.writeSync(fd, coded, n, coded.length - n, at + n)
        return at + coded.length
      } finally {
        fs.closeSync(fd)
      }
    },
    function md5 (place, key) {
      return createHash('md5').update(fs.readFileSync(fileOf(place, key))).digest()
    },
    function next (place, prefix, _at, after) {
      if (after.length === 0 || listed?.place !== place || listed.prefix !== prefix) {
        listed = { place, prefix, keys: keysOf(place, prefix) }
      }
      return listed.keys.find(key => Buffer.compare(key, after) > 0) ?? 0
    },
    function read (place, key, at, _bytes, coding, most) {
      const file = fileOf(place, key)
      if (coding === 0) return readPart(file, at, most)
      if (coding === ZSTD && zlib.zstdDecompressSync === undefined) return NO_CODING
      const { mtimeMs, size } = fs.statSync(file)
      const stamp = `${mtimeMs} ${size} ${file}`
      if (decoded?.stamp !== stamp) {
        decoded = { stamp, bytes: CODINGS[coding].decode(fs.readFileSync(file)) }
      }
      return decoded.bytes.subarray(at, at + most)
    },
    function size (place, key) {
      return fs.statSync(fileOf(place, key)).size
    }
  ]

  return function call (verb, bucket, key, at, bytes, coding, most) {
    try {
      const place = bucketFolder(bucket)
      if (place === undefined) return NO_BUCKET
      return verbs[verb](place, key, at, bytes, coding, most)
    } catch (error) {
      return error.code === 'ENOENT' ? NO_KEY : FAILED
    }
  }
}

function isFolder (place) {
  return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true
}

/* Where an object stands. Throws for a key that could lead elsewhere. */
function fileOf (place, key) {
  const parts = key.split('/')
  if (key.includes('\\') || parts.some(part => part === '' || part === '.' || part === '..')) {
    throw new Error(`The key ${key} cannot be a file's name`)
  }
  return path.join(place, ...parts)
}

/* The keys of a bucket that begin with the prefix, as bytes, in their order. */
function keysOf (place, prefix) {
  return fs.readdirSync(place, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.relative(place, path.join(entry.parentPath ?? entry.path, entry.name)))
    .map(name => name.split(path.sep).join('/'))
    .filter(key => key.startsWith(prefix))
    .map(key => Buffer.from(key))
    .sort(Buffer.compare)
}

function readPart (file, at, most) {
  const fd = fs.openSync(file, 'r')
  try {
    const bytes = Buffer.allocUnsafe(most)
    let n = 0
    for (let got = 1; got > 0 && n < most; n += got) {
      got = fs.readSync(fd, bytes, n, most - n, at + n)
    }
    return bytes.subarray(0, n)
  } finally {
    fs.closeSync(fd)
  }
}

module.exports = { folderFiles }
