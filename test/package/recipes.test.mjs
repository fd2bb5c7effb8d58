// The recipes for runners, as projects: each block that begins with a file's name is that file.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { JEST, VITEST, freePort, project, root, run } from './support.mjs'

const BLOCK = /^```(?:js|ts|json|yaml)\n(?:\/\/|#) (\S+\.\w+)\n([^]*?)^```/gm

/** A project of the page's files, with the package installed. */
function projectOf (page, name, manifest, change = (text) => text) {
  const folder = project(name, manifest)
  const text = change(readFileSync(join(root, 'docs', 'recipes', page), 'utf8'))
  const files = [...text.matchAll(BLOCK)].map(([, file, content]) => ({ file, content }))
  assert.ok(files.length > 0, `${page} has files`)
  for (const { file, content } of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), content)
  }
  return folder
}

describe('recipes', () => {
  test('vitest.md is a project whose tests pass', () => {
    const folder = projectOf('vitest.md', 'recipe-vitest', { type: 'module' })
    const { status, text } = run(folder, VITEST, ['run', '--no-cache'])
    assert.equal(status, 0, text)
    assert.match(text, /Tests\s+5 passed \(5\)/)
  })

  test('jest.md is a project whose tests pass', () => {
    const folder = projectOf('jest.md', 'recipe-jest', {})
    const { status, text } = run(folder, JEST, ['--no-cache'])
    assert.equal(status, 0, text)
    assert.match(text, /Tests:\s+4 passed, 4 total/)
  })

  test('from-jest-dynamodb.md is a project whose tests pass', async () => {
    const port = String(await freePort())
    const anyPort = (text) => text.replaceAll('18000', port)
    const folder = projectOf('from-jest-dynamodb.md', 'recipe-jest-dynamodb', {}, anyPort)
    const { status, text } = run(folder, JEST, ['--no-cache'])
    assert.equal(status, 0, text)
    assert.match(text, /Tests:\s+1 passed, 1 total/)
  })
})
