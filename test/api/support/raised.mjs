/*
 * raised.mjs - writes down which errors the suites get, for scripts/texts.mjs.
 *
 *   DDBLITE_RAISED=<folder> node --import ./test/api/support/raised.mjs --test ...
 *
 * The runner hands --import on to the process of each test file, and programs that tests start have
 * it not: what they check may be how a fresh process loads the package.
 *
 * Each process appends to a file of its own in the folder: a line for each distinct error, as JSON
 * of "<exception or code>: <text>". Errors come from execute(), from replies of the HTTP protocol,
 * from cancellation reasons and from the statements of a batch.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { EngineClient } from 'ddblite'

const file = join(process.env.DDBLITE_RAISED, `${process.pid}-${threadId}`)
const seen = new Set()

function note (name, text) {
  const line = JSON.stringify(`${name}: ${text ?? ''}`)
  if (seen.has(line)) return
  seen.add(line)
  appendFileSync(file, `${line}\n`)
}

/* The body of an error: {"__type", "message" or "Message", "CancellationReasons"?}. */
function noteEnvelope ({ __type: type = '', message, Message, CancellationReasons }) {
  note(type.slice(type.lastIndexOf('#') + 1), message ?? Message)
  for (const { Code, Message: text } of CancellationReasons ?? [])
    if (Code !== 'None') note(Code, text)
}

function noteResult (result) {
  for (const { Error: error } of result?.Responses?.[Symbol.iterator] ? result.Responses : [])
    if (error) note(error.Code, error.Message)
}

const { execute, dispatch } = EngineClient.prototype

EngineClient.prototype.execute = function (operation, request) {
  const reply = execute.call(this, operation, request)
  reply.then(
    operation === 'BatchExecuteStatement' ? noteResult : undefined,
    error => { if (error.envelope) noteEnvelope(error.envelope) }
  )
  return reply
}

EngineClient.prototype.dispatch = function (...request) {
  const reply = dispatch.apply(this, request)
  reply.then(({ status, body }) => {
    if (status === 200) return
    const text = typeof body === 'string' ? body : Buffer.from(body ?? '').toString()
    if (text.startsWith('{')) noteEnvelope(JSON.parse(text))
  }, () => {})
  return reply
}
