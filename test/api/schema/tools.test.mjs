// loadSchema() with what CDK, the Serverless Framework and Terraform write.
// Evidence: AWS CDK, cloud assembly schema; Serverless Framework documentation, "Variables";
// HashiCorp, "JSON Output Format", and the AWS provider's documentation of aws_dynamodb_table.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SchemaError } from 'ddblite'
import { everyTarget } from '../support/targets.mjs'

const fixture = name => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const json = name => JSON.parse(readFileSync(fixture(name), 'utf8'))

const suite = (title, body) => everyTarget(title, context => body({
  ...context,
  described: async TableName => (await context.send('DescribeTable', { TableName })).Table,
  load: async (source, options) => {
    await context.db().reset()
    return context.db().loadSchema(source, options)
  },
  refused: async (source, message, options) => {
    const error = await context.db().loadSchema(source, options).catch(error => error)
    assert.ok(error instanceof SchemaError, error.stack ?? JSON.stringify(error))
    assert.match(error.message, message)
    return error
  }
}))

suite('loadSchema of CDK', ({ test, described, load, refused }) => {
  test('reads all stacks of a cloud assembly, with nested ones, stages and exports', async () => {
    const { tables, skipped } = await load(fixture('cdk.out'))
    assert.deepEqual(tables,
      ['Music5F3A9C21', 'inner-data-plays', 'Music5F3A9C21-shadow', 'Prod-Data-orders'])
    assert.deepEqual(skipped.map(({ resource }) => resource), ['Far'])
    assert.equal((await described('Music5F3A9C21')).StreamSpecification.StreamEnabled, true)
  })

  test('reads the manifest, and a template alone', async () => {
    assert.equal((await load(fixture('cdk.out/manifest.json'))).tables.length, 4)
    const { tables } = await load(fixture('cdk.out/DataStack.template.json'))
    assert.deepEqual(tables, ['Music5F3A9C21', 'inner-DataStack-plays'])
    await refused(fixture('cdk.out/ApiStack.template.json'),
      /ApiStack\.template\.json: Shadow1A2B3C4D: TableName: Fn::ImportValue/)
  })

  test('names tables by logical id or by construct', async () => {
    for (const key of ['Music5F3A9C21', 'DataStack/Music']) {
      const { tables } = await load(fixture('cdk.out'), { tableNames: { [key]: 'music' } })
      assert.deepEqual([tables[0], tables[2]], ['music', 'music-shadow'])
    }
  })

  test('refuses a folder without templates', async () => {
    await refused(fixture('service'), /no manifest\.json and no \*\.template\.json/)
  })
})

suite('loadSchema of the Serverless Framework', ({ test, send, described, load, refused }) => {
  const file = fixture('service/serverless.yml')
  const tags = async TableName => {
    const { TableArn: ResourceArn } = await described(TableName)
    const { Tags } = await send('ListTagsOfResource', { ResourceArn })
    return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))
  }

  test('works out variables, one inside of another, from files, with defaults', async () => {
    const { tables, skipped } = await load(file, { env: {} })
    assert.deepEqual({ tables, skipped }, { tables: ['shop-dev-orders', 'test-carts'], skipped: [] })
    const { ProvisionedThroughput } = await described('shop-dev-orders')
    assert.equal(ProvisionedThroughput.ReadCapacityUnits, 2)
    assert.equal(ProvisionedThroughput.WriteCapacityUnits, 1)
    assert.deepEqual(await tags('test-carts'),
      { domain: 'dev.example.org', user: 'nobody', arn: 'arn:aws:x:us-east-1' })
    const ttl = await send('DescribeTimeToLive', { TableName: 'test-carts' })
    assert.equal(ttl.TimeToLiveDescription.TimeToLiveStatus, 'DISABLED')
  })

  test('goes by the stage, options, parameters and environment that are given', async () => {
    const { tables } = await load(file,
      { stage: 'prod', env: { SHOP_USER: 'ada' }, params: { domain: 'example.com' } })
    assert.deepEqual(tables, ['shop-prod-orders', 'shop-carts'])
    assert.equal((await described('shop-prod-orders')).ProvisionedThroughput.ReadCapacityUnits, 20)
    assert.deepEqual(await tags('shop-carts'),
      { domain: 'example.com', user: 'ada', arn: 'arn:aws:x:us-east-1' })
    assert.deepEqual((await load(file, { opt: { stage: 'qa' } })).tables,
      ['shop-qa-orders', 'test-carts'])
  })

  const service = (TableName, more = {}) => ({
    service: 'shop',
    provider: { name: 'aws' },
    ...more,
    resources: {
      Resources: {
        Table: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            TableName,
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }]
          }
        }
      }
    }
  })

  test('takes what only AWS knows from `variables`', async () => {
    const source = service('${ssm:/name}-${cf.eu-west-1:stack.Out, "none"}')
    const { tables } = await load(source, { variables: { 'ssm:/name': 'known' } })
    assert.deepEqual(tables, ['known-none'])
    const variables = { 'ssm:/name': 'a', 'cf.eu-west-1:stack.Out': 'bcd' }
    assert.deepEqual((await load(source, { variables })).tables, ['a-bcd'])
  })

  test('names the variable that it cannot resolve, and where it stands', async () => {
    const error = await refused(service('${ssm:/name}'),
      /^Table: TableName: \$\{ssm:\/name\} is not known here/)
    assert.deepEqual([error.resource, error.property], ['Table', 'TableName'])
    for (const [source, message] of [
      [service('${self:custom.nothing}'), /\$\{self:custom\.nothing\} is not known/],
      [service('${self:custom.a}', { custom: { a: '${self:custom.b}', b: '${self:custom.a}' } }),
        /refers to itself/],
      [service('x-${self:custom}', { custom: { a: 1 } }), /is no text, and stands in one/],
      [service('${file(./names.js):x}'), /names\.js is a program/],
      [service('${file(./names.yml):x}'), /is beside a text/],
      [{ service: 'x', provider: {} }, /no resources/]
    ]) await refused(source, message)
  })
})

suite('loadSchema of Terraform', ({ test, send, db, described, load, refused }) => {
  test('reads the tables of a plan, in all modules', async () => {
    const { tables, skipped } = await load(fixture('plan.json'))
    assert.deepEqual(tables, ['Scores', 'Events'])
    assert.deepEqual(skipped.map(({ resource, reason }) => [resource, reason]),
      [['aws_dynamodb_table_item.first', 'An item: it is written with `items: true`']])
    const scores = await described('Scores')
    assert.deepEqual(scores.KeySchema.map(({ AttributeName }) => AttributeName), ['user', 'game'])
    assert.equal(scores.ProvisionedThroughput.WriteCapacityUnits, 5)
    assert.equal(scores.DeletionProtectionEnabled, true)
    assert.equal(scores.TableClassSummary.TableClass, 'STANDARD_INFREQUENT_ACCESS')
    assert.match(scores.SSEDescription.KMSMasterKeyArn, /key\/1b2c3d4e/)
    assert.deepEqual(scores.StreamSpecification, { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' })
    const [index] = scores.GlobalSecondaryIndexes
    assert.deepEqual(index.Projection, { ProjectionType: 'INCLUDE', NonKeyAttributes: ['wins'] })
    assert.equal(index.ProvisionedThroughput.ReadCapacityUnits, 3)
    assert.equal(scores.LocalSecondaryIndexes[0].KeySchema[1].AttributeName, 'score')
    const { Tags } = await send('ListTagsOfResource', { ResourceArn: scores.TableArn })
    assert.deepEqual(Tags.map(({ Key }) => Key).sort(), ['owner', 'team'])
    const ttl = await send('DescribeTimeToLive', { TableName: 'Scores' })
    assert.equal(ttl.TimeToLiveDescription.AttributeName, 'expires')
    const { ContinuousBackupsDescription: { PointInTimeRecoveryDescription: recovery } } =
      await send('DescribeContinuousBackups', { TableName: 'Scores' })
    assert.equal(recovery.RecoveryPeriodInDays, 14)

    const events = await described('Events')
    assert.deepEqual(events.OnDemandThroughput, { MaxReadRequestUnits: 40 })
    assert.deepEqual(events.GlobalSecondaryIndexes[0].KeySchema.map(({ KeyType }) => KeyType),
      ['HASH', 'HASH', 'RANGE'])
    assert.deepEqual(events.Replicas.map(({ RegionName }) => RegionName), ['eu-west-1'])
  })

  test('writes the items of a plan when it is asked to', async () => {
    await load(fixture('plan.json'), { items: true })
    const { Items } = await send('Scan', { TableName: 'Scores' })
    assert.deepEqual(Items, [{ user: { S: 'ada' }, game: { S: 'chess' }, score: { N: '7' } }])
  })

  test('falls back on the changes of a plan without planned values', async () => {
    const plan = json('plan.json')
    const { values } = plan.planned_values.root_module.resources[0]
    delete plan.planned_values
    plan.resource_changes[0].change.after = values
    assert.deepEqual((await load(plan)).tables, ['Scores'])
  })

  test('reads states, written or shown', async () => {
    const { tables, skipped } = await load(fixture('terraform.tfstate'))
    assert.deepEqual({ tables, skipped }, { tables: ['Users'], skipped: [] })
    const users = await described('Users')
    assert.equal(users.GlobalSecondaryIndexes[0].IndexName, 'byEmail')
    const { KinesisDataStreamDestinations: [kinesis] } =
      await send('DescribeKinesisStreamingDestination', { TableName: 'Users' })
    assert.match(kinesis.StreamArn, /stream\/users$/)
    const { planned_values: values, ...plan } = json('plan.json')
    delete plan.resource_changes
    assert.deepEqual((await load({ ...plan, values })).tables, ['Scores', 'Events'])
  })

  test('names the resource whose name is not known yet', async () => {
    const plan = json('plan.json')
    const [table] = plan.planned_values.root_module.resources
    delete table.values.name
    await db().reset()
    await refused(plan, /^aws_dynamodb_table\.scores: name: It is known after the apply only/)
    const { tables } = await load(plan, { tableNames: { 'aws_dynamodb_table.scores': 'Points' } })
    assert.deepEqual(tables, ['Points', 'Events'])
  })
})
