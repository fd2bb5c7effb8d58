// What every part prints, and data and timing (shared.mjs).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export { makeItem, pad, race, tableInput } from './shared.mjs'

/** A fresh folder, removed at the end of the process. */
export function scratch () {
  const folder = mkdtempSync(join(tmpdir(), 'ddblite-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

let over = 0

/** Prints a line: what, the two times, the ratio, the target and whether it holds. */
export function report (what, ours, floor, target, { atLeast = false, unit = 'us' } = {}) {
  const ratio = ours / floor
  const good = target === undefined || (atLeast ? ratio >= target : ratio <= target)
  if (!good) over++
  const goal =
    target === undefined
      ? ''
      : `  target ${atLeast ? '>=' : '<='} ${target}  ${good ? 'ok' : 'over'}`
  console.log(
    `  ${what.padEnd(44)} ${ours.toFixed(2).padStart(10)} ${unit} ${floor.toFixed(2).padStart(10)} ${unit}  ratio ${ratio.toFixed(2).padStart(6)}${goal}`
  )
}

/** Prints a plain figure with its target. */
export function figure (what, value, unit, most) {
  const good = most === undefined || value <= most
  if (!good) over++
  console.log(
    `  ${what.padEnd(44)} ${value.toFixed(2).padStart(10)} ${unit}${most === undefined ? '' : `  target <= ${most} ${unit}  ${good ? 'ok' : 'over'}`}`
  )
}

export function finish () {
  if (over > 0) process.exitCode = 3
}
