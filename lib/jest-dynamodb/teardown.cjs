/* teardown.cjs - globalTeardown of the preset: also in watch mode nothing is left between runs. */
'use strict'

const UNDO = Symbol.for('ddblite.jest-dynamodb')

module.exports = async function () {
  for (const undo of (globalThis[UNDO] ?? []).splice(0).reverse()) await undo()
}
