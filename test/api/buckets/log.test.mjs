// The log that keeps a page's buckets, on a medium in memory that ends or fills up anywhere.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import log from '../../../lib/buckets/log.cjs'

const { LogBuckets } = log

/* What a FileSystemSyncAccessHandle does, with at most `room` bytes. */
class Medium {
  bytes = new Uint8Array(0)
  room = Infinity
  flushed = 0

  getSize = () => this.bytes.length

  read (out, { at }) {
    const part = this.bytes.subarray(at, at + out.length)
    out.set(part)
    return part.length
  }

  write (bytes, { at }) {
    const taken = bytes.subarray(0, Math.max(0, this.room - at))
    if (at + taken.length > this.bytes.length) this.truncate(at + taken.length)
    this.bytes.set(taken, at)
    return taken.length
  }

  truncate (size) {
    const bytes = new Uint8Array(size)
    bytes.set(this.bytes.subarray(0, size))
    this.bytes = bytes
  }

  flush () {
    this.flushed++
  }

  close () {}

  copy (size = this.bytes.length) {
    const copy = new Medium()
    copy.bytes = this.bytes.slice(0, size)
    return copy
  }
}

const text = value => new TextEncoder().encode(value)
const textOf = (store, bucket, key) =>
  new TextDecoder().decode(store.read(bucket, key, 0, store.size(bucket, key)))
const contentOf = store => Object.fromEntries(store.names().map(bucket =>
  [bucket, Object.fromEntries(store.keys(bucket, '').sort()
    .map(key => [key, textOf(store, bucket, key)]))]))

/* Steps, and what is there after each. */
const steps = [
  [store => store.create('a'), { a: {} }],
  [store => store.put('a', 'k', 0, text('one')), { a: { k: 'one' } }],
  [store => store.put('a', 'k', 3, text(' two')), { a: { k: 'one two' } }],
  [store => store.put('a', 'k', 4, text('2')), { a: { k: 'one 2' } }],
  [store => store.put('a', 'k', 2, text('')), { a: { k: 'on' } }],
  [store => store.create('b'), { a: { k: 'on' }, b: {} }],
  [store => store.stage('id', 0, text('stag')), { a: { k: 'on' }, b: {} }],
  [store => store.stage('id', 4, text('ed')), { a: { k: 'on' }, b: {} }],
  [store => store.finish('id', 'b', 's'), { a: { k: 'on' }, b: { s: 'staged' } }],
  [store => store.remove('a', 'k'), { a: {}, b: { s: 'staged' } }],
  [store => store.stage('other', 0, text('x')), { a: {}, b: { s: 'staged' } }],
  [store => store.drop('other'), { a: {}, b: { s: 'staged' } }],
  [store => store.put('b', 's', 0, text('')), { a: {}, b: { s: '' } }]
]

describe('The log of buckets', () => {
  test('gives what was put, before and after it is opened again', () => {
    const media = [new Medium(), new Medium()]
    let store = new LogBuckets(...media)
    for (const [step, content] of steps) {
      step(store)
      assert.deepEqual(contentOf(store), content)
      if (!String(step).includes('stage')) store = new LogBuckets(...media)
      assert.deepEqual(contentOf(store), content)
    }
  })

  test('is as before a record that was cut off, wherever it was', () => {
    const media = [new Medium(), new Medium()]
    const store = new LogBuckets(...media)
    const ends = [[media[0].bytes.length, {}]]
    for (const [step, content] of steps) {
      step(store)
      ends.push([media[0].bytes.length, content])
    }
    for (let size = 0; size <= media[0].bytes.length; size++) {
      const [, content] = ends.findLast(([end]) => end <= size) ?? [0, {}]
      const cut = [media[0].copy(size), new Medium()]
      const opened = new LogBuckets(...cut)
      assert.deepEqual(contentOf(opened), content, `${size} bytes`)
      opened.create('after')
      opened.put('after', 'k', 0, text('v'))
      const expected = { ...content, after: { k: 'v' } }
      assert.deepEqual(contentOf(opened), expected)
      assert.deepEqual(contentOf(new LogBuckets(...cut)), expected)
    }
  })

  test('ends before bytes of a last record that never came', () => {
    const media = [new Medium(), new Medium()]
    const store = new LogBuckets(...media)
    store.create('a')
    store.put('a', 'k', 0, text('one'))
    const whole = media[0].bytes.length
    store.put('a', 'k', 0, text('another'))
    media[0].bytes.fill(0, media[0].bytes.length - 3)
    const opened = new LogBuckets(...media)
    assert.deepEqual(contentOf(opened), { a: { k: 'one' } })
    opened.put('a', 'l', 0, text('two'))
    assert.ok(media[0].bytes.length > whole)
    assert.deepEqual(contentOf(new LogBuckets(...media)), { a: { k: 'one', l: 'two' } })
  })

  test('refuses what has no room, and is as it was', () => {
    const media = [new Medium(), new Medium()]
    const store = new LogBuckets(...media)
    store.create('a')
    store.put('a', 'k', 0, text('one'))
    const size = media[0].bytes.length
    for (let room = size; room < size + 60; room += 7) {
      media[0].room = room
      assert.throws(() => store.put('a', 'k', 0, text('x'.repeat(100))), /no room/)
      assert.equal(media[0].bytes.length, size)
      assert.deepEqual(contentOf(store), { a: { k: 'one' } })
    }
    media[0].room = Infinity
    store.put('a', 'k', 0, text('two'))
    assert.deepEqual(contentOf(new LogBuckets(...media)), { a: { k: 'two' } })
    assert.throws(() => store.put('a', 'k', 9, text('x')), /has no 9 bytes/)
  })

  test('finishes nothing whose pieces are gone', () => {
    const media = [new Medium(), new Medium()]
    const store = new LogBuckets(...media)
    store.create('a')
    store.put('a', 'k', 0, text('before'))
    store.stage('id', 0, text('piece'))
    const opened = new LogBuckets(...media) /* the worker that had them has ended */
    assert.throws(() => opened.finish('id', 'a', 'k'), /pieces are gone/)
    assert.deepEqual(contentOf(opened), { a: { k: 'before' } })
    assert.deepEqual(contentOf(new LogBuckets(...media)), { a: { k: 'before' } })
  })

  test('flushes before it returns, but for pieces', () => {
    const media = [new Medium(), new Medium()]
    const store = new LogBuckets(...media)
    store.create('a')
    store.put('a', 'k', 0, text('one'))
    assert.ok(media[0].flushed > 0)
    const flushed = media[0].flushed
    store.stage('id', 0, text('x'))
    assert.equal(media[0].flushed, flushed, 'pieces wait')
    store.finish('id', 'a', 's')
    assert.ok(media[0].flushed > flushed)
  })

  const MB = 1048576

  test('begins a new generation when most of it is waste, and is whole at each moment', () => {
    const media = [new Medium(), new Medium()]
    const store = new LogBuckets(...media)
    const big = new Uint8Array(3 * MB).fill(1)
    store.create('a')
    store.put('a', 'keep', 0, text('kept'))
    store.put('a', 'keep', 4, text(' whole'))
    store.put('a', 'big', 0, big)
    store.stage('coming', 0, text('half'))
    store.put('a', 'big', 0, big)
    assert.ok(media[0].bytes.length > 6 * MB)
    const before = media[0].copy()
    store.put('a', 'big', 0, text('small'))
    assert.equal(media[0].bytes.length, 0)
    const ready = media[1].bytes.length
    assert.ok(ready < 1000)
    const content = { a: { big: 'small', keep: 'kept whole' } }
    assert.deepEqual(contentOf(store), content)
    store.stage('coming', 4, text(' and half'))
    store.finish('coming', 'a', 'came')
    const after = { a: { ...content.a, came: 'half and half' } }
    assert.deepEqual(contentOf(store), after)
    assert.deepEqual(contentOf(new LogBuckets(...media)), after)
    assert.deepEqual(contentOf(new LogBuckets(media[1].copy(), media[0].copy())), after)
    /* It ended while the next generation was being written: the old one holds. */
    for (let size = 0; size < ready; size += 5) {
      const cut = new LogBuckets(before.copy(), media[1].copy(size))
      assert.equal(textOf(cut, 'a', 'keep'), 'kept whole')
      assert.equal(cut.size('a', 'big'), 3 * MB)
    }
    /* It ended before the old one was emptied: the new one holds. */
    assert.deepEqual(contentOf(new LogBuckets(before.copy(), media[1].copy())), after)
  })

  test('stays as it is when there is no room for a new generation', () => {
    const media = [new Medium(), new Medium()]
    const store = new LogBuckets(...media)
    const big = new Uint8Array(5 * MB)
    media[1].room = 10
    store.create('a')
    store.put('a', 'keep', 0, text('kept'))
    store.put('a', 'big', 0, big)
    store.remove('a', 'big')
    assert.deepEqual(contentOf(store), { a: { keep: 'kept' } })
    assert.deepEqual(contentOf(new LogBuckets(...media)), { a: { keep: 'kept' } })
    media[1].room = Infinity
    store.remove('a', 'keep')
    assert.ok(media[1].bytes.length < 1000)
    assert.deepEqual(contentOf(new LogBuckets(...media)), { a: {} })
  })
})
