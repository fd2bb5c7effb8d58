#!/usr/bin/env node
/*
 * gen-reserved-words.mjs - core/expr/reserved.def to core/expr/reserved_words.c.
 *
 * The result is a perfect hash: one pass over the word and one comparison decide. FNV-1a of the
 * upper-cased word picks a bucket; the bucket's displacement, added to the upper bits of the hash,
 * picks the slot. Buckets are placed largest first, each with the first displacement that puts
 * all of its words on free slots; a start value for which that fails is left for the next.
 *
 *   node scripts/gen-reserved-words.mjs           writes the file
 *   node scripts/gen-reserved-words.mjs --check   fails when the file is not what it should be
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BUCKETS = 256
const SLOTS = 1024

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'core', 'expr')
const target = join(folder, 'reserved_words.c')

function readWords () {
  const text = readFileSync(join(folder, 'reserved.def'), 'utf8')
  const words = [...text.matchAll(/^W\((.*)\)$/gm)].map(match => match[1])
  words.forEach((word, i) => {
    if (!/^[A-Z][A-Z0-9_]*$/.test(word)) throw new Error(`not an upper-case word: ${word}`)
    if (i > 0 && words[i - 1] >= word) throw new Error(`not sorted: ${words[i - 1]}, ${word}`)
  })
  return words
}

function hash (word, start) {
  let h = start
  for (const c of Buffer.from(word)) h = Math.imul(h ^ c, 16777619) >>> 0
  return h
}

const bucketOf = h => h % BUCKETS
const slotOf = (h, displacement) => ((h >>> 8) + displacement) % SLOTS

function place (words, start) {
  const buckets = Array.from({ length: BUCKETS }, (_, number) => ({ number, words: [] }))
  for (const word of words) buckets[bucketOf(hash(word, start))].words.push(word)
  const slots = new Array(SLOTS).fill(null)
  const displacements = new Array(BUCKETS).fill(0)
  for (const bucket of buckets.toSorted((a, b) => b.words.length - a.words.length)) {
    const fits = displacement => {
      const wanted = bucket.words.map(word => slotOf(hash(word, start), displacement))
      return new Set(wanted).size === wanted.length && wanted.every(slot => slots[slot] === null)
    }
    let displacement = 0
    while (displacement < SLOTS && !fits(displacement)) displacement++
    if (displacement === SLOTS) return null
    displacements[bucket.number] = displacement
    for (const word of bucket.words) slots[slotOf(hash(word, start), displacement)] = word
  }
  return { start, slots, displacements }
}

function table (numbers) {
  const lines = []
  let line = '   '
  for (const number of numbers) {
    if (line.length + String(number).length + 2 > 100) {
      lines.push(line)
      line = '   '
    }
    line += ` ${number},`
  }
  return [...lines, line].join('\n')
}

function generate (words) {
  let found = null
  for (let start = 2166136261; found === null; start++) found = place(words, start >>> 0)
  const offsets = new Map()
  let length = 0
  for (const word of words) {
    offsets.set(word, length)
    length += word.length
  }
  const lengths = words.map(word => word.length)
  const text = []
  for (let i = 0; i < words.length;) {
    let line = ''
    while (i < words.length && line.length + words[i].length <= 90) line += words[i++]
    text.push(`    "${line}"`)
  }
  return `/*
 * reserved_words.c - is a word reserved? Written by scripts/gen-reserved-words.mjs from
 * reserved.def; do not edit.
 *
 * A perfect hash: the word's hash picks a bucket, the bucket's displacement a slot, and the slot
 * names the only word it can be.
 */
#include "expr/reserved.h"

#define WORD_BYTES_MIN ${Math.min(...lengths)}
#define WORD_BYTES_MAX ${Math.max(...lengths)}
#define HASH_START ${found.start}u

static const char words[] =
${text.join('\n')};

static const uint16_t displacements[${BUCKETS}] = {
${table(found.displacements)}
};

/* Where a slot's word stands in \`words\`, and its length; 0: an empty slot. */
static const uint16_t offsets[${SLOTS}] = {
${table(found.slots.map(word => word === null ? 0 : offsets.get(word)))}
};

static const uint8_t lengths[${SLOTS}] = {
${table(found.slots.map(word => word === null ? 0 : word.length))}
};

bool reserved_word(str s)
{
    char upper[WORD_BYTES_MAX];
    uint32_t h = HASH_START;
    uint32_t slot;

    if (s.n < WORD_BYTES_MIN || s.n > WORD_BYTES_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        h = (h ^ (uint8_t)upper[i]) * 16777619u;
    }
    slot = ((h >> 8) + displacements[h % ${BUCKETS}]) % ${SLOTS};
    return lengths[slot] == s.n && memcmp(words + offsets[slot], upper, s.n) == 0;
}
`
}

try {
  const text = generate(readWords())
  if (process.argv.includes('--check')) {
    if (readFileSync(target, 'utf8') !== text) {
      throw new Error('core/expr/reserved_words.c is not what reserved.def says: run the script')
    }
  } else {
    writeFileSync(target, text)
  }
} catch (error) {
  console.error(`gen-reserved-words: ${error.message}`)
  process.exitCode = 1
}
