/*
 * sides.mjs - the two engines that get the same requests: ours, in this process, and a reference
 * behind HTTP - dynalite on a port of its own, or whatever DDBLITE_DIFF_ENDPOINT names.
 *
 *   send(operation, request) -> { status, body }     body: parsed JSON
 *
 * Requests go out as they are, wrong or not: an SDK would correct or refuse some of them.
 */
import { createHash, createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { EngineClient } from 'ddblite'

const TARGET = 'DynamoDB_20120810.'
const PATIENCE_MS = 2000
const TYPE = 'application/x-amz-json-1.0'

/** Our engine, in memory. */
export function ourSide () {
  const db = new EngineClient()
  return {
    name: 'ddblite',
    async send (operation, request) {
      const { status, body } = await db.dispatchHttp(TARGET + operation, JSON.stringify(request))
      return { status, body: JSON.parse(body) }
    },
    close: () => db.close()
  }
}

/** The reference. Its name decides which rules apply. */
export async function referenceSide (env = process.env) {
  if (env.DDBLITE_DIFF_ENDPOINT) {
    return httpSide(env.DDBLITE_DIFF_NAME ?? 'endpoint', env.DDBLITE_DIFF_ENDPOINT, env)
  }
  return dynaliteSide(env)
}

/* dynalite dies of some requests: its exceptions escape to the process, the request is never
 * answered, and locks stay. Then `status` is 0, and the server is replaced by an empty one. */
async function dynaliteSide (env) {
  const dynalite = createRequire(import.meta.url)('dynalite')
  let server, http
  let crash = () => {}
  const onCrash = (error) => crash(error)
  const start = async () => {
    server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    http = httpSide('dynalite', `http://127.0.0.1:${server.address().port}`, env)
  }
  process.on('uncaughtException', onCrash)
  await start()
  return {
    name: 'dynalite',
    async send (operation, request) {
      const dead = new Promise((resolve) => { crash = resolve })
      const late = setTimeout(() => crash(new Error('no answer')), PATIENCE_MS)
      const answer = await Promise.race([
        http.send(operation, request), dead.then((error) => ({ error }))])
      clearTimeout(late)
      crash = (error) => { throw error }
      if (answer.error === undefined) return answer
      server.closeAllConnections()
      server.close(() => {})
      await start()
      return { status: 0, body: { __type: 'Crash', message: answer.error.message } }
    },
    async close () {
      process.off('uncaughtException', onCrash)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

function httpSide (name, endpoint, env) {
  return {
    name,
    async send (operation, request) {
      const text = JSON.stringify(request)
      const reply = await fetch(endpoint, {
        method: 'POST', headers: signed(endpoint, TARGET + operation, text, env), body: text
      })
      const answer = await reply.text()
      try {
        return { status: reply.status, body: JSON.parse(answer) }
      } catch {
        throw new Error(`${operation} ${text}: ${reply.status} ${answer.slice(0, 300)}`)
      }
    },
    async close () {}
  }
}

const hmac = (key, text) => createHmac('sha256', key).update(text).digest()
const sha256 = (text) => createHash('sha256').update(text).digest('hex')

/* Signature version 4: emulators want its form, the service the real thing. */
function signed (endpoint, target, body, env) {
  const region = env.AWS_REGION ?? 'us-east-1'
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/${region}/dynamodb/aws4_request`
  const headers = {
    'content-type': TYPE, host: new URL(endpoint).host, 'x-amz-date': time, 'x-amz-target': target
  }
  if (env.AWS_SESSION_TOKEN) headers['x-amz-security-token'] = env.AWS_SESSION_TOKEN
  const names = Object.keys(headers).sort()
  const canonical = [
    'POST', '/', '', ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';'),
    sha256(body)
  ].join('\n')
  const key = [time.slice(0, 8), region, 'dynamodb', 'aws4_request']
    .reduce(hmac, `AWS4${env.AWS_SECRET_ACCESS_KEY ?? 'local'}`)
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`)
  headers.authorization = 'AWS4-HMAC-SHA256 ' +
    `Credential=${env.AWS_ACCESS_KEY_ID ?? 'local'}/${scope}, ` +
    `SignedHeaders=${names.join(';')}, Signature=${signature.toString('hex')}`
  delete headers.host
  return headers
}
