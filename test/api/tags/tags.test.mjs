/*
 * tags.test.mjs - TagResource, UntagResource, ListTagsOfResource, and tags given to CreateTable.
 */
import assert from 'node:assert/strict'
import { everyTarget, invalid, rejects, tableInput } from '../support/targets.mjs'

const bad = 'One or more parameter values were invalid: '
const arnOf = name => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`
const tag = (Key, Value = 'v') => ({ Key, Value })
const tooMany = 'Number of Tags exceed the current limit for the provided ResourceArn'

everyTarget('Tags', ({ test, send, makeTable }) => {
  const list = async ResourceArn => (await send('ListTagsOfResource', { ResourceArn })).Tags
  const numbered = (from, n) => Array.from({ length: n }, (_, i) => tag(`k${from + i}`))

  // Evidence: AWS API reference, TagResource and ListTagsOfResource; facts operations, Tags.
  test('are listed as they were set, and a key set again has the new value', async () => {
    const ResourceArn = arnOf(await makeTable())
    assert.deepEqual(await send('ListTagsOfResource', { ResourceArn }), { Tags: [] })
    assert.deepEqual(
      await send('TagResource', { ResourceArn, Tags: [tag('a', '1'), tag('b', '')] }),
      {}
    )
    await send('TagResource', { ResourceArn, Tags: [tag('b', '2'), tag('c', '3')] })
    assert.deepEqual(await list(ResourceArn), [tag('a', '1'), tag('b', '2'), tag('c', '3')])
  })

  test('go by key, and unknown keys are ignored', async () => {
    const ResourceArn = arnOf(await makeTable())
    await send('TagResource', { ResourceArn, Tags: [tag('a'), tag('b'), tag('c')] })
    assert.deepEqual(await send('UntagResource', { ResourceArn, TagKeys: ['a', 'c', 'z'] }), {})
    assert.deepEqual(await list(ResourceArn), [tag('b')])
  })

  test('given to CreateTable are listed, and go with the table', async () => {
    const TableName = await makeTable({
      Tags: [tag('owner', 'Zoë'), tag('cost', 'a+b-c=d.e_f:g/h@i')]
    })
    const ResourceArn = arnOf(TableName)
    assert.deepEqual(await list(ResourceArn), [
      tag('cost', 'a+b-c=d.e_f:g/h@i'),
      tag('owner', 'Zoë')
    ])
    const { Table } = await send('DescribeTable', { TableName })
    assert.equal('Tags' in Table, false)
    await send('DeleteTable', { TableName })
    await send('CreateTable', tableInput(TableName))
    assert.deepEqual(await list(ResourceArn), [])
  })

  // Evidence: captures of October 2026: fifty in one page without a token; the limit counts what
  // the resource would have afterwards.
  test('are fifty at most', async () => {
    const ResourceArn = arnOf(await makeTable())
    await send('TagResource', { ResourceArn, Tags: numbered(0, 49) })
    await invalid(send('TagResource', { ResourceArn, Tags: [tag('x'), tag('y')] }), tooMany)
    await send('TagResource', { ResourceArn, Tags: [tag('k0', 'new'), tag('x')] })
    const page = await send('ListTagsOfResource', { ResourceArn })
    assert.equal(page.Tags.length, 50)
    assert.equal('NextToken' in page, false)
    await invalid(send('TagResource', { ResourceArn, Tags: numbered(100, 51) }), tooMany)
    await invalid(
      send('UntagResource', { ResourceArn, TagKeys: numbered(0, 51).map(t => t.Key) }),
      tooMany
    )
    await send('TagResource', { ResourceArn, Tags: [tag('k1', 'new')] })
  })

  // Evidence: captures of October 2026 (tag validation, tag character set).
  const wrong = [
    [[tag('')], 'The Tag Key provided is invalid, Key: '],
    [[{}], 'The Tag Key provided is invalid, Key: null'],
    [[{ Value: 'v' }], 'The Tag Key provided is invalid, Key: null'],
    [[{ Key: 'a' }], 'The Tag Value provided is invalid, Value: null'],
    [[tag('k'.repeat(129))], `The Tag Key provided is invalid, Key: ${'k'.repeat(129)}`],
    [[tag('a', 'v'.repeat(257))], `The Tag Value provided is invalid, Value: ${'v'.repeat(257)}`],
    [[tag('a#')], 'The Tag Key provided is invalid, Key: a#'],
    [[tag('a', '100%')], 'The Tag Value provided is invalid, Value: 100%'],
    [[tag('a', '🔑')], 'The Tag Value provided is invalid, Value: 🔑'],
    [[tag('a', 'x,y')], 'The Tag Value provided is invalid, Value: x,y'],
    [[tag('aws:a')], 'Tag Key cannot be prefixed with aws:, Key: aws:a'],
    [
      [tag('a'), tag('b'), tag('a')],
      'Duplicate Tag Keys provided as input: Duplicate Tag Key found a'
    ]
  ]
  for (const [Tags, message] of wrong) {
    test(`refuse ${JSON.stringify(Tags).slice(0, 60)}, and set none of them`, async () => {
      const ResourceArn = arnOf(await makeTable())
      await invalid(send('TagResource', { ResourceArn, Tags: [tag('good'), ...Tags] }), message)
      await invalid(send('CreateTable', tableInput('never', { Tags })), message)
      await rejects(send('DescribeTable', { TableName: 'never' }), 'ResourceNotFoundException')
      assert.deepEqual(await list(ResourceArn), [])
    })
  }

  test('take the longest keys and values, and letters of any script', async () => {
    const ResourceArn = arnOf(await makeTable())
    const Tags = [
      tag('k'.repeat(128), 'v'.repeat(256)),
      tag('ключ', 'café 表'),
      tag('n 1', 'a+b-c=d.e_f:g/h@i')
    ]
    await send('TagResource', { ResourceArn, Tags })
    assert.equal((await list(ResourceArn)).length, 3)
  })

  // Evidence: facts operations, TagResource; captures of October 2026 for the newer texts.
  test('need a list that is not empty', async () => {
    const ResourceArn = arnOf(await makeTable())
    await invalid(send('TagResource', { Tags: [tag('a')] }), 'Invalid TableArn')
    await invalid(
      send('TagResource', { ResourceArn }),
      "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member " +
        'must not be null'
    )
    await invalid(
      send('UntagResource', { ResourceArn }),
      "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: " +
        'Member must not be null'
    )
    await invalid(
      send('TagResource', { ResourceArn, Tags: [] }),
      'Atleast one Tag needs to be provided as Input.'
    )
    await invalid(
      send('UntagResource', { ResourceArn, TagKeys: [] }),
      'Atleast one Tag Key needs to be provided as Input.'
    )
    await invalid(
      send('UntagResource', { ResourceArn, TagKeys: [''] }),
      'The Tag Key provided is invalid, Key: '
    )
  })

  // Evidence: captures of October 2026 (identifier shapes of the tag operations).
  test('belong to a table or its stream, named by an ARN of this account and Region', async () => {
    const TableName = await makeTable({
      gsis: { byG: { hash: 'g' } },
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' }
    })
    const arn = arnOf(TableName)
    const cases = [
      ['not-an-arn', 'ValidationException', bad + "ARNs must start with 'arn:': not-an-arn"],
      [TableName, 'ValidationException', bad + `ARNs must start with 'arn:': ${TableName}`],
      ['arn:aws', 'ValidationException', bad + 'Second colon partition not found: arn:aws'],
      [
        `arn:aws:sqs:us-east-1:000000000000:${TableName}`,
        'AccessDeniedException',
        'Access is denied'
      ],
      [arn.replace('000000000000', '111111111111'), 'AccessDeniedException', 'Access is denied'],
      [
        arn.replace('us-east-1', 'eu-west-1'),
        'ValidationException',
        'Invalid TableArn: Invalid ResourceArn provided as input ' +
          `${arn.replace('us-east-1', 'eu-west-1')}`
      ],
      [
        arnOf('ab'),
        'ValidationException',
        `Invalid TableArn: Invalid ResourceArn provided as input ${arnOf('ab')}`
      ],
      [
        `${arn}/backup/01`,
        'ValidationException',
        bad + `Provided Arn is not a DynamoDB resource arn: ${arn}/backup/01`
      ],
      [
        `${arn}/index/byG`,
        'ValidationException',
        bad +
          'Invalid resource arn provided, only table or stream is accepted. Provided resource ' +
          `arn: ${arn}/index/byG`
      ],
      [
        `${arn}/stream/2000-01-01T00:00:00.000`,
        'ResourceNotFoundException',
        `Requested resource not found: ResourceArn: ${arn}/stream/2000-01-01T00:00:00.000 not found`
      ],
      [
        arnOf('missing'),
        'ResourceNotFoundException',
        `Requested resource not found: ResourceArn: ${arnOf('missing')} not found`
      ]
    ]
    for (const [ResourceArn, name, message] of cases) {
      await rejects(send('ListTagsOfResource', { ResourceArn }), name, message)
      await rejects(send('TagResource', { ResourceArn, Tags: [tag('a')] }), name, message)
      await rejects(send('UntagResource', { ResourceArn, TagKeys: ['a'] }), name, message)
    }
    const { Table } = await send('DescribeTable', { TableName })
    await send('TagResource', { ResourceArn: Table.LatestStreamArn, Tags: [tag('s')] })
    await send('TagResource', { ResourceArn: arn, Tags: [tag('t')] })
    assert.deepEqual(await list(Table.LatestStreamArn), [tag('s')])
    assert.deepEqual(await list(arn), [tag('t')])
  })
})
