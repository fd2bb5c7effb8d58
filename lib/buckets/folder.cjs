/*
 * folder.cjs - a folder whose sub-folders are buckets: a store (calls.cjs) for Node.
 *
 * Promises: no key leads out of its bucket; an object that comes in pieces (stage) stands beside
 * the buckets until it is whole.
 */
'use strict'

const builtin = require('../builtin.cjs')
const { badKey, noBucket, noKey } = require('./calls.cjs')
const fs = builtin('node:fs', () => require('node:fs'))
const path = builtin('node:path', () => require('node:path'))

const STAGED = '.ddblite-uploads' /* no bucket's name */

class FolderBuckets {
  #folder
  #mounts

  /**
   * @param {string} [folder] its sub-folders are the buckets
   * @param {Map<string, string>} [mounts] folders elsewhere, by the bucket that each one is
   */
  constructor (folder, mounts = new Map()) {
    this.#folder = folder === undefined ? undefined : path.resolve(folder)
    this.#mounts = mounts
  }

  has (bucket) {
    return this.#placeOf(bucket) !== undefined
  }

  names () {
    if (!isFolder(this.#folder)) return []
    return entries(this.#folder)
      .filter(entry => entry.isDirectory() && entry.name !== STAGED).map(entry => entry.name)
  }

  create (bucket) {
    fs.mkdirSync(path.join(this.#folder, bucket), { recursive: true })
  }

  put (bucket, key, at, bytes) {
    return write(this.#fileOf(bucket, key), at, bytes)
  }

  read (bucket, key, at, most) {
    return this.#found(bucket, key, file => {
      const fd = fs.openSync(file, 'r')
      try {
        const bytes = Buffer.allocUnsafe(Math.min(most, Math.max(0, fs.fstatSync(fd).size - at)))
        let n = 0
        for (let got = 1; got > 0 && n < bytes.length; n += got) {
          got = fs.readSync(fd, bytes, n, bytes.length - n, at + n)
        }
        return bytes.subarray(0, n)
      } finally {
        fs.closeSync(fd)
      }
    })
  }

  size (bucket, key) {
    return this.#found(bucket, key, file => fs.statSync(file).size)
  }

  stamp (bucket, key) {
    return this.#found(bucket, key, file => {
      const { mtimeMs, size } = fs.statSync(file)
      return `${mtimeMs} ${size}`
    })
  }

  keys (bucket, prefix) {
    const place = this.#require(bucket)
    return entries(place, { recursive: true })
      .filter(entry => entry.isFile())
      .map(entry => path.relative(place, path.join(entry.parentPath ?? entry.path, entry.name)))
      .map(name => name.split(path.sep).join('/'))
      .filter(key => key.startsWith(prefix))
  }

  remove (bucket, key) {
    fs.rmSync(this.#fileOf(bucket, key), { force: true })
  }

  stage (id, at, bytes) {
    return write(path.join(this.#folder, STAGED, id), at, bytes)
  }

  finish (id, bucket, key) {
    const file = this.#fileOf(bucket, key)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.renameSync(path.join(this.#folder, STAGED, id), file)
    this.#tidy()
  }

  drop (id) {
    fs.rmSync(path.join(this.#folder, STAGED, id), { force: true })
    this.#tidy()
  }

  #tidy () {
    try {
      fs.rmdirSync(path.join(this.#folder, STAGED))
    } catch {} /* there are others still coming, or it is not there */
  }

  #placeOf (bucket) {
    const mounted = this.#mounts.get(bucket)
    if (mounted !== undefined || this.#folder === undefined || bucket === STAGED) return mounted
    const place = path.join(this.#folder, bucket)
    return path.dirname(place) === this.#folder && isFolder(place) ? place : undefined
  }

  #require (bucket) {
    const place = this.#placeOf(bucket)
    if (place === undefined) throw noBucket(bucket)
    return place
  }

  /* Where an object stands. Throws for a key that could lead elsewhere. */
  #fileOf (bucket, key) {
    const place = this.#require(bucket)
    const parts = key.split('/')
    if (key.includes('\\') || parts.some(part => part === '' || part === '.' || part === '..')) {
      throw badKey(key)
    }
    return path.join(place, ...parts)
  }

  #found (bucket, key, fn) {
    try {
      return fn(this.#fileOf(bucket, key))
    } catch (error) {
      throw error.code === 'ENOENT' ? noKey(bucket, key) : error
    }
  }
}

/* An array of this realm: jest runs us in one of its own. */
const entries = (place, options) => [...fs.readdirSync(place, { ...options, withFileTypes: true })]

function isFolder (place) {
  return place !== undefined &&
    fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true
}

/* The file becomes its first `at` bytes, then these: its new size. */
function write (file, at, bytes) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const fd = fs.openSync(file, at > 0 ? 'r+' : 'w')
  try {
    fs.ftruncateSync(fd, at)
    for (let n = 0; n < bytes.length;) n += fs.writeSync(fd, bytes, n, bytes.length - n, at + n)
    return at + bytes.length
  } finally {
    fs.closeSync(fd)
  }
}

module.exports = { FolderBuckets }
