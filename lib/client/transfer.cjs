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

const { chunksOf, piecesOf } = require('./pieces.cjs')

const TYPE = 'application/vnd.sqlite3'
const WANTED = 'importDatabase: give it a File, a Blob, a stream or bytes'

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
  const pieces = piecesOf(source, WANTED)
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

module.exports = { exportDatabase, exportStream, importDatabase, IMPORT_APPLY }
