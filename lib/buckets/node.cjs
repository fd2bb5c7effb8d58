/*
 * node.cjs - the buckets of a client in Node: sub-folders of a folder, or in memory. Its forks have
 * the same ones.
 *
 * The engine holds answer(), so nothing here may hold a client. Nothing is loaded before there is
 * something to do.
 */
'use strict'

class NodeBuckets {
  #folder
  #mounts = new Map() /* folders elsewhere, by the bucket that each one is */
  #store = null
  #call = null

  /** @param {string} [folder] its sub-folders are the buckets; without one they are in memory */
  constructor (folder) {
    this.#folder = folder
  }

  /** The function that an engine's setFiles() takes. */
  answer = (...call) => {
    this.#call ??= this.#calls()
    return this.#call(...call)
  }

  /** What db.bucket() asks. Throws a BucketError, or what the file system throws. */
  ask (method, args) {
    return require('./calls.cjs').ask(this.#stored(), method, args)
  }

  /** Makes a folder the bucket of that name, until the function that it gives is called. */
  mount (bucket, folder) {
    this.#mounts.set(bucket, folder)
    return () => this.#mounts.delete(bucket)
  }

  #stored () {
    if (this.#store === null) {
      const { FolderBuckets } = require('./folder.cjs')
      const { MemoryBuckets } = require('./memory.cjs')
      this.#store = this.#folder === undefined
        ? new MemoryBuckets()
        : new FolderBuckets(this.#folder)
    }
    return this.#store
  }

  #calls () {
    const { objectCalls } = require('./calls.cjs')
    const { FolderBuckets } = require('./folder.cjs')
    const mounted = new FolderBuckets(undefined, this.#mounts)
    const storeOf = bucket => [mounted, this.#stored()].find(store => store.has(bucket))
    return objectCalls(storeOf, require('./zlib.cjs'))
  }
}

module.exports = { NodeBuckets }
