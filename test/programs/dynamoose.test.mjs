// dynamoose, unmodified: members and posts of a forum, in tables that it makes itself.
import assert from 'node:assert/strict'
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDB,
  ListTagsOfResourceCommand
} from '@aws-sdk/client-dynamodb'
import dynamoose from 'dynamoose'
import { everyRoad } from './support/roads.mjs'

const settings = {
  throughput: 'ON_DEMAND',
  waitForActive: { check: { frequency: 10 } },
  tags: { team: 'forum', stage: 'test' }
}

const memberSchema = () =>
  new dynamoose.Schema(
    {
      id: { type: String, hashKey: true },
      email: { type: String, required: true, index: { name: 'byEmail', type: 'global' } },
      age: { type: Number, validate: age => age >= 0 },
      joined: { type: Date, default: () => new Date(1700000000000) },
      interests: { type: Set, schema: [String] },
      address: { type: Object, schema: { city: String, zip: Number } },
      log: { type: Array, schema: [String] },
      photo: Buffer,
      posts: { type: Number, default: 0 }
    },
    { timestamps: true }
  )

const postSchema = () =>
  new dynamoose.Schema(
    {
      board: { type: String, hashKey: true },
      number: { type: Number, rangeKey: true },
      author: {
        type: String,
        required: true,
        index: { name: 'byAuthor', type: 'global', rangeKey: 'number', project: ['title'] }
      },
      title: String,
      likes: { type: Number, default: 0, index: { name: 'byLikes', type: 'local' } },
      tags: { type: Array, schema: [String] },
      meta: Object
    },
    { saveUnknown: ['meta.**'] }
  )

const posts = Array.from({ length: 40 }, (_, i) => ({
  board: i % 4 === 3 ? 'news' : 'talk',
  number: i,
  author: `m${i % 3}`,
  title: `post ${i}`,
  likes: (i * 13) % 40,
  tags: i % 2 === 0 ? ['even', `t${i}`] : ['odd']
}))

const plain = items => items.map(item => item.toJSON())

everyRoad('dynamoose: a forum', ({ test, road, client, config }) => {
  let instance
  let Member
  let Post

  test('creates its tables and waits until they are active', async () => {
    instance = new dynamoose.Instance()
    instance.aws.ddb.set(new DynamoDB(config()))
    Member = dynamoose.model(`${road}-members`, memberSchema())
    Post = dynamoose.model(`${road}-posts`, postSchema())
    const tables = [
      new instance.Table(`${road}-members`, [Member], settings),
      new instance.Table(`${road}-posts`, [Post], { ...settings, initialize: false })
    ]
    assert.equal((await tables[1].create({ return: 'request' })).KeySchema.length, 2)
    await tables[1].initialize()
    const { Table } = await client().send(new DescribeTableCommand({ TableName: `${road}-posts` }))
    assert.equal(Table.TableStatus, 'ACTIVE')
    assert.deepEqual(
      [...Table.GlobalSecondaryIndexes, ...Table.LocalSecondaryIndexes].map(
        ({ IndexName, Projection }) => [IndexName, Projection.ProjectionType]
      ),
      [
        ['byAuthor', 'INCLUDE'],
        ['byLikes', 'ALL']
      ]
    )
  })

  test('creates members once and finds them again', async () => {
    const ada = {
      id: 'm0',
      email: 'ada@example.org',
      age: 36,
      interests: new Set(['chess', 'tea']),
      address: { city: 'Aarhus', zip: 8000 },
      log: ['joined'],
      photo: Buffer.from([1, 2, 3])
    }
    const member = await Member.create(ada)
    assert.equal(member.posts, 0)
    await assert.rejects(Member.create({ id: 'm0', email: 'eve@example.org' }), {
      name: 'ConditionalCheckFailedException'
    })
    await assert.rejects(Member.create({ id: 'm9' }), { name: 'ValidationError' })
    await Member.create({ id: 'm1', email: 'bo@example.org', age: 20 })
    await Member.create({ id: 'm0', email: 'ada@example.org' }, { overwrite: true })
    assert.equal((await Member.get('m0')).address, undefined)
    await Member.create(ada, { overwrite: true })
    const found = await Member.get('m0')
    assert.deepEqual([...found.interests].sort(), ['chess', 'tea'])
    assert.deepEqual(found.photo, Buffer.from([1, 2, 3]))
    assert.ok(found.joined instanceof Date && found.joined.getTime() === 1700000000000)
    assert.ok(found.createdAt instanceof Date && found.updatedAt instanceof Date)
    assert.equal(await Member.get('nobody'), undefined)
    const part = await Member.get('m0', { attributes: ['email', 'age'], consistent: true })
    assert.deepEqual(part.toJSON(), { email: 'ada@example.org', age: 36 })
    const [byEmail] = await Member.query('email').eq('bo@example.org').exec()
    assert.equal(byEmail.id, 'm1')
  })

  test('saves a changed document', async () => {
    const member = await Member.get('m1')
    member.age = 21
    member.address = { city: 'Lyon' }
    await member.save()
    assert.deepEqual((await Member.get('m1')).address, { city: 'Lyon' })
    member.age = 22
    await assert.rejects(
      member.save({ condition: new dynamoose.Condition().where('age').eq(99) }),
      { name: 'ConditionalCheckFailedException' }
    )
    await member.save({ condition: new dynamoose.Condition().where('age').eq(21) })
    const fresh = new Member({ id: 'm2', email: 'cy@example.org' })
    await fresh.save()
    assert.equal((await Member.get('m2')).posts, 0)
  })

  test('updates with $SET, $ADD, $REMOVE, $DELETE and conditions', async () => {
    const updated = await Member.update(
      { id: 'm0' },
      {
        $SET: { age: 37, log: ['joined', 'wrote'] },
        $ADD: { posts: 2, interests: new Set(['go']) },
        $REMOVE: ['photo']
      }
    )
    assert.deepEqual(
      [updated.age, updated.posts, updated.photo, [...updated.interests].sort()],
      [37, 2, undefined, ['chess', 'go', 'tea']]
    )
    const next = await Member.update(
      'm0',
      { $ADD: { posts: 1, log: ['left'] }, $DELETE: { interests: new Set(['tea']) } },
      { condition: new dynamoose.Condition().where('posts').between(1, 2), returnValues: 'ALL_NEW' }
    )
    assert.deepEqual(
      [next.posts, [...next.interests].sort(), next.log],
      [3, ['chess', 'go'], ['joined', 'wrote', 'left']]
    )
    await assert.rejects(
      Member.update(
        'm0',
        { $SET: { 'address.city': 'Lund' } },
        { condition: new dynamoose.Condition('posts').lt(3) }
      ),
      { name: 'ConditionalCheckFailedException' }
    )
  })

  test('puts, gets and deletes in batches', async () => {
    for (let i = 0; i < posts.length; i += 20) {
      const { unprocessedItems } = await Post.batchPut(posts.slice(i, i + 20))
      assert.deepEqual(unprocessedItems, [])
    }
    const keys = posts.slice(10, 20).map(({ board, number }) => ({ board, number }))
    const got = await Post.batchGet([...keys, { board: 'talk', number: 999 }])
    assert.deepEqual(
      plain(got).sort((a, b) => a.number - b.number),
      posts.slice(10, 20)
    )
    assert.deepEqual(got.unprocessedKeys, [])
    await Post.batchPut([{ board: 'gone', number: 1, author: 'x' }])
    const { unprocessedItems } = await Post.batchDelete([{ board: 'gone', number: 1 }])
    assert.deepEqual(unprocessedItems, [])
    assert.equal(await Post.get({ board: 'gone', number: 1 }), undefined)
  })

  test('queries tables and indexes', async () => {
    const talk = posts.filter(({ board }) => board === 'talk')
    const all = await Post.query('board').eq('talk').exec()
    assert.deepEqual(plain(all), talk)
    const some = await Post.query('board')
      .eq('talk')
      .where('number')
      .between(5, 25)
      .filter('title')
      .contains('1')
      .and()
      .filter('author')
      .not()
      .eq('m0')
      .sort('descending')
      .exec()
    assert.deepEqual(
      plain(some),
      talk
        .filter(p => p.number >= 5 && p.number <= 25 && p.title.includes('1') && p.author !== 'm0')
        .reverse()
    )
    const mine = await Post.query('author').eq('m1').where('number').ge(20).exec()
    assert.deepEqual(
      plain(mine).map(({ number, title }) => [number, title]),
      posts.filter(p => p.author === 'm1' && p.number >= 20).map(p => [p.number, p.title])
    )
    const liked = await Post.query('board').eq('talk').where('likes').gt(30).using('byLikes').exec()
    assert.deepEqual(
      plain(liked),
      talk.filter(({ likes }) => likes > 30).sort((a, b) => a.likes - b.likes)
    )
    const { count } = await Post.query('board').eq('news').count().exec()
    assert.equal(count, 10)
  })

  test('filters with or, groups, in and exists', async () => {
    const found = await Post.scan()
      .where('likes')
      .lt(10)
      .and()
      .parenthesis(
        new dynamoose.Condition().where('author').in(['m0', 'm2']).or().where('number').le(3)
      )
      .and()
      .where('meta')
      .not()
      .exists()
      .exec()
    assert.deepEqual(
      plain(found).map(({ number }) => number).sort((a, b) => a - b),
      posts
        .filter(p => p.likes < 10 && (p.author !== 'm1' || p.number <= 3))
        .map(({ number }) => number)
    )
  })

  test('pages by lastKey, and reads all pages or segments', async () => {
    const seen = []
    let startAt
    let pages = 0
    do {
      const query = Post.query('board').eq('talk').limit(7)
      const page = await (startAt === undefined ? query : query.startAt(startAt)).exec()
      seen.push(...page.map(({ number }) => number))
      startAt = page.lastKey
      pages++
    } while (startAt !== undefined)
    assert.deepEqual(
      seen,
      posts.filter(({ board }) => board === 'talk').map(({ number }) => number)
    )
    assert.equal(pages, 5)
    const all = await Post.scan().limit(9).all().exec()
    assert.deepEqual([all.count, all.timesScanned, all.lastKey], [40, 5, undefined])
    const parallel = await Post.scan().parallel(3).exec()
    assert.deepEqual(
      parallel.map(({ number }) => number).sort((a, b) => a - b),
      posts.map(({ number }) => number)
    )
  })

  test('writes transactions over two tables, or nothing', async () => {
    const write = number =>
      dynamoose.transaction([
        Post.transaction.create({ board: 'talk', number, author: 'm0', meta: { deep: { a: 1 } } }),
        Member.transaction.update({ id: 'm0' }, { $ADD: { posts: 1 } }),
        Member.transaction.condition('m1', new dynamoose.Condition('age').gt(20))
      ])
    await write(100)
    await assert.rejects(write(100), error => {
      assert.equal(error.name, 'TransactionCanceledException')
      assert.deepEqual(
        error.CancellationReasons.map(({ Code }) => Code),
        ['ConditionalCheckFailed', 'None', 'None']
      )
      return true
    })
    const [member, post] = await dynamoose.transaction([
      Member.transaction.get('m0'),
      Post.transaction.get({ board: 'talk', number: 100 })
    ])
    assert.equal(member.posts, 4)
    assert.deepEqual(post.meta, { deep: { a: 1 } })
    await dynamoose.transaction([Post.transaction.delete({ board: 'talk', number: 100 })])
    assert.equal(await Post.get({ board: 'talk', number: 100 }), undefined)
  })

  test('changes the indexes and tags of a table that exists', async () => {
    const schema = new dynamoose.Schema({
      id: { type: String, hashKey: true },
      email: String,
      age: { type: Number, index: { name: 'byAge', type: 'global' } }
    })
    const Renewed = dynamoose.model(`${road}-members-renewed`, schema)
    const table = new instance.Table(`${road}-members`, [Renewed], {
      ...settings,
      initialize: false,
      tags: { team: 'forum', stage: 'live', owner: 'ada' },
      update: ['indexes', 'throughput', 'tags', 'tableClass']
    })
    await table.initialize()
    const { Table } = await client().send(
      new DescribeTableCommand({ TableName: `${road}-members` })
    )
    assert.deepEqual(
      Table.GlobalSecondaryIndexes.map(({ IndexName, IndexStatus }) => [IndexName, IndexStatus]),
      [['byAge', 'ACTIVE']]
    )
    const { Tags } = await client().send(
      new ListTagsOfResourceCommand({ ResourceArn: Table.TableArn })
    )
    assert.deepEqual(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])), {
      team: 'forum',
      stage: 'live',
      owner: 'ada'
    })
    const found = await Renewed.query('age').eq(22).exec()
    assert.deepEqual(
      found.map(({ id }) => id),
      ['m1']
    )
  })

  test('keeps expiry times and a stream for a table', async () => {
    const schema = new dynamoose.Schema({ id: { type: String, hashKey: true }, token: String })
    const Session = dynamoose.model(`${road}-sessions`, schema)
    const table = new instance.Table(`${road}-sessions`, [Session], {
      ...settings,
      initialize: false,
      expires: { ttl: 3600000, attribute: 'until', items: { returnExpired: false } },
      streamOptions: { enabled: true, type: 'NEW_AND_OLD_IMAGES' },
      update: true
    })
    await table.initialize()
    const { Table } = await client().send(
      new DescribeTableCommand({ TableName: `${road}-sessions` })
    )
    assert.deepEqual(Table.StreamSpecification, {
      StreamEnabled: true,
      StreamViewType: 'NEW_AND_OLD_IMAGES'
    })
    const { TimeToLiveDescription } = await client().send(
      new DescribeTimeToLiveCommand({ TableName: `${road}-sessions` })
    )
    assert.deepEqual(TimeToLiveDescription, {
      AttributeName: 'until',
      TimeToLiveStatus: 'ENABLED'
    })
    await Session.create({ id: 's1', token: 't' })
    const { until } = await Session.get('s1')
    assert.ok(Math.abs(until.getTime() - Date.now() - 3600000) < 60000)
    await Session.create({ id: 's2', until: new Date(Date.now() - 7200000) })
    assert.equal(await Session.get('s2'), undefined)
    const left = await Session.scan().exec()
    assert.deepEqual(
      left.map(({ id }) => id),
      ['s1']
    )
  })

  test('deletes documents', async () => {
    const member = await Member.get('m2')
    await member.delete()
    assert.equal(await Member.get('m2'), undefined)
    await Post.delete({ board: 'talk', number: 0 })
    const { count } = await Post.scan().count().exec()
    assert.equal(count, 39)
  })
})
