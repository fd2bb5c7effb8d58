/*
 * options.cjs - checks what subscribe() is given: an event source mapping's parameters, by Lambda's
 * names and limits (Lambda API Reference, CreateEventSourceMapping; Developer Guide, "Lambda
 * parameters for Amazon DynamoDB event source mappings"), and a few of ours.
 *
 * Names may be written as in templates as well (BatchSize). A wrong option is a TypeError that
 * names it; so is one that there is not.
 */
'use strict'

const { compilePattern } = require('./pattern.cjs')

const FILTERS_MAX = 10 /* Lambda Developer Guide, "Filter criteria": five, on request ten */
const VIEWS = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']

const isFunction = value => typeof value === 'function'
const whole = (min, max) => [
  value => Number.isInteger(value) && value >= min && value <= max,
  `a whole number from ${min} to ${max}`
]
const oneOf = (...values) => [value => values.includes(value), values.join(' or ')]
const isRecord = value => value !== null && typeof value === 'object' && !Array.isArray(value)

/* name: [test, what it must be] */
const RULES = {
  startingPosition: oneOf('TRIM_HORIZON', 'LATEST'),
  batchSize: whole(1, 10000),
  maximumBatchingWindowInSeconds: whole(0, 300),
  filterCriteria: [isRecord, '{ filters: [{ pattern }] }'],
  maximumRetryAttempts: whole(-1, 10000),
  maximumRecordAgeInSeconds: [
    value => value === -1 || (Number.isInteger(value) && value >= 60 && value <= 604800),
    '-1 or a whole number from 60 to 604800'
  ],
  bisectBatchOnFunctionError: [value => typeof value === 'boolean', 'true or false'],
  functionResponseTypes: [
    value => Array.isArray(value) && value.length <= 1 &&
      value.every(one => one === 'ReportBatchItemFailures'),
    "['ReportBatchItemFailures']"
  ],
  parallelizationFactor: whole(1, 10),
  tumblingWindowInSeconds: whole(0, 900),
  destinationConfig: [isRecord, '{ onFailure: a function or an array }'],
  enable: oneOf(...VIEWS),
  functionName: [value => typeof value === 'string' && /^[\w-]{1,64}$/.test(value),
    'a name of letters, digits, - and _'],
  onError: [isFunction, 'a function']
}

const DEFAULTS = {
  startingPosition: 'LATEST',
  batchSize: 100,
  maximumBatchingWindowInSeconds: 0,
  filterCriteria: undefined,
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: -1,
  bisectBatchOnFunctionError: false,
  functionResponseTypes: [],
  parallelizationFactor: 1,
  tumblingWindowInSeconds: 0,
  destinationConfig: undefined,
  enable: undefined,
  functionName: undefined,
  onError: undefined
}

const show = value => {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

/* With a small first letter: BatchSize is batchSize. */
const named = object => Object.fromEntries(Object.entries(object)
  .map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]))

function refuse (name, what, value) {
  throw new TypeError(`subscribe: ${name} must be ${what}, not ${show(value)}`)
}

/**
 * A complete copy, where filterCriteria has become `passes(record)` and destinationConfig
 * `discarded(failure)`; each undefined when there is none. Throws a TypeError.
 */
function checkSubscription (handler, given = {}) {
  if (!isFunction(handler)) refuse('the handler', 'a function', handler)
  if (!isRecord(given)) refuse('the options', 'an object', given)
  const options = { ...DEFAULTS }
  for (const [name, value] of Object.entries(named(given))) {
    if (!Object.hasOwn(RULES, name)) {
      const names = Object.keys(RULES).join(', ')
      throw new TypeError(`subscribe: there is no option ${show(name)}; there are ${names}`)
    }
    if (value === undefined) continue
    const [test, what] = RULES[name]
    if (!test(value)) refuse(name, what, value)
    options[name] = value
  }
  if (options.tumblingWindowInSeconds > 0 && options.parallelizationFactor > 1) {
    throw new TypeError('subscribe: a tumbling window has one state a shard: ' +
      'it is not supported with a parallelizationFactor above 1')
  }
  options.functionName ??= /^[\w-]{1,64}$/.test(handler.name) ? handler.name : 'handler'
  options.reportsItems = options.functionResponseTypes.length > 0
  options.passes = filterOf(options.filterCriteria)
  options.discarded = destinationOf(options.destinationConfig)
  return options
}

function filterOf (criteria) {
  if (criteria === undefined) return undefined
  const { filters, ...others } = named(criteria)
  const usable = Array.isArray(filters) && filters.length <= FILTERS_MAX && filters.every(isRecord)
  if (!usable || Object.keys(others).length > 0) {
    refuse('filterCriteria', `{ filters: [{ pattern }] }, at most ${FILTERS_MAX}`, criteria)
  }
  const tests = filters.map(filter => compilePattern(named(filter).pattern))
  if (tests.length === 0) return undefined
  return record => tests.some(test => test(record))
}

function destinationOf (config) {
  if (config === undefined) return undefined
  const { onFailure, ...others } = named(config)
  const usable = onFailure === undefined || isFunction(onFailure) || Array.isArray(onFailure)
  if (!usable || Object.keys(others).length > 0) {
    refuse('destinationConfig', RULES.destinationConfig[1], config)
  }
  return Array.isArray(onFailure) ? failure => { onFailure.push(failure) } : onFailure
}

module.exports = { checkSubscription }
