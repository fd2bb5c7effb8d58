/* node-test.d.cts - types of ddblite/node-test. */

import type { EngineClient } from './index.cjs'

export type { TestDatabaseOptions } from './test-database.cjs'
export { useDatabase } from './test-database.cjs'

/** A test that gets a fork of `db`, for tests that run side by side. */
export function isolated<Context, T> (
  db: EngineClient, test: (own: EngineClient, context: Context) => T
): (context: Context) => Promise<Awaited<T>>
