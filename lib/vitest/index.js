/*
 * vitest/index.js - a database for vitest's tests.
 *
 *   const test = databaseTest({ tables })     test('...', async ({ db }) => {})
 *   const db = useDatabase({ tables })        in a test file, or in one of `setupFiles`
 *
 * databaseTest() works by fixtures, so it may stand in a module that many test files import; tests
 * of test.concurrent get a fork each. useDatabase() works by hooks, with one database.
 */
import { afterAll, beforeAll, beforeEach, test } from 'vitest'
import testing from '../testing/database.cjs'

const { TestDatabase } = testing

/* Tests that have a database of their own; vitest makes fixtures before it calls hooks. */
const withFork = new WeakSet()

/** `test` with the fixture `db`, an EngineClient that each test finds as the set-up left it. */
export function databaseTest (options) {
  const key = Symbol('databaseTest')
  return test.extend({
    /* vitest reads from the pattern which other fixtures are wanted, and demands one. In vitest 3 a
     * file has one fixture of a name: it is of all that databaseTest() gave there. */
    ddblite: [async ({}, provide) => { // eslint-disable-line no-empty-pattern
      const databases = new Map()
      await provide(databases)
      for (const own of databases.values()) await own.stop()
    }, { scope: 'file', auto: true }],
    db: [async ({ ddblite, task }, provide) => {
      if (!ddblite.has(key)) ddblite.set(key, new TestDatabase(options))
      const own = ddblite.get(key)
      await own.start()
      if (task.concurrent && own.isolate === 'test') {
        withFork.add(task)
        return own.isolated(provide)
      }
      await own.beginTest()
      await provide(own.db)
    }, { auto: true }]
  })
}

/** Registers the hooks of a database; the EngineClient may be used in tests and later hooks. */
export function useDatabase (options) {
  const own = new TestDatabase(options)
  beforeAll(() => own.start())
  beforeEach(({ task }) => {
    if (!task.concurrent || own.isolate !== 'test') return own.beginTest()
    if (!withFork.has(task)) throw sharedError()
  })
  afterAll(() => own.stop())
  return own.db
}

/** The EngineClient of the last useDatabase(): of a file in `setupFiles`, say. */
export const database = () => TestDatabase.latest()

function sharedError () {
  return new TypeError('ddblite: tests of test.concurrent cannot share one database: take the ' +
    "fixture `db` of databaseTest(), or say isolate: 'file'")
}
