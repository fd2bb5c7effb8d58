/*
 * testing.d.cts - what tests use: snapshots, and a clock that is moved by hand.
 */

/** The content of a database at one moment. */
export class Snapshot {
  private constructor ()
  /** Of what bytes() gives. */
  readonly size: number
  /** A copy, an SQLite file: written to disk it is a database for `new EngineClient({ path })`. */
  bytes (): Uint8Array
  /**
   * The snapshot of these bytes, or of a database file that no process has open. Throws an
   * EngineError: NotADatabase, FormatTooNew, StorageCorrupt.
   */
  static from (bytes: Uint8Array): Snapshot
}

export interface ResetOptions {
  /** Tables stay, with their indexes, Time To Live and tags; items, streams and tokens go. */
  keepSchema?: boolean
  /** The tables that are meant; default all. */
  tables?: string[]
}

/**
 * `real` is the system's. `frozen` stands still at the time of the constructor, `{ now: time }` at
 * that time, until it is moved. `{ now: function }` follows the function.
 */
export type ClockOption = 'real' | 'frozen' | { now: number | Date | (() => number | Date) }

/** What a database goes by. Once it is moved by hand, the engine runs no timers. */
export interface Clock {
  /** Milliseconds since 1970. */
  now (): number
  /** Stops the clock at a time; forward, all that falls due until then is done. */
  set (time: number | Date): Promise<void>
  /**
   * Moves the clock on, and resolves when all that fell due was done, in its order: expired items,
   * stream records, table states, indexes. Without a number: what is due now.
   */
  advance (milliseconds?: number): Promise<void>
  /** Lets the system's time run again, or the function of the option. */
  resume (): void
}
