/*
 * serve.mjs - a plain static file server: what GitHub Pages or nginx without configuration does.
 *
 * No special headers. `routes` adds answers of a test's own: { '/path': { type, body } }, or a
 * function of the request and the response.
 */
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

const TYPES = {
  '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css',
  '.json': 'application/json', '.wasm': 'application/wasm'
}
const PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>test</title>'

/** Serves folders by the first part of a path. Resolves to { url, routes, close() }. */
export async function serveFiles (folders = { dist: join(root, 'dist') }) {
  const routes = { '/': { type: 'text/html', body: PAGE } }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    const route = routes[pathname]
    if (typeof route === 'function') return route(request, response)
    if (route !== undefined) {
      response.writeHead(200, { 'content-type': route.type ?? 'text/javascript', ...route.headers })
      return response.end(route.body)
    }
    const [, first, ...rest] = normalize(pathname).split('/')
    const file = folders[first] === undefined ? undefined : join(folders[first], ...rest)
    if (file === undefined || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' })
      return response.end('not found')
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type })
    createReadStream(file).pipe(response)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    routes,
    close: () => new Promise(resolve => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }
}
