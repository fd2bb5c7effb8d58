// db.export() and db.import(): folders in the service's layout, lines and documents.
// Evidence: AWS Developer Guide, "DynamoDB table export output format".
import assert from 'node:assert/strict'
import {
  cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { EngineClient } from 'ddblite'
import { allItems, fill } from '../support/backups.mjs'
import { everyTarget, rejects, tableInput } from '../support/targets.mjs'

const root = mkdtempSync(join(tmpdir(), 'ddblite-transfer-'))
after(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const fresh = () => join(root, `f${++folders}`)

const everything = {
  s: { S: 'quote " slash \\ line\n é 😀' },
  n: { N: '-12345678901234567890.5' },
  b: { B: 'AAEC/w==' },
  yes: { BOOL: true },
  nothing: { NULL: true },
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2.5'] },
  bs: { BS: ['AA=='] },
  l: { L: [{ S: 'x' }, { M: {} }, { L: [] }] },
  m: { M: { 'a b': { S: '' }, null: { N: '0' } } }
}

everyTarget('db.export and db.import', ({ test, send, makeTable, db }) => {
  const same = async (a, b) =>
    assert.deepEqual(await allItems(send, b), await allItems(send, a))

  for (const exportFormat of ['DYNAMODB_JSON', 'ION']) {
    test(`round-trip tables through an export in ${exportFormat}`, async () => {
      const T = await makeTable()
      await fill(send, T, 300, () => everything)
      const folder = fresh()
      const exported = await db().export(folder, { tables: [T], exportFormat })
      assert.deepEqual([exported.items, exported.tables], [300, { [T]: 300 }])
      assert.match(exported.files[0], /AWSDynamoDB\/\d+-[0-9a-f]{8}\/manifest-summary\.json$/)
      const { outputFormat, exportType } = JSON.parse(readFileSync(exported.files[0], 'utf8'))
      assert.deepEqual([outputFormat, exportType], [exportFormat, 'FULL_EXPORT'])
      const U = await makeTable()
      assert.deepEqual(await db().import(folder, { tables: { [T]: U } }),
        { items: 300, deleted: 0, tables: { [U]: 300 } })
      await same(T, U)
      const V = await makeTable()
      await db().import(exported.files[0], { tables: { [T]: V } })
      await same(T, V)
    })
  }

  test('exports without turning recovery on, and all tables unless it is told which', async () => {
    const own = new EngineClient()
    await own.loadSchema([tableInput('One'), tableInput('Two')])
    await own.seedData({ One: [{ pk: 'a' }] })
    const folder = fresh()
    const { tables } = await own.export(folder)
    assert.deepEqual(tables, { One: 1, Two: 0 })
    const { ContinuousBackupsDescription: { PointInTimeRecoveryDescription: recovery } } =
      await own.execute('DescribeContinuousBackups', { TableName: 'One' })
    assert.equal(recovery.PointInTimeRecoveryStatus, 'DISABLED')
    await own.reset()
    assert.deepEqual(await own.import(folder, { schema: [tableInput('One'), tableInput('Two')] }),
      { items: 1, deleted: 0, tables: { One: 1, Two: 0 } })
    await own.close()
  })

  test('exports while the clock stands still', async () => {
    const own = new EngineClient({ clock: 'frozen' })
    await own.loadSchema(tableInput('One'))
    await own.seedData({ One: [{ pk: 'a' }] })
    assert.equal((await own.export(fresh())).items, 1)
    await own.close()
  })

  /* A folder as the service writes it, with lines of ours. */
  function exportFolder (id, type, lines, { table = 'Real', compress = gzipSync, ...more } = {}) {
    const folder = fresh()
    const prefix = `dumps/x/AWSDynamoDB`
    const name = type === 'FULL_EXPORT' ? `${prefix}/${id}/data/abc.json.gz` : `${prefix}/data/abc.json.gz`
    const bytes = compress(lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    const put = (key, text) => {
      mkdirSync(join(folder, key, '..'), { recursive: true })
      writeFileSync(join(folder, key), text)
    }
    put(name, bytes)
    put(`${prefix}/${id}/manifest-files.json`,
      `${JSON.stringify({ itemCount: lines.length, dataFileS3Key: name, ...more })}\n`)
    put(`${prefix}/${id}/manifest-summary.json`, JSON.stringify({
      version: type === 'FULL_EXPORT' ? '2020-06-30' : '2023-08-01',
      exportArn: `arn:aws:dynamodb:eu-west-1:123456789012:table/${table}/export/${id}`,
      tableArn: `arn:aws:dynamodb:eu-west-1:123456789012:table/${table}`,
      exportTime: '2026-01-02T03:04:05.678Z',
      manifestFilesS3Key: `${prefix}/${id}/manifest-files.json`,
      itemCount: lines.length,
      outputFormat: 'DYNAMODB_JSON',
      exportType: type
    }))
    return { folder, id, data: join(folder, name), prefix: join(folder, prefix) }
  }

  test('reads incremental exports: new images are put, items without one deleted', async () => {
    const T = await makeTable()
    await fill(send, T, 3)
    const Metadata = { WriteTimestampMicros: { N: '1' } }
    const { folder } = exportFolder('01-aa', 'INCREMENTAL_EXPORT', [
      { Metadata, Keys: { pk: { S: 'k0' } }, OldImage: { pk: { S: 'k0' } } },
      { Metadata, Keys: { pk: { S: 'k1' } }, NewImage: { pk: { S: 'k1' }, v: { N: '2' } } },
      { Metadata, Keys: { pk: { S: 'k9' } }, NewImage: { pk: { S: 'k9' } } }
    ])
    assert.deepEqual(await db().import(folder, { tables: { Real: T } }),
      { items: 2, deleted: 1, tables: { [T]: 2 } })
    assert.deepEqual([...(await allItems(send, T)).keys()].map(key => JSON.parse(key)[0].S),
      ['k1', 'k2', 'k9'])
  })

  test('puts full exports before incremental ones', async () => {
    const T = await makeTable()
    const full = exportFolder('02-bb', 'FULL_EXPORT', [{ Item: { pk: { S: 'a' } } }])
    const later = exportFolder('01-aa', 'INCREMENTAL_EXPORT',
      [{ Metadata: {}, Keys: { pk: { S: 'a' } } }])
    cpSync(full.folder, later.folder, { recursive: true })
    const result = await db().import(later.folder, { tables: { Real: T } })
    assert.deepEqual([result.items, result.deleted], [1, 1])
    assert.equal((await send('Scan', { TableName: T })).Count, 0)
  })

  test('finds the data files wherever the export was copied to', async () => {
    const T = await makeTable()
    const made = exportFolder('03-cc', 'FULL_EXPORT', [{ Item: { pk: { S: 'a' } } }])
    const copy = fresh()
    cpSync(join(made.prefix, made.id), copy, { recursive: true })
    assert.equal((await db().import(copy, { tables: { Real: T } })).items, 1)
    rmSync(join(copy, 'data'), { recursive: true })
    await assert.rejects(db().import(copy, { tables: { Real: T } }),
      { name: 'DataError', message: /data file dumps\/x\/.*abc\.json\.gz .* is missing/ })
  })

  test('refuses an export that is damaged', async () => {
    const T = await makeTable()
    const lines = [{ Item: { pk: { S: 'a' } } }]
    const bad = exportFolder('04-dd', 'FULL_EXPORT', lines, { md5Checksum: 'AAAA' })
    await assert.rejects(db().import(bad.folder, { tables: { Real: T } }),
      { name: 'DataError', message: /its checksum is not the manifest's/ })
    const short = exportFolder('05-ee', 'FULL_EXPORT', lines, { itemCount: 2 })
    await assert.rejects(db().import(short.folder, { tables: { Real: T } }),
      { name: 'DataError', message: /has 1 records, and its manifest says 2/ })
    const cut = exportFolder('06-ff', 'FULL_EXPORT', lines)
    writeFileSync(cut.data, readFileSync(cut.data).subarray(0, 20))
    await assert.rejects(db().import(cut.folder, { tables: { Real: T } }),
      { name: 'DataError', message: /cannot be read/ })
    const text = exportFolder('07-gg', 'FULL_EXPORT', lines, { compress: () => gzipSync('{"Item":\n') })
    await assert.rejects(db().import(text.folder, { tables: { Real: T } }),
      { name: 'DataError', message: /Record 0 of .* is not JSON/ })
    const manifest = exportFolder('08-hh', 'FULL_EXPORT', lines)
    writeFileSync(join(manifest.prefix, manifest.id, 'manifest-summary.json'), '{')
    await assert.rejects(db().import(manifest.folder), { message: /is damaged/ })
  })

  test('round-trip tables through lines and documents, compressed or not', async () => {
    const T = await makeTable()
    await fill(send, T, 60, () => everything)
    for (const name of ['a.ndjson', 'a.jsonl.gz', 'a.json', 'a.json.gz']) {
      const file = join(fresh(), name)
      const { files, items } = await db().export(file, { tables: [T] })
      assert.deepEqual([files, items], [[file], 60])
      if (name.endsWith('.gz')) assert.ok(gunzipSync(readFileSync(file)).length > 0)
      const U = await makeTable()
      const options = name.includes('.json') && !name.includes('jsonl')
        ? { tables: { [T]: U } }
        : { table: U }
      assert.deepEqual(await db().import(file, options),
        { items: 60, deleted: 0, tables: { [U]: 60 } })
      await same(T, U)
    }
    const folder = fresh()
    await db().export(folder, { tables: [T], format: 'ndjson' })
    assert.deepEqual([...readdirSync(folder)], [`${T}.ndjson`])
    const V = await makeTable()
    renameSync(join(folder, `${T}.ndjson`), join(folder, `${V}.ndjson`))
    await db().import(folder)
    await same(T, V)
    await assert.rejects(db().export(join(folder, 'x.ndjson'), { tables: [T, V] }),
      { name: 'DataError', message: /One file takes one table/ })
  })

  test('imports objects and texts too, and the last of equal keys counts', async () => {
    const T = await makeTable()
    await db().import({ [T]: [{ pk: 'a', v: 1 }, { pk: 'a', v: 2 }] })
    await db().import('{"pk":"b"}\n{"pk":"c"}', { table: T })
    const { Items } = await send('Scan', { TableName: T })
    assert.equal(Items.length, 3)
    assert.deepEqual(Items.find(({ pk }) => pk.S === 'a').v, { N: '2' })
  })

  test('gives the event loop its turn, reports progress and can be stopped', async () => {
    const T = await makeTable()
    const file = join(fresh(), 'many.ndjson')
    mkdirSync(join(file, '..'))
    writeFileSync(file, Array.from({ length: 20000 }, (_, i) => `{"pk":"key ${i}","i":${i}}\n`).join(''))
    let longest = 0
    let last = performance.now()
    let turns = 0
    const timer = setInterval(() => {
      turns++
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 0)
    const seen = []
    await db().import(file, { table: T, onProgress: progress => seen.push(progress) })
    clearInterval(timer)
    assert.ok(turns > 5, `${turns} turns, the longest ${longest} ms`)
    assert.ok(seen.length > 1)
    assert.deepEqual(seen.at(-1), { table: T, file, items: 20000 })
    const controller = new AbortController()
    await assert.rejects(db().import(file, {
      table: T, signal: controller.signal, onProgress: () => controller.abort()
    }), { name: 'AbortError' })
  })

  test('says what is missing', async () => {
    await assert.rejects(db().import(join(root, 'nothing')), { name: 'DataError', message: /no file/ })
    mkdirSync(fresh())
    await assert.rejects(db().import(join(root, `f${folders}`)), { message: /nothing to import/ })
    await rejects(db().import({ Nowhere: [{ pk: 'a' }] }), 'ResourceNotFoundException')
    await rejects(db().export(fresh(), { tables: ['Nowhere'] }), 'ResourceNotFoundException')
    await assert.rejects(db().export(fresh(), { format: 'xml' }), TypeError)
    await assert.rejects(db().export(5), TypeError)
  })
})
