import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export default {
  root,
  resolve: { alias: { 'node:test': fileURLToPath(new URL('./shim-vitest.mjs', import.meta.url)) } },
  test: {
    include: ['test/api/**/*.test.mjs'],
    pool: 'threads',
    maxWorkers: 2,
    hookTimeout: 60_000,
    // An installed package is not transformed; here it is the repository itself.
    server: { deps: { external: [/\/lib\//] } }
  }
}
