/*
 * contributor-insights.test.mjs - Update-, Describe- and ListContributorInsights.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, tableInput } from '../support/targets.mjs'

const both = { ContributorInsightsMode: 'ACCESSED_AND_THROTTLED_KEYS' }
const throttled = { ContributorInsightsMode: 'THROTTLED_KEYS' }
const indexed = { range: 'sk', gsis: { byG: { hash: 'g' } }, lsis: { byL: { range: 'l' } } }

everyTarget('Contributor insights', ({ test, send, makeTable }) => {
  const update = (TableName, ContributorInsightsAction, more) =>
    send('UpdateContributorInsights', { TableName, ContributorInsightsAction, ...more })
  const describe = (TableName, more) => send('DescribeContributorInsights', { TableName, ...more })
  const list = async request =>
    (await send('ListContributorInsights', request)).ContributorInsightsSummaries

  // Evidence: captures of October 2026; AWS CLI reference, describe-contributor-insights, for the
  // names of the rules.
  test('are enabled and disabled, and described with their rules', async () => {
    const TableName = await makeTable({ range: 'sk' })
    assert.deepEqual(await describe(TableName), {
      TableName,
      ContributorInsightsStatus: 'DISABLED'
    })
    assert.deepEqual(await update(TableName, 'ENABLE'), {
      TableName,
      ContributorInsightsStatus: 'ENABLING',
      ...both
    })
    const on = await describe(TableName)
    const { ContributorInsightsRuleList: rules, LastUpdateDateTime, ...rest } = on
    assert.deepEqual(rest, { TableName, ContributorInsightsStatus: 'ENABLED', ...both })
    assert.ok(Math.abs(LastUpdateDateTime - Date.now() / 1000) < 60)
    const since = rules[0].split('-').at(-1)
    assert.deepEqual(
      rules,
      ['PKC', 'SKC', 'PKT', 'SKT'].map(
        rule => `DynamoDBContributorInsights-${rule}-${TableName}-${since}`
      )
    )
    assert.deepEqual(await update(TableName, 'DISABLE'), {
      TableName,
      ContributorInsightsStatus: 'DISABLING',
      ...both
    })
    const off = await describe(TableName)
    assert.deepEqual(Object.keys(off).sort(), [
      'ContributorInsightsMode',
      'ContributorInsightsStatus',
      'LastUpdateDateTime',
      'TableName'
    ])
    assert.equal(off.ContributorInsightsStatus, 'DISABLED')
  })

  test('asked for twice change nothing', async () => {
    const TableName = await makeTable()
    assert.deepEqual(await update(TableName, 'DISABLE'), {
      TableName,
      ContributorInsightsStatus: 'DISABLED'
    })
    await update(TableName, 'ENABLE')
    const before = await describe(TableName)
    assert.deepEqual(await update(TableName, 'ENABLE'), {
      TableName,
      ContributorInsightsStatus: 'ENABLED',
      ...both
    })
    assert.deepEqual(await describe(TableName), before)
    await update(TableName, 'DISABLE')
    assert.equal((await update(TableName, 'DISABLE')).ContributorInsightsStatus, 'DISABLED')
  })

  test('have a mode, which keeps the names of the rules that stay', async () => {
    const TableName = await makeTable({ range: 'sk' })
    await update(TableName, 'ENABLE')
    const before = (await describe(TableName)).ContributorInsightsRuleList
    assert.deepEqual(await update(TableName, 'ENABLE', throttled), {
      TableName,
      ContributorInsightsStatus: 'ENABLING',
      ...throttled
    })
    const after = await describe(TableName)
    assert.equal(after.ContributorInsightsMode, 'THROTTLED_KEYS')
    assert.deepEqual(
      after.ContributorInsightsRuleList,
      before.filter(rule => /-(PKT|SKT)-/.test(rule))
    )
    assert.equal((await update(TableName, 'ENABLE')).ContributorInsightsStatus, 'ENABLED')
    assert.equal((await update(TableName, 'ENABLE', both)).ContributorInsightsStatus, 'ENABLING')
    assert.deepEqual((await describe(TableName)).ContributorInsightsRuleList, before)
  })

  test('are of a table and of each global secondary index apart', async () => {
    const TableName = await makeTable(indexed)
    const IndexName = 'byG'
    assert.deepEqual(await update(TableName, 'ENABLE', { IndexName }), {
      TableName,
      IndexName,
      ContributorInsightsStatus: 'ENABLING',
      ...both
    })
    const on = await describe(TableName, { IndexName })
    assert.equal(on.IndexName, IndexName)
    assert.equal(on.ContributorInsightsRuleList.length, 2)
    assert.match(
      on.ContributorInsightsRuleList[0],
      new RegExp(`^DynamoDBContributorInsights-PKC-${TableName}-byG-\\d{13}$`)
    )
    assert.equal((await describe(TableName)).ContributorInsightsStatus, 'DISABLED')
    await update(TableName, 'ENABLE')
    assert.deepEqual(await list({ TableName }), [
      { TableName, ContributorInsightsStatus: 'ENABLED', ...both },
      { TableName, IndexName, ContributorInsightsStatus: 'ENABLED', ...both }
    ])
    for (const name of ['byL', 'ghost']) {
      const message =
        `Requested resource not found: Index: ${name} not found for table: ` + `${TableName}`
      await rejects(describe(TableName, { IndexName: name }), 'ResourceNotFoundException', message)
      await rejects(
        update(TableName, 'ENABLE', { IndexName: name }),
        'ResourceNotFoundException',
        message
      )
    }
  })

  test('go with their index and with their table', async () => {
    const TableName = await makeTable(indexed)
    const IndexName = 'byG'
    await update(TableName, 'ENABLE', { IndexName })
    await update(TableName, 'ENABLE')
    await send('UpdateTable', {
      TableName,
      GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }]
    })
    assert.equal((await list({ TableName })).length, 1)
    await rejects(describe(TableName, { IndexName }), 'ResourceNotFoundException')
    await send('DeleteTable', { TableName })
    await send('CreateTable', tableInput(TableName, indexed))
    assert.deepEqual(await describe(TableName), {
      TableName,
      ContributorInsightsStatus: 'DISABLED'
    })
    assert.deepEqual(await describe(TableName, { IndexName }), {
      TableName,
      IndexName,
      ContributorInsightsStatus: 'DISABLED'
    })
  })

  // Evidence: captures of October 2026: only what is not DISABLED is listed; pages may be empty.
  test('are listed for all tables, in pages', async () => {
    const tables = [await makeTable(), await makeTable(), await makeTable()]
    for (const TableName of tables) await update(TableName, 'ENABLE')
    await update(tables[1], 'DISABLE')
    const seen = []
    let NextToken
    do {
      const page = await send('ListContributorInsights', { MaxResults: 1, NextToken })
      assert.ok(page.ContributorInsightsSummaries.length <= 1)
      seen.push(...page.ContributorInsightsSummaries)
      NextToken = page.NextToken
    } while (NextToken)
    assert.deepEqual(seen, await list({}))
    const names = seen.map(summary => summary.TableName)
    assert.ok(names.includes(tables[0]) && names.includes(tables[2]) && !names.includes(tables[1]))
    assert.deepEqual(await list({ TableName: tables[1] }), [])
    const { NextToken: token } = await send('ListContributorInsights', { MaxResults: 1 })
    await invalid(
      send('ListContributorInsights', { TableName: tables[0], NextToken: token }),
      `Invalid NextToken: ${token}`
    )
    await invalid(send('ListContributorInsights', { NextToken: 'x' }), 'Invalid NextToken: x')
  })

  test('are refused for what is not there or not so', async () => {
    const TableName = await makeTable()
    const missing = 'Requested resource not found: Table: missing not found'
    const short = 'IndexName must be at least 3 characters long and at most 255 characters long'
    await rejects(describe('missing'), 'ResourceNotFoundException', missing)
    await rejects(update('missing', 'ENABLE'), 'ResourceNotFoundException', missing)
    await rejects(list({ TableName: 'missing' }), 'ResourceNotFoundException', missing)
    await invalid(describe(TableName, { IndexName: '' }), short)
    await invalid(update(TableName, 'ENABLE', { IndexName: 'ab' }), short)
    await invalid(
      update(TableName, ''),
      "1 validation error detected: Value '' at 'contributorInsightsAction' failed to satisfy " +
        'constraint: Member must satisfy enum value set: [ENABLE, DISABLE]'
    )
    await invalid(
      update(TableName, 'ENABLE', { ContributorInsightsMode: '' }),
      "1 validation error detected: Value '' at 'contributorInsightsMode' failed to satisfy " +
        'constraint: Member must satisfy enum value set: [THROTTLED_KEYS, ' +
        'ACCESSED_AND_THROTTLED_KEYS]'
    )
    await invalid(
      update(TableName),
      "1 validation error detected: Value null at 'contributorInsightsAction' failed to " +
        'satisfy constraint: Member must not be null'
    )
    await invalid(
      list({ MaxResults: 101 }),
      "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: " +
        'Member must have value less than or equal to 100'
    )
  })
})
