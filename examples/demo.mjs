/*
 * demo.mjs - `npm run demo`: real films through three roads, and all must give the same answers.
 *
 *   1 in-process       EngineClient.execute()
 *   2 AWS SDK          @aws-sdk/client-dynamodb, unmodified, on clientConfig(db): no port
 *   3 HTTP             the same SDK over a socket, to serve(db)
 *
 * Each road has a database of its own (the first in a file, the others in memory), loads the same
 * films from the npm package vega-datasets and runs the same requests. Every answer is compared,
 * errors included; a difference is printed and the exit code is 1.
 * Start at main(); a road is an object with send(operation, request).
 */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as sdk from '@aws-sdk/client-dynamodb'
import progress from 'cli-progress'
import Table from 'cli-table3'
import { EngineClient } from 'ddblite'
import { clientConfig } from 'ddblite/aws'
import { serve } from 'ddblite/server'

const BATCH = 25
const NAME = 'Films'

/* ------------------------------------------------------------------ the films ------------ */

const number = value => (typeof value === 'number' ? { N: String(value) } : undefined)
const text = value => (value === null ? undefined : { S: String(value) })

/* The source wrote years with two digits and read 27 as 2027; nothing in it is newer than 2011. */
function yearOf (date) {
  const year = Number(/\d{4}$/.exec(date)?.[0])
  return year > 2011 ? year - 100 : year
}

/** Attributes that a film lacks are left out: the indexes over them are sparse. */
function toItem (film) {
  const item = {
    year: { N: String(yearOf(film['Release Date'])) },
    title: text(film.Title),
    released: text(film['Release Date']),
    director: text(film.Director),
    genre: text(film['Major Genre']),
    distributor: text(film.Distributor),
    imdb: number(film['IMDB Rating']),
    votes: number(film['IMDB Votes']),
    gross: number(film['Worldwide Gross']),
    budget: number(film['Production Budget']),
    minutes: number(film['Running Time min']),
    mpaa: text(film['MPAA Rating'])
  }
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined))
}

function readFilms () {
  const path = join(
    createRequire(import.meta.url).resolve('vega-datasets'),
    '..',
    '..',
    'data',
    'movies.json'
  )
  return JSON.parse(readFileSync(path, 'utf8'))
    .filter(film => film.Title !== null)
    .map(toItem)
}

const TABLE = {
  TableName: NAME,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'year', AttributeType: 'N' },
    { AttributeName: 'title', AttributeType: 'S' },
    { AttributeName: 'director', AttributeType: 'S' },
    { AttributeName: 'imdb', AttributeType: 'N' }
  ],
  KeySchema: [
    { AttributeName: 'year', KeyType: 'HASH' },
    { AttributeName: 'title', KeyType: 'RANGE' }
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byDirector',
      KeySchema: [
        { AttributeName: 'director', KeyType: 'HASH' },
        { AttributeName: 'imdb', KeyType: 'RANGE' }
      ],
      Projection: { ProjectionType: 'ALL' }
    }
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'byRating',
      KeySchema: [
        { AttributeName: 'year', KeyType: 'HASH' },
        { AttributeName: 'imdb', KeyType: 'RANGE' }
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['director', 'votes'] }
    }
  ]
}

/* ------------------------------------------------------------------ the roads ------------ */

const sdkSend = client => async (operation, request) => {
  const { $metadata, ...answer } = await client.send(new sdk[`${operation}Command`](request))
  return answer
}

async function openRoads () {
  const folder = mkdtempSync(join(tmpdir(), 'ddblite-demo-'))
  const [file, memory, behindHttp] = [
    new EngineClient({ path: join(folder, 'films.sqlite') }),
    new EngineClient(),
    new EngineClient()
  ]
  const server = await serve(behindHttp)
  const inProcess = new sdk.DynamoDBClient(clientConfig(memory))
  const overHttp = new sdk.DynamoDBClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' }
  })
  return {
    roads: [
      {
        name: 'execute()',
        where: 'file',
        send: (operation, request) => file.execute(operation, request)
      },
      { name: 'AWS SDK in-process', where: 'memory', send: sdkSend(inProcess) },
      { name: `HTTP ${server.url}`, where: 'memory', send: sdkSend(overHttp) }
    ],
    async close () {
      inProcess.destroy()
      overHttp.destroy()
      await server.close()
      await Promise.all([file, memory, behindHttp].map(db => db.close()))
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/* ------------------------------------------------------------------ comparing ------------ */

let differences = 0
let comparisons = 0

/* An answer as data: errors by what they say, bytes and dates left out of it (there are none). */
async function outcome (road, operation, request) {
  const start = performance.now()
  let answer
  try {
    answer = await road.send(operation, request)
  } catch (error) {
    const { name, message, CancellationReasons, Item } = error
    answer = JSON.parse(JSON.stringify({ error: { name, message, CancellationReasons, Item } }))
  }
  return { answer, ms: performance.now() - start }
}

/** Runs one request on all roads; gives the first road's answer after comparing. */
async function everywhere (context, operation, request) {
  const outcomes = []
  for (const road of context.roads) outcomes.push(await outcome(road, operation, request))
  outcomes.forEach(({ answer, ms }, i) => {
    context.times[i] += ms
    comparisons++
    if (isDeepStrictEqual(answer, outcomes[0].answer)) return
    differences++
    console.error(`\n${operation}: ${context.roads[i].name} differs from ${context.roads[0].name}`)
    console.error(
      JSON.stringify({ request, first: outcomes[0].answer, other: answer }, null, 1).slice(0, 4000)
    )
  })
  return outcomes[0].answer
}

/* ------------------------------------------------------------------ printing ------------- */

const plain = value => (value === undefined ? '' : (value.S ?? value.N ?? JSON.stringify(value)))
const money = value => (value === undefined ? '' : `$${Math.round(Number(value.N) / 1e6)}M`)

const inColour = process.stdout.isTTY && process.env.NO_COLOR === undefined

/* A column whose name begins with '#' holds numbers: they stand to the right. */
function print (title, head, rows) {
  const table = new Table({
    head: head.map(name => name.replace(/^#/, '')),
    colAligns: head.map(name => (name.startsWith('#') ? 'right' : 'left')),
    style: { head: inColour ? ['cyan'] : [], border: inColour ? ['grey'] : [], compact: true }
  })
  table.push(...rows)
  console.log(`\n${title}\n${table}`)
}

/* ------------------------------------------------------------------ the demo ------------- */

async function load (context, films) {
  const bar = new progress.MultiBar(
    {
      format: '  {road} |{bar}| {value}/{total} films',
      hideCursor: true,
      clearOnComplete: false,
      noTTYOutput: true
    },
    progress.Presets.shades_classic
  )
  const rows = []
  const width = Math.max(...context.roads.map(road => road.name.length))
  for (const [i, road] of context.roads.entries()) {
    const line = bar.create(films.length, 0, { road: road.name.padEnd(width) })
    const start = performance.now()
    for (let at = 0; at < films.length; at += BATCH * 8) {
      const requests = []
      for (let from = at; from < Math.min(at + BATCH * 8, films.length); from += BATCH) {
        const writes = films.slice(from, from + BATCH).map(Item => ({ PutRequest: { Item } }))
        requests.push(road.send('BatchWriteItem', { RequestItems: { [NAME]: writes } }))
      }
      for (const { UnprocessedItems } of await Promise.all(requests)) {
        if (Object.keys(UnprocessedItems).length > 0)
          throw new Error(`${road.name}: items were not processed`)
      }
      line.update(Math.min(at + BATCH * 8, films.length))
    }
    const ms = performance.now() - start
    context.loadTimes[i] = ms
    rows.push([road.name, road.where, films.length, Math.round((films.length / ms) * 1000)])
  }
  bar.stop()
  print(
    'Loaded in batches of 25, eight at a time',
    ['road', 'database', '#films', '#films/s'],
    rows
  )
}

async function queries (context) {
  const best = await everywhere(context, 'Query', {
    TableName: NAME,
    IndexName: 'byDirector',
    KeyConditionExpression: 'director = :d AND imdb >= :r',
    ScanIndexForward: false,
    ExpressionAttributeValues: { ':d': { S: 'Steven Spielberg' }, ':r': { N: '8' } }
  })
  print(
    'Query a GSI: Steven Spielberg, IMDB 8 or more, best first',
    ['title', '#year', '#imdb', '#gross'],
    best.Items.map(film => [
      plain(film.title),
      plain(film.year),
      plain(film.imdb),
      money(film.gross)
    ])
  )

  const year = await everywhere(context, 'Query', {
    TableName: NAME,
    IndexName: 'byRating',
    KeyConditionExpression: '#y = :y',
    ScanIndexForward: false,
    Limit: 5,
    ExpressionAttributeNames: { '#y': 'year' },
    ExpressionAttributeValues: { ':y': { N: '1999' } }
  })
  print(
    'Query an LSI: the five best of 1999',
    ['title', '#imdb', '#votes', 'director'],
    year.Items.map(film => [
      plain(film.title),
      plain(film.imdb),
      plain(film.votes),
      plain(film.director)
    ])
  )
}

/** Scans page by page, as the 1 MB limit cuts them; gives the films in one list. */
async function scan (context) {
  const found = []
  let pages = 0
  let scanned = 0
  let ExclusiveStartKey
  do {
    const page = await everywhere(context, 'Scan', {
      TableName: NAME,
      ExclusiveStartKey,
      ReturnConsumedCapacity: 'TOTAL',
      FilterExpression: 'attribute_exists(mpaa) AND begins_with(title, :the) AND gross > :much',
      ExpressionAttributeValues: { ':the': { S: 'The ' }, ':much': { N: '500000000' } }
    })
    pages++
    scanned += page.ScannedCount
    found.push(...page.Items)
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey !== undefined)
  found.sort((a, b) => Number(b.gross.N) - Number(a.gross.N))
  print(
    `Scan with a filter: "The ..." above $500M (${scanned} films read, pages: ${pages})`,
    ['title', '#year', '#gross'],
    found.map(film => [plain(film.title), plain(film.year), money(film.gross)])
  )
}

async function pages (context) {
  const rows = []
  let ExclusiveStartKey
  do {
    const page = await everywhere(context, 'Query', {
      TableName: NAME,
      KeyConditionExpression: '#y = :y',
      ExclusiveStartKey,
      Limit: 60,
      ProjectionExpression: 'title',
      ExpressionAttributeNames: { '#y': 'year' },
      ExpressionAttributeValues: { ':y': { N: '2005' } }
    })
    rows.push([
      rows.length + 1,
      page.Count,
      page.Items.length ? `${plain(page.Items[0].title)} ... ${plain(page.Items.at(-1).title)}` : ''
    ])
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey !== undefined)
  print('Pages of 60: the films of 2005 by title', ['#page', '#films', 'from ... to'], rows)
}

async function writes (context) {
  const Key = { year: { N: '1994' }, title: { S: 'Pulp Fiction' } }
  const update = more =>
    everywhere(context, 'UpdateItem', {
      TableName: NAME,
      Key,
      ReturnValues: 'UPDATED_NEW',
      ...more
    })
  const one = await update({
    UpdateExpression:
      'SET seen = if_not_exists(seen, :zero) + :one, ' +
      'tags = list_append(if_not_exists(tags, :none), :tags) ADD moods :moods',
    ExpressionAttributeValues: {
      ':zero': { N: '0' },
      ':one': { N: '1' },
      ':none': { L: [] },
      ':tags': { L: [{ S: 'cult' }] },
      ':moods': { SS: ['dark'] }
    }
  })
  const two = await update({
    UpdateExpression: 'SET seen = seen + :one REMOVE tags[0]',
    ConditionExpression: 'seen = :one',
    ExpressionAttributeValues: { ':one': { N: '1' } }
  })
  const three = await update({
    UpdateExpression: 'SET seen = :one',
    ConditionExpression: 'seen < :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD'
  })
  print(
    'Update Pulp Fiction (1994)',
    ['update', 'answer'],
    [
      ['count, append, add to a set', JSON.stringify(one.Attributes)],
      ['count again, if it was 1', JSON.stringify(two.Attributes)],
      ['set back, if it is below 1', `${three.error?.name}: ${three.error?.message}`]
    ]
  )
}

const codes = error => error?.CancellationReasons?.map(reason => reason.Code).join(', ')

async function transaction (context) {
  const film = (year, title) => ({ year: { N: String(year) }, title: { S: title } })
  const items = year => [
    {
      Update: {
        TableName: NAME,
        Key: film(1994, 'Pulp Fiction'),
        UpdateExpression: 'SET double_bill = :t',
        ExpressionAttributeValues: { ':t': { S: 'Jackie Brown' } }
      }
    },
    {
      Update: {
        TableName: NAME,
        Key: film(1997, 'Jackie Brown'),
        UpdateExpression: 'SET double_bill = :t',
        ConditionExpression: 'attribute_exists(title)',
        ExpressionAttributeValues: { ':t': { S: 'Pulp Fiction' } }
      }
    },
    {
      Put: {
        TableName: NAME,
        Item: { ...film(year, 'Pulp Fiction / Jackie Brown'), bill: { BOOL: true } },
        ConditionExpression: 'attribute_not_exists(title)'
      }
    }
  ]
  const done = await everywhere(context, 'TransactWriteItems', { TransactItems: items(2026) })
  const again = await everywhere(context, 'TransactWriteItems', { TransactItems: items(2026) })
  const read = await everywhere(context, 'TransactGetItems', {
    TransactItems: [
      [1994, 'Pulp Fiction'],
      [1997, 'Jackie Brown'],
      [2026, 'Pulp Fiction / Jackie Brown']
    ].map(key => ({
      Get: { TableName: NAME, Key: film(...key), ProjectionExpression: 'title, double_bill, bill' }
    }))
  })
  print(
    'A transaction over three films, twice',
    ['attempt', 'answer'],
    [
      ['first', done.error ? done.error.message : 'done'],
      [
        'second',
        `${again.error?.name}: ${codes(again.error)}`
      ],
      [
        'TransactGetItems',
        read.Responses.map(({ Item }) => plain(Item?.double_bill ?? Item?.title)).join(' | ')
      ]
    ]
  )
}

/* Wrong requests must be refused alike, too. */
async function mistakes (context) {
  const wrong = [
    [
      'an unknown table',
      'GetItem',
      { TableName: 'Books', Key: { year: { N: '1' }, title: { S: 'a' } } }
    ],
    [
      'a reserved word',
      'Query',
      {
        TableName: NAME,
        KeyConditionExpression: 'year = :y',
        ExpressionAttributeValues: { ':y': { N: '1999' } }
      }
    ],
    [
      'a key of the wrong type',
      'GetItem',
      { TableName: NAME, Key: { year: { S: '1999' }, title: { S: 'a' } } }
    ],
    [
      'a number that is none',
      'PutItem',
      { TableName: NAME, Item: { year: { N: '19x9' }, title: { S: 'a' } } }
    ]
  ]
  const rows = []
  for (const [what, operation, request] of wrong) {
    const { error } = await everywhere(context, operation, request)
    rows.push([what, error?.name, error?.message])
  }
  print('Mistakes, answered as DynamoDB answers them', ['request', 'exception', 'message'], rows)
}

async function main () {
  const films = readFilms()
  const { roads, close } = await openRoads()
  const context = { roads, times: roads.map(() => 0), loadTimes: [] }
  try {
    for (const road of roads) {
      await road.send('CreateTable', TABLE)
      while ((await road.send('DescribeTable', { TableName: NAME })).Table.TableStatus !== 'ACTIVE')
        await new Promise(resolve => setTimeout(resolve, 10))
    }
    await load(context, films)
    for (const part of [queries, scan, pages, writes, transaction, mistakes]) await part(context)
    print(
      'The same requests on three roads',
      ['road', '#ms for all'],
      roads.map((road, i) => [road.name, context.times[i].toFixed(1)])
    )
  } finally {
    await close()
  }
  console.log(
    differences === 0
      ? `\nAll roads agree: ${comparisons} answers compared.`
      : `\n${differences} of ${comparisons} answers differ.`
  )
  if (differences > 0) process.exitCode = 1
}

await main()
