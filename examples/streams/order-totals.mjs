// A Lambda function on the stream of a table of orders that keeps each customer's total. A record
// may come more than once (a retry), so each one is counted in a transaction together with a note
// that it was: the note's condition makes the second time harmless.
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'

const failed = error => {
  const seen = error.CancellationReasons?.[0].Code === 'ConditionalCheckFailed'
  if (!seen) throw error
}

const amountOf = image => image === undefined ? 0 : unmarshall(image).amount

export const orderTotals = (documents, totalsTable) => {
  async function count ({ eventID, dynamodb: { Keys, NewImage, OldImage } }) {
    const change = amountOf(NewImage) - amountOf(OldImage)
    if (change === 0) return
    const { customer } = unmarshall(Keys)
    const note = { Put: {
      TableName: totalsTable,
      Item: { pk: `seen#${eventID}` },
      ConditionExpression: 'attribute_not_exists(pk)'
    } }
    const total = { Update: {
      TableName: totalsTable,
      Key: { pk: `total#${customer}` },
      UpdateExpression: 'ADD amount :change',
      ExpressionAttributeValues: { ':change': change }
    } }
    await documents.send(new TransactWriteCommand({ TransactItems: [note, total] })).catch(failed)
  }

  return async event => {
    for (const record of event.Records) {
      try {
        await count(record)
      } catch (error) {
        console.warn(`${error.name}: ${error.message}`)
        return { batchItemFailures: [{ itemIdentifier: record.dynamodb.SequenceNumber }] }
      }
    }
    return { batchItemFailures: [] }
  }
}

export const mapping = {
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  MaximumRetryAttempts: 5
}
