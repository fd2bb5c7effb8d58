/*
 * browsers.mjs - the real browsers of this machine, driven by puppeteer-core.
 *
 * DDBLITE_BROWSERS chooses, comma-separated: chromium and firefox are the default. CHROMIUM and
 * FIREFOX name other binaries.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import puppeteer from 'puppeteer-core'

const BROWSERS = {
  chromium: {
    browser: 'chrome',
    paths: [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'],
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
      '--disable-dev-shm-usage', /* containers have little of it */
      '--disable-background-networking', '--disable-component-update'
    ]
  },
  firefox: { browser: 'firefox', paths: [process.env.FIREFOX, '/usr/bin/firefox-esr'], args: [] }
}

export const browserNames = (process.env.DDBLITE_BROWSERS ?? 'chromium,firefox').split(',')
for (const name of browserNames) {
  assert.ok(Object.hasOwn(BROWSERS, name), `DDBLITE_BROWSERS: there is no ${name}`)
}

/** Starts a browser with a profile of its own. */
export async function launch (name) {
  const { browser, paths, args } = BROWSERS[name]
  const executablePath = paths.find(path => path !== undefined && existsSync(path))
  assert.ok(executablePath, `${name} is not installed (Debian: apt install chromium firefox-esr)`)
  return puppeteer.launch({ browser, executablePath, args, headless: true })
}
