/*
 * left-out.mjs - what of test/api does not run on a web page, and why. A `test` is a part of a
 * test's full name; without one the whole file is meant.
 */
export const leftOut = [
  { file: 'server/', reason: 'a server needs sockets' },
  { file: 'client/process.test.mjs', reason: 'processes' },
  { file: 'client/types.test.mjs', reason: 'reads the types from disk' },
  { file: 'backups/crash.test.mjs', reason: 'kills processes; crash.test.mjs here kills workers' },
  { file: 'storage/file.test.mjs', reason: 'files that processes share' },
  { file: 'buckets/folder.test.mjs', reason: 'buckets that are folders on a disk' },
  { file: 'data/transfer.test.mjs', reason: 'folders and files' },
  { file: 'data/cli.test.mjs', reason: 'a command line' },
  { file: 'data/local.test.mjs', reason: 'opens files on a disk' },
  { file: 'data/keyed.test.mjs', reason: 'compares with Node, and bundles' },
  { file: 'data/anonymise.test.mjs', test: 'anonymises what it exports', reason: 'writes a file' },
  { file: 'insight/info.test.mjs', test: 'util.inspect', reason: "Node's own" },
  { file: 'faults/sdk.test.mjs', test: 'over HTTP', reason: 'a server needs sockets' },
  { file: 'testing/', reason: 'test runners of Node' },
  { file: 'schema/service.test.mjs', reason: 'reads its fixtures from disk' },
  { file: 'schema/tools.test.mjs', reason: 'reads its fixtures from disk' },
  { file: 'schema/cloudformation.test.mjs', reason: 'reads its fixtures from disk' },
  { file: 'client/client.test.mjs', test: 'rejects {"pa', reason: 'other options are known' },
  { file: 'client/client.test.mjs', test: 'ESM and CommonJS', reason: 'a page has modules only' },
  { file: 'client/client.test.mjs', test: 'opens at the first call', reason: 'looks at the disk' },
  { file: 'client/client.test.mjs', test: 'and a later call tries', reason: 'looks at the disk' },
  { file: 'clock/clock.test.mjs', test: 'fake timers', reason: "node:test's" },
  { file: 'clock/clock.test.mjs', test: 'a stopped clock makes no timer', reason: 'a process' },
  { file: 'data/seed.test.mjs', test: 'texts and files', reason: 'reads files' },
  { file: 'isolation/reset.test.mjs', test: 'namespace', reason: 'looks at the disk' },
  {
    file: 'isolation/snapshot.test.mjs',
    test: 'opens as a database',
    reason: 'writes a file; import.test.mjs here does the same'
  },
  {
    file: 'isolation/snapshot.test.mjs',
    test: 'Snapshot.from > refuses',
    reason: 'the engine is in a worker: restore() refuses them, import.test.mjs here shows it'
  },
  { file: 'subscribe/process.test.mjs', reason: "processes, and node:test's timers" },
  { file: 'streams/records.test.mjs', test: 'has none nothing', reason: 'timers count too' },
  { file: 'streams/sdk.test.mjs', test: 'over HTTP', reason: 'a server needs sockets' }
]
