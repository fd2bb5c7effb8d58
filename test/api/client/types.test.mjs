// The types are written by hand: they must name the operations the engine has.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { EngineClient } from 'ddblite'

describe('the types', () => {
  test('have a request and a response for every operation, and no other', async () => {
    const folder = new URL('../../../types/', import.meta.url)
    const text = readdirSync(folder)
      .filter(name => name.endsWith('.d.cts'))
      .map(name => readFileSync(new URL(name, folder), 'utf8'))
      .join('\n')
    const bodies = text.matchAll(/^export interface \w*Operations \{\n([^]*?)^\}/gm)
    const names = [...bodies].flatMap(([, body]) =>
      [...body.matchAll(/^ {2}(\w+): \{/gm)].map(match => match[1])
    )
    const db = new EngineClient()
    const { capabilities } = await db.ready()
    assert.deepEqual(names.sort(), [...capabilities].sort())
    await db.close()
  })
})
