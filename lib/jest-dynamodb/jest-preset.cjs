/* jest-preset.cjs - preset: 'ddblite/jest-dynamodb'. */
'use strict'

module.exports = {
  globalSetup: require.resolve('./setup.cjs'),
  globalTeardown: require.resolve('./teardown.cjs'),
  testEnvironment: 'node'
}
