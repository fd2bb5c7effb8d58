/*
 * storage.mjs - where a kept database lies: the official SAHPool VFS on OPFS, one directory a name.
 *
 *   OPFS  ddblite/<name>/.opaque/...   the pool's files, of which one is /ddblite.sqlite
 *                       /buckets-0, -1 the buckets (lib/buckets/log.cjs), once there are any
 *
 * The pool has its files for itself alone: a second one of the same name is busy, and is asked
 * again with growing pauses until the time is over.
 *
 * Promises: a failed open deletes nothing and leaves no handle open; what goes wrong has a name
 * (StorageBusy, StorageFull, DatabaseLost); close() releases the handles and touches no data.
 * Start at openStorage().
 */
import log from '../buckets/log.cjs'
import options from '../client/options.cjs'

const { DURABILITY } = options

const VFS = 'ddblite-opfs'
const ROOT = 'ddblite'
const PATH = '/ddblite.sqlite'
const FILES = 6 /* the database, its WAL and journal, one that comes in, two in reserve */
const BUCKETS = ['buckets-0', 'buckets-1']
const PAUSE_MIN_MS = 10
const PAUSE_MAX_MS = 640
const RELEASE_MS = 1000

/** What hinders storage. `name` and `status` are those of the EngineError that the page gets. */
export class StorageFailure extends Error {
  constructor (name, message, status = 503) {
    super(message)
    this.name = name
    this.status = status
  }
}

/**
 * Opens the place of a database. Resolves to { path, fileSystem, buckets, makeBuckets(),
 * durability(), explain(), look(), lost(), close() } or, where a browser has no such storage or
 * refuses it, to { unavailable: reason }. Rejects with a StorageFailure.
 */
export async function openStorage (sqlite3, name, waitMs) {
  const unavailable = await whyUnavailable()
  if (unavailable !== undefined) return { unavailable }
  watchHandles()
  const pool = await openPool(sqlite3, name, waitMs)
  let buckets = await openBuckets(name, waitMs, false).catch(error => {
    pool.pauseVfs()
    throw error
  })
  return {
    path: PATH,
    pool,
    buckets,
    makeBuckets: async () => (buckets = await openBuckets(name, waitMs, true)),
    fileSystem: { vfs: VFS, absolute: path => path, lock: () => ({}) },
    /* Durable unless that is not wanted; less than NORMAL saves nothing here. */
    durability: wanted => wanted === 'full' ? DURABILITY.full : DURABILITY.normal,
    explain: reply => explained(reply),
    look: watchPlace(name),
    lost: () => placeLost,
    close () {
      buckets?.close()
      pool.pauseVfs()
    }
  }
}

async function whyUnavailable () {
  if (typeof navigator.storage?.getDirectory !== 'function') {
    return 'this browser has no origin private file system here (it needs a secure context)'
  }
  if (typeof globalThis.FileSystemFileHandle?.prototype.createSyncAccessHandle !== 'function') {
    return 'this browser has no synchronous access to its origin private file system'
  }
  try {
    await navigator.storage.getDirectory()
  } catch (error) {
    return `the browser refuses its origin private file system: ${error.name}: ${error.message}`
  }
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

/* A name is a directory's: what OPFS does not take is written as %xx. */
const directoryOf = name =>
  `${ROOT}/${encodeURIComponent(name).replaceAll('.', '%2E').replaceAll('*', '%2A')}`

/* Asks for what is busy again until the time is over. */
async function patiently (name, waitMs, open) {
  const end = Date.now() + waitMs
  for (let ms = PAUSE_MIN_MS; ; ms = Math.min(ms * 2, PAUSE_MAX_MS)) {
    try {
      return await open()
    } catch (error) {
      if (Date.now() + ms > end) throw failureOf(error, name)
      await pause(ms)
    }
  }
}

const openPool = (sqlite3, name, waitMs) => patiently(name, waitMs, () =>
  sqlite3.installOpfsSAHPoolVfs({
    name: VFS,
    directory: directoryOf(name),
    initialCapacity: FILES,
    preserveOnInitFailure: true, /* else a handle that is busy costs the data */
    forceReinitIfPreviouslyFailed: true,
    verbosity: 0
  }))

/* The two files of the buckets beside the pool's; null where there are none and none are wanted. A
 * worker that has ended may hold them a moment longer than the pool. */
const openBuckets = (name, waitMs, create) =>
  patiently(name, Math.max(waitMs, RELEASE_MS), async () => {
    let folder = await navigator.storage.getDirectory()
    for (const part of directoryOf(name).split('/')) {
      folder = await folder.getDirectoryHandle(part)
    }
    const handles = []
    try {
      for (const file of BUCKETS) {
        const handle = await folder.getFileHandle(file, { create })
        handles.push(await handle.createSyncAccessHandle())
      }
      return new log.LogBuckets(...handles)
    } catch (error) {
      for (const handle of handles) handle.close()
      if (error.name === 'NotFoundError') return null
      throw error
    }
  })

const BUSY = ['NoModificationAllowedError', 'InvalidStateError', 'AbortError']

function failureOf (error, name) {
  const said = `${error.name}: ${error.message}`
  if (BUSY.includes(error.name)) {
    return new StorageFailure('StorageBusy',
      `The database ${JSON.stringify(name)} is open in another place: ${said}`)
  }
  if (error.name === 'QuotaExceededError') {
    return new StorageFailure('StorageFull', `There is no room for a database: ${said}`, 507)
  }
  return new StorageFailure('StorageError',
    `The database ${JSON.stringify(name)} cannot be opened: ${said}`, 500)
}

/* ---- what goes wrong later ---- */

/* SQLite is told no more of a failed call than "I/O error", so the calls themselves are watched.
 * This realm has no other user of them. */
let faults = null

function watchHandles () {
  if (faults !== null) return faults
  faults = { full: false, lost: null }
  const handle = globalThis.FileSystemSyncAccessHandle.prototype
  for (const method of ['read', 'write', 'truncate', 'flush', 'getSize']) {
    const original = handle[method]
    handle[method] = function (...values) {
      try {
        const done = original.apply(this, values)
        if (method === 'write' && done < values[0].byteLength) faults.full = true
        return done
      } catch (error) {
        if (error.name === 'QuotaExceededError') faults.full = true
        else faults.lost = `${error.name}: ${error.message}`
        throw error
      }
    }
  }
  return faults
}

/* Who clears the site's data takes the files, but what is written to open handles succeeds still
 * (Chromium): so it is looked whether the folder is there, now and then, when there is a commit. */
const LOOK_MS = 1000
let placeLost = false

function watchPlace (name) {
  let next = 0
  return async () => {
    const now = performance.now()
    if (now < next || placeLost) return
    next = now + LOOK_MS
    try {
      let folder = await navigator.storage.getDirectory()
      for (const part of directoryOf(name).split('/')) {
        folder = await folder.getDirectoryHandle(part)
      }
    } catch (error) {
      placeLost = error.name === 'NotFoundError'
    }
  }
}

export const LOST = "The browser has taken the database's files away"

const OURS = '{"__type":"ddblite#Storage'

/* A storage error with its true name. */
function explained (reply) {
  if (!reply.text.startsWith(OURS)) return reply
  const { full, lost } = faults
  faults.full = false
  faults.lost = null
  if (full) {
    return named(reply, 'StorageFull', 'The browser has no more room for this site; nothing of ' +
      'this request was stored', 507)
  }
  if (lost !== null) {
    return named(reply, 'DatabaseLost', `${LOST}: ${lost}`, 500)
  }
  return reply
}

const named = (reply, name, message, status) =>
  ({ ok: false, text: JSON.stringify({ __type: `ddblite#${name}`, message }), status })
