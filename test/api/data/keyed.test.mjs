// The keyed functions of anonymising, which are ours so that pages and Node make the same fakes.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { describe, test } from 'node:test'
import { build } from 'esbuild'
import fc from 'fast-check'

const require = createRequire(import.meta.url)
const { Mac, sha256, sipHash } = require('../../../lib/data/keyed.cjs')
const source = fileURLToPath(new URL('../../../lib/data/anonymise.cjs', import.meta.url))

const bytes = max => fc.uint8Array({ maxLength: max })

describe('keyed functions', () => {
  test('SHA-256 is that of Node, at every length around a block', () => {
    for (let n = 0; n < 200; n++) {
      const message = new Uint8Array(n).map((_, i) => i * 7 + n)
      assert.deepEqual([...sha256(message)], [...createHash('sha256').update(message).digest()])
    }
  })

  test('HMAC-SHA-256 is that of Node', () => {
    fc.assert(fc.property(bytes(64), bytes(300), (secret, message) => {
      const wanted = createHmac('sha256', secret).update(message).digest()
      assert.deepEqual([...new Mac(secret).of(message)], [...wanted])
    }))
  })

  // Evidence: the test vectors of the authors' reference implementation, for keys and messages of
  // ascending bytes (vectors.h: sip64 of 0, 4 and 8 bytes, sip128 of none).
  test('SipHash has the published values', () => {
    const ascending = new Uint32Array(new Uint8Array(16).map((_, i) => i).buffer)
    const rows = [
      [0, false, '310e0edd47db6f72'],
      [1, false, 'b7877127e09427cf'],
      [2, false, '6224939a79f5f593'],
      [0, true, 'a3817f04ba25a8e66df67214c7550293']
    ]
    for (const [n, wide, wanted] of rows) {
      const out = new Uint32Array(wide ? 4 : 2)
      sipHash(ascending, ascending, n, out, wide)
      assert.equal(Buffer.from(out.buffer).toString('hex'), wanted)
    }
  })
})

describe('fakes', () => {
  const item = {
    id: { S: 'user#17' },
    email: { S: 'ada@lovelace.org' },
    phone: { S: '+49 170 1234567' },
    note: { S: 'A text of more letters than a number can hold, 1815, Ångström' },
    plain: { S: 'A text of more letters than a number holds 1815' },
    day: { S: '1815-12-10' },
    at: { S: '1999-12-10T12:30:00Z' },
    ip: { S: '192.168.0.1' },
    amount: { N: '123.45' },
    raw: { B: 'AAECAw==' },
    hashed: { S: 'x' },
    both: { L: [{ BOOL: true }, { SS: ['a', 'b'] }] }
  }
  const rules = {
    'Users.id': { method: 'fake', pattern: 'user#<id>' }, 'Users.hashed': 'hash', 'Users.**': 'fake'
  }
  const table = { TableName: 'Users', KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] }

  test('are the same where there is nothing of Node', async () => {
    const { outputFiles: [{ text }] } = await build({
      entryPoints: [source],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'made',
      platform: 'browser',
      external: ['node:*']
    })
    const page = vm.createContext({ TextEncoder, TextDecoder, atob, btoa, crypto, structuredClone })
    vm.runInContext(text, page)
    page.given = JSON.stringify([rules, table, item])
    const there = vm.runInContext(`{
      const [rules, table, item] = JSON.parse(given)
      JSON.stringify(made.anonymiser(rules, { seed: 'secret' })(table)(item))
    }`, page)
    const { anonymiser } = require(source)
    const here = anonymiser(rules, { seed: 'secret' })(table)(item)
    assert.deepEqual(JSON.parse(there), here)
    for (const name of Object.keys(item)) assert.notDeepEqual(here[name], item[name])
  })
})
