// types/operations.d.cts is written by hand: it must name the operations the engine has.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { EngineClient } from 'ddblite'

describe('the types', () => {
  test('have a request and a response for every operation, and no other', async () => {
    const text = readFileSync(new URL('../../../types/operations.d.cts', import.meta.url), 'utf8')
    const body = /^export interface Operations \{\n([^]*?)^\}/m.exec(text)[1]
    const names = [...body.matchAll(/^ {2}(\w+): \{/gm)].map(match => match[1])
    const db = new EngineClient()
    const { capabilities } = await db.ready()
    assert.deepEqual(names.sort(), [...capabilities].sort())
    await db.close()
  })
})
