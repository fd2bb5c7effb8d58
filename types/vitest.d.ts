/* vitest.d.ts - types of ddblite/vitest. */

import type { TestAPI } from 'vitest'
import type { EngineClient } from './index.cjs'
import type { TestDatabaseOptions } from './test-database.cjs'

export type { TestDatabaseOptions } from './test-database.cjs'
export { useDatabase } from './test-database.cjs'

/**
 * `test` with the fixture `db`: an EngineClient that each test finds as the set-up left it; a test
 * of test.concurrent gets a fork of its own.
 */
export function databaseTest (options?: TestDatabaseOptions): TestAPI<{ db: EngineClient }>

/** The EngineClient of the last useDatabase(): of a file in `setupFiles`, say. */
export function database (): EngineClient
