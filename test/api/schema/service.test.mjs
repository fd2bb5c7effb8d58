// loadSchema() with the service's own documents.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SchemaError } from 'ddblite'
import { everyTarget, invalid, rejects, tableInput } from '../support/targets.mjs'

const fixture = name => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const describeTable = JSON.parse(readFileSync(fixture('describe-table.json'), 'utf8'))

/* What a description says that was asked for, and not what the service adds. */
function asked (table) {
  const { TableName, AttributeDefinitions, KeySchema, StreamSpecification } = table
  const { ReadCapacityUnits, WriteCapacityUnits } = table.ProvisionedThroughput
  return {
    TableName,
    AttributeDefinitions,
    KeySchema,
    StreamSpecification,
    units: [ReadCapacityUnits, WriteCapacityUnits],
    sse: table.SSEDescription,
    class: table.TableClassSummary,
    protected: table.DeletionProtectionEnabled,
    indexes: [...table.GlobalSecondaryIndexes ?? [], ...table.LocalSecondaryIndexes ?? []]
      .map(index =>
        [index.IndexName, index.KeySchema, index.Projection, index.ProvisionedThroughput])
  }
}

everyTarget('loadSchema', ({ test, send, db }) => {
  const described = async TableName => (await send('DescribeTable', { TableName })).Table
  const drop = TableName => send('DeleteTable', { TableName })

  test('makes the table of a DescribeTable answer', async () => {
    const loaded = await db().loadSchema(describeTable)
    assert.deepEqual(loaded, { tables: ['Music'], skipped: [] })
    const made = await described('Music')
    assert.deepEqual(asked(made), asked(describeTable.Table))
    assert.notEqual(made.TableId, describeTable.Table.TableId)
    await send('UpdateTable', { TableName: 'Music', DeletionProtectionEnabled: false })
    await drop('Music')
  })

  test('makes the same table from what DescribeTable says of it here', async () => {
    await db().loadSchema(tableInput('First', {
      range: 'sk:N', gsis: { byG: { hash: 'g', range: 'sk:N' } }, lsis: { byL: { range: 'l' } },
      OnDemandThroughput: { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 5 }
    }))
    const first = await described('First')
    await drop('First')
    await db().loadSchema({ Table: first })
    const { CreationDateTime, TableId, BillingModeSummary, ...again } = await described('First')
    const expected = { ...first }
    for (const name of ['CreationDateTime', 'TableId', 'BillingModeSummary']) delete expected[name]
    assert.deepEqual(again, expected)
    await drop('First')
  })

  test('takes CreateTable requests alone, in a list, under `tables`, as text and from a file', async () => {
    const one = tableInput('One')
    for (const source of [
      one, [one], { tables: [one] }, JSON.stringify(one), Buffer.from(JSON.stringify([one])),
      'TableName: One\nBillingMode: PAY_PER_REQUEST\nKeySchema:\n' +
        '  - {AttributeName: pk, KeyType: HASH}\n' +
        'AttributeDefinitions:\n  - {AttributeName: pk, AttributeType: S}\n'
    ]) {
      assert.deepEqual((await db().loadSchema(source)).tables, ['One'])
      assert.deepEqual((await described('One')).KeySchema, one.KeySchema)
      await drop('One')
    }
    const file = fixture('describe-table.json')
    assert.deepEqual((await db().loadSchema(file)).tables, ['Music'])
    await send('UpdateTable', { TableName: 'Music', DeletionProtectionEnabled: false })
    await drop('Music')
    assert.deepEqual((await db().loadSchema(new URL(`file://${file}`))).tables, ['Music'])
    await send('UpdateTable', { TableName: 'Music', DeletionProtectionEnabled: false })
    await drop('Music')
  })

  test('turns on expiry and recovery that stand beside a CreateTable request', async () => {
    await db().loadSchema({
      ...tableInput('Extra'),
      TimeToLiveSpecification: { AttributeName: 'end', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
    })
    const { TimeToLiveDescription } = await send('DescribeTimeToLive', { TableName: 'Extra' })
    assert.deepEqual(TimeToLiveDescription, { TimeToLiveStatus: 'ENABLED', AttributeName: 'end' })
    const { ContinuousBackupsDescription } =
      await send('DescribeContinuousBackups', { TableName: 'Extra' })
    assert.equal(
      ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus, 'ENABLED')
    await drop('Extra')
  })

  test('fails, skips or replaces where a table is there', async () => {
    const old = tableInput('There', { hash: 'old' })
    const fresh = tableInput('There', { hash: 'fresh' })
    await db().loadSchema(old)
    await send('PutItem', { TableName: 'There', Item: { old: { S: 'a' } } })
    await rejects(db().loadSchema(fresh), 'ResourceInUseException')
    assert.deepEqual(await db().loadSchema([fresh, tableInput('Other')], { existing: 'skip' }), {
      tables: ['Other'], skipped: [{ resource: 'There', reason: 'The table There is there already' }]
    })
    assert.equal((await described('There')).KeySchema[0].AttributeName, 'old')
    assert.deepEqual((await db().loadSchema(fresh, { existing: 'replace' })).tables, ['There'])
    assert.equal((await described('There')).KeySchema[0].AttributeName, 'fresh')
    assert.equal((await send('Scan', { TableName: 'There' })).Count, 0)
    await drop('There')
    await drop('Other')
  })

  test("passes the engine's refusal through", async () => {
    await invalid(db().loadSchema({ ...tableInput('Bad'), KeySchema: [] }))
    await invalid(db().loadSchema({ ...tableInput('Bad'), Surprise: 1, BillingMode: 'FREE' }))
  })

  test('refuses what is no schema, and names the file', async () => {
    for (const [source, text] of [
      [{ a: 1 }, /no schema/],
      [[], /no schema/],
      ['a: [1\nb: 2', /neither JSON nor YAML/],
      ['no-such-file.yaml', /no-such-file\.yaml: The file cannot be read \(ENOENT\)/],
      [fixture('../service.test.mjs'), /service\.test\.mjs/],
      [{ tables: [tableInput('Two'), tableInput('Two')] }, /Two is described twice/],
      [{ tables: [{ KeySchema: [] }] }, /no TableName/],
      [5, /not 5/]
    ]) {
      const error = await db().loadSchema(source).then(() => assert.fail('loaded'), error => error)
      assert.ok(error instanceof SchemaError, error.stack)
      assert.match(error.message, text)
    }
    await assert.rejects(db().loadSchema({}, { existing: 'drop' }), TypeError)
    await assert.rejects(db().loadSchema({}, { format: 'pulumi' }), TypeError)
    assert.deepEqual((await send('ListTables')).TableNames, [])
  })
})

everyTarget('loadSchema with tableDelay', ({ test, send, db }) => {
  test('waits until the tables are there', async () => {
    await db().loadSchema({
      ...tableInput('Slow'), TimeToLiveSpecification: { AttributeName: 'end', Enabled: true }
    })
    assert.equal((await send('DescribeTable', { TableName: 'Slow' })).Table.TableStatus, 'ACTIVE')
  })

  test('says so when the clock stands still', async () => {
    const frozen = db().namespace({ region: 'eu-west-3' })
    await frozen.ready()
    await frozen.clock.set(1e12)
    const error = await frozen.loadSchema(tableInput('Slow')).catch(error => error)
    assert.match(error.message, /^Slow: The table is CREATING, and the clock is set by hand/)
  })
}, { tableDelay: 20 })
