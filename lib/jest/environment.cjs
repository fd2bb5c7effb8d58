/*
 * environment.cjs - jest's node environment with an endpoint; withEndpoint() adds one to any other.
 *
 *   testEnvironment: 'ddblite/jest/environment'
 *
 *   const { withEndpoint } = require('ddblite/jest/environment')
 *   module.exports = withEndpoint(require('jest-environment-jsdom').TestEnvironment)
 */
'use strict'

const { nodeEnvironment, withEndpoint } = require('./with-endpoint.cjs')

const DdbliteEnvironment = withEndpoint(nodeEnvironment())

module.exports = DdbliteEnvironment
DdbliteEnvironment.TestEnvironment = DdbliteEnvironment /* for ECMAScript modules that extend it */
DdbliteEnvironment.withEndpoint = Environment => withEndpoint(Environment)
