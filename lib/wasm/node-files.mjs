/*
 * node-files.mjs - an SQLite VFS on node:fs, so that the WebAssembly engine keeps files.
 *
 *   SQLite  ->  xRead(file, p, n, offset)  ->  fs.readSync into linear memory
 *
 * It has no shared memory, so a file is opened in STORAGE_SOLE: WAL with its index in this
 * process, and nobody else beside it (file-lock.cjs). The file's format is the addon's.
 *
 * Promises: a method gives a result code and throws nothing; what xSync was asked for is on the
 * disk when it returns, the folder's entry of a new file too.
 * Start at nodeFiles().
 */
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { randomUUID } from 'node:crypto'
import { acquire } from './file-lock.cjs'

const NAME = 'ddblite-node'
const SECTOR_BYTES = 4096
const PATH_BYTES_MAX = 4096
const JULIAN_1970_MS = 210866760000000

/** Registers the VFS. Returns what the engine wants to know of files. */
export function nodeFiles (sqlite3) {
  const { capi, wasm } = sqlite3
  const io = new capi.sqlite3_io_methods()
  const vfs = new capi.sqlite3_vfs()
  const files = new Map() /* sqlite3_file* -> { fd, path, flags, syncFolder } */

  io.$iVersion = 1
  vfs.$iVersion = 2
  vfs.$szOsFile = capi.sqlite3_file.structInfo.sizeof
  vfs.$mxPathname = PATH_BYTES_MAX
  sqlite3.vfs.installVfs({
    io: { struct: io, methods: guarded(capi, ioMethods(capi, wasm, files)) },
    vfs: { struct: vfs, name: NAME, methods: guarded(capi, vfsMethods(capi, wasm, files, io)) }
  })
  return { vfs: NAME, absolute: path => resolve(path), lock: acquire }
}

/* SQLite's code for what Node throws. */
function codeOf (capi, error, otherwise) {
  return error.code === 'ENOSPC' || error.code === 'EDQUOT' ? capi.SQLITE_FULL : otherwise
}

/* Each method with the code it gives when Node throws. */
function guarded (capi, methods) {
  return Object.fromEntries(Object.entries(methods).map(([name, [method, failure]]) => {
    const call = (...values) => {
      try {
        return method(...values)
      } catch (error) {
        return codeOf(capi, error, failure)
      }
    }
    Object.defineProperty(call, 'length', { value: method.length })
    return [name, call]
  }))
}

/* ---- an open file ---- */

function ioMethods (capi, wasm, files) {
  let view = Buffer.alloc(0)
  const heap = () => {
    const { buffer } = wasm.heap8u()
    if (view.buffer !== buffer) view = Buffer.from(buffer)
    return view
  }
  const ok = () => 0

  return {
    xClose: [p => {
      const file = files.get(p)
      files.delete(p)
      if (file === undefined) return 0
      fs.closeSync(file.fd)
      if (file.flags & capi.SQLITE_OPEN_DELETEONCLOSE) fs.rmSync(file.path, { force: true })
      return 0
    }, capi.SQLITE_IOERR_CLOSE],

    xRead: [(p, to, n, at) => {
      const { fd } = files.get(p)
      let done = 0
      for (let got = 1; got > 0 && done < n; done += got) {
        got = fs.readSync(fd, heap(), to + done, n - done, Number(at) + done)
      }
      if (done === n) return 0
      heap().fill(0, to + done, to + n)
      return capi.SQLITE_IOERR_SHORT_READ
    }, capi.SQLITE_IOERR_READ],

    xWrite: [(p, from, n, at) => {
      const { fd } = files.get(p)
      for (let done = 0; done < n;) {
        done += fs.writeSync(fd, heap(), from + done, n - done, Number(at) + done)
      }
      return 0
    }, capi.SQLITE_IOERR_WRITE],

    xTruncate: [(p, size) => {
      fs.ftruncateSync(files.get(p).fd, Number(size))
      return 0
    }, capi.SQLITE_IOERR_TRUNCATE],

    xSync: [(p, flags) => {
      const file = files.get(p)
      fs.fdatasyncSync(file.fd)
      if (file.syncFolder) syncFolder(file.path)
      file.syncFolder = false
      return 0
    }, capi.SQLITE_IOERR_FSYNC],

    xFileSize: [(p, out) => {
      wasm.poke64(out, BigInt(fs.fstatSync(files.get(p).fd).size))
      return 0
    }, capi.SQLITE_IOERR_FSTAT],

    /* The file is ours alone. */
    xLock: [(p, level) => ok(), 0],
    xUnlock: [(p, level) => ok(), 0],
    xCheckReservedLock: [(p, out) => {
      wasm.poke32(out, 0)
      return 0
    }, 0],
    xFileControl: [(p, op, value) => capi.SQLITE_NOTFOUND, capi.SQLITE_NOTFOUND],
    xSectorSize: [p => SECTOR_BYTES, SECTOR_BYTES],
    xDeviceCharacteristics: [p => 0, 0]
  }
}

/* Windows has no such thing; its file systems do it themselves. */
function syncFolder (path) {
  if (process.platform === 'win32') return
  const fd = fs.openSync(dirname(path), 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/* ---- files by their names ---- */

function vfsMethods (capi, wasm, files, io) {
  const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = fs.constants

  /* { fd, flags }; reading only where writing is not allowed. */
  function open (path, flags) {
    const create = flags & capi.SQLITE_OPEN_CREATE ? O_CREAT : 0
    const exclusive = flags & capi.SQLITE_OPEN_EXCLUSIVE ? O_EXCL : 0
    if (!(flags & capi.SQLITE_OPEN_READWRITE)) return { fd: fs.openSync(path, O_RDONLY), flags }
    try {
      return { fd: fs.openSync(path, O_RDWR | create | exclusive, 0o644), flags }
    } catch (error) {
      if (!['EACCES', 'EROFS', 'EPERM'].includes(error.code)) throw error
      const changed = flags & ~(capi.SQLITE_OPEN_READWRITE | capi.SQLITE_OPEN_CREATE)
      return { fd: fs.openSync(path, O_RDONLY), flags: changed | capi.SQLITE_OPEN_READONLY }
    }
  }

  return {
    xOpen: [(p, name, file, wanted, out) => {
      const path = name === 0 ? join(tmpdir(), `ddblite-${randomUUID()}`) : wasm.cstrToJs(name)
      const isNew = !fs.existsSync(path)
      const { fd, flags } = open(path, wanted)
      files.set(file, { fd, path, flags, syncFolder: isNew && name !== 0 })
      const struct = new capi.sqlite3_file(file)
      struct.$pMethods = io.pointer
      struct.dispose()
      if (out !== 0) wasm.poke32(out, flags)
      return 0
    }, capi.SQLITE_CANTOPEN],

    xDelete: [(p, name, sync) => {
      const path = wasm.cstrToJs(name)
      if (!fs.existsSync(path)) return capi.SQLITE_IOERR_DELETE_NOENT
      fs.rmSync(path)
      if (sync) syncFolder(path)
      return 0
    }, capi.SQLITE_IOERR_DELETE],

    xAccess: [(p, name, flags, out) => {
      const size = fs.statSync(wasm.cstrToJs(name), { throwIfNoEntry: false })?.size
      /* As on other systems: an empty file is no journal. */
      const there = flags === capi.SQLITE_ACCESS_EXISTS ? size > 0 : size !== undefined
      wasm.poke32(out, there ? 1 : 0)
      return 0
    }, capi.SQLITE_IOERR_ACCESS],

    xFullPathname: [(p, name, room, out) =>
      wasm.cstrncpy(out, name, room) < room ? 0 : capi.SQLITE_CANTOPEN, capi.SQLITE_CANTOPEN],
    xRandomness: [(p, n, out) => {
      globalThis.crypto.getRandomValues(wasm.heap8u().subarray(out, out + n))
      return n
    }, 0],
    xSleep: [(p, us) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.ceil(us / 1000))
      return us
    }, 0],
    xCurrentTime: [(p, out) => {
      wasm.poke(out, (JULIAN_1970_MS + Date.now()) / 864e5, 'double')
      return 0
    }, capi.SQLITE_ERROR],
    xCurrentTimeInt64: [(p, out) => {
      wasm.poke(out, BigInt(JULIAN_1970_MS + Date.now()), 'i64')
      return 0
    }, capi.SQLITE_ERROR],
    xGetLastError: [(p, n, out) => 0, 0]
  }
}
