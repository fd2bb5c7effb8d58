/*
 * bytes.cjs - binary values in requests: JSON has base64 text for B and BS, callers may have bytes.
 *
 * Plain JSON.stringify is twice as fast as one with a replacer, and few requests hold bytes. So a
 * request is encoded plainly; only when the engine refuses it (bytes became an object, which no B
 * takes: SerializationException, before anything is written) is it looked through and sent again.
 */
'use strict'

const isBytes = value => ArrayBuffer.isView(value) || value instanceof ArrayBuffer ||
  Object.prototype.toString.call(value) === '[object ArrayBuffer]'

function base64 (bytes) {
  const [buffer, at, n] = ArrayBuffer.isView(bytes)
    ? [bytes.buffer, bytes.byteOffset, bytes.byteLength]
    : [bytes, 0, bytes.byteLength]
  if (typeof Buffer === 'function') return Buffer.from(buffer, at, n).toString('base64')
  let text = ''
  for (const byte of new Uint8Array(buffer, at, n)) text += String.fromCharCode(byte)
  return btoa(text)
}

/** The request's JSON with the bytes of B and BS as base64, or null if it holds none. */
function encodeBytes (request) {
  let found = false
  const encode = value => {
    if (value === null || typeof value !== 'object' || !isBytes(value)) return value
    found = true
    return base64(value)
  }
  const json = JSON.stringify(request, function (key, value) {
    const original = this[key] /* before Buffer's toJSON */
    if (key === 'B') return encode(original)
    if (key === 'BS' && Array.isArray(original)) return original.map(encode)
    return value
  })
  return found ? json : null
}

module.exports = { encodeBytes }
