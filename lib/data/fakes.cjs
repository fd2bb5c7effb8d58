/*
 * fakes.cjs - values that stand in for others: the same one for the same value and secret, always.
 *
 *   text and numbers   keep their shape: digits become digits, letters letters of their case
 *   email, uuid, url   carry 60 bits or more of a keyed hash
 *   names, cities ...  are picked from lists, so two values may become one
 *
 * What keeps its shape is a permutation without fixed points of all values of that shape: a Feistel
 * network over the shape's size, keyed by HMAC, E, gives s(x) = D(E(x) + 1). So different values
 * stay different, and none stays as it was (s is one cycle; a shape of one value has nothing to
 * hide). Digits without a leading zero are permuted as numbers, so "123" and 123 stay equal.
 *
 * Source: Black and Rogaway, "Ciphers with Arbitrary Finite Domains" (Feistel, cycle walking).
 * Start at Fakes.text().
 */
'use strict'

const { builtin } = require('../schema/source.cjs')

const ROUNDS = 8
const LONG = 64 /* letters and digits; longer texts are drawn from the keyed hash */
const CACHED = 20000

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

class Fakes {
  #key
  #cache = new Map()

  /** @param {Buffer} key the secret */
  constructor (key) {
    this.#key = key
  }

  /** The keyed hash of a value, 32 bytes. */
  hash (kind, value) {
    return builtin('node:crypto').createHmac('sha256', this.#key).update(`${kind}\0`).update(value)
      .digest()
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
      const fake = make(this, text, this.hash(i === 0 ? kind : `${kind} ${i}`, text))
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
    const out = Buffer.alloc(bytes.length === 0 ? 0 : Math.max(bytes.length, 16))
    for (let at = 0, i = 0; at < out.length; at += 32, i++) {
      this.hash(`bytes ${i}`, bytes).copy(out, at)
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
    const zeros = /^(0*)(\d+)$/.exec(text)
    if (zeros !== null && text.length <= LONG) return zeros[1] + this.#whole(zeros[2])
    const classes = [...text].map(classOf)
    const count = classes.filter(one => one !== undefined).length
    if (count === 0 || /[^\x20-\x7e\s]/.test(text)) {
      return letters(this, text, Math.max(16, text.length))
    }
    return count > LONG ? this.#drawn(text, classes) : this.#permute('text', text, classes)
  }

  #drawn (text, classes) {
    const stream = letters(this, text, text.length)
    return [...text].map((c, i) => classes[i] === undefined
      ? c
      : classes[i].chars[ALPHABET.indexOf(stream[i]) % classes[i].chars.length]).join('')
  }

  /* The characters that have a class, as one number of mixed base, permuted. */
  #permute (kind, text, classes) {
    const chars = [...text]
    let size = 1n
    let x = 0n
    for (let i = 0; i < chars.length; i++) {
      if (classes[i] === undefined) continue
      const { chars: all, base } = classes[i]
      size *= base
      x = x * base + BigInt(all.indexOf(chars[i]))
    }
    const tag = `${kind} ${classes.map(one => one?.name ?? '.').join('')}`
    let y = this.cycle(tag, size, x)
    for (let i = chars.length - 1; i >= 0; i--) {
      if (classes[i] === undefined) continue
      const { chars: all, base } = classes[i]
      chars[i] = all[Number(y % base)]
      y /= base
    }
    return chars.join('')
  }

  /** A permutation of 0 .. size - 1 without fixed points. */
  cycle (tag, size, x) {
    if (size === 1n) return x
    return this.#feistel(tag, size, (this.#feistel(tag, size, x, false) + 1n) % size, true)
  }

  #feistel (tag, size, x, back) {
    const half = rootAbove(size)
    do {
      let [left, right] = [x / half, x % half]
      for (let n = 0; n < ROUNDS; n++) {
        const i = back ? ROUNDS - 1 - n : n
        const from = i % 2 === 0 ? right : left
        let move = numberOf(this.hash(`${tag} ${size} ${i}`, String(from))) % half
        if (back) move = half - move
        if (i % 2 === 0) left = (left + move) % half
        else right = (right + move) % half
      }
      x = left * half + right
    } while (x >= size)
    return x
  }
}

/* ---- kinds of text: (fakes, text, hash) -> text ---- */

const pick = (list, hash, at) => list[hash.readUInt16BE(at) % list.length]
const capital = text => text[0].toUpperCase() + text.slice(1)

function surname (hash, at, syllables = 4) {
  const parts = Array.from({ length: syllables }, (_, i) => pick(SYLLABLES, hash, at + 2 * i))
  return capital(parts.join(''))
}

const code = (hash, at, length) =>
  Array.from({ length }, (_, i) => ALPHABET[hash[at + i] % ALPHABET.length]).join('')

function uuid (hash) {
  const hex = hash.toString('hex')
  const variant = '89ab'[hash[31] % 4]
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20),
    hex.slice(20, 32)].join('-')
}

function date (fakes, text) {
  const day = dayOf(text)
  if (day === undefined) return fakes.shape(text)
  const moved = Number(fakes.cycle('day', BigInt(DAYS), BigInt(day)))
  const shown = new Date(moved * DAY_MS).toISOString().slice(0, 10)
  const [, , hours, minutes, seconds, rest] = DATE.exec(text)
  if (hours === undefined) return shown
  const second = BigInt((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds))
  const time = new Date(Number(fakes.cycle('second', 86400n, second)) * 1000)
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
  const address = text.split('.').reduce((all, part) => all * 256n + BigInt(part), 0n)
  const moved = fakes.cycle('ip', 1n << 32n, address)
  return [24n, 16n, 8n, 0n].map(bits => (moved >> bits) & 255n).join('.')
}

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
    `${1 + hash.readUInt16BE(12) % 300} ${surname(hash, 0, 3)} ${pick(PLACES, hash, 10)}`
}

/* ---- numbers and characters ---- */

const characters = (name, chars) => ({ name, chars, base: BigInt(chars.length) })
const TEN = characters('0', '0123456789')
const NINE = characters('1', '123456789')
const LOWER = characters('a', 'abcdefghijklmnopqrstuvwxyz')
const UPPER = characters('A', LOWER.chars.toUpperCase())

const classOf = c => [TEN, LOWER, UPPER].find(({ chars }) => chars.includes(c))

/* Letters and digits from the keyed hash of a text. */
function letters (fakes, text, length) {
  let out = ''
  for (let i = 0; out.length < length; i++) out += code(fakes.hash(`letters ${i}`, text), 0, 32)
  return out.slice(0, length)
}

const numberOf = bytes => BigInt(`0x${bytes.toString('hex')}`)

function digits (hash, length) {
  return String(1n + numberOf(hash) % 9n) +
    String(numberOf(hash) / 9n).padStart(length, '0').slice(-(length - 1))
}

const roots = new Map()

/* The least number whose square is not below n. */
function rootAbove (n) {
  let root = roots.get(n)
  if (root === undefined) {
    root = 1n << BigInt(Math.ceil(n.toString(2).length / 2))
    for (let next = (root + n / root) / 2n; next < root; next = (root + n / root) / 2n) root = next
    while (root * root < n) root++
    if (roots.size > 1000) roots.clear()
    roots.set(n, root)
  }
  return root
}

module.exports = { Fakes, KINDS: Object.keys(KINDS), digits }
