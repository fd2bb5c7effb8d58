// node:test in jest's words, so that the API suites run there unchanged.
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe as jestDescribe,
  jest,
  test as jestTest
} from '@jest/globals'
import { adapt, adaptDescribe } from './shim.mjs'

export const describe = adaptDescribe(jestDescribe)
export const test = adapt(jestTest)
export { test as it, beforeAll as before, afterAll as after, beforeEach, afterEach }
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
