// Data and timing in turns, for Node and for pages.
const words =
  'amber birch cedar delta ember fjord grove heath inlet juniper knoll lagoon meadow nimbus orchard prairie'.split(
    ' '
  )

/** An item of about 440 bytes of DynamoDB JSON, ten attributes; `bytes` pads it. */
export function makeItem (pk, sk, i, bytes = 0) {
  const word = (n) => words[(i * 7 + n * 13) % words.length]
  const item = {
    pk: { S: pk },
    sk: { S: sk },
    title: { S: `${word(1)} ${word(2)} ${word(3)} ${i}` },
    year: { N: String(1950 + (i % 75)) },
    rating: { N: String(((i * 37) % 100) / 10) },
    genres: { L: [{ S: word(4) }, { S: word(5) }] },
    info: {
      M: { director: { S: `${word(6)} ${word(7)}` }, minutes: { N: String(60 + (i % 120)) } }
    },
    tags: { SS: [word(8), `tag${i % 50}`] },
    seen: { BOOL: i % 2 === 0 },
    plot: {
      S: `${word(9)} ${word(10)} ${word(11)} ${word(12)} ${word(13)} ${word(14)}`.padEnd(
        60 + bytes,
        '.'
      )
    }
  }
  return item
}

export const pad = (n, width = 6) => String(n).padStart(width, '0')

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]

/**
 * Times the contenders in turns: { name: async (i) => {} }. Gives microseconds a call (median of
 * rounds) by name. Each round of each contender makes `calls` calls.
 */
export async function race (contenders, { calls, rounds = 9, warm = calls }) {
  const times = {}
  let i = 0
  for (const [name, run] of Object.entries(contenders)) {
    times[name] = []
    for (let n = 0; n < warm; n++) await run(i++)
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      globalThis.gc?.()
      const start = performance.now()
      for (let n = 0; n < calls; n++) await run(i++)
      times[name].push((performance.now() - start) * 1000 / calls)
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]))
}

export const tableInput = (TableName, more = {}) => ({
  TableName,
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' }
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' }
  ],
  BillingMode: 'PAY_PER_REQUEST',
  ...more
})
