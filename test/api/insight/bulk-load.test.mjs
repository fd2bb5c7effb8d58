// db.bulkLoad(): indexes are built at its end; whatever happens meanwhile, they are complete.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { EngineClient } from 'ddblite'
import { everyTarget, rejects, tableInput } from '../support/targets.mjs'

everyTarget('bulkLoad', ({ test, target, send, db, makeTable }) => {
  const definition = {
    range: 'sk:N',
    gsis: { byG: { hash: 'g' }, byH: { hash: 'h:N', range: 'sk:N', project: 'KEYS_ONLY' } },
    lsis: { byL: { range: 'l' } }
  }
  const item = n => ({
    pk: { S: `p${n % 7}` },
    sk: { N: String(n) },
    ...(n % 2 === 0 && { g: { S: `g${n % 3}` } }),
    ...(n % 5 !== 0 && { h: { N: String(n % 4) } }),
    ...(n % 3 === 0 && { l: { S: `l${n}` } })
  })
  const load = (client, TableName, from, to) => Promise.all(
    Array.from({ length: to - from }, (_, i) =>
      client.execute('PutItem', { TableName, Item: item(from + i) })))
  const INDEXES = ['byG', 'byH', 'byL']
  /* What each index holds. */
  const held = async (client, TableName) => {
    const all = await Promise.all(INDEXES.map(IndexName =>
      client.execute('Scan', { TableName, IndexName })))
    return all.map(({ Items }) => Items)
  }

  test('leaves the indexes that writing one by one would', async () => {
    const [plain, bulk] = [await makeTable(definition), await makeTable(definition)]
    await load(db(), plain, 0, 200)
    await load(db(), bulk, 0, 50)
    const result = await db().bulkLoad(async client => {
      await load(client, bulk, 50, 200)
      await load(client, bulk, 0, 10)
      return 'done'
    })
    assert.equal(result, 'done')
    assert.deepEqual(await held(db(), bulk), await held(db(), plain))
    const { Tables } = await db().info({ tables: [plain, bulk] })
    assert.deepEqual(Tables[0].Indexes, Tables[1].Indexes)
    await send('PutItem', { TableName: bulk, Item: item(1000) })
    assert.equal((await held(db(), bulk))[0].length, (await held(db(), plain))[0].length + 1)
  })

  test('meanwhile the table is read and written, but an index says that it is not there', async () => {
    const TableName = await makeTable(definition)
    await db().bulkLoad(async () => {
      await load(db(), TableName, 0, 20)
      assert.equal((await send('Scan', { TableName })).Count, 20)
      await send('DeleteItem', { TableName, Key: { pk: item(4).pk, sk: item(4).sk } })
      for (const IndexName of INDEXES) {
        await rejects(send('Scan', { TableName, IndexName }), 'StorageBusy',
          `The index ${IndexName} is built when the bulk load of ${TableName} ends`)
      }
      await send('DescribeTable', { TableName })
    })
    assert.equal((await held(db(), TableName))[0].length, 9)
  })

  test('builds them when the loading fails, too', async () => {
    const TableName = await makeTable(definition)
    await assert.rejects(db().bulkLoad(async () => {
      await load(db(), TableName, 0, 20)
      throw new Error('no more')
    }), /no more/)
    assert.equal((await held(db(), TableName))[0].length, 10)
  })

  test('may be for some tables only, and one at a time', async () => {
    const [one, other] = [await makeTable(definition), await makeTable(definition)]
    await db().bulkLoad(async () => {
      await send('Scan', { TableName: other, IndexName: 'byG' })
      await rejects(send('Scan', { TableName: one, IndexName: 'byG' }), 'StorageBusy')
      await rejects(db().bulkLoad(async () => {}), 'BadArgument', /has not ended/)
    }, { tables: [one] })
    await rejects(db().bulkLoad(async () => {}, { tables: ['none'] }), 'ResourceNotFoundException')
    await assert.rejects(db().bulkLoad('x'), TypeError)
    await send('Scan', { TableName: one, IndexName: 'byG' })
  })

  test('tables and indexes may come and go meanwhile', async () => {
    const [one, gone] = [await makeTable(definition), await makeTable(definition)]
    await db().bulkLoad(async () => {
      await load(db(), one, 0, 20)
      await send('DeleteTable', { TableName: gone })
      await send('UpdateTable', {
        TableName: one,
        GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byH' } }]
      })
      await send('UpdateTable', {
        TableName: one,
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'N' }, { AttributeName: 'g', AttributeType: 'S' },
          { AttributeName: 'l', AttributeType: 'S' }],
        GlobalSecondaryIndexUpdates: [{
          Create: {
            IndexName: 'fresh',
            KeySchema: [{ AttributeName: 'l', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' }
          }
        }]
      })
    })
    assert.equal((await send('Scan', { TableName: one, IndexName: 'byG' })).Count, 10)
    for (let waited = 0; ; waited++) {
      const { Table } = await send('DescribeTable', { TableName: one })
      if (Table.GlobalSecondaryIndexes.every(index => index.IndexStatus === 'ACTIVE')) break
      assert.ok(waited < 500)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    assert.equal((await send('Scan', { TableName: one, IndexName: 'fresh' })).Count, 7)
  })

  test('a snapshot of meanwhile has its indexes where it is restored or forked', async () => {
    const TableName = await makeTable(definition)
    let snapshot, fork
    await db().bulkLoad(async () => {
      await load(db(), TableName, 0, 20)
      snapshot = await db().snapshot()
      fork = await db().fork()
    })
    assert.equal((await held(fork, TableName))[0].length, 10)
    await fork.restore(snapshot)
    assert.equal((await held(fork, TableName))[0].length, 10)
    await fork.close()
  })

  test('a process that dies leaves a database that is complete when it is opened',
    { skip: target !== 'file' }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ddblite-bulk-'))
      const path = join(folder, 'a.db')
      const support = fileURLToPath(new URL('../support/targets.mjs', import.meta.url))
      writeFileSync(join(folder, 'dies.mjs'), `
        import { EngineClient } from ${JSON.stringify(import.meta.resolve('ddblite'))}
        import { tableInput } from ${JSON.stringify(support)}
        const db = new EngineClient({ path: ${JSON.stringify(path)} })
        await db.execute('CreateTable', tableInput('Dies', ${JSON.stringify(definition)}))
        await db.bulkLoad(async () => {
          for (let n = 0; n < 20; n++) {
            await db.execute('PutItem', {
              TableName: 'Dies', Item: { pk: { S: 'p' }, sk: { N: String(n) }, g: { S: 'g' } }
            })
          }
          process.kill(process.pid, 'SIGKILL')
          await new Promise(resolve => setTimeout(resolve, 10000))
        })`)
      await assert.rejects(promisify(execFile)(process.execPath, [join(folder, 'dies.mjs')]),
        { signal: 'SIGKILL' })
      const again = new EngineClient({ path })
      const { Count } = await again.execute('Scan', { TableName: 'Dies', IndexName: 'byG' })
      assert.equal(Count, 20)
      await again.close()
      rmSync(folder, { recursive: true })
    })

  test('an index is built in a call of its own; what is written between is in all of them', async () => {
    const [plain, bulk] = [await makeTable(definition), await makeTable(definition)]
    await send('ddblite.BulkLoad', { On: true, TableNames: [bulk] })
    await load(db(), bulk, 0, 20)
    let n = 20
    while ((await send('ddblite.BulkLoad', { On: false })).More) {
      await load(db(), bulk, n, n += 10)
      await rejects(send('Scan', { TableName: bulk, IndexName: 'byG' }), 'StorageBusy')
    }
    assert.equal(n, 50)
    await load(db(), plain, 0, n)
    assert.deepEqual(await held(db(), bulk), await held(db(), plain))
  })

  test('tables that are made meanwhile keep their indexes', async () => {
    await db().bulkLoad(async () => {
      await send('CreateTable', tableInput(`Meanwhile${target}`, definition))
      await send('PutItem', { TableName: `Meanwhile${target}`, Item: item(2) })
      const answer = await send('Scan', { TableName: `Meanwhile${target}`, IndexName: 'byG' })
      assert.equal(answer.Count, 1)
    })
  })
})
