/*
 * template.cjs - what a CloudFormation template's values come to: parameters, pseudo parameters,
 * mappings, conditions and the intrinsic functions.
 *
 * Values are worked out only where they are asked for, so that a template may hold whatever it
 * likes about resources that are not tables. What cannot be known here - an import without
 * `imports`, a dynamic reference, an attribute that the service makes up - is a SchemaError with
 * the place of the value.
 * Source: AWS CloudFormation User Guide, "Intrinsic function reference".
 * Start at value().
 */
'use strict'

const { SchemaError } = require('./errors.cjs')
const { isObject } = require('./tables.cjs')

const NO_VALUE = Symbol('AWS::NoValue')
const DEPTH_MAX = 100 /* of values in values: a document that refers to itself */

/* The services whose resources' Arn is told by Region, account and name. */
const ARNS = {
  'AWS::DynamoDB::Table': name => `dynamodb:@:table/${name}`,
  'AWS::DynamoDB::GlobalTable': name => `dynamodb:@:table/${name}`,
  'AWS::Serverless::SimpleTable': name => `dynamodb:@:table/${name}`,
  'AWS::KMS::Key': name => `kms:@:key/${name}`,
  'AWS::KMS::ReplicaKey': name => `kms:@:key/${name}`,
  'AWS::Kinesis::Stream': name => `kinesis:@:stream/${name}`,
  'AWS::Lambda::Function': name => `lambda:@:function:${name}`,
  'AWS::Serverless::Function': name => `lambda:@:function:${name}`,
  'AWS::SNS::Topic': name => `sns:@:${name}`,
  'AWS::SQS::Queue': name => `sqs:@:${name}`,
  'AWS::S3::Bucket': name => `s3:::${name}`,
  'AWS::IAM::Role': name => `iam::#:role/${name}`,
  'AWS::IAM::User': name => `iam::#:user/${name}`
}
/* Where a resource's name stands, when it is given. */
const NAMES = {
  'AWS::Kinesis::Stream': 'Name',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Serverless::Function': 'FunctionName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName'
}
const TABLE_TYPES =
  ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable', 'AWS::Serverless::SimpleTable']

const STACK_TYPES = ['AWS::CloudFormation::Stack', 'AWS::Serverless::Application']

class Template {
  #document
  #settings
  #depth = 0
  #conditions = new Map()
  #nested = new Map()

  /**
   * @param {object} document the template
   * @param {object} settings file, folder, region, accountId, stackName, parameters, tableNames;
   *   imported(name): the value of an export, or undefined; expand(text, where): what a text with
   *   variables of another tool stands for; nesting: what a nested stack is given by its parent
   */
  constructor (document, settings) {
    this.#document = document
    this.#settings = settings
  }

  get file () {
    return this.#settings.file
  }

  /** The resources by logical id; each resource's properties are not worked out. */
  resources () {
    const resources = this.#document.Resources
    if (!isObject(resources)) throw this.error('There are no Resources', {})
    return resources
  }

  error (reason, { resource, property }) {
    return new SchemaError(reason, { file: this.#settings.file, resource, property })
  }

  /** Is the resource made at all? */
  includes (logicalId, resource) {
    const { Condition: name } = resource
    return name === undefined ||
      this.#condition(name, { resource: logicalId, property: 'Condition' })
  }

  /** The name of a table, whether it has one of its own or not. */
  tableName (logicalId, resource) {
    const { tableNames = {} } = this.#settings
    const path = resource.Metadata?.['aws:cdk:path']?.replace(/\/Resource$/, '')
    for (const key of [logicalId, path]) {
      if (key !== undefined && Object.hasOwn(tableNames, key)) return tableNames[key]
    }
    const given = this.value(resource.Properties?.TableName,
      { resource: logicalId, property: 'TableName' })
    return given ?? logicalId
  }

  /** The value of an output that is exported under the name, or undefined. */
  exported (name) {
    for (const [id, output] of Object.entries(this.#document.Outputs ?? {})) {
      if (output?.Export === undefined) continue
      const where = { resource: id, property: 'Value' }
      if (this.value(output.Export.Name, where) === name) return this.value(output.Value, where)
    }
    return undefined
  }

  /** The template of a nested stack, if it lies in a file beside this one, or undefined. */
  nested (id, resource) {
    if (!this.#nested.has(id)) this.#nested.set(id, this.#readNested(id, resource))
    return this.#nested.get(id)
  }

  #readNested (id, { Metadata, Properties = {} }) {
    const { folder, readBeside } = this.#settings
    const name = Metadata?.['aws:asset:path'] ?? Properties.TemplateURL ?? Properties.Location
    const isFile = typeof name === 'string' && !/^[a-z]\w+:/.test(name)
    if (folder === undefined || !isFile) return undefined
    const document = readBeside(folder, name, { file: this.file, resource: id })
    const nesting = { parent: this, id, parameters: Properties.Parameters ?? {} }
    return new Template(document.value,
      { ...this.#settings, file: document.file, folder: document.folder, stackName: id, nesting })
  }

  /** The value of an output. */
  output (name, where) {
    const output = this.#document.Outputs?.[name]
    if (output === undefined) throw this.error(`There is no output ${name}`, where)
    return this.value(output.Value, { resource: name, property: 'Value' })
  }

  /** What a value comes to; undefined for AWS::NoValue. Throws a SchemaError. */
  value (given, where) {
    const value = this.#value(given, where)
    return value === NO_VALUE ? undefined : value
  }

  #value (given, where) {
    if (++this.#depth > DEPTH_MAX) throw this.error('It refers to itself', where)
    try {
      if (typeof given === 'string') return this.#text(given, where)
      if (Array.isArray(given)) {
        return given.map((element, i) => this.#value(element, inside(where, `[${i}]`)))
          .filter(element => element !== NO_VALUE)
      }
      if (!isObject(given)) return given
      const names = Object.keys(given)
      const name = names.find(name => name === 'Ref' || name.startsWith('Fn::') ||
        (name === 'Condition' && typeof given[name] === 'string' && names.length === 1))
      if (name === undefined) return this.#members(given, where)
      if (names.length > 1) throw this.error(`${name} stands among other members`, where)
      return this.#call(name, given[name], where)
    } finally {
      this.#depth--
    }
  }

  #members (given, where) {
    const members = {}
    for (const [name, member] of Object.entries(given)) {
      const property = where.property === undefined ? name : `.${name}`
      const value = this.#value(member, inside(where, property))
      if (value !== NO_VALUE) members[name] = value
    }
    return members
  }

  #text (text, where) {
    const expanded = this.#settings.expand?.(text, where) ?? text
    if (expanded !== text) return this.#value(expanded, where)
    const dynamic = /\{\{resolve:[^}]*\}\}/.exec(text)
    if (dynamic !== null) throw this.error(`${dynamic[0]} is known to AWS only`, where)
    return text
  }

  #call (name, argument, where) {
    const run = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
    if (run === undefined) throw this.error(`${name} is not supported`, where)
    /* What stands inside of an argument stands, for the reader, where the function does. */
    return run(this, argument, name === 'Fn::If' ? where : { ...where, inner: true })
  }

  /* ---- what FUNCTIONS need ---- */

  /** The value that must be a list of so many elements. */
  list (argument, least, most, name, where) {
    const list = this.#value(argument, where)
    if (!Array.isArray(list) || list.length < least || list.length > most) {
      throw this.error(`${name} takes a list${least === most ? ` of ${least}` : ''}`, where)
    }
    return list
  }

  string (argument, name, where) {
    const value = this.#value(argument, where)
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw this.error(`${name} takes texts`, where)
  }

  raw (given, where) {
    return this.#value(given, where)
  }

  ref (name, where) {
    if (typeof name !== 'string') throw this.error('Ref takes a name', where)
    const pseudo = this.#pseudo(name, where)
    if (pseudo !== undefined) return pseudo
    const parameter = this.#document.Parameters?.[name]
    if (parameter !== undefined) return this.#parameter(name, parameter, where)
    const resource = this.#document.Resources?.[name]
    if (resource === undefined) {
      throw this.error(`There is no parameter or resource ${name} to refer to`, where)
    }
    return this.#physicalId(name, resource)
  }

  attribute (argument, where) {
    const parts = typeof argument === 'string' ? splitFirst(argument) : argument
    if (!Array.isArray(parts) || parts.length !== 2 || typeof parts[0] !== 'string') {
      throw this.error('Fn::GetAtt takes a logical id and an attribute', where)
    }
    const [id, name] = [parts[0], this.string(parts[1], 'Fn::GetAtt', where)]
    const resource = this.#document.Resources?.[id]
    if (resource === undefined) throw this.error(`There is no resource ${id}`, where)
    if (name.startsWith('Outputs.') && STACK_TYPES.includes(resource.Type)) {
      const stack = this.nested(id, resource)
      if (stack !== undefined) return stack.output(name.slice('Outputs.'.length), where)
    }
    if (name === 'Arn' && Object.hasOwn(ARNS, resource.Type)) {
      const { region, accountId } = this.#settings
      const rest = ARNS[resource.Type](this.#physicalId(id, resource))
      return `arn:aws:${rest.replace('@', `${region}:${accountId}`).replace('#', accountId)}`
    }
    throw this.error(`The attribute ${name} of ${id} (${resource.Type}) is not known here`, where)
  }

  imported (name, where) {
    const value = this.#settings.imported?.(name)
    if (value === undefined) {
      throw this.error(`Fn::ImportValue: give the value of ${name} in \`imports\``, where)
    }
    return value
  }

  mapped ([map, first, second], where) {
    return this.raw(this.#document.Mappings, where)?.[map]?.[first]?.[second]
  }

  holds (condition, where) {
    const value = isObject(condition) && typeof condition.Condition === 'string'
      ? this.#condition(condition.Condition, where)
      : this.#value(condition, where)
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
    throw this.error('It is no condition', where)
  }

  condition (name, where) {
    return this.#condition(name, where)
  }

  #condition (name, where) {
    if (this.#conditions.has(name)) return this.#conditions.get(name)
    const given = this.#document.Conditions?.[name]
    if (given === undefined) throw this.error(`There is no condition ${name}`, where)
    if (++this.#depth > DEPTH_MAX) {
      throw this.error(`The condition ${name} refers to itself`, where)
    }
    const at = { resource: where.resource, property: `Conditions.${name}` }
    const holds = this.holds(given, at)
    this.#depth--
    this.#conditions.set(name, holds)
    return holds
  }

  #pseudo (name, where) {
    const { region, accountId, stackName } = this.#settings
    switch (name) {
      case 'AWS::Region': return region
      case 'AWS::AccountId': return accountId
      case 'AWS::Partition': return 'aws'
      case 'AWS::URLSuffix': return 'amazonaws.com'
      case 'AWS::StackName': return stackName
      case 'AWS::StackId':
        return `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/${stackName}`
      case 'AWS::NotificationARNs': return []
      case 'AWS::NoValue': return NO_VALUE
      default:
        if (name.startsWith('AWS::')) throw this.error(`There is no ${name}`, where)
        return undefined
    }
  }

  #parameter (name, { Type = 'String', Default }, where) {
    const { parameters = {}, nesting } = this.#settings
    const outer = nesting !== undefined && Object.hasOwn(nesting.parameters, name)
    const given = outer || Object.hasOwn(parameters, name)
    if (!given && Type.startsWith('AWS::SSM::')) {
      throw this.error(`Give the parameter ${name} in \`parameters\`: it is read from SSM`, where)
    }
    const value = outer
      ? nesting.parent.value(nesting.parameters[name],
          { resource: nesting.id, property: `Parameters.${name}` })
      : given ? parameters[name] : this.raw(Default, where)
    if (value === undefined) {
      throw this.error(`The parameter ${name} has no default: give it in \`parameters\``, where)
    }
    const isList = Type === 'CommaDelimitedList' || /List<.*>$/.test(Type)
    if (isList && !Array.isArray(value)) return String(value).split(',').map(part => part.trim())
    return value
  }

  /* What Ref gives of a resource: its name, or what stands for the id that AWS would make up. */
  #physicalId (id, resource) {
    if (TABLE_TYPES.includes(resource.Type)) return this.tableName(id, resource)
    const property = NAMES[resource.Type]
    return this.value(resource.Properties?.[property], { resource: id, property }) ?? id
  }
}

const inside = (where, name) => where.inner === true
  ? where
  : { ...where, property: where.property === undefined ? name : where.property + name }

function splitFirst (text) {
  const dot = text.indexOf('.')
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)]
}

/* ---- the intrinsic functions: (template, argument, where) -> value ---- */

function substitute (t, argument, where) {
  const [text, variables = {}] = Array.isArray(argument) ? argument : [argument]
  const form = t.raw(text, where)
  if (typeof form !== 'string' || !isObject(variables)) {
    throw t.error('Fn::Sub takes a text, and variables', where)
  }
  return form.replace(/\$\{([^}]*)\}/g, (_, inner) => {
    if (inner.startsWith('!')) return `\${${inner.slice(1)}}`
    const name = inner.trim()
    const value = Object.hasOwn(variables, name)
      ? t.raw(variables[name], where)
      : name.includes('.') ? t.attribute(name, where) : t.ref(name, where)
    return t.string(value, `Fn::Sub of ${name}`, where)
  })
}

function findInMap (t, argument, where) {
  if (!Array.isArray(argument) || argument.length < 3) {
    throw t.error('Fn::FindInMap takes a map and two keys', where)
  }
  const keys = argument.slice(0, 3).map(key => t.string(key, 'Fn::FindInMap', where))
  const value = t.mapped(keys, where)
  if (value !== undefined) return value
  if (isObject(argument[3]) && argument[3].DefaultValue !== undefined) {
    return t.raw(argument[3].DefaultValue, where)
  }
  throw t.error(`There is nothing at ${keys.join('.')} in the Mappings`, where)
}

function base64 (text) {
  const bytes = new TextEncoder().encode(text)
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
}

function conditionsOf (t, argument, name, where) {
  if (!Array.isArray(argument)) throw t.error(`${name} takes a list of conditions`, where)
  return argument.map(condition => t.holds(condition, where))
}

const FUNCTIONS = {
  Ref: (t, name, where) => t.ref(name, where),
  Condition: (t, name, where) => t.condition(name, where),
  'Fn::GetAtt': (t, argument, where) => t.attribute(argument, where),
  'Fn::Sub': substitute,
  'Fn::Join': (t, argument, where) => {
    const [separator, parts] = t.list(argument, 2, 2, 'Fn::Join', where)
    if (!Array.isArray(parts)) throw t.error('Fn::Join takes a list', where)
    return parts.map(part => t.string(part, 'Fn::Join', where)).join(separator)
  },
  'Fn::Select': (t, argument, where) => {
    const [index, list] = t.list(argument, 2, 2, 'Fn::Select', where)
    if (!Array.isArray(list) || list[Number(index)] === undefined) {
      throw t.error(`Fn::Select: there is no element ${index}`, where)
    }
    return list[Number(index)]
  },
  'Fn::Split': (t, argument, where) => {
    const [separator, text] = t.list(argument, 2, 2, 'Fn::Split', where)
    return t.string(text, 'Fn::Split', where).split(separator)
  },
  'Fn::FindInMap': findInMap,
  'Fn::If': (t, argument, where) => {
    if (!Array.isArray(argument) || argument.length !== 3) {
      throw t.error('Fn::If takes a condition and two values', where)
    }
    return t.raw(argument[t.condition(argument[0], where) ? 1 : 2], where)
  },
  'Fn::Equals': (t, argument, where) => {
    const [a, b] = t.list(argument, 2, 2, 'Fn::Equals', where)
    return isObject(a) || Array.isArray(a) ? JSON.stringify(a) === JSON.stringify(b)
      : String(a) === String(b)
  },
  'Fn::And': (t, argument, where) => conditionsOf(t, argument, 'Fn::And', where).every(Boolean),
  'Fn::Or': (t, argument, where) => conditionsOf(t, argument, 'Fn::Or', where).some(Boolean),
  'Fn::Not': (t, argument, where) => !conditionsOf(t, argument, 'Fn::Not', where)[0],
  'Fn::ImportValue': (t, name, where) =>
    t.imported(t.string(name, 'Fn::ImportValue', where), where),
  'Fn::Base64': (t, text, where) => base64(t.string(text, 'Fn::Base64', where)),
  'Fn::Length': (t, list, where) => t.list(list, 0, Infinity, 'Fn::Length', where).length,
  'Fn::ToJsonString': (t, value, where) => JSON.stringify(t.raw(value, where))
}

module.exports = { STACK_TYPES, TABLE_TYPES, Template }
