/*
 * own.test.mjs - operations of our own, behind methods of the client: the service's protocol does
 * not know them.
 */
import assert from 'node:assert/strict'
import { everyTarget } from '../support/targets.mjs'

everyTarget('Operations of our own', ({ test, db }) => {
  test('are none of the service and unknown over HTTP', async () => {
    assert.equal(db().supports('ddblite.Info'), false)
    const answer = await db().dispatchHttp('DynamoDB_20120810.ddblite.Info', '{}')
    assert.equal(answer.status, 400)
    assert.match(answer.body, /UnknownOperationException/)
  })

  test('run by their name', async () => {
    const info = await db().info()
    assert.equal(info.Region, db().region)
    assert.equal(info.AccountId, db().accountId)
  })
})
