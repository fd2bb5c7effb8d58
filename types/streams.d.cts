/*
 * streams.d.cts - requests and responses of DynamoDB Streams and of Time To Live.
 */

import type { Item, KeySchemaElement, StreamViewType } from './operations.cjs'

export interface Stream { StreamArn?: string, TableName?: string, StreamLabel?: string }
export interface ListStreamsRequest {
  TableName?: string
  /** 1 to 100; default 100. */
  Limit?: number
  ExclusiveStartStreamArn?: string
}
export interface ListStreamsResponse { Streams?: Stream[], LastEvaluatedStreamArn?: string }

export interface Shard {
  ShardId?: string
  SequenceNumberRange?: {
    StartingSequenceNumber?: string
    /** Absent while the shard is open. */
    EndingSequenceNumber?: string
  }
  ParentShardId?: string
}
export interface DescribeStreamRequest {
  StreamArn: string
  /** Shards a page, 1 to 100; default 100. */
  Limit?: number
  ExclusiveStartShardId?: string
  ShardFilter?: { Type?: 'CHILD_SHARDS', ShardId?: string }
}
export interface StreamDescription {
  StreamArn?: string
  StreamLabel?: string
  StreamStatus?: 'ENABLING' | 'ENABLED' | 'DISABLING' | 'DISABLED'
  StreamViewType?: StreamViewType
  CreationRequestDateTime?: number
  TableName?: string
  KeySchema?: KeySchemaElement[]
  Shards?: Shard[]
  LastEvaluatedShardId?: string
}
export interface DescribeStreamResponse { StreamDescription?: StreamDescription }

export type ShardIteratorType =
  'TRIM_HORIZON' | 'LATEST' | 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER'
export interface GetShardIteratorRequest {
  StreamArn: string
  ShardId: string
  ShardIteratorType: ShardIteratorType
  /** Required for the types that name it. */
  SequenceNumber?: string
}
/** Valid for 15 minutes, and as often as wanted. */
export interface GetShardIteratorResponse { ShardIterator?: string }

export interface StreamRecord {
  ApproximateCreationDateTime?: number
  Keys?: Item
  NewImage?: Item
  OldImage?: Item
  SequenceNumber?: string
  SizeBytes?: number
  StreamViewType?: StreamViewType
}
/* Record would hide TypeScript's own. */
export interface StreamsRecord {
  eventID?: string
  eventName?: 'INSERT' | 'MODIFY' | 'REMOVE'
  eventVersion?: string
  eventSource?: string
  awsRegion?: string
  dynamodb?: StreamRecord
  /** Present when Time To Live removed the item. */
  userIdentity?: { PrincipalId?: string, Type?: string }
}
export interface GetRecordsRequest {
  ShardIterator: string
  /** 1 to 1000; default 1000. */
  Limit?: number
}
export interface GetRecordsResponse {
  Records?: StreamsRecord[]
  /** Absent when the shard is closed and read to its end. */
  NextShardIterator?: string
}

export interface TimeToLiveSpecification {
  Enabled: boolean
  /** A top-level attribute with the second since 1970 after which its item expires. */
  AttributeName: string
}
export interface UpdateTimeToLiveRequest {
  TableName: string
  TimeToLiveSpecification: TimeToLiveSpecification
}
export interface UpdateTimeToLiveResponse { TimeToLiveSpecification?: TimeToLiveSpecification }
export interface TimeToLiveDescription {
  TimeToLiveStatus?: 'ENABLING' | 'ENABLED' | 'DISABLING' | 'DISABLED'
  AttributeName?: string
}
export interface DescribeTimeToLiveRequest { TableName: string }
export interface DescribeTimeToLiveResponse { TimeToLiveDescription?: TimeToLiveDescription }

export interface StreamOperations {
  ListStreams: { request: ListStreamsRequest, response: ListStreamsResponse }
  DescribeStream: { request: DescribeStreamRequest, response: DescribeStreamResponse }
  GetShardIterator: { request: GetShardIteratorRequest, response: GetShardIteratorResponse }
  GetRecords: { request: GetRecordsRequest, response: GetRecordsResponse }
  UpdateTimeToLive: { request: UpdateTimeToLiveRequest, response: UpdateTimeToLiveResponse }
  DescribeTimeToLive: { request: DescribeTimeToLiveRequest, response: DescribeTimeToLiveResponse }
}
