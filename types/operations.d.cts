/*
 * operations.d.cts - a request and a response type for every operation of the engine.
 *
 * Names and members are DynamoDB's. Two differences to the AWS SDK's types come from the wire
 * format: times are numbers (seconds since 1970, with a fraction), and binary values are base64
 * text in answers. Requests may give bytes instead.
 * Start at Operations, at the end.
 */

import type { StatementOperations } from './partiql.cjs'
import type { BackupOperations } from './backups.cjs'
import type { ReplicaDescription, ReplicationGroupUpdate, SettingsOperations } from './settings.cjs'
import type { StreamOperations } from './streams.cjs'

export * from './partiql.cjs'
export * from './backups.cjs'
export * from './streams.cjs'
export * from './settings.cjs'

/* ------------------------------------------------------------------ values ---------------- */

interface ScalarMembers<Bytes> {
  S: string
  N: string
  B: Bytes
  SS: string[]
  NS: string[]
  BS: Bytes[]
  NULL: true
  BOOL: boolean
}
interface ValueMembers extends ScalarMembers<string> {
  M: Record<string, AttributeValue>
  L: AttributeValue[]
}
interface InputMembers extends ScalarMembers<string | Uint8Array | ArrayBuffer> {
  M: Record<string, AttributeInput>
  L: AttributeInput[]
}

/* Exactly one member; the others can be asked for and are undefined. */
type OneMember<Members> = {
  [K in keyof Members]: Pick<Members, K> & { [Other in Exclude<keyof Members, K>]?: undefined }
}[keyof Members]

/** A value in an answer. */
export type AttributeValue = OneMember<ValueMembers>
/** A value in a request: as AttributeValue, or with bytes where it has base64 text. */
export type AttributeInput = OneMember<InputMembers>

export type Item = Record<string, AttributeValue>
export type ItemInput = Record<string, AttributeInput>
export type KeyInput = Record<string, AttributeInput>

/* ------------------------------------------------------------------ choices --------------- */

export type BillingMode = 'PROVISIONED' | 'PAY_PER_REQUEST'
export type TableClass = 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS'
export type TableStatus = 'CREATING' | 'UPDATING' | 'DELETING' | 'ACTIVE' |
  'INACCESSIBLE_ENCRYPTION_CREDENTIALS' | 'ARCHIVING' | 'ARCHIVED'
export type IndexStatus = 'CREATING' | 'UPDATING' | 'DELETING' | 'ACTIVE'
export type ReturnConsumedCapacity = 'INDEXES' | 'TOTAL' | 'NONE'
export type ReturnItemCollectionMetrics = 'SIZE' | 'NONE'
export type ReturnValue = 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW'
export type ReturnValuesOnConditionCheckFailure = 'ALL_OLD' | 'NONE'
export type Select = 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT'
export type StreamViewType = 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES' | 'KEYS_ONLY'
export type ConditionalOperator = 'AND' | 'OR'
export type ComparisonOperator = 'EQ' | 'NE' | 'IN' | 'LE' | 'LT' | 'GE' | 'GT' | 'BETWEEN' |
  'NOT_NULL' | 'NULL' | 'CONTAINS' | 'NOT_CONTAINS' | 'BEGINS_WITH'

/* ------------------------------------------------------------------ tables ---------------- */

export interface AttributeDefinition { AttributeName: string, AttributeType: 'S' | 'N' | 'B' }
export interface KeySchemaElement { AttributeName: string, KeyType: 'HASH' | 'RANGE' }
export type ProjectionType = 'ALL' | 'KEYS_ONLY' | 'INCLUDE'
export interface Projection { ProjectionType?: ProjectionType, NonKeyAttributes?: string[] }
export interface ProvisionedThroughput { ReadCapacityUnits: number, WriteCapacityUnits: number }
export interface OnDemandThroughput { MaxReadRequestUnits?: number, MaxWriteRequestUnits?: number }
export interface WarmThroughput { ReadUnitsPerSecond?: number, WriteUnitsPerSecond?: number }
export interface StreamSpecification { StreamEnabled: boolean, StreamViewType?: StreamViewType }
export type SSEType = 'AES256' | 'KMS'
export interface SSESpecification { Enabled?: boolean, SSEType?: SSEType, KMSMasterKeyId?: string }
export interface Tag { Key: string, Value: string }

export interface LocalSecondaryIndex {
  IndexName: string
  KeySchema: KeySchemaElement[]
  Projection: Projection
}

export interface GlobalSecondaryIndex extends LocalSecondaryIndex {
  ProvisionedThroughput?: ProvisionedThroughput
  OnDemandThroughput?: OnDemandThroughput
  WarmThroughput?: WarmThroughput
}

export interface GlobalSecondaryIndexUpdate {
  Create?: GlobalSecondaryIndex
  Update?: {
    IndexName: string
    ProvisionedThroughput?: ProvisionedThroughput
    OnDemandThroughput?: OnDemandThroughput
    WarmThroughput?: WarmThroughput
  }
  Delete?: { IndexName: string }
}

export type VectorDistanceFunction = 'COSINE' | 'DOT_PRODUCT' | 'EUCLIDEAN'
export interface SearchSchemaElement {
  AttributeName: string
  SearchSchemaElementType: 'HASH' | 'INLINE_FILTER'
}
/** A table with vector indexes is billed PAY_PER_REQUEST. */
export interface VectorIndex {
  IndexName: string
  /** A list of numbers, each within 32-bit floating point; it is no key of the table. */
  VectorAttribute: { AttributeName: string }
  /** Attributes that a search may ask for, defined in AttributeDefinitions. */
  SearchSchema?: SearchSchemaElement[]
  Projection: Projection
  /** 1 to 4096. */
  Dimensions: number
  DistanceFunction: VectorDistanceFunction
}
export interface VectorIndexUpdate { Create?: VectorIndex, Delete?: { IndexName: string } }
export type GlobalTableSettingsReplicationMode = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_OVERRIDES'

export interface ProvisionedThroughputDescription {
  LastIncreaseDateTime?: number
  LastDecreaseDateTime?: number
  NumberOfDecreasesToday?: number
  ReadCapacityUnits?: number
  WriteCapacityUnits?: number
}

export interface LocalSecondaryIndexDescription {
  IndexName?: string
  KeySchema?: KeySchemaElement[]
  Projection?: Projection
  IndexSizeBytes?: number
  ItemCount?: number
  IndexArn?: string
}

export interface GlobalSecondaryIndexDescription extends LocalSecondaryIndexDescription {
  IndexStatus?: IndexStatus
  Backfilling?: boolean
  ProvisionedThroughput?: ProvisionedThroughputDescription
  OnDemandThroughput?: OnDemandThroughput
  WarmThroughput?: WarmThroughput & { Status?: IndexStatus }
}

export interface VectorIndexDescription extends Partial<VectorIndex> {
  IndexStatus?: IndexStatus
  Backfilling?: boolean
  IndexSizeBytes?: number
  ItemCount?: number
  IndexArn?: string
}

export interface TableDescription {
  AttributeDefinitions?: AttributeDefinition[]
  TableName?: string
  KeySchema?: KeySchemaElement[]
  TableStatus?: TableStatus
  CreationDateTime?: number
  ProvisionedThroughput?: ProvisionedThroughputDescription
  TableSizeBytes?: number
  ItemCount?: number
  TableArn?: string
  TableId?: string
  BillingModeSummary?: { BillingMode?: BillingMode, LastUpdateToPayPerRequestDateTime?: number }
  LocalSecondaryIndexes?: LocalSecondaryIndexDescription[]
  GlobalSecondaryIndexes?: GlobalSecondaryIndexDescription[]
  StreamSpecification?: StreamSpecification
  LatestStreamLabel?: string
  LatestStreamArn?: string
  GlobalTableVersion?: string
  Replicas?: ReplicaDescription[]
  GlobalTableWitnesses?: Array<{ RegionName?: string, WitnessStatus?: 'ACTIVE' }>
  GlobalTableSettingsReplicationMode?: GlobalTableSettingsReplicationMode
  MultiRegionConsistency?: 'EVENTUAL' | 'STRONG'
  RestoreSummary?: {
    SourceBackupArn?: string
    SourceTableArn?: string
    RestoreDateTime: number
    RestoreInProgress: boolean
  }
  SSEDescription?: {
    Status?: 'ENABLING' | 'ENABLED' | 'DISABLING' | 'DISABLED' | 'UPDATING'
    SSEType?: SSEType
    KMSMasterKeyArn?: string
  }
  TableClassSummary?: { TableClass?: TableClass, LastUpdateDateTime?: number }
  DeletionProtectionEnabled?: boolean
  DisassociationProtectionEnabled?: boolean
  OnDemandThroughput?: OnDemandThroughput
  WarmThroughput?: WarmThroughput & { Status?: TableStatus }
  VectorIndexes?: VectorIndexDescription[]
}

export interface CreateTableRequest {
  TableName: string
  AttributeDefinitions: AttributeDefinition[]
  KeySchema: KeySchemaElement[]
  LocalSecondaryIndexes?: LocalSecondaryIndex[]
  GlobalSecondaryIndexes?: GlobalSecondaryIndex[]
  BillingMode?: BillingMode
  ProvisionedThroughput?: ProvisionedThroughput
  StreamSpecification?: StreamSpecification
  SSESpecification?: SSESpecification
  Tags?: Tag[]
  TableClass?: TableClass
  DeletionProtectionEnabled?: boolean
  WarmThroughput?: WarmThroughput
  ResourcePolicy?: string
  OnDemandThroughput?: OnDemandThroughput
  /** Refused: a database has one account. */
  GlobalTableSourceArn?: string
  GlobalTableSettingsReplicationMode?: GlobalTableSettingsReplicationMode
  VectorIndexes?: VectorIndex[]
}
export interface CreateTableResponse { TableDescription?: TableDescription }

export interface DescribeTableRequest { TableName: string }
export interface DescribeTableResponse { Table?: TableDescription }

export interface ListTablesRequest { ExclusiveStartTableName?: string, Limit?: number }
export interface ListTablesResponse { TableNames?: string[], LastEvaluatedTableName?: string }

export interface UpdateTableRequest {
  TableName: string
  AttributeDefinitions?: AttributeDefinition[]
  BillingMode?: BillingMode
  ProvisionedThroughput?: ProvisionedThroughput
  GlobalSecondaryIndexUpdates?: GlobalSecondaryIndexUpdate[]
  StreamSpecification?: StreamSpecification
  SSESpecification?: SSESpecification
  ReplicaUpdates?: ReplicationGroupUpdate[]
  MultiRegionConsistency?: 'EVENTUAL' | 'STRONG'
  TableClass?: TableClass
  DeletionProtectionEnabled?: boolean
  OnDemandThroughput?: OnDemandThroughput
  WarmThroughput?: WarmThroughput
  /** One: created with the replica of a new STRONG global table, or deleted with a replica. */
  GlobalTableWitnessUpdates?: Array<{
    Create?: { RegionName: string }
    Delete?: { RegionName: string }
  }>
  GlobalTableSettingsReplicationMode?: GlobalTableSettingsReplicationMode
  DisassociationProtectionEnabled?: boolean
  /** One: created or deleted. */
  VectorIndexUpdates?: VectorIndexUpdate[]
}
export interface UpdateTableResponse { TableDescription?: TableDescription }

export interface DeleteTableRequest { TableName: string }
export interface DeleteTableResponse { TableDescription?: TableDescription }

/* ------------------------------------------------------------------ items ----------------- */

export interface Capacity {
  ReadCapacityUnits?: number
  WriteCapacityUnits?: number
  CapacityUnits?: number
}

export interface ConsumedCapacity extends Capacity {
  TableName?: string
  Table?: Capacity
  LocalSecondaryIndexes?: Record<string, Capacity>
  GlobalSecondaryIndexes?: Record<string, Capacity>
  VectorIndexes?: Record<string, VectorCapacity>
}
export interface VectorCapacity {
  VectorSearchRequestBytes?: number
  VectorWriteRequestBytes?: number
}

export interface ItemCollectionMetrics {
  ItemCollectionKey?: Item
  SizeEstimateRangeGB?: number[]
}

export interface ExpectedAttributeValue {
  Value?: AttributeInput
  Exists?: boolean
  ComparisonOperator?: ComparisonOperator
  AttributeValueList?: AttributeInput[]
}

export interface Condition {
  AttributeValueList?: AttributeInput[]
  ComparisonOperator: ComparisonOperator
}

export interface AttributeValueUpdate {
  Value?: AttributeInput
  Action?: 'ADD' | 'PUT' | 'DELETE'
}

/** What expressions refer to. */
export interface Placeholders {
  ExpressionAttributeNames?: Record<string, string>
  ExpressionAttributeValues?: Record<string, AttributeInput>
}

interface WriteCondition extends Placeholders {
  ConditionExpression?: string
  ReturnValuesOnConditionCheckFailure?: ReturnValuesOnConditionCheckFailure
}

interface SingleWrite extends WriteCondition {
  TableName: string
  Expected?: Record<string, ExpectedAttributeValue>
  ConditionalOperator?: ConditionalOperator
  ReturnConsumedCapacity?: ReturnConsumedCapacity
  ReturnItemCollectionMetrics?: ReturnItemCollectionMetrics
}

interface SingleWriteResponse {
  Attributes?: Item
  ConsumedCapacity?: ConsumedCapacity
  ItemCollectionMetrics?: ItemCollectionMetrics
}

export interface PutItemRequest extends SingleWrite {
  Item: ItemInput
  ReturnValues?: 'NONE' | 'ALL_OLD'
}
export interface PutItemResponse extends SingleWriteResponse {}

export interface UpdateItemRequest extends SingleWrite {
  Key: KeyInput
  UpdateExpression?: string
  AttributeUpdates?: Record<string, AttributeValueUpdate>
  ReturnValues?: ReturnValue
}
export interface UpdateItemResponse extends SingleWriteResponse {}

export interface DeleteItemRequest extends SingleWrite {
  Key: KeyInput
  ReturnValues?: 'NONE' | 'ALL_OLD'
}
export interface DeleteItemResponse extends SingleWriteResponse {}

export interface GetItemRequest {
  TableName: string
  Key: KeyInput
  AttributesToGet?: string[]
  ConsistentRead?: boolean
  ReturnConsumedCapacity?: ReturnConsumedCapacity
  ProjectionExpression?: string
  ExpressionAttributeNames?: Record<string, string>
}
export interface GetItemResponse { Item?: Item, ConsumedCapacity?: ConsumedCapacity }

interface ManyItemsRequest extends Placeholders {
  TableName: string
  IndexName?: string
  Select?: Select
  AttributesToGet?: string[]
  Limit?: number
  ConsistentRead?: boolean
  ConditionalOperator?: ConditionalOperator
  ExclusiveStartKey?: KeyInput
  ReturnConsumedCapacity?: ReturnConsumedCapacity
  ProjectionExpression?: string
  FilterExpression?: string
}

interface ManyItemsResponse {
  Items?: Item[]
  Count: number
  ScannedCount: number
  LastEvaluatedKey?: Item
  ConsumedCapacity?: ConsumedCapacity
}

export interface QueryRequest extends ManyItemsRequest {
  KeyConditionExpression?: string
  KeyConditions?: Record<string, Condition>
  QueryFilter?: Record<string, Condition>
  ScanIndexForward?: boolean
}
export interface QueryResponse extends ManyItemsResponse {}

export interface ScanRequest extends ManyItemsRequest {
  ScanFilter?: Record<string, Condition>
  TotalSegments?: number
  Segment?: number
}
export interface ScanResponse extends ManyItemsResponse {}

/* ------------------------------------------------------------------ batches --------------- */

export interface KeysAndAttributes {
  Keys: KeyInput[]
  AttributesToGet?: string[]
  ConsistentRead?: boolean
  ProjectionExpression?: string
  ExpressionAttributeNames?: Record<string, string>
}

export interface BatchGetItemRequest {
  RequestItems: Record<string, KeysAndAttributes>
  ReturnConsumedCapacity?: ReturnConsumedCapacity
}
export interface BatchGetItemResponse {
  Responses?: Record<string, Item[]>
  UnprocessedKeys?: Record<string, KeysAndAttributes>
  ConsumedCapacity?: ConsumedCapacity[]
}

export interface WriteRequest {
  PutRequest?: { Item: ItemInput }
  DeleteRequest?: { Key: KeyInput }
}

export interface BatchWriteItemRequest {
  RequestItems: Record<string, WriteRequest[]>
  ReturnConsumedCapacity?: ReturnConsumedCapacity
  ReturnItemCollectionMetrics?: ReturnItemCollectionMetrics
}
export interface BatchWriteItemResponse {
  UnprocessedItems?: Record<string, WriteRequest[]>
  ItemCollectionMetrics?: Record<string, ItemCollectionMetrics[]>
  ConsumedCapacity?: ConsumedCapacity[]
}

/* ------------------------------------------------------------------ transactions ---------- */

export interface TransactWriteItem {
  ConditionCheck?: WriteCondition & {
    TableName: string, Key: KeyInput, ConditionExpression: string
  }
  Put?: WriteCondition & { TableName: string, Item: ItemInput }
  Delete?: WriteCondition & { TableName: string, Key: KeyInput }
  Update?: WriteCondition & { TableName: string, Key: KeyInput, UpdateExpression: string }
}

export interface TransactWriteItemsRequest {
  TransactItems: TransactWriteItem[]
  ReturnConsumedCapacity?: ReturnConsumedCapacity
  ReturnItemCollectionMetrics?: ReturnItemCollectionMetrics
  ClientRequestToken?: string
}
export interface TransactWriteItemsResponse {
  ConsumedCapacity?: ConsumedCapacity[]
  ItemCollectionMetrics?: Record<string, ItemCollectionMetrics[]>
}

export interface TransactGetItem {
  Get: {
    TableName: string
    Key: KeyInput
    ProjectionExpression?: string
    ExpressionAttributeNames?: Record<string, string>
  }
}

export interface TransactGetItemsRequest {
  TransactItems: TransactGetItem[]
  ReturnConsumedCapacity?: ReturnConsumedCapacity
}
export interface TransactGetItemsResponse {
  ConsumedCapacity?: ConsumedCapacity[]
  Responses?: Array<{ Item?: Item }>
}

/** Why one item of a transaction kept it from happening. */
export interface CancellationReason { Code?: string, Message?: string, Item?: Item }

/* ------------------------------------------------------------------ all of them ----------- */

export interface Operations extends StreamOperations, BackupOperations {}
export interface Operations extends StatementOperations {}
export interface Operations extends SettingsOperations {}
export interface Operations {
  CreateTable: { request: CreateTableRequest, response: CreateTableResponse }
  DescribeTable: { request: DescribeTableRequest, response: DescribeTableResponse }
  ListTables: { request: ListTablesRequest, response: ListTablesResponse }
  UpdateTable: { request: UpdateTableRequest, response: UpdateTableResponse }
  DeleteTable: { request: DeleteTableRequest, response: DeleteTableResponse }
  PutItem: { request: PutItemRequest, response: PutItemResponse }
  GetItem: { request: GetItemRequest, response: GetItemResponse }
  UpdateItem: { request: UpdateItemRequest, response: UpdateItemResponse }
  DeleteItem: { request: DeleteItemRequest, response: DeleteItemResponse }
  Query: { request: QueryRequest, response: QueryResponse }
  Scan: { request: ScanRequest, response: ScanResponse }
  BatchGetItem: { request: BatchGetItemRequest, response: BatchGetItemResponse }
  BatchWriteItem: { request: BatchWriteItemRequest, response: BatchWriteItemResponse }
  TransactWriteItems: {
    request: TransactWriteItemsRequest, response: TransactWriteItemsResponse
  }
  TransactGetItems: { request: TransactGetItemsRequest, response: TransactGetItemsResponse }
}
