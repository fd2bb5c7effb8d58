/*
 * worker.mjs - the engine in a Worker: messages in, one commit for all of a turn, messages out.
 *
 *   in    { id, op, payload, contractVersion? }            or an array of them
 *   out   { id, ok: true, result } or { id, ok: false, error, status }      result, error: JSON
 *   out   { ready: true, contractVersion }                 once, when this script has run
 *   out   { event: 'modules', modules }                    compiled, for other workers
 *   out   { event: 'clock', db, now }                      while a clock is being moved
 *   out   { event: 'written', db }                         after a commit, once `watch` was asked
 *
 * Operations: open { name, ephemeral?, ... } -> { contractVersion, capabilities, persistenceMode },
 * execute { op, request }, dispatchHttp { target, body }, capabilities, contractVersion, close, and
 * ours below. `request` is JSON text, or an object. A message for a fork names its database in
 * `db`, and one for a database that goes by the page's clock has the time in `now`.
 * What db.bucket() asks is in objects { method, args } (buckets/calls.cjs).
 *
 * A message whose contractVersion is another than ours is refused, whatever it asks.
 * Start at receive().
 */
import protocol from '../client/protocol.cjs'
import options from '../client/options.cjs'
import calls from '../buckets/calls.cjs'
import codings from './codings.mjs'
import memory from '../buckets/memory.cjs'
import { Database, crashed, refusal } from './database.mjs'
import transfer from '../client/transfer.cjs'
import { AssetError, loadEngine } from './load.mjs'
import { LOST, openStorage, StorageFailure } from './storage.mjs'

const { CONTRACT_VERSION, JSON_1_0 } = protocol
const { DURABILITY } = options
const { IMPORT_APPLY } = transfer

let engine = null
let storage = null
let opening = null /* settled when open has been answered; what comes meanwhile waits for it */
const databases = new Map() /* by number; 0 is the one that open opened */
let forks = 0
const due = new Set() /* databases whose group is to be committed at the end of this turn */
const replies = [] /* of this turn, sent together */

/* ---- turns ---- */

/* A message to ourselves comes after all that were queued before it. */
const turn = new MessageChannel()
let turnEnds = false

function endTurn () {
  if (turnEnds) return
  turnEnds = true
  turn.port2.postMessage(null)
}

turn.port1.onmessage = () => {
  turnEnds = false
  for (const database of due) {
    database.commit()
    if (database.kept) storage.look()
  }
  due.clear()
  flush()
}

function flush () {
  if (replies.length === 0) return
  const messages = replies.splice(0)
  const transfer = messages.map(({ result }) => result)
    .filter(result => result instanceof Uint8Array).map(bytes => bytes.buffer)
  self.postMessage(messages.length === 1 ? messages[0] : messages, transfer)
}

/* ---- messages ---- */

let taking = false

async function receive (data) {
  while (opening !== null) await opening
  taking = true
  for (const message of Array.isArray(data) ? data : [data]) take(message)
  taking = false
  for (const database of due) {
    if (database.kept) continue
    database.commit() /* in memory a commit costs less than to wait for the turn's end */
    due.delete(database)
  }
  flush()
}

function take ({ id, op, payload = {}, contractVersion, db = 0, now }) {
  const send = ({ ok, text, status }) => {
    replies.push(ok ? { id, ok, result: text } : { id, ok, error: text, status })
  }
  try {
    if (contractVersion !== undefined && contractVersion !== CONTRACT_VERSION) {
      return send(refusal('ContractMismatch', `The message has contract ${contractVersion}, ` +
        `this worker ${CONTRACT_VERSION}: page and worker are of different versions`, 400))
    }
    if (!Object.hasOwn(operations, op)) {
      return send(refusal('UnknownMessage', `There is no operation ${JSON.stringify(op)}`, 400))
    }
    const database = databases.get(db)
    if (database === undefined && !WITHOUT_DATABASE.has(op)) {
      return send(refusal('ClientClosed', 'No database is open', 400))
    }
    if (database?.kept && storage.lost() && !RESCUES.has(op)) {
      return send(refusal('DatabaseLost', `${LOST}; what was written last may be lost. ` +
        'exportStream() may still reach the rest', 500))
    }
    if (now !== undefined) database.tell(now)
    const answer = operations[op](payload, send, database, db)
    if (!(answer instanceof Promise)) return
    answer.catch(error => send(failureOf(error))).finally(flush)
  } catch (error) {
    send(failureOf(error))
  }
}

/* What may still be done when the files are gone. */
const RESCUES = new Set(['snapshot', 'transfer', 'fork', 'counters', 'close'])

const WITHOUT_DATABASE = new Set(['open', 'contractVersion', 'close'])

function failureOf (error) {
  if (error instanceof StorageFailure) return refusal(error.name, error.message, error.status)
  if (error instanceof AssetError) return refusal('AssetError', error.message, 500)
  if (error.code === 'ERR_DDBLITE_CRASHED') return crashed(error)
  return refusal('WorkerError', `${error.name}: ${error.message}`, 500)
}

const result = (send, value) => send({ ok: true, text: JSON.stringify(value) ?? 'null' })

const operations = {
  open (payload, send) {
    if (databases.size > 0) {
      return send(refusal('BadRequest', 'This worker has opened its database', 400))
    }
    const opened = open(payload)
    opening = opened.then(() => {}, () => {}).then(() => {
      opening = null
    })
    return opened.then(reply => {
      send(reply)
      flush()
    })
  },

  execute ({ op, request = '{}' }, send, database) {
    database.execute(op, typeof request === 'string' ? request : JSON.stringify(request), send)
  },

  dispatchHttp (payload, send, database) {
    const { target, body = '', headers = { contentType: JSON_1_0 }, checkAuth = false } = payload
    database.dispatch({ target, ...headers }, body, checkAuth, send)
  },

  watch (_, send, database) {
    database.watch()
    result(send)
  },

  capabilities (_, send) {
    result(send, engine.operationNames())
  },

  contractVersion (_, send) {
    result(send, CONTRACT_VERSION)
  },

  snapshot (_, send, database) {
    const bytes = database.alone((engine, handle) => engine.snapshot(handle))
    if (typeof bytes === 'string') return send(database.replyOf(bytes))
    send({ ok: true, text: bytes })
  },

  restore ({ bytes }, send, database) {
    const text = database.alone((engine, handle) => {
      const error = engine.checkSnapshot(bytes)
      return error ?? engine.restore(handle, bytes)
    })
    send(database.replyOf(text))
    database.worked()
  },

  transfer ({ step, number, bytes }, send, database) {
    const told = database.alone((engine, handle) => engine.transfer(handle, step, number, bytes))
    send(typeof told === 'string' ? database.replyOf(told) : { ok: true, text: told })
    if (step === IMPORT_APPLY) database.worked()
  },

  async objects ({ method, args }, send) {
    try {
      const told = calls.ask(await bucketsFor(method), method, args)
      if (told instanceof Uint8Array) send({ ok: true, text: told })
      else result(send, told)
    } catch (error) {
      const { code, message, status } = error
      if (status !== undefined) return send(refusal(code, message, status))
      const failed = refusal('StorageError', message, 500) /* of the medium */
      send(storage?.explain(failed) ?? failed)
    }
  },

  reset ({ what }, send, database) {
    const text = database.alone((engine, handle) => {
      const n = engine.write(what)
      return n < 0 ? null : engine.reset(handle, n)
    })
    send(text === null
      ? refusal('RequestTooLarge', 'A request is at most 16777216 bytes', 413)
      : database.replyOf(text))
  },

  fork (payload, send, database) {
    const { region, accountId, durability, busyTimeout, tableDelay, clock } = payload
    const handle = database.alone((engine, copied) => engine.open(undefined, region, accountId,
      DURABILITY[durability], busyTimeout, tableDelay, copied))
    if (typeof handle === 'string') return send({ ok: false, text: handle, status: 500 })
    limit(handle, payload)
    databases.set(++forks, wrap(forks, handle, clock))
    result(send, forks)
  },

  counters (_, send, database) {
    result(send, engine.counters(database.handle))
  },

  clockSet ({ ms }, send, database) {
    return database.move(clock => clock.set(ms)).then(() => result(send))
  },

  clockAdvance ({ ms }, send, database) {
    return database.move(clock => clock.advance(ms))
      .then(() => result(send, database.clock.now()))
  },

  clockStep (_, send, database) {
    database.stepped()
    result(send)
  },

  clockResume (_, send, database) {
    database.clock.resume()
    result(send)
  },

  /* For tests of this package: a call that the addon's object has. */
  internal ({ method, args }, send, database) {
    result(send, database.alone((engine, handle) => engine[method](handle, ...args)))
  },

  async close (_, send, database, db) {
    databases.delete(db)
    await database?.close()
    if (db === 0) storage?.close()
    result(send)
  }
}

/* ---- opening ---- */

async function open (payload) {
  const { name, ephemeral = false, persistence = 'preferred', region, accountId, clock } = payload
  const { durability = 'full', busyTimeout = 0, tableDelay = 0, assets } = payload
  if (engine === null) {
    const loaded = await loadEngine(assets)
    engine = loaded.engine
    self.postMessage({ event: 'modules', modules: loaded.modules })
  }
  const kept = name !== undefined && !ephemeral
  let reason
  if (kept) {
    storage = await openStorage(engine.sqlite3, name, busyTimeout)
    if (storage.unavailable !== undefined) {
      reason = storage.unavailable
      storage = null
      if (persistence === 'required') {
        throw new StorageFailure('StorageUnavailable', `The database cannot be kept: ${reason}`)
      }
    } else {
      engine.fileSystem = storage.fileSystem
    }
  }
  const handle = engine.open(storage?.path, region, accountId, storage?.durability(durability) ??
    DURABILITY[durability], busyTimeout, tableDelay)
  if (typeof handle === 'string') {
    const failed = { ok: false, text: handle, status: 500 }
    const reply = storage?.explain(failed) ?? failed
    storage?.close()
    storage = null
    return reply
  }
  buckets = storage?.buckets ?? null
  limit(handle, payload)
  databases.set(0, wrap(0, handle, clock))
  return {
    ok: true,
    text: JSON.stringify({
      contractVersion: CONTRACT_VERSION,
      capabilities: engine.operationNames(),
      persistenceMode: storage === null ? 'memory' : 'opfs',
      persistenceReason: reason,
      engine: 'wasm'
    })
  }
}

/* ---- buckets ---- */

let buckets = null /* of this worker's databases: where the first one is, once there are any */
let making = null

/* To name what is not there makes nothing. */
async function bucketsFor (method) {
  if (buckets !== null) return buckets
  if (storage === null) return (buckets = new memory.MemoryBuckets())
  if (method !== 'create') return new memory.MemoryBuckets()
  making ??= storage.makeBuckets().finally(() => {
    making = null
  })
  return (buckets = await making)
}

const answer = calls.objectCalls(
  bucket => buckets?.has(bucket) ? buckets : undefined, codings)

/* What the options say that the engine is told by an operation; the page has checked them. */
function limit (handle, { throughput, itemCollectionBytes }) {
  if (throughput !== 'enforced' && itemCollectionBytes === undefined) return
  const n = engine.write(
    JSON.stringify({ Throughput: throughput, ItemCollectionBytes: itemCollectionBytes }))
  engine.exec(handle, engine.operation('ddblite.SetLimits'), n)
}

function wrap (db, handle, clock = { kind: 'real' }) {
  engine.setFiles(handle, answer)
  return new Database(engine, handle, {
    clock,
    storage: db === 0 ? storage : null,
    atTurnEnd (database) {
      due.add(database)
      if (!taking || database.kept) endTurn()
    },
    onStep (now) {
      replies.push({ event: 'clock', db, now })
      endTurn()
    },
    onWritten () {
      replies.push({ event: 'written', db })
      endTurn()
    }
  })
}

self.onmessage = ({ data }) => receive(data)
self.postMessage({ ready: true, contractVersion: CONTRACT_VERSION })
