/*
 * timers.cjs - the host's timers as they are when this module is loaded: fake timers of a test
 * framework, which come later, stop nothing of ours. Without Node's setImmediate a turn is a timer.
 */
'use strict'

const { setTimeout, clearTimeout, setImmediate = call => setTimeout(call, 0) } = globalThis

module.exports = { setTimeout, clearTimeout, setImmediate }
