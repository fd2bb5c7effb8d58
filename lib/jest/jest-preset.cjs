/* jest-preset.cjs - preset: 'ddblite/jest'. */
'use strict'

module.exports = {
  testEnvironment: require.resolve('./environment.cjs'),
  setupFilesAfterEnv: [require.resolve('./setup.cjs')]
}
