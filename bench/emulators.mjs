// Other emulators on this machine, over HTTP: dynalite, and dynoxide where cargo can build it.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
export const sdk = (endpoint) =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'a' }
  })

const root = fileURLToPath(new URL('..', import.meta.url))

/* The path of a program of dynoxide, built on first use; undefined where cargo is not at hand. */
function program (file, ...args) {
  if (existsSync(file)) return file
  try {
    execFileSync('cargo', args, { stdio: 'ignore', timeout: 1_500_000 })
    return file
  } catch {
    console.log('  (dynoxide left out: cargo could not build it)')
    return undefined
  }
}

export const dynoxideServer = () =>
  process.env.DYNOXIDE ?? program(
    join(root, 'build/dynoxide/bin/dynoxide'),
    'install', 'dynoxide-rs', '--version', '3.2.0', '--root', join(root, 'build/dynoxide')
  )

/** dynoxide without HTTP, driven by bench/dynoxide. */
export const dynoxideEmbedded = () =>
  program(
    join(root, 'build/dynoxide/embedded/release/bench-dynoxide'),
    'build', '--release', '--manifest-path', join(root, 'bench/dynoxide/Cargo.toml'),
    '--target-dir', join(root, 'build/dynoxide/embedded')
  )

/** { endpoints: { 'dynalite HTTP': url, ... }, cpu(name), stop() } */
export async function startEmulators () {
  const endpoints = {}
  const local = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  await new Promise((resolve) => local.listen(0, '127.0.0.1', resolve))
  endpoints['dynalite HTTP'] = `http://127.0.0.1:${local.address().port}`
  const server = dynoxideServer()
  let child
  if (server) {
    const port = await freePort()
    child = spawn(server, ['serve', '--port', String(port)], { stdio: 'ignore' })
    endpoints['dynoxide HTTP'] = `http://127.0.0.1:${port}`
    for (let i = 0; i < 100 && !(await answers(endpoints['dynoxide HTTP'])); i++)
      await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const stop = () => {
    child?.kill()
    local.close()
  }
  return { endpoints, cpu: (name) => (name.startsWith('dynoxide') ? cpuOf(child.pid) : 0), stop }
}

/* Milliseconds of CPU that another process has used, where /proc tells. */
function cpuOf (pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}

const answers = (url) =>
  fetch(url).then(
    () => true,
    () => false
  )
