/*
 * builtin.cjs - Node's own modules, also from inside a bundle.
 *
 * Bundlers that write ECMAScript modules (esbuild among them) leave no working `require` behind, so
 * Node is asked directly where it can be (20.16, 22.3 and newer). The literal `require` of the
 * caller is for older ones, and shows bundlers what is built in.
 */
'use strict'

/** builtin('node:fs', () => require('node:fs')) */
module.exports = (name, required) => process.getBuiltinModule?.(name) ?? required()
