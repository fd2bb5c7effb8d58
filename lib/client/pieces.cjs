/*
 * pieces.cjs - whatever holds bytes, piece by piece: what goes into databases and buckets.
 * No module of Node: it is bundled for the browser too.
 */
'use strict'

const PIECE_BYTES = 1048576
const HEADER_BYTES = 100 /* of an SQLite file */

/**
 * Pieces of a MB at most that nobody else holds. Throws a TypeError of this message for what holds
 * no bytes.
 */
function piecesOf (source, wanted) {
  if (source instanceof ArrayBuffer) return slices(new Uint8Array(source))
  if (source instanceof Uint8Array) return slices(source)
  if (typeof Blob === 'function' && source instanceof Blob) return blobSlices(source)
  if (typeof source?.[Symbol.asyncIterator] === 'function' ||
      typeof source?.getReader === 'function') return streamSlices(source, wanted)
  throw new TypeError(wanted)
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

/* Small chunks are put together: each piece is a turn. The first goes as soon as it tells what it
 * is. */
async function * streamSlices (source, wanted) {
  const piece = new Uint8Array(PIECE_BYTES)
  let used = 0
  let enough = HEADER_BYTES
  for await (const chunk of chunksOf(source)) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError(`${wanted} of bytes`)
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

/** A stream's chunks; some browsers cannot iterate over a ReadableStream. */
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

module.exports = { chunksOf, piecesOf, PIECE_BYTES }
