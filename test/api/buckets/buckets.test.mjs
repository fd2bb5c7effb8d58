// db.bucket(): what stands in for S3, on every target.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineClient } from 'ddblite'
import { arnOf, bucketOf, exported, imported } from '../support/backups.mjs'
import { everyTarget, rejects, tableInput } from '../support/targets.mjs'

const MB = 1048576

/* Bytes that tell where they stand. */
const counting = n => Uint8Array.from({ length: n }, (_, i) => (i * 7 + (i >> 8)) & 255)

async function * inParts (bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

everyTarget('Buckets', ({ test, send, makeTable, db, target }) => {
  const { bytesOf } = bucketOf(db, 'bucket')
  const bucket = () => db().bucket('bucket')
  const keysOf = async prefix => (await bucket().list(prefix)).map(({ key }) => key)

  test('take texts, bytes, Blobs and streams, and give them back', async () => {
    const bytes = counting(3 * MB + 17)
    const bodies = {
      text: ['h\u00e9 \u{1f600}', Buffer.from('h\u00e9 \u{1f600}')],
      empty: ['', Buffer.alloc(0)],
      bytes: [bytes, bytes],
      buffer: [bytes.slice(0, 10).buffer, bytes.slice(0, 10)],
      blob: [new Blob([bytes]), bytes],
      stream: [new Blob([bytes]).stream(), bytes],
      parts: [inParts(bytes, 99991), bytes]
    }
    for (const [name, [body, expected]] of Object.entries(bodies)) {
      const key = `kinds/${name}`
      assert.deepEqual(await bucket().put(key, body), { key, size: expected.length })
      assert.equal(Buffer.compare(await bytesOf(key), expected), 0, name)
    }
    assert.equal(bytes.length, 3 * MB + 17, 'what is given stays whole')
  })

  // Evidence: Amazon S3 API reference, ListObjectsV2: keys are in UTF-8 binary order.
  test('list keys in the order of their bytes, below a prefix', async () => {
    const keys = ['order/a', 'order/B', 'order/b/c', 'order/\uffff', 'order/\u{1f600}']
    for (const key of keys) await bucket().put(key, key)
    assert.deepEqual(await keysOf('order/'),
      ['order/B', 'order/a', 'order/b/c', 'order/\uffff', 'order/\u{1f600}'])
    assert.deepEqual(await bucket().list('order/b'), [{ key: 'order/b/c', size: 9 }])
    await bucket().delete('order/a')
    await bucket().delete('order/a')
    assert.deepEqual(await keysOf('order/a'), [])
    await rejects(bucket().get('order/a'), 'NoSuchKey', 'There is no order/a in bucket')
  })

  test('have an object whole, or as it was', async () => {
    await bucket().put('whole', 'before')
    async function * breaks () {
      yield counting(2 * MB)
      throw new Error('the source broke')
    }
    await assert.rejects(bucket().put('whole', breaks()), { message: 'the source broke' })
    const abort = new AbortController()
    async function * aborts () {
      yield counting(2 * MB)
      abort.abort()
      yield counting(10)
    }
    await assert.rejects(bucket().put('whole', aborts(), { signal: abort.signal }),
      { name: 'AbortError' })
    assert.equal((await bytesOf('whole')).toString(), 'before')
    assert.deepEqual(await keysOf('whole'), ['whole'])
    await bucket().put('whole', 'now')
    assert.equal((await bytesOf('whole')).toString(), 'now')
  })

  test('say what is not there, or cannot be', async () => {
    const none = db().bucket('missing')
    for (const call of [none.put('k', 'v'), none.get('k'), none.list(), none.delete('k')]) {
      await rejects(call, 'NoSuchBucket', 'There is no bucket missing')
    }
    assert.equal(await none.create(), none)
    assert.equal(await none.create(), none, 'twice is fine')
    assert.deepEqual(await none.list(), [])
    assert.deepEqual((await db().buckets()).sort(), ['bucket', 'missing'])
    for (const name of ['', '.', '..', 'a/b', '.hidden', 'a\\b', undefined, 1]) {
      assert.throws(() => db().bucket(name), TypeError)
    }
    for (const key of ['', undefined, 1, 'k'.repeat(1025)]) {
      await assert.rejects(bucket().put(key, 'v'), TypeError)
    }
    for (const body of [undefined, null, 1, {}, [1]]) {
      await assert.rejects(bucket().put('k', body), TypeError)
    }
    await assert.rejects(bucket().put('k', inParts('text', 2)), TypeError)
  })

  test('are none before they are made', async () => {
    const own = new EngineClient()
    assert.deepEqual(await own.buckets(), [])
    await own.execute('CreateTable', tableInput('Late'))
    await own.execute('UpdateContinuousBackups', {
      TableName: 'Late', PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
    })
    const call = (operation, request) => own.execute(operation, request)
    const TableArn = await arnOf(call, 'Late')
    const run = async () => {
      const asked = { TableArn, S3Bucket: 'late' }
      const { ExportDescription } = await own.execute('ExportTableToPointInTime', asked)
      return exported(call, ExportDescription.ExportArn)
    }
    assert.equal((await run()).FailureCode, 'S3NoSuchBucket')
    await own.bucket('late').create()
    assert.equal((await run()).ExportStatus, 'COMPLETED')
    await own.close()
    await rejects(own.bucket('late').list(), 'ClientClosed')
  })

  test('are those of forks, too, whichever made them', async () => {
    const fork = await db().fork()
    await fork.bucket('forked').create()
    await fork.bucket('forked').put('in/a', '{"Item":{"pk":{"S":"a"}}}')
    assert.deepEqual(await db().bucket('forked').list(), [{ key: 'in/a', size: 25 }])
    const call = (operation, request) => fork.execute(operation, request)
    const { ImportTableDescription } = await fork.execute('ImportTable', {
      S3BucketSource: { S3Bucket: 'forked', S3KeyPrefix: 'in/' },
      InputFormat: 'DYNAMODB_JSON',
      TableCreationParameters: tableInput('Forked')
    })
    assert.equal((await imported(call, ImportTableDescription.ImportArn)).ImportedItemCount, 1)
    await fork.close()
    await db().bucket('forked').delete('in/a')
  })

  test('stay when a kept database is closed', {
    skip: !/file|opfs/.test(target) && 'in memory'
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
    const path = join(folder, 'kept.sqlite')
    const bytes = counting(2 * MB)
    for (let round = 0; round < 3; round++) {
      const own = new EngineClient({ path })
      const there = round === 0
        ? await own.bucket('kept').create()
        : own.bucket('kept')
      assert.equal((await there.list()).length, round)
      await there.put(`deep/er/${round}`, bytes)
      await own.close()
    }
    const own = new EngineClient({ path })
    const last = Buffer.from(await (await own.bucket('kept').get('deep/er/1')).arrayBuffer())
    assert.equal(Buffer.compare(last, bytes), 0)
    await own.close()
    rmSync(folder, { recursive: true, force: true })
  })
})
