/*
 * codings.mjs - how objects are compressed, in a worker: by number, as DDB_CODING_* in
 * core/base/host.h. The browser's own streams are asynchronous, and the engine cannot wait.
 */
import { Gunzip, gzipSync } from 'fflate'
import { decompress } from 'fzstd'

/* All members of it: an export appends one with each slice. */
function gunzip (bytes) {
  const chunks = []
  new Gunzip(chunk => chunks.push(chunk)).push(bytes, true)
  const out = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}

export default [undefined, { encode: gzipSync, decode: gunzip }, { decode: decompress }]
