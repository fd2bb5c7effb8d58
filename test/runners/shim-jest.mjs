// node:test in jest's words, so that the API suites run there unchanged.
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  jest,
  test as jestTest
} from '@jest/globals'
import { adapt } from './shim.mjs'

export const test = adapt(jestTest)
export { describe, test as it, beforeAll as before, afterAll as after, beforeEach, afterEach }
const FAKED = ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'nextTick', 'queueMicrotask',
  'performance', 'hrtime']
export const mock = {
  timers: {
    enable: ({ apis, now }) =>
      jest.useFakeTimers({ now, doNotFake: FAKED.filter(name => !apis.includes(name)) }),
    tick: ms => jest.advanceTimersByTime(ms),
    reset: () => jest.useRealTimers()
  }
}
export default test
