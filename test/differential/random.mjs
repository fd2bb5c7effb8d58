/*
 * random.mjs - a small seeded generator (mulberry32) with the choices that random requests need.
 * The same seed gives the same requests on every machine.
 */
export class Random {
  #state

  constructor (seed) {
    this.#state = seed >>> 0
  }

  /** A fraction in [0, 1). */
  next () {
    this.#state = (this.#state + 0x6D2B79F5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** 0 .. n-1 */
  int (n) {
    return Math.floor(this.next() * n)
  }

  pick (list) {
    return list[this.int(list.length)]
  }

  chance (p) {
    return this.next() < p
  }

  /** low .. high things made by `make(i)` */
  some (low, high, make) {
    return Array.from({ length: low + this.int(high - low + 1) }, (_, i) => make(i))
  }
}
