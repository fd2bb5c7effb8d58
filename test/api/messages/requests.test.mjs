// What is wrong with a request alone: types of JSON, constraints, expressions. Each case has the
// text, whole, that no other suite raises (test/api/support/texts.txt).
import { everyTarget, rejects } from '../support/targets.mjs'

const JAVA = 'com.amazonaws.dynamodb.v20120810'
const struct = name => `Unrecognized collection type class ${JAVA}.${name}`
const mapOf = type => `Unrecognized collection type java.util.Map<java.lang.String, ${type}>`
const constraint = (path, value, rule) =>
  `1 validation error detected: Value ${value} at '${path}' failed to satisfy constraint: ${rule}`
const several = (...errors) =>
  `${errors.length} validation errors detected: ${errors.map(([path, value, rule]) =>
    `Value ${value} at '${path}' failed to satisfy constraint: ${rule}`).join('; ')}`
const LEAST = n => `Member must have length greater than or equal to ${n}`
const MOST = n => `Member must have length less than or equal to ${n}`
const NOT_NULL = 'Member must not be null'
const oneOf = (...values) => `Member must satisfy enum value set: [${values.join(', ')}]`
const NAME = 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+'
const TableName = 'texts'
const key = { pk: { S: 'a' } }
const long = 'a'.repeat(256)

// Evidence: captures behind dynalite's tests (wire facts, section 4).
const wrongTypes = [
  ['GetItem', { TableName: false }, 'FALSE_VALUE cannot be converted to String'],
  ['GetItem', { ConsistentRead: 34.56 }, 'DECIMAL_VALUE cannot be converted to Boolean'],
  ['Scan', { Limit: false }, 'FALSE_VALUE cannot be converted to Integer'],
  ['Scan', { Limit: [] }, 'Unrecognized collection type class java.lang.Integer'],
  ['CreateTable', { ProvisionedThroughput: { ReadCapacityUnits: true } },
    'TRUE_VALUE cannot be converted to Long'],
  ['CreateTable', { ProvisionedThroughput: { ReadCapacityUnits: false } },
    'FALSE_VALUE cannot be converted to Long'],
  ['CreateTable', { ProvisionedThroughput: { WriteCapacityUnits: [] } },
    'Unrecognized collection type class java.lang.Long'],
  ['GetItem', { Key: { a: { B: [] } } }, 'Unrecognized collection type class java.nio.ByteBuffer'],
  ['GetItem', { ExpressionAttributeNames: [] }, mapOf('java.lang.String')],
  ['PutItem', { Expected: [] }, mapOf(`${JAVA}.ExpectedAttributeValue`)],
  ['UpdateItem', { AttributeUpdates: [] }, mapOf(`${JAVA}.AttributeValueUpdate`)],
  ['Query', { QueryFilter: [] }, mapOf(`${JAVA}.Condition`)],
  ['BatchGetItem', { RequestItems: [] }, mapOf(`${JAVA}.KeysAndAttributes`)],
  ['BatchWriteItem', { RequestItems: [] }, mapOf(`java.util.List<${JAVA}.WriteRequest>`)],
  ['CreateTable', { GlobalSecondaryIndexes: [{ Projection: [] }] }, struct('Projection')],
  ['CreateTable', { AttributeDefinitions: [[]] }, struct('AttributeDefinition')],
  ['CreateTable', { LocalSecondaryIndexes: [[]] }, struct('LocalSecondaryIndex')],
  ['CreateTable', { GlobalSecondaryIndexes: [[]] }, struct('GlobalSecondaryIndex')],
  ['UpdateTable', { GlobalSecondaryIndexUpdates: [[]] }, struct('GlobalSecondaryIndexUpdate')],
  ['UpdateTable', { GlobalSecondaryIndexUpdates: [{ Create: [] }] },
    struct('CreateGlobalSecondaryIndexAction')],
  ['UpdateTable', { GlobalSecondaryIndexUpdates: [{ Update: [] }] },
    struct('UpdateGlobalSecondaryIndexAction')],
  ['UpdateTable', { GlobalSecondaryIndexUpdates: [{ Delete: [] }] },
    struct('DeleteGlobalSecondaryIndexAction')],
  ['TagResource', { Tags: [[]] }, struct('Tag')],
  ['BatchWriteItem', { RequestItems: { a: [[]] } }, struct('WriteRequest')],
  ['BatchWriteItem', { RequestItems: { a: [{ PutRequest: [] }] } }, struct('PutRequest')],
  ['BatchWriteItem', { RequestItems: { a: [{ DeleteRequest: [] }] } }, struct('DeleteRequest')],
  ['BatchGetItem', { RequestItems: { a: [] } }, struct('KeysAndAttributes')],
  ['PutItem', { Expected: { a: [] } }, struct('ExpectedAttributeValue')],
  ['UpdateItem', { AttributeUpdates: { a: [] } }, struct('AttributeValueUpdate')],
  ['Scan', { ScanFilter: { a: [] } }, struct('Condition')]
]

const COMPARISONS = oneOf('IN', 'NULL', 'BETWEEN', 'LT', 'NOT_CONTAINS', 'EQ', 'GT', 'NOT_NULL',
  'NE', 'LE', 'BEGINS_WITH', 'GE', 'CONTAINS')
const pk = [{ AttributeName: 'pk', KeyType: 'HASH' }]
const defined = [{ AttributeName: 'pk', AttributeType: 'S' }]
const table = { TableName: 'none', KeySchema: pk, AttributeDefinitions: defined }
const index = { IndexName: 'byG', KeySchema: pk, Projection: { ProjectionType: 'ALL' } }

// Evidence: captures (validation facts, sections 1, 2, 4 and 5).
const constraints = [
  ['PutItem', { TableName, Item: key, ReturnItemCollectionMetrics: 'x' },
    constraint('returnItemCollectionMetrics', "'x'", oneOf('SIZE', 'NONE'))],
  ['Scan', { TableName, Select: 'x' }, constraint('select', "'x'",
    oneOf('SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'))],
  ['Query', { TableName, QueryFilter: { a: { ComparisonOperator: 'x' } } },
    constraint('queryFilter.a.member.comparisonOperator', "'x'", COMPARISONS)],
  ['CreateTable', { ...table, KeySchema: [{ AttributeName: 'pk', KeyType: 'x' }] },
    constraint('keySchema.1.member.keyType', "'x'", oneOf('HASH', 'RANGE'))],
  ['CreateTable',
    { ...table, AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'x' }] },
    constraint('attributeDefinitions.1.member.attributeType', "'x'", oneOf('B', 'N', 'S'))],
  ['CreateTable', {
    ...table,
    GlobalSecondaryIndexes: [
      { ...index, Projection: { ProjectionType: 'x', NonKeyAttributes: [] } }
    ]
  }, several(
    ['globalSecondaryIndexes.1.member.projection.projectionType', "'x'",
      oneOf('ALL', 'INCLUDE', 'KEYS_ONLY')],
    ['globalSecondaryIndexes.1.member.projection.nonKeyAttributes', "'[]'", LEAST(1)])],
  ['CreateTable', { ...table, TableClass: 'x' },
    constraint('tableClass', "'x'", oneOf('STANDARD', 'STANDARD_INFREQUENT_ACCESS'))],
  ['BatchGetItem', { RequestItems: { 'a;': { Keys: [] } } }, /^2 validation errors detected: Value '\{a;=KeysAndAttributes\(.*\)\}' at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: \[Member must have .*, Member must satisfy regular expression pattern: \[a-zA-Z0-9_.-\]\+\]; Value '\[\]' at 'requestItems.a;.member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1$/],
  ['BatchWriteItem', { RequestItems: { abc: [{ PutRequest: {} }] } },
    constraint('requestItems.abc.member.1.member.putRequest.item', 'null', NOT_NULL)],
  ['BatchWriteItem', { RequestItems: { abc: [{ DeleteRequest: {} }] } },
    constraint('requestItems.abc.member.1.member.deleteRequest.key', 'null', NOT_NULL)],
  ['Scan', { TableName, Segment: -1, TotalSegments: 2 },
    constraint('segment', "'-1'", 'Member must have value greater than or equal to 0')],
  ['ListTables', { ExclusiveStartTableName: long },
    constraint('exclusiveStartTableName', `'${long}'`, MOST(255))],
  ['Query', { TableName, IndexName: 'abc;' }, constraint('indexName', "'abc;'", NAME)],
  ['Scan', { TableName, IndexName: 'ab' }, constraint('indexName', "'ab'", LEAST(3))],
  ['Scan', { TableName, IndexName: long }, constraint('indexName', `'${long}'`, MOST(255))],
  ['CreateTable', { ...table, KeySchema: [{ KeyType: 'HASH' }, { AttributeName: 'b' }] }, several(
    ['keySchema.1.member.attributeName', 'null', NOT_NULL],
    ['keySchema.2.member.keyType', 'null', NOT_NULL])],
  ['CreateTable', { ...table, ProvisionedThroughput: {} }, several(
    ['provisionedThroughput.writeCapacityUnits', 'null', NOT_NULL],
    ['provisionedThroughput.readCapacityUnits', 'null', NOT_NULL])],
  ['CreateTable', { ...table, LocalSecondaryIndexes: [{}] }, several(
    ['localSecondaryIndexes.1.member.indexName', 'null', NOT_NULL],
    ['localSecondaryIndexes.1.member.keySchema', 'null', NOT_NULL],
    ['localSecondaryIndexes.1.member.projection', 'null', NOT_NULL])],
  ['UpdateTable', { TableName, GlobalSecondaryIndexUpdates: [{ Update: {} }] },
    constraint('globalSecondaryIndexUpdates.1.member.update.indexName', 'null', NOT_NULL)]
]

const v = (...values) =>
  ({ ExpressionAttributeValues: Object.fromEntries(values.map((value, i) => [`:${i}`, value])) })
const S = { S: 'x' }
const N = { N: '1' }
const many = what => Array.from({ length: 302 }, () => what).join(' AND ')
const updated = (UpdateExpression, ...values) => ['UpdateItem',
  { TableName, Key: key, UpdateExpression, ...(values.length > 0 ? v(...values) : {}) }]
const put = (ConditionExpression, ...values) => ['PutItem',
  { TableName, Item: key, ConditionExpression, ...(values.length > 0 ? v(...values) : {}) }]
const scanned = (FilterExpression, ...values) => ['Scan',
  { TableName, FilterExpression, ...(values.length > 0 ? v(...values) : {}) }]
const queried = (KeyConditionExpression, ...values) => ['Query',
  { TableName, KeyConditionExpression, ...(values.length > 0 ? v(...values) : {}) }]
const update = text => `1 validation error detected: Invalid UpdateExpression: ${text}`
const condition = text => `1 validation error detected: Invalid ConditionExpression: ${text}`
const filter = text => `Invalid FilterExpression: ${text}`
const keys = text => `Invalid KeyConditionExpression: ${text}`
const size = 'Expression size has exceeded the maximum allowed size; expression size: 4097'
const operators = 'The expression contains too many operators; operator count: '
const count = (f, n) => 'Incorrect number of operands for operator or function; ' +
  `operator or function: ${f}, number of operands: ${n}`
const addOf = (operator, type) => 'Incorrect operand type for operator or function; ' +
  `operator: ${operator}, operand type: ${type}`
const fat = 'a'.repeat(4097)

// Evidence: captures (validation facts 4.1 and 4.5; expressions facts, sections 1 to 7 and 10).
const expressions = [
  ['Query', {
    TableName,
    AttributesToGet: ['a'],
    QueryFilter: { b: { ComparisonOperator: 'NULL' } },
    ConditionalOperator: 'AND',
    KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [S] } },
    ProjectionExpression: 'a',
    FilterExpression: 'a = b',
    KeyConditionExpression: 'pk = :v'
  }, 'Can not use both expression and non-expression parameters in the same request: ' +
    'Non-expression parameters: ' +
    '{AttributesToGet, QueryFilter, ConditionalOperator, KeyConditions} ' +
    'Expression parameters: {ProjectionExpression, FilterExpression, KeyConditionExpression}'],
  ['Scan', {
    TableName,
    AttributesToGet: ['a'],
    ScanFilter: { b: { ComparisonOperator: 'NULL' } },
    ConditionalOperator: 'AND',
    ProjectionExpression: 'a',
    FilterExpression: 'a = b'
  }, 'Can not use both expression and non-expression parameters in the same request: ' +
    'Non-expression parameters: {AttributesToGet, ScanFilter, ConditionalOperator} ' +
    'Expression parameters: {ProjectionExpression, FilterExpression}'],
  ['UpdateItem', { TableName, Key: key, ...v(S) },
    '1 validation error detected: ExpressionAttributeValues can only be specified when using ' +
    'expressions: UpdateExpression and ConditionExpression are null'],
  ['Query', { TableName, ...v(S) },
    'ExpressionAttributeValues can only be specified when using expressions: ' +
    'FilterExpression and KeyConditionExpression are null'],
  ['Scan', { TableName, ExclusiveStartKey: { pk: {} } }, 'The provided starting key is invalid: ' +
    'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
  [...updated(fat), update(size)],
  [...put(fat), condition(size)],
  ['GetItem', { TableName, Key: key, ProjectionExpression: fat },
    `Invalid ProjectionExpression: ${size}`],
  [...queried(fat), keys(size)],
  [...updated(`SET ${Array.from({ length: 301 }, (_, i) => `a${i}=:0+:0`).join(',')}`, N),
    update(`${operators}301`)],
  [...put(many('a=b'), S), condition(`${operators}301`)],
  [...queried('pk x'), keys('Syntax error; token: "x", near: "pk x"')],
  [...queried(''), keys('The expression can not be empty;')],
  [...put('((a)) = b'), condition('The expression has redundant parentheses;')],
  [...queried('((pk = :0))', S), keys('The expression has redundant parentheses;')],
  [...put('foo(a)'), condition('Invalid function name; function: foo')],
  [...put('views = a'),
    condition('Attribute name is a reserved keyword; reserved keyword: views')],
  [...queried('views = :0', S),
    keys('Attribute name is a reserved keyword; reserved keyword: views')],
  [...put('#n = a'), condition('An expression attribute name used in the document path is not ' +
    'defined; attribute name: #n')],
  [...queried('#n = :0', S), keys('An expression attribute name used in the document path is ' +
    'not defined; attribute name: #n')],
  [...put('a = :v'), condition('An expression attribute value used in expression is not ' +
    'defined; attribute value: :v')],
  [...queried('pk = :v'), keys('An expression attribute value used in expression is not ' +
    'defined; attribute value: :v')],
  [...scanned('attribute_not_exists(a, b)'), filter(count('attribute_not_exists', 2))],
  [...scanned('begins_with(a)'), filter(count('begins_with', 1))],
  [...scanned('begins_with(a, size(b), c)'), filter(count('begins_with', 3))],
  [...scanned('contains(a)'), filter(count('contains', 1))],
  [...put('a = a'), condition('The first operand must be distinct from the remaining operands ' +
    'for this operator or function; operator: =, first operand: [a]')],
  [...scanned('attribute_not_exists(size(a))'), filter('Operator or function requires a ' +
    'document path; operator or function: attribute_not_exists')],
  [...scanned('attribute_type(a, :0)', { S: '1' }), /^Invalid FilterExpression: Invalid attribute type name found; type: 1, valid types: \{[A-Z,]+\}$/],
  [...queried('attribute_not_exists(pk)'),
    keys('Invalid operator used in KeyConditionExpression: attribute_not_exists')],
  [...queried('attribute_type(pk, :0)', { S: 'S' }),
    keys('Invalid operator used in KeyConditionExpression: attribute_type')],
  [...queried('contains(pk, :0)', S),
    keys('Invalid operator used in KeyConditionExpression: contains')],
  [...queried(':0 between pk and :0', S), keys('Invalid condition in KeyConditionExpression: ' +
    'BETWEEN operator must have the key attribute as its first operand')],
  [...queried('begins_with(:0, pk)', S), keys('Invalid condition in KeyConditionExpression: ' +
    'begins_with operator must have the key attribute as its first operand')],
  [...updated('REMOVE a REMOVE b'),
    update('The "REMOVE" section can only be used once in an update expression;')],
  [...updated('ADD a :0 ADD b :0', N),
    update('The "ADD" section can only be used once in an update expression;')],
  [...updated('DELETE a :0 DELETE b :0', { SS: ['x'] }),
    update('The "DELETE" section can only be used once in an update expression;')],
  [...updated('ADD a :0', { B: 'YQ==' }), update(addOf('ADD', 'BINARY'))],
  [...updated('ADD a :0', { NULL: true }), update(addOf('ADD', 'NULL'))],
  [...updated('ADD a :0', { BOOL: true }), update(addOf('ADD', 'BOOLEAN'))],
  [...updated('ADD a :0', { L: [] }), update(addOf('ADD', 'LIST'))],
  [...updated('DELETE a :0', S), update(addOf('DELETE', 'STRING'))],
  [...updated('SET a = list_append(b)'), update(count('list_append', 1))],
  [...updated('SET a = b - :0', S), update('Incorrect operand type for operator or function; ' +
    'operator or function: -, operand type: S')],
  ['Scan', { TableName, Select: 'ALL_ATTRIBUTES', ProjectionExpression: 'a' },
    'Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES']
]

everyTarget('messages about requests', ({ test, send, makeTable }) => {
  test('that have wrong types of JSON', async () => {
    for (const [operation, request, message] of wrongTypes)
      await rejects(send(operation, request), 'SerializationException', message)
  })

  test('that break constraints of the model', async () => {
    for (const [operation, request, message] of constraints)
      await rejects(send(operation, request), 'ValidationException', message)
  })

  test('whose expressions are wrong, before any table is looked for', async () => {
    for (const [operation, request, message] of expressions)
      await rejects(send(operation, request), 'ValidationException', message)
  })
})
