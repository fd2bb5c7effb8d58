/* jest-preset.cjs - preset: 'ddblite/jest-dynalite'. */
'use strict'

module.exports = {
  testEnvironment: require.resolve('./environment.cjs'),
  setupFilesAfterEnv: [
    require.resolve('./setupTables.cjs'),
    require.resolve('./clearAfterEach.cjs')
  ]
}
