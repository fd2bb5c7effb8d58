/* zlib.cjs - how objects are compressed in Node: by number, as DDB_CODING_* in core/base/host.h. */
'use strict'

const builtin = require('../builtin.cjs')
const zlib = builtin('node:zlib', () => require('node:zlib'))
const { decompress } = require('fzstd') /* Node has Zstandard of its own from 22.15 on */

module.exports = [
  undefined,
  { encode: bytes => zlib.gzipSync(bytes), decode: bytes => zlib.gunzipSync(bytes) },
  { decode: zlib.zstdDecompressSync ?? decompress }
]
