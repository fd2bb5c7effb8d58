/*
 * resource-policy.test.mjs - PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy, and the
 * policy given to CreateTable.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, tableInput } from '../support/targets.mjs'

const bad = 'One or more parameter values were invalid: '
const account = '000000000000'
const arnOf = name => `arn:aws:dynamodb:us-east-1:${account}:table/${name}`
const root = `arn:aws:iam::${account}:root`
const statement = (ResourceArn, more) => ({
  Sid: 'Read',
  Effect: 'Allow',
  Principal: { AWS: root },
  Action: 'dynamodb:GetItem',
  Resource: ResourceArn,
  ...more
})
const document = (ResourceArn, more, version = { Version: '2012-10-17' }) => ({
  ...version,
  Statement: [statement(ResourceArn, more)]
})
const notFound = 'Resource-based policy not found for the provided ResourceArn: '

everyTarget('Resource policies', ({ test, send, makeTable }) => {
  const put = (ResourceArn, policy, more) =>
    send('PutResourcePolicy', {
      ResourceArn,
      Policy: typeof policy === 'string' ? policy : JSON.stringify(policy),
      ...more
    })
  const get = ResourceArn => send('GetResourcePolicy', { ResourceArn })

  // Evidence: facts operations, Resource policy; AWS API reference, GetResourcePolicy.
  test('are given back with the revision they were set at', async () => {
    const ResourceArn = arnOf(await makeTable())
    await rejects(get(ResourceArn), 'PolicyNotFoundException', notFound + ResourceArn)
    const { RevisionId } = await put(ResourceArn, document(ResourceArn))
    assert.match(RevisionId, /^\d{13}$/)
    const got = await get(ResourceArn)
    assert.deepEqual(Object.keys(got).sort(), ['Policy', 'RevisionId'])
    assert.equal(got.RevisionId, RevisionId)
    assert.deepEqual(JSON.parse(got.Policy), document(ResourceArn))
    assert.deepEqual(await send('DeleteResourcePolicy', { ResourceArn }), { RevisionId })
    await rejects(get(ResourceArn), 'PolicyNotFoundException', notFound + ResourceArn)
  })

  // Evidence: captures of October 2026 (policy canonicalization).
  test('are kept in one form, and an equal document keeps the revision', async () => {
    const ResourceArn = arnOf(await makeTable())
    const { RevisionId } = await put(ResourceArn, JSON.stringify(document(ResourceArn), null, 2))
    const { Policy } = await get(ResourceArn)
    assert.equal(Policy, JSON.stringify(document(ResourceArn)))
    const same = [
      document(ResourceArn),
      document(ResourceArn, { Action: ['dynamodb:GetItem'] }),
      document(ResourceArn, { Resource: [ResourceArn] }),
      document(ResourceArn, { Principal: { AWS: account } }),
      document(ResourceArn, { Principal: { AWS: [account, root] } }),
      document(ResourceArn, { Effect: 'allow' }),
      { Statement: statement(ResourceArn), Version: '2012-10-17' }
    ]
    for (const policy of same) {
      assert.deepEqual(await put(ResourceArn, policy), { RevisionId })
      assert.equal((await get(ResourceArn)).Policy, Policy)
    }
    const next = await put(
      ResourceArn,
      document(ResourceArn, { Action: ['dynamodb:GetItem', 'dynamodb:Query'] })
    )
    assert.ok(next.RevisionId > RevisionId)
    const back = await put(ResourceArn, document(ResourceArn))
    assert.ok(back.RevisionId > next.RevisionId)
  })

  test(
    'without a Version are given back with the oldest, and are another document than one ' +
      'that names it',
    async () => {
      const ResourceArn = arnOf(await makeTable())
      const first = await put(ResourceArn, document(ResourceArn, {}, {}))
      const { Policy } = await get(ResourceArn)
      assert.deepEqual(JSON.parse(Policy), document(ResourceArn, {}, { Version: '2008-10-17' }))
      assert.notDeepEqual(await put(ResourceArn, Policy), first)
    }
  )

  test('keep conditions and the negated members', async () => {
    const ResourceArn = arnOf(await makeTable())
    const policy = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          NotPrincipal: { AWS: [root, 'arn:aws:iam::111111111111:role/r'] },
          NotAction: ['dynamodb:GetItem', 'dynamodb:Query'],
          NotResource: `${ResourceArn}/index/*`,
          Condition: {
            StringEquals: { 'aws:PrincipalTag/team': ['a', 'b"c'] },
            Bool: { 'aws:SecureTransport': 'false' }
          }
        }
      ]
    }
    await put(ResourceArn, policy)
    assert.deepEqual(JSON.parse((await get(ResourceArn)).Policy), policy)
  })

  // Evidence: facts operations, PutResourcePolicy [R]; captures of October 2026.
  test('are changed only at the revision expected', async () => {
    const TableName = await makeTable()
    const ResourceArn = arnOf(TableName)
    const one = document(ResourceArn)
    const two = document(ResourceArn, { Action: 'dynamodb:Query' })
    await rejects(
      put(ResourceArn, one, { ExpectedRevisionId: '123' }),
      'PolicyNotFoundException',
      `${notFound}Requested update for policy with revision id 123, but table ${TableName} ` +
        'has no associated policy.'
    )
    const { RevisionId } = await put(ResourceArn, one, { ExpectedRevisionId: 'NO_POLICY' })
    await rejects(
      put(ResourceArn, two, { ExpectedRevisionId: 'NO_POLICY' }),
      'PolicyNotFoundException',
      `${notFound}Requested policy update expecting none to be present for table ` +
        `${TableName}, but a policy exists with revision id ${RevisionId}.`
    )
    const stale =
      `${notFound}Requested update for policy with revision id 123, but the ` +
      `policy associated to target table ${TableName} has revision id ${RevisionId}.`
    await rejects(
      put(ResourceArn, two, { ExpectedRevisionId: '123' }),
      'PolicyNotFoundException',
      stale
    )
    await rejects(
      send('DeleteResourcePolicy', { ResourceArn, ExpectedRevisionId: '123' }),
      'PolicyNotFoundException',
      stale
    )
    assert.deepEqual(JSON.parse((await get(ResourceArn)).Policy), one)
    const next = await put(ResourceArn, two, { ExpectedRevisionId: RevisionId })
    assert.deepEqual(
      await send('DeleteResourcePolicy', { ResourceArn, ExpectedRevisionId: next.RevisionId }),
      next
    )
  })

  test('are deleted once, and deleting again is no error', async () => {
    const ResourceArn = arnOf(await makeTable())
    assert.deepEqual(await send('DeleteResourcePolicy', { ResourceArn }), {})
    const { RevisionId } = await put(ResourceArn, document(ResourceArn))
    assert.deepEqual(await send('DeleteResourcePolicy', { ResourceArn }), { RevisionId })
    const again = await send('DeleteResourcePolicy', { ResourceArn })
    assert.ok(again.RevisionId > RevisionId, 'the time of the deletion')
    assert.deepEqual(await send('DeleteResourcePolicy', { ResourceArn }), again)
    const next = await put(ResourceArn, document(ResourceArn), { ExpectedRevisionId: 'NO_POLICY' })
    assert.ok(next.RevisionId > again.RevisionId)
  })

  // Evidence: captures of October 2026 (policy validation).
  test('are checked as documents', async () => {
    const ResourceArn = arnOf(await makeTable())
    const good = document(ResourceArn)
    const without = name => {
      const s = statement(ResourceArn)
      delete s[name]
      return { Statement: [s] }
    }
    const invalidDocument = bad + 'Invalid policy document: '
    const unbounded =
      'Resource-based policy grants unbounded access in one or more elements. Please revise ' +
      'the policy to ensure least-privilege form of access'
    const cases = [
      ['', invalidDocument + 'This policy contains invalid Json'],
      ['{not json', invalidDocument + 'This policy contains invalid Json'],
      ['[]', invalidDocument + 'This policy contains invalid Json'],
      ['null', invalidDocument + 'This text appears not to be a policy'],
      ['{}', invalidDocument + 'Syntax error at position (1,3)'],
      [{ Statement: [] }, invalidDocument + 'Could not parse the policy: Statement is empty!'],
      [{ Statement: [{}] }, invalidDocument + 'Missing required field Effect'],
      [without('Principal'), invalidDocument + 'Missing required field Principal'],
      [without('Action'), invalidDocument + 'Missing required field Action'],
      [without('Resource'), invalidDocument + 'Missing required field Resource'],
      [
        { Statement: [statement(ResourceArn), statement(ResourceArn)] },
        invalidDocument + 'The Statement Ids in the policy are not unique'
      ],
      [
        document(ResourceArn, {
          Action: ['dynamodb:GetRecords', 'dynamodb:GetItem', 'dynamodb:DescribeStream']
        }),
        invalidDocument +
          'The following action names are invalid: "dynamodb:GetRecords", "dynamodb:DescribeStream"'
      ],
      [document(ResourceArn, { Principal: '*' }), unbounded],
      [document(ResourceArn, { Principal: { AWS: '*' } }), unbounded],
      [
        JSON.stringify(good) + ' '.repeat(20481),
        bad + 'Maximum policy size of 20480 bytes exceeded'
      ]
    ]
    for (const [policy, message] of cases) await invalid(put(ResourceArn, policy), message)
    await rejects(get(ResourceArn), 'PolicyNotFoundException')
    await put(ResourceArn, JSON.stringify(good).padEnd(20480))
    assert.equal((await get(ResourceArn)).Policy, JSON.stringify(good))
  })

  test('do not shut their owner out unless that is confirmed', async () => {
    const ResourceArn = arnOf(await makeTable())
    const text =
      'The new resource policy will not allow you to update the resource policy in the future.'
    for (const Action of [
      'dynamodb:PutResourcePolicy',
      'dynamodb:*',
      'dynamodb:put*policy',
      ['dynamodb:Scan', '*']
    ]) {
      const deny = document(ResourceArn, { Effect: 'Deny', Principal: '*', Action })
      await rejects(put(ResourceArn, deny), 'AccessDeniedException', text)
      await rejects(
        put(ResourceArn, deny, { ConfirmRemoveSelfResourceAccess: false }),
        'AccessDeniedException',
        text
      )
      await put(ResourceArn, deny, { ConfirmRemoveSelfResourceAccess: true })
    }
    await put(
      ResourceArn,
      document(ResourceArn, {
        Effect: 'Deny',
        Principal: '*',
        Action: 'dynamodb:DeleteResourcePolicy'
      })
    )
  })

  // Evidence: captures of October 2026 (ResourceArn forms).
  test('belong to a table or its stream', async () => {
    const TableName = await makeTable({
      gsis: { byG: { hash: 'g' } },
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' }
    })
    const arn = arnOf(TableName)
    const elsewhere = arn.replace('us-east-1', 'eu-west-1')
    const cases = [
      [TableName, 'ValidationException', bad + `ARNs must start with 'arn:': ${TableName}`],
      [
        arn.replace(account, '111111111111'),
        'ValidationException',
        'This action is only supported by accounts that match the resource owner’s account.'
      ],
      [elsewhere, 'ValidationException', bad + `Invalid resource Arn: ${elsewhere}`],
      [
        `${arn}/index/byG`,
        'ValidationException',
        bad +
          'Invalid resource arn provided, only table or stream is accepted. Provided resource ' +
          `arn: ${arn}/index/byG`
      ],
      [
        `${arn}/backup/01`,
        'ValidationException',
        bad + `Provided Arn is not a DynamoDB resource arn: ${arn}/backup/01`
      ],
      [
        arnOf('missing'),
        'ResourceNotFoundException',
        'Requested resource not found: Table: missing not found'
      ],
      [
        `${arn}/stream/2000-01-01T00:00:00.000`,
        'ResourceNotFoundException',
        'Requested resource not found: Stream: 2000-01-01T00:00:00.000 not found for Table: ' +
          `${TableName}`
      ]
    ]
    for (const [ResourceArn, name, message] of cases) {
      await rejects(get(ResourceArn), name, message)
      await rejects(put(ResourceArn, document(arn)), name, message)
      await rejects(send('DeleteResourcePolicy', { ResourceArn }), name, message)
    }
    const stream = (await send('DescribeTable', { TableName })).Table.LatestStreamArn
    await rejects(get(stream), 'PolicyNotFoundException', notFound + stream)
    await put(stream, document(stream, { Action: 'dynamodb:GetRecords' }))
    await rejects(get(arn), 'PolicyNotFoundException', notFound + arn)
    assert.deepEqual(
      JSON.parse((await get(stream)).Policy),
      document(stream, { Action: 'dynamodb:GetRecords' })
    )
    await invalid(
      send('GetResourcePolicy', {}),
      "1 validation error detected: Value null at 'resourceArn' failed to satisfy constraint: " +
        'Member must not be null'
    )
    await invalid(
      put(arn, '{}', { ExpectedRevisionId: '' }),
      "1 validation error detected: Value '' at 'expectedRevisionId' failed to satisfy " +
        'constraint: Member must have length greater than or equal to 1'
    )
  })

  test('given to CreateTable are there at once, and go with the table', async () => {
    const TableName = 'born-with-policy'
    const ResourceArn = arnOf(TableName)
    await invalid(
      send('CreateTable', tableInput(TableName, { ResourcePolicy: '{}' })),
      bad + 'Invalid policy document: Syntax error at position (1,3)'
    )
    await send(
      'CreateTable',
      tableInput(TableName, { ResourcePolicy: JSON.stringify(document(ResourceArn)) })
    )
    assert.match((await get(ResourceArn)).RevisionId, /^\d{13}$/)
    await send('DeleteTable', { TableName })
    await rejects(
      get(ResourceArn),
      'ResourceNotFoundException',
      `Requested resource not found: Table: ${TableName} not found`
    )
    await send('CreateTable', tableInput(TableName))
    await rejects(get(ResourceArn), 'PolicyNotFoundException')
  })
})
