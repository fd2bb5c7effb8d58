/*
 * tables.cjs - the form in which every reader hands over a table, and the readers of the service's
 * own documents: CreateTable requests and DescribeTable answers.
 *
 *   plan: { create, steps, items, file, resource }
 *     create   a CreateTable request
 *     steps    [operation, request]: what a CreateTable request cannot say; `TableName` is added
 *     items    items in DynamoDB's JSON
 *
 * What a table may be is the engine's to say: nothing is checked here but the documents' form.
 */
'use strict'

const { SchemaError } = require('./errors.cjs')

const isObject = value => value !== null && typeof value === 'object' && !Array.isArray(value)

/** An object without the members that are undefined. */
function defined (object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

/** The members of an object that are named. */
function pick (object, names) {
  return defined(Object.fromEntries(names.map(name => [name, object[name]])))
}

const isDescription = value => isObject(value) && value.TableName !== undefined &&
  (value.TableStatus !== undefined || value.TableArn !== undefined ||
    value.CreationDateTime !== undefined)

const isDefinition = value => isObject(value) && value.TableName !== undefined &&
  (value.KeySchema !== undefined || value.AttributeDefinitions !== undefined)

/* Steps of ours that a definition may have beside CreateTable's members, by member. */
const EXTRAS = {
  TimeToLiveSpecification: ttl => ['UpdateTimeToLive', { TimeToLiveSpecification: ttl }],
  TimeToLiveDescription: ttl => ttl.AttributeName === undefined
    ? undefined
    : ['UpdateTimeToLive', {
        TimeToLiveSpecification: {
          AttributeName: ttl.AttributeName, Enabled: /^ENABL/.test(ttl.TimeToLiveStatus)
        }
      }],
  PointInTimeRecoverySpecification: recovery =>
    ['UpdateContinuousBackups', { PointInTimeRecoverySpecification: recovery }]
}

/** The plan of a CreateTable request, or of a DescribeTable answer's table. */
function planOf (definition, where = {}) {
  if (!isObject(definition) || typeof definition.TableName !== 'string') {
    throw new SchemaError('A table has no TableName', where)
  }
  const resource = definition.TableName
  if (isDescription(definition)) return { ...where, resource, ...describedPlan(definition) }
  const create = { ...definition }
  const steps = []
  for (const [name, step] of Object.entries(EXTRAS)) {
    if (create[name] === undefined) continue
    steps.push(step(create[name]))
    delete create[name]
  }
  return { ...where, resource, create, steps: steps.filter(Boolean), items: [] }
}

/* ---- a DescribeTable answer ---- */

function throughputOf ({ ProvisionedThroughput: given }) {
  if (given === undefined) return undefined
  const units = pick(given, ['ReadCapacityUnits', 'WriteCapacityUnits'])
  return units.ReadCapacityUnits > 0 || units.WriteCapacityUnits > 0 ? units : undefined
}

const requested = ({ WarmThroughput: given }) =>
  given === undefined ? undefined : pick(given, ['ReadUnitsPerSecond', 'WriteUnitsPerSecond'])

function indexOf (index, onDemand) {
  return defined({
    ...pick(index, ['IndexName', 'KeySchema', 'Projection', 'OnDemandThroughput']),
    ProvisionedThroughput: onDemand ? undefined : throughputOf(index),
    WarmThroughput: requested(index)
  })
}

function describedPlan (table) {
  const ProvisionedThroughput = throughputOf(table)
  const BillingMode = table.BillingModeSummary?.BillingMode ??
    (ProvisionedThroughput === undefined ? 'PAY_PER_REQUEST' : 'PROVISIONED')
  const onDemand = BillingMode === 'PAY_PER_REQUEST'
  const sse = table.SSEDescription
  const create = defined({
    ...pick(table, ['TableName', 'AttributeDefinitions', 'KeySchema', 'DeletionProtectionEnabled',
      'OnDemandThroughput', 'Tags']),
    BillingMode,
    ProvisionedThroughput: onDemand ? undefined : ProvisionedThroughput,
    LocalSecondaryIndexes: table.LocalSecondaryIndexes?.map(index =>
      pick(index, ['IndexName', 'KeySchema', 'Projection'])),
    GlobalSecondaryIndexes: table.GlobalSecondaryIndexes?.map(index => indexOf(index, onDemand)),
    StreamSpecification: table.StreamSpecification?.StreamEnabled
      ? table.StreamSpecification
      : undefined,
    SSESpecification: /^(ENABL|UPDAT)/.test(sse?.Status) && sse.SSEType === 'KMS'
      ? defined({ Enabled: true, SSEType: sse.SSEType, KMSMasterKeyId: sse.KMSMasterKeyArn })
      : undefined,
    TableClass: table.TableClassSummary?.TableClass,
    WarmThroughput: requested(table)
  })
  const plan = planOf(pick(table, ['TableName', 'TimeToLiveDescription']))
  return withReplicas({ create, steps: plan.steps, items: [] }, table.Replicas)
}

/** The plan with replicas, whose members are those of a DescribeTable answer. */
function withReplicas (plan, replicas = []) {
  if (replicas.length === 0) return plan
  const made = replicas.map(replicaStep)
  if (plan.create.BillingMode === 'PAY_PER_REQUEST') {
    return { ...plan, steps: [...made, ...plan.steps] }
  }
  const { create, provision } = firstOnDemand(plan.create)
  return { ...plan, create, steps: [...made, provision, ...plan.steps] }
}

/* A table with provisioned writes gets replicas when its writes scale by themselves, which another
 * service sees to; one that is on demand gets them always, and may become provisioned later. */
function firstOnDemand (given) {
  const { ProvisionedThroughput, WarmThroughput, GlobalSecondaryIndexes, ...create } = given
  const provision = defined({
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput,
    WarmThroughput,
    GlobalSecondaryIndexUpdates: GlobalSecondaryIndexes?.map(index => ({
      Update: pick(index, ['IndexName', 'ProvisionedThroughput', 'WarmThroughput'])
    }))
  })
  return {
    create: defined({
      ...create,
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: GlobalSecondaryIndexes?.map(index =>
        pick(index, ['IndexName', 'KeySchema', 'Projection']))
    }),
    provision: ['UpdateTable', provision]
  }
}

function replicaStep (replica) {
  return ['UpdateTable', {
    ReplicaUpdates: [{
      Create: defined({
        ...pick(replica, ['RegionName', 'KMSMasterKeyId', 'ProvisionedThroughputOverride',
          'OnDemandThroughputOverride', 'GlobalSecondaryIndexes']),
        TableClassOverride:
          replica.TableClassOverride ?? replica.ReplicaTableClassSummary?.TableClass
      })
    }]
  }]
}

/** The plans of a document of the service: one table, several, or an answer with one. */
function servicePlans (value, where) {
  if (Array.isArray(value)) return value.flatMap(element => servicePlans(element, where))
  if (isObject(value) && !isDefinition(value)) {
    const inner = value.Table ?? value.TableDescription ?? value.tables ?? value.Tables
    if (inner !== undefined) return servicePlans(withSiblings(value, inner), where)
  }
  return [planOf(value, where)]
}

/* `describe-table` and `describe-time-to-live` written into one document. */
function withSiblings (value, table) {
  return value.TimeToLiveDescription !== undefined && isObject(table)
    ? { ...table, TimeToLiveDescription: value.TimeToLiveDescription }
    : table
}

module.exports = {
  defined, isDefinition, isDescription, isObject, pick, planOf, servicePlans, withReplicas
}
