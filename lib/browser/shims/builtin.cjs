/* builtin.cjs - in a browser there is nothing to ask: the bundler has answered the `require`. */
'use strict'

module.exports = (name, required) => required()
