/*
 * backups.d.cts - requests and responses of backups, point-in-time recovery, exports and imports.
 */

import type {
  AttributeDefinition, AttributeInput, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
  LocalSecondaryIndex, OnDemandThroughput, Projection, ProvisionedThroughput, SSESpecification,
  StreamSpecification, TableDescription, VectorIndex
} from './operations.cjs'
import type { TimeToLiveDescription } from './streams.cjs'

/* ------------------------------------------------------------------ backups --------------- */

export type BackupStatus = 'CREATING' | 'DELETED' | 'AVAILABLE'
export type BackupType = 'USER' | 'SYSTEM' | 'AWS_BACKUP'
export interface BackupDetails {
  BackupArn: string
  BackupName: string
  BackupSizeBytes?: number
  BackupStatus: BackupStatus
  BackupType: BackupType
  BackupCreationDateTime: number
  BackupExpiryDateTime?: number
}
export interface SourceTableDetails {
  TableName: string
  TableId: string
  TableArn?: string
  TableSizeBytes?: number
  KeySchema: KeySchemaElement[]
  TableCreationDateTime: number
  ProvisionedThroughput: ProvisionedThroughput
  OnDemandThroughput?: OnDemandThroughput
  ItemCount?: number
  BillingMode?: BillingMode
}
export interface LocalSecondaryIndexInfo {
  IndexName?: string
  KeySchema?: KeySchemaElement[]
  Projection?: Projection
}
export interface GlobalSecondaryIndexInfo extends LocalSecondaryIndexInfo {
  ProvisionedThroughput?: ProvisionedThroughput
  OnDemandThroughput?: OnDemandThroughput
}
export interface SourceTableFeatureDetails {
  LocalSecondaryIndexes?: LocalSecondaryIndexInfo[]
  GlobalSecondaryIndexes?: GlobalSecondaryIndexInfo[]
  StreamDescription?: StreamSpecification
  TimeToLiveDescription?: TimeToLiveDescription
  SSEDescription?: TableDescription['SSEDescription']
}
export interface BackupDescription {
  BackupDetails?: BackupDetails
  SourceTableDetails?: SourceTableDetails
  SourceTableFeatureDetails?: SourceTableFeatureDetails
}
export interface CreateBackupRequest { TableName: string, BackupName: string }
export interface CreateBackupResponse { BackupDetails?: BackupDetails }
export interface DescribeBackupRequest { BackupArn: string }
export interface DescribeBackupResponse { BackupDescription?: BackupDescription }
export interface DeleteBackupRequest { BackupArn: string }
export interface DeleteBackupResponse { BackupDescription?: BackupDescription }
export interface ListBackupsRequest {
  TableName?: string
  /** 1 to 100; default 100. */
  Limit?: number
  /** Inclusive. */
  TimeRangeLowerBound?: number
  /** Exclusive. */
  TimeRangeUpperBound?: number
  ExclusiveStartBackupArn?: string
  BackupType?: BackupType | 'ALL'
}
export interface BackupSummary extends Partial<BackupDetails> {
  TableName?: string
  TableId?: string
  TableArn?: string
}
export interface ListBackupsResponse {
  BackupSummaries?: BackupSummary[]
  LastEvaluatedBackupArn?: string
}

/* ------------------------------------------------------------------ recovery -------------- */

export interface RestoreOverrides {
  TargetTableName: string
  BillingModeOverride?: BillingMode
  /** Those to keep, each as it is in the source; [] keeps none. */
  GlobalSecondaryIndexOverride?: GlobalSecondaryIndex[]
  LocalSecondaryIndexOverride?: LocalSecondaryIndex[]
  ProvisionedThroughputOverride?: ProvisionedThroughput
  OnDemandThroughputOverride?: OnDemandThroughput
  SSESpecificationOverride?: SSESpecification
  VectorIndexOverride?: VectorIndex[]
}
export interface RestoreTableFromBackupRequest extends RestoreOverrides { BackupArn: string }
export interface RestoreTableFromBackupResponse { TableDescription?: TableDescription }
/** Either SourceTableName or SourceTableArn, and either of the two times. */
export interface RestoreTableToPointInTimeRequest extends RestoreOverrides {
  SourceTableName?: string
  SourceTableArn?: string
  UseLatestRestorableTime?: boolean
  RestoreDateTime?: number
}
export interface RestoreTableToPointInTimeResponse { TableDescription?: TableDescription }
export interface PointInTimeRecoverySpecification {
  PointInTimeRecoveryEnabled: boolean
  /** 1 to 35; default 35. */
  RecoveryPeriodInDays?: number
}
export interface ContinuousBackupsDescription {
  ContinuousBackupsStatus: 'ENABLED' | 'DISABLED'
  PointInTimeRecoveryDescription?: {
    PointInTimeRecoveryStatus?: 'ENABLED' | 'DISABLED'
    RecoveryPeriodInDays?: number
    EarliestRestorableDateTime?: number
    LatestRestorableDateTime?: number
  }
}
export interface UpdateContinuousBackupsRequest {
  TableName: string
  PointInTimeRecoverySpecification: PointInTimeRecoverySpecification
}
export interface UpdateContinuousBackupsResponse {
  ContinuousBackupsDescription?: ContinuousBackupsDescription
}
export interface DescribeContinuousBackupsRequest { TableName: string }
export interface DescribeContinuousBackupsResponse {
  ContinuousBackupsDescription?: ContinuousBackupsDescription
}

/* ------------------------------------------------------------------ exports --------------- */

export type ExportFormat = 'DYNAMODB_JSON' | 'ION'
export type ExportStatus = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
export type ExportType = 'FULL_EXPORT' | 'INCREMENTAL_EXPORT'
export interface IncrementalExportSpecification {
  ExportFromTime?: number
  ExportToTime?: number
  ExportViewType?: 'NEW_IMAGE' | 'NEW_AND_OLD_IMAGES'
}
export interface ExportTableToPointInTimeRequest {
  TableArn: string
  /** Of EngineClient.bucket(): a sub-folder of EngineOptions.s3 where that is given. */
  S3Bucket: string
  S3BucketOwner?: string
  S3Prefix?: string
  S3SseAlgorithm?: 'AES256' | 'KMS'
  S3SseKmsKeyId?: string
  ExportTime?: number
  ClientToken?: string
  ExportFormat?: ExportFormat
  ExportType?: ExportType
  IncrementalExportSpecification?: IncrementalExportSpecification
  FilterSpecification?: FilterSpecification
}
/** Which items a full export has, and which of their attributes. */
export interface FilterSpecification {
  FilterExpression?: string
  ProjectionExpression?: string
  KeyConditionExpression?: string
  ExpressionAttributeNames?: Record<string, string>
  ExpressionAttributeValues?: Record<string, AttributeInput>
}
export interface ExportDescription extends Partial<ExportTableToPointInTimeRequest> {
  ExportArn?: string
  ExportStatus?: ExportStatus
  StartTime?: number
  EndTime?: number
  ExportManifest?: string
  TableId?: string
  FailureCode?: string
  FailureMessage?: string
  BilledSizeBytes?: number
  ItemCount?: number
}
export interface ExportTableToPointInTimeResponse { ExportDescription?: ExportDescription }
export interface DescribeExportRequest { ExportArn: string }
export interface DescribeExportResponse { ExportDescription?: ExportDescription }
export interface ListExportsRequest {
  TableArn?: string
  /** 1 to 25; default 25. */
  MaxResults?: number
  NextToken?: string
}
export interface ListExportsResponse {
  ExportSummaries?: Array<{
    ExportArn?: string
    ExportStatus?: ExportStatus
    ExportType?: ExportType
  }>
  NextToken?: string
}

/* ------------------------------------------------------------------ imports --------------- */

export type ImportStatus = 'IN_PROGRESS' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED'
export type InputFormat = 'DYNAMODB_JSON' | 'ION' | 'CSV'
export interface S3BucketSource {
  S3BucketOwner?: string
  /** Of EngineClient.bucket(): a sub-folder of EngineOptions.s3 where that is given. */
  S3Bucket: string
  S3KeyPrefix?: string
}
export interface TableCreationParameters {
  TableName: string
  AttributeDefinitions: AttributeDefinition[]
  KeySchema: KeySchemaElement[]
  BillingMode?: BillingMode
  ProvisionedThroughput?: ProvisionedThroughput
  OnDemandThroughput?: OnDemandThroughput
  SSESpecification?: SSESpecification
  GlobalSecondaryIndexes?: GlobalSecondaryIndex[]
  VectorIndexes?: VectorIndex[]
}
export interface ImportTableRequest {
  ClientToken?: string
  S3BucketSource: S3BucketSource
  InputFormat: InputFormat
  InputFormatOptions?: {
    Csv?: { Delimiter?: ',' | ';' | ':' | '|' | '\t' | ' ', HeaderList?: string[] }
  }
  InputCompressionType?: 'GZIP' | 'ZSTD' | 'NONE'
  TableCreationParameters: TableCreationParameters
}
export interface ImportSummary {
  ImportArn?: string
  ImportStatus?: ImportStatus
  TableArn?: string
  S3BucketSource?: S3BucketSource
  CloudWatchLogGroupArn?: string
  InputFormat?: InputFormat
  StartTime?: number
  EndTime?: number
}
export interface ImportTableDescription extends ImportSummary {
  TableId?: string
  ClientToken?: string
  ErrorCount?: number
  InputFormatOptions?: ImportTableRequest['InputFormatOptions']
  InputCompressionType?: ImportTableRequest['InputCompressionType']
  TableCreationParameters?: TableCreationParameters
  ProcessedSizeBytes?: number
  ProcessedItemCount?: number
  ImportedItemCount?: number
  FailureCode?: string
  FailureMessage?: string
}
export interface ImportTableResponse { ImportTableDescription: ImportTableDescription }
export interface DescribeImportRequest { ImportArn: string }
export interface DescribeImportResponse { ImportTableDescription: ImportTableDescription }
export interface ListImportsRequest {
  TableArn?: string
  /** 1 to 25; default 25. */
  PageSize?: number
  NextToken?: string
}
export interface ListImportsResponse { ImportSummaryList?: ImportSummary[], NextToken?: string }

export interface BackupOperations {
  CreateBackup: { request: CreateBackupRequest, response: CreateBackupResponse }
  DescribeBackup: { request: DescribeBackupRequest, response: DescribeBackupResponse }
  ListBackups: { request: ListBackupsRequest, response: ListBackupsResponse }
  DeleteBackup: { request: DeleteBackupRequest, response: DeleteBackupResponse }
  RestoreTableFromBackup: {
    request: RestoreTableFromBackupRequest, response: RestoreTableFromBackupResponse
  }
  RestoreTableToPointInTime: {
    request: RestoreTableToPointInTimeRequest, response: RestoreTableToPointInTimeResponse
  }
  UpdateContinuousBackups: {
    request: UpdateContinuousBackupsRequest, response: UpdateContinuousBackupsResponse
  }
  DescribeContinuousBackups: {
    request: DescribeContinuousBackupsRequest, response: DescribeContinuousBackupsResponse
  }
  ExportTableToPointInTime: {
    request: ExportTableToPointInTimeRequest, response: ExportTableToPointInTimeResponse
  }
  DescribeExport: { request: DescribeExportRequest, response: DescribeExportResponse }
  ListExports: { request: ListExportsRequest, response: ListExportsResponse }
  ImportTable: { request: ImportTableRequest, response: ImportTableResponse }
  DescribeImport: { request: DescribeImportRequest, response: DescribeImportResponse }
  ListImports: { request: ListImportsRequest, response: ListImportsResponse }
}
