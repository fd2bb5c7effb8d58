/*
 * bundle-browser.mjs - the browser's half of dist/, by esbuild: worker.js, browser.js, aws.js.
 *
 *   lib/browser/worker.mjs  ->  worker.js    one file without imports: the official SQLite and ours
 *   lib/browser/index.mjs   ->  browser.js   `ddblite` on a page; asks for ./worker.js, ./inline.js
 *   lib/browser/aws.mjs     ->  aws.js       `ddblite/aws` on a page
 *
 * What is shared with Node asks for modules of Node by lib/builtin.cjs; here lib/browser/shims
 * answers.
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

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

export const common = {
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  plugins: [nodeShims],
  logLevel: 'warning'
}

/** Writes them to a folder; `operations` are the engine's. Resolves to their names. */
export async function bundleBrowser (folder, operations) {
  const entries = { worker: 'worker.mjs', browser: 'index.mjs', aws: 'aws.mjs' }
  await build({
    ...common,
    minify: true,
    define: { OPERATION_NAMES: JSON.stringify(operations) },
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, file]) => [name, join(source, file)])),
    outdir: folder
  })
  return Object.keys(entries).map(name => `${name}.js`)
}
