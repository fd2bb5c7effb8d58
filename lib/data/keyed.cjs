/*
 * keyed.cjs - functions of a secret: HMAC-SHA-256, and SipHash-2-4 where few bits are wanted often.
 *
 *   new Mac(secret).of(message)      32 bytes
 *   sipHash(key, words, n, out)      64 or 128 bits
 *
 * In JavaScript, since web pages have no hash that answers at once, and Node's costs more for short
 * messages; both give the same. The tests compare it with Node's, and with published vectors.
 * Sources: FIPS 180-4; RFC 2104; Aumasson and Bernstein, "SipHash: a fast short-input PRF".
 */
'use strict'

const BLOCK = 64

/* ---- SHA-256 ---- */

const K = new Int32Array(64)
const INITIAL = new Int32Array(8)
const W = new Int32Array(64)

/* The first 32 bits of the fractions of roots of primes. */
{
  const fraction = x => (x - Math.floor(x)) * 2 ** 32
  for (let n = 0, p = 2; n < 64; p++) {
    let d = 2
    while (d * d <= p && p % d !== 0) d++
    if (d * d <= p) continue
    if (n < 8) INITIAL[n] = fraction(Math.sqrt(p))
    K[n++] = fraction(Math.cbrt(p))
  }
}

function compress (state, bytes, at) {
  for (let i = 0; i < 16; i++, at += 4) {
    W[i] = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]
  }
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15]
    const y = W[i - 2]
    const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3
    const s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10
    W[i] = W[i - 16] + s0 + W[i - 7] + s1
  }
  let a = state[0]
  let b = state[1]
  let c = state[2]
  let d = state[3]
  let e = state[4]
  let f = state[5]
  let g = state[6]
  let h = state[7]
  for (let i = 0; i < 64; i++) {
    const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)
    const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)
    const t = h + s1 + (e & f ^ ~e & g) + K[i] + W[i] | 0
    h = g
    g = f
    f = e
    e = d + t | 0
    d = c
    c = b
    b = a
    a = t + s0 + (a & c ^ a & d ^ c & d) | 0
  }
  state[0] += a
  state[1] += b
  state[2] += c
  state[3] += d
  state[4] += e
  state[5] += f
  state[6] += g
  state[7] += h
}

const last = new Uint8Array(2 * BLOCK)
const lastView = new DataView(last.buffer)

/* The hash of `before` bytes, of which `state` is what is left, and of `bytes`. */
function finish (state, bytes, before) {
  const whole = bytes.length - bytes.length % BLOCK
  for (let at = 0; at < whole; at += BLOCK) compress(state, bytes, at)
  const left = bytes.length - whole
  const size = left + 9 <= BLOCK ? BLOCK : 2 * BLOCK
  for (let i = 0; i < left; i++) last[i] = bytes[whole + i]
  last[left] = 0x80
  last.fill(0, left + 1, size - 8)
  const length = before + bytes.length
  lastView.setUint32(size - 8, Math.floor(length / 2 ** 29))
  lastView.setUint32(size - 4, length * 8 >>> 0)
  for (let at = 0; at < size; at += BLOCK) compress(state, last, at)
  const out = new Uint8Array(32)
  for (let i = 0; i < 32; i++) out[i] = state[i >> 2] >>> 24 - 8 * (i & 3)
  return out
}

const sha256 = bytes => finish(INITIAL.slice(), bytes, 0)

/** HMAC-SHA-256 of one secret, of 64 bytes at most. */
class Mac {
  #inner
  #outer

  constructor (secret) {
    const [inner, outer] = [0x36, 0x5c].map(byte => {
      const state = INITIAL.slice()
      const pad = new Uint8Array(BLOCK).fill(byte)
      for (let i = 0; i < secret.length; i++) pad[i] ^= secret[i]
      compress(state, pad, 0)
      return state
    })
    this.#inner = inner
    this.#outer = outer
  }

  /** Of a message in bytes. */
  of (message) {
    return finish(this.#outer.slice(), finish(this.#inner.slice(), message, BLOCK), BLOCK)
  }
}

/* ---- SipHash ---- */

/**
 * The hash of n 32-bit words goes to out, the lowest word first: 64 bits, or 128 where `wide` asks
 * for SipHash-128. `key` has four words.
 */
function sipHash (key, words, n, out, wide = false) {
  /* v0 .. v3, each its low and high half. */
  let a0 = key[0] ^ 0x70736575
  let a1 = key[1] ^ 0x736f6d65
  let b0 = key[2] ^ 0x6e646f6d ^ (wide ? 0xee : 0)
  let b1 = key[3] ^ 0x646f7261
  let c0 = key[0] ^ 0x6e657261
  let c1 = key[1] ^ 0x6c796765
  let d0 = key[2] ^ 0x79746573
  let d1 = key[3] ^ 0x74656462
  const last = n >> 1 /* of the pairs of words: what is left, and the length */
  const end = last + (wide ? 2 : 1)
  for (let i = 0; i <= end; i++) {
    let low = 0
    let high = 0
    if (i < last) {
      low = words[2 * i]
      high = words[2 * i + 1]
    } else if (i === last) {
      low = n % 2 === 1 ? words[n - 1] : 0
      high = n * 4 << 24
    } else if (i === last + 1) {
      c0 ^= wide ? 0xee : 0xff
    } else {
      out[0] = a0 ^ b0 ^ c0 ^ d0
      out[1] = a1 ^ b1 ^ c1 ^ d1
      b0 ^= 0xdd
    }
    d0 ^= low
    d1 ^= high
    for (let rounds = i > last ? 4 : 2; rounds > 0; rounds--) {
      let sum = a0 + b0 | 0
      a1 = a1 + b1 + ((sum >>> 0) < (b0 >>> 0) ? 1 : 0) | 0
      a0 = sum
      sum = (b0 << 13 | b1 >>> 19) ^ a0
      b1 = (b1 << 13 | b0 >>> 19) ^ a1
      b0 = sum
      sum = c0 + d0 | 0
      c1 = c1 + d1 + ((sum >>> 0) < (d0 >>> 0) ? 1 : 0) | 0
      c0 = sum
      sum = (d0 << 16 | d1 >>> 16) ^ c0
      d1 = (d1 << 16 | d0 >>> 16) ^ c1
      d0 = sum
      sum = a1 + d0 | 0 /* v0 is rotated by 32 here, so its halves change places */
      a1 = a0 + d1 + ((sum >>> 0) < (d0 >>> 0) ? 1 : 0) | 0
      a0 = sum
      sum = (d0 << 21 | d1 >>> 11) ^ a0
      d1 = (d1 << 21 | d0 >>> 11) ^ a1
      d0 = sum
      sum = c0 + b0 | 0
      c1 = c1 + b1 + ((sum >>> 0) < (b0 >>> 0) ? 1 : 0) | 0
      c0 = sum
      sum = (b0 << 17 | b1 >>> 15) ^ c0
      b1 = (b1 << 17 | b0 >>> 15) ^ c1
      b0 = sum
      sum = c0
      c0 = c1
      c1 = sum
    }
    a0 ^= low
    a1 ^= high
  }
  out[wide ? 2 : 0] = a0 ^ b0 ^ c0 ^ d0
  out[wide ? 3 : 1] = a1 ^ b1 ^ c1 ^ d1
}

module.exports = { Mac, sha256, sipHash }
