// What a file does: it lasts, it is refused when it is not ours, it is shared, it can be full.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { execFileSync, fork } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EngineClient } from 'ddblite'
import { rejects, sharedFile, tableInput } from '../support/targets.mjs'

const peer = fileURLToPath(new URL('./peer.mjs', import.meta.url))

/** Starts a process that opens the file and obeys messages: ask(op, request) gives its answer. */
function startPeer (path, options = {}) {
  const child = fork(peer, [path, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const waiting = []
  child.on('message', (answer) => waiting.shift()?.(answer))
  return {
    child,
    ask: (op, request) =>
      new Promise((resolve) => {
        waiting.push(resolve)
        child.send({ op, request })
      }),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', resolve)
        child.kill('SIGKILL')
      })
  }
}

describe('a database file', () => {
  let folder
  let count = 0
  const path = () => join(folder, `${++count}.sqlite`)
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ddblite-file-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('keeps tables and items over close and open', async () => {
    const file = path()
    const first = new EngineClient({ path: file })
    await first.execute(
      'CreateTable',
      tableInput('kept', { range: 'sk:N', gsis: { ggg: { hash: 'g' } } })
    )
    await first.execute('PutItem', {
      TableName: 'kept',
      Item: { pk: { S: 'a' }, sk: { N: '1' }, g: { S: 'x' } }
    })
    const before = await first.execute('DescribeTable', { TableName: 'kept' })
    await first.close()
    const second = new EngineClient({ path: file })
    assert.deepEqual(await second.execute('DescribeTable', { TableName: 'kept' }), before)
    assert.equal((await second.execute('Scan', { TableName: 'kept', IndexName: 'ggg' })).Count, 1)
    await second.close()
  })

  test('goes on with an index that was being filled when the process ended', async () => {
    const file = path()
    const first = new EngineClient({ path: file })
    await first.execute('CreateTable', tableInput('grow'))
    const puts = []
    for (let i = 0; i < 20000; i++)
      puts.push(
        first.execute('PutItem', {
          TableName: 'grow',
          Item: { pk: { S: `${i}` }, g: { S: `${i % 10}` } }
        })
      )
    await Promise.all(puts)
    await first.execute('UpdateTable', {
      TableName: 'grow',
      AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: 'byG',
            KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' }
          }
        }
      ]
    })
    const early = await first.execute('DescribeTable', { TableName: 'grow' })
    assert.equal(early.Table.GlobalSecondaryIndexes[0].IndexStatus, 'CREATING')
    await rejects(
      first.execute('Scan', { TableName: 'grow', IndexName: 'byG' }),
      'ValidationException',
      'Cannot read from backfilling global secondary index: byG'
    )
    await first.close()
    const second = new EngineClient({ path: file })
    let status
    do {
      await new Promise((resolve) => setTimeout(resolve, 10))
      status = (await second.execute('DescribeTable', { TableName: 'grow' })).Table
        .GlobalSecondaryIndexes[0].IndexStatus
    } while (status !== 'ACTIVE')
    assert.equal(
      (await second.execute('Scan', { TableName: 'grow', IndexName: 'byG', Select: 'COUNT' }))
        .Count,
      20000
    )
    await second.close()
  })

  test('is refused and left alone when it is not ours', async () => {
    const cases = {
      'text.sqlite': 'this is not a database, it is a letter to a friend'.repeat(100),
      'header.sqlite': 'SQLite format 3\u0000' + 'garbage'.repeat(1000)
    }
    for (const [name, text] of Object.entries(cases)) {
      const file = join(folder, name)
      writeFileSync(file, text)
      const db = new EngineClient({ path: file })
      await assert.rejects(db.ready(), (error) => /NotADatabase|StorageCorrupt/.test(error.name))
      await db.close()
      assert.equal(readFileSync(file, 'utf8'), text)
    }
  })

  // The header of a SQLite file holds user_version at byte 60 and application_id at byte 68
  // (SQLite documentation, "Database File Format").
  test('is refused when another program or a newer version made it', async () => {
    for (const [offset, value, name] of [
      [68, 0x12345678, 'NotADatabase'],
      [60, 1000, 'FormatTooNew']
    ]) {
      const file = path()
      const made = new EngineClient({ path: file })
      await made.execute('CreateTable', tableInput('abc'))
      await made.close()
      const bytes = readFileSync(file)
      bytes.writeUInt32BE(value, offset)
      writeFileSync(file, bytes)
      const db = new EngineClient({ path: file })
      await rejects(db.ready(), name)
      await db.close()
      assert.deepEqual(readFileSync(file), bytes)
    }
  })

  test('cannot be opened where there is no folder, or on a folder', async () => {
    const missing = new EngineClient({ path: join(folder, 'no', 'such', 'folder', 'db.sqlite') })
    await assert.rejects(missing.execute('ListTables', {}), (error) =>
      error.name.startsWith('Storage')
    )
    await missing.close()
    mkdirSync(join(folder, 'a-folder'))
    const isFolder = new EngineClient({ path: join(folder, 'a-folder') })
    await assert.rejects(isFolder.execute('ListTables', {}), (error) =>
      error.name.startsWith('Storage')
    )
    await isFolder.close()
  })

  test(
    'reads but does not write when it is read-only',
    { skip: process.getuid?.() === 0 ? 'root may write anything' : false },
    async () => {
      const file = path()
      const db = new EngineClient({ path: file })
      await db.execute('CreateTable', tableInput('abc'))
      await db.close()
      chmodSync(file, 0o444)
      const readonly = new EngineClient({ path: file })
      await rejects(
        readonly.execute('PutItem', { TableName: 'abc', Item: { pk: { S: 'a' } } }),
        'StorageReadOnly'
      )
      await readonly.close()
    }
  )

  test('is shared by two processes, and neither sees a stale table', sharedFile, async () => {
    const file = path()
    const db = new EngineClient({ path: file })
    await db.execute('CreateTable', tableInput('shared'))
    const other = startPeer(file)
    try {
      assert.equal((await other.ask('ListTables', {})).ok.TableNames.join(), 'shared')
      await other.ask('PutItem', { TableName: 'shared', Item: { pk: { S: 'a' }, g: { S: 'x' } } })
      assert.equal((await db.execute('Scan', { TableName: 'shared' })).Count, 1)
      await other.ask('CreateTable', tableInput('theirs'))
      assert.equal((await db.execute('Scan', { TableName: 'theirs' })).Count, 0)
      await db.execute('UpdateTable', {
        TableName: 'shared',
        AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: 'byG',
              KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
              Projection: { ProjectionType: 'ALL' }
            }
          }
        ]
      })
      assert.equal(
        (
          await other.ask('PutItem', {
            TableName: 'shared',
            Item: { pk: { S: 'b' }, g: { S: 'x' } }
          })
        ).error,
        undefined
      )
      for (let i = 0; i < 500; i++) {
        if (
          (await db.execute('DescribeTable', { TableName: 'shared' })).Table
            .GlobalSecondaryIndexes[0].IndexStatus === 'ACTIVE'
        )
          break
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      assert.equal((await db.execute('Scan', { TableName: 'shared', IndexName: 'byG' })).Count, 2)
      assert.equal((await other.ask('Scan', { TableName: 'shared', IndexName: 'byG' })).ok.Count, 2)
      await other.ask('DeleteTable', { TableName: 'theirs' })
      await rejects(db.execute('Scan', { TableName: 'theirs' }), 'ResourceNotFoundException')
      await other.ask('CreateTable', tableInput('theirs', { range: 'sk' }))
      await rejects(
        db.execute('PutItem', { TableName: 'theirs', Item: { pk: { S: 'a' } } }),
        'ValidationException',
        'One or more parameter values were invalid: Missing the key sk in the item'
      )
    } finally {
      await other.stop()
      await db.close()
    }
  })

  test('waits for the other process, then says that it is busy', sharedFile, async () => {
    const file = path()
    const db = new EngineClient({ path: file, busyTimeout: 50 })
    await db.execute('CreateTable', tableInput('abc'))
    const other = startPeer(file)
    try {
      await other.ask('ListTables', {})
      const held = other.ask('hold', { ms: 400 })
      await new Promise((resolve) => setTimeout(resolve, 150))
      await rejects(
        db.execute('PutItem', { TableName: 'abc', Item: { pk: { S: 'a' } } }),
        'StorageBusy'
      )
      assert.equal((await db.execute('Scan', { TableName: 'abc' })).Count, 0)
      await held
      await db.execute('PutItem', { TableName: 'abc', Item: { pk: { S: 'a' } } })
      assert.equal((await db.execute('Scan', { TableName: 'abc' })).Count, 2)
    } finally {
      await other.stop()
      await db.close()
    }
  })

  test('loses nothing that was acknowledged when the process is killed', async () => {
    const file = path()
    for (let round = 0; round < 5; round++) {
      const writer = startPeer(file, { durability: round % 2 ? 'full' : 'normal' })
      const acknowledged = await writer.ask('write-until-killed', { round })
      const seen = []
      writer.child.on('message', (m) => {
        if (m.acknowledged !== undefined) seen.push(m.acknowledged)
      })
      assert.ok(acknowledged.started)
      // Killed somewhere after its first writes: how long that takes depends on the machine.
      while (seen.length < 10) await new Promise((resolve) => setTimeout(resolve, 5))
      await new Promise((resolve) => setTimeout(resolve, 7 * round))
      await writer.stop()
      const db = new EngineClient({ path: file })
      for (const id of seen) {
        assert.equal(
          (await db.execute('GetItem', { TableName: 'crash', Key: { pk: { S: id } } })).Item?.v.S,
          id
        )
      }
      const pairs = (await db.execute('Scan', { TableName: 'pairs' })).Items
      for (const item of pairs) {
        const twin = await db.execute('GetItem', { TableName: 'twins', Key: { pk: item.pk } })
        assert.ok(twin.Item, 'a transaction is whole or absent')
      }
      assert.ok(seen.length > 0)
      await db.close()
    }
  })

  test(
    'reports a full disk, stays readable, and goes on when there is room',
    { skip: canMount() ? false : 'needs the right to mount a small file system' },
    async () => {
      const small = join(folder, 'small')
      mkdirSync(small)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small])
      try {
        const db = new EngineClient({ path: join(small, 'db.sqlite') })
        await db.execute('CreateTable', tableInput('full'))
        let stored = 0
        let error
        for (let i = 0; i < 100 && !error; i++) {
          await db
            .execute('PutItem', {
              TableName: 'full',
              Item: { pk: { S: `${i}` }, f: { S: 'x'.repeat(100000) } }
            })
            .then(
              () => stored++,
              (e) => {
                error = e
              }
            )
        }
        assert.equal(error?.name, 'StorageFull', error?.stack)
        assert.ok(stored > 2)
        assert.equal(
          (await db.execute('GetItem', { TableName: 'full', Key: { pk: { S: '0' } } })).Item.pk.S,
          '0'
        )
        const { Items } = await db.execute('Scan', {
          TableName: 'full',
          ProjectionExpression: 'pk',
          Select: 'SPECIFIC_ATTRIBUTES'
        })
        assert.ok(Items.length > 0)
        execFileSync('mount', ['-o', 'remount,size=40m', small])
        await db.execute('PutItem', { TableName: 'full', Item: { pk: { S: 'after' } } })
        await db.close()
        assert.ok(existsSync(join(small, 'db.sqlite')))
      } finally {
        execFileSync('umount', ['-l', small])
      }
    }
  )
})

function canMount () {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const probe = mkdtempSync(join(tmpdir(), 'ddblite-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe], { stdio: 'ignore' })
    execFileSync('umount', [probe])
    return true
  } catch {
    return false
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
}
