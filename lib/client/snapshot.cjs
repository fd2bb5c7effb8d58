/*
 * snapshot.cjs - Snapshot: the content of a database at one moment, as bytes that never change.
 *
 * The bytes are a plain SQLite file. Written to disk they are a database for
 * `new EngineClient({ path })`; back in memory Snapshot.from() takes them, once they were checked.
 */
'use strict'

const builtin = require('../builtin.cjs')
const path = builtin('node:path', () => require('node:path'))
const engines = require('../engine.cjs')
const { engineNotReady, errorOf } = require('./errors.cjs')

const MADE_HERE = Symbol('made here')

class Snapshot {
  #bytes

  /** Snapshots come from EngineClient.snapshot() and Snapshot.from(). @internal */
  constructor (bytes, key) {
    if (key !== MADE_HERE) throw new TypeError('Snapshot: use db.snapshot() or Snapshot.from()')
    this.#bytes = bytes
  }

  /** Of what bytes() gives. */
  get size () {
    return this.#bytes.length
  }

  /** A copy: an SQLite file. */
  bytes () {
    return Uint8Array.from(this.#bytes)
  }

  /**
   * The snapshot that bytes() gave, or the content of a database file of ddblite that no process
   * has open. Throws an EngineError: NotADatabase, FormatTooNew, StorageCorrupt.
   */
  static from (bytes) {
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError('Snapshot.from: the bytes must be a Uint8Array')
    }
    const engine = engines.current()
    if (engine === null) throw engineNotReady()
    const copy = Buffer.from(bytes)
    const error = engine.load().checkSnapshot(copy)
    if (error !== undefined) throw errorOf(error, 400)
    return new Snapshot(copy, MADE_HERE)
  }

  /** @internal */
  static of (bytes) {
    return new Snapshot(bytes, MADE_HERE)
  }

  /** The bytes themselves; throws a TypeError for what is no Snapshot. @internal */
  static bytesOf (snapshot) {
    if (!(snapshot instanceof Snapshot)) {
      throw new TypeError('restore: give it what snapshot() or Snapshot.from() gave')
    }
    return snapshot.#bytes
  }
}

/** Where the database of another account or Region lies: music.db -> music.<account>.<region>.db */
function namespacePath (file, region, accountId) {
  if (file === undefined) return undefined
  const { dir, name, ext } = path.parse(file)
  return path.join(dir, `${name}.${accountId}.${region}${ext}`)
}

module.exports = { Snapshot, namespacePath }
