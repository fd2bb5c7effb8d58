/* aws.d.cts - types of ddblite/aws. They fit the AWS SDK v3 without importing it. */

import type { EngineClient } from './index.cjs'


export interface RequestHandler {
  readonly metadata: { handlerProtocol: string }
  handle (request: any, options?: { abortSignal?: any }): Promise<{ response: any }>
  destroy (): void
  updateHttpClientConfig (key: never, value: never): void
  httpHandlerConfigs (): {}
}

/** A request handler for clients of the AWS SDK v3, as their option `requestHandler`. */
export function requestHandler (db: EngineClient): RequestHandler

export interface ClientConfig {
  region: string
  endpoint: string
  credentials: { accessKeyId: string, secretAccessKey: string, accountId: string }
  signer: { sign (request: any): Promise<any> }
  logger: any
  defaultUserAgentProvider (): Promise<[]>
  requestHandler: RequestHandler
  extensions: { configure (extension: any): void }[]
}

/**
 * A whole configuration: `new DynamoDBClient(clientConfig(db))`. The SDK retries at once, or, with
 * `retryDelays`, after its own delays.
 */
export function clientConfig (db: EngineClient, options?: { retryDelays?: boolean }): ClientConfig
