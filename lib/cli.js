#!/usr/bin/env node
/*
 * cli.js - the command line: `ddblite serve`, `build`, `schema`, `import`, `export`.
 *
 * Exit codes: 0 it did what was asked; 1 it could not (the reason is on stderr); 2 the command line
 * is wrong.
 */
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'

const require = createRequire(import.meta.url)
const { version } = require('../package.json')
const { HELP: DATA_HELP, runCommand } = require('./data/commands.cjs')

const HELP = `ddblite ${version} - DynamoDB's API on SQLite

  ddblite serve [options]       serve DynamoDB's HTTP protocol until SIGINT or SIGTERM
    --port <n>                  default 8000; 0 takes a free one
    --host <address>            default 127.0.0.1
    --db-path <file>            keep the data in this file
    --in-memory                 keep the data in memory (the default without --db-path)
    --durability <level>        normal (default), full or relaxed
    --region <name>             default us-east-1
    --busy-timeout <ms>         wait this long for another process's lock; default 5000
    --engine <name>             native or wasm; default native where it loads
    --table-delay <ms>          tables are CREATING, UPDATING, DELETING this long; default 0
    --s3 <folder>               its sub-folders are buckets, for exports and imports
    --allowed-host <name>       also answer to this name in the Host header; may be repeated
    --no-auth                   accept requests without an Authorization header
    --credentials <id:secret>   verify signatures with this key; may be repeated
    --no-cors                   send no CORS headers
${DATA_HELP}  ddblite build                 compile the addon for this machine
  ddblite --version | --help
`

class UsageError extends Error {}

const SERVE_OPTIONS = {
  port: { type: 'string', default: '8000' },
  host: { type: 'string', default: '127.0.0.1' },
  'db-path': { type: 'string' },
  'in-memory': { type: 'boolean' },
  durability: { type: 'string' },
  region: { type: 'string' },
  s3: { type: 'string' },
  'busy-timeout': { type: 'string' },
  'table-delay': { type: 'string' },
  engine: { type: 'string' },
  'allowed-host': { type: 'string', multiple: true },
  'no-auth': { type: 'boolean' },
  credentials: { type: 'string', multiple: true },
  'no-cors': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' }
}

function parse (args, options) {
  return parseWhole(args, options, false).values
}

function parseWhole (args, options, allowPositionals) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals })
  } catch (error) {
    throw new UsageError(error.message.replaceAll('\n', ' '))
  }
}

function wholeNumber (text, name) {
  if (!/^\d{1,10}$/.test(text)) {
    throw new UsageError(`${name} must be a whole number, not ${JSON.stringify(text)}`)
  }
  return Number(text)
}

/* Access keys have no colon; secrets may. */
function credentialsOf (texts) {
  return Object.fromEntries(texts.map(text => {
    const at = text.indexOf(':')
    if (at < 1 || at === text.length - 1) {
      throw new UsageError('--credentials must be <access key id>:<secret access key>')
    }
    return [text.slice(0, at), text.slice(at + 1)]
  }))
}

/* The options' own checks are TypeErrors; here they are the user's spelling. */
function asUsage (make) {
  try {
    return make()
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error
  }
}

async function serveCommand (args) {
  const given = parse(args, SERVE_OPTIONS)
  if (given.help) return process.stdout.write(HELP)
  if (given['in-memory'] && given['db-path'] !== undefined) {
    throw new UsageError('--in-memory and --db-path exclude each other')
  }
  if (given.engine !== undefined) {
    if (!['native', 'wasm'].includes(given.engine)) {
      throw new UsageError(`--engine must be native or wasm, not ${JSON.stringify(given.engine)}`)
    }
    process.env.DDBLITE_ENGINE = given.engine
  }
  const { EngineClient } = await import('./index.js')
  const { serve } = await import('./server/index.js')
  const db = asUsage(() => new EngineClient({
    path: given['db-path'],
    durability: given.durability,
    region: given.region,
    s3: given.s3,
    busyTimeout: given['busy-timeout'] && wholeNumber(given['busy-timeout'], '--busy-timeout'),
    tableDelay: given['table-delay'] && wholeNumber(given['table-delay'], '--table-delay')
  }))
  const port = wholeNumber(given.port, '--port')
  if (port > 65535) throw new UsageError(`--port must be at most 65535, not ${port}`)
  const server = await serve(db, {
    port,
    host: given.host,
    allowedHosts: given['allowed-host'] ?? [],
    checkAuth: !given['no-auth'],
    credentials: given.credentials && credentialsOf(given.credentials),
    cors: !given['no-cors']
  })
  const where = db.persistent ? given['db-path'] : 'in memory'
  const { engine } = await db.ready()
  console.log(`ddblite ${version} at ${server.url} (${engine}, ${where})`)
  await untilStopped()
  await server.close()
  await db.close()
}

/* The first signal asks; a second one ends the process as it would have without us. */
function untilStopped () {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve)
  })
}

async function buildCommand (args) {
  parse(args, {})
  const { build } = require('./build.cjs')
  const { path } = await build()
  console.log(path)
}

async function main ([command, ...rest]) {
  switch (command) {
    case 'serve': return serveCommand(rest)
    case 'build': return buildCommand(rest)
    case 'schema': case 'import': case 'export':
      return runCommand(command, rest, { parse: parseWhole, asUsage, UsageError })
    case '--version': case '-v': return console.log(version)
    case '--help': case '-h': case 'help': return process.stdout.write(HELP)
    case undefined: throw new UsageError('a command is missing')
    default: throw new UsageError(`there is no command ${JSON.stringify(command)}`)
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`ddblite: ${error.message}\nTry: ddblite --help`)
    process.exitCode = 2
  } else {
    console.error(`ddblite: ${error.message}`)
    process.exitCode = 1
  }
}
