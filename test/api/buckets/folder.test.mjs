// A folder that stands in for S3 (options `s3` and `path`), in Node.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { EngineClient } from 'ddblite'
import { arnOf, exported } from '../support/backups.mjs'
import { everyTarget, invalid, rejects } from '../support/targets.mjs'

const s3 = mkdtempSync(join(tmpdir(), 'ddblite-s3-'))
mkdirSync(join(s3, 'bucket'))
after(() => rmSync(s3, { recursive: true, force: true }))

/* In jest an array of fs is of another realm. */
const namesIn = folder => [...readdirSync(folder)]

const recovering = async (send, TableName) => {
  await send('UpdateContinuousBackups', {
    TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
  })
  return arnOf(send, TableName)
}

everyTarget('A folder of buckets', ({ test, send, makeTable, db }) => {
  const start = async request =>
    (await send('ExportTableToPointInTime', { S3Bucket: 'bucket', ...request })).ExportDescription
  const run = async request => exported(send, (await start(request)).ExportArn)

  test('has its sub-folders for buckets and their files for objects', async () => {
    mkdirSync(join(s3, 'other', 'deep'), { recursive: true })
    writeFileSync(join(s3, 'other', 'deep', 'file'), 'bytes')
    assert.deepEqual((await db().buckets()).sort(), ['bucket', 'other'])
    assert.deepEqual(await db().bucket('other').list(), [{ key: 'deep/file', size: 5 }])
    assert.equal(await (await db().bucket('other').get('deep/file')).text(), 'bytes')
    await db().bucket('other').put('deep/er/file', new Blob(['more']))
    assert.deepEqual(namesIn(join(s3, 'other', 'deep')).sort(), ['er', 'file'])
    assert.deepEqual(namesIn(s3).sort(), ['bucket', 'other'], 'no piece stays')
    rmSync(join(s3, 'other'), { recursive: true })
    await rejects(db().bucket('other').list(), 'NoSuchBucket')
  })

  test('takes no key that leads elsewhere', async () => {
    for (const key of ['../x', 'a/../../x', '/x', 'a//x', 'a\\..\\x', '.']) {
      await rejects(db().bucket('bucket').put(key, 'x'), 'InvalidKey')
    }
    assert.deepEqual(namesIn(s3), ['bucket'])
  })

  test('never leaves its bucket', async () => {
    const TableArn = await recovering(send, await makeTable())
    for (const S3Prefix of ['../outside', 'a/../../outside', '/etc', 'a\\..\\b', 'a\0b']) {
      const { ExportStatus } = await run({ TableArn, S3Prefix })
      assert.equal(ExportStatus, 'FAILED', S3Prefix)
    }
    assert.ok(!existsSync(join(s3, 'outside')))
    await invalid(start({ TableArn, S3Bucket: '..' }), /'s3Bucket' failed to satisfy constraint/)
    await invalid(start({ TableArn, S3Bucket: 'a/b' }), /'s3Bucket' failed to satisfy constraint/)
  })

}, { s3 })

everyTarget('The buckets of a database in a file', ({ test, target }) => {
  const kept = target.endsWith('file')

  test('lie beside it, and stay', { skip: !kept && 'in memory' }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ddblite-'))
    const path = join(folder, 'music.db')
    try {
      const one = new EngineClient({ path })
      await one.ready()
      assert.ok(!existsSync(`${path}-s3`), 'nothing is made that nobody asked for')
      await one.bucket('exports').create()
      await one.bucket('exports').put('a/b', 'text')
      await one.close()
      assert.deepEqual(namesIn(`${path}-s3/exports/a`), ['b'])
      const two = new EngineClient({ path })
      assert.deepEqual(await two.bucket('exports').list(), [{ key: 'a/b', size: 4 }])
      await two.close()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
