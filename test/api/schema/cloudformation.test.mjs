// loadSchema() with CloudFormation templates.
// Evidence: AWS CloudFormation User Guide, "Intrinsic function reference", and the reference of
// AWS::DynamoDB::Table, AWS::DynamoDB::GlobalTable and AWS::Serverless::SimpleTable.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { SchemaError } from 'ddblite'
import { everyTarget, invalid } from '../support/targets.mjs'

const fixture = name => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

/* A template with one on-demand table T whose members are `more`. */
const template = (more = {}, rest = {}) => ({
  AWSTemplateFormatVersion: '2010-09-09',
  ...rest,
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        ...more
      }
    },
    ...rest.Resources
  }
})

everyTarget('loadSchema of CloudFormation', ({ test, send, db }) => {
  const described = async TableName => (await send('DescribeTable', { TableName })).Table
  const named = async (TableName, rest, options) => {
    await db().reset()
    return (await db().loadSchema(template({ TableName }, rest), options)).tables[0]
  }
  const refused = async (source, message, options) => {
    const error = await db().loadSchema(source, options).catch(error => error)
    assert.ok(error instanceof SchemaError, error.stack ?? JSON.stringify(error))
    assert.match(error.message, message)
    return error
  }

  test('reads every property of a table from YAML with short tags', async () => {
    const loaded = await db().loadSchema(fixture('stack.yaml'))
    assert.deepEqual(loaded.tables, ['test-dev-orders-us-east-1', 'Sessions'])
    assert.deepEqual(loaded.skipped.map(({ resource, reason }) => [resource, reason]), [
      ['Orders', 'ImportSourceSpecification: nothing is imported from S3'],
      ['Audit', 'The condition WithAudit does not hold']
    ])
    assert.equal(loaded.skipped[0].file, fixture('stack.yaml'))
    const TableName = 'test-dev-orders-us-east-1'
    const table = await described(TableName)
    assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 5)
    assert.equal(table.ProvisionedThroughput.WriteCapacityUnits, 1)
    assert.equal(table.GlobalSecondaryIndexes[0].ProvisionedThroughput.WriteCapacityUnits, 1)
    assert.equal(table.TableClassSummary, undefined)
    assert.deepEqual(table.StreamSpecification, { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' })
    assert.equal(table.SSEDescription.KMSMasterKeyArn, 'arn:aws:kms:us-east-1:000000000000:key/Key')
    const { TimeToLiveDescription } = await send('DescribeTimeToLive', { TableName })
    assert.deepEqual(TimeToLiveDescription, { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' })
    const { ContinuousBackupsDescription: { PointInTimeRecoveryDescription: recovery } } =
      await send('DescribeContinuousBackups', { TableName })
    assert.equal(recovery.RecoveryPeriodInDays, 7)
    const { KinesisDataStreamDestinations: [kinesis] } =
      await send('DescribeKinesisStreamingDestination', { TableName })
    assert.equal(kinesis.StreamArn, 'arn:aws:kinesis:us-east-1:000000000000:stream/dev-events')
    assert.equal(kinesis.ApproximateCreationDateTimePrecision, 'MILLISECOND')
    for (const IndexName of [undefined, 'byTotal']) {
      const insights = await send('DescribeContributorInsights', { TableName, IndexName })
      assert.match(insights.ContributorInsightsStatus, /^ENABL/)
    }
    const { Tags } = await send('ListTagsOfResource', { ResourceArn: table.TableArn })
    assert.deepEqual(Tags, [{ Key: 'stage', Value: 'dev' }])
    const { Policy } = await send('GetResourcePolicy', { ResourceArn: table.TableArn })
    assert.equal(JSON.parse(Policy).Statement[0].Principal.AWS, 'arn:aws:iam::000000000000:root')
    assert.equal((await described('Sessions')).AttributeDefinitions[0].AttributeType, 'B')
  })

  test('takes parameters, and conditions that follow from them', async () => {
    await db().reset()
    const { tables } = await db().loadSchema(fixture('stack.yaml'),
      { parameters: { Stage: 'prod', Reads: 30 } })
    assert.deepEqual(tables, ['production-orders-us-east-1', 'Audit'])
    const table = await described(tables[0])
    assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 30)
    assert.equal(table.ProvisionedThroughput.WriteCapacityUnits, 20)
    assert.equal(table.TableClassSummary.TableClass, 'STANDARD_INFREQUENT_ACCESS')
  })

  test("takes a global table's settings of the own Region, and makes the other replicas", async () => {
    await db().reset()
    assert.deepEqual(await db().loadSchema(fixture('global.json')), { tables: ['Scores'], skipped: [] })
    const table = await described('Scores')
    assert.equal(table.ProvisionedThroughput.ReadCapacityUnits, 6)
    assert.equal(table.ProvisionedThroughput.WriteCapacityUnits, 8)
    const [index] = table.GlobalSecondaryIndexes
    assert.equal(index.ProvisionedThroughput.ReadCapacityUnits, 7)
    assert.equal(index.ProvisionedThroughput.WriteCapacityUnits, 2)
    assert.equal(table.DeletionProtectionEnabled, true)
    assert.deepEqual(table.Replicas.map(replica =>
      [replica.RegionName, replica.ProvisionedThroughputOverride?.ReadCapacityUnits]), [['eu-west-1', 3]])
    const { TimeToLiveDescription } = await send('DescribeTimeToLive', { TableName: 'Scores' })
    assert.equal(TimeToLiveDescription.AttributeName, 'expires')
  })

  test('says whose settings hold when no replica is in the own Region', async () => {
    const elsewhere = db().namespace({ region: 'ap-south-1' })
    await elsewhere.reset()
    const { skipped } = await elsewhere.loadSchema(fixture('global.json'))
    assert.match(skipped[0].reason, /none is in ap-south-1, so eu-west-1's settings hold/)
    const { Table } = await elsewhere.execute('DescribeTable', { TableName: 'Scores' })
    assert.equal(Table.ProvisionedThroughput.ReadCapacityUnits, 3)
    await elsewhere.close()
  })

  test('reads SAM tables, with their defaults', async () => {
    await db().reset()
    const { tables } = await db().loadSchema(`
Transform: AWS::Serverless-2016-10-31
Resources:
  Plain:
    Type: AWS::Serverless::SimpleTable
  Keyed:
    Type: AWS::Serverless::SimpleTable
    Properties:
      TableName: keyed-\${x}
      PrimaryKey: { Name: n, Type: Number }
      ProvisionedThroughput: { ReadCapacityUnits: '3', WriteCapacityUnits: 4 }
      Tags: { team: songs }
`, { tableNames: { Keyed: 'keyed' } })
    assert.deepEqual(tables, ['Plain', 'keyed'])
    const plain = await described('Plain')
    assert.deepEqual(plain.AttributeDefinitions, [{ AttributeName: 'id', AttributeType: 'S' }])
    assert.equal(plain.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST')
    const keyed = await described('keyed')
    assert.deepEqual(keyed.AttributeDefinitions, [{ AttributeName: 'n', AttributeType: 'N' }])
    assert.equal(keyed.ProvisionedThroughput.ReadCapacityUnits, 3)
    const { Tags } = await send('ListTagsOfResource', { ResourceArn: keyed.TableArn })
    assert.deepEqual(Tags, [{ Key: 'team', Value: 'songs' }])
  })

  test('works out the intrinsic functions', async () => {
    const rest = {
      Parameters: {
        Words: { Type: 'CommaDelimitedList', Default: 'one,two, three' },
        Path: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/a/b' }
      },
      Mappings: { Names: { 'us-east-1': { Short: 'use1' } } },
      Conditions: {
        Yes: { 'Fn::Equals': ['a', 'a'] },
        No: { 'Fn::Not': [{ Condition: 'Yes' }] },
        Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }
      },
      Resources: {
        Other: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'topic' } },
        Bucket: { Type: 'AWS::S3::Bucket' }
      }
    }
    const long = { 'Fn::Join': ['.', { 'Fn::Split': ['-', { Ref: 'AWS::Region' }] }] }
    for (const [value, expected] of [
      [{ 'Fn::Select': ['1', { Ref: 'Words' }] }, 'two'],
      [{ 'Fn::Select': [2, { Ref: 'Words' }] }, 'three'],
      [long, 'us.east.1'],
      [{ 'Fn::FindInMap': ['Names', { Ref: 'AWS::Region' }, 'Short'] }, 'use1'],
      [{ 'Fn::FindInMap': ['Names', 'x', 'y', { DefaultValue: 'none' }] }, 'none'],
      [{ 'Fn::If': ['Both', 'both', 'notboth'] }, 'notboth'],
      [{ 'Fn::Base64': 'ddblite' }, 'ZGRibGl0ZQ'],
      [{ 'Fn::Sub': '${Bucket}-${AWS::StackName}' }, 'Bucket-stack'],
      [{ 'Fn::Sub': ['${A}.${B}', { A: 'x', B: { 'Fn::Length': [1, 2, 3] } }] }, 'x.3'],
      [{ 'Fn::ImportValue': { 'Fn::Sub': '${AWS::StackName}-t' } }, 'imported'],
      [{ Ref: 'AWS::NoValue' }, 'Table'],
      [{ 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Other', 'Arn'] }] }] }, 'topic']
    ]) {
      const trimmed = expected === 'ZGRibGl0ZQ' ? { 'Fn::Select': [0, { 'Fn::Split': ['=', value] }] } : value
      assert.equal(await named(trimmed, rest, { imports: { 'stack-t': 'imported' } }), expected)
    }
    assert.equal(await named({ Ref: 'Path' }, rest, { parameters: { Path: 'from-ssm' } }), 'from-ssm')
    assert.equal(await named('x', rest, { tableNames: { Table: 'renamed' } }), 'renamed')
    assert.equal(await named({ 'Fn::Sub': '${AWS::StackName}-t' }, {}, { stackName: 'music' }), 'music-t')
  })

  test('names file, resource and property of what it cannot resolve', async () => {
    await db().reset()
    const error = await refused(template({ TableName: { Ref: 'Nothing' } }),
      /^Table: TableName: There is no parameter or resource Nothing to refer to$/)
    assert.deepEqual([error.file, error.resource, error.property], [undefined, 'Table', 'TableName'])
    const name = value => template({ TableName: value })
    const loop = { Conditions: { A: { Condition: 'B' }, B: { Condition: 'A' } } }
    for (const [source, message] of [
      [name({ 'Fn::ImportValue': 'x' }), /TableName: Fn::ImportValue: give the value of x/],
      [name({ 'Fn::GetAtt': ['Table', 'StreamArn'] }), /StreamArn of Table \(AWS::DynamoDB::Table\)/],
      [name({ Ref: 'Table' }), /refers to itself/],
      [name('{{resolve:ssm:/name}}'), /known to AWS only/],
      [name({ 'Fn::Cidr': [] }), /Fn::Cidr is not supported/],
      [name({ 'Fn::Transform': { Name: 'AWS::Include' } }), /Fn::Transform is not supported/],
      [name({ Ref: 'AWS::Planet' }), /no AWS::Planet/],
      [name({ 'Fn::Select': [3, ['a']] }), /no element 3/],
      [name({ 'Fn::FindInMap': ['a', 'b', 'c'] }), /nothing at a\.b\.c/],
      [name({ Ref: 'a', x: 1 }), /Ref stands among other members/],
      [name({ 'Fn::If': ['Unknown', 'a', 'b'] }), /no condition Unknown/],
      [template({ TableName: { 'Fn::If': ['A', 'a', 'b'] } }, loop), /refers to itself/],
      [template({ TableName: { Ref: 'P' } }, { Parameters: { P: { Type: 'String' } } }),
        /parameter P has no default/],
      [template({ SSESpecification: { SSEEnabled: 'maybe' } }), /SSESpecification\.SSEEnabled: "maybe"/],
      [template({ ProvisionedThroughput: { ReadCapacityUnits: 'x' } }), /ReadCapacityUnits: "x" is no number/],
      [{ Resources: { 'Fn::ForEach::Tables': ['N', ['a'], { T: { Type: 'AWS::DynamoDB::Table' } }] },
        AWSTemplateFormatVersion: '2010-09-09' }, /Fn::ForEach is not supported/],
      [{ AWSTemplateFormatVersion: '2010-09-09', Resources: [] }, /no schema/]
    ]) await refused(source, message)
    const inFile = await refused(fixture('global.json'), /global\.json: Scores: TableName: /,
      { parameters: {}, tableNames: {}, format: 'cloudformation' }).catch(error => error)
    assert.ok(inFile)
    assert.deepEqual((await send('ListTables')).TableNames.filter(name => name !== 'Scores'), [])
  })

  test("leaves the judgement of a table to the engine", async () => {
    await db().reset()
    await invalid(db().loadSchema(template({ KeySchema: [{ AttributeName: 'q', KeyType: 'HASH' }] })))
  })
})
