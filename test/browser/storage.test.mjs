/*
 * storage.test.mjs - what a kept database survives in one tab, and how it says what it does not.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import initialise from '@sqlite.org/sqlite-wasm'
import { inBrowsers } from './support/page.mjs'

const KILLS = { chromium: 200, firefox: 50 }

/* SQLite's own opinion of a database's bytes. */
async function integrity (base64) {
  const { capi, oo1, wasm } = await initialise()
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  const db = new oo1.DB()
  const p = wasm.allocFromTypedArray(bytes)
  capi.sqlite3_deserialize(db.pointer, 'main', p, bytes.length, bytes.length,
    capi.SQLITE_DESERIALIZE_FREEONCLOSE)
  const answer = db.selectValue('PRAGMA integrity_check')
  db.close()
  return answer
}

inBrowsers('a worker that is killed', ({ test, run, name }) => {
  const times = KILLS[name]
  test(`in the middle of writes, ${times} times, loses nothing that was acknowledged`, async () => {
    await run(async ({ EngineClient, TABLE }) => {
      const db = new EngineClient({ name: 'killed', persistence: 'required' })
      await db.execute('CreateTable', TABLE)
      Object.assign(window, { db, n: 0, acknowledged: [], unknown: 0, others: [] })
    })
    for (let done = 0; done < times; done += 10) {
      await run(async ({ put, pause }, kills) => {
        const { db, acknowledged, others } = window
        for (let kill = 0; kill < kills; kill++) {
          let alive = true
          await db.ready()
          const enough = acknowledged.length + Math.random() * 20
          const end = async () => {
            while (acknowledged.length < enough) await pause(0)
            await pause(Math.random() * 4)
            alive = false
            dispatchEvent(new Event('pagehide')) // the client ends its worker at once
          }
          const killed = end()
          const all = []
          while (alive) {
            const burst = Array.from({ length: 1 + Math.floor(Math.random() * 8) }, () => {
              const pk = `${window.n++}`
              return put(db, pk, { text: { S: 'x'.repeat(Math.random() * 2000) } }).then(
                () => acknowledged.push(pk),
                error => error.name === 'OutcomeUnknown'
                  ? window.unknown++
                  : others.push(error.message))
            })
            all.push(...burst)
            await Promise.race([Promise.all(burst), killed])
          }
          await Promise.all(all)
        }
      }, 10)
    }
    const told = await run(async () => {
      const { db, acknowledged, others, unknown } = window
      const found = new Set()
      let ExclusiveStartKey
      do {
        const page = await db.execute('Scan', {
          TableName: 'music', ProjectionExpression: 'pk', ExclusiveStartKey
        })
        for (const { pk } of page.Items) found.add(pk.S)
        ExclusiveStartKey = page.LastEvaluatedKey
      } while (ExclusiveStartKey !== undefined)
      const bytes = (await db.snapshot()).bytes()
      await db.close()
      let text = ''
      for (let at = 0; at < bytes.length; at += 8192) {
        text += String.fromCharCode(...bytes.subarray(at, at + 8192))
      }
      const lost = acknowledged.filter(pk => !found.has(pk))
      return { acknowledged: acknowledged.length, unknown, others, lost, image: btoa(text) }
    })
    assert.deepEqual(told.others, [])
    assert.deepEqual(told.lost, [])
    assert.ok(told.acknowledged > times, `${told.acknowledged} writes were acknowledged`)
    assert.ok(told.unknown > times / 8, `${told.unknown} writes were cut off`)
    assert.equal(await integrity(told.image), 'ok')
  })
})

const EXPORTS = { chromium: 20, firefox: 8 }

inBrowsers('a worker that is killed in the middle of exports', ({ test, run, name }) => {
  const times = EXPORTS[name]
  test(`${times} times, leaves each of them to be completed, and whole`, async () => {
    let cuts = 0
    const keys = await run(async ({ EngineClient, TABLE, put }) => {
      const db = new EngineClient({ name: 'exporting', persistence: 'required' })
      await db.execute('CreateTable', TABLE)
      await db.execute('UpdateContinuousBackups', {
        TableName: 'music', PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
      })
      const keys = Array.from({ length: 4000 }, (_, i) => `k${i}`)
      await Promise.all(keys.map(pk => put(db, pk, { text: { S: pk.repeat(60) } })))
      await db.bucket('exports').create()
      window.db = db
      return keys.sort()
    })
    for (let round = 0; round < times; round++) {
      const { cut, files } = await run(async ({ pause }) => {
        const { db } = window
        const { Table } = await db.execute('DescribeTable', { TableName: 'music' })
        const { ExportDescription: { ExportArn } } = await db.execute('ExportTableToPointInTime',
          { TableArn: Table.TableArn, S3Bucket: 'exports' })
        const describe = async () =>
          (await db.execute('DescribeExport', { ExportArn })).ExportDescription
        await pause(Math.random() * 60)
        dispatchEvent(new Event('pagehide')) // the client ends its worker at once
        const cut = (await describe()).ExportStatus === 'IN_PROGRESS'
        let done
        while ((done = await describe()).ExportStatus === 'IN_PROGRESS') await pause(2)
        if (done.ExportStatus !== 'COMPLETED') throw new Error(JSON.stringify(done))
        const bucket = db.bucket('exports')
        const textOf = async key => (await bucket.get(key)).text()
        const { manifestFilesS3Key } = JSON.parse(await textOf(done.ExportManifest))
        const lines = (await textOf(manifestFilesS3Key)).trim().split('\n')
        const files = []
        for (const line of lines) {
          const file = JSON.parse(line)
          const bytes = new Uint8Array(await (await bucket.get(file.dataFileS3Key)).arrayBuffer())
          let text = ''
          for (const byte of bytes) text += String.fromCharCode(byte)
          files.push({ ...file, data: btoa(text) })
        }
        return { cut, files }
      })
      const found = files.flatMap(({ md5Checksum, itemCount, data }) => {
        const bytes = Buffer.from(data, 'base64')
        assert.equal(createHash('md5').update(bytes).digest('base64'), md5Checksum)
        const lines = gunzipSync(bytes).toString().trim().split('\n').map(line => JSON.parse(line))
        assert.equal(lines.length, itemCount)
        return lines.map(({ Item }) => Item.pk.S)
      })
      assert.deepEqual(found.sort(), keys)
      cuts += cut
    }
    assert.ok(cuts > times / 4, `${cuts} exports were cut off`)
    await run(() => window.db.close())
  })
})

inBrowsers('a kept database', ({ test, run, runIn, newPage, workerAt, name, ...context }) => {
  test('is there after a reload, in whatever state of closing', async () => {
    for (const closing of [true, false]) {
      const page = await newPage()
      await runIn(page, async ({ EngineClient, TABLE, put }, name, closing) => {
        const db = new EngineClient({ name })
        await db.execute('CreateTable', TABLE)
        await put(db, 'a')
        if (closing) await db.close()
      }, `reload ${closing}`, closing)
      await page.reload()
      const found = await runIn(page, ({ EngineClient, keys }, name) =>
        keys(new EngineClient({ name, persistence: 'required' })), `reload ${closing}`)
      assert.deepEqual(found, ['a'])
      await page.close()
    }
  })

  test('goes on in a page that one comes back to, and is free meanwhile', async () => {
    const page = await newPage()
    const { origin } = new URL(page.url())
    await runIn(page, async ({ EngineClient, TABLE, put }) => {
      window.db = new EngineClient({ name: 'gone and back', persistence: 'required' })
      await window.db.execute('CreateTable', TABLE)
      await put(window.db, 'before')
    })
    await page.goto(`${origin}/?away`)
    const meanwhile = await runIn(page, async ({ EngineClient, put, keys }) => {
      const db = new EngineClient({ name: 'gone and back', persistence: 'required' })
      await put(db, 'away')
      const found = await keys(db)
      await db.close()
      return found
    })
    await page.goBack()
    const found = await runIn(page, async ({ EngineClient, put, keys }) => {
      const db = window.db ?? // or the page was loaded again
        new EngineClient({ name: 'gone and back', persistence: 'required' })
      await put(db, 'back')
      const found = await keys(db)
      await db.close()
      return found
    })
    assert.deepEqual(meanwhile, ['away', 'before'])
    assert.deepEqual(found, ['away', 'back', 'before'])
    await page.close()
  })

  test('is there after its tab has crashed in the middle of writes', { skip: name !== 'chromium' && 'a tab is crashed by CDP' }, async () => {
    const page = await newPage()
    await runIn(page, async ({ EngineClient, TABLE }) => {
      window.db = new EngineClient({ name: 'crashed', persistence: 'required' })
      await window.db.execute('CreateTable', TABLE)
    })
    const acknowledged = []
    await page.exposeFunction('acknowledge', pk => { acknowledged.push(pk) })
    await runIn(page, ({ put }) => {
      const next = i => put(window.db, `${i}`).then(() => window.acknowledge(`${i}`))
        .then(() => next(i + 1))
      next(0)
    })
    while (acknowledged.length < 20) await new Promise(resolve => setTimeout(resolve, 20))
    const cdp = await page.createCDPSession()
    cdp.send('Page.crash').catch(() => {}) // nobody is left to answer
    await new Promise(resolve => page.once('error', resolve))
    const found = await run(async ({ EngineClient, keys }) => {
      const db = new EngineClient({ name: 'crashed', persistence: 'required' })
      const found = await keys(db)
      await db.close()
      return found
    })
    assert.deepEqual(acknowledged.filter(pk => !found.includes(pk)), [])
    await page.close().catch(() => {}) // it may be gone
  })

  test('has any name, and keeps to it', async () => {
    const found = await run(async ({ EngineClient, TABLE, put, keys }) => {
      const names = ['a/b', '..', 'ä 漢 😀', 'A', 'a.b', 'x'.repeat(60)]
      const found = []
      for (const name of names) {
        const db = new EngineClient({ name, persistence: 'required' })
        await db.execute('CreateTable', TABLE)
        await put(db, name)
        await db.close()
      }
      for (const name of names) {
        const db = new EngineClient({ name, persistence: 'required' })
        found.push([name, ...await keys(db)])
        await db.close()
      }
      return found
    })
    for (const [name, ...items] of found) assert.deepEqual(items, [name])
  })

  test('is one for all clients of a page, whenever they come and go', async () => {
    const told = await run(async ({ EngineClient, TABLE, put, keys, failed, worker }) => {
      let workers = 0
      const options = {
        name: 'mounted twice',
        createWorker: () => ++workers && worker('/dist/worker.js')()
      }
      const first = new EngineClient(options) // a component that is mounted, unmounted, mounted
      const created = first.execute('CreateTable', TABLE)
      const closed = first.close()
      const second = new EngineClient(options)
      const third = new EngineClient(options)
      await Promise.all([created, closed, second.ready(), third.ready()])
      await Promise.all([put(second, 'second'), put(third, 'third')])
      await second.close()
      const found = await keys(third)
      const other = await failed((async () =>
        new EngineClient({ ...options, region: 'eu-west-1' }).ready())())
      await third.close()
      return { found, workers, other, after: await failed(third.execute('ListTables')) }
    })
    assert.deepEqual(told.found, ['second', 'third'])
    assert.ok(told.workers <= 2, `${told.workers} workers`)
    assert.equal(told.other.name, 'TypeError')
    assert.equal(told.after.name, 'ClientClosed')
  })

  test('is busy for a second tab, until the first one closes it', async () => {
    const [one, two] = [await newPage(), await newPage()]
    await runIn(one, async ({ EngineClient, TABLE, put }) => {
      window.db = new EngineClient({ name: 'two tabs' })
      await window.db.execute('CreateTable', TABLE)
      await put(window.db, 'one')
    })
    const told = await runIn(two, async ({ EngineClient, failed }) => {
      window.db = new EngineClient({ name: 'two tabs', busyTimeout: 200 })
      const start = performance.now()
      return { ...await failed(window.db.ready()), ms: performance.now() - start }
    })
    assert.equal(told.type, 'ddblite#StorageBusy')
    assert.equal(told.statusCode, 503)
    assert.ok(told.ms >= 190 && told.ms < 3000, `${told.ms} ms`)
    await runIn(one, () => window.db.close())
    assert.deepEqual(await runIn(two, ({ keys }) => keys(window.db)), ['one'])
    await runIn(two, () => window.db.close())
    await one.close()
    await two.close()
  })

  test('goes to one of five tabs that ask at once, and to each in its turn', async () => {
    const pages = await Promise.all(Array.from({ length: 5 }, () => newPage()))
    await Promise.all(pages.map((page, i) => runIn(page, async (tools, i) => {
      const { EngineClient, TABLE, put, failed } = tools
      const db = new EngineClient({ name: 'five tabs', busyTimeout: 20000 })
      await failed(db.execute('CreateTable', TABLE))
      await put(db, `${i}`)
      await db.close()
    }, i)))
    const found = await runIn(pages[0], async ({ EngineClient, keys }) => {
      const db = new EngineClient({ name: 'five tabs' })
      const found = await keys(db)
      await db.close()
      return found
    })
    assert.deepEqual(found, ['0', '1', '2', '3', '4'])
    for (const page of pages) await page.close()
  })

  test('loses nothing when one handle cannot be had at once', async () => {
    workerAt('/late.js', `
      const file = FileSystemFileHandle.prototype
      const original = file.createSyncAccessHandle
      let calls = 0
      file.createSyncAccessHandle = function (...values) {
        if (++calls === 4) throw new DOMException('not now', 'NoModificationAllowedError')
        return original.apply(this, values)
      }`)
    const found = await run(async ({ EngineClient, TABLE, put, keys, worker }) => {
      const before = new EngineClient({ name: 'late' })
      await before.execute('CreateTable', TABLE)
      await put(before, 'a')
      await before.close()
      const db = new EngineClient({ name: 'late', createWorker: worker('/late.js') })
      const found = await keys(db)
      await db.close()
      return found
    })
    assert.deepEqual(found, ['a'])
  })

  test('is busy while another worker has one of its files, and recovers', async () => {
    context.page = await newPage()
    const told = await runIn(context.page, async tools => {
      const { EngineClient, TABLE, put, keys, failed, pause } = tools
      const options = { name: 'foreign', busyTimeout: 300 }
      const before = new EngineClient(options)
      await before.execute('CreateTable', TABLE)
      await put(before, 'a')
      await before.close()
      const thief = new Worker(URL.createObjectURL(new Blob([`
        const find = async (folder, depth) => {
          for await (const handle of folder.values()) {
            if (handle.kind === 'file') return handle
            const found = await find(handle)
            if (found) return found
          }
        }
        onmessage = async () => {
          const root = await navigator.storage.getDirectory()
          const base = await root.getDirectoryHandle('ddblite')
          const file = await find(await base.getDirectoryHandle('foreign'))
          const handle = await file.createSyncAccessHandle()
          postMessage('held')
          onmessage = () => { handle.close(); postMessage('free') }
        }`])))
      const answer = () => new Promise(resolve => { thief.onmessage = resolve })
      thief.postMessage('hold')
      await answer()
      const db = new EngineClient(options)
      const busy = await failed(db.ready())
      setTimeout(() => thief.postMessage('free'), 50)
      const found = await keys(db)
      await db.close()
      return { busy, found }
    })
    assert.equal(told.busy.type, 'ddblite#StorageBusy')
    assert.deepEqual(told.found, ['a'])
  })

  test('that is full says so, can be read, and goes on when there is room', { skip: name !== 'chromium' && 'the quota is set by CDP' }, async () => {
    const page = await newPage()
    await runIn(page, async ({ EngineClient, TABLE, put }) => {
      window.db = new EngineClient({ name: 'full' })
      await window.db.execute('CreateTable', TABLE)
      await put(window.db, 'before')
    })
    const cdp = await page.createCDPSession()
    const origin = await page.evaluate('location.origin')
    const usage = await page.evaluate('navigator.storage.estimate().then(e => e.usage)')
    await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 200000 })
    const told = await runIn(page, async ({ put, keys, failed }) => {
      const text = { S: 'x'.repeat(100000) }
      let failure
      for (let i = 0; i < 100 && failure === undefined; i++) {
        const answer = await failed(put(window.db, `${i}`, { text }))
        if (answer.name !== undefined) failure = answer
      }
      return { failure, found: (await keys(window.db)).includes('before') }
    })
    assert.equal(told.failure?.type, 'ddblite#StorageFull', JSON.stringify(told.failure))
    assert.equal(told.failure.statusCode, 507)
    assert.equal(told.found, true)
    await cdp.send('Storage.overrideQuotaForOrigin', { origin })
    const after = await runIn(page, async ({ put, keys }) => {
      await put(window.db, 'after')
      const found = await keys(window.db)
      await window.db.close()
      return found
    })
    assert.ok(after.includes('after') && after.includes('before'))
    await page.close()
  })

  test('whose handles are closed under it says so, leaves its files, and opens again', async () => {
    workerAt('/closing.js', `
      const handles = []
      const file = FileSystemFileHandle.prototype
      const original = file.createSyncAccessHandle
      file.createSyncAccessHandle = async function (...values) {
        const handle = await original.apply(this, values)
        handles.push(handle)
        return handle
      }
      addEventListener('message', event => {
        if (event.data !== 'close') return
        event.stopImmediatePropagation()
        for (const handle of handles) handle.close()
      })`)
    const told = await run(async ({ EngineClient, TABLE, put, keys, failed, worker }) => {
      let own
      const options = { name: 'taken', persistence: 'required' }
      const db = new EngineClient({
        ...options, createWorker: () => (own = worker('/closing.js')())
      })
      await db.execute('CreateTable', TABLE)
      await put(db, 'a')
      own.postMessage('close')
      const refused = [await failed(put(db, 'b')), await failed(put(db, 'c'))]
      await db.close()
      const again = new EngineClient(options)
      const found = await keys(again)
      await put(again, 'd')
      await again.close()
      return { refused, found }
    })
    assert.deepEqual(told.refused.map(({ type }) => type),
      ['ddblite#DatabaseLost', 'ddblite#DatabaseLost'])
    assert.deepEqual(told.found, ['a'])
  })

  test('whose files a user clears says so, gives out what it has, and makes room for another', { skip: name !== 'chromium' && 'site data is cleared by CDP' }, async () => {
    const page = await newPage()
    await runIn(page, async ({ EngineClient, TABLE, put }) => {
      window.db = new EngineClient({ name: 'cleared', persistence: 'required' })
      await window.db.execute('CreateTable', TABLE)
      await put(window.db, 'a')
    })
    const cdp = await page.createCDPSession()
    const origin = await page.evaluate('location.origin')
    await cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'file_systems' })
    const told = await runIn(page, async tools => {
      const { EngineClient, put, keys, failed, pause } = tools
      let refused = {}
      const start = performance.now()
      for (let i = 0; refused.type === undefined && performance.now() - start < 10000; i++) {
        refused = await failed(put(window.db, `after ${i}`))
        await pause(50)
      }
      const afterMs = performance.now() - start
      const rescued = new EngineClient()
      await rescued.importDatabase(window.db.exportStream())
      const found = (await keys(rescued)).includes('a')
      await rescued.close()
      await window.db.close()
      const next = new EngineClient({ name: 'cleared', persistence: 'required' })
      const { TableNames } = await next.execute('ListTables')
      await next.close()
      return { refused, afterMs, found, TableNames }
    })
    assert.equal(told.refused.type, 'ddblite#DatabaseLost')
    assert.ok(told.afterMs < 3000, `after ${told.afterMs} ms`)
    assert.equal(told.found, true)
    assert.deepEqual(told.TableNames, [])
    await page.close()
  })

  test('that is damaged is refused by name, and its files stay', async () => {
    const told = await run(async ({ EngineClient, TABLE, put, failed }) => {
      const before = new EngineClient({ name: 'damaged' })
      await before.execute('CreateTable', TABLE)
      for (let i = 0; i < 20; i++) await put(before, `${i}`, { text: { S: 'x'.repeat(20000) } })
      await before.close()
      const vandal = new Worker(URL.createObjectURL(new Blob([`
        onmessage = async ({ data: write }) => {
          const root = await navigator.storage.getDirectory()
          const base = await root.getDirectoryHandle('ddblite')
          const pool = await (await base.getDirectoryHandle('damaged')).getDirectoryHandle('.opaque')
          let sizes = []
          for await (const file of pool.values()) {
            const handle = await file.createSyncAccessHandle()
            const size = handle.getSize()
            sizes.push(size)
            if (write && size > 100000) handle.write(new Uint8Array(8192).fill(0xa5), { at: 4096 })
            handle.close()
          }
          postMessage(Math.max(...sizes))
        }`])))
      const ask = write => new Promise(resolve => {
        vandal.onmessage = ({ data }) => resolve(data)
        vandal.postMessage(write)
      })
      const size = await ask(true)
      const db = new EngineClient({ name: 'damaged' })
      const refused = await failed(db.ready())
      await db.close()
      return { refused, size, after: await ask(false) }
    })
    assert.match(told.refused.type, /^ddblite#(NotADatabase|StorageCorrupt)$/)
    assert.equal(told.after, told.size)
  })
})

inBrowsers('a browser without storage', ({ test, run, workerAt }) => {
  const STUBS = {
    'no origin private file system': 'StorageManager.prototype.getDirectory = undefined',
    'no synchronous access':
      'delete FileSystemFileHandle.prototype.createSyncAccessHandle',
    'a private window':
      `StorageManager.prototype.getDirectory = () =>
        Promise.reject(new DOMException('private', 'SecurityError'))`
  }
  for (const [what, lines] of Object.entries(STUBS)) {
    test(`keeps nothing and says why, or rejects where it must: ${what}`, async () => {
      workerAt('/stub.js', lines)
      const told = await run(async ({ EngineClient, TABLE, put, keys, failed, worker }) => {
        const options = { name: 'nowhere', createWorker: worker('/stub.js') }
        const strict = new EngineClient({ ...options, persistence: 'required' })
        const required = await failed(strict.ready())
        await strict.close()
        const db = new EngineClient(options)
        const { persistenceMode, persistenceReason } = await db.ready()
        await db.execute('CreateTable', TABLE)
        await put(db, 'a')
        const found = await keys(db)
        const { persistent } = db
        await db.close()
        return { required, persistenceMode, persistenceReason, persistent, found }
      })
      assert.equal(told.required.type, 'ddblite#StorageUnavailable')
      assert.deepEqual([told.persistenceMode, told.persistent], ['memory', false])
      assert.match(told.persistenceReason, /browser/)
      assert.deepEqual(told.found, ['a'])
    })
  }

  test('keeps data without Web Locks too, with a warning', async () => {
    const told = await run(async ({ EngineClient, TABLE, put, keys }) => {
      const warnings = []
      console.warn = text => warnings.push(text)
      Object.defineProperty(navigator, 'locks', { value: undefined })
      const db = new EngineClient({ name: 'without locks', persistence: 'required' })
      await db.execute('CreateTable', TABLE)
      await put(db, 'a')
      const found = await keys(db)
      await db.close()
      return { found, warnings }
    })
    assert.deepEqual(told.found, ['a'])
    assert.match(told.warnings.join(), /Web Locks/)
  })
})

inBrowsers('the worker', ({ test, run }) => {
  test('refuses messages of another contract, and answers those without a version', async () => {
    const told = await run(async () => {
      const worker = new Worker('/dist/worker.js', { type: 'module' })
      const next = () => new Promise(resolve => {
        worker.onmessage = ({ data }) => data.event === undefined && resolve(data)
      })
      const ask = message => {
        const answer = next()
        worker.postMessage(message)
        return answer
      }
      const hello = await next()
      const opened = await ask({ id: 1, op: 'open', payload: { name: 'raw', ephemeral: true } })
      const wrong = await ask({ id: 2, op: 'execute', payload: {}, contractVersion: 99 })
      const listed = await ask({ id: 3, op: 'execute', payload: { op: 'ListTables', request: {} } })
      const http = await ask({
        id: 4, op: 'dispatchHttp', payload: { target: 'DynamoDB_20120810.ListTables', body: '{}' }
      })
      const nothing = await ask({ id: 5, op: 'toString', payload: {} })
      const version = await ask({ id: 6, op: 'contractVersion' })
      const closed = await ask({ id: 7, op: 'close' })
      worker.terminate()
      return { hello, opened, wrong, listed, http, nothing, version, closed }
    })
    assert.deepEqual(told.hello, { ready: true, contractVersion: 1 })
    assert.equal(JSON.parse(told.opened.result).persistenceMode, 'memory')
    assert.equal(told.wrong.ok, false)
    assert.match(JSON.parse(told.wrong.error).__type, /#ContractMismatch$/)
    assert.deepEqual(told.listed, { id: 3, ok: true, result: '{"TableNames":[]}' })
    assert.equal(JSON.parse(told.http.result).status, 200)
    assert.match(JSON.parse(told.nothing.error).__type, /#UnknownMessage$/)
    assert.equal(told.version.result, '1')
    assert.equal(told.closed.ok, true)
  })

  test('sends one commit for all that one turn of the page asks', async () => {
    const commits = await run(async ({ EngineClient, TABLE, put }) => {
      const db = new EngineClient({ name: 'turns' })
      await db.execute('CreateTable', TABLE)
      const before = (await db.counters()).commits
      await Promise.all(Array.from({ length: 1000 }, (_, i) => put(db, `${i}`)))
      const { commits } = await db.counters()
      await db.close()
      return commits - before
    })
    assert.equal(commits, 1)
  })
})
