/*
 * common.cjs - what every EngineClient has, wherever its engine runs: methods that need nothing
 * but execute(). The client in Node (client.cjs) and the one on a web page extend this class, so
 * nothing here may ask for a module of Node.
 */
'use strict'

class CommonClient {
  /** What the database is and holds. */
  info () {
    return this.execute('ddblite.Info')
  }
}

module.exports = { CommonClient }
