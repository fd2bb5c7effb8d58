/* environment.cjs - jest's node environment, where the package of before had one by this name. */
'use strict'

const { nodeEnvironment } = require('../jest/with-endpoint.cjs')

module.exports = nodeEnvironment()
