/*
 * app.js - a page with a database of its own: films in DynamoDB tables, kept by the browser.
 *
 * It loads what a consumer of the package gets, dist/browser.js, and any static file server that
 * serves the repository will do (npm run build:wasm comes first).
 * Start at main().
 */
import { EngineClient } from '../../dist/browser.js'

const FILMS = '../../node_modules/vega-datasets/data/movies.json'
const TableName = 'Films'
const BATCH = 25
const IN_FLIGHT = 20 /* batches that share a commit */
const PAGE = 20

/** The table itself and its indexes: what is asked for, and how its value is written. */
const INDEXES = {
  year: { label: 'Year', attribute: 'year', type: 'N', title: 'Table: by year, then title' },
  director: {
    label: 'Director', attribute: 'director', type: 'S', IndexName: 'byDirector',
    title: 'Index: by director, then year'
  },
  genre: {
    label: 'Genre', attribute: 'genre', type: 'S', IndexName: 'byGenre',
    title: 'Index: by genre, then rating'
  }
}

const TABLE = {
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'year', AttributeType: 'N' },
    { AttributeName: 'title', AttributeType: 'S' },
    { AttributeName: 'director', AttributeType: 'S' },
    { AttributeName: 'genre', AttributeType: 'S' },
    { AttributeName: 'imdb', AttributeType: 'N' }
  ],
  KeySchema: [
    { AttributeName: 'year', KeyType: 'HASH' }, { AttributeName: 'title', KeyType: 'RANGE' }
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byDirector',
      KeySchema: [
        { AttributeName: 'director', KeyType: 'HASH' }, { AttributeName: 'year', KeyType: 'RANGE' }
      ],
      Projection: { ProjectionType: 'ALL' }
    },
    {
      IndexName: 'byGenre',
      KeySchema: [
        { AttributeName: 'genre', KeyType: 'HASH' }, { AttributeName: 'imdb', KeyType: 'RANGE' }
      ],
      Projection: { ProjectionType: 'ALL' }
    }
  ]
}

const $ = id => document.getElementById(id)
const db = new EngineClient({ name: 'films-example' })
const whole = new Intl.NumberFormat('en')
const ms = since => `${(performance.now() - since).toFixed(1)} ms`

/* Of the query that is shown: its request without a start, the start keys of the pages before. */
let shown = null

async function main () {
  const since = performance.now()
  const { persistenceMode, persistenceReason } = await db.ready()
  $('boot').textContent = ms(since)
  $('mode').textContent = { opfs: 'OPFS', memory: 'memory only' }[persistenceMode] ?? persistenceMode
  if (persistenceReason) $('mode').title = persistenceReason

  for (const [name, { title }] of Object.entries(INDEXES)) $('index').add(new Option(title, name))
  $('load').onclick = () => guarded(load)
  $('clear').onclick = () => guarded(clear)
  $('index').onchange = () => guarded(chooseIndex)
  $('query').onsubmit = event => {
    event.preventDefault()
    guarded(query)
  }
  $('next').onclick = () => guarded(() => turn(1))
  $('previous').onclick = () => guarded(() => turn(-1))
  await show()
}

/* ---- what there is ---- */

async function show () {
  const { TableNames } = await db.execute('ListTables')
  const count = TableNames.includes(TableName)
    ? (await db.execute('DescribeTable', { TableName })).Table.ItemCount
    : 0
  $('count').textContent = whole.format(count)
  $('storage').textContent = await storageUsed()
  $('empty').hidden = count > 0
  $('search').hidden = $('upkeep').hidden = count === 0
  if (count > 0) await chooseIndex()
}

async function storageUsed () {
  const estimate = await navigator.storage?.estimate?.()
  return estimate === undefined ? 'unknown' : `${(estimate.usage / 1e6).toFixed(1)} MB`
}

/* ---- loading ---- */

const number = value => typeof value === 'number' ? { N: String(value) } : undefined
const text = value => value === null ? undefined : { S: String(value) }

/* The source wrote years with two digits and read 27 as 2027; nothing in it is newer than 2011. */
function yearOf (date) {
  const year = Number(/\d{4}$/.exec(date)?.[0])
  return year > 2011 ? year - 100 : year
}

/* Attributes that a film lacks are left out: the indexes over them are sparse. */
function toItem (film) {
  const item = {
    year: { N: String(yearOf(film['Release Date'])) },
    title: text(film.Title),
    director: text(film.Director),
    genre: text(film['Major Genre']),
    imdb: number(film['IMDB Rating']),
    gross: number(film['Worldwide Gross']),
    minutes: number(film['Running Time min'])
  }
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined))
}

/* A batch may not hold one key twice, and a few films are listed twice. */
async function films () {
  const response = await fetch(FILMS)
  if (!response.ok) throw new Error(`${FILMS}: the server answers ${response.status}`)
  const items = new Map()
  for (const film of await response.json()) {
    if (film.Title === null) continue
    const item = toItem(film)
    items.set(`${item.year.N} ${item.title.S}`, item)
  }
  return [...items.values()]
}

async function load () {
  $('load').disabled = true
  $('progress').hidden = false
  const items = await films()
  const since = performance.now()
  await db.execute('CreateTable', TABLE)
  const batches = []
  for (let i = 0; i < items.length; i += BATCH) batches.push(items.slice(i, i + BATCH))
  for (let i = 0; i < batches.length; i += IN_FLIGHT) {
    await Promise.all(batches.slice(i, i + IN_FLIGHT).map(put))
    const done = Math.min((i + IN_FLIGHT) * BATCH, items.length)
    $('progress').value = done / items.length
    $('progress-text').textContent = `${whole.format(done)} of ${whole.format(items.length)}`
  }
  await show()
  $('told').textContent = `${whole.format(items.length)} films written in ${ms(since)}`
  $('load').disabled = false
  $('progress').hidden = true
  $('progress-text').textContent = ''
}

const put = batch => db.execute('BatchWriteItem', {
  RequestItems: { [TableName]: batch.map(Item => ({ PutRequest: { Item } })) }
})

async function clear () {
  await db.reset()
  $('rows').replaceChildren()
  $('told').textContent = ''
  await show()
  $('load').focus()
}

/* ---- queries ---- */

const EXAMPLES = { year: '1994', director: 'Steven Spielberg', genre: 'Comedy' }

async function chooseIndex () {
  const { label, attribute } = INDEXES[$('index').value]
  $('value-label').textContent = label
  $('value').value = EXAMPLES[attribute]
  $('order').value = attribute === 'genre' ? 'backward' : 'forward'
  await query()
  await suggest(attribute)
}

/* The values that occur, for the input's list. */
async function suggest (attribute) {
  const values = new Set()
  let ExclusiveStartKey
  do {
    const page = await db.execute('Scan', {
      TableName,
      ProjectionExpression: '#a',
      ExpressionAttributeNames: { '#a': attribute },
      ExclusiveStartKey
    })
    for (const item of page.Items) values.add(plain(item[attribute]))
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey !== undefined)
  values.delete('')
  $('values').replaceChildren(...[...values].sort().map(value => new Option(value)))
}

async function query () {
  const { attribute, type, IndexName } = INDEXES[$('index').value]
  const request = {
    TableName,
    IndexName,
    KeyConditionExpression: '#k = :v',
    ExpressionAttributeNames: { '#k': attribute },
    ExpressionAttributeValues: { ':v': { [type]: $('value').value.trim() } },
    ScanIndexForward: $('order').value === 'forward',
    Limit: PAGE,
    ReturnConsumedCapacity: 'TOTAL'
  }
  shown = { request, starts: [undefined] }
  await showPage()
}

async function turn (by) {
  if (by < 0) shown.starts.pop()
  else shown.starts.push(shown.last)
  await showPage()
}

async function showPage () {
  const request = { ...shown.request, ExclusiveStartKey: shown.starts.at(-1) }
  const since = performance.now()
  const { Items, LastEvaluatedKey, ConsumedCapacity } = await db.execute('Query', request)
  const time = ms(since)
  shown.last = LastEvaluatedKey
  const noun = Items.length === 1 ? 'film' : 'films'
  const units = ConsumedCapacity.CapacityUnits
  $('told').textContent = `${Items.length} ${noun} in ${time}, ${units} read units`
  $('request').textContent = JSON.stringify(request, null, 2)
  $('rows').replaceChildren(...Items.map(row))
  $('page').textContent = `Page ${shown.starts.length}`
  $('previous').disabled = shown.starts.length === 1
  $('next').disabled = LastEvaluatedKey === undefined
}

const plain = value => value === undefined ? '' : Object.values(value)[0]

function row (item) {
  const tr = document.createElement('tr')
  for (const name of ['title', 'year', 'director', 'genre', 'imdb']) {
    const cell = tr.insertCell()
    cell.textContent = plain(item[name])
    if (name === 'imdb') cell.className = 'number'
  }
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'quiet'
  button.textContent = 'Edit'
  button.setAttribute('aria-label', `Edit ${item.title.S}`)
  button.onclick = () => guarded(() => edit(item))
  tr.insertCell().append(button)
  return tr
}

/* ---- editing ---- */

async function edit (item) {
  $('editor-title').textContent = `Edit ${item.title.S}`
  $('edit-imdb').value = plain(item.imdb)
  $('edit-genre').value = plain(item.genre)
  $('editor').returnValue = ''
  $('editor').showModal()
  await new Promise(resolve => $('editor').addEventListener('close', resolve, { once: true }))
  if ($('editor').returnValue !== 'save') return
  const since = performance.now()
  await db.execute('UpdateItem', {
    TableName,
    Key: { year: item.year, title: item.title },
    UpdateExpression: 'SET imdb = :imdb, genre = :genre',
    ConditionExpression: 'attribute_exists(title)',
    ExpressionAttributeValues: {
      ':imdb': { N: $('edit-imdb').value }, ':genre': { S: $('edit-genre').value }
    }
  })
  const time = ms(since)
  await showPage()
  $('told').textContent = `${item.title.S} saved in ${time}`
  $('storage').textContent = await storageUsed()
}

/* ---- what goes wrong is shown ---- */

async function guarded (action) {
  $('failed').hidden = true
  try {
    await action()
  } catch (error) {
    $('failed').textContent = `${error.name}: ${error.message}`
    $('failed').hidden = false
    $('load').disabled = false
  }
}

guarded(main)
