/*
 * file-lock.cjs - who has a database file open, where SQLite's own locks are not there.
 *
 * Node has no file locks to give to JavaScript, so the WebAssembly engine has a file for itself
 * alone and says so in `<path>-lock`, which names its process. It is removed on closing and at the
 * process's end; one whose process has died is taken over. The addon looks for it before it opens
 * a file, and this looks for the addon's locks in /proc/locks where there is one (Linux).
 *
 * Promises: of two that ask at once one gets it; a lock of another machine or container, whose
 * processes cannot be seen from here, is never taken over.
 * Start at acquire().
 */
'use strict'

const builtin = require('../builtin.cjs')
const fs = builtin('node:fs', () => require('node:fs'))
const os = builtin('node:os', () => require('node:os'))

const POLL_MS = 10

/* SQLite's locks lie here in a file (os.h: PENDING_BYTE, RESERVED_BYTE, SHARED_FIRST). */
const LOCKED_FROM = 0x40000000
const LOCKED_TO = 0x40000200

const lockOf = path => `${path}-lock`

function textOf (file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

/* When a process began: its number may have been another's before. Null where it is not known. */
function startOf (pid) {
  const stat = textOf(`/proc/${pid}/stat`)
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

/* Processes of one place see each other's numbers. */
function place () {
  try {
    return `${os.hostname()} ${fs.readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return os.hostname()
  }
}

/* Is the process that wrote this lock still there? */
function isLive (text) {
  let owner
  try {
    owner = JSON.parse(text)
  } catch {
    return true /* another one is just writing it */
  }
  if (owner.place !== place()) return true
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if (error.code === 'ESRCH') return false
  }
  return owner.start === startOf(owner.pid)
}

/** Why the file cannot be opened now, or null. */
function refusal (path) {
  const lock = lockOf(path)
  const text = textOf(lock)
  if (text === null || !isLive(text)) return null
  return `${path} is open in another place that has it for itself alone (${lock} names the ` +
    'process; if that is gone for good, remove the file)'
}

/* Does the addon or another program of SQLite's hold a lock? */
function isOpenElsewhere (path) {
  const locks = textOf('/proc/locks')
  const file = fs.statSync(path, { throwIfNoEntry: false })
  if (locks === null || file === undefined) return false
  return locks.split('\n').some(line => {
    const [, , , , , place, from] = line.trim().split(/\s+/)
    return place?.endsWith(`:${file.ino}`) && +from >= LOCKED_FROM && +from < LOCKED_TO
  })
}

/* A stale lock is moved away first: of two that find it only one moves it. */
function removeStale (lock, stale) {
  const aside = `${lock}.${process.pid}.${Date.now()}`
  try {
    fs.renameSync(lock, aside)
  } catch {
    return /* another one was faster */
  }
  if (textOf(aside) === stale) fs.rmSync(aside)
  else fs.renameSync(aside, lock) /* it was a new one */
}

const held = new Set()

function releaseAll () {
  for (const lock of held) fs.rmSync(lock, { force: true })
  held.clear()
}

function tryOnce (path) {
  const lock = lockOf(path)
  const text = textOf(lock)
  if (text !== null && !isLive(text)) removeStale(lock, text)
  const owner = { pid: process.pid, start: startOf(process.pid), place: place() }
  try {
    fs.writeFileSync(lock, JSON.stringify(owner), { flag: 'wx' })
  } catch (error) {
    if (error.code === 'EEXIST') return { refusal: refusal(path) ?? `${path} is being opened` }
    return { refusal: null, error }
  }
  if (isOpenElsewhere(path)) {
    fs.rmSync(lock)
    return { refusal: `${path} is open in another process` }
  }
  if (held.size === 0) process.once('exit', releaseAll)
  held.add(lock)
  return {
    release () {
      fs.rmSync(lock, { force: true })
      held.delete(lock)
      if (held.size === 0) process.removeListener('exit', releaseAll)
    }
  }
}

/**
 * Takes the file, waiting for at most waitMs, as SQLite waits for its locks. Returns { release },
 * or { refusal } with the reason; where no lock can be written (no such folder) { error }.
 */
function acquire (path, waitMs) {
  const end = Date.now() + waitMs
  for (;;) {
    const result = tryOnce(path)
    if (!result.refusal || Date.now() >= end || held.has(lockOf(path))) return result
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS)
  }
}

module.exports = { acquire, refusal }
