// Runs test files in worker threads of one process, two at a time: node workers.mjs <file>...
// Each worker runs its file with node:test; a worker that ends with another code than 0 failed.
import { Worker } from 'node:worker_threads'
import { resolve } from 'node:path'

const queue = process.argv.slice(2)
let passed = 0
let failed = 0

async function runAll () {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const worker = new Worker(resolve(file), { stdout: true })
    let text = ''
    worker.stdout.on('data', (chunk) => {
      text += chunk
    })
    const code = await new Promise((done) => {
      worker.once('error', (error) => {
        text += error.stack
      })
      worker.once('exit', done)
    })
    // Without a summary of its own tests a file has run nothing.
    const count = Number(text.match(/^(?:# |ℹ )pass (\d+)$/m)?.[1] ?? 0)
    if (code !== 0 || count === 0 || /^not ok|^✖/m.test(text)) {
      failed++
      console.error(`${file}: exit code ${code}\n${text}`)
    } else passed += count
  }
}
await Promise.all([runAll(), runAll()])
console.log(`in worker threads: ${passed} tests passed, ${failed} files failed`)
process.exitCode = failed > 0 ? 1 : 0
