/*
 * insight.d.cts - what a database tells about itself.
 */

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

/** Methods of every EngineClient. */
export interface Insight {
  /** What the database is and holds. */
  info (options?: InfoOptions): Promise<Info>
  /** The database as text: tables, keys, indexes, counts and first items. */
  inspect (options?: InspectOptions): Promise<string>
  /**
   * Gives the room of what was deleted back: one statement, 3 to 6 ms for each MB. Rejects with
   * StorageBusy while others use the file.
   */
  vacuum (): Promise<VacuumResult>
}
