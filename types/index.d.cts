/* index.d.cts - types of the main entry, for require(); index.d.ts gives import the same ones. */
/// <reference lib="esnext.disposable" />

import type { CancellationReason, Item, Operations } from './operations.cjs'
import type { Faults } from './faults.cjs'
import type { Insight } from './insight.cjs'
import type {
  Exported, ExportOptions, Imported, ImportOptions, LoadedSchema, SchemaOptions, Seeded,
  SeedOptions, SeedSource
} from './schema.cjs'
import type {
  LiveOperation, LiveQuery, StreamHandler, SubscribeOptions, Subscription
} from './subscribe.cjs'
import type { Clock, ClockOption, ResetOptions, Snapshot } from './testing.cjs'

export * from './operations.cjs'
export * from './faults.cjs'
export * from './testing.cjs'
export * from './schema.cjs'
export * from './insight.cjs'
export * from './subscribe.cjs'

export interface EngineOptions {
  /** The database file; it is created when missing. Without it the database is in memory. */
  path?: string
  /**
   * What a resolved write survives. `normal` (default): the process's death. `full`: a power cut
   * too. `relaxed`: as normal, but a power cut may damage the file.
   */
  durability?: 'normal' | 'full' | 'relaxed'
  /** The Region in ARNs; default us-east-1. */
  region?: string
  /** The account in ARNs, twelve digits; default 000000000000. */
  accountId?: string
  /** How long another process's lock on the file is waited for, in milliseconds; default 5000. */
  busyTimeout?: number
  /** Default `real`. */
  clock?: ClockOption
  /**
   * How long a table is CREATING, UPDATING or DELETING, in milliseconds, as the service's are for
   * some seconds; default 0: a change is done when it is answered.
   */
  tableDelay?: number
  /**
   * `enforced`: a table gives what its ProvisionedThroughput says, with 300 seconds of burst, and
   * throttles what is more. Default `unlimited`; `faults.throughput()` changes it.
   */
  throughput?: 'unlimited' | 'enforced'
  /**
   * What the items of one partition key may take, with their entries in local indexes; default, and
   * the service's, 10 GB. Tests lower it.
   */
  itemCollectionBytes?: number
  /**
   * A folder that stands in for S3 in exports and imports: its sub-folders are the buckets, and
   * bucket() reads and writes them. Default: `<path>-s3` beside the file, or in memory.
   */
  s3?: string
  /** On a web page: the name under which the database is kept. Without one it is in memory. */
  name?: string
  /** On a web page: in memory, whatever the name. Default false. */
  ephemeral?: boolean
  /**
   * On a web page: `required` rejects where the browser can keep nothing; `preferred`, the default,
   * goes on in memory, and ready() gives the reason.
   */
  persistence?: 'preferred' | 'required'
  /** On a web page: where dist/worker.js is served, if a bundler has not seen to it. */
  workerUrl?: string | URL
  /** On a web page: the folder where engine.wasm and sqlite3.wasm are served. */
  assetBase?: string | URL
  /** On a web page: makes the Worker. */
  createWorker?: () => PageWorker | Promise<PageWorker>
  /** Keep metrics from the first call on; default: from the first use of `db.metrics`. */
  metrics?: boolean
}

/** Objects by key: `client.bucket(name)`. */
export interface Bucket {
  readonly name: string
  /** Makes the bucket, unless it is there. */
  create (): Promise<this>
  /**
   * Puts an object in place of the one that is there, a MB at a time. When it fails or the `signal`
   * aborts, the bucket is as it was. Rejects with an EngineError: NoSuchBucket, or InvalidKey for a
   * key that cannot be a file's name, where objects are files.
   */
  put (
    key: string,
    body: string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array> |
      AsyncIterable<Uint8Array>,
    options?: { signal?: AbortSignal }
  ): Promise<{ key: string, size: number }>
  /** An object. Rejects with an EngineError: NoSuchBucket, NoSuchKey. */
  get (key: string): Promise<Blob>
  /** The objects whose keys begin with the prefix, in the order of their keys' bytes. */
  list (prefix?: string): Promise<Array<{ key: string, size: number }>>
  /** Deletes an object; none is fine. */
  delete (key: string): Promise<void>
}

/** What of a browser's Worker is used. */
export interface PageWorker {
  postMessage (message: unknown, transfer: Transferable[]): void
  terminate (): void
}
type Transferable = ArrayBuffer

export interface Ready {
  contractVersion: number
  /** The names of the operations. */
  capabilities: string[]
  /** `opfs`: kept by a browser. */
  persistenceMode: 'file' | 'opfs' | 'memory'
  /** On a web page: why a database with a name is in memory. */
  persistenceReason?: string
  engine: 'native' | 'wasm'
}

export interface Counters {
  /** Operations run. */
  requests: number
  /** Memory allocations; `liveBlocks` are those not yet freed. */
  allocs: number
  liveBlocks: number
  /** SQL statements prepared, rows stepped, transactions committed. */
  prepares: number
  steps: number
  commits: number
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

export interface HttpHeaders {
  contentType?: string
  authorization?: string
  date?: string
}

type Arguments<Request> = {} extends Request ? [request?: Request] : [request: Request]

export interface EngineClient extends Insight {}

export class EngineClient {
  /** Makes a client; the database is opened at the first call. Throws a TypeError. */
  constructor (options?: EngineOptions)
  /** Is the database in a file? */
  readonly persistent: boolean
  readonly region: string
  readonly accountId: string
  readonly clock: Clock
  /** Opens the database. Rejects if it cannot be opened; a later call tries again. */
  ready (): Promise<Ready>
  /** Is there such an operation? */
  supports (operation: string): boolean
  /**
   * Runs one operation. Rejects with an EngineError whose `name` is the service's exception name.
   * A write is resolved only after its commit; all operations of one burst share a commit.
   */
  execute<K extends keyof Operations> (
    operation: K, ...request: Arguments<Operations[K]['request']>
  ): Promise<Operations[K]['response']>
  /** Answers one request of the HTTP protocol; `target` is its X-Amz-Target header. */
  dispatchHttp (
    target: string, body?: string | Uint8Array, headers?: HttpHeaders
  ): Promise<HttpAnswer>
  /** The database as it is now. */
  snapshot (): Promise<Snapshot>
  /** The database becomes what it was at the snapshot; on failure it stays as it is. */
  restore (snapshot: Snapshot): Promise<void>
  /**
   * A bucket of what stands in for S3: what ImportTable and StartBulkPutItems read and
   * ExportTableToPointInTime writes. It exists once it was created. Throws a TypeError for what is
   * no name. Forks have the same buckets; on a web page a kept database keeps them, too.
   */
  bucket (name: string): Bucket
  /** The names of the buckets. */
  buckets (): Promise<string[]>

  /** The database as it is now, as a plain SQLite file. */
  exportDatabase (): Promise<Blob>
  /**
   * The same as a stream of its bytes, of which a MB is held at a time. What is written before the
   * first piece comes is in it. It needs room on disk for a copy.
   */
  exportStream (): ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>
  /**
   * The database becomes that of an SQLite file, which is checked before: what exportDatabase() or
   * exportStream() gave, or a database file that no process has open. It is taken piece by piece
   * into a file beside the database. On failure, or when the signal aborts before the last piece,
   * the database stays as it is.
   */
  importDatabase (
    source: Blob | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> |
      AsyncIterable<Uint8Array>,
    options?: { signal?: AbortSignal }
  ): Promise<void>
  /** A client with a database of its own in memory that has the same content. */
  fork (): Promise<EngineClient>
  /** Empties the database. */
  reset (options?: ResetOptions): Promise<void>
  /**
   * The client of another account or Region, with a database and ARNs of its own. A file's lies
   * beside it: music.db -> music.<account>.<region>.db. Asking again gives the same client; closing
   * this one closes it.
   */
  namespace (options?: { region?: string, accountId?: string }): EngineClient
  /** What goes wrong on purpose. */
  readonly faults: Faults
  /**
   * Makes the tables that a document describes: an object, JSON or YAML text, or a file's path.
   * Rejects with a SchemaError before any table is made, or with the engine's error.
   */
  loadSchema (
    source: object | string | URL | Uint8Array, options?: SchemaOptions
  ): Promise<LoadedSchema>
  /** Puts items into tables. Rejects with a DataError, or with the engine's error. */
  seedData (source: SeedSource, options?: SeedOptions): Promise<Seeded>
  /**
   * Puts the items of a source into tables, in slices: a folder with exports of the service, files
   * of lines, documents, or what seedData() takes.
   */
  import (source: SeedSource, options?: ImportOptions): Promise<Imported>
  /** Writes tables to a folder or a file. */
  export (target: string | URL, options?: ExportOptions): Promise<Exported>
  /**
   * Calls a Lambda function's handler with what is written to a table: its name, its ARN, or a
   * stream's ARN. Rejects with a TypeError for a wrong option, with StreamDisabled when the table
   * has no stream, with ResourceNotFoundException when there is no such table.
   */
  subscribe (
    table: string, handler: StreamHandler, options?: SubscribeOptions
  ): Promise<Subscription>
  /**
   * Calls back with the result of a read now, and again when a commit has changed it: once for all
   * commits of a turn of the event loop. Resolves after the first time. Without `onError` an error
   * of a later read, or of the callback, is printed.
   */
  live<K extends LiveOperation> (
    operation: K, request: Operations[K]['request'],
    callback: (result: Operations[K]['response']) => unknown,
    options?: { onError?: (error: any) => void }
  ): Promise<LiveQuery>
  /** Subscription.drain() of all, and of what their handlers write. */
  drain (): Promise<void>
  /** What the engine has counted since it was opened. */
  counters (): Counters
  /** Commits what is pending and closes. Calling it again is fine. */
  close (): Promise<void>
  [Symbol.asyncDispose] (): Promise<void>
}

/** An error body. */
export interface Envelope { __type: string, [member: string]: unknown }

/** A failed operation. `type` begins with "ddblite#" where the service has no such error. */
export class EngineError extends Error {
  constructor (envelope: Envelope, statusCode: number, message?: string)
  /** The exception's name, such as ConditionalCheckFailedException. */
  name: string
  /** The name with its prefix, as on the wire. */
  readonly type: string
  readonly statusCode: number
  /** The error body as it would be sent. */
  readonly envelope: Envelope
  readonly $fault: 'client' | 'server'
  readonly $metadata: { httpStatusCode: number }
  /** ConditionalCheckFailedException: the item, if ALL_OLD was asked for. */
  readonly Item?: Item
  /** TransactionCanceledException: one reason an item, in their order. */
  readonly CancellationReasons?: CancellationReason[]
}

/** The version of the envelope between client and engine. */
export const CONTRACT_VERSION: 1
