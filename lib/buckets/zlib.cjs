/* zlib.cjs - how objects are compressed in Node: by number, as DDB_CODING_* in core/base/host.h. */
'use strict'

const builtin = require('../builtin.cjs')
const zlib = builtin('node:zlib', () => require('node:zlib'))
const { decompress } = require('fzstd') /* Node's own reads one frame, and leaves out the rest */

module.exports = [
  undefined,
  { encode: bytes => zlib.gzipSync(bytes), decode: bytes => zlib.gunzipSync(bytes) },
  { decode: decompress }
]
