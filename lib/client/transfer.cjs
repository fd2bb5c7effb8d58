/*
 * transfer.cjs - a whole database as a plain SQLite file, piece by piece: out as a stream or a
 * Blob, in from whatever holds bytes. The same file opens in Node, natively and on WebAssembly, and
 * on web pages.
 *
 *   out   BEGIN -> (NEXT -> a piece of a MB, when it is asked for)... -> END
 *   in    BEGIN -> (a piece -> WRITE, and its answer)... -> APPLY -> END
 *
 * Promises: no more than a piece is held here at a time; the file is one moment of what is
 * committed; what comes in is looked at first (its header, whose database it is, SQLite's
 * quick_check), then takes the place of what was there in one transaction, or not at all.
 * No module of Node: it is bundled for the browser too.
 * Start at exportStream() and importDatabase().
 */
'use strict'

const TYPE = 'application/vnd.sqlite3'
const PIECE_BYTES = 1048576
const HEADER_BYTES = 100

/* ddb_transfer.step */
const EXPORT_BEGIN = 0
const EXPORT_NEXT = 1
const IMPORT_BEGIN = 2
const IMPORT_WRITE = 3
const IMPORT_APPLY = 4
const END = 5

/* ---- out ---- */

/** A ReadableStream of pieces; nothing is begun before the first is asked for. */
function exportStream (client) {
  let transfer
  const end = () => transfer === undefined ? undefined : client.transfer(END, transfer)
  const stream = new ReadableStream({
    async pull (controller) {
      try {
        transfer ??= (await client.transfer(EXPORT_BEGIN, 0)).Transfer
        for (;;) {
          const piece = await client.transfer(EXPORT_NEXT, transfer)
          if (piece instanceof Uint8Array) return controller.enqueue(piece)
          if (piece.More !== true) break
        }
        await end()
        controller.close()
      } catch (error) {
        await Promise.resolve(end()).catch(() => {}) /* it is the first error that counts */
        throw error
      }
    },
    cancel: end
  }, { highWaterMark: 0 })
  stream[Symbol.asyncIterator] ??= () => chunksOf(stream)
  return stream
}

/** The same as a Blob, which a browser keeps where it likes. */
async function exportDatabase (client) {
  const pieces = []
  for await (const piece of chunksOf(exportStream(client))) pieces.push(new Blob([piece]))
  return new Blob(pieces, { type: TYPE })
}

/* ---- in ---- */

async function importDatabase (client, source, { signal } = {}) {
  const pieces = piecesOf(source)
  signal?.throwIfAborted()
  const { Transfer } = await client.transfer(IMPORT_BEGIN, 0)
  try {
    for await (const piece of pieces) {
      signal?.throwIfAborted()
      await client.transfer(IMPORT_WRITE, Transfer, piece)
    }
    signal?.throwIfAborted()
    await client.transfer(IMPORT_APPLY, Transfer)
  } finally {
    await client.transfer(END, Transfer).catch(() => {}) /* closed: nothing is left of it */
  }
  await client.hub?.rewound()
}

/* Pieces of a MB at most that nobody else holds. Throws a TypeError. */
function piecesOf (source) {
  if (source instanceof ArrayBuffer) return slices(new Uint8Array(source))
  if (source instanceof Uint8Array) return slices(source)
  if (typeof Blob === 'function' && source instanceof Blob) return blobSlices(source)
  if (typeof source?.[Symbol.asyncIterator] === 'function' ||
      typeof source?.getReader === 'function') return streamSlices(source)
  throw new TypeError('importDatabase: give it a File, a Blob, a stream or bytes')
}

function * slices (bytes) {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield Uint8Array.from(bytes.subarray(at, at + PIECE_BYTES))
  }
}

async function * blobSlices (blob) {
  for (let at = 0; at < blob.size; at += PIECE_BYTES) {
    yield new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer())
  }
}

/* Small chunks are put together: each piece is a turn. The first goes as soon as it tells whose
 * file it is. */
async function * streamSlices (source) {
  const piece = new Uint8Array(PIECE_BYTES)
  let used = 0
  let enough = HEADER_BYTES
  for await (const chunk of chunksOf(source)) {
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError('importDatabase: the stream must give bytes')
    }
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + PIECE_BYTES - used)
      piece.set(part, used)
      used += part.length
      at += part.length
      if (used < enough) continue
      yield piece.slice(0, used)
      used = 0
      enough = PIECE_BYTES
    }
  }
  if (used > 0) yield piece.slice(0, used)
}

/* A stream's chunks; some browsers cannot iterate over a ReadableStream. */
async function * chunksOf (source) {
  if (typeof source.getReader !== 'function') return yield * source
  const reader = source.getReader()
  let ended = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      ended = done
      if (done) return
      yield value
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => {})
  }
}

module.exports = { exportDatabase, exportStream, importDatabase, IMPORT_APPLY }
