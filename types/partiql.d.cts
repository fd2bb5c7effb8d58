/*
 * partiql.d.cts - requests and responses of PartiQL statements.
 */

import type {
  AttributeInput, ConsumedCapacity, Item, ReturnConsumedCapacity,
  ReturnValuesOnConditionCheckFailure
} from './operations.cjs'

/** A statement and the values of its `?`, from left to right. */
export interface ParameterizedStatement {
  Statement: string
  /** One at least, if given. */
  Parameters?: AttributeInput[]
  ReturnValuesOnConditionCheckFailure?: ReturnValuesOnConditionCheckFailure
}

export interface ExecuteStatementRequest extends ParameterizedStatement {
  ConsistentRead?: boolean
  /** Of the same statement with the same Parameters. */
  NextToken?: string
  ReturnConsumedCapacity?: ReturnConsumedCapacity
  /** Items to look at, not to return. */
  Limit?: number
}
export interface ExecuteStatementResponse {
  Items?: Item[]
  NextToken?: string
  LastEvaluatedKey?: Item
  ConsumedCapacity?: ConsumedCapacity
}

export interface BatchStatementRequest extends ParameterizedStatement { ConsistentRead?: boolean }
export interface BatchStatementError {
  Code?: 'ConditionalCheckFailed' | 'ItemCollectionSizeLimitExceeded' | 'RequestLimitExceeded' |
  'ValidationError' | 'ProvisionedThroughputExceeded' | 'TransactionConflict' | 'ThrottlingError' |
  'InternalServerError' | 'ResourceNotFound' | 'AccessDenied' | 'DuplicateItem'
  Message?: string
  Item?: Item
}
export interface BatchStatementResponse {
  Error?: BatchStatementError
  TableName?: string
  Item?: Item
}
export interface BatchExecuteStatementRequest {
  /** 1 to 25: all reads or all writes. */
  Statements: BatchStatementRequest[]
  ReturnConsumedCapacity?: ReturnConsumedCapacity
}
export interface BatchExecuteStatementResponse {
  Responses?: BatchStatementResponse[]
  ConsumedCapacity?: ConsumedCapacity[]
}

export interface ExecuteTransactionRequest {
  /** 1 to 100: all reads, or all writes with EXISTS among them. */
  TransactStatements: ParameterizedStatement[]
  ClientRequestToken?: string
  ReturnConsumedCapacity?: ReturnConsumedCapacity
}
export interface ExecuteTransactionResponse {
  Responses?: Array<{ Item?: Item }>
  ConsumedCapacity?: ConsumedCapacity[]
}

export interface StatementOperations {
  ExecuteStatement: { request: ExecuteStatementRequest, response: ExecuteStatementResponse }
  BatchExecuteStatement: {
    request: BatchExecuteStatementRequest, response: BatchExecuteStatementResponse
  }
  ExecuteTransaction: { request: ExecuteTransactionRequest, response: ExecuteTransactionResponse }
}
