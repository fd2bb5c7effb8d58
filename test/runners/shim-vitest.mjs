// node:test in vitest's words, so that the API suites run there unchanged.
import {
  afterAll, afterEach, beforeAll, beforeEach, describe as vitestDescribe, test as vitestTest, vi
} from 'vitest'
import { adapt, adaptDescribe } from './shim.mjs'

export const describe = adaptDescribe(vitestDescribe)
export const test = adapt(vitestTest)
export { test as it, beforeAll as before, afterAll as after, beforeEach, afterEach }
export const mock = {
  timers: {
    enable: ({ apis, now }) => vi.useFakeTimers({ toFake: apis, now }),
    tick: ms => vi.advanceTimersByTime(ms),
    reset: () => vi.useRealTimers()
  }
}
export default test
