// How texts of the list are found among those that a run has raised.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listed, missing, patternOf } from './texts.mjs'

test('a line of the list stands for texts', () => {
  const pattern = patternOf('E: Table <name> is [x] with <op>: <>')
  assert.ok(pattern.test('E: Table a\nb is [x] with =: <>'))
  assert.ok(!pattern.test('E: Table a is [x] with =: <'))
  assert.ok(!pattern.test('E: Table a is x with =: <>'))
})

test('an envelope may stand around a text, or around several', () => {
  const null_ = 'failed to satisfy constraint: Member must not be null'
  const lines = [`E: Value null at 'a' ${null_}`, `E: Value null at 'b' ${null_}`, 'E: Bad']
  assert.deepEqual(missing(lines, []), lines)
  assert.deepEqual(missing(lines, [
    `E: 2 validation errors detected: Value null at 'a' ${null_}; Value null at 'b' ${null_}`,
    'E: 1 validation error detected: Bad'
  ]), [])
  assert.deepEqual(missing(lines, ['F: Bad', 'E: Bad idea']), lines)
})

test('the list has texts, each once', () => {
  const lines = listed()
  assert.ok(lines.length > 300)
  for (const line of lines) assert.match(line, /^\w+: ./)
  assert.equal(new Set(lines).size, lines.length)
})
