/*
 * signature.test.mjs - a server that has credentials verifies signatures: the AWS SDK's own are
 * right, and what is wrong with one is told with the service's text.
 */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { request as httpRequest } from 'node:http'
import { DynamoDBClient, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams'
import { EngineClient } from 'ddblite'
import { serve } from 'ddblite/server'
import { tableInput } from '../support/targets.mjs'

const NOW = Date.UTC(2026, 4, 6, 7, 8, 9)
const DATE = '20260506T070809Z'
const SECRETS = {
  AKIDEXAMPLE: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  ASIATEMPORARY: { secretAccessKey: 'tea and secrets', sessionToken: 'token/+=' },
  ASIAOLD: {
    secretAccessKey: 'old',
    sessionToken: 'gone',
    expiration: new Date(NOW - 1000)
  }
}

const hmac = (key, text) => createHmac('sha256', key).update(text).digest()
const sha256 = text => createHash('sha256').update(text).digest('hex')

/* A signer of our own, in the words of the IAM User Guide; `change` breaks what is named in it. */
function sign (host, body, change = {}) {
  const given = {
    id: 'AKIDEXAMPLE',
    secret: SECRETS.AKIDEXAMPLE,
    date: DATE,
    day: (change.date ?? DATE).slice(0, 8),
    region: 'us-east-1',
    service: 'dynamodb',
    terminator: 'aws4_request',
    algorithm: 'AWS4-HMAC-SHA256',
    names: ['content-type', 'host', 'x-amz-date', 'x-amz-target'],
    query: [],
    headers: {},
    ...change
  }
  const scope = [given.day, given.region, given.service, given.terminator]
  const headers = {
    host,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-date': given.date,
    'x-amz-target': 'DynamoDB_20120810.ListTables',
    ...given.headers
  }
  const encode = text =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      c => '%' + c.charCodeAt(0).toString(16).toUpperCase()
    )
  const query = given.query
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const canonical = [
    'POST',
    '/',
    query,
    ...given.names.map(name => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    given.names.join(';'),
    sha256(body)
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', given.date, scope.join('/'), sha256(canonical)].join('\n')
  const key = scope.reduce((key, part) => hmac(key, part), `AWS4${given.secret}`)
  const signature = given.signature ?? hmac(key, toSign).toString('hex')
  const credential = given.credential ?? [given.id, ...scope].join('/')
  return { given, headers, query, canonical, toSign, signature, credential }
}

function byHeader (host, body, change) {
  const { given, headers, query, signature, credential, ...rest } = sign(host, body, change)
  headers.authorization =
    `${given.algorithm} Credential=${credential}, SignedHeaders=${given.names.join(';')}, ` +
    `Signature=${signature}`
  return { ...rest, headers, path: query === '' ? '/' : `/?${query}` }
}

describe('A server with credentials', () => {
  let db, server, host

  before(async () => {
    db = new EngineClient()
    db.clock.set(NOW)
    server = await serve(db, { credentials: SECRETS })
    host = new URL(server.url).host
  })
  after(async () => {
    await server.close()
    await db.close()
  })

  const post = ({ headers, path = '/' }, body = '{}') =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.url)
      const sent = httpRequest(
        { hostname, port, path, method: 'POST', headers, setHost: false },
        reply => {
          const chunks = []
          reply.on('data', chunk => chunks.push(chunk))
          reply.on('end', () => resolve({
            status: reply.statusCode,
            body: JSON.parse(Buffer.concat(chunks))
          }))
        }
      )
      sent.on('error', reject)
      sent.end(body)
    })
  const answer = (change, body = '{}') => post(byHeader(host, body, change), body)
  const refused = (reply, type, message) => {
    assert.deepEqual(reply, {
      status: 400,
      body: { __type: `com.amazon.coral.service#${type}`, message }
    })
  }
  const right = { status: 200, body: { TableNames: [] } }

  test('answers what is signed with one of them', async () => {
    assert.deepEqual(await answer(), right)
    const odd = {
      names: ['accept', 'host', 'x-amz-date', 'x-amz-target'],
      headers: { accept: '  a   b ' },
      query: [['b c', 'é/='], ['a', '1'], ['a', '']]
    }
    assert.deepEqual(await answer(odd), right)
    const body = JSON.stringify({ Limit: 5 })
    assert.deepEqual(await answer({}, body), right)
    const token = {
      id: 'ASIATEMPORARY',
      secret: 'tea and secrets',
      headers: { 'x-amz-security-token': 'token/+=' },
      names: ['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']
    }
    assert.deepEqual(await answer(token), right)
  })

  test('answers a query string that is signed', async () => {
    const query = [
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', 'AKIDEXAMPLE/20260506/us-east-1/dynamodb/aws4_request'],
      ['X-Amz-Date', DATE],
      ['X-Amz-SignedHeaders', 'host']
    ]
    const { headers, query: text, signature } = sign(host, '{}', { names: ['host'], query })
    delete headers['x-amz-date']
    const path = `/?${text}&X-Amz-Signature=`
    assert.deepEqual(await post({ headers, path: path + signature }), right)
    const wrong = await post({ headers, path: path + 'f'.repeat(64) })
    assert.equal(wrong.body.__type, 'com.amazon.coral.service#InvalidSignatureException')
    assert.match(wrong.body.message, /^The request signature we calculated does not match/)
    assert.doesNotMatch(wrong.body.message, /X-Amz-Signature/)
  })

  // Evidence: facts wire 5: the later steps, in their order.
  test('says what is wrong with a signature', async () => {
    const incomplete = 'IncompleteSignatureException'
    const invalid = 'InvalidSignatureException'
    const cases = [
      [
        { date: 'Wed, 06 May 2026 07:08:09 GMT' },
        incomplete,
        "Date must be in ISO-8601 'basic format'. Got 'Wed, 06 May 2026 07:08:09 GMT'. See " +
          'http://en.wikipedia.org/wiki/ISO_8601'
      ],
      [
        { date: '20260506T065308Z' },
        invalid,
        'Signature expired: 20260506T065308Z is now earlier than 20260506T065309Z ' +
          '(20260506T070809Z - 15 min.)'
      ],
      [
        { date: '20260506T071310Z' },
        invalid,
        'Signature not yet current: 20260506T071310Z is still later than 20260506T071309Z ' +
          '(20260506T070809Z + 5 min.)'
      ],
      [
        { names: ['x-amz-date'], algorithm: 'AWS4-X' },
        invalid,
        "'Host' must be a 'SignedHeader' in the AWS Authorization."
      ],
      [
        { algorithm: 'AWS4-HMAC-SHA512', credential: 'x' },
        incomplete,
        "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only AWS4-HMAC-SHA256 for now). "
      ],
      [
        { credential: 'AKIDEXAMPLE/20260506/us-east-1/dynamodb' },
        incomplete,
        'Credential must have exactly 5 slash-delimited elements, e.g. ' +
          "keyid/date/region/service/term, got 'AKIDEXAMPLE/20260506/us-east-1/dynamodb'"
      ],
      [
        { region: 'eu-west-1' },
        invalid,
        "Credential should be scoped to a valid region, not 'eu-west-1'. "
      ],
      [
        { service: 's3' },
        invalid,
        "Credential should be scoped to correct service: 'dynamodb'. "
      ],
      [
        { terminator: 'aws5', day: '20260505', region: 'mars', service: 'x', id: 'nobody' },
        invalid,
        "Credential should be scoped to a valid region, not 'mars'. " +
          "Credential should be scoped to correct service: 'dynamodb'. " +
          "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. " +
          'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from ' +
          "HTTP: '20260505' != '20260506', from '20260506T070809Z'."
      ],
      [
        { id: 'nobody' },
        'UnrecognizedClientException',
        'The security token included in the request is invalid.'
      ],
      [
        { headers: { 'x-amz-security-token': 'x' } },
        'UnrecognizedClientException',
        'The security token included in the request is invalid'
      ],
      [
        { id: 'ASIATEMPORARY', secret: 'tea and secrets' },
        'UnrecognizedClientException',
        'The security token included in the request is invalid'
      ],
      [
        { id: 'ASIAOLD', secret: 'old', headers: { 'x-amz-security-token': 'gone' } },
        'ExpiredTokenException',
        'The security token included in the request is expired'
      ]
    ]
    for (const [change, type, message] of cases) refused(await answer(change), type, message)
    assert.deepEqual(await answer({ date: '20260506T065309Z' }), right, 'just not too old')
    assert.deepEqual(await answer({ date: '20260506T071309Z' }), right, 'just not too early')
  })

  test('shows what should have been signed', async () => {
    for (const change of [{ secret: 'other' }, { signature: '0' }, { signature: 'g'.repeat(64) }]) {
      const { canonical, toSign, ...request } = byHeader(host, '{}', change)
      refused(
        await post(request),
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided. Check ' +
          'your AWS Secret Access Key and signing method. Consult the service documentation for ' +
          `details.\n\nThe Canonical String for this request should have been\n'${canonical}'\n\n` +
          `The String-to-Sign should have been\n'${toSign}'\n`
      )
    }
    const forged = await post(byHeader(host, '{}'), '{"Limit":1}')
    assert.match(forged.body.message, /^The request signature we calculated/, 'another body')
    const moved = byHeader(host, '{}')
    moved.headers['x-amz-target'] = 'DynamoDB_20120810.DescribeLimits'
    assert.match((await post(moved)).body.message, /^The request signature we calculated/)
  })

  test('still asks first whether a request is signed at all', async () => {
    const { headers } = byHeader(host, '{}')
    delete headers.authorization
    refused(
      await post({ headers }),
      'MissingAuthenticationTokenException',
      'Request is missing Authentication Token'
    )
    refused(
      await post({ headers: { ...headers, authorization: 'AWS4-HMAC-SHA256 Credential=x' } }),
      'IncompleteSignatureException',
      "Authorization header requires 'Signature' parameter. Authorization header requires " +
        "'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 Credential=x"
    )
  })
})

describe('The AWS SDK', () => {
  const clientOf = (Client, endpoint, credentials, region = 'us-east-1') =>
    new Client({ endpoint, region, credentials, maxAttempts: 1 })

  test('signs as the server verifies, for tables and streams', async () => {
    const db = new EngineClient()
    const server = await serve(db, {
      checkAuth: false,
      credentials: { id: 'secret', temporary: { secretAccessKey: 's', sessionToken: 't' } }
    })
    const good = { accessKeyId: 'id', secretAccessKey: 'secret' }
    const clients = []
    const open = (...args) => {
      clients.push(clientOf(...args))
      return clients.at(-1)
    }
    try {
      await db.execute('CreateTable', tableInput('music'))
      const client = open(DynamoDBClient, server.url, good)
      const Item = { pk: { S: 'é '.repeat(500) } }
      await client.send(new PutItemCommand({ TableName: 'music', Item }))
      assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, ['music'])
      const streams = open(DynamoDBStreamsClient, server.url, good)
      assert.deepEqual((await streams.send(new ListStreamsCommand({}))).Streams, [])
      const temporary = { accessKeyId: 'temporary', secretAccessKey: 's', sessionToken: 't' }
      const other = open(DynamoDBClient, server.url, temporary)
      assert.equal((await other.send(new ListTablesCommand({}))).TableNames.length, 1)
      const wrong = [
        [{ ...good, secretAccessKey: 'x' }, 'InvalidSignatureException'],
        [{ ...good, accessKeyId: 'x' }, 'UnrecognizedClientException'],
        [{ ...temporary, sessionToken: 'x' }, 'UnrecognizedClientException'],
        [good, 'InvalidSignatureException', 'eu-west-1']
      ]
      for (const [credentials, name, region] of wrong) {
        const client = open(DynamoDBClient, server.url, credentials, region)
        await assert.rejects(client.send(new ListTablesCommand({})), { name })
      }
    } finally {
      for (const client of clients) client.destroy()
      await server.close()
      await db.close()
    }
  })

  test('is not asked for its key without credentials', async () => {
    const db = new EngineClient()
    const server = await serve(db)
    const client = clientOf(DynamoDBClient, server.url, { accessKeyId: 'a', secretAccessKey: 'b' })
    try {
      assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, [])
    } finally {
      client.destroy()
      await server.close()
      await db.close()
    }
  })
})

test('credentials are checked when the server starts', async () => {
  const db = new EngineClient()
  const wrong = ['id:secret', null, {}, { id: '' }, { '': 'x' }, { id: 'a\nb' }, { id: 5 }, { id: {} }]
  for (const credentials of wrong) {
    await assert.rejects(serve(db, { credentials }), /^TypeError: serve: credentials must be/)
  }
  await db.close()
})
