/*
 * sqlite.mjs - the official SQLite's JavaScript, as scripts/slim-sqlite.mjs makes it when it is
 * bundled. Its one export takes { wasmModule } or { wasmBinary } (sqlite-host.mjs) and resolves to
 * the namespace `sqlite3`.
 */
export { default } from '@sqlite.org/sqlite-wasm'
