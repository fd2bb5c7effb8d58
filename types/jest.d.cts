/* jest.d.cts - types of ddblite/jest. */

import type { EngineClient } from './index.cjs'

export type { TestDatabaseOptions } from './test-database.cjs'
export { useDatabase } from './test-database.cjs'

/** The EngineClient of the last useDatabase(): of the preset, say. */
export function database (): EngineClient

/** A test function that gets a fork of `db`, for test.concurrent. */
export function isolated<T> (
  db: EngineClient, test: (own: EngineClient) => T
): () => Promise<Awaited<T>>
