/*
 * bucket.cjs - db.bucket(name): objects for imports, and those that exports have made.
 *
 * The store is where the engine is: in this process (calls.cjs), or in the page's Worker. What is
 * put comes in pieces beside the bucket, and is there when it is whole.
 */
'use strict'

const { piecesOf, PIECE_BYTES } = require('../client/pieces.cjs')

const NAME = /^[a-z0-9A-Z][a-z0-9A-Z._-]*$/
const KEY_BYTES_MAX = 1024
const WANTED = 'put: give it a text, bytes, a File, a Blob or a stream'

function checkKey (key) {
  if (typeof key !== 'string' || key === '' || key.length > KEY_BYTES_MAX) {
    throw new TypeError(`A key is a text of 1 to ${KEY_BYTES_MAX} bytes`)
  }
}

class Bucket {
  #client
  #name

  /** @internal */
  constructor (client, name) {
    if (typeof name !== 'string' || !NAME.test(name)) {
      throw new TypeError(`bucket: ${JSON.stringify(name)} is no name of a bucket`)
    }
    this.#client = client
    this.#name = name
  }

  get name () {
    return this.#name
  }

  /** Makes the bucket, unless it is there. Resolves to this. */
  async create () {
    await this.#client.objects('create', [this.#name])
    return this
  }

  /**
   * Puts an object, in place of the one that is there. Resolves to { key, size }. When it fails, or
   * the `signal` aborts, the bucket is as it was.
   */
  async put (key, body, { signal } = {}) {
    checkKey(key)
    const source = typeof body === 'string' ? new TextEncoder().encode(body) : body
    const pieces = piecesOf(source, WANTED)
    signal?.throwIfAborted()
    const id = globalThis.crypto.randomUUID()
    const stage = (at, bytes) => this.#client.objects('stage', [id, at, bytes], [bytes.buffer])
    let size = await stage(0, new Uint8Array(0))
    try {
      for await (const piece of pieces) {
        signal?.throwIfAborted()
        size = await stage(size, piece)
      }
      signal?.throwIfAborted()
      await this.#client.objects('finish', [id, this.#name, key])
    } catch (error) {
      await this.#client.objects('drop', [id]).catch(() => {}) /* it is the first that counts */
      throw error
    }
    return { key, size }
  }

  /** An object as a Blob. */
  async get (key) {
    const size = await this.#client.objects('size', [this.#name, key])
    const pieces = []
    for (let at = 0; at < size; at += PIECE_BYTES) {
      pieces.push(new Blob([
        await this.#client.objects('read', [this.#name, key, at, PIECE_BYTES])
      ]))
    }
    return new Blob(pieces)
  }

  /** [{ key, size }] of the objects whose keys begin with the prefix, in the order of keys. */
  async list (prefix = '') {
    return this.#client.objects('list', [this.#name, prefix])
  }

  /** Deletes an object; none is fine. */
  async delete (key) {
    await this.#client.objects('remove', [this.#name, key])
  }
}

module.exports = { Bucket }
