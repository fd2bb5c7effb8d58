/*
 * kept.test.mjs - searches see every change, though vectors are kept in memory between them.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { EngineClient } from 'ddblite'
import { everyTarget, rejects, sharedFile, tableInput } from '../support/targets.mjs'
import { list, numbers, vectorIndex, withVectors } from './support.mjs'

const key = name => ({ pk: { S: name } })

everyTarget('SearchVectors between changes', ({ test, target, send, makeTable, db }) => {
  const definition = withVectors(
    [
      vectorIndex('byV', { DistanceFunction: 'EUCLIDEAN', schema: { color: 'INLINE_FILTER' } }),
      vectorIndex('byDot', { DistanceFunction: 'DOT_PRODUCT' })
    ],
    { names: ['color'] }
  )
  const search = (TableName, more) =>
    send('SearchVectors', {
      TableName, IndexName: 'byV', SearchVector: numbers(0, 0, 0), TopK: 100, ...more
    })
  const names = async (TableName, more) =>
    (await search(TableName, more)).SearchResults.map(({ Item }) => Item.pk.S).join('')
  const put = (TableName, name, x, more) =>
    send('PutItem', { TableName, Item: { ...key(name), v: list(x, 0, 0), ...more } })

  test('see each kind of write, and what was taken back', async () => {
    const TableName = await makeTable(definition)
    await put(TableName, 'a', 1)
    await put(TableName, 'b', 2)
    assert.equal(await names(TableName), 'ab')
    await put(TableName, 'c', 0.5)
    assert.equal(await names(TableName), 'cab')
    await send('UpdateItem', {
      TableName, Key: key('a'), UpdateExpression: 'SET v[0] = :x', ExpressionAttributeValues: { ':x': { N: '9' } }
    })
    assert.equal(await names(TableName), 'cba')
    await send('DeleteItem', { TableName, Key: key('c') })
    assert.equal(await names(TableName), 'ba')
    await rejects(send('TransactWriteItems', {
      TransactItems: [
        { Put: { TableName, Item: { ...key('d'), v: list(0, 0, 0) } } },
        { Delete: { TableName, Key: key('b'), ConditionExpression: 'attribute_exists(nothing)' } }
      ]
    }), 'TransactionCanceledException')
    assert.equal(await names(TableName), 'ba')
    await send('UpdateItem', { TableName, Key: key('b'), UpdateExpression: 'REMOVE v' })
    assert.equal(await names(TableName), 'a')
    assert.equal(await names(TableName, { IndexName: 'byDot' }), 'a')
  })

  test('see writes of the same turn, and tables that take each other’s place', async () => {
    const TableName = await makeTable(definition)
    const turn = await Promise.all([
      put(TableName, 'a', 3), names(TableName), put(TableName, 'b', 1), names(TableName)
    ])
    assert.deepEqual([turn[1], turn[3]], ['a', 'ba'])
    await send('DeleteTable', { TableName })
    await rejects(search(TableName), 'ResourceNotFoundException')
  })

  test('take the nearest that a filter lets through', async () => {
    const TableName = await makeTable(definition)
    for (let i = 0; i < 60; i++) {
      await put(TableName, `${i}.`, i, { color: { S: i % 20 === 19 ? 'red' : 'blue' } })
    }
    const red = {
      SearchConditionExpression: 'color = :c', ExpressionAttributeValues: { ':c': { S: 'red' } }
    }
    for (let round = 0; round < 2; round++) {
      assert.equal(await names(TableName, { ...red, TopK: 2 }), '19.39.')
      assert.equal(await names(TableName, red), '19.39.59.')
      assert.equal(await names(TableName, { TopK: 3 }), '0.1.2.')
    }
  })

  test('see the database that a snapshot brings back', { skip: target === 'http' }, async () => {
    const TableName = await makeTable(definition)
    await put(TableName, 'a', 1)
    const before = await db().snapshot()
    await put(TableName, 'b', 0)
    assert.equal(await names(TableName), 'ba')
    await db().restore(before)
    assert.equal(await names(TableName), 'a')
  })

  test('are explained, counted, and go wrong on purpose', async () => {
    const TableName = await makeTable(definition)
    await put(TableName, 'a', 1)
    await put(TableName, 'b', 2)
    const request = {
      TableName, IndexName: 'byV', SearchVector: numbers(0, 0, 0), TopK: 1
    }
    const { Steps } = await db().explain('SearchVectors', request)
    assert.deepEqual(
      Steps.map(({ Kind, IndexName, ItemsRead, ItemsReturned }) =>
        [Kind, IndexName, ItemsRead, ItemsReturned]),
      [['SEARCH', 'byV', 2, 1]]
    )
    assert.match(String(await db().explain('SearchVectors', request)),
      /^Search of \w+\.byV: 2 items read, 1 returned\n/)
    const fault = await db().faults.add({ index: 'byV', throw: 'InternalServerError' })
    await rejects(search(TableName), 'InternalServerError')
    assert.equal(await names(TableName, { IndexName: 'byDot' }), 'ba')
    await fault.remove?.()
    await db().faults.clear()
    assert.equal(await names(TableName), 'ab')
  })
})

test('a search sees what another connection writes', sharedFile, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddblite-vectors-'))
  const [one, two] = ['one', 'two'].map(() => new EngineClient({ path: join(folder, 'v.sqlite') }))
  try {
    const TableName = 'vectors'
    await one.execute('CreateTable', tableInput(TableName, withVectors([vectorIndex('byV')])))
    const found = async db => (await db.execute('SearchVectors', {
      TableName, IndexName: 'byV', SearchVector: numbers(1, 0, 0), TopK: 9
    })).SearchResults.map(({ Item }) => Item.pk.S).join('')
    for (const [writer, name] of [[one, 'a'], [two, 'b'], [one, 'c'], [two, 'd']]) {
      await writer.execute('PutItem', { TableName, Item: { ...key(name), v: list(1, 0, 0) } })
      assert.equal((await found(one)).length, name.charCodeAt(0) - 96)
      assert.equal(await found(two), await found(one))
    }
  } finally {
    await one.close()
    await two.close()
    rmSync(folder, { recursive: true })
  }
})
