/* test-database.d.cts - what ddblite/vitest, ddblite/jest and ddblite/node-test have in common. */

import type { EngineClient, EngineOptions, SchemaOptions, SeedSource } from './index.cjs'

type Source = string | URL | object
/** A value, or a function that gives it. */
type Given<T> = T | (() => T | Promise<T>)

export interface TestDatabaseOptions {
  /** CreateTable inputs, or what loadSchema() reads: a path, a template; or an array of them. */
  tables?: Given<Source | readonly Source[]>
  /** The same: what loadSchema() reads. */
  schema?: Given<Source | readonly Source[]>
  /** Options of loadSchema(): a template's parameters, names of tables. */
  schemaOptions?: SchemaOptions
  /** What seedData() reads: items by table, plain or in DynamoDB's JSON; a file's path. */
  data?: SeedSource
  /** Called with the database when tables and data are there. */
  setup?: (db: EngineClient) => unknown
  /**
   * How long what tests write lives: until the next test (default), the file's end, or the end of
   * the worker, whose files share one database.
   */
  isolate?: 'test' | 'file' | 'worker'
  /**
   * Serve the database at a free port of 127.0.0.1, and tell AWS SDKs by environment variables;
   * default true. `port`: this port, for one test file at a time; `variables`: of your own, that
   * hold the URL too.
   */
  endpoint?: boolean | { port?: number, variables?: string[] }
  /** Options of the EngineClient: a clock, a Region. */
  engine?: EngineOptions
}

/** Registers the hooks of a database; the EngineClient may be used in tests and later hooks. */
export function useDatabase (options?: TestDatabaseOptions): EngineClient
