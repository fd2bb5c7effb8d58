/*
 * settings.d.cts - requests and responses of what is set on tables: tags, policies, destinations,
 * insights, replicas and their capacity; of the account; and of the newest operations.
 */

import type {
  AttributeInput, BillingMode, IndexStatus, Item, ReturnConsumedCapacity, TableClass, TableStatus,
  Tag, VectorCapacity
} from './operations.cjs'

/* ------------------------------------------------------------------ tags, policies -------- */

export interface TagResourceRequest { ResourceArn: string, Tags: Tag[] }
export interface TagResourceResponse {}
export interface UntagResourceRequest { ResourceArn: string, TagKeys: string[] }
export interface UntagResourceResponse {}
export interface ListTagsOfResourceRequest { ResourceArn: string, NextToken?: string }
export interface ListTagsOfResourceResponse { Tags?: Tag[], NextToken?: string }

export interface PutResourcePolicyRequest {
  ResourceArn: string
  Policy: string
  /** A revision, or NO_POLICY: there must be none. */
  ExpectedRevisionId?: string
  ConfirmRemoveSelfResourceAccess?: boolean
}
export interface PutResourcePolicyResponse { RevisionId?: string }
export interface GetResourcePolicyRequest { ResourceArn: string }
/** The policy is in the service's canonical form. */
export interface GetResourcePolicyResponse { Policy?: string, RevisionId?: string }
export interface DeleteResourcePolicyRequest { ResourceArn: string, ExpectedRevisionId?: string }
export interface DeleteResourcePolicyResponse { RevisionId?: string }

/* ------------------------------------------------------------------ Kinesis --------------- */

export type DestinationStatus =
  'ENABLING' | 'ACTIVE' | 'DISABLING' | 'DISABLED' | 'ENABLE_FAILED' | 'UPDATING'
export interface KinesisStreamingConfiguration {
  ApproximateCreationDateTimePrecision?: 'MILLISECOND' | 'MICROSECOND'
}
export interface KinesisStreamingDestinationRequest {
  TableName: string
  StreamArn: string
  EnableKinesisStreamingConfiguration?: KinesisStreamingConfiguration
}
export interface KinesisStreamingDestinationResponse {
  TableName?: string
  StreamArn?: string
  DestinationStatus?: DestinationStatus
  EnableKinesisStreamingConfiguration?: KinesisStreamingConfiguration
}
export interface UpdateKinesisStreamingDestinationRequest {
  TableName: string
  StreamArn: string
  UpdateKinesisStreamingConfiguration?: KinesisStreamingConfiguration
}
export interface UpdateKinesisStreamingDestinationResponse {
  TableName?: string
  StreamArn?: string
  DestinationStatus?: DestinationStatus
  UpdateKinesisStreamingConfiguration?: KinesisStreamingConfiguration
}
export interface KinesisDataStreamDestination extends KinesisStreamingConfiguration {
  StreamArn?: string
  DestinationStatus?: DestinationStatus
  DestinationStatusDescription?: string
}
export interface DescribeKinesisStreamingDestinationRequest { TableName: string }
export interface DescribeKinesisStreamingDestinationResponse {
  TableName?: string
  KinesisDataStreamDestinations?: KinesisDataStreamDestination[]
}

/* ------------------------------------------------------------------ insights -------------- */

export interface ContributorInsightsSummary {
  TableName?: string
  IndexName?: string
  ContributorInsightsStatus?: 'ENABLING' | 'ENABLED' | 'DISABLING' | 'DISABLED' | 'FAILED'
  ContributorInsightsMode?: 'ACCESSED_AND_THROTTLED_KEYS' | 'THROTTLED_KEYS'
}
export interface UpdateContributorInsightsRequest {
  TableName: string
  IndexName?: string
  ContributorInsightsAction: 'ENABLE' | 'DISABLE'
  ContributorInsightsMode?: ContributorInsightsSummary['ContributorInsightsMode']
}
export interface UpdateContributorInsightsResponse extends ContributorInsightsSummary {}
export interface DescribeContributorInsightsRequest { TableName: string, IndexName?: string }
export interface DescribeContributorInsightsResponse extends ContributorInsightsSummary {
  ContributorInsightsRuleList?: string[]
  LastUpdateDateTime?: number
  FailureException?: { ExceptionName?: string, ExceptionDescription?: string }
}
export interface ListContributorInsightsRequest {
  TableName?: string
  NextToken?: string
  /** 100 at most. */
  MaxResults?: number
}
export interface ListContributorInsightsResponse {
  ContributorInsightsSummaries?: ContributorInsightsSummary[]
  NextToken?: string
}

/* ------------------------------------------------------------------ replicas -------------- */

export interface ReplicaIndex {
  IndexName: string
  ProvisionedThroughputOverride?: { ReadCapacityUnits?: number }
  OnDemandThroughputOverride?: { MaxReadRequestUnits?: number }
}
export interface ReplicaSettings {
  RegionName: string
  KMSMasterKeyId?: string
  ProvisionedThroughputOverride?: { ReadCapacityUnits?: number }
  OnDemandThroughputOverride?: { MaxReadRequestUnits?: number }
  GlobalSecondaryIndexes?: ReplicaIndex[]
  TableClassOverride?: TableClass
}
export interface ReplicationGroupUpdate {
  Create?: ReplicaSettings
  Update?: ReplicaSettings
  Delete?: { RegionName: string }
  /** Of this Region's own replica; DisassociationProtectionEnabled must have been set to false. */
  Disassociate?: { RegionName: string, DisassociationMode: 'WAIT_FOR_REPLICATION' }
}
export type ReplicaStatus = 'CREATING' | 'CREATION_FAILED' | 'UPDATING' | 'DELETING' | 'ACTIVE' |
  'REGION_DISABLED' | 'INACCESSIBLE_ENCRYPTION_CREDENTIALS'
export interface ReplicaDescription extends Omit<Partial<ReplicaSettings>, 'TableClassOverride'> {
  ReplicaStatus?: ReplicaStatus
  WarmThroughput?: {
    ReadUnitsPerSecond?: number, WriteUnitsPerSecond?: number, Status?: TableStatus
  }
  ReplicaTableClassSummary?: { TableClass?: TableClass }
  GlobalTableSettingsReplicationMode?: 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_OVERRIDES'
}

interface ScalingPolicy {
  PolicyName?: string
  TargetTrackingScalingPolicyConfiguration: {
    DisableScaleIn?: boolean
    ScaleInCooldown?: number
    ScaleOutCooldown?: number
    TargetValue: number
  }
}
export interface AutoScalingSettingsUpdate {
  MinimumUnits?: number
  MaximumUnits?: number
  AutoScalingDisabled?: boolean
  AutoScalingRoleArn?: string
  ScalingPolicyUpdate?: ScalingPolicy
}
export interface AutoScalingSettingsDescription {
  MinimumUnits?: number
  MaximumUnits?: number
  AutoScalingDisabled?: boolean
  AutoScalingRoleArn?: string
  ScalingPolicies?: ScalingPolicy[]
}

export interface DescribeTableReplicaAutoScalingRequest { TableName: string }
export interface DescribeTableReplicaAutoScalingResponse {
  TableAutoScalingDescription?: {
    TableName?: string
    TableStatus?: TableStatus
    Replicas?: Array<{
      RegionName?: string
      ReplicaStatus?: ReplicaStatus
      ReplicaProvisionedReadCapacityAutoScalingSettings?: AutoScalingSettingsDescription
      ReplicaProvisionedWriteCapacityAutoScalingSettings?: AutoScalingSettingsDescription
      GlobalSecondaryIndexes?: Array<{
        IndexName?: string
        IndexStatus?: IndexStatus
        ProvisionedReadCapacityAutoScalingSettings?: AutoScalingSettingsDescription
        ProvisionedWriteCapacityAutoScalingSettings?: AutoScalingSettingsDescription
      }>
    }>
  }
}
export interface UpdateTableReplicaAutoScalingRequest {
  TableName: string
  GlobalSecondaryIndexUpdates?: Array<{
    IndexName?: string
    ProvisionedWriteCapacityAutoScalingUpdate?: AutoScalingSettingsUpdate
  }>
  ProvisionedWriteCapacityAutoScalingUpdate?: AutoScalingSettingsUpdate
  ReplicaUpdates?: Array<{
    RegionName: string
    ReplicaGlobalSecondaryIndexUpdates?: Array<{
      IndexName?: string
      ProvisionedReadCapacityAutoScalingUpdate?: AutoScalingSettingsUpdate
    }>
    ReplicaProvisionedReadCapacityAutoScalingUpdate?: AutoScalingSettingsUpdate
  }>
}
export interface UpdateTableReplicaAutoScalingResponse
  extends DescribeTableReplicaAutoScalingResponse {}

/* ------------------------------------------------------------------ global tables of 2017 - */

export interface GlobalTable {
  GlobalTableName?: string
  ReplicationGroup?: Array<{ RegionName?: string }>
}
export interface GlobalTableDescription {
  ReplicationGroup?: ReplicaDescription[]
  GlobalTableArn?: string
  CreationDateTime?: number
  GlobalTableStatus?: 'CREATING' | 'ACTIVE' | 'DELETING' | 'UPDATING'
  GlobalTableName?: string
}
export interface CreateGlobalTableRequest {
  GlobalTableName: string
  ReplicationGroup: Array<{ RegionName?: string }>
}
export interface UpdateGlobalTableRequest {
  GlobalTableName: string
  ReplicaUpdates: Array<{ Create?: { RegionName: string }, Delete?: { RegionName: string } }>
}
export interface DescribeGlobalTableRequest { GlobalTableName: string }
export interface GlobalTableResponse { GlobalTableDescription?: GlobalTableDescription }
export interface ListGlobalTablesRequest {
  ExclusiveStartGlobalTableName?: string
  /** Default 100. */
  Limit?: number
  RegionName?: string
}
export interface ListGlobalTablesResponse {
  GlobalTables?: GlobalTable[]
  LastEvaluatedGlobalTableName?: string
}

export interface ReplicaSettingsDescription {
  RegionName: string
  ReplicaStatus?: ReplicaStatus
  ReplicaBillingModeSummary?: { BillingMode?: BillingMode }
  ReplicaProvisionedReadCapacityUnits?: number
  ReplicaProvisionedReadCapacityAutoScalingSettings?: AutoScalingSettingsDescription
  ReplicaProvisionedWriteCapacityUnits?: number
  ReplicaProvisionedWriteCapacityAutoScalingSettings?: AutoScalingSettingsDescription
  ReplicaGlobalSecondaryIndexSettings?: Array<{
    IndexName: string
    IndexStatus?: IndexStatus
    ProvisionedReadCapacityUnits?: number
    ProvisionedReadCapacityAutoScalingSettings?: AutoScalingSettingsDescription
    ProvisionedWriteCapacityUnits?: number
    ProvisionedWriteCapacityAutoScalingSettings?: AutoScalingSettingsDescription
  }>
  ReplicaTableClassSummary?: { TableClass?: TableClass }
}
export interface DescribeGlobalTableSettingsRequest { GlobalTableName: string }
export interface GlobalTableSettingsResponse {
  GlobalTableName?: string
  ReplicaSettings?: ReplicaSettingsDescription[]
}
export interface UpdateGlobalTableSettingsRequest {
  GlobalTableName: string
  GlobalTableBillingMode?: BillingMode
  GlobalTableProvisionedWriteCapacityUnits?: number
  GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate?: AutoScalingSettingsUpdate
  GlobalTableGlobalSecondaryIndexSettingsUpdate?: Array<{
    IndexName: string
    ProvisionedWriteCapacityUnits?: number
    ProvisionedWriteCapacityAutoScalingSettingsUpdate?: AutoScalingSettingsUpdate
  }>
  ReplicaSettingsUpdate?: Array<{
    RegionName: string
    ReplicaProvisionedReadCapacityUnits?: number
    ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate?: AutoScalingSettingsUpdate
    ReplicaGlobalSecondaryIndexSettingsUpdate?: Array<{
      IndexName: string
      ProvisionedReadCapacityUnits?: number
      ProvisionedReadCapacityAutoScalingSettingsUpdate?: AutoScalingSettingsUpdate
    }>
    ReplicaTableClass?: TableClass
  }>
}

/* ------------------------------------------------------------------ account --------------- */

export interface DescribeLimitsRequest {}
export interface DescribeLimitsResponse {
  AccountMaxReadCapacityUnits?: number
  AccountMaxWriteCapacityUnits?: number
  TableMaxReadCapacityUnits?: number
  TableMaxWriteCapacityUnits?: number
}
export interface DescribeEndpointsRequest {}
export interface DescribeEndpointsResponse {
  Endpoints: Array<{ Address: string, CachePeriodInMinutes: number }>
}

/* ------------------------------------------------------------------ newest ---------------- */

export interface SearchVectorsRequest {
  TableName: string
  IndexName: string
  SearchVector: AttributeInput[]
  /** 1 to 100. */
  TopK: number
  /** Equalities of attributes of the index's SearchSchema; its HASH must be among them. */
  SearchConditionExpression?: string
  ProjectionExpression?: string
  ExpressionAttributeNames?: Record<string, string>
  ExpressionAttributeValues?: Record<string, AttributeInput>
  ReturnConsumedCapacity?: ReturnConsumedCapacity
}
/** Nearest first. COSINE and EUCLIDEAN: less is nearer; DOT_PRODUCT: more. */
export interface SearchVectorsResponse {
  SearchResults?: Array<{ Item?: Item, Score?: number }>
  ConsumedCapacity?: VectorCapacity
}

interface BulkS3Location { S3BucketOwner?: string, S3KeyPrefix?: string }
export interface BulkInput extends BulkS3Location {
  S3Bucket: string
  InputFormat: 'DYNAMODB_JSON' | 'ION'
  InputCompressionType?: 'GZIP' | 'ZSTD' | 'NONE'
}
export interface BulkOutput extends BulkS3Location {
  S3Bucket?: string
  S3SseAlgorithm?: 'AES256' | 'KMS'
  S3SseKmsKeyId?: string
  OutputType: Array<'CONDITION_CHECK_FAILURE' | 'ERROR'>
}
export type BulkOperationStatus = 'IN_PROGRESS' | 'COMPLETED' | 'COMPLETED_WITH_ERRORS' |
  'CANCELLING' | 'CANCELLED' | 'FAILED'
/** Buckets are those of EngineClient.bucket(). */
export interface StartBulkPutItemsRequest {
  TableName: string
  InputS3Configuration: BulkInput
  OutputS3Configuration: BulkOutput
  ClientToken?: string
  /** 1024 at least. */
  MaxWriteRequestUnits?: number
  PerformanceTier?: 'ACCELERATED' | 'STANDARD'
}
export interface BulkOperationDescription {
  BulkOperationArn?: string
  BulkOperationStatus?: BulkOperationStatus
  TableDetails?: Array<{ TableName?: string, TableId?: string }>
  ClientToken?: string
  InputS3Configuration?: BulkInput
  OutputS3Configuration?: BulkOutput
  StartTime?: number
  EndTime?: number
  ProcessedItemCount?: number
  ProcessedInputBytes?: number
  /** Of the processed ones; a condition that is false is no failure. */
  FailedItemCount?: number
  FailureCode?: string
  FailureMessage?: string
  MaxWriteRequestUnits?: number
  PerformanceTier?: 'ACCELERATED' | 'STANDARD'
}
export interface BulkOperationResponse { BulkOperationDescription: BulkOperationDescription }
export interface BulkOperationRequest { BulkOperationArn: string }
export interface ListBulkOperationsRequest { MaxResults?: number, NextToken?: string }
export interface ListBulkOperationsResponse {
  BulkOperationsSummaryList?: Array<{
    BulkOperationArn: string
    BulkOperationStatus: BulkOperationStatus
    StartTime: number
    EndTime?: number
  }>
  NextToken?: string
}
export interface CancelBulkOperationResponse {
  BulkOperationArn: string
  BulkOperationStatus: BulkOperationStatus
}

/* ------------------------------------------------------------------ all of them ----------- */

export interface SettingsOperations {
  TagResource: { request: TagResourceRequest, response: TagResourceResponse }
  UntagResource: { request: UntagResourceRequest, response: UntagResourceResponse }
  ListTagsOfResource: { request: ListTagsOfResourceRequest, response: ListTagsOfResourceResponse }
  PutResourcePolicy: { request: PutResourcePolicyRequest, response: PutResourcePolicyResponse }
  GetResourcePolicy: { request: GetResourcePolicyRequest, response: GetResourcePolicyResponse }
  DeleteResourcePolicy: {
    request: DeleteResourcePolicyRequest, response: DeleteResourcePolicyResponse
  }
  EnableKinesisStreamingDestination: {
    request: KinesisStreamingDestinationRequest, response: KinesisStreamingDestinationResponse
  }
  DisableKinesisStreamingDestination: {
    request: KinesisStreamingDestinationRequest, response: KinesisStreamingDestinationResponse
  }
  UpdateKinesisStreamingDestination: {
    request: UpdateKinesisStreamingDestinationRequest
    response: UpdateKinesisStreamingDestinationResponse
  }
  DescribeKinesisStreamingDestination: {
    request: DescribeKinesisStreamingDestinationRequest
    response: DescribeKinesisStreamingDestinationResponse
  }
  UpdateContributorInsights: {
    request: UpdateContributorInsightsRequest, response: UpdateContributorInsightsResponse
  }
  DescribeContributorInsights: {
    request: DescribeContributorInsightsRequest, response: DescribeContributorInsightsResponse
  }
  ListContributorInsights: {
    request: ListContributorInsightsRequest, response: ListContributorInsightsResponse
  }
  CreateGlobalTable: { request: CreateGlobalTableRequest, response: GlobalTableResponse }
  UpdateGlobalTable: { request: UpdateGlobalTableRequest, response: GlobalTableResponse }
  DescribeGlobalTable: { request: DescribeGlobalTableRequest, response: GlobalTableResponse }
  ListGlobalTables: { request: ListGlobalTablesRequest, response: ListGlobalTablesResponse }
  DescribeGlobalTableSettings: {
    request: DescribeGlobalTableSettingsRequest, response: GlobalTableSettingsResponse
  }
  UpdateGlobalTableSettings: {
    request: UpdateGlobalTableSettingsRequest, response: GlobalTableSettingsResponse
  }
  DescribeTableReplicaAutoScaling: {
    request: DescribeTableReplicaAutoScalingRequest
    response: DescribeTableReplicaAutoScalingResponse
  }
  UpdateTableReplicaAutoScaling: {
    request: UpdateTableReplicaAutoScalingRequest
    response: UpdateTableReplicaAutoScalingResponse
  }
  DescribeLimits: { request: DescribeLimitsRequest, response: DescribeLimitsResponse }
  DescribeEndpoints: { request: DescribeEndpointsRequest, response: DescribeEndpointsResponse }
  SearchVectors: { request: SearchVectorsRequest, response: SearchVectorsResponse }
  StartBulkPutItems: { request: StartBulkPutItemsRequest, response: BulkOperationResponse }
  DescribeBulkOperation: { request: BulkOperationRequest, response: BulkOperationResponse }
  ListBulkOperations: {
    request: ListBulkOperationsRequest, response: ListBulkOperationsResponse
  }
  CancelBulkOperation: { request: BulkOperationRequest, response: CancelBulkOperationResponse }
}
