/*
 * account.test.mjs - DescribeLimits and DescribeEndpoints.
 */
import assert from 'node:assert/strict'
import { everyTarget } from '../support/targets.mjs'

everyTarget('DescribeLimits', ({ test, send }) => {
  // Evidence: AWS Developer Guide, "Quotas in Amazon DynamoDB"; facts limits.json.
  test('tells the quotas of a new account', async () => {
    assert.deepEqual(await send('DescribeLimits', {}), {
      AccountMaxReadCapacityUnits: 80000,
      AccountMaxWriteCapacityUnits: 80000,
      TableMaxReadCapacityUnits: 40000,
      TableMaxWriteCapacityUnits: 40000
    })
    assert.deepEqual(await send('DescribeLimits', { Anything: 1 }), await send('DescribeLimits'))
  })
})

everyTarget(
  'DescribeEndpoints',
  ({ test, send }) => {
    // Evidence: AWS API reference, DescribeEndpoints; facts wire, 9.
    test('tells the endpoint of its Region, and how long that is good', async () => {
      assert.deepEqual(await send('DescribeEndpoints', {}), {
        Endpoints: [{ Address: 'dynamodb.eu-west-1.amazonaws.com', CachePeriodInMinutes: 1440 }]
      })
    })
  },
  { region: 'eu-west-1' }
)
