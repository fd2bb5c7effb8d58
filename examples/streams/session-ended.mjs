// A Lambda function on the stream of a table of sessions: when Time To Live removes one, it keeps
// a line of history. What users delete themselves (a sign-out) has no userIdentity: no such end.
// In production `documents` is made from DynamoDBClient at the top of the module.
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'

export const sessionEnded = (documents, historyTable) => async event => {
  for (const { eventName, userIdentity, dynamodb } of event.Records) {
    if (eventName !== 'REMOVE' || userIdentity?.principalId !== 'dynamodb.amazonaws.com') continue
    const { id, user } = unmarshall(dynamodb.OldImage)
    await documents.send(new PutCommand({
      TableName: historyTable,
      Item: { user, at: dynamodb.ApproximateCreationDateTime, session: id, event: 'expired' }
    }))
  }
}

/** The event source mapping's parameters: only what Time To Live removes calls the function. */
export const mapping = {
  FilterCriteria: {
    Filters: [{ Pattern: JSON.stringify({ userIdentity: { type: ['Service'] } }) }]
  }
}
