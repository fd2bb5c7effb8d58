/* jest.d.cts - types of ddblite/jest. */

import type { EngineClient } from './index.cjs'

export type { TestDatabaseOptions } from './test-database.cjs'
export { useDatabase } from './test-database.cjs'

/** The EngineClient of the last useDatabase(): of the preset, say. */
export function database (): EngineClient

/** A test function that gets a fork of `db`, for test.concurrent and its each(). */
export function isolated<Values extends unknown[], T> (
  db: EngineClient, test: (own: EngineClient, ...values: Values) => T
): (...values: Values) => Promise<Awaited<T>>
