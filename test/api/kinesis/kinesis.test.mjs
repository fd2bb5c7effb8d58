/*
 * kinesis.test.mjs - the destination of a table's changes: Enable-, Update-, Disable- and
 * DescribeKinesisStreamingDestination.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, tableInput } from '../support/targets.mjs'

const arn = name => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`
const state = 'Table is not in a valid state to enable Kinesis Streaming Destination: '
const precision = ApproximateCreationDateTimePrecision => ({ ApproximateCreationDateTimePrecision })

everyTarget('Kinesis destinations', ({ test, send, makeTable }) => {
  const enable = (TableName, StreamArn, more) =>
    send('EnableKinesisStreamingDestination', { TableName, StreamArn, ...more })
  const disable = (TableName, StreamArn, more) =>
    send('DisableKinesisStreamingDestination', { TableName, StreamArn, ...more })
  const update = (TableName, StreamArn, config) =>
    send('UpdateKinesisStreamingDestination', {
      TableName,
      StreamArn,
      UpdateKinesisStreamingConfiguration: config
    })
  const list = async TableName =>
    (await send('DescribeKinesisStreamingDestination', { TableName })).KinesisDataStreamDestinations

  // Evidence: facts operations, Kinesis destination [R]; captures of October 2026.
  test('are enabled, described as ACTIVE, and disabled', async () => {
    const TableName = await makeTable()
    const StreamArn = arn('one')
    assert.deepEqual(await send('DescribeKinesisStreamingDestination', { TableName }), {
      TableName,
      KinesisDataStreamDestinations: []
    })
    assert.deepEqual(await enable(TableName, StreamArn), {
      TableName,
      StreamArn,
      DestinationStatus: 'ENABLING',
      EnableKinesisStreamingConfiguration: {}
    })
    assert.deepEqual(await list(TableName), [{ StreamArn, DestinationStatus: 'ACTIVE' }])
    assert.deepEqual(await disable(TableName, StreamArn), {
      TableName,
      StreamArn,
      DestinationStatus: 'DISABLING'
    })
    assert.deepEqual(await list(TableName), [{ StreamArn, DestinationStatus: 'DISABLED' }])
  })

  test('are one at a time; disabled ones stay listed, the newest first', async () => {
    const TableName = await makeTable()
    const busy =
      state +
      'EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE ' +
      'operation.'
    await enable(TableName, arn('one'))
    await invalid(enable(TableName, arn('one')), busy)
    await invalid(enable(TableName, arn('two')), busy)
    await disable(TableName, arn('one'))
    await enable(TableName, arn('two'), {
      EnableKinesisStreamingConfiguration: precision('MICROSECOND')
    })
    assert.deepEqual(await list(TableName), [
      { StreamArn: arn('two'), DestinationStatus: 'ACTIVE', ...precision('MICROSECOND') },
      { StreamArn: arn('one'), DestinationStatus: 'DISABLED' }
    ])
    await disable(TableName, arn('two'))
    await enable(TableName, arn('one'))
    assert.deepEqual(
      (await list(TableName)).map(d => d.DestinationStatus),
      ['ACTIVE', 'DISABLED']
    )
    assert.equal((await list(TableName))[0].StreamArn, arn('one'))
  })

  test('change their precision, and lose it when disabled', async () => {
    const TableName = await makeTable()
    const StreamArn = arn('one')
    const { TableId } = (await send('DescribeTable', { TableName })).Table
    const same = value =>
      `Invalid Request: Precision is already set to the desired value of ${value} for ` +
      `tableId: ${TableId}, kdsArn: ${StreamArn}`
    await enable(TableName, StreamArn)
    await invalid(update(TableName, StreamArn, precision('MILLISECOND')), same('MILLISECOND'))
    assert.deepEqual(await update(TableName, StreamArn, precision('MICROSECOND')), {
      TableName,
      StreamArn,
      DestinationStatus: 'UPDATING',
      UpdateKinesisStreamingConfiguration: precision('MICROSECOND')
    })
    assert.deepEqual(await list(TableName), [
      { StreamArn, DestinationStatus: 'ACTIVE', ...precision('MICROSECOND') }
    ])
    await invalid(update(TableName, StreamArn, precision('MICROSECOND')), same('MICROSECOND'))
    await update(TableName, StreamArn, precision('MILLISECOND'))
    await disable(TableName, StreamArn)
    assert.deepEqual(await list(TableName), [{ StreamArn, DestinationStatus: 'DISABLED' }])
  })

  // Evidence: facts operations, UpdateKinesisStreamingDestination [R]; captures of October 2026.
  test('refuse what they cannot do, with the texts of the service', async () => {
    const TableName = await makeTable()
    const StreamArn = arn('one')
    const notActive =
      state + 'KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.'
    const empty =
      'Streaming destination cannot be updated with given parameters: ' +
      'UpdateKinesisStreamingConfiguration cannot be null or contain only null values'
    await invalid(disable(TableName, StreamArn), notActive)
    await invalid(
      update(TableName, StreamArn, precision('MICROSECOND')),
      state +
        `No streaming destination with streamArn: ${StreamArn} found for table with ` +
        `tableName: ${TableName}`
    )
    await invalid(update(TableName, StreamArn), empty)
    await invalid(update(TableName, StreamArn, {}), empty)
    await invalid(
      update(TableName, StreamArn, precision('SECOND')),
      "1 validation error detected: Value 'SECOND' at " +
        "'updateKinesisStreamingConfiguration.approximateCreationDateTimePrecision' failed to " +
        'satisfy constraint: Member must satisfy enum value set: [MILLISECOND, MICROSECOND]'
    )
    await enable(TableName, StreamArn)
    await invalid(
      disable(TableName, StreamArn, {
        EnableKinesisStreamingConfiguration: precision('MICROSECOND')
      }),
      'Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters'
    )
    await disable(TableName, StreamArn)
    await invalid(disable(TableName, StreamArn), notActive)
    await invalid(
      update(TableName, StreamArn, precision('MICROSECOND')),
      state +
        'Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. ' +
        `TableName: ${TableName}, kdsArn: ${StreamArn}`
    )
  })

  test('need a table and a stream ARN of the right length', async () => {
    const missing = 'Requested resource not found: Table: missing not found'
    await rejects(enable('missing', arn('one')), 'ResourceNotFoundException', missing)
    await rejects(disable('missing', arn('one')), 'ResourceNotFoundException', missing)
    await rejects(
      update('missing', arn('one'), precision('MICROSECOND')),
      'ResourceNotFoundException',
      missing
    )
    await rejects(list('missing'), 'ResourceNotFoundException', missing)
    await invalid(
      enable('missing'),
      "1 validation error detected: Value null at 'streamArn' failed to satisfy constraint: " +
        'Member must not be null'
    )
    await invalid(
      enable('missing', ''),
      "1 validation error detected: Value '' at 'streamArn' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 37'
    )
    await invalid(
      enable(undefined, arn('one')),
      "The parameter 'TableName' is required but was not present in the request"
    )
  })

  test('go with their table', async () => {
    const TableName = await makeTable()
    await enable(TableName, arn('one'))
    await send('DeleteTable', { TableName })
    await send('CreateTable', tableInput(TableName))
    assert.deepEqual(await list(TableName), [])
  })

  test('may be named by the ARN of their table', async () => {
    const TableName = await makeTable()
    const { TableArn } = (await send('DescribeTable', { TableName })).Table
    assert.equal((await enable(TableArn, arn('one'))).TableName, TableName)
    assert.equal((await list(TableArn)).length, 1)
  })
})
