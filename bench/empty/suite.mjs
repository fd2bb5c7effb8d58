// 300 tests that do nothing, with a database that is restored before each or without; prints what a
// test took: from the first test to the last, so that loading and set-up do not count.
import { tableInput } from '../support.mjs'

const TESTS = 300

export default function ({ test, useDatabase }) {
  if (process.env.WITH_DATABASE) {
    useDatabase({ tables: tableInput('items'), data: { items: [{ pk: 'a', sk: 'b' }] } })
  }
  let start
  test('first', () => {
    start = performance.now()
  })
  for (let i = 0; i < TESTS; i++) test(`test ${i}`, () => {})
  test('last', () => {
    console.log(`a test took ${((performance.now() - start) / TESTS).toFixed(4)} ms`)
  })
}
