/*
 * snapshot.mjs - Snapshot on a web page: the content of a database at one moment, as bytes.
 *
 * As in Node (lib/client/snapshot.cjs), but for one thing: the engine is in a worker, so what
 * from() takes is checked by restore().
 */
const MADE_HERE = Symbol('made here')

export class Snapshot {
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

  /** The snapshot that bytes() gave, or the content of a database file of ddblite. */
  static from (bytes) {
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError('Snapshot.from: the bytes must be a Uint8Array')
    }
    return new Snapshot(Uint8Array.from(bytes), MADE_HERE)
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
