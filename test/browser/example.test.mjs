/*
 * example.test.mjs - the example page as a visitor uses it, and what it looks like.
 *
 * Screenshots of both widths and both colour schemes are left in build/screenshots.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { browserNames, launch } from './support/browsers.mjs'
import { serveFiles } from './support/serve.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const shots = join(root, 'build', 'screenshots')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const DESKTOP = { width: 1280, height: 900 }
const PHONE = { width: 390, height: 844 }

for (const name of browserNames) {
  describe(`the example page in ${name}`, () => {
    let browser, server, page, failures

    before(async () => {
      mkdirSync(shots, { recursive: true })
      server = await serveFiles({
        dist: join(root, 'dist'),
        examples: join(root, 'examples'),
        node_modules: join(dirname(createRequire(import.meta.url).resolve('axe-core')), '..')
      })
      browser = await launch(name)
      page = await browser.newPage()
      failures = []
      page.on('pageerror', error => failures.push(error.message))
      await page.setViewport(DESKTOP)
      await page.goto(`${server.url}/examples/browser/index.html`)
    })
    after(async () => {
      await browser?.close()
      await server?.close()
    })

    const text = id => page.$eval(`#${id}`, element => element.textContent)
    const until = condition => page.waitForFunction(condition, { timeout: 60000 })
    const titles = () => page.$$eval('#rows td:first-child', cells => cells.map(c => c.textContent))

    async function accessible (what) {
      await page.evaluate(axe)
      const found = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run()
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`)
      })
      assert.deepEqual(found, [], what)
    }

    async function looked (what) {
      for (const [width, viewport] of [['desktop', DESKTOP], ['phone', PHONE]]) {
        await page.setViewport(viewport)
        const beyond = await page.evaluate(() =>
          document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.ok(beyond <= 0, `${what} is ${beyond} pixels wider than a ${width}`)
        const file = join(shots, `${name}-${what}-${width}.png`)
        const image = await page.screenshot({ path: file })
        assert.ok(image.length > 10000, `${file} shows nothing`)
      }
      await page.setViewport(DESKTOP)
    }

    test('offers to load the films when there are none', async () => {
      await until(() => !document.getElementById('empty').hidden)
      assert.equal(await text('mode'), 'OPFS')
      assert.equal(await text('count'), '0')
      await accessible('before loading')
      await looked('empty')
    })

    test('loads the films, and finds those of a year', async () => {
      await page.click('#load')
      await until(() => document.querySelectorAll('#rows tr').length > 0)
      assert.ok(Number((await text('count')).replace(',', '')) > 3000)
      await until(() => document.getElementById('told').textContent.includes('written in'))
      assert.equal((await titles()).length, 20)
      await accessible('with films')
      await looked('films')
    })

    test('turns pages, by an index as well', async () => {
      await page.select('#index', 'director')
      await until(() => document.getElementById('value-label').textContent === 'Director' &&
        document.getElementById('rows').textContent.includes('Spielberg'))
      const first = await titles()
      await page.click('#next')
      await until(() => document.getElementById('page').textContent === 'Page 2')
      const second = await titles()
      assert.equal(new Set([...first, ...second]).size, first.length + second.length)
      await page.click('#previous')
      await until(() => document.getElementById('page').textContent === 'Page 1')
      assert.deepEqual(await titles(), first)
    })

    test('keeps an edit over a reload', async () => {
      await page.select('#index', 'year')
      await until(() => document.getElementById('value').value === '1994' &&
        document.querySelector('#rows td:nth-child(2)')?.textContent === '1994')
      const [edited] = await titles()
      await page.click('#rows button')
      await until(() => document.getElementById('editor').open)
      await accessible('while editing')
      await page.$eval('#edit-imdb', input => { input.value = '9.9' })
      await page.$eval('#edit-genre', input => { input.value = 'Tested' })
      await page.click('#edit button[value=save]')
      await until(() => document.getElementById('told').textContent.includes('saved in'))

      await page.reload()
      await until(() => document.querySelectorAll('#rows tr').length > 0)
      const rating = await page.evaluate(title => [...document.querySelectorAll('#rows tr')]
        .find(row => row.cells[0].textContent === title).cells[4].textContent, edited)
      assert.equal(rating, '9.9')
    })

    test('looks right in the dark', { skip: name === 'firefox' && 'cannot be emulated' }, async () => {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }])
      await accessible('in the dark')
      await looked('dark')
      await page.emulateMediaFeatures([])
    })

    test('deletes all films when asked, and reports no error', async () => {
      await page.click('#clear')
      await until(() => !document.getElementById('empty').hidden)
      assert.equal(await text('count'), '0')
      assert.deepEqual(failures, [])
    })
  })
}
