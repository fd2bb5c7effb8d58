/*
 * load.cjs - loadSchema(): tables from the documents that users already have.
 *
 *   source -> read() -> its format, by content -> plans -> CreateTable and what follows it
 *
 * Every plan is made before the first table is, so that a document that cannot be resolved changes
 * nothing. Whether a table may be as it is described is the engine's to say: its errors pass
 * through as they are.
 */
'use strict'

const { SchemaError } = require('./errors.cjs')
const { readBeside, readSource } = require('./source.cjs')
const { isDefinition, isObject, servicePlans } = require('./tables.cjs')
const { isTemplate, stackPlans } = require('./cloudformation.cjs')
const { isServerless, serverlessPlans } = require('./serverless.cjs')
const { isTerraform, terraformPlans } = require('./terraform.cjs')
const { assembly, assemblyFolder, stackNameOf } = require('./cdk.cjs')
const { writeAll } = require('../data/seed.cjs')

/* Taken here, so that fake timers of a test framework stop nothing of ours. */
const { setTimeout } = globalThis

const EXISTING = ['error', 'skip', 'replace']
const ACTIVE_POLL_MS = 5

/* name: { is(value), plans(documents, settings) }, in the order in which they are tried. */
const FORMATS = {
  table: {
    is: value => isDefinition(value) || isDefinition(value?.Table) ||
      isDefinition(value?.TableDescription) ||
      (Array.isArray(value) && value.length > 0 && value.every(one => FORMATS.table.is(one))) ||
      (isObject(value) && Array.isArray(value.tables ?? value.Tables)),
    plans: documents => documents.flatMap(({ value, file }) => servicePlans(value, { file }))
  },
  serverless: { is: isServerless, plans: serverlessPlans },
  terraform: { is: isTerraform, plans: terraformPlans },
  cloudformation: { is: isTemplate, plans: stackPlans }
}
/* A folder is what CDK wrote. */
const FOLDER = 'cloudformation'

/**
 * Makes the tables that a document describes, on any client with execute().
 * Resolves to { tables, skipped }.
 */
async function loadSchema (db, source, options = {}) {
  const { existing = 'error', format } = options
  if (!EXISTING.includes(existing)) {
    throw new TypeError(
      `loadSchema: existing must be 'error', 'skip' or 'replace', not ${existing}`)
  }
  if (format !== undefined && !Object.hasOwn(FORMATS, format)) {
    throw new TypeError(`loadSchema: format must be one of ${Object.keys(FORMATS).join(', ')}`)
  }
  const skipped = []
  const skip = (resource, reason, file) =>
    skipped.push({ ...(file === undefined ? {} : { file }), resource, reason })
  const plans = plansOf(source, { ...options, ...placeOf(db), readBeside, skip })
  const tables = []
  for (const plan of plans) {
    if (await makeTable(db, plan, existing)) tables.push(plan.create.TableName)
    else skip(plan.resource, `The table ${plan.create.TableName} is there already`, plan.file)
  }
  return { tables, skipped }
}

const placeOf = ({ region = 'us-east-1', accountId = '000000000000' }) => ({ region, accountId })

function plansOf (source, settings) {
  const { document, folder = assemblyFolder(document) } = readSource(source)
  const documents = folder === undefined ? [document] : assembly(folder)
  const format = settings.format ?? (folder === undefined ? formatOf(document) : FOLDER)
  const stackName = settings.stackName ?? stackNameOf(document?.file) ?? 'stack'
  const plans = FORMATS[format].plans(documents, { ...settings, stackName })
  const names = new Set()
  for (const { create: { TableName }, file, resource } of plans) {
    if (names.has(TableName)) {
      throw new SchemaError(
        `The table ${TableName} is described twice: name one of them in \`tableNames\``,
        { file, resource })
    }
    names.add(TableName)
  }
  return plans
}

function formatOf ({ value, file }) {
  const format = Object.keys(FORMATS).find(name => FORMATS[name].is(value))
  if (format === undefined) throw new SchemaError('It is no schema that is known here', { file })
  return format
}

/* ---- the engine's part ---- */

/* Resolves to false for a table that was there and stays. */
async function makeTable (db, { create, steps, items }, existing) {
  const { TableName } = create
  if (existing === 'skip' && await exists(db, TableName)) return false
  if (existing === 'replace' && await exists(db, TableName)) {
    await db.execute('DeleteTable', { TableName })
    await settled(db, TableName)
  }
  await db.execute('CreateTable', create)
  await settled(db, TableName)
  for (const [operation, request] of steps) {
    await db.execute(operation, { TableName, ...request })
    if (operation === 'UpdateTable') await settled(db, TableName)
  }
  await writeAll(db, TableName, items.map(Item => ({ PutRequest: { Item } })))
  return true
}

async function exists (db, TableName) {
  return await statusOf(db, TableName) !== undefined
}

function statusOf (db, TableName) {
  const described = db.execute('DescribeTable', { TableName })
  return described.then(({ Table }) => Table.TableStatus, error => {
    if (error.name === 'ResourceNotFoundException') return undefined
    throw error
  })
}

/* Waits while the table is changing. A clock that stands still is not waited for. */
async function settled (db, TableName) {
  for (;;) {
    const status = await statusOf(db, TableName)
    if (status === undefined || status === 'ACTIVE') return
    if (db.clock?.controlled) {
      throw new SchemaError(`The table is ${status}, and the clock is set by hand: ` +
        'load the schema without `tableDelay`', { resource: TableName })
    }
    await new Promise(resolve => setTimeout(resolve, ACTIVE_POLL_MS))
  }
}

module.exports = { loadSchema }
