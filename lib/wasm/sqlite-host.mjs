/*
 * sqlite-host.mjs - what the official sqlite3.wasm asks of its host, in the place of Emscripten's
 * JavaScript.
 *
 *   memory, time, more memory     are given
 *   files, environment, locale    there are none: ENOSYS, 0 variables
 *
 * SQLite's own files need nothing of a host: databases are in memory, or in a VFS of ours.
 * scripts/slim-sqlite.mjs puts this into the official JavaScript.
 * Start at startSqlite().
 */

const PAGE_BYTES = 65536
const PAGES_MIN = 128 /* what the module's import says */
const PAGES_MAX = 32768
const STEP_BYTES_MAX = 100663296
const ENOSYS = 52

/**
 * Instantiates the module: `wasmModule`, or the bytes `wasmBinary`. Resolves to
 * { memory, exports }.
 */
export async function startSqlite ({ wasmModule, wasmBinary }) {
  const module = wasmModule ?? await WebAssembly.compile(wasmBinary)
  const memory = new WebAssembly.Memory({ initial: PAGES_MIN, maximum: PAGES_MAX })
  const known = knownImports(memory)
  const imports = {}
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {}
    imports[from][name] = known[name] ?? (from === 'env' ? () => -ENOSYS : () => ENOSYS)
  }
  const { exports } = await WebAssembly.instantiate(module, imports)
  exports.__wasm_call_ctors()
  return { memory, exports }
}

function knownImports (memory) {
  const view = () => new DataView(memory.buffer)
  return {
    memory,
    emscripten_date_now: () => Date.now(),
    emscripten_get_now: () => performance.now(),
    emscripten_get_heap_max: () => PAGES_MAX * PAGE_BYTES,
    emscripten_resize_heap: size => grow(memory, size >>> 0),

    clock_time_get (clock, precision, p) {
      const ms = clock === 0 ? Date.now() : performance.now()
      view().setBigInt64(p, BigInt(Math.round(ms * 1e6)), true)
      return 0
    },

    environ_get: () => 0,
    environ_sizes_get (count, bytes) {
      view().setUint32(count, 0, true)
      view().setUint32(bytes, 0, true)
      return 0
    }
  }
}

/* A fifth more than there is, so that it is seldom; where that is too much, what is needed. */
function grow (memory, bytes) {
  if (bytes > PAGES_MAX * PAGE_BYTES) return 0
  const now = memory.buffer.byteLength
  for (const part of [0.2, 0.1, 0.05, 0]) {
    const wanted = Math.max(bytes, Math.min(now * (1 + part), bytes + STEP_BYTES_MAX))
    const pages = Math.min(Math.ceil(wanted / PAGE_BYTES), PAGES_MAX) - now / PAGE_BYTES
    try {
      memory.grow(pages)
      return 1
    } catch {
      /* there is less */
    }
  }
  return 0
}

/** SQLite's random numbers are seeded by the default VFS: here, from the host's. */
export function seedSqlite (sqlite3) {
  const { capi, wasm } = sqlite3
  const vfs = new capi.sqlite3_vfs(capi.sqlite3_vfs_find(null))
  vfs.$xRandomness = wasm.installFunction('i(pip)', (p, n, out) => {
    globalThis.crypto.getRandomValues(wasm.heap8u().subarray(out, out + n))
    return n
  })
  vfs.dispose()
  return sqlite3
}
