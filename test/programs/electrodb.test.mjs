// electrodb, unmodified: employees, tasks and offices of a company in one table.
import assert from 'node:assert/strict'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import { Entity, Service, createWriteTransaction } from 'electrodb'
import { everyRoad } from './support/roads.mjs'

const table = 'company'
const names = ['pk', 'sk', 'gsi1pk', 'gsi1sk', 'gsi2pk', 'gsi2sk', 'gsi3pk', 'gsi3sk']
const index = (IndexName, ProjectionType) => ({
  IndexName,
  KeySchema: [
    { AttributeName: `${IndexName}pk`, KeyType: 'HASH' },
    { AttributeName: `${IndexName}sk`, KeyType: 'RANGE' }
  ],
  Projection: { ProjectionType }
})
const createTable = new CreateTableCommand({
  TableName: table,
  AttributeDefinitions: names.map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' }
  ],
  GlobalSecondaryIndexes: [index('gsi1', 'ALL'), index('gsi2', 'ALL'), index('gsi3', 'KEYS_ONLY')],
  BillingMode: 'PAY_PER_REQUEST'
})

const key = (prefix, pk, sk) => ({
  pk: { field: `${prefix}pk`, composite: pk },
  sk: { field: `${prefix}sk`, composite: sk }
})

const EmployeeModel = {
  model: { entity: 'employee', version: '1', service: 'company' },
  attributes: {
    employee: { type: 'string', required: true },
    firstName: { type: 'string', required: true },
    lastName: { type: 'string', required: true },
    office: { type: 'string', required: true },
    team: { type: ['development', 'marketing', 'finance'], required: true },
    title: { type: 'string', required: true },
    salary: { type: 'number', required: true },
    manager: { type: 'string' },
    dateHired: { type: 'string', validate: /^\d{4}-\d{2}-\d{2}$/ },
    skills: { type: 'set', items: 'string' },
    address: { type: 'map', properties: { street: { type: 'string' }, zip: { type: 'string' } } }
  },
  indexes: {
    employee: key('', ['employee'], []),
    coworkers: {
      index: 'gsi1',
      collection: 'workplaces',
      ...key('gsi1', ['office'], ['team', 'title', 'employee'])
    },
    teams: { index: 'gsi2', ...key('gsi2', ['team'], ['dateHired', 'title']) },
    roles: { index: 'gsi3', ...key('gsi3', ['title'], ['salary']) }
  }
}

const OfficeModel = {
  model: { entity: 'office', version: '1', service: 'company' },
  attributes: {
    office: { type: 'string', required: true },
    country: { type: 'string', required: true },
    city: { type: 'string', required: true },
    desks: { type: 'number', default: 0 }
  },
  indexes: {
    locations: key('', ['country'], ['city', 'office']),
    office: { index: 'gsi1', collection: 'workplaces', ...key('gsi1', ['office'], []) }
  }
}

const TaskModel = {
  model: { entity: 'task', version: '1', service: 'company' },
  attributes: {
    task: { type: 'string', required: true },
    project: { type: 'string', required: true },
    employee: { type: 'string', required: true },
    status: { type: ['open', 'in-progress', 'done'], default: 'open' },
    points: { type: 'number', default: 0 },
    budget: { type: 'number' },
    comments: {
      type: 'list',
      items: {
        type: 'map',
        properties: { user: { type: 'string' }, body: { type: 'string' } }
      }
    },
    labels: { type: 'set', items: 'string' },
    createdAt: { type: 'number', readOnly: true, default: () => 1700000000000 },
    updatedAt: { type: 'number', watch: '*', set: () => 1700000000001 }
  },
  indexes: {
    task: key('', ['task'], ['project', 'employee']),
    project: { index: 'gsi1', ...key('gsi1', ['project'], ['employee', 'task']) },
    assigned: { index: 'gsi2', ...key('gsi2', ['employee'], ['status']) }
  }
}

const team = ['development', 'marketing', 'finance']
const title = ['junior', 'senior', 'lead']
const employees = Array.from({ length: 45 }, (_, i) => ({
  employee: `e${String(i).padStart(2, '0')}`,
  firstName: 'Ada',
  lastName: `Number ${i}`,
  office: i % 2 === 0 ? 'lighthouse' : 'harbour',
  team: team[i % 3],
  title: title[Math.floor(i / 3) % 3],
  salary: 40000 + 100 * i,
  dateHired: `20${String(10 + (i % 10))}-0${1 + (i % 9)}-15`
}))

everyRoad('electrodb: a company', ({ test, client, document }) => {
  let service
  const entities = () => service.entities

  test('puts into a batch and gets a batch back', async () => {
    await client().send(createTable)
    const config = { table, client: document() }
    service = new Service(
      {
        employees: new Entity(EmployeeModel, config),
        offices: new Entity(OfficeModel, config),
        tasks: new Entity(TaskModel, config)
      },
      config
    )
    const put = await entities().employees.put(employees).go({ concurrent: 2 })
    assert.deepEqual(put.unprocessed, [])
    await entities()
      .offices.put([
        { office: 'lighthouse', country: 'DK', city: 'Aarhus', desks: 30 },
        { office: 'harbour', country: 'DK', city: 'Esbjerg', desks: 20 },
        { office: 'empty', country: 'SE', city: 'Lund' }
      ])
      .go()
    const wanted = employees.slice(3, 40).map(({ employee }) => ({ employee }))
    const got = await entities().employees.get([...wanted, { employee: 'nobody' }]).go()
    assert.deepEqual(got.unprocessed, [])
    assert.equal(got.data.length, 37)
    const ordered = await entities()
      .employees.get([{ employee: 'e44' }, { employee: 'nobody' }, { employee: 'e01' }])
      .go({ preserveBatchOrder: true })
    assert.deepEqual(ordered.data, [employees[44], null, employees[1]])
  })

  test('creates once', async () => {
    const { tasks } = entities()
    const task = { task: 't1', project: 'core', employee: 'e01', labels: ['new'], points: 3 }
    const { data } = await tasks.create(task).go()
    assert.deepEqual(data, {
      ...task,
      status: 'open',
      createdAt: 1700000000000,
      updatedAt: 1700000000001
    })
    await assert.rejects(tasks.create(task).go(), error => {
      assert.equal(error.name, 'ElectroError')
      assert.match(error.message, /The conditional request failed/)
      assert.equal(error.cause.name, 'ConditionalCheckFailedException')
      return true
    })
    const { data: missing } = await tasks.get({ ...task, task: 'none' }).go()
    assert.equal(missing, null)
  })

  test('updates with every operation', async () => {
    const { tasks } = entities()
    const where = { task: 't1', project: 'core', employee: 'e01' }
    const { data } = await tasks
      .patch(where)
      .set({ status: 'in-progress' })
      .add({ points: 5, labels: ['urgent'] })
      .append({ comments: [{ user: 'janet', body: 'half-baked' }] })
      .where(
        ({ status, points }, { eq, between }) =>
          `${eq(status, 'open')} AND ${between(points, 1, 3)}`
      )
      .go({ response: 'all_new' })
    assert.deepEqual(
      { ...data, labels: [...data.labels].sort() },
      {
        ...where,
        status: 'in-progress',
        points: 8,
        labels: ['new', 'urgent'],
        comments: [{ user: 'janet', body: 'half-baked' }],
        createdAt: 1700000000000,
        updatedAt: 1700000000001
      }
    )
    const next = await tasks
      .update(where)
      .data(({ comments, points, labels, budget }, { append, subtract, set, del, ifNotExists }) => {
        append(comments, [{ user: 'joe', body: 'done?' }])
        subtract(points, 2)
        del(labels, ['new'])
        ifNotExists(budget, 100)
      })
      .go({ response: 'updated_new' })
    assert.equal(next.data.points, 6)
    assert.deepEqual(next.data.labels, ['urgent'])
    assert.equal(next.data.budget, 100)
    await tasks
      .update(where)
      .data(({ comments }, { set }) => set(comments[0].body, 'baked'))
      .where((attr, { gte, exists }) => `${gte(attr.points, 6)} AND ${exists(attr.comments)}`)
      .go()
    await tasks.update(where).remove(['budget']).go()
    const { data: after } = await tasks.get(where).go()
    assert.deepEqual(after.comments, [
      { user: 'janet', body: 'baked' },
      { user: 'joe', body: 'done?' }
    ])
    assert.equal(Object.hasOwn(after, 'budget'), false)
    await assert.rejects(
      tasks.patch({ ...where, task: 't2' }).set({ status: 'done' }).go(),
      error => error.cause.name === 'ConditionalCheckFailedException'
    )
  })

  test('upserts', async () => {
    const { offices } = entities()
    const office = { office: 'mill', country: 'NO', city: 'Bergen' }
    const first = await offices.upsert({ ...office, desks: 4 }).go({ response: 'all_new' })
    assert.deepEqual(first.data, { ...office, desks: 4 })
    const second = await offices.upsert(office).add({ desks: 3 }).go({ response: 'all_new' })
    assert.deepEqual(second.data, { ...office, desks: 7 })
    const third = await offices
      .upsert(office)
      .subtract({ desks: 2 })
      .where(({ desks }, { gt }) => gt(desks, 6))
      .go({ response: 'all_old' })
    assert.deepEqual(third.data, { ...office, desks: 7 })
    await assert.rejects(
      offices
        .upsert(office)
        .subtract({ desks: 2 })
        .where(({ desks }, { gt }) => gt(desks, 6))
        .go(),
      /The conditional request failed/
    )
  })

  test('queries sort keys by begins, between, gt and lte', async () => {
    const { query } = entities().employees
    const ids = ({ data }) => data.map(({ employee }) => employee).sort()
    const expected = test => employees.filter(test).map(({ employee }) => employee)
    assert.deepEqual(
      ids(await query.coworkers({ office: 'harbour', team: 'finance' }).go({ pages: 'all' })),
      expected(e => e.office === 'harbour' && e.team === 'finance')
    )
    assert.deepEqual(
      ids(
        await query
          .coworkers({ office: 'harbour', team: 'finance' })
          .begins({ title: 's' })
          .go()
      ),
      expected(e => e.office === 'harbour' && e.team === 'finance' && e.title === 'senior')
    )
    assert.deepEqual(
      ids(
        await query
          .teams({ team: 'marketing' })
          .between({ dateHired: '2012-01-01' }, { dateHired: '2015-12-31' })
          .go()
      ),
      expected(
        e => e.team === 'marketing' && e.dateHired > '2012' && e.dateHired < '2016'
      )
    )
    assert.deepEqual(
      ids(await query.teams({ team: 'marketing' }).gt({ dateHired: '2016-01-01' }).go()),
      expected(e => e.team === 'marketing' && e.dateHired > '2016-01-01')
    )
    assert.deepEqual(
      ids(await query.teams({ team: 'marketing' }).lte({ dateHired: '2011-12-31' }).go()),
      expected(e => e.team === 'marketing' && e.dateHired <= '2011-12-31')
    )
  })

  test('filters with where', async () => {
    const { employees: staff } = entities()
    const { data } = await staff.query
      .coworkers({ office: 'lighthouse' })
      .where(
        ({ salary, lastName, manager, dateHired }, { between, contains, notExists, begins, eq }) =>
          `${between(salary, 40500, 43000)} AND ${notExists(manager)} AND (${contains(
            lastName,
            '1'
          )} OR ${begins(dateHired, '2018')}) AND NOT ${eq(dateHired, '2010-01-15')}`
      )
      .go({ pages: 'all' })
    assert.deepEqual(
      data.map(({ employee }) => employee).sort(),
      employees
        .filter(
          e =>
            e.office === 'lighthouse' &&
            e.salary >= 40500 &&
            e.salary <= 43000 &&
            (e.lastName.includes('1') || e.dateHired.startsWith('2018')) &&
            e.dateHired !== '2010-01-15'
        )
        .map(({ employee }) => employee)
    )
    const found = await staff
      .match({ office: 'harbour', salary: 40700 })
      .go({ attributes: ['employee', 'salary'], pages: 'all' })
    assert.deepEqual(
      found.data,
      [{ employee: 'e07', salary: 40700 }]
    )
    await assert.rejects(
      staff.match({ title: 'lead' }).go({ attributes: ['employee', 'lastName'] }),
      /Global secondary index gsi3 does not project \[/
    )
  })

  test('pages with cursors, in both orders, and by count', async () => {
    const { employees: staff } = entities()
    const all = await staff.query.coworkers({ office: 'lighthouse' }).go({ pages: 'all' })
    assert.equal(all.data.length, 23)
    for (const order of ['asc', 'desc']) {
      const seen = []
      let cursor = null
      let pages = 0
      do {
        const page = await staff.query
          .coworkers({ office: 'lighthouse' })
          .go({ limit: 5, cursor, order })
        seen.push(...page.data)
        cursor = page.cursor
        pages++
      } while (cursor !== null)
      assert.deepEqual(seen, order === 'asc' ? all.data : [...all.data].reverse())
      assert.ok(pages >= 5 && pages <= 6)
    }
    const counted = await staff.query.coworkers({ office: 'lighthouse' }).go({ count: 7 })
    assert.equal(counted.data.length, 7)
    const rest = await staff.query
      .coworkers({ office: 'lighthouse' })
      .go({ cursor: counted.cursor, pages: 'all' })
    assert.deepEqual([...counted.data, ...rest.data], all.data)
  })

  test('reads a collection of several entities in one query', async () => {
    const { data } = await service.collections
      .workplaces({ office: 'lighthouse' })
      .go({ pages: 'all' })
    assert.deepEqual(data.offices, [
      { office: 'lighthouse', country: 'DK', city: 'Aarhus', desks: 30 }
    ])
    assert.equal(data.employees.length, 23)
    assert.deepEqual(Object.keys(data).sort(), ['employees', 'offices'])
    let offices = 0
    let staff = 0
    let cursor = null
    do {
      const page = await service.collections
        .workplaces({ office: 'harbour' })
        .where(({ salary }, { notExists, gte }) => `${notExists(salary)} OR ${gte(salary, 43000)}`)
        .go({ limit: 4, cursor })
      offices += page.data.offices.length
      staff += page.data.employees.length
      cursor = page.cursor
    } while (cursor !== null)
    assert.deepEqual(
      [offices, staff],
      [1, employees.filter(e => e.office === 'harbour' && e.salary >= 43000).length]
    )
  })

  test('hydrates what an index of keys only found', async () => {
    const { data } = await entities()
      .employees.query.roles({ title: 'senior' })
      .gte({ salary: 42000 })
      .go({ hydrate: true, pages: 'all' })
    assert.deepEqual(
      data.sort((a, b) => a.salary - b.salary),
      employees.filter(e => e.title === 'senior' && e.salary >= 42000)
    )
  })

  test('moves an item in its indexes when composites change', async () => {
    const { employees: staff } = entities()
    const { employee } = employees[0]
    await staff
      .patch({ employee })
      .set({ office: 'harbour', team: 'finance', title: 'lead', dateHired: '2010-01-15' })
      .composite({ salary: employees[0].salary })
      .go()
    const moved = await staff.query.coworkers({ office: 'harbour', team: 'finance' }).go()
    assert.ok(moved.data.some(found => found.employee === employee))
    const left = await staff.query.coworkers({ office: 'lighthouse' }).go({ pages: 'all' })
    assert.ok(left.data.every(found => found.employee !== employee))
    assert.equal(left.data.length, 22)
  })

  test('writes a transaction, or nothing of it', async () => {
    const assign = (task, desks) =>
      service.transaction
        .write(({ tasks, offices, employees: staff }) => [
          tasks.create({ task, project: 'core', employee: 'e02', points: 5 }).commit(),
          offices
            .patch({ country: 'DK', city: 'Aarhus', office: 'lighthouse' })
            .subtract({ desks: 1 })
            .where((attr, { eq }) => eq(attr.desks, desks))
            .commit({ response: 'all_old' }),
          staff.check({ employee: 'e02' }).where(({ team }, { eq }) => eq(team, 'finance')).commit()
        ])
        .go()
    const first = await assign('t10', 30)
    assert.equal(first.canceled, false)
    assert.deepEqual(first.data.map(({ rejected }) => rejected), [false, false, false])

    const second = await assign('t11', 30)
    assert.equal(second.canceled, true)
    assert.deepEqual(
      second.data.map(({ rejected, code }) => [rejected, code]),
      [
        [false, 'None'],
        [true, 'ConditionalCheckFailed'],
        [false, 'None']
      ]
    )
    assert.equal(second.data[1].item.desks, 29)
    const { data } = await entities().tasks.query.project({ project: 'core' }).go()
    assert.deepEqual(data.map(({ task }) => task), ['t1', 't10'])
  })

  test('a transaction with a token is written once', async () => {
    const { offices } = entities()
    const hire = () =>
      createWriteTransaction({ offices }, ({ offices: o }) => [
        o
          .patch({ country: 'DK', city: 'Esbjerg', office: 'harbour' })
          .add({ desks: 1 })
          .commit()
      ]).go({ token: 'hire-once' })
    await hire()
    await hire()
    const { data } = await offices.get({ country: 'DK', city: 'Esbjerg', office: 'harbour' }).go()
    assert.equal(data.desks, 21)
  })

  test('reads a transaction', async () => {
    const { data, canceled } = await service.transaction
      .get(({ tasks, employees: staff }) => [
        tasks.get({ task: 't10', project: 'core', employee: 'e02' }).commit(),
        staff.get({ employee: 'e02' }).commit(),
        staff.get({ employee: 'nobody' }).commit()
      ])
      .go()
    assert.equal(canceled, false)
    assert.deepEqual(
      data.map(({ item }) => item && (item.task ?? item.lastName)),
      ['t10', 'Number 2', null]
    )
  })

  test('scans one entity among all', async () => {
    const { data } = await entities().offices.scan.go({ pages: 'all' })
    assert.deepEqual(data.map(({ office }) => office).sort(), [
      'empty',
      'harbour',
      'lighthouse',
      'mill'
    ])
    const rich = await entities()
      .employees.scan.where(({ salary }, { gte }) => gte(salary, 44000))
      .go({ pages: 'all', limit: 6 })
    assert.equal(rich.data.length, employees.filter(({ salary }) => salary >= 44000).length)
  })

  test('deletes one, several, and only what is there', async () => {
    const { employees: staff } = entities()
    const { data: old } = await staff.delete({ employee: 'e44' }).go({ response: 'all_old' })
    assert.deepEqual(old, employees[44])
    await assert.rejects(staff.remove({ employee: 'e44' }).go(), /The conditional request failed/)
    const rest = employees.slice(0, 44).map(({ employee }) => ({ employee }))
    const { unprocessed } = await staff.delete(rest).go()
    assert.deepEqual(unprocessed, [])
    const { data } = await service.collections.workplaces({ office: 'harbour' }).go()
    assert.deepEqual([data.employees.length, data.offices.length], [0, 1])
    const { Items } = await document().send(new ScanCommand({ TableName: table }))
    assert.equal(Items.length, 6)
  })
})
