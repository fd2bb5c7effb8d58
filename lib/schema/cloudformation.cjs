/*
 * cloudformation.cjs - the tables of CloudFormation templates, with SAM's and CDK's.
 *
 *   AWS::DynamoDB::Table, AWS::DynamoDB::GlobalTable, AWS::Serverless::SimpleTable -> plans
 *
 * Properties become members of CreateTable, or steps after it; the engine judges them. A global
 * table takes the settings of the replica in the client's Region; the others become replicas.
 * A table without a TableName gets its logical id, which is the same each time.
 * Start at templatePlans().
 */
'use strict'

const { SchemaError } = require('./errors.cjs')
const { STACK_TYPES, TABLE_TYPES, Template } = require('./template.cjs')
const { defined, isObject, pick, withReplicas } = require('./tables.cjs')

/* Of CDK's first Table, whose replicas are no part of the table. */
const REPLICA_TYPE = 'Custom::DynamoDBReplica'
const CONCERN_US = [...TABLE_TYPES, ...STACK_TYPES, REPLICA_TYPE]

const NUMBERS = new Set(['ReadCapacityUnits', 'WriteCapacityUnits', 'MaxReadRequestUnits',
  'MaxWriteRequestUnits', 'ReadUnitsPerSecond', 'WriteUnitsPerSecond', 'RecoveryPeriodInDays',
  'MinCapacity', 'MaxCapacity', 'SeedCapacity'])
const BOOLEANS = new Set(['Enabled', 'SSEEnabled', 'DeletionProtectionEnabled',
  'PointInTimeRecoveryEnabled'])

/** Is it a template? */
const isTemplate = value => isObject(value) && isObject(value.Resources) &&
  (value.AWSTemplateFormatVersion !== undefined ||
    Object.values(value.Resources).some(resource => typeof resource?.Type === 'string'))

/** The plans of a template's tables, and of the stacks nested in it. */
function templatePlans (template, settings) {
  const plans = []
  const { file } = template
  for (const [id, resource] of Object.entries(template.resources())) {
    const skip = reason => settings.skip(id, reason, file)
    if (id.startsWith('Fn::')) {
      loopOver(template, id, resource, skip)
    } else if (!CONCERN_US.includes(resource?.Type)) {
      continue
    } else if (!template.includes(id, resource)) {
      skip(`The condition ${resource.Condition} does not hold`)
    } else if (STACK_TYPES.includes(resource.Type)) {
      const stack = template.nested(id, resource)
      if (stack === undefined) skip('A nested stack whose template is elsewhere: load it as well')
      else plans.push(...templatePlans(stack, settings))
    } else if (resource.Type === REPLICA_TYPE) {
      skip('A replica that a function of CDK makes')
    } else {
      const plan = tablePlan(template, id, resource, { ...settings, skip })
      plans.push({ file, resource: id, ...plan })
    }
  }
  return plans
}

/* Resources that a macro or a loop makes are not known before AWS has run it. */
function loopOver (template, id, body, skip) {
  const holdsTables = TABLE_TYPES.some(type => JSON.stringify(body).includes(`"${type}"`))
  if (holdsTables || id === 'Fn::Transform') {
    throw template.error(`${id.split('::').slice(0, 2).join('::')} is not supported`,
      { resource: id })
  }
  skip('A loop that makes no tables')
}

const READERS = {
  'AWS::DynamoDB::Table': readTable,
  'AWS::DynamoDB::GlobalTable': readGlobalTable,
  'AWS::Serverless::SimpleTable': readSimpleTable
}

function tablePlan (template, id, resource, settings) {
  const { TableName: _, ...given } = resource.Properties ?? {}
  if (!isObject(given)) throw template.error('Properties is no object', { resource: id })
  const context = {
    settings,
    fail: (reason, property) => template.error(reason, { resource: id, property })
  }
  const table = typed(template.value(given, { resource: id }), context)
  const TableName = template.tableName(id, resource)
  return READERS[resource.Type]({ TableName, ...table }, context)
}

/* CloudFormation takes "5" for 5 and "true" for true. */
function typed (value, context, path = '') {
  if (Array.isArray(value)) {
    return value.map((element, i) => typed(element, context, `${path}[${i}]`))
  }
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => {
    const at = path === '' ? name : `${path}.${name}`
    if (name === 'PolicyDocument') return [name, member]
    if (typeof member !== 'string') return [name, typed(member, context, at)]
    if (NUMBERS.has(name)) {
      if (!/^\d+$/.test(member)) throw context.fail(`${JSON.stringify(member)} is no number`, at)
      return [name, Number(member)]
    }
    if (BOOLEANS.has(name)) {
      if (!/^(true|false)$/i.test(member)) {
        throw context.fail(`${JSON.stringify(member)} is neither true nor false`, at)
      }
      return [name, member.toLowerCase() === 'true']
    }
    return [name, member]
  }))
}

/* ---- AWS::DynamoDB::Table ---- */

const SAME = ['TableName', 'AttributeDefinitions', 'KeySchema', 'BillingMode',
  'ProvisionedThroughput', 'LocalSecondaryIndexes', 'OnDemandThroughput', 'WarmThroughput',
  'TableClass', 'DeletionProtectionEnabled', 'Tags']

function readTable (table, context) {
  if (table.ImportSourceSpecification !== undefined) {
    context.settings.skip('ImportSourceSpecification: nothing is imported from S3')
  }
  return {
    create: defined({
      ...pick(table, SAME),
      GlobalSecondaryIndexes: table.GlobalSecondaryIndexes?.map(index =>
        pick(index, ['IndexName', 'KeySchema', 'Projection', 'ProvisionedThroughput',
          'OnDemandThroughput', 'WarmThroughput'])),
      StreamSpecification: streamOf(table.StreamSpecification),
      SSESpecification: encryptionOf(table.SSESpecification),
      ResourcePolicy: policyOf(table.ResourcePolicy)
    }),
    steps: [
      ...laterSteps(table),
      ...(table.GlobalSecondaryIndexes ?? []).flatMap(index => insightSteps(index, index.IndexName))
    ],
    items: []
  }
}

const streamOf = stream => stream === undefined
  ? undefined
  : { StreamEnabled: true, ...pick(stream, ['StreamViewType']) }

const encryptionOf = sse => sse === undefined
  ? undefined
  : defined({ Enabled: sse.SSEEnabled, ...pick(sse, ['SSEType', 'KMSMasterKeyId']) })

const policyOf = policy => policy?.PolicyDocument === undefined
  ? undefined
  : typeof policy.PolicyDocument === 'string'
    ? policy.PolicyDocument
    : JSON.stringify(policy.PolicyDocument)

/* What is set on a table that is there. */
function laterSteps (table) {
  const steps = []
  const ttl = table.TimeToLiveSpecification
  if (ttl !== undefined && ttl.Enabled !== false) {
    steps.push(['UpdateTimeToLive', { TimeToLiveSpecification: ttl }])
  }
  const recovery = table.PointInTimeRecoverySpecification
  if (recovery?.PointInTimeRecoveryEnabled === true) {
    steps.push(['UpdateContinuousBackups', { PointInTimeRecoverySpecification: recovery }])
  }
  const kinesis = table.KinesisStreamSpecification
  if (kinesis?.StreamArn !== undefined) {
    const { StreamArn, ApproximateCreationDateTimePrecision } = kinesis
    steps.push(['EnableKinesisStreamingDestination', defined({
      StreamArn,
      EnableKinesisStreamingConfiguration: ApproximateCreationDateTimePrecision === undefined
        ? undefined
        : { ApproximateCreationDateTimePrecision }
    })])
  }
  return [...steps, ...insightSteps(table)]
}

function insightSteps ({ ContributorInsightsSpecification: insights }, IndexName) {
  if (insights?.Enabled !== true) return []
  return [['UpdateContributorInsights', defined({
    IndexName, ContributorInsightsAction: 'ENABLE', ContributorInsightsMode: insights.Mode
  })]]
}

/* ---- AWS::DynamoDB::GlobalTable ---- */

function readGlobalTable (table, context) {
  const { settings, fail } = context
  const { Replicas: replicas } = table
  if (!Array.isArray(replicas) || replicas.length === 0) throw fail('There are none', 'Replicas')
  const local = replicas.find(replica => replica.Region === settings.region) ?? replicas[0]
  if (local.Region !== settings.region) {
    settings.skip(`Replicas: none is in ${settings.region}, so ${local.Region}'s settings hold`)
  }
  const onDemand = table.BillingMode === 'PAY_PER_REQUEST'
  const localIndexes = new Map((local.GlobalSecondaryIndexes ?? [])
    .map(index => [index.IndexName, index]))
  const indexes = (table.GlobalSecondaryIndexes ?? []).map(index => ({
    ...pick(index, ['IndexName', 'KeySchema', 'Projection', 'WarmThroughput']),
    ...globalThroughput(index, localIndexes.get(index.IndexName) ?? {}, onDemand,
      `GlobalSecondaryIndexes.${index.IndexName}`, context),
    ContributorInsightsSpecification:
      localIndexes.get(index.IndexName)?.ContributorInsightsSpecification
  }))
  const plan = readTable({
    ...pick(table, ['TableName', 'AttributeDefinitions', 'KeySchema', 'BillingMode',
      'LocalSecondaryIndexes', 'StreamSpecification', 'TimeToLiveSpecification', 'WarmThroughput']),
    ...pick(local, ['TableClass', 'DeletionProtectionEnabled', 'Tags', 'ResourcePolicy',
      'PointInTimeRecoverySpecification', 'KinesisStreamSpecification',
      'ContributorInsightsSpecification']),
    ...globalThroughput(table, local, onDemand, undefined, context),
    GlobalSecondaryIndexes: indexes.length > 0 ? indexes : undefined,
    SSESpecification: table.SSESpecification &&
      { ...table.SSESpecification, ...local.SSESpecification }
  }, context)
  return withReplicas(plan, replicas.filter(replica => replica !== local).map(replicaOf))
}

/* Reads are settings of a replica, writes of the whole table; either may scale by itself. */
function globalThroughput (whole, replica, onDemand, property, context) {
  if (onDemand) {
    const limits = {
      ...(replica.ReadOnDemandThroughputSettings ?? whole.ReadOnDemandThroughputSettings),
      ...whole.WriteOnDemandThroughputSettings
    }
    return Object.keys(limits).length > 0 ? { OnDemandThroughput: limits } : {}
  }
  const read = replica.ReadProvisionedThroughputSettings ?? whole.ReadProvisionedThroughputSettings
  const write = whole.WriteProvisionedThroughputSettings
  const units = defined({
    ReadCapacityUnits: read?.ReadCapacityUnits ?? unitsOf(read?.ReadCapacityAutoScalingSettings),
    WriteCapacityUnits: unitsOf(write?.WriteCapacityAutoScalingSettings)
  })
  if (property !== undefined && Object.keys(units).length === 0) {
    throw context.fail('Its provisioned throughput is not given', property)
  }
  return Object.keys(units).length > 0 ? { ProvisionedThroughput: units } : {}
}

const unitsOf = scaling => scaling?.SeedCapacity ?? scaling?.MinCapacity

function replicaOf (replica) {
  const read = replica.ReadProvisionedThroughputSettings
  const units = read?.ReadCapacityUnits ?? unitsOf(read?.ReadCapacityAutoScalingSettings)
  const onDemand = replica.ReadOnDemandThroughputSettings
  return defined({
    RegionName: replica.Region,
    KMSMasterKeyId: replica.SSESpecification?.KMSMasterKeyId,
    TableClassOverride: replica.TableClass,
    ProvisionedThroughputOverride: units === undefined ? undefined : { ReadCapacityUnits: units },
    OnDemandThroughputOverride: onDemand
  })
}

/* ---- AWS::Serverless::SimpleTable ---- */

const SAM_TYPES = { String: 'S', Number: 'N', Binary: 'B' }

function readSimpleTable (table, context) {
  const { Name = 'id', Type = 'String' } = table.PrimaryKey ?? {}
  if (!Object.hasOwn(SAM_TYPES, Type)) {
    throw context.fail(`There is no type ${Type}`, 'PrimaryKey.Type')
  }
  const tags = table.Tags
  return readTable({
    ...pick(table, ['TableName', 'ProvisionedThroughput', 'SSESpecification',
      'PointInTimeRecoverySpecification']),
    AttributeDefinitions: [{ AttributeName: Name, AttributeType: SAM_TYPES[Type] }],
    KeySchema: [{ AttributeName: Name, KeyType: 'HASH' }],
    BillingMode: table.ProvisionedThroughput === undefined ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    Tags: isObject(tags)
      ? Object.entries(tags).map(([Key, Value]) => ({ Key, Value: String(Value) }))
      : tags
  }, context)
}

/* ---- several templates ---- */

/**
 * The plans of templates that may use each other's exports.
 * @param {Array<{value: object, file?: string, folder?: string, stackName?: string}>} documents
 * @param {object} settings Template's, and skip(resource, reason, file)
 */
function stackPlans (documents, settings) {
  const { imports = {} } = settings
  const templates = documents.map(({ value, file, folder, stackName = settings.stackName }) => {
    if (!isTemplate(value)) throw new SchemaError('It is no CloudFormation template', { file })
    return new Template(value, { ...settings, file, folder, stackName, imported })
  })
  function imported (name) {
    if (Object.hasOwn(imports, name)) return imports[name]
    for (const template of templates) {
      const value = template.exported(name)
      if (value !== undefined) return value
    }
    return undefined
  }
  return templates.flatMap(template => templatePlans(template, settings))
}

module.exports = { isTemplate, stackPlans }
