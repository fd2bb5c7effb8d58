/* timers.cjs - what of node:timers is asked for, in a browser. */
'use strict'

const { setTimeout, clearTimeout } = globalThis

/* In the next turn, and without the 4 ms that nested timers wait. */
const { port1, port2 } = new MessageChannel()
const waiting = []
port1.onmessage = () => waiting.shift()()
port1.unref?.() /* a server that imports a page's files may end */

module.exports = {
  setTimeout: (...values) => setTimeout(...values),
  clearTimeout: id => clearTimeout(id),
  setImmediate (call) {
    waiting.push(call)
    port2.postMessage(null)
  }
}
