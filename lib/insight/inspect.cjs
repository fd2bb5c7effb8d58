/*
 * inspect.cjs - a database as text, for a person who looks at it.
 *
 *   ddblite in memory, us-east-1, account 000000000000, SQLite 3.53.0, 64 KB
 *
 *   Music: Artist, SongTitle - 3 items, 276 B, stream NEW_IMAGE with 5 records
 *     byGenre (global, KEYS_ONLY): Genre, Year - 2 items, 120 B
 *     { Artist: 'Bonobo', SongTitle: 'Kerala' }
 */
'use strict'

const LINE_MAX = 160
const SHOWN_ITEMS = 3

const plural = (n, noun) => `${n} ${noun}${n === 1 ? '' : 's'}`

function sizeOf (bytes) {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KB', 'MB', 'GB', 'TB']
  let n = bytes / 1024
  while (n >= 1024 && units.length > 1) {
    n /= 1024
    units.shift()
  }
  return `${n < 10 ? Math.round(n * 10) / 10 : Math.round(n)} ${units[0]}`
}

const cut = text => text.length > LINE_MAX ? `${text.slice(0, LINE_MAX - 3)}...` : text
const quote = text => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n')}'`
const member = name => /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name)

/* An attribute value as a person would write it. */
function valueText (value) {
  const [[type, inner]] = Object.entries(value)
  switch (type) {
    case 'S': return quote(inner)
    case 'N': return inner
    case 'BOOL': return String(inner)
    case 'NULL': return 'null'
    case 'M': return itemText(inner)
    case 'L': return `[${inner.map(valueText).join(', ')}]`
    case 'SS': return `Set(${inner.map(quote).join(', ')})`
    case 'NS': return `Set(${inner.join(', ')})`
    case 'BS': return `Set(${inner.map(text => `<${text}>`).join(', ')})`
    default: return `<${inner}>` /* B: base64 */
  }
}

function itemText (item) {
  const members = Object.entries(item)
    .map(([name, value]) => `${member(name)}: ${valueText(value)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

const countsText = ({ Items, Bytes, Estimated }) => Items === undefined
  ? ''
  : ` - ${plural(Items, 'item')}, ${Estimated ? 'about ' : ''}${sizeOf(Bytes)}`

const keysText = ({ PartitionKey, SortKey }) => [...PartitionKey, ...SortKey].join(', ')

function tableLines (table, items) {
  const { TableName, Status, Stream, TimeToLive, PointInTimeRecovery } = table
  const records = Stream && plural(Stream.Records, 'record')
  const more = [
    Status === 'ACTIVE' ? '' : `, ${Status}`,
    Stream === undefined ? '' : `, stream ${Stream.ViewType} with ${records}`,
    TimeToLive === undefined ? '' : `, expires by ${TimeToLive.AttributeName}`,
    PointInTimeRecovery ? ', point-in-time recovery' : ''
  ]
  return [
    `${TableName}: ${keysText(table)}${countsText(table)}${more.join('')}`,
    ...table.Indexes.map(index => `  ${index.IndexName} (${index.Kind.toLowerCase()}, ` +
      `${index.Projection}): ${keysText(index)}${countsText(index)}` +
      (index.Status === 'ACTIVE' ? '' : `, ${index.Status}`)),
    ...items.map(item => cut(`  ${itemText(item)}`))
  ]
}

function checkOptions (options = {}) {
  if (options === null || typeof options !== 'object') {
    throw new TypeError('inspect: the options must be an object')
  }
  const { table, items = SHOWN_ITEMS, ...others } = options
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw new TypeError(`inspect: there is no option '${unknown}'; there are table, items`)
  }
  if (table !== undefined && typeof table !== 'string') {
    throw new TypeError('inspect: table must be a table name')
  }
  if (!Number.isInteger(items) || items < 0) {
    throw new TypeError('inspect: items must be a whole number from 0')
  }
  return { table, items }
}

/** The text of db.inspect(). */
async function inspect (db, options) {
  const { table, items } = checkOptions(options)
  const info = await db.execute('ddblite.Info', table === undefined ? {} : { TableNames: [table] })
  const lines = [
    `ddblite ${info.Path === undefined ? 'in memory' : `in ${info.Path}`}, ${info.Region}, ` +
    `account ${info.AccountId}, SQLite ${info.SQLiteVersion}, ${sizeOf(info.Bytes)}`
  ]
  for (const described of info.Tables) {
    const { TableName, Status } = described
    const shown = items === 0 || Status === 'CREATING' || Status === 'DELETING'
      ? []
      : (await db.execute('Scan', { TableName, Limit: items })).Items
    lines.push('', ...tableLines(described, shown))
  }
  return lines.join('\n')
}

module.exports = { inspect }
