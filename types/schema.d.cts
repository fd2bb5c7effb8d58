/*
 * schema.d.cts - tables and items from what users already have: loadSchema() and seedData().
 */

import type { Item, ItemInput, WriteRequest } from './operations.cjs'

/** The form of a document; without it the content decides. */
export type SchemaFormat = 'table' | 'cloudformation' | 'serverless' | 'terraform'

export interface SchemaOptions {
  format?: SchemaFormat
  /** What happens where a table is there already; default `error`. */
  existing?: 'error' | 'skip' | 'replace'
  /** Names of tables by logical id, by construct path (CDK), by address (Terraform). */
  tableNames?: Record<string, string>
  /** CloudFormation: values of parameters. */
  parameters?: Record<string, unknown>
  /** CloudFormation: values that Fn::ImportValue gives. */
  imports?: Record<string, unknown>
  /** CloudFormation: AWS::StackName; default the name of CDK's template, or `stack`. */
  stackName?: string
  /** Serverless Framework: the stage. */
  stage?: string
  /** Serverless Framework: options of the command line, for ${opt:...}. */
  opt?: Record<string, unknown>
  /** Serverless Framework: parameters, for ${param:...}. */
  params?: Record<string, unknown>
  /** Serverless Framework: the environment, for ${env:...}; default the process's. */
  env?: Record<string, string | undefined>
  /** Serverless Framework: what other variables stand for, by their text: 'ssm:/name'. */
  variables?: Record<string, unknown>
  /** Terraform: are aws_dynamodb_table_item resources written? */
  items?: boolean
}

export interface LoadedSchema {
  /** The names of the tables that were made. */
  tables: string[]
  /** What was left out, and why. */
  skipped: Array<{ file?: string, resource: string, reason: string }>
}

/** What in a document could not be read as tables, and where it stands. */
export class SchemaError extends Error {
  name: 'SchemaError'
  readonly reason: string
  readonly file?: string
  readonly resource?: string
  readonly property?: string
}

type Lazy<T> = T | Promise<T> | (() => T | Promise<T>)
type Listed<T> = Iterable<T> | AsyncIterable<T> | { Items: T[] }
/** An item: plain, in DynamoDB's JSON, or as an element of a BatchWriteItem request. */
export type SeedItem = Record<string, unknown> | ItemInput | WriteRequest | { Item: Item }

/** Items by table; a JSON or NDJSON text; bytes of one; a file's path or URL; a function of it. */
export type SeedSource = Lazy<
  Record<string, Lazy<Listed<SeedItem>>> | Listed<SeedItem> | string | URL | Uint8Array>

export interface SeedOptions {
  /** How items are written; without it each item's form decides. */
  format?: 'plain' | 'dynamodb'
  /** How a Date is stored; default `error`. */
  dates?: 'error' | 'iso' | 'epochSeconds' | 'epochMilliseconds'
  /** The table of items that come without one; for a file the default is its name. */
  table?: string
}

export interface Seeded {
  /** How many items were written, in all and by table. */
  items: number
  tables: Record<string, number>
}

export interface TransferProgress {
  table: string
  file?: string
  /** Items of the table so far. */
  items: number
}

/** What is to be done to values. */
export type AnonymiseMethod = 'fake' | 'hash' | 'mask' | 'redact' | 'null'
/** What a text is, for `fake`; without it the text's form decides. */
export type FakeKind = 'text' | 'id' | 'phone' | 'email' | 'uuid' | 'url' | 'ip' | 'date' |
  'firstName' | 'lastName' | 'name' | 'username' | 'city' | 'company' | 'address'
export type AnonymiseRule =
  AnonymiseMethod |
  {
    method: AnonymiseMethod
    as?: FakeKind
    /** USER#<id>: what stands in < > is replaced; <keep> stays. The first that fits counts. */
    pattern?: string | string[]
    /** `mask`: how many characters at the end are shown; default 0, half of them at most. */
    keep?: number
    /** `redact`: the text; default REDACTED. */
    text?: string
  } |
  ((value: any, context: { table: string, path: string, type: string }) => unknown)

export interface AnonymiseOptions {
  /** Rules by table and path: 'Users.email', '*.address.**', 'Orders.lines[*].note'. */
  anonymise?: Record<string, AnonymiseRule>
  /** The secret: the same one gives the same values. Without it each call has one of its own. */
  seed?: string | number | Uint8Array
  /** Makes fakes; undefined leaves one to ddblite. Asked once for each value. */
  faker?: (request: {
    kind: FakeKind | 'number', value: string, seed: number, table: string, path: string
  }) => string | number | bigint | undefined
}

export interface ImportOptions extends SeedOptions, AnonymiseOptions {
  /** Which tables are wanted; an object also says what each is called here. */
  tables?: string[] | Record<string, string>
  /** A schema, as loadSchema() takes it: its tables are made unless they are there. */
  schema?: object | string | URL | Uint8Array
  onProgress?: (progress: TransferProgress) => void
  signal?: AbortSignal
}

export interface Imported {
  /** Items that were put, and deleted as an incremental export says. */
  items: number
  deleted: number
  /** Items that were put, by table. */
  tables: Record<string, number>
  /** How often each rule was applied: 0 may be a rule with a misspelt path. */
  anonymised?: Record<string, number>
}

/** Rules are for `ndjson` and `json`. */
export interface ExportOptions extends AnonymiseOptions {
  /**
   * `s3`: a folder in the layout of the service's exports. `ndjson`: an item a line, in one file or
   * in a folder with a file a table. `json`: one file, { TableName: [items] }. Without it the
   * target's name decides: .ndjson, .jsonl, .json, each with or without .gz; else `s3`.
   */
  format?: 's3' | 'ndjson' | 'json'
  /** Default all. */
  tables?: string[]
  /** Of format `s3`; default DYNAMODB_JSON. */
  exportFormat?: 'DYNAMODB_JSON' | 'ION'
  onProgress?: (progress: TransferProgress) => void
  signal?: AbortSignal
}

export interface Exported {
  items: number
  tables: Record<string, number>
  /** The files that were written; of format `s3` the manifests. */
  files: string[]
}

/** What in the data cannot be an item, and where. */
export class DataError extends Error {
  name: 'DataError'
  readonly reason: string
  readonly table?: string
  readonly index?: number
  readonly path?: string
}
