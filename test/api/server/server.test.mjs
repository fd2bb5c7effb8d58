// Evidence: wire facts, sections 1 to 3 and 7, unless said otherwise.
import assert from 'node:assert/strict'
import { request as httpRequest, Agent } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ResourceNotFoundException
} from '@aws-sdk/client-dynamodb'
import { EngineClient } from 'ddblite'
import { serve } from 'ddblite/server'
import { tableInput } from '../support/targets.mjs'

const SIGNED =
  'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, ' +
  'SignedHeaders=host, Signature=0'
const REQUEST_ID = /^[0-9A-Z]{52}$/

/** One request, as it is: { status, headers, body }. */
function send (server, { method = 'POST', path = '/', headers = {}, body, agent }) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: server.host, port: server.port, method, path, headers, agent },
      response => {
        const chunks = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(chunks).toString()
          })
        )
      }
    )
    request.on('error', reject)
    if (Array.isArray(body)) {
      for (const chunk of body) request.write(chunk)
      request.end()
    } else request.end(body)
  })
}

const call = (operation, input, more = {}) => ({
  headers: {
    'X-Amz-Target': `DynamoDB_20120810.${operation}`,
    'Content-Type': 'application/x-amz-json-1.0',
    Authorization: SIGNED,
    'X-Amz-Date': '20260101T000000Z',
    ...more
  },
  body: JSON.stringify(input)
})

describe('the server', () => {
  let db
  let server
  before(async () => {
    db = new EngineClient()
    server = await serve(db)
    await db.execute('CreateTable', tableInput('abc'))
  })
  after(async () => {
    await server.close()
    await db.close()
  })

  test('listens on a free port of the loopback address', () => {
    assert.equal(server.host, '127.0.0.1')
    assert.ok(server.port > 0)
    assert.equal(server.url, `http://127.0.0.1:${server.port}`)
  })

  test('answers operations, with a checksum and a request id', async () => {
    const answer = await send(
      server,
      call('PutItem', { TableName: 'abc', Item: { pk: { S: 'ü' } } })
    )
    assert.deepEqual([answer.status, answer.body], [200, '{}'])
    assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.0')
    assert.equal(answer.headers['x-amz-crc32'], '2745614147')
    assert.equal(answer.headers['content-length'], '2')
    assert.match(answer.headers['x-amzn-requestid'], REQUEST_ID)
    const got = await send(
      server,
      call(
        'GetItem',
        { TableName: 'abc', Key: { pk: { S: 'ü' } } },
        { 'Content-Type': 'application/json; charset=utf-8' }
      )
    )
    assert.equal(got.headers['content-type'], 'application/json')
    assert.equal(got.body, '{"Item":{"pk":{"S":"ü"}}}')
    assert.equal(got.headers['content-length'], String(Buffer.byteLength(got.body)))
  })

  test('takes chunked bodies, and bodies in pieces', async () => {
    const { headers, body } = call('PutItem', { TableName: 'abc', Item: { pk: { S: 'chunks' } } })
    const pieces = [...Buffer.from(body)].map(byte => Buffer.from([byte]))
    assert.equal(
      (
        await send(server, {
          headers: { ...headers, 'Transfer-Encoding': 'chunked' },
          body: pieces
        })
      ).status,
      200
    )
    assert.equal(
      (await db.execute('GetItem', { TableName: 'abc', Key: { pk: { S: 'chunks' } } })).Item.pk.S,
      'chunks'
    )
  })

  test('says that it is healthy', async () => {
    const answer = await send(server, { method: 'GET' })
    assert.deepEqual(
      [answer.status, answer.body, answer.headers['x-amz-crc32']],
      [200, 'healthy: dynamodb.us-east-1.amazonaws.com ', '3128867991']
    )
    assert.match(answer.headers['x-amzn-requestid'], REQUEST_ID)
    assert.equal(answer.headers['content-type'], undefined)
  })

  test('answers 404 to other methods, paths and content types', async () => {
    const wrong = [
      { method: 'PUT' },
      { method: 'DELETE' },
      { method: 'OPTIONS' },
      { method: 'PATCH' },
      { path: '/x' },
      { method: 'GET', path: '/x' },
      ...['application/x-amz-json-1.1', 'application/jsonasdf', 'text/plain'].map(type =>
        call('ListTables', {}, { 'Content-Type': type })
      )
    ]
    for (const request of wrong) {
      const answer = await send(server, request)
      assert.deepEqual(
        [answer.status, answer.body, answer.headers['x-amz-crc32'], answer.headers['content-type']],
        [404, '<UnknownOperationException/>\n', '3552371480', undefined],
        JSON.stringify(request)
      )
      assert.match(answer.headers['x-amzn-requestid'], REQUEST_ID)
    }
  })

  test("refuses requests that are not signed, in the service's order", async () => {
    const type = { 'Content-Type': 'application/x-amz-json-1.0' }
    const target = { ...type, 'X-Amz-Target': 'DynamoDB_20120810.ListTables' }
    const cases = [
      [
        { headers: target, body: '{}' },
        'com.amazon.coral.service#MissingAuthenticationTokenException',
        '2088342776'
      ],
      [
        { headers: { ...target, Authorization: 'AWS4-' }, body: '{}' },
        'com.amazon.coral.service#IncompleteSignatureException'
      ],
      [
        {
          headers: { ...target, Authorization: SIGNED },
          path: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256',
          body: '{}'
        },
        'com.amazon.coral.service#InvalidSignatureException',
        '2139606068'
      ],
      [
        { headers: target, path: '/?X-Amz-Algorithm', body: '{}' },
        'com.amazon.coral.service#IncompleteSignatureException'
      ],
      [
        { headers: type, body: '{}' },
        'com.amazon.coral.service#UnknownOperationException',
        '1368724161'
      ],
      [
        { headers: type, body: '{' },
        'com.amazon.coral.service#SerializationException',
        '3948637019'
      ]
    ]
    for (const [request, type, crc32] of cases) {
      const answer = await send(server, request)
      assert.deepEqual([answer.status, JSON.parse(answer.body).__type], [400, type])
      if (crc32) assert.equal(answer.headers['x-amz-crc32'], crc32, answer.body)
    }
  })

  test('answers CORS requests and preflights', async () => {
    const { headers, body } = call('ListTables', {}, { Origin: 'https://example.com' })
    for (const request of [
      { headers, body },
      { headers: { ...headers, 'X-Amz-Target': 'x' }, body },
      { method: 'GET', headers: { Origin: 'x' } },
      { method: 'PUT', headers: { Origin: 'x' } }
    ]) {
      assert.equal((await send(server, request)).headers['access-control-allow-origin'], '*')
    }
    assert.equal(
      (await send(server, call('ListTables', {}))).headers['access-control-allow-origin'],
      undefined
    )
    const preflight = await send(server, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://example.com',
        'Access-Control-Request-Headers': 'x-amz-target,content-type',
        'Access-Control-Request-Method': 'POST'
      }
    })
    assert.deepEqual(
      [preflight.status, preflight.body, preflight.headers['content-length']],
      [200, '', '0']
    )
    assert.equal(preflight.headers['access-control-allow-headers'], 'x-amz-target,content-type')
    assert.equal(preflight.headers['access-control-allow-methods'], 'POST')
    assert.equal(preflight.headers['access-control-max-age'], '172800')
  })

  test('refuses a body of more than 16 MiB with an empty 413', async () => {
    const { headers } = call('ListTables', {})
    const over = Buffer.alloc(16777217, 32)
    const answer = await send(server, { headers, body: over })
    assert.deepEqual(
      [
        answer.status,
        answer.body,
        answer.headers['transfer-encoding'],
        answer.headers['x-amzn-requestid']
      ],
      [413, '', 'chunked', undefined]
    )
    over[0] = 123
    over[16777215] = 125
    assert.equal((await send(server, { headers, body: over.subarray(0, 16777216) })).status, 200)
  })

  test('refuses host names that are not its own', async () => {
    const status = async Host => (await send(server, { method: 'GET', headers: { Host } })).status
    for (const host of [
      'localhost',
      'LOCALHOST:1',
      `127.0.0.1:${server.port}`,
      '[::1]:80',
      'a.localhost'
    ])
      assert.equal(await status(host), 200, host)
    for (const host of [
      'example.com',
      'localhost.example.com',
      'evil.com:8000',
      '127.0.0.1.nip.io'
    ])
      assert.equal(await status(host), 403, host)
    const wide = await serve(db, { allowedHosts: ['db'] })
    assert.equal((await send(wide, { method: 'GET', headers: { Host: 'DB:8000' } })).status, 200)
    assert.equal((await send(wide, { method: 'GET', headers: { Host: 'other' } })).status, 403)
    await wide.close()
  })

  test('survives clients that speak no HTTP, send too much header, or hang up', async () => {
    const raw = text =>
      new Promise(resolve => {
        const socket = connect(server.port, server.host, () => socket.write(text))
        let answer = ''
        socket.on('data', chunk => {
          answer += chunk
        })
        socket.on('close', () => resolve(answer))
        socket.on('error', () => resolve(answer))
      })
    assert.match(await raw('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /)
    assert.match(
      await raw(`POST / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 /
    )
    await new Promise(resolve => {
      const socket = connect(server.port, server.host, () => {
        socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc', () =>
          socket.destroy()
        )
      })
      socket.on('close', resolve)
    })
    assert.equal((await send(server, { method: 'GET' })).status, 200)
  })

  test('commits once for requests that arrive together', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 20 })
    const put = i =>
      send(server, {
        ...call('PutItem', { TableName: 'abc', Item: { pk: { S: `burst-${i}` } } }),
        agent
      })
    await Promise.all(Array.from({ length: 20 }, (_, i) => put(i)))
    const before = db.counters().commits
    await Promise.all(Array.from({ length: 20 }, (_, i) => put(i)))
    assert.ok(db.counters().commits - before < 20, `${db.counters().commits - before} commits`)
    agent.destroy()
  })

  test('serves the AWS SDK, unmodified', async () => {
    const client = new DynamoDBClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' }
    })
    await client.send(
      new PutItemCommand({
        TableName: 'abc',
        Item: { pk: { S: 'sdk' }, b: { B: new Uint8Array([1, 2]) } }
      })
    )
    const { Item } = await client.send(
      new GetItemCommand({ TableName: 'abc', Key: { pk: { S: 'sdk' } } })
    )
    assert.deepEqual([...Item.b.B], [1, 2])
    await assert.rejects(
      client.send(new GetItemCommand({ TableName: 'nope', Key: { pk: { S: 'a' } } })),
      ResourceNotFoundException
    )
    client.destroy()
  })
})

describe('serve()', () => {
  test('rejects wrong arguments', async () => {
    const db = new EngineClient()
    for (const wrong of [undefined, {}, 'x']) await assert.rejects(serve(wrong), TypeError)
    const cases = [
      { port: -1 },
      { port: 65536 },
      { port: '8000' },
      { host: '' },
      { allowedHosts: 'x' },
      { cors: 1 },
      { prot: 1 },
      null
    ]
    for (const options of cases)
      await assert.rejects(serve(db, options), TypeError, JSON.stringify(options))
    await db.close()
  })

  test('rejects when the port is taken, and when the database cannot be opened', async () => {
    const db = new EngineClient()
    const server = await serve(db)
    await assert.rejects(serve(db, { port: server.port }), { code: 'EADDRINUSE' })
    await server.close()
    await assert.rejects(serve(new EngineClient({ path: '/nowhere/at/all.sqlite' })), error =>
      /^ddblite#/.test(error.type)
    )
    await db.close()
  })

  test('may send no CORS headers and take unsigned requests', async () => {
    const db = new EngineClient()
    const server = await serve(db, { cors: false, checkAuth: false })
    const { headers, body } = call('ListTables', {}, { Origin: 'https://example.com' })
    delete headers.Authorization
    const answer = await send(server, { headers, body })
    assert.deepEqual(
      [answer.status, answer.headers['access-control-allow-origin']],
      [200, undefined]
    )
    assert.equal((await send(server, { method: 'OPTIONS', headers: { Origin: 'x' } })).status, 404)
    await server.close()
    await db.close()
  })

  test('lets running requests end when it stops, and ends idle connections', async () => {
    const db = new EngineClient()
    const server = await serve(db)
    const agent = new Agent({ keepAlive: true })
    await send(server, { method: 'GET', agent }) // leaves an idle connection
    const { headers, body } = call('ListTables', {})
    const slow = new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          host: server.host,
          port: server.port,
          method: 'POST',
          headers: { ...headers, 'Content-Length': body.length }
        },
        response => {
          response.resume()
          response.on('end', () => resolve([response.statusCode, response.headers.connection]))
        }
      )
      request.on('error', reject)
      request.write(body.slice(0, 1))
      setTimeout(() => request.end(body.slice(1)), 100)
    })
    await new Promise(resolve => setTimeout(resolve, 50))
    const closed = server.close()
    assert.equal(server.close(), closed)
    assert.deepEqual(await slow, [200, 'close'])
    await closed
    await assert.rejects(send(server, { method: 'GET' }), { code: 'ECONNREFUSED' })
    assert.deepEqual(await db.execute('ListTables'), { TableNames: [] })
    await db.close()
    agent.destroy()
  })

  test('cuts off requests that do not end within the grace time', async () => {
    const db = new EngineClient()
    const server = await serve(db, { graceMs: 50 })
    const hanging = new Promise(resolve => {
      const request = httpRequest({
        host: server.host,
        port: server.port,
        method: 'POST',
        headers: { 'Content-Length': 10 }
      })
      request.on('error', resolve)
      request.write('1')
    })
    await new Promise(resolve => setTimeout(resolve, 50))
    await server.close()
    assert.equal((await hanging).code, 'ECONNRESET')
    await db.close()
  })
})
