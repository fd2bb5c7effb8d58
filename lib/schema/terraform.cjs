/*
 * terraform.cjs - the tables of Terraform: plans and states as JSON.
 *
 *   `terraform show -json plan`   planned_values, and resource_changes where that lacks a resource
 *   `terraform show -json`        values
 *   terraform.tfstate             resources, each with instances
 *
 * All come to a list of { address, type, values }. aws_dynamodb_table and its companions (items,
 * replicas, indexes, Kinesis, insights, policies) become plans. A value that is known only after
 * the apply is absent: a table without a name wants one in `tableNames`, by address.
 * Source: HashiCorp, "JSON Output Format"; the AWS provider's documentation of aws_dynamodb_table.
 * Start at terraformPlans().
 */
'use strict'

const { SchemaError } = require('./errors.cjs')
const { defined, isObject, withReplicas } = require('./tables.cjs')

const isState = value => value.version === 4 && Array.isArray(value.resources) &&
  (value.terraform_version !== undefined || value.lineage !== undefined)

/** Is it a plan or a state? */
const isTerraform = value => isObject(value) && (isState(value) ||
  (value.format_version !== undefined && (isObject(value.planned_values) ||
    Array.isArray(value.resource_changes) || isObject(value.values))))

function terraformPlans (documents, settings) {
  return documents.flatMap(({ value, file }) => {
    const skip = (address, reason) => settings.skip(address, reason, file)
    return plansOf(resourcesOf(value), { ...settings, file, skip })
  })
}

/* ---- documents ---- */

function resourcesOf (value) {
  if (isState(value)) return stateResources(value)
  const found = moduleResources((value.planned_values ?? value.values)?.root_module)
  const addresses = new Set(found.map(({ address }) => address))
  for (const { address, mode, type, change } of value.resource_changes ?? []) {
    if (addresses.has(address) || mode === 'data' || !isObject(change?.after)) continue
    found.push({ address, type, values: change.after })
  }
  return found
}

function moduleResources (module) {
  if (!isObject(module)) return []
  const own = (module.resources ?? []).filter(({ mode }) => mode !== 'data')
    .map(({ address, type, values }) => ({ address, type, values: values ?? {} }))
  return [...own, ...(module.child_modules ?? []).flatMap(moduleResources)]
}

function stateResources ({ resources }) {
  return resources.filter(({ mode }) => mode !== 'data').flatMap(resource =>
    (resource.instances ?? []).map(({ index_key: index, attributes }) => ({
      address: (resource.module === undefined ? '' : `${resource.module}.`) +
        `${resource.type}.${resource.name}` +
        (index === undefined ? '' : `[${JSON.stringify(index)}]`),
      type: resource.type,
      values: attributes ?? {}
    })))
}

/* ---- resources ---- */

/* Settings that are resources of their own, by the table's name. */
const COMPANIONS = {
  aws_dynamodb_table_item: addItem,
  aws_dynamodb_table_replica: (plan, { address }, { skip }) =>
    skip(address, 'It is in another Region: its table describes it where it is planned'),
  aws_dynamodb_global_secondary_index: addIndex,
  aws_dynamodb_kinesis_streaming_destination: (plan, { values }) =>
    plan.steps.push(['EnableKinesisStreamingDestination', { StreamArn: values.stream_arn }]),
  aws_dynamodb_contributor_insights: (plan, { values }) =>
    plan.steps.push(['UpdateContributorInsights', defined({
      IndexName: given(values.index_name), ContributorInsightsAction: 'ENABLE'
    })]),
  aws_dynamodb_resource_policy: (plan, { values }) => { plan.create.ResourcePolicy = values.policy }
}

function plansOf (resources, settings) {
  const plans = new Map()
  for (const resource of resources) {
    if (resource.type === 'aws_dynamodb_table') {
      const plan = tablePlan(resource, settings)
      plans.set(resource.address, { file: settings.file, resource: resource.address, ...plan })
    } else if (resource.type === 'aws_dynamodb_global_table') {
      settings.skip(resource.address, 'A global table of 2017: its tables stand in each Region')
    }
  }
  for (const resource of resources) {
    if (!Object.hasOwn(COMPANIONS, resource.type)) continue
    const plan = planFor(plans, resource.values)
    if (plan === undefined) settings.skip(resource.address, 'Its table is not in the document')
    else COMPANIONS[resource.type](plan, resource, settings)
  }
  return [...plans.values()]
}

function planFor (plans, { table_name: name, resource_arn: arn }) {
  const wanted = name ?? arn?.split('/').at(-1)
  return [...plans.values()].find(({ create }) => create.TableName === wanted)
}

/* Terraform writes what is not given as null, "", 0 or an empty list. */
const given = value => value === null || value === '' ? undefined : value
const block = value => Array.isArray(value) ? value[0] : value ?? undefined
const list = value => Array.isArray(value) ? value : []
const positive = value => typeof value === 'number' && value > 0 ? value : undefined
const orNothing = object => Object.keys(object).length > 0 ? object : undefined

function tablePlan ({ address, values }, settings) {
  const { file, tableNames = {}, skip } = settings
  const fail = (reason, property) => new SchemaError(reason, { file, resource: address, property })
  const TableName = Object.hasOwn(tableNames, address) ? tableNames[address] : given(values.name)
  if (TableName === undefined) {
    throw fail('It is known after the apply only: give one in `tableNames`', 'name')
  }
  for (const property of ['restore_source_name', 'restore_source_table_arn']) {
    if (given(values[property]) !== undefined) skip(address, `${property}: nothing is restored`)
  }
  if (block(values.import_table) !== undefined) skip(address, 'import_table: nothing is imported')
  const onDemand = values.billing_mode === 'PAY_PER_REQUEST'
  const create = defined({
    TableName,
    AttributeDefinitions: list(values.attribute)
      .map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    KeySchema: keysOf(values),
    BillingMode: given(values.billing_mode) ?? 'PROVISIONED',
    ProvisionedThroughput: onDemand ? undefined : throughputOf(values),
    GlobalSecondaryIndexes: indexesOf(list(values.global_secondary_index)
      .map(index => globalIndex(index, onDemand))),
    LocalSecondaryIndexes: indexesOf(list(values.local_secondary_index).map(index => ({
      IndexName: index.name,
      KeySchema: keysOf({ hash_key: values.hash_key, range_key: index.range_key }),
      Projection: projectionOf(index)
    }))),
    StreamSpecification: values.stream_enabled === true
      ? defined({ StreamEnabled: true, StreamViewType: given(values.stream_view_type) })
      : undefined,
    SSESpecification: encryptionOf(block(values.server_side_encryption)),
    Tags: tagsOf(values.tags_all ?? values.tags),
    TableClass: given(values.table_class),
    DeletionProtectionEnabled: given(values.deletion_protection_enabled),
    OnDemandThroughput: onDemandOf(block(values.on_demand_throughput)),
    WarmThroughput: warmOf(block(values.warm_throughput))
  })
  const replicas = list(values.replica).map(replica =>
    defined({ RegionName: replica.region_name, KMSMasterKeyId: given(replica.kms_key_arn) }))
  return withReplicas({ create, steps: stepsOf(values), items: [] }, replicas)
}

function stepsOf (values) {
  const steps = []
  const ttl = block(values.ttl)
  if (ttl?.enabled === true) {
    steps.push(['UpdateTimeToLive', {
      TimeToLiveSpecification: { Enabled: true, AttributeName: ttl.attribute_name }
    }])
  }
  const recovery = block(values.point_in_time_recovery)
  if (recovery?.enabled === true) {
    steps.push(['UpdateContinuousBackups', {
      PointInTimeRecoverySpecification: defined({
        PointInTimeRecoveryEnabled: true,
        RecoveryPeriodInDays: positive(recovery.recovery_period_in_days)
      })
    }])
  }
  return steps
}

const key = (AttributeName, KeyType) => ({ AttributeName, KeyType })

function keysOf ({ hash_key: hash, range_key: range, key_schema: schema }) {
  if (list(schema).length > 0) {
    return schema.map(({ attribute_name: name, key_type: type }) => key(name, type))
  }
  const keys = [key(hash, 'HASH')]
  return given(range) === undefined ? keys : [...keys, key(range, 'RANGE')]
}

const indexesOf = indexes => indexes.length > 0 ? indexes : undefined

function projectionOf ({ projection_type: ProjectionType, non_key_attributes: names }) {
  return list(names).length > 0 ? { ProjectionType, NonKeyAttributes: names } : { ProjectionType }
}

const globalIndex = (index, onDemand) => defined({
  IndexName: index.name,
  KeySchema: keysOf(index),
  Projection: projectionOf(index),
  ProvisionedThroughput: onDemand ? undefined : throughputOf(index),
  OnDemandThroughput: onDemandOf(block(index.on_demand_throughput)),
  WarmThroughput: warmOf(block(index.warm_throughput))
})

const throughputOf = ({ read_capacity: read, write_capacity: write }) => orNothing(defined({
  ReadCapacityUnits: given(read), WriteCapacityUnits: given(write)
}))

const onDemandOf = limits => limits && orNothing(defined({
  MaxReadRequestUnits: positive(limits.max_read_request_units),
  MaxWriteRequestUnits: positive(limits.max_write_request_units)
}))

const warmOf = warm => warm && orNothing(defined({
  ReadUnitsPerSecond: positive(warm.read_units_per_second),
  WriteUnitsPerSecond: positive(warm.write_units_per_second)
}))

const encryptionOf = sse => sse?.enabled === true
  ? defined({ Enabled: true, SSEType: 'KMS', KMSMasterKeyId: given(sse.kms_key_arn) })
  : undefined

const tagsOf = tags => isObject(tags)
  ? orNothing(Object.entries(tags).map(([Key, Value]) => ({ Key, Value: String(Value) })))
  : undefined

/* ---- companions ---- */

function addItem (plan, { address, values }, { items, skip, file }) {
  if (items !== true) return skip(address, 'An item: it is written with `items: true`')
  try {
    plan.items.push(JSON.parse(values.item))
  } catch (error) {
    throw new SchemaError(`It is not JSON (${error.message})`,
      { file, resource: address, property: 'item' })
  }
}

function addIndex (plan, { values }) {
  const onDemand = plan.create.BillingMode === 'PAY_PER_REQUEST'
  const units = block(values.provisioned_throughput)
  const index = globalIndex({
    name: values.index_name,
    key_schema: values.key_schema,
    ...block(values.projection),
    read_capacity: units?.read_capacity_units,
    write_capacity: units?.write_capacity_units,
    on_demand_throughput: values.on_demand_throughput,
    warm_throughput: values.warm_throughput
  }, onDemand)
  const { create } = plan
  create.GlobalSecondaryIndexes = [...create.GlobalSecondaryIndexes ?? [], index]
  for (const { attribute_name: name, attribute_type: type } of list(values.key_schema)) {
    if (create.AttributeDefinitions.some(({ AttributeName }) => AttributeName === name)) continue
    create.AttributeDefinitions = [...create.AttributeDefinitions,
      { AttributeName: name, AttributeType: type }]
  }
}

module.exports = { isTerraform, terraformPlans }
