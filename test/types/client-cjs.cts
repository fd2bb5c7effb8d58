/* client-cjs.cts - the same package by require(). */
import ddblite = require('ddblite')
import aws = require('ddblite/aws')
import server = require('ddblite/server')

export async function main (): Promise<void> {
  const db: ddblite.EngineClient = new ddblite.EngineClient()
  const { Item } = await db.execute('GetItem', { TableName: 't', Key: { pk: { B: 'AAAA' } } })
  const error: ddblite.EngineError = new ddblite.EngineError({ __type: 'a#B' }, 400)
  console.log(Item?.pk?.B, error, aws.clientConfig(db).region, (await server.serve(db)).url)
}
