/*
 * serverless.cjs - the tables of a Serverless Framework service: serverless.yml.
 *
 *   resources: { Resources } or a list of them -> one template, whose texts may hold variables
 *
 *   ${self:custom.name} ${opt:stage, 'dev'} ${env:X} ${sls:stage} ${param:x} ${aws:region}
 *   ${file(./x.yml):a.b}, one inside of another, with values to fall back on
 *
 * A variable is worked out where a table needs it. ${AWS::Region} and the like are left to Fn::Sub.
 * What only a service in the cloud knows (${ssm:...}, ${cf:...}) is what `variables` gives for it,
 * or the next value of its list; if there is none, a SchemaError names the variable.
 * Source: Serverless Framework's documentation, "Variables".
 * Start at serverlessPlans(), then Variables.
 */
'use strict'

const { SchemaError } = require('./errors.cjs')
const { stackPlans } = require('./cloudformation.cjs')
const { isObject } = require('./tables.cjs')

const DEPTH_MAX = 50 /* of variables in variables: one that refers to itself */
const SECTIONS = ['Parameters', 'Mappings', 'Conditions', 'Resources', 'Outputs']
const MISSING = Symbol('missing')

/* What begins a variable of the framework, and not one of Fn::Sub. */
const BEGIN = /\$\{\s*(?:[a-z][A-Za-z]*(?:\([^)]*\)|[.\w-])*\s*:(?!:)|file\(|strToBool\(|\$\{)/y
const LITERAL = /^(?:true|false|null|-?\d+(?:\.\d+)?)$/

/** Is it a service's configuration? */
const isServerless = value => isObject(value) && value.service !== undefined &&
  isObject(value.provider)

function serverlessPlans (documents, settings) {
  return documents.flatMap(({ value: config, file, folder }) => {
    const variables = new Variables(config, { ...settings, file, folder })
    const value = templateOf(config, variables, file)
    const expand = (text, where) => variables.expand(text, where)
    return stackPlans([{ value, file, stackName: settings.stackName }], { ...settings, expand })
  })
}

/* The parts of `resources` as one template. */
function templateOf (config, variables, file) {
  const resources = variables.whole(config.resources, { property: 'resources' })
  if (resources === undefined || resources === null) {
    throw new SchemaError('There are no resources', { file })
  }
  const template = { AWSTemplateFormatVersion: '2010-09-09', Resources: {} }
  for (const given of [resources].flat()) {
    const part = variables.whole(given, { property: 'resources' })
    for (const section of SECTIONS) {
      const property = `resources.${section}`
      const members = variables.whole(part?.[section], { property })
      for (const [name, member] of Object.entries(members ?? {})) {
        template[section] ??= {}
        template[section][name] = section === 'Resources'
          ? variables.whole(member, { resource: name, property })
          : member
      }
    }
  }
  return template
}

/* ---- variables ---- */

class Variables {
  #config
  #settings
  #depth = 0
  #files = new Map()

  constructor (config, settings) {
    this.#config = config
    this.#settings = settings
  }

  /** A value, or what the variable that stands in its place stands for. */
  whole (value, where) {
    return typeof value === 'string' ? this.expand(value, where) : value
  }

  /** A text with its variables' values; a text that is one variable is that value. */
  expand (text, where) {
    const { value, missing } = this.#expand(text, where)
    if (missing === undefined) return value
    throw new SchemaError(`${missing} is not known here: give it in \`variables\`, or a default`,
      { file: this.#settings.file, ...where })
  }

  #expand (text, where) {
    const parts = partsOf(text)
    if (parts.length === 1 && typeof parts[0] === 'string') return { value: text }
    if (++this.#depth > DEPTH_MAX) {
      throw new SchemaError(`${text} refers to itself`, { file: this.#settings.file, ...where })
    }
    try {
      return this.#fill(parts, where)
    } finally {
      this.#depth--
    }
  }

  #fill (parts, where) {
    let text = ''
    for (const part of parts) {
      if (typeof part === 'string') {
        text += part
        continue
      }
      const value = this.#list(part.content, where)
      if (value === MISSING) return { missing: `\${${part.content}}` }
      if (parts.length === 1) return { value }
      if (isObject(value) || Array.isArray(value)) {
        throw new SchemaError(`\${${part.content}} is no text, and stands in one`,
          { file: this.#settings.file, ...where })
      }
      text += value
    }
    return { value: text }
  }

  /* The first of a list of sources that has a value. */
  #list (content, where) {
    for (const source of splitTop(content)) {
      const value = this.#source(source.trim(), where)
      if (value !== MISSING && value !== undefined && value !== null) return value
    }
    return MISSING
  }

  #source (source, where) {
    const quoted = /^(['"])([^]*)\1$/.exec(source)
    const { value, missing } = this.#expand(quoted === null ? source : quoted[2], where)
    if (missing !== undefined) return MISSING
    if (quoted !== null || partsOf(source)[0].content !== undefined) return value
    return LITERAL.test(value) ? JSON.parse(value) : this.#address(value, where)
  }

  #address (text, where) {
    const { variables = {} } = this.#settings
    if (Object.hasOwn(variables, text)) return variables[text]
    const match = /^([A-Za-z]+)(?:\(([^)]*)\))?(?::([^]*))?$/.exec(text)
    if (match === null) return MISSING
    const [, name, argument, rest = ''] = match
    const found = this.#look(name, argument, rest.trim(), where)
    if (typeof found !== 'string') return found
    const { value, missing } = this.#expand(found, where)
    return missing === undefined ? value : MISSING
  }

  #look (name, argument, key, where) {
    const { region, accountId, env, opt = {} } = this.#settings
    switch (name) {
      case 'self': return this.#walk(this.#config, key, where)
      case 'opt': return own(opt, key, key === 'stage' ? this.#settings.stage : undefined)
      case 'env': return own(env ?? (typeof process === 'undefined' ? {} : process.env), key)
      case 'sls': return key === 'stage' ? this.#stage(where) : MISSING
      case 'param': return this.#parameter(key, where)
      case 'aws': return own({ region, accountId }, key)
      case 'file': return this.#walk(this.#file(argument, where), key, where)
      case 'strToBool': return /^(true|1)$/i.test(String(this.#source(argument, where)).trim())
      default: return MISSING
    }
  }

  #walk (value, path, where) {
    for (const name of path === '' ? [] : path.split('.')) {
      value = this.whole(value, where)
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return MISSING
      value = value[name]
    }
    return value
  }

  #stage (where) {
    const { stage, opt = {} } = this.#settings
    return stage ?? opt.stage ?? this.whole(this.#config.provider.stage, where) ?? 'dev'
  }

  #parameter (name, where) {
    const stage = this.#stage(where)
    const { params = {}, stages = {} } = this.#config
    for (const given of [this.#settings.params, params[stage], stages[stage]?.params,
      params.default, stages.default?.params]) {
      if (isObject(given) && Object.hasOwn(given, name)) return given[name]
    }
    return MISSING
  }

  #file (name, where) {
    const { file, folder, readBeside } = this.#settings
    const at = { file, ...where }
    if (/\.[cm]?[jt]s$/.test(name)) {
      throw new SchemaError(`${name} is a program: give its values in \`variables\``, at)
    }
    if (!this.#files.has(name)) this.#files.set(name, readBeside(folder, name.trim(), at).value)
    return this.#files.get(name)
  }
}

function own (object, name, otherwise) {
  return Object.hasOwn(object, name) ? object[name] : otherwise ?? MISSING
}

/* A text as its parts: texts, and { content } for each ${content}. */
function partsOf (text) {
  const parts = []
  let from = 0
  for (let i = text.indexOf('${'); i >= 0; i = text.indexOf('${', i)) {
    BEGIN.lastIndex = i
    const end = BEGIN.test(text) ? endOf(text, i + 2) : -1
    if (end < 0) {
      i += 2
      continue
    }
    if (i > from) parts.push(text.slice(from, i))
    parts.push({ content: text.slice(i + 2, end) })
    from = i = end + 1
  }
  if (from < text.length || parts.length === 0) parts.push(text.slice(from))
  return parts
}

/* Where the brace that was opened before i is closed, or -1. */
function endOf (text, i) {
  for (let depth = 1; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return i
  }
  return -1
}

/* The parts between commas that stand in no quotes, braces or parentheses. */
function splitTop (text) {
  const parts = []
  let from = 0
  let depth = 0
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quote !== '') {
      if (c === quote) quote = ''
    } else if (c === "'" || c === '"') {
      quote = c
    } else if (c === '{' || c === '(') {
      depth++
    } else if (c === '}' || c === ')') {
      depth--
    } else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}

module.exports = { isServerless, serverlessPlans }
