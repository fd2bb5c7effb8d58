/*
 * commands.cjs - `ddblite schema | import | export`: the methods of the same name on a database
 * file, from the command line. What they did goes to stdout, as JSON with --json.
 */
'use strict'

const { readFileSync } = require('node:fs')

const HELP = `  ddblite schema <source>       make the tables of a document or of CDK's output
    --db-path <file>            of this file
    --existing <what>           error (default), skip or replace where a table is there
    --parameter <name=value>    of a template, or \${param:...}; may be repeated
    --stage <name>              of the Serverless Framework
    --table-name <id=name>      the name of a table that has none; may be repeated
  ddblite import <source>       put the items of exports and files into tables
    --db-path <file>
    --schema <source>           make the tables first, unless they are there
    --table <name>              the table of items that come without one
    --only <name[=name]>        this table, under that name; may be repeated
    --anonymise <file>          rules as JSON: { "Users.email": "fake", ... }
    --seed-file <file>          the secret of the rules
  ddblite export <target>       write tables to a folder, .ndjson or .json, with or without .gz
    --db-path <file>
    --only <name>               this table; may be repeated
    --format <name>             s3, ndjson or json
    --ion                       of format s3: in Ion
    all three: --region <name>, --json
`

const COMMON = {
  'db-path': { type: 'string' },
  region: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' }
}
const many = { type: 'string', multiple: true }
const one = { type: 'string' }

const COMMANDS = {
  schema: {
    options: { existing: one, parameter: many, stage: one, 'table-name': many },
    run: (db, source, given, pairs) => db.loadSchema(source, {
      existing: given.existing,
      parameters: pairs(given.parameter, '--parameter'),
      params: pairs(given.parameter, '--parameter'),
      stage: given.stage,
      tableNames: pairs(given['table-name'], '--table-name')
    }),
    say: ({ tables, skipped }) => [
      ...tables.map(name => `made ${name}`),
      ...skipped.map(({ resource, reason }) => `left out ${resource}: ${reason}`)
    ]
  },
  import: {
    options: { schema: one, table: one, only: many, anonymise: one, 'seed-file': one },
    run: (db, source, given, pairs) => db.import(source, {
      schema: given.schema,
      table: given.table,
      tables: given.only && pairs(given.only.map(name =>
        name.includes('=') ? name : `${name}=${name}`), '--only'),
      anonymise: given.anonymise && JSON.parse(readFileSync(given.anonymise, 'utf8')),
      seed: given['seed-file'] && readFileSync(given['seed-file'])
    }),
    say: ({ tables, deleted, anonymised = {} }) => [
      ...Object.entries(tables).map(([name, items]) => `put ${items} items into ${name}`),
      ...deleted > 0 ? [`deleted ${deleted} items`] : [],
      ...Object.entries(anonymised).map(([rule, times]) => `applied ${rule} ${times} times`)
    ]
  },
  export: {
    options: { only: many, format: one, ion: { type: 'boolean' } },
    run: (db, target, given) => db.export(target, {
      tables: given.only, format: given.format, exportFormat: given.ion ? 'ION' : undefined
    }),
    say: ({ tables, files }) => [
      ...Object.entries(tables).map(([name, items]) => `wrote ${items} items of ${name}`),
      ...files
    ]
  }
}

/** Runs a command; `tools`: parse(args, options), asUsage(make), UsageError of cli.js. */
async function runCommand (name, args, { parse, asUsage, UsageError }) {
  const command = COMMANDS[name]
  const { values: given, positionals } = parse(args, { ...COMMON, ...command.options }, true)
  if (given.help) return process.stdout.write(HELP)
  if (positionals.length !== 1) throw new UsageError(`${name} takes one source or target`)
  if (given['db-path'] === undefined) throw new UsageError(`${name} wants --db-path`)
  const pairs = (texts, option) => texts && Object.fromEntries(texts.map(text => {
    const at = text.indexOf('=')
    if (at <= 0) throw new UsageError(`${option} takes name=value, not ${JSON.stringify(text)}`)
    return [text.slice(0, at), text.slice(at + 1)]
  }))
  const { EngineClient } = require('../index.cjs')
  const db = asUsage(() => new EngineClient({ path: given['db-path'], region: given.region }))
  try {
    const result = await command.run(db, positionals[0], given, pairs)
    console.log(given.json ? JSON.stringify(result) : command.say(result).join('\n'))
  } finally {
    await db.close()
  }
}

module.exports = { HELP, runCommand }
