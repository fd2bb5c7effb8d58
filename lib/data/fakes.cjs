/*
 * fakes.cjs - values that stand in for others: the same one for the same value and secret, always.
 *
 *   text and numbers   keep their shape: digits become digits, letters letters of their case
 *   email, uuid, url   carry 60 bits or more of a keyed hash
 *   names, cities ...  are picked from lists, so two values may become one
 *
 * What keeps its shape is a permutation without fixed points of all values of that shape: a Feistel
 * network over the shape's size, keyed by SipHash, E, gives s(x) = D(E(x) + 1). So different values
 * stay different, and none stays as it was (s is one cycle; a shape of one value has nothing to
 * hide). Digits without a leading zero are permuted as numbers, so "123" and 123 stay equal.
 *
 * Source: Black and Rogaway, "Ciphers with Arbitrary Finite Domains" (Feistel, cycle walking).
 * Start at Fakes.text().
 */
'use strict'

const { Mac, sipHash } = require('./keyed.cjs')

const ROUNDS = 8
const LONG = 64 /* letters and digits; longer texts are drawn from the keyed hash */
const CACHED = 20000
const NETWORKS = 1000
const NUMBER_MAX = 2 ** 52 /* sizes whose halves' products and sums are exact as numbers */
const LOW = 0xffffffffn

const FIRST = (
  'Ada Alan Amir Ana Aya Ben Bo Carla Chen Dana David Diego Elif Emma Eva Femi Finn Grace Hana ' +
  'Hugo Ida Ines Ivan Jan Jin Jonas Juan Kai Kofi Lara Lea Leo Lina Luis Maja Mara Marco Mei ' +
  'Mila Mina Nadia Nia Nils Noa Nora Olga Omar Otto Paul Pia Priya Ravi Rosa Sami Sara Sofia ' +
  'Tara Theo Tomas Uma Vera Wei Yara Zoe'
).split(' ')
const SYLLABLES = (
  'ba be bi bo bra da de di do dra fa fe fin ga gen go gra ha hel ho ja jo ka ke kel ki ko la ' +
  'le li lo lu ma me mi mo mu na ne ni no nu pa pe pi po ra re ri ro sa se si so sta ta te ti ' +
  'to va ve vi wa wen yo za'
).split(' ')
const PLACES = ['Street', 'Road', 'Lane', 'Avenue', 'Square', 'Way', 'Park', 'Hill']
const FIRMS = ['Ltd', 'Inc', 'Group', 'Partners', 'Works', 'Labs', 'Union', 'Trade']
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789' /* 32, none like another */

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const URL_FORM = /^https?:\/\//i
const IP = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const DATE = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(.*))?$/
const DAY_MS = 86400000
const DAYS = 36525 /* 1970 to 2069 */

const encoder = new TextEncoder()
const scratch = new Uint8Array(1024)

class Fakes {
  #mac
  #cache = new Map()
  #networks = new Map()

  /** @param {Uint8Array} key the secret */
  constructor (key) {
    this.#mac = new Mac(key)
  }

  /** The keyed hash of a text or of bytes, 32 bytes. */
  hash (kind, value) {
    if (typeof value === 'string') {
      const text = `${kind}\0${value}`
      const { read, written } = encoder.encodeInto(text, scratch)
      const whole = read === text.length
      return this.#mac.of(whole ? scratch.subarray(0, written) : encoder.encode(text))
    }
    const start = encoder.encode(`${kind}\0`)
    const message = new Uint8Array(start.length + value.length)
    message.set(start)
    message.set(value, start.length)
    return this.#mac.of(message)
  }

  /** What kind of text it is, by its form. */
  kindOf (text) {
    if (EMAIL.test(text)) return 'email'
    if (UUID.test(text)) return 'uuid'
    if (URL_FORM.test(text)) return 'url'
    if (IP.test(text)) return 'ip'
    return dayOf(text) === undefined ? 'text' : 'date'
  }

  /** A text in place of a text. */
  text (text, kind = this.kindOf(text)) {
    if (text === '') return ''
    const key = `${kind}\0${text}`
    let fake = this.#cache.get(key)
    if (fake === undefined) {
      if (this.#cache.size >= CACHED) this.#cache.clear()
      fake = this.#unlike(text, kind)
      this.#cache.set(key, fake)
    }
    return fake
  }

  /* Another than the text itself: a list may have the very word. */
  #unlike (text, kind) {
    const make = KINDS[kind]
    for (let i = 0; ; i++) {
      const hashed = () => this.hash(i === 0 ? kind : `${kind} ${i}`, text)
      const fake = make(this, text, SHAPED.includes(kind) ? undefined : hashed())
      if (fake !== text || i > 8) return fake
    }
  }

  /** A number in place of a number, in the form that DynamoDB gives it. */
  number (text) {
    const [, sign, whole, , fraction] = /^(-?)(\d+)(\.(\d+))?$/.exec(text) ?? []
    if (whole === undefined) {
      return `${text.startsWith('-') ? '-' : ''}${digits(this.hash('number', text), 18)}`
    }
    if (fraction === undefined) return sign + this.#whole(whole, sign === '')
    /* Neither a zero before other digits nor one at the end: no two texts are one number. */
    const zero = whole === '0'
    const sizes = [...zero ? '' : whole].map((_, i) => i === 0 ? NINE : TEN)
    const rest = [...fraction].map((_, i) => i === fraction.length - 1 ? NINE : TEN)
    const moved = this.#permute('fraction', (zero ? '' : whole) + fraction, [...sizes, ...rest])
    return `${sign}${zero ? '0' : moved.slice(0, whole.length)}.${moved.slice(sizes.length)}`
  }

  bytes (bytes) {
    const out = new Uint8Array(bytes.length === 0 ? 0 : Math.max(bytes.length, 16))
    for (let at = 0, i = 0; at < out.length; at += 32, i++) {
      out.set(this.hash(`bytes ${i}`, bytes).subarray(0, out.length - at), at)
    }
    return out
  }

  /* Digits without a leading zero, or one digit. */
  #whole (whole, withZero = true) {
    const sizes = whole.length === 1
      ? [withZero ? TEN : NINE]
      : [...whole].map((_, i) => i === 0 ? NINE : TEN)
    return this.#permute('whole', whole, sizes)
  }

  /** A text of the same shape. */
  shape (text) {
    const zeros = text.length <= LONG ? /^(0*)(\d+)$/.exec(text) : null
    if (zeros !== null) return zeros[1] + this.#whole(zeros[2])
    if (/[^\x20-\x7e\s]/.test(text)) return letters(this, text, Math.max(16, text.length))
    const classes = new Array(text.length)
    let count = 0
    for (let i = 0; i < text.length; i++) {
      classes[i] = classOf(text.charCodeAt(i))
      if (classes[i] !== undefined) count++
    }
    if (count === 0) return letters(this, text, Math.max(16, text.length))
    return count > LONG ? this.#drawn(text, classes) : this.#permute('text', text, classes)
  }

  #drawn (text, classes) {
    const stream = letters(this, text, text.length)
    return [...text].map((c, i) => classes[i] === undefined
      ? c
      : String.fromCharCode(classes[i].first + ALPHABET.indexOf(stream[i]) % classes[i].count))
      .join('')
  }

  /* The characters that have a class, as one number of mixed base, permuted. The number has parts
   * that are numbers themselves: one, or the digits of a bigint. */
  #permute (kind, text, classes) {
    const codes = new Array(text.length)
    const names = new Array(text.length)
    const parts = [{ size: 1, x: 0, from: 0 }]
    for (let i = 0; i < text.length; i++) {
      codes[i] = text.charCodeAt(i)
      names[i] = NONE
      if (classes[i] === undefined) continue
      const { name, first, count } = classes[i]
      names[i] = name
      let part = parts[parts.length - 1]
      if (part.size * count > NUMBER_MAX) parts.push(part = { size: 1, x: 0, from: i })
      part.size *= count
      part.x = part.x * count + codes[i] - first
    }
    for (const { x, from, to } of this.#moved(`${kind} ${textOf(names)}`, parts)) {
      let y = x
      for (let i = Math.min(to, codes.length) - 1; i >= from; i--) {
        if (classes[i] === undefined) continue
        const { first, count } = classes[i]
        const digit = y % count
        codes[i] = first + digit
        y = (y - digit) / count
      }
    }
    return textOf(codes)
  }

  /* The parts, with the numbers they become, and where each ends. */
  #moved (tag, parts) {
    for (let i = 0; i < parts.length; i++) parts[i].to = parts[i + 1]?.from ?? Infinity
    const last = parts[parts.length - 1]
    if (parts.length === 1) return [{ ...last, x: this.cycle(tag, last.size, last.x) }]
    const sizes = parts.map(({ size }) => BigInt(size))
    const x = parts.reduce((all, part, i) => all * sizes[i] + BigInt(part.x), 0n)
    let y = this.cycle(tag, sizes.reduce((all, size) => all * size), x)
    for (let i = parts.length - 1; i >= 0; i--) {
      parts[i].x = Number(y % sizes[i])
      y /= sizes[i]
    }
    return parts
  }

  /** A permutation of 0 .. size - 1 without fixed points, numbers or bigints. */
  cycle (tag, size, x) {
    if (size <= 1) return x
    const network = this.#network(tag, size)
    const one = typeof size === 'bigint' ? 1n : 1
    return feistel(network, (feistel(network, x, false) + one) % size, true)
  }

  #network (tag, size) {
    let network = this.#networks.get(tag)
    if (network === undefined) {
      const keys = Array.from({ length: ROUNDS }, (_, i) => {
        const { buffer } = this.hash(`round ${i}`, tag)
        const view = new DataView(buffer)
        return Uint32Array.from([0, 4, 8, 12], at => view.getUint32(at))
      })
      const big = typeof size === 'bigint'
      const half = big ? rootAbove(size) : rootOfNumber(size)
      network = { keys, size, half, draw: big ? drawBig : drawNumber }
      if (this.#networks.size >= NETWORKS) this.#networks.clear()
      this.#networks.set(tag, network)
    }
    return network
  }
}

/* ---- the network ---- */

function feistel ({ keys, size, half, draw }, x, back) {
  do {
    let right = x % half
    let left = (x - right) / half
    for (let n = 0; n < ROUNDS; n++) {
      const i = back ? ROUNDS - 1 - n : n
      let move = draw(keys[i], i % 2 === 0 ? right : left, half)
      if (back) move = half - move
      if (i % 2 === 0) left = (left + move) % half
      else right = (right + move) % half
    }
    x = left * half + right
  } while (x >= size)
  return x
}

const words = new Uint32Array(64)
const drawn = new Uint32Array(4)

/* A number below half, which has 26 bits at most, from 64 keyed ones. */
function drawNumber (key, from, half) {
  words[0] = from
  sipHash(key, words, 1, drawn)
  const low = drawn[0]
  const high = drawn[1]
  const first = ((high % half) * 65536 + (low >>> 16)) % half
  return (first * 65536 + (low & 0xffff)) % half
}

/* The same below a bigint, from 32 keyed bits more than it has, or more. */
function drawBig (key, from, half) {
  let n = 1
  for (let rest = from; n === 1 || rest > 0n; rest >>= 32n) words[n++] = Number(rest & LOW)
  let number = 0n
  let limit = 1n
  for (words[0] = 0; limit < half << 32n; words[0]++, limit <<= 128n) {
    sipHash(key, words, n, drawn, true)
    for (const word of drawn) number = number << 32n | BigInt(word)
  }
  return number % half
}

/* ---- kinds of text: (fakes, text, hash) -> text ---- */

const pick = (list, hash, at) => list[wordAt(hash, at) % list.length]
const wordAt = (bytes, at) => bytes[at] * 256 + bytes[at + 1]
const capital = text => text[0].toUpperCase() + text.slice(1)

function surname (hash, at, syllables = 4) {
  const parts = Array.from({ length: syllables }, (_, i) => pick(SYLLABLES, hash, at + 2 * i))
  return capital(parts.join(''))
}

const code = (hash, at, length) =>
  Array.from({ length }, (_, i) => ALPHABET[hash[at + i] % ALPHABET.length]).join('')

function uuid (hash) {
  const hex = hexOf(hash)
  const variant = '89ab'[hash[31] % 4]
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20),
    hex.slice(20, 32)].join('-')
}

function date (fakes, text) {
  const day = dayOf(text)
  if (day === undefined) return fakes.shape(text)
  const moved = fakes.cycle('day', DAYS, day)
  const shown = new Date(moved * DAY_MS).toISOString().slice(0, 10)
  const [, , hours, minutes, seconds, rest] = DATE.exec(text)
  if (hours === undefined) return shown
  const second = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
  const time = new Date(fakes.cycle('second', 86400, second) * 1000)
  return `${shown}T${time.toISOString().slice(11, 19)}${rest}`
}

/* Days since 1970 of a date, or of a date and time, that exists; undefined for any other text. */
function dayOf (text) {
  const match = DATE.exec(text)
  if (match === null || Number(match[2] ?? 0) > 23 || Number(match[3] ?? 0) > 59 ||
    Number(match[4] ?? 0) > 59) return undefined
  const at = Date.parse(`${match[1]}T00:00:00Z`)
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== match[1]) return undefined
  const day = at / DAY_MS
  return day >= 0 && day < DAYS ? day : undefined
}

function ip (fakes, text) {
  if (!IP.test(text)) return fakes.shape(text)
  const address = text.split('.').reduce((all, part) => all * 256 + Number(part), 0)
  const moved = fakes.cycle('ip', 2 ** 32, address)
  return [24, 16, 8, 0].map(bits => (moved >>> bits) & 255).join('.')
}

/* Those that keep the text's shape and take no hash. */
const SHAPED = ['text', 'id', 'phone', 'ip', 'date']

const firstName = (_, text, hash) => pick(FIRST, hash, 0)
const lastName = (_, text, hash) => surname(hash, 2)

const KINDS = {
  text: (fakes, text) => fakes.shape(text),
  id: (fakes, text) => fakes.shape(text),
  phone: (fakes, text) => fakes.shape(text),
  email: (_, text, hash) =>
    `${pick(FIRST, hash, 0).toLowerCase()}.${code(hash, 2, 12)}@example.com`,
  uuid: (_, text, hash) => uuid(hash),
  url: (_, text, hash) => `https://example.com/${code(hash, 0, 14)}`,
  ip,
  date,
  firstName,
  lastName,
  name: (...all) => `${firstName(...all)} ${lastName(...all)}`,
  username: (_, text, hash) => `${pick(FIRST, hash, 0).toLowerCase()}_${code(hash, 2, 12)}`,
  city: (_, text, hash) => surname(hash, 0, 3),
  company: (_, text, hash) => `${surname(hash, 0, 3)} ${pick(FIRMS, hash, 10)}`,
  address: (_, text, hash) =>
    `${1 + wordAt(hash, 12) % 300} ${surname(hash, 0, 3)} ${pick(PLACES, hash, 10)}`
}

/* ---- numbers and characters ---- */

/* Characters from `first` on; the name is a character too. */
const characters = (name, first, count) =>
  ({ name: name.charCodeAt(0), first: first.charCodeAt(0), count })
const NONE = '.'.charCodeAt(0)
const TEN = characters('0', '0', 10)
const NINE = characters('1', '1', 9)
const LOWER = characters('a', 'a', 26)
const UPPER = characters('A', 'A', 26)

const CLASSES = [TEN, LOWER, UPPER]
const CLASS_OF = Array.from({ length: 128 }, (_, code) =>
  CLASSES.find(({ first, count }) => code >= first && code < first + count))
const classOf = code => CLASS_OF[code]

function textOf (codes) {
  let text = ''
  for (let at = 0; at < codes.length; at += 1024) {
    text += String.fromCharCode.apply(null, codes.slice(at, at + 1024))
  }
  return text
}

/* Letters and digits from the keyed hash of a text. */
function letters (fakes, text, length) {
  let out = ''
  for (let i = 0; out.length < length; i++) out += code(fakes.hash(`letters ${i}`, text), 0, 32)
  return out.slice(0, length)
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const hexOf = bytes => bytes.reduce((text, byte) => text + HEX[byte], '')
const numberOf = bytes => BigInt(`0x${hexOf(bytes)}`)

function digits (hash, length) {
  return String(1n + numberOf(hash) % 9n) +
    String(numberOf(hash) / 9n).padStart(length, '0').slice(-(length - 1))
}

/* The least number whose square is not below n. */
function rootOfNumber (n) {
  const root = Math.floor(Math.sqrt(n))
  return root * root < n ? root + 1 : root
}

function rootAbove (n) {
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / 2))
  for (let next = (root + n / root) / 2n; next < root; next = (root + n / root) / 2n) root = next
  return root * root < n ? root + 1n : root
}

module.exports = { Fakes, KINDS: Object.keys(KINDS), digits, hexOf }
