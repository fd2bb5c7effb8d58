/*
 * roads.mjs - runs one program on both roads that programs take to the engine.
 *
 *   everyRoad('a shop', ({ test, client, document }) => {
 *     test('sells', async () => { ... new Entity({ table, client: document() }) ... })
 *   })
 *
 *   in-process   an SDK client configured by ddblite/aws
 *   HTTP         an SDK client with an endpoint, as for any DynamoDB, to ddblite/server
 *
 * A program has a database of its own, and its tests run in the order they stand: a later one may
 * use what an earlier one wrote. client() and document() give the road's SDK clients, config() the
 * configuration they have, db() the EngineClient behind them. Nothing of a library or of the SDK
 * is patched.
 */
import { after, before, describe, test } from 'node:test'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { EngineClient } from 'ddblite'
import { clientConfig } from 'ddblite/aws'
import { serve } from 'ddblite/server'

/** Runs `body(context)` inside a describe() for each road. */
export function everyRoad (title, body) {
  for (const road of ['in-process', 'HTTP']) {
    describe(`${title} [${road}]`, () => {
      const way = new Way(road)
      before(() => way.open())
      after(() => way.close())
      body({
        test,
        road,
        config: () => way.config,
        client: () => way.client,
        document: () => way.document,
        db: () => way.db
      })
    })
  }
}

class Way {
  constructor (road) {
    this.road = road
  }

  async open () {
    this.db = new EngineClient()
    if (this.road === 'HTTP') this.server = await serve(this.db)
    this.config =
      this.server === undefined
        ? clientConfig(this.db)
        : {
            endpoint: this.server.url,
            region: 'us-east-1',
            credentials: { accessKeyId: 'program', secretAccessKey: 'secret' }
          }
    this.client = new DynamoDBClient(this.config)
    this.document = DynamoDBDocumentClient.from(this.client, {
      marshallOptions: { removeUndefinedValues: true }
    })
  }

  async close () {
    this.client?.destroy()
    await this.server?.close()
    await this.db?.close()
  }
}
