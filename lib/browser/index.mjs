/* index.mjs - the package's main entry on a web page (dist/browser.js). */
export { EngineClient, EngineError, Snapshot, CONTRACT_VERSION } from './client.mjs'
