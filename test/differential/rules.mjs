/*
 * rules.mjs - the differences that are known, each with its reason. Whatever no rule explains is a
 * bug: of ours, of a rule that is missing, or one to report to the reference.
 *
 *   name, why, evidence     texts; `evidence` says why we, and not the reference, answer so
 *   operations              where it holds; absent: everywhere
 *   ours, theirs            RegExps on the answers (see compare.mjs); absent: any
 *   when(context)           a further test: { operation, request, ours, theirs }
 *   rewrite(text, side)     or, instead: brings both answers nearer (side: 'ours' or 'theirs');
 *                           what is then still different needs another rule
 *
 * All rules are about dynalite 4.0.0, whose captures of the service end in 2023. Another reference
 * starts with none: DDBLITE_DIFF_NAME=dynalite lends it these.
 */
import { canonical } from './compare.mjs'

/** What a condition that holds or does not leads to: the update that follows may fail too. */
const OUTCOME = /^\{|ConditionalCheckFailed|incorrect data type|invalid for update|does not exist in the item/

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']
const TABLES = ['CreateTable', 'DescribeTable', 'UpdateTable', 'DeleteTable']
const UNORDERED = 'BOOL|NULL|SS|NS|BS|L|M'

/* Changes the JSON of a successful answer; leaves errors alone. */
const inResult = (change) => (text) => {
  if (!text.startsWith('{')) return text
  const body = JSON.parse(text)
  change(body)
  return JSON.stringify(body)
}

const everywhere = (value, change) => {
  if (value === null || typeof value !== 'object') return
  change(value)
  for (const name of Object.keys(value)) everywhere(value[name], change)
}

const without = (...names) => inResult((body) => everywhere(body, (value) => {
  for (const name of names) delete value[name]
}))

export const rules = [
  /* ---- answers that are alike but for their form ---- */
  {
    name: 'envelope around errors of PutItem, UpdateItem and Query',
    operations: ['PutItem', 'UpdateItem', 'Query'],
    why: 'the service has put "1 validation error detected: " before its own checks too since 2026',
    evidence: 'captures of eu-west-2, 2026; older ones have no prefix',
    rewrite: (text, side) => side === 'ours'
      ? text.replace('message=1 validation error detected: ', 'message=')
      : text.replace(/message=1 validation error detected: (?=Value)/, 'message=')
  },
  {
    name: 'prefix of errors of a key condition',
    operations: ['Query'],
    why: 'newer captures say which expression is wrong',
    evidence: 'moto, aws_verified tests of KeyConditionExpression',
    rewrite: (text, side) => side === 'ours'
      ? text.replace(/(message=)Invalid KeyConditionExpression: (?=Invalid |KeyCond)/, '$1')
      : text
  },
  {
    name: 'token and surroundings of a syntax error',
    why: 'dynalite prints what its parser generator expected',
    evidence: 'documented form: Syntax error; token: "...", near: "..."',
    rewrite: (text) => text.replace(/(Expression: Syntax error; )[^]*/, '$1')
  },
  {
    name: 'Limit 0 of a Query',
    operations: ['Query'],
    why: 'the service names the member as in the request and prints no value',
    evidence: 'capture of eu-west-2, 2026',
    rewrite: (text) => text.replace("Value at 'Limit'", "Value '0' at 'limit'")
      .replace(/Value '-?\d+' at 'limit'/, "Value '0' at 'limit'")
  },
  {
    name: 'dumps of structures in constraint errors',
    why: 'the service prints Java objects, dynalite JSON; a map is reported once, not per entry',
    evidence: 'captures: [KeySchemaElement(attributeName=a, keyType=HASH), ...]',
    rewrite: (text) => {
      const [, head, list] = /^(.*?=)\d+ validation errors? detected: ([^]*)$/.exec(text) ?? []
      if (list === undefined) return text
      const lines = list.split('\n').map((line) => line.replace(/Value '[[{][^]*?' at/, 'Value ~ at'))
      return `${head}validation: ${[...new Set(lines)].sort().join('\n')}`
    }
  },
  {
    name: 'empty key values',
    why: 'the text has changed',
    evidence: 'four regions, 2026: "One or more parameter values are not valid. ..."',
    rewrite: (text) => text.replace(/were invalid: (?=The AttributeValue for a key)/, 'are not valid. ')
  },
  {
    name: 'shortest name of a table',
    why: 'a TableName may be an ARN or one character since 2024; dynalite wants three',
    evidence: 'API model: length 1 to 1024',
    theirs: /'tableName' failed to satisfy constraint: Member must have length greater than or equal/,
    when: ({ request }) => typeof request.TableName === 'string' && request.TableName.length < 3
  },
  {
    name: 'descriptions of tables',
    operations: TABLES,
    why: 'members that came after 2023; counts, which dynalite leaves at 0; its throughput mode',
    evidence: 'DescribeTable snapshots of the service, 2025',
    rewrite: without('DeletionProtectionEnabled', 'WarmThroughput', 'TableThroughputModeSummary',
      'ItemCount', 'TableSizeBytes', 'IndexSizeBytes', 'BillingMode', 'BillingModeSummary')
  },
  {
    name: 'state after a change of a table',
    operations: ['UpdateTable'],
    why: 'dynalite runs with no delay and forgets no definition with its index',
    evidence: 'Developer Guide: UPDATING while a change is made; a capture of 2026 for the other',
    rewrite: without('TableStatus', 'IndexStatus', 'AttributeDefinitions')
  },
  {
    name: 'capacity of indexes',
    operations: WRITES,
    why: 'dynalite charges indexes in PutItem at most',
    evidence: 'Developer Guide, read/write capacity; captures of eu-west-2, 2026',
    rewrite: without('ConsumedCapacity'),
    when: ({ request }) => JSON.stringify(request).includes('Sorted')
  },
  {
    name: 'item collection metrics',
    operations: WRITES,
    why: 'dynalite has none',
    evidence: 'API reference, ItemCollectionMetrics',
    rewrite: without('ItemCollectionMetrics')
  },
  {
    name: 'order of index entries with one key',
    operations: ['Query', 'Scan'],
    why: 'it is not documented; ours follows the key of the table',
    evidence: 'none either way',
    rewrite: inResult((body) => body.Items?.sort((a, b) =>
      JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    when: ({ request }) => request.IndexName !== undefined
  },
  {
    name: 'page of index entries with one key',
    operations: ['Query', 'Scan'],
    why: 'that order again: a page begins or ends elsewhere',
    evidence: 'none either way',
    ours: /^\{/,
    theirs: /^\{/,
    when: ({ request }) => request.IndexName !== undefined &&
      (request.Limit !== undefined || request.ExclusiveStartKey !== undefined)
  },
  {
    name: 'reads of the table behind a local index',
    operations: ['Query', 'Scan'],
    why: 'dynalite does not charge what an index lacks',
    evidence: 'Developer Guide, LSI: fetches cost reads; captures of eu-west-2, 2026',
    rewrite: without('ConsumedCapacity'),
    when: ({ request }) => request.IndexName === 'byLPart'
  },
  {
    name: 'no attributes to return',
    operations: ['UpdateItem'],
    why: 'the service leaves Attributes out, dynalite gives an empty map',
    evidence: 'capture of 2026: REMOVE with UPDATED_NEW has no Attributes',
    rewrite: inResult((body) => {
      if (body.Attributes && Object.keys(body.Attributes).length === 0) delete body.Attributes
    })
  },
  {
    name: 'which type error is found first',
    why: 'the order of members is not documented: ours is the order of the request',
    evidence: 'none either way',
    ours: /#SerializationException/,
    theirs: /#SerializationException/
  },

  /* ---- checks that dynalite lacks ---- */
  {
    name: 'ConditionalOperator without two conditions',
    why: 'dynalite does not check it',
    evidence: 'texts of the service in public threads',
    ours: /ConditionalOperator can(not)? (only )?be used/
  },
  {
    name: 'ordering of values that have no order',
    why: 'dynalite finds such a condition false',
    evidence: 'captures of the operand type error, 2024 on',
    ours: new RegExp(`operator or function: (<|<=|>|>=|BETWEEN), operand type: (${UNORDERED})\\b`)
  },
  {
    name: 'Select',
    operations: ['Query', 'Scan'],
    why: 'dynalite does not compare Select with what else is asked for',
    evidence: 'API reference, Select; captures of 2026',
    ours: /(AttributesToGet or ProjectionExpression when|Cannot specify the|be used only when Querying)/
  },
  {
    name: 'attributes that an index does not project',
    operations: ['Query', 'Scan'],
    why: 'dynalite returns items without them',
    evidence: 'API reference, IndexName and ProjectionExpression; capture',
    ours: /does not project (\[|one or more filter attributes)/
  },
  {
    name: 'ReturnValues of DeleteItem',
    operations: ['DeleteItem'],
    why: 'dynalite takes every value',
    evidence: 'API reference, DeleteItem: "The valid values are NONE and ALL_OLD"',
    ours: /ReturnValues can only be ALL_OLD or NONE/
  },
  {
    name: 'numbers with a plus sign or no digit before the point',
    why: 'dynalite refuses some forms that the service takes',
    evidence: 'captures of 2026: +5, +.5, .5 and 5. are numbers',
    theirs: /numeric value: (\+|\.|\d+\.$)/
  },
  {
    name: 'ConsistentRead of Scan',
    operations: ['Scan'],
    why: 'dynalite does not check its type',
    evidence: 'API model: a Boolean',
    ours: /SerializationException/,
    when: ({ request }) => typeof request.ConsistentRead !== 'boolean'
  },
  {
    name: 'paths into keys in a condition',
    operations: WRITES,
    why: 'dynalite checks updates, filters and projections only',
    evidence: 'the same text of the service for each kind of expression',
    ours: /Key attributes must be scalars/
  },
  {
    name: 'Expected with OR, and with Exists and a Value',
    operations: WRITES,
    why: 'dynalite stops at the first condition, and does not compare when Exists is given',
    evidence: 'API reference, Expected: "Exists: true" asks for that value; OR for one condition',
    ours: /^\{|ConditionalCheckFailed/,
    theirs: /^\{|ConditionalCheckFailed/,
    when: ({ request }) => request.Expected !== undefined && (request.ConditionalOperator === 'OR' ||
      Object.values(request.Expected).some((one) => one?.Exists))
  },
  {
    name: 'filters with OR',
    operations: ['Query', 'Scan'],
    why: 'dynalite stops at the first condition',
    evidence: 'API reference, ConditionalOperator',
    ours: /^\{/,
    theirs: /^\{/,
    when: ({ request }) => request.ConditionalOperator === 'OR'
  },
  {
    name: 'a table that exists',
    operations: ['CreateTable'],
    why: 'dynalite has no text',
    evidence: 'capture: "Table already exists: <name>"',
    rewrite: (text) => text.replace(/Table already exists: .*/, '')
  },
  {
    name: 'tables of a batch before its keys',
    operations: ['BatchGetItem', 'BatchWriteItem'],
    why: 'dynalite answers for whichever table it reaches first',
    evidence: 'its own captures: a table that is missing beats wrong keys',
    ours: /ResourceNotFoundException/
  },
  {
    name: 'two kinds of projection in one batch',
    operations: ['BatchGetItem'],
    why: 'dynalite looks at one table at a time',
    evidence: 'capture of 2026: rejected across tables too',
    ours: /Can not use both expression and non-expression/
  },
  {
    name: 'length of attribute names in key schemas',
    operations: ['CreateTable', 'UpdateTable'],
    why: 'dynalite does not check it',
    evidence: 'API model: KeySchemaAttributeName has 1 to 255 characters',
    ours: /ttributeName' failed to satisfy constraint: Member must have length (less|greater)/
  },
  {
    name: 'INCLUDE without attributes',
    operations: ['CreateTable', 'UpdateTable'],
    why: 'dynalite takes it',
    evidence: 'capture: "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"',
    ours: /ProjectionType is INCLUDE, but/
  },
  {
    name: 'throughput of a new index',
    operations: ['UpdateTable'],
    why: 'it became optional with on-demand tables; dynalite asks for it',
    evidence: 'API model: CreateGlobalSecondaryIndexAction$ProvisionedThroughput is optional',
    theirs: /(create|update)\.provisionedThroughput' failed to satisfy constraint: Member must not be null/
  },
  {
    name: 'throughput or billing together with an index',
    operations: ['UpdateTable'],
    why: 'dynalite does not check it',
    evidence: 'Developer Guide: one kind of change a call',
    ours: /while updating table IOPS/
  },
  {
    name: 'an index that is not there, two at once',
    operations: ['UpdateTable'],
    why: 'dynalite takes changes of indexes it does not know',
    evidence: 'API model: ResourceNotFoundException, LimitExceededException',
    ours: /ResourceNotFoundException|Only 1 online index can be created or deleted/,
    theirs: /^\{/
  },
  {
    name: 'capacity of an empty page',
    operations: ['Query', 'Scan'],
    why: 'dynalite charges nothing',
    evidence: 'Developer Guide: a read of nothing still costs the least unit',
    rewrite: without('ConsumedCapacity'),
    when: ({ ours }) => ours.body.ScannedCount === 0
  },
  {
    name: 'size in an update expression',
    operations: ['UpdateItem'],
    why: 'dynalite does not know the function there',
    evidence: 'public threads: "The function is not allowed in an update expression"',
    ours: /not allowed in an update expression; function: size/
  },
  {
    name: 'empty value in a key condition',
    operations: ['Query'],
    why: 'dynalite finds nothing',
    evidence: 'the text of the service for every key value',
    ours: /for a key attribute cannot contain an empty/
  },
  {
    name: 'key conditions and filters with values of any type',
    operations: ['Query', 'Scan', ...WRITES],
    why: 'dynalite has the types of 2013',
    evidence: 'API reference, ComparisonOperator: EQ and NE take lists and maps',
    theirs: /ComparisonOperator (EQ|NE|(NOT_)?CONTAINS) is not valid for (L|M|BOOL|NULL)/
  },
  {
    name: 'attributes missing on both sides of a comparison',
    operations: [...WRITES, 'Query', 'Scan'],
    why: 'dynalite compares two absent attributes like values',
    evidence: 'Developer Guide: a comparison with a missing attribute is false',
    ours: OUTCOME,
    theirs: OUTCOME,
    when: ({ request }) => /([<>=]|BETWEEN|AND|IN) *\(?[#a-z]/
      .test(request.ConditionExpression ?? request.FilterExpression)
  },
  {
    name: 'errors of two tables of a batch',
    operations: ['BatchWriteItem', 'BatchGetItem'],
    why: 'dynalite looks at one table after the other, we at one rule after the other',
    evidence: 'none either way',
    ours: /ValidationException/,
    theirs: /ValidationException/,
    when: ({ request }) => Object.keys(request.RequestItems).length > 1
  },
  {
    name: 'ConsistentRead of a global index',
    operations: ['Query', 'Scan'],
    why: 'dynalite does not check it in a Scan, and in a Query after Select',
    evidence: 'API reference, ConsistentRead; its captures put the index first',
    ours: /Consistent reads are not supported/
  },
  {
    name: 'two keys or indexes of which each is wrong',
    why: 'which is named first is not documented',
    evidence: 'none either way',
    ours: /for Index Key|secondary index key|Key: /,
    theirs: /for Index Key|secondary index key|Key: /
  },
  {
    name: 'Action of AttributeUpdates',
    operations: ['UpdateItem'],
    why: 'dynalite takes any text',
    evidence: 'API model: an enumeration',
    ours: /attributeUpdates\.[^']*\.action' failed to satisfy constraint: Member must satisfy enum/
  },
  {
    name: 'null as an entry of a map or a list',
    why: 'we take it as absent, like every null; dynalite as a value',
    evidence: 'captures for members of structures only',
    when: ({ request }) => JSON.stringify(request).includes('null')
  },
  {
    name: 'definitions that no key uses',
    operations: ['CreateTable'],
    why: 'dynalite does not check it when there are indexes',
    evidence: 'public threads: "Some AttributeDefinitions are not used. ..."',
    ours: /Some AttributeDefinitions are not used/
  },
  {
    name: 'newer texts of UpdateTable',
    operations: ['UpdateTable'],
    why: 'the service names more members, and the index that is not there',
    evidence: 'captures of October 2026 in two Regions',
    ours: /At least one of ProvisionedThroughput, |Index \S+ for table |List of GlobalSecondaryIndexUpdates is empty/
  },
  {
    name: 'a new index without definitions',
    operations: ['UpdateTable'],
    why: 'dynalite does not check it',
    evidence: 'capture of 2026: the request itself must define the keys of the index',
    ours: /AttributeDefinitions is not specified for index/
  },
  {
    name: 'Segment 0 without TotalSegments',
    operations: ['Scan'],
    why: 'dynalite takes 0 as absent',
    evidence: 'the text of the service holds for every Segment',
    ours: /TotalSegments parameter is required/,
    when: ({ request }) => request.Segment === 0
  },
  {
    name: 'capacity of a consistent Scan',
    operations: ['Scan'],
    why: 'dynalite does not know ConsistentRead there',
    evidence: 'API reference, Scan: ConsistentRead',
    rewrite: without('ConsumedCapacity'),
    when: ({ request }) => request.ConsistentRead === true
  },
  {
    name: 'wrong values in Expected',
    operations: WRITES,
    why: 'dynalite checks only values that have a type, and after what it compares them for',
    evidence: 'the same texts of the service for every value',
    ours: new RegExp('Supplied AttributeValue is empty|(may|should) not be empty|38 significant|' +
      'Number (over|under)flow|contains duplicates|must have the value of true|' +
      'cannot be converted to a numeric value'),
    when: ({ request }) => request.Expected !== undefined
  },
  {
    name: 'sums of more than 38 digits',
    operations: ['UpdateItem'],
    why: 'dynalite stores a number that no request could give it',
    evidence: 'Developer Guide, "Supported data types": numbers have up to 38 digits of precision; ' +
      'that such a sum is refused, not rounded, is an open question',
    ours: /38 significant digits/,
    theirs: /^\{/
  },
  {
    name: 'empty keys of an index',
    operations: WRITES,
    why: 'dynalite takes them',
    evidence: 'captures of 2026: "A value specified for a secondary index key is not supported"',
    ours: /(value specified for|attempted to update) a secondary index key/
  },
  {
    name: 'an enumeration alone',
    operations: ['UpdateItem', 'PutItem'],
    why: 'newer captures stop at the first enumeration, or at the name of the table',
    evidence: 'captures of eu-west-2, 2026',
    ours: /Value '.*(enum value set|'tableName')/,
    theirs: /Value [^]*\nValue /
  },
  {
    name: 'key types of indexes',
    operations: ['CreateTable'],
    why: 'dynalite does not check them',
    evidence: 'API model: KeyType is HASH or RANGE wherever it stands',
    ours: /(local|global)SecondaryIndexes[^\n]*keyType' failed to satisfy constraint/
  },
  {
    name: 'an attribute projected twice',
    operations: ['CreateTable', 'UpdateTable'],
    why: 'dynalite does not check it',
    evidence: 'public threads: "Duplicate element in NonKeyAttributes"',
    ours: /Duplicate element in NonKeyAttributes/
  },
  {
    name: 'throughput of an index of an on-demand table',
    operations: ['UpdateTable'],
    why: 'dynalite takes it',
    evidence: 'API reference: ProvisionedThroughput belongs to PROVISIONED tables',
    ours: /when TableThroughputMode is PAY_PER_REQUEST/
  },
  {
    name: 'attributes fetched for a local index',
    operations: ['Query', 'Scan'],
    why: 'dynalite does not fetch what the index does not project',
    evidence: 'Developer Guide, LSI: "DynamoDB can automatically fetch" the others',
    ours: /^\{/,
    theirs: /^\{/,
    when: ({ request }) => request.IndexName === 'byLPart'
  },
  {
    name: 'size of an empty value',
    why: 'dynalite takes an empty value for none',
    evidence: 'API reference, size: its length is 0',
    ours: /^\{|ConditionalCheckFailed/,
    theirs: /^\{|ConditionalCheckFailed/,
    when: ({ request }) => /size\(/.test(request.ConditionExpression ?? request.FilterExpression)
  },
  {
    name: 'empty name behind a placeholder',
    why: 'dynalite does not check it',
    evidence: 'text of the service: "contains invalid value: Empty attribute name for key"',
    ours: /Empty attribute name for key/
  },
  {
    name: 'duplicates in a batch before its keys are checked',
    operations: ['BatchWriteItem', 'BatchGetItem'],
    why: 'dynalite looks for duplicates first',
    evidence: 'its own captures: wrong keys beat duplicates',
    theirs: /list of item keys contains duplicates/
  },
  {
    name: 'several HASH attributes of a global index',
    operations: ['CreateTable', 'UpdateTable'],
    why: 'they came in November 2025',
    evidence: 'Developer Guide, multi-attribute keys',
    theirs: /The second KeySchemaElement is not a RANGE/
  },
  {
    name: 'an index without throughput',
    operations: ['CreateTable'],
    why: 'dynalite looks for it after everything else',
    evidence: 'none either way',
    ours: /ProvisionedThroughput is not specified for index/
  },
  {
    name: 'null in a set',
    why: 'dynalite takes it',
    evidence: 'text of the service: "may not contain null values"',
    ours: /may not (contain null values|have a null string as a member)/
  },
  {
    name: 'one name twice in a key schema',
    operations: ['CreateTable', 'UpdateTable'],
    why: 'global indexes have a text of their own since their keys may have many attributes',
    evidence: 'Developer Guide, multi-attribute keys; the text itself is not quoted anywhere',
    ours: /KeySchema contains multiple key attributes with the same name/
  },
  {
    name: 'requests of which dynalite dies',
    why: 'its exception ends the process; the request is never answered',
    evidence: 'the run itself',
    theirs: /^0 Crash/
  }
]
for (const rule of rules) {
  const { name, why, evidence, ours, theirs, rewrite } = rule
  if (![name, why, evidence].every(Boolean)) throw new Error(`rule ${name}: say why, and how known`)
  if (!(rewrite ?? ours ?? theirs ?? rule.when)) throw new Error(`rule ${name} explains everything`)
  rule.used = 0
}
if (new Set(rules.map(({ name }) => name)).size < rules.length) throw new Error('two rules alike')

const applies = (rule, context) =>
  (rule.operations === undefined || rule.operations.includes(context.operation)) &&
  (rule.when === undefined || rule.when(context))

/** The rule that explains the difference last, or undefined. Counts the rules it needed. */
export function explain (context) {
  if (context.reference !== 'dynalite') return undefined
  let ours = canonical(context.operation, context.ours)
  let theirs = canonical(context.operation, context.theirs)
  const needed = []
  for (const rule of rules) {
    if (!applies(rule, context)) continue
    if (rule.rewrite !== undefined) {
      const before = [ours, theirs]
      ours = rule.rewrite(ours, 'ours')
      theirs = rule.rewrite(theirs, 'theirs')
      if (ours !== before[0] || theirs !== before[1]) needed.push(rule)
      if (ours !== theirs) continue
    } else {
      if (!(rule.ours ?? /^/).test(ours) || !(rule.theirs ?? /^/).test(theirs)) continue
      needed.push(rule)
    }
    for (const one of needed) one.used++
    return rule
  }
  return undefined
}
