// The comparison with the service's model, on small models.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differences, judge } from './model-check.mjs'

const text = (more = {}) => ({ kind: 'string', ...more })
const struct = (members) => ({
  kind: 'struct',
  members: new Map(Object.entries(members).map(([name, { required = false, ...node }]) =>
    [name, { required, node }]))
})
const operations = (all) => new Map(Object.entries(all))

test('finds nothing where there is nothing', () => {
  const one = operations({ Get: struct({ Name: text({ min: 1, required: true }) }) })
  assert.deepEqual(differences(one, one), [])
})

test('names every difference by its place', () => {
  const ours = operations({
    Get: struct({
      Name: text({ min: 1 }),
      Kind: text({ values: ['A'] }),
      List: { kind: 'list', of: struct({ Size: text() }) },
      More: text()
    }),
    Ours: struct({})
  })
  const theirs = operations({
    Get: struct({
      Name: text({ min: 3, required: true }),
      Kind: text({ values: ['A', 'B'] }),
      List: { kind: 'list', of: struct({ Size: { kind: 'number' } }) },
      Left: text()
    }),
    Theirs: struct({})
  })
  assert.deepEqual(differences(ours, theirs), [
    'Get.Name: required in the model only',
    'Get.Name: min 1 here, 3 in the model',
    'Get.Kind: [A] here, [A,B] in the model',
    'Get.List[].Size: string here, number in the model',
    'Get.Left: absent here',
    'Get.More: here only',
    'Theirs: no such operation here',
    'Ours: here only'
  ])
})

test('takes a lower bound of 0 for none, and enumerations in any order', () => {
  const ours = operations({ Get: struct({ A: text({ values: ['X', 'Y'] }) }) })
  const theirs = operations({ Get: struct({ A: text({ min: 0, values: ['Y', 'X'] }) }) })
  assert.deepEqual(differences(ours, theirs), [])
})

test('wants every difference listed, every entry true, and no more of them', () => {
  const list = { atMost: 1, exceptions: { a: 'why', b: 'why' } }
  assert.deepEqual(judge(['a', 'b'], list), ['2 exceptions, at most 1 may be'])
  assert.deepEqual(judge(['a', 'c'], { ...list, atMost: 2 }),
    ['not listed: c', 'no longer true: b'])
  assert.deepEqual(judge(['a', 'b'], { ...list, atMost: 2 }), [])
})
