// TestDatabase, which ddblite/vitest, ddblite/jest and ddblite/node-test drive by their hooks; with
// the runners themselves it is tried in test/package/runners.test.mjs.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams'

const require = createRequire(import.meta.url)
const { TestDatabase } = require('../../../lib/testing/database.cjs')
const { Host } = require('../../../lib/testing/host.cjs')
const { useEndpoint } = require('../../../lib/testing/environment.cjs')

const tables = [{
  TableName: 'users',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  BillingMode: 'PAY_PER_REQUEST'
}]
const data = { users: [{ id: 'ada' }] }
const put = (db, id) => db.execute('PutItem', { TableName: 'users', Item: { id: { S: id } } })
const count = async db => (await db.execute('Scan', { TableName: 'users' })).Count

const freePort = () => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

/* With an environment and a host of its own, so that nothing else sees them. */
async function using (options, run, env = {}, host = new Host()) {
  const own = new TestDatabase(options, { host, env, ownsHost: true })
  try {
    await own.start()
    return await run(own, env)
  } finally {
    await own.stop()
  }
}

describe('the options of a test database', () => {
  const wrong = [
    [null, /options must be an object, not null/],
    [{ table: [] }, /no option 'table'; there are tables, schema/],
    [{ tables: 5 }, /tables must be CreateTable inputs/],
    [{ isolate: 'suite' }, /isolate must be 'test', 'file' or 'worker', not 'suite'/],
    [{ endpoint: 8000 }, /endpoint must be true, false or \{ port, variables \}/],
    [{ endpoint: { port: 65536 } }, /endpoint must be true, false or/],
    [{ endpoint: { variables: 'URL' } }, /endpoint must be true, false or/],
    [{ endpoint: { host: '::1' } }, /endpoint must be true, false or/],
    [{ setup: {} }, /setup must be a function/],
    [{ engine: { clock: 'slow' } }, /clock must be/]
  ]
  for (const [options, message] of wrong) {
    test(`${JSON.stringify(options)} is a TypeError that says why`, () => {
      assert.throws(() => new TestDatabase(options), { name: 'TypeError', message })
    })
  }

  test('tables may be one, several, a function of them, and with items', async () => {
    for (const given of [tables, tables[0], () => tables, async () => tables]) {
      await using({ tables: given, data }, async own => assert.equal(await count(own.db), 1))
    }
    const setup = db => put(db, 'grace')
    await using({ schema: tables, data, setup }, async own => assert.equal(await count(own.db), 2))
  })

  test('schemaOptions are those of loadSchema()', async () => {
    const Properties = { ...tables[0], TableName: { 'Fn::Sub': '$' + '{Stage}-users' } }
    const schema = {
      Parameters: { Stage: { Type: 'String' } },
      Resources: { Users: { Type: 'AWS::DynamoDB::Table', Properties } }
    }
    await using({ schema, schemaOptions: { parameters: { Stage: 'test' } } }, async own => {
      assert.deepEqual((await own.db.execute('ListTables')).TableNames, ['test-users'])
    })
  })
})

describe('a test', () => {
  test('finds what the set-up and earlier hooks wrote, and nothing of the test before', async () => {
    await using({ tables, data }, async own => {
      await put(own.db, 'of a hook')
      for (const id of ['a', 'b', 'c']) {
        await own.beginTest()
        assert.equal(await count(own.db), 2)
        await put(own.db, id)
        await own.db.execute('CreateTable', { ...tables[0], TableName: `table-${id}` })
      }
    })
  })

  test("finds what the tests before wrote with isolate: 'file'", async () => {
    await using({ tables, isolate: 'file' }, async own => {
      for (const n of [0, 1, 2]) {
        await own.beginTest()
        assert.equal(await count(own.db), n)
        await put(own.db, String(n))
      }
    })
  })

  test('finds the clock as it was, whatever the test before did to it', async () => {
    const start = Date.UTC(2030, 0, 1)
    for (const clock of ['frozen', { now: start }]) {
      await using({ engine: { clock } }, async ({ db }) => {
        const own = TestDatabase.owning(db)
        await own.beginTest()
        const before = db.clock.now()
        await db.clock.advance(86_400_000)
        await own.beginTest()
        assert.equal(db.clock.now(), before)
      })
    }
    await using({}, async own => {
      await own.beginTest()
      await own.db.clock.set(start)
      await own.beginTest()
      assert.ok(Math.abs(own.db.clock.now() - Date.now()) < 60_000)
    })
    await using({ engine: { clock: { now: () => start } } }, async own => {
      await own.beginTest()
      await own.db.clock.advance(5)
      await own.beginTest()
      assert.equal(own.db.clock.now(), start)
    })
  })

  test('meets no fault of the test before', async () => {
    await using({ tables }, async own => {
      await own.beginTest()
      await own.db.faults.add({ op: 'Scan', throw: 'InternalServerError' })
      await own.db.faults.throughput('enforced')
      await assert.rejects(count(own.db), { name: 'InternalServerError' })
      await own.beginTest()
      assert.equal(await count(own.db), 0)
    })
  })

  test('leaves no stream handler to the next one; those of the set-up go on', async () => {
    const StreamSpecification = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' }
    const seen = { setup: 0, test: 0 }
    const count = name => event => { seen[name] += event.Records.length }
    const setup = db => db.subscribe('users', count('setup'))
    await using({ tables: { ...tables[0], StreamSpecification }, setup }, async own => {
      for (const round of [1, 2, 3]) {
        await own.beginTest()
        if (round === 1) await own.db.subscribe('users', count('test'))
        await put(own.db, 'a')
        await own.db.drain()
        assert.deepEqual(seen, { setup: round, test: 1 })
      }
    })
  })

  test('beside others has a fork that is as every test finds the database', async () => {
    await using({ tables, data }, async own => {
      await own.beginTest()
      await put(own.db, 'of another test')
      const counts = await Promise.all([1, 2, 3].map(n => own.isolated(async fork => {
        for (let i = 0; i < n; i++) await put(fork, String(i))
        return count(fork)
      })))
      assert.deepEqual(counts, [2, 3, 4])
      assert.equal(await count(own.db), 2)
    })
  })

  test('that fails beside others leaves no fork open', async () => {
    await using({ tables }, async own => {
      let fork
      await assert.rejects(own.isolated(async db => {
        fork = db
        throw new Error('the test')
      }), /the test/)
      await assert.rejects(fork.execute('ListTables'), { name: 'ClientClosed' })
    })
  })
})

describe('the endpoint', () => {
  test('is told by the environment, to clients for tables and for streams', async () => {
    await using({ tables }, async (own, env) => {
      const url = env.AWS_ENDPOINT_URL_DYNAMODB
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
      assert.equal(env.AWS_ENDPOINT_URL_DYNAMODB_STREAMS, url)
      const config = {
        endpoint: url, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'a' }
      }
      const client = new DynamoDBClient(config)
      assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, ['users'])
      const streams = new DynamoDBStreamsClient(config)
      assert.deepEqual((await streams.send(new ListStreamsCommand({}))).Streams, [])
    })
  })

  test("is in the user's own variables, which lead nowhere before, and back when it is over", async () => {
    const name = 'DDBLITE_TEST_URL'
    const variables = [name]
    process.env[name] = 'http://localhost:1'
    const host = { host: new Host(), env: {}, ownsHost: true }
    const own = new TestDatabase({ endpoint: { variables } }, host)
    assert.equal(process.env[name], undefined)
    await own.start()
    assert.match(process.env[name], /^http:\/\/127\.0\.0\.1:\d+$/)
    await own.stop()
    assert.equal(process.env[name], 'http://localhost:1')
    delete process.env[name]
  })

  test('is at the port that is asked for, for clients that have it written down', async () => {
    const port = await freePort()
    const client = new DynamoDBClient({
      endpoint: `http://localhost:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'a' }
    })
    for (const round of [1, 2]) {
      await using({ tables, endpoint: { port } }, async () => {
        const { TableNames } = await client.send(new ListTablesCommand({}))
        assert.deepEqual(TableNames, ['users'], `round ${round}`)
        const second = new TestDatabase({ endpoint: { port } })
        await assert.rejects(second.start(), new RegExp(`something listens at port ${port} already`))
        await second.stop()
      })
    }
    client.destroy()
  })

  test('is left out with endpoint: false', async () => {
    await using({ tables, endpoint: false }, (own, env) => assert.deepEqual(env, {}))
  })

  test('is the same for one file after the other, and says when there is no database', async () => {
    const host = new Host()
    const urls = []
    for (const table of ['one', 'two']) {
      const own = new TestDatabase({ tables: { ...tables[0], TableName: `${table}-` } }, { host, env: {} })
      await own.start()
      const answer = await call(host.url)
      assert.deepEqual([...answer.TableNames], [`${table}-`])
      urls.push(host.url)
      await own.stop()
    }
    assert.equal(urls[0], urls[1])
    assert.equal((await call(host.url)).__type, 'ddblite#NoDatabase')
    await host.close()
  })

  const call = async url => (await fetch(url, {
    method: 'POST',
    body: '{}',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, ' +
        'SignedHeaders=host, Signature=a',
      'x-amz-date': '20260101T000000Z'
    }
  })).json()
})

describe('the environment', () => {
  const url = 'http://127.0.0.1:1'

  test('is as it was when the tests are over', async () => {
    for (const before of [{}, { AWS_ENDPOINT_URL_DYNAMODB: 'http://other', AWS_REGION: 'eu-west-1' }]) {
      const env = { ...before }
      await using({}, () => assert.notDeepEqual(env, before), env)
      assert.deepEqual(env, before)
    }
  })

  test('keeps Region and credentials that are there', () => {
    const own = { AWS_DEFAULT_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'mine', AWS_SECRET_ACCESS_KEY: 'too' }
    const env = { ...own }
    const undo = useEndpoint(env, url, 'us-east-1')
    assert.deepEqual(env, {
      ...own, AWS_ENDPOINT_URL_DYNAMODB: url, AWS_ENDPOINT_URL_DYNAMODB_STREAMS: url
    })
    undo()
    assert.deepEqual(env, own)
  })

  test('does not let a setting send tests to the real service', () => {
    const env = { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }
    const undo = useEndpoint(env, url, 'us-east-1')
    assert.equal(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, undefined)
    undo()
    assert.deepEqual(env, { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })
  })

  test('keeps what tests have set since', () => {
    const env = {}
    const undo = useEndpoint(env, url, 'us-east-1')
    env.AWS_REGION = 'of the tests'
    undo()
    assert.deepEqual(env, { AWS_REGION: 'of the tests' })
  })
})

describe('a worker', () => {
  test('hands its content from file to file, for options that are the same', async () => {
    const host = new Host()
    const file = async (options, run) => {
      const own = new TestDatabase({ ...options, isolate: 'worker' }, { host, env: {} })
      await own.start()
      await own.beginTest()
      await run(own.db)
      await own.stop()
    }
    await file({ tables, data }, db => put(db, 'of the first file'))
    await file({ tables, data }, async db => assert.equal(await count(db), 2))
    await file({ tables }, async db => assert.equal(await count(db), 0))
    await host.close()
  })
})

test('a process ends although its test database is open, and a client idles', () => {
  const file = require.resolve('../../../lib/testing/database.cjs')
  const code = `
    const { TestDatabase } = require(${JSON.stringify(file)})
    const own = new TestDatabase({})
    own.start().then(() => fetch(process.env.AWS_ENDPOINT_URL_DYNAMODB)).then(async answer => {
      console.log(await answer.text())
    })`
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const start = Date.now()
  const options = { cwd: root, encoding: 'utf8', timeout: 20_000 }
  const text = execFileSync(process.execPath, ['-e', code], options)
  assert.match(text, /^healthy: /)
  assert.ok(Date.now() - start < 10_000)
})
