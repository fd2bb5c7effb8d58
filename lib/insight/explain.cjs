/*
 * explain.cjs - what a request does to which items: ddblite.Explain, and its text.
 *
 *   Query of Music.byGenre by Genre, forward: 3 items read, 1 returned, 2 filtered out by Year
 *     165 B read, 0.5 read units
 *     SEARCH t1 USING INDEX t1_x0 (x0_h=? AND x0_pk=? AND ...)
 *   total: 0.5 read units
 *   warning INDEX_MISSING: ...
 */
'use strict'

const { encodeBytes } = require('../client/bytes.cjs')

const units = (n, kind) => `${n} ${kind} unit${n === 1 ? '' : 's'}`
const items = n => `${n} item${n === 1 ? '' : 's'}`
const list = (label, names) => names?.length > 0 ? ` ${label} ${names.join(', ')}` : ''

const sourceOf = step => step.IndexName === undefined
  ? step.TableName
  : `${step.TableName}.${step.IndexName}`

function readLines (step) {
  const { Kind, PartitionKey, SortKey, FilterAttributes } = step
  const how = Kind === 'QUERY'
    ? `Query of ${sourceOf(step)}${list('by', PartitionKey)}` +
      `${list('and', SortKey)}, ${step.Forward ? 'forward' : 'backward'}`
    : `Scan of ${step.Segment ? 'a segment of ' : ''}${sourceOf(step)}`
  const filtered = FilterAttributes === undefined
    ? ''
    : `, ${step.ItemsFiltered} filtered out${list('by', FilterAttributes)}`
  return [
    `${how}: ${items(step.ItemsRead)} read, ${step.ItemsReturned} returned${filtered}`,
    `  ${step.BytesRead} B read, ${units(step.Units, 'read')}` +
      `${step.FetchesFromTable ? ', fetches from the table' : ''}` +
      `${step.Projection ? ', projected' : ''}${step.More ? ', more pages follow' : ''}`,
    ...step.SQLitePlan.split('\n').filter(Boolean).map(line => `  ${line}`)
  ]
}

function searchLines (step) {
  return [
    `Search of ${sourceOf(step)}: ${items(step.ItemsRead)} read, ` +
      `${step.ItemsReturned} returned${list(', filtered by', step.FilterAttributes)}`,
    `  ${step.BytesRead} B read`
  ]
}

function getLines (step) {
  const kind = step.Mode === 'EVENTUAL' ? '' : ` (${step.Mode.toLowerCase()})`
  const found = step.Found ? `${step.BytesRead} B` : 'not there'
  return [`Get of ${step.TableName}${kind}: ${found}, ${units(step.Units, 'read')}`]
}

function writeLines (step) {
  const name = step.Kind[0] + step.Kind.slice(1).toLowerCase()
  const condition = step.ConditionHolds === undefined
    ? ''
    : `, condition ${step.ConditionHolds ? 'holds' : 'is false'}`
  const before = step.Existed ? `${step.BytesBefore} B` : 'nothing'
  const left = step.BytesAfter > 0 ? `${step.BytesAfter} B` : 'nothing'
  const after = step.Changes ? left : 'unchanged'
  const indexes = Object.entries(step.IndexUnits)
  return [
    `${name} in ${step.TableName}${condition}: ${before} -> ${after}` +
      `${step.StreamRecord ? ', a stream record' : ''}`,
    `  ${units(step.Units, 'write')}: ${step.TableUnits} of the table` +
      indexes.map(([index, n]) => `, ${n} of ${index}`).join('')
  ]
}

function linesOf (step) {
  if (step.Kind === 'GET') return getLines(step)
  if (step.Kind === 'SEARCH') return searchLines(step)
  return step.SQLitePlan === undefined ? writeLines(step) : readLines(step)
}

class Explanation {
  constructor (reply) {
    Object.assign(this, reply)
  }

  toString () {
    const total = [
      ...(this.ReadUnits > 0 ? [units(this.ReadUnits, 'read')] : []),
      ...(this.WriteUnits > 0 ? [units(this.WriteUnits, 'write')] : [])
    ]
    return [
      ...this.Steps.flatMap(linesOf),
      `total: ${total.join(', ') || 'nothing'}`,
      ...(this.Outcome ? [`fails: ${this.Outcome.name}: ${this.Outcome.message}`] : []),
      ...this.Warnings.map(({ Code, Message }) => `warning ${Code}: ${Message}`)
    ].join('\n')
  }
}

/** The explanation of one request. Nothing is changed. */
async function explain (db, operation, request = {}) {
  if (typeof operation !== 'string') throw new TypeError('explain: the operation must be a name')
  const Request = encodeBytes(request) ?? JSON.stringify(request)
  const reply = await db.execute('ddblite.Explain', { Operation: operation, Request })
  if (reply.Outcome !== undefined) {
    const { __type, message, Message, ...fields } = reply.Outcome
    const name = __type.slice(__type.indexOf('#') + 1)
    reply.Outcome = { name, message: message ?? Message, ...fields }
  }
  return new Explanation(reply)
}

module.exports = { explain, Explanation }
