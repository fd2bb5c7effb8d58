/*
 * snapshot.cjs - Snapshot: the content of a database at one moment, as bytes that never change.
 *
 * The bytes are a plain SQLite file. Written to disk they are a database for
 * `new EngineClient({ path })`; back in memory Snapshot.from() takes them. Where the engine is at
 * hand they are checked there, on a web page by restore().
 * No module of Node: it is bundled for the browser too.
 */
'use strict'

const MADE_HERE = Symbol('made here')

/** The class, whose from() calls `check` with a copy of the bytes: it may throw. */
const snapshotClass = check => class Snapshot {
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
   * has open. In Node it throws an EngineError: NotADatabase, FormatTooNew, StorageCorrupt.
   */
  static from (bytes) {
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError('Snapshot.from: the bytes must be a Uint8Array')
    }
    const copy = Uint8Array.from(bytes)
    check(copy)
    return new this(copy, MADE_HERE)
  }

  /** @internal */
  static of (bytes) {
    return new this(bytes, MADE_HERE)
  }

  /** The bytes themselves; throws a TypeError for what is no Snapshot. @internal */
  static bytesOf (snapshot) {
    if (!(snapshot instanceof this)) {
      throw new TypeError('restore: give it what snapshot() or Snapshot.from() gave')
    }
    return snapshot.#bytes
  }
}

module.exports = { snapshotClass }
