/*
 * options.cjs - checks what `new EngineClient(options)` is given.
 *
 * A wrong option is a TypeError that names the option, what it must be and what it was; an unknown
 * one too, since a misspelt `path` would mean data that is gone at exit.
 */
'use strict'

const builtin = require('../builtin.cjs')
const { inspect } = builtin('node:util', () => require('node:util'))

const { isClockOption } = require('./clock.cjs')

const DURABILITY = { normal: 0, full: 1, relaxed: 2 }
const MS_MAX = 2147483647
const COLLECTION_BYTES_MAX = 10737418240 /* the service's */

const text = value => typeof value === 'string' && value !== '' && !value.includes('\0')

const milliseconds = [
  value => Number.isInteger(value) && value >= 0 && value <= MS_MAX,
  'milliseconds, a whole number from 0'
]

const matches = form => value => typeof value === 'string' && form.test(value)

/* name: [test, what it must be] */
const RULES = {
  path: [text, 'a file path (leave it out for a database in memory)'],
  durability: [value => Object.hasOwn(DURABILITY, value), "'normal', 'full' or 'relaxed'"],
  region: [matches(/^[a-z0-9-]{1,64}$/), "an AWS Region's name such as 'us-east-1'"],
  accountId: [matches(/^[0-9]{12}$/), 'a string of twelve digits'],
  busyTimeout: milliseconds,
  tableDelay: milliseconds,
  clock: [isClockOption, "'real', 'frozen' or { now: time or function }"],
  throughput: [value => value === 'unlimited' || value === 'enforced', "'unlimited' or 'enforced'"],
  itemCollectionBytes: [
    value => Number.isInteger(value) && value >= 1 && value <= COLLECTION_BYTES_MAX,
    'bytes, a whole number from 1 to 10737418240'
  ],
  metrics: [value => typeof value === 'boolean', 'true or false'],
  s3: [text, 'a folder whose sub-folders are buckets, for exports and imports']
}

const DEFAULTS = {
  path: undefined,
  durability: 'normal',
  region: 'us-east-1',
  accountId: '000000000000',
  busyTimeout: 5000,
  tableDelay: 0,
  clock: 'real',
  throughput: 'unlimited',
  itemCollectionBytes: undefined,
  metrics: false,
  s3: undefined
}

/** A function that gives a complete copy of the options it is given, or throws a TypeError. */
const checker = (rules, defaults) => function (given = {}) {
  if (given === null || typeof given !== 'object') {
    throw new TypeError(`EngineClient: options must be an object, not ${inspect(given)}`)
  }
  const options = { ...defaults }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, name)) {
      const names = Object.keys(rules).join(', ')
      throw new TypeError(`EngineClient: there is no option ${inspect(name)}; there are ${names}`)
    }
    if (value === undefined) continue
    const [test, what] = rules[name]
    if (!test(value)) {
      throw new TypeError(`EngineClient: ${name} must be ${what}, not ${inspect(value)}`)
    }
    options[name] = value
  }
  return options
}

const check = checker(RULES, DEFAULTS)

/** A complete copy of the options. Throws a TypeError. */
function checkOptions (given) {
  const options = check(given)
  if (options.path === ':memory:') options.path = undefined
  return options
}

module.exports = { checkOptions, checker, text, RULES, DEFAULTS, DURABILITY }
