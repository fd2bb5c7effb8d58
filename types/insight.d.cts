/*
 * insight.d.cts - what a database tells about itself.
 */

import type { Item, Operations } from './operations.cjs'

export interface InfoOptions {
  /** The tables that are meant; default all. */
  tables?: string[]
  /** false: nothing is counted. Counting 1,000,000 items takes about 5 ms, of an index 50 ms. */
  counts?: boolean
}

/** Absent when nothing was counted, and for what is still being created. */
export interface Counts {
  Items?: number
  /** Item sizes as the service measures them. */
  Bytes?: number
  /**
   * Above 20,000 items (1,000 of an index that holds part of them): Bytes are from a sample, and
   * both numbers may be off by a thousandth.
   */
  Estimated?: boolean
}

export interface IndexInfo extends Counts {
  IndexName: string
  Kind: 'GLOBAL' | 'LOCAL'
  Status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING'
  Projection: 'ALL' | 'KEYS_ONLY' | 'INCLUDE'
  PartitionKey: string[]
  SortKey: string[]
}

export interface TableInfo extends Counts {
  TableName: string
  Status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING'
  PartitionKey: string[]
  SortKey: string[]
  Indexes: IndexInfo[]
  /** Of an enabled stream. */
  Stream?: {
    ViewType: 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES'
    Records?: number
  }
  TimeToLive?: { AttributeName: string }
  PointInTimeRecovery: boolean
}

export interface Info {
  Region: string
  AccountId: string
  SQLiteVersion: string
  /** The number of the file's format. */
  Format: number
  Mode: 'file' | 'memory'
  Path?: string
  /** SQLite's: `wal`, `memory`, `delete`. */
  JournalMode: string
  /** Of all pages; a WAL file's come on top. */
  Bytes: number
  PageBytes: number
  Pages: number
  FreePages: number
  TableCount: number
  Tables: TableInfo[]
}

export interface VacuumResult {
  BytesBefore: number
  Bytes: number
  FreePagesBefore: number
  FreePages: number
}

export interface InspectOptions {
  /** One table; default all. */
  table?: string
  /** How many items of each table are shown; default 3. */
  items?: number
}

interface StepCommon {
  TableName: string
  /** Of the table and all indexes together. */
  Units: number
  TableUnits: number
  IndexUnits: Record<string, number>
}

export interface GetStep extends StepCommon {
  Kind: 'GET'
  Mode: 'EVENTUAL' | 'CONSISTENT' | 'TRANSACTION'
  Found: boolean
  BytesRead: number
}

/** One page of a Query, a Scan or a statement. Filter and projection are the engine's work. */
export interface ReadStep extends StepCommon {
  Kind: 'QUERY' | 'SCAN'
  IndexName?: string
  /** The key attributes that the condition fixes or bounds; of a QUERY. */
  PartitionKey?: string[]
  SortKey?: string[]
  Forward?: boolean
  /** Of a SCAN: is it a segment? */
  Segment?: boolean
  Consistent: boolean
  /** Does it begin behind an ExclusiveStartKey? */
  Continues: boolean
  FilterAttributes?: string[]
  Projection: boolean
  CountOnly: boolean
  /** A local index that does not hold all that is asked for. */
  FetchesFromTable: boolean
  ItemsRead: number
  ItemsReturned: number
  ItemsFiltered: number
  BytesRead: number
  /** Is there a LastEvaluatedKey? */
  More: boolean
  /** How SQLite reads the range. */
  SQLitePlan: string
}

/** A search of a vector index; it is charged in bytes, not in units. */
export interface SearchStep extends StepCommon {
  Kind: 'SEARCH'
  IndexName: string
  FilterAttributes?: string[]
  ItemsRead: number
  ItemsReturned: number
  BytesRead: number
}

export interface WriteStep extends StepCommon {
  Kind: 'PUT' | 'UPDATE' | 'DELETE' | 'CHECK'
  Existed: boolean
  /** When there is a condition. */
  ConditionHolds?: boolean
  Changes: boolean
  BytesBefore: number
  BytesAfter: number
  StreamRecord: boolean
}

export interface Explanation {
  Operation: string
  Steps: Array<GetStep | ReadStep | SearchStep | WriteStep>
  ReadUnits: number
  WriteUnits: number
  Warnings: Array<{
    Code: 'FULL_SCAN' | 'FILTER_DISCARDS' | 'INDEX_MISSING' | 'INDEX_NOT_USED' |
      'FETCHES_FROM_TABLE'
    Message: string
  }>
  /** How the request would fail: a false condition, a cancelled transaction. */
  Outcome?: { name: string, message: string, [field: string]: unknown }
  /** All of it as text. */
  toString (): string
}

export interface Units {
  readUnits: number
  writeUnits: number
  /** Of the table itself or of the index, as far as requests were about it. */
  itemsRead: number
  itemsReturned: number
  itemsWritten: number
  bytesRead: number
}

export interface Latency {
  count: number
  meanMs: number
  /** Upper bounds: exact to the histogram's steps. */
  p50Ms: number
  p95Ms: number
  p99Ms: number
  maxMs: number
  histogram: Array<{ toMs: number, count: number }>
}

export interface MetricsResult {
  since: Date
  /** false: there was no memory to count something. */
  complete: boolean
  operations: Record<string, {
    calls: number
    /** By the exceptions' names. */
    errors: Record<string, number>
    readUnits: number
    writeUnits: number
    requestBytes: number
    replyBytes: number
    latency: Latency
  }>
  /** Totals of each table with its indexes; of each operation on it; of each index. */
  tables: Record<string, Units & {
    operations: Record<string, Units>
    indexes: Record<string, Units>
  }>
  /** The 20 slowest requests, the slowest first; their JSON is cut at 200 characters. */
  slowest: Array<{ operation: string, ms: number, at: Date, request: string }>
}

/** What requests cost, counted by the engine, and how long they took, measured by the client. */
export interface Metrics {
  readonly on: boolean
  start (): void
  /** All there is since metrics were switched on or reset. */
  read (): Promise<MetricsResult>
  /** Begins anew. Resolves to what was until now. */
  reset (): Promise<MetricsResult>
  /** Switches metrics off and forgets them. Resolves to what they were. */
  stop (): Promise<MetricsResult>
}

/** Methods of every EngineClient. */
export interface Insight {
  /** What the database is and holds. */
  info (options?: InfoOptions): Promise<Info>
  /** The database as text: tables, keys, indexes, counts and first items. */
  inspect (options?: InspectOptions): Promise<string>
  /**
   * What a request on items would do to which items, through which index, and what it would cost.
   * It runs and is undone: nothing is changed.
   */
  explain<K extends keyof Operations> (
    operation: K, request: Operations[K]['request']
  ): Promise<Explanation>
  /**
   * Keeps track of when the items of a table were last used: put, updated, touched, and with
   * `reads` also read by key or by a Query. `enabled: false` ends that.
   */
  trackUse (table: string, options?: { reads?: boolean, enabled?: boolean }): Promise<void>
  /** Marks items as used now, 100 at most, and tracks the table. Resolves to how many it met. */
  touch (table: string, keys: Item | Item[]): Promise<number>
  /**
   * The items used least recently, first those of before the tracking, without a time. `limit` is
   * 100 if not given, 10,000 at most.
   */
  leastRecentlyUsed (table: string, options?: { limit?: number }): Promise<Array<{
    key: Item
    lastUsed: Date | undefined
  }>>
  /**
   * Runs `load` while indexes are not kept: reading one is StorageBusy. At its end, whether or not
   * it fails, they are built: 1 to 2 seconds for each million of entries. Resolves to what `load`
   * gives. `tables` names those that are meant; default all.
   */
  bulkLoad<T> (load: (client: this) => T | Promise<T>, options?: { tables?: string[] }): Promise<T>
  /** What requests cost and how long they take. The first use switches it on. */
  readonly metrics: Metrics
  /**
   * Gives the room of what was deleted back: one statement, 3 to 6 ms for each MB. Rejects with
   * StorageBusy while others use the file.
   */
  vacuum (): Promise<VacuumResult>
}
