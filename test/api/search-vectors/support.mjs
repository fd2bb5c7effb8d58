/*
 * support.mjs - tables with vector indexes, and vectors.
 */
import { tableInput } from '../support/targets.mjs'

/** Numbers as a SearchVector: [{ N: '1' }, ...]. */
export const numbers = (...values) => values.map(value => ({ N: String(value) }))

/** Numbers as an attribute. */
export const list = (...values) => ({ L: numbers(...values) })

/** A VectorIndex: schema { tenant: 'HASH', brand: 'INLINE_FILTER' }. */
export function vectorIndex (IndexName, { schema, project = 'ALL', ...more } = {}) {
  const index = {
    IndexName,
    VectorAttribute: { AttributeName: 'v' },
    Dimensions: 3,
    DistanceFunction: 'COSINE',
    Projection: Array.isArray(project)
      ? { ProjectionType: 'INCLUDE', NonKeyAttributes: project }
      : { ProjectionType: project },
    ...more
  }
  if (schema === undefined) return index
  return {
    ...index,
    SearchSchema: Object.entries(schema).map(([AttributeName, SearchSchemaElementType]) => ({
      AttributeName,
      SearchSchemaElementType
    }))
  }
}

/** More of tableInput(): vector indexes, and the attributes their schemas name (strings). */
export function withVectors (indexes, { names = [], ...definition } = {}) {
  const { AttributeDefinitions } = tableInput('x', definition)
  return {
    ...definition,
    AttributeDefinitions: [
      ...AttributeDefinitions,
      ...names.map(text => {
        const [AttributeName, AttributeType = 'S'] = text.split(':')
        return { AttributeName, AttributeType }
      })
    ],
    VectorIndexes: indexes
  }
}
