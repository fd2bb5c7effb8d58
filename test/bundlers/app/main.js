// What every bundler is given: an import by name, and nothing else.
import { EngineClient } from 'ddblite'

const table = {
  TableName: 'music',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }]
}

async function use () {
  const db = new EngineClient()
  await db.execute('CreateTable', table)
  await db.execute('PutItem', { TableName: 'music', Item: { pk: { S: 'a' }, n: { N: '1' } } })
  const { Item } = await db.execute('GetItem', { TableName: 'music', Key: { pk: { S: 'a' } } })
  const { engine } = await db.ready()
  await db.close()
  return { Item, engine }
}

use().catch(error => ({ error: error.message })).then(told => { globalThis.told = told })
