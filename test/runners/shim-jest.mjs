// node:test in jest's words, so that the API suites run there unchanged.
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  test as jestTest
} from '@jest/globals'
import { adapt } from './shim.mjs'

export const test = adapt(jestTest)
export { describe, test as it, beforeAll as before, afterAll as after, beforeEach, afterEach }
export default test
