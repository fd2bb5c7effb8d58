/* server.d.cts - types of ddblite/server. */
/// <reference lib="esnext.disposable" />

import type { EngineClient } from './index.cjs'

export interface ServerOptions {
  /** 0 (default) takes a free one. */
  port?: number
  /** The address to listen on; default 127.0.0.1. */
  host?: string
  /** Names accepted in the Host header besides loopback's and addresses; '*' accepts all. */
  allowedHosts?: string[]
  /** Send CORS headers; default true. */
  cors?: boolean
  /** Refuse requests that are not signed at all; default true. */
  checkAuth?: boolean
  /**
   * Verify signatures: only requests that are signed with one of these keys are answered. Secret
   * access keys by access key id. Without it no signature is verified.
   */
  credentials?: Record<string, string | {
    secretAccessKey: string
    /** Of temporary credentials: requests must carry it. */
    sessionToken?: string
    expiration?: Date | number
  }>
  /** How long close() waits for running requests, in milliseconds; default 5000. */
  graceMs?: number
}

export interface Server {
  readonly url: string
  readonly host: string
  readonly port: number
  /** Stops: no new connections, running requests end. The database stays open. */
  close (): Promise<void>
  [Symbol.asyncDispose] (): Promise<void>
}

/** Serves a database over HTTP. */
export function serve (db: EngineClient, options?: ServerOptions): Promise<Server>
