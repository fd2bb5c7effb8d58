// Group commit: a burst of 1,000 puts against 1,000 awaited ones, on a file.
import { join } from 'node:path'
import { EngineClient } from 'ddblite'
import { finish, makeItem, pad, report, scratch, tableInput } from './support.mjs'

console.log('\nGroup commit: 1,000 PutItems on a file (awaited, burst; ms)')
for (const [durability, target] of [
  ['full', 10],
  ['normal', 2],
  ['relaxed', undefined]
]) {
  const db = new EngineClient({ path: join(scratch(), 'db.sqlite'), durability })
  await db.execute('CreateTable', tableInput('bench'))
  let version = 0 // an identical overwrite writes nothing, so each put is another
  const put = (i) =>
    db.execute('PutItem', { TableName: 'bench', Item: makeItem(`p${pad(i)}`, 's', ++version) })
  const times = { awaited: [], burst: [] }
  for (let round = 0; round < 5; round++) {
    let start = performance.now()
    for (let i = 0; i < 1000; i++) await put(i)
    times.awaited.push(performance.now() - start)
    start = performance.now()
    await Promise.all(Array.from({ length: 1000 }, (_, i) => put(i)))
    times.burst.push(performance.now() - start)
  }
  const median = (list) => list.sort((a, b) => a - b)[2]
  report(`durability: '${durability}'`, median(times.awaited), median(times.burst), target, {
    atLeast: true,
    unit: 'ms'
  })
  await db.close()
}
finish()
