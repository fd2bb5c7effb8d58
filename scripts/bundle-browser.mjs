/*
 * bundle-browser.mjs - the browser's half of dist/, by esbuild: worker.js, browser.js, aws.js,
 * inline.js.
 *
 *   lib/browser/worker.mjs  ->  worker.js    one file without imports: the official SQLite and ours
 *   lib/browser/index.mjs   ->  browser.js   `ddblite` on a page; asks for ./worker.js, ./inline.js
 *                               chunk-*.js   what it seldom needs, fetched when it is used
 *   lib/browser/aws.mjs     ->  aws.js       `ddblite/aws` on a page
 *   worker.mjs, *.wasm      ->  inline.js    the worker as text and the .wasm files as base64, for
 *                                            where a bundler or a server loses the files
 *   the official SQLite     ->  sqlite3.mjs  for Node
 *   LICENSE of what is in them  ->  licenses.txt
 *
 * What is shared with Node asks for modules of Node by lib/builtin.cjs; here lib/browser/shims
 * answers. The official SQLite is slimmed on its way in (slim-sqlite.mjs).
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { officialAnswers, slimScript } from './slim-sqlite.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const source = join(root, 'lib', 'browser')
const shims = join(source, 'shims')

/** The plugin that answers for Node. */
export const nodeShims = {
  name: 'node-shims',
  setup (bundle) {
    bundle.onResolve({ filter: /^node:(timers|util)$/ }, ({ path }) =>
      ({ path: join(shims, `${path.slice(5)}.cjs`) }))
    bundle.onResolve({ filter: /\/builtin\.cjs$/ }, () => ({ path: join(shims, 'builtin.cjs') }))
    bundle.onResolve({ filter: /^\.\/inline\.js$/ }, ({ path }) => ({ path, external: true }))
  }
}

/** The plugin that slims the official SQLite. */
const slimSqlite = {
  name: 'slim-sqlite',
  setup (bundle) {
    bundle.onLoad({ filter: /sqlite-wasm[\\/]dist[\\/]index\.mjs$/ }, async ({ path }) => ({
      contents: slimScript(readFileSync(path, 'utf8'), await officialAnswers(dirname(path))),
      loader: 'js'
    }))
  }
}

export const common = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  /* Some bundlers add a Buffer of their own, megabytes and slower, where they see the name. */
  define: { Buffer: 'undefined' },
  plugins: [nodeShims, slimSqlite],
  logLevel: 'warning'
}

/* What a page seldom needs - schemas, YAML, imports, explain - is fetched when it is first used:
 * methods that return a promise wait for import() here, where Node has require(). */
const SELDOM = /return require\('(\.\.\/(?:schema|data|insight)\/[\w-]+\.cjs)'\)/g

const onDemand = {
  name: 'on-demand',
  setup (bundle) {
    bundle.onLoad({ filter: /[\\/]client[\\/]common\.cjs$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(SELDOM, "return (await import('$1')).default"),
      loader: 'js',
      resolveDir: dirname(path)
    }))
  }
}

/** Writes them to a folder; `operations` are the engine's. Resolves to their names. */
export async function bundleBrowser (folder, operations) {
  for (const name of readdirSync(folder)) {
    if (/^chunk-.*\.js$/.test(name)) rmSync(join(folder, name)) /* of an earlier build */
  }
  const inputs = new Set()
  const bundled = async (entries, more) => {
    const { metafile } = await build({
      ...common,
      minify: true,
      metafile: true,
      define: { ...common.define, OPERATION_NAMES: JSON.stringify(operations) },
      entryPoints: Object.fromEntries(
        Object.entries(entries).map(([name, file]) => [name, join(source, file)])),
      outdir: folder,
      ...more
    })
    for (const input of Object.keys(metafile.inputs)) inputs.add(input)
    return Object.keys(metafile.outputs).map(path => basename(path))
  }
  /* It imports nothing at run time: the footer tells tools what it is. */
  const worker = await bundled({ worker: 'worker.mjs' }, { footer: { js: 'export {}' } })
  const page = await bundled({ browser: 'index.mjs', aws: 'aws.mjs' }, {
    splitting: true,
    chunkNames: 'chunk-[hash]', /* beside the others: relative URLs stay what they are */
    plugins: [onDemand, ...common.plugins]
  })
  writeFileSync(join(folder, 'inline.js'), await inline(folder))
  writeFileSync(join(folder, 'licenses.txt'), licenses(inputs))
  return [...worker, ...page, 'inline.js']
}

/* The licenses of the packages that the files are of. */
function licenses (files) {
  const packageOf = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//
  const packages = [...files].map(file => packageOf.exec(file)?.[1])
  return [...new Set(packages.filter(Boolean))].sort().map(name => {
    const place = join(root, 'node_modules', name)
    const { version, license } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
    const file = readdirSync(place).find(entry => /^licen[cs]e/i.test(entry))
    const text = file === undefined ? '' : `\n\n${readFileSync(join(place, file), 'utf8').trim()}`
    return `${name} ${version}: ${license}${text}\n`
  }).join('\n---\n\n')
}

/** Writes sqlite3.mjs to a folder. */
export async function bundleNode (folder) {
  await build({
    ...common,
    minify: true,
    entryPoints: { sqlite3: join(root, 'lib', 'wasm', 'sqlite.mjs') },
    outExtension: { '.js': '.mjs' },
    outdir: folder
  })
}

/* A classic script: its text has no `import.meta`, which a blob could not answer. */
async function inline (folder) {
  const { outputFiles: [{ text }] } = await build({
    ...common,
    minify: true,
    format: 'iife',
    logOverride: { 'empty-import-meta': 'silent' },
    entryPoints: [join(source, 'worker.mjs')],
    write: false
  })
  const base64 = name => JSON.stringify(readFileSync(join(folder, name)).toString('base64'))
  return `const worker=${JSON.stringify(text)}
const engine=${base64('engine.wasm')}
const sqlite3=${base64('sqlite3.wasm')}
const bytes=text=>Uint8Array.from(atob(text),c=>c.charCodeAt(0))
/** The Worker of worker.js, from its text. */
export const createWorker=()=>
  new Worker(URL.createObjectURL(new Blob([worker],{type:'text/javascript'})))
/** What it loads, as bytes. */
export const assets=()=>({engine:bytes(engine),sqlite3:bytes(sqlite3)})
`
}
