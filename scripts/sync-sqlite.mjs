#!/usr/bin/env node
/*
 * sync-sqlite.mjs - puts the SQLite amalgamation where the C builds look for it.
 *
 *   node_modules/better-sqlite3/deps/sqlite3/{sqlite3.c,sqlite3.h}  (pinned devDependency)
 *     -> deps/sqlite3/{sqlite3.c,sqlite3.h,VERSION}                 (ignored by git)
 *
 * Promises:
 *   - only bytes with the pinned SHA-256 arrive there; anything else is an error and no file;
 *   - running it again changes nothing: files that are right are not touched, so that make and
 *     node-gyp do not compile nine megabytes of C for nothing.
 * A new SQLite: pin another better-sqlite3, run this, put the printed hashes and the version here,
 * and check that the browser's @sqlite.org/sqlite-wasm is of the same minor version.
 *
 * The options SQLite is compiled with are scripts/sqlite-options.txt, one -D flag a line (build
 * files splice it as it is, so the reasons stand here):
 *   THREADSAFE=2          a connection is used by one thread at a time, but worker threads open
 *                         connections of their own: globals need mutexes, connections do not
 *   DEFAULT_MEMSTATUS=0   no mutex and no counter on each malloc
 *   ENABLE_DBPAGE_VTAB    exports read a copy page by page
 *   DQS=0, TRUSTED_SCHEMA=0, LIKE_DOESNT_MATCH_BLOBS, MAX_EXPR_DEPTH=0, OMIT_DECLTYPE,
 *   OMIT_DEPRECATED, OMIT_PROGRESS_CALLBACK, OMIT_SHARED_CACHE, USE_ALLOCA
 *                         sqlite.org's recommended compile-time options; we use none of these
 *   OMIT_LOAD_EXTENSION   nothing loads extensions; drops dlopen
 *   UNTESTABLE            drops sqlite3_test_control and the test branches in hot code
 *   TEMP_STORE=2          statement journals of savepoints stay in memory
 *   MAX_WORKER_THREADS=0  SQLite starts no threads of its own
 *   HAVE_FDATASYNC=1      Linux only: a sync that leaves out the file's times
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSION = '3.54.1'
const PINS = {
  'sqlite3.c': '75a4760a7b9727a4c4c877aec92eacf39e52a8f2921ce00bd33be6d3a8e8e254',
  'sqlite3.h': 'd6c84557261893439b341d2e6c35187ae3ea24fbfd843ad94616f72d89242b8c'
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const from = join(root, 'node_modules', 'better-sqlite3', 'deps', 'sqlite3')
const to = join(root, 'deps', 'sqlite3')

function read (path) {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/* A reader must never see half a file, so each arrives by a rename. */
function put (path, bytes) {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, bytes)
  renameSync(temporary, path)
}

function sync () {
  let copied = 0
  mkdirSync(to, { recursive: true })
  for (const [name, pin] of Object.entries(PINS)) {
    const target = join(to, name)
    const present = read(target)
    if (present && sha256(present) === pin) continue
    const bytes = read(join(from, name))
    if (!bytes) throw new Error(`${join(from, name)} is not there: run npm install`)
    const hash = sha256(bytes)
    if (hash !== pin) throw new Error(`${name}: SHA-256 is ${hash}, the pin says ${pin}`)
    put(target, bytes)
    copied++
  }
  const version = /^#define SQLITE_VERSION\s+"([^"]+)"/m.exec(read(join(to, 'sqlite3.h')))?.[1]
  if (version !== VERSION) throw new Error(`sqlite3.h is version ${version}, expected ${VERSION}`)
  const note = Buffer.from(`${VERSION}\n`)
  if (!read(join(to, 'VERSION'))?.equals(note)) put(join(to, 'VERSION'), note)
  return copied
}

try {
  const copied = sync()
  if (copied > 0) console.log(`deps/sqlite3: SQLite ${VERSION}`)
} catch (error) {
  console.error(`sync-sqlite: ${error.message}`)
  process.exitCode = 1
}
