// First reply in a fresh process, from `import` on.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { figure, finish } from './support.mjs'

const code = `
  const start = performance.now()
  const { EngineClient } = await import('ddblite')
  const imported = performance.now()
  const db = new EngineClient({})
  await db.execute('ListTables', {})
  console.log(JSON.stringify([imported - start, performance.now() - imported]))
  await db.close()`
const runs = Array.from({ length: 15 }, () =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: fileURLToPath(new URL('..', import.meta.url))
    })
  )
)
const median = (i) => runs.map((r) => r[i]).sort((a, b) => a - b)[7]
console.log('\nStart: a fresh process, median of 15')
figure('import', median(0), 'ms')
figure('first reply after import', median(1), 'ms', 10)
finish()
