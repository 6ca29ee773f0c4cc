// A headless browser whose profiles know nothing of each other.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium as playwright } from 'playwright-core'
import { chromium } from '../binary.mjs'
import { pause } from '../wait.mjs'

const ATTEMPTS_MAX = 60
const AGAIN_AFTER_MS = 250

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export class Browser {
  problems = []

  /** A browser with a profile folder of its own. */
  static async open(t) {
    const browser = new Browser()
    t.after(() => browser.close())
    browser.folder = mkdtempSync(join(tmpdir(), 'throughline-profile-'))
    browser.context = await playwright.launchPersistentContext(browser.folder, {
      executablePath: chromium(),
      args: ARGS,
      locale: 'en-GB',
    })
    browser.context.on('weberror', (error) => browser.problems.push(String(error.error())))
    return browser
  }

  async page(url) {
    const page = await this.context.newPage()
    if (url) await this.#visit(page, url)
    return page
  }

  /** Goes to a page, and again if a part of it did not come because the server was down. */
  async #visit(page, url) {
    let failed = 0
    const count = (request) => {
      if (request.resourceType() === 'script') failed += 1
    }
    page.on('requestfailed', count)
    for (let attempt = 1; ; attempt += 1) {
      failed = 0
      const error = await page.goto(url).then(() => undefined, (error) => error)
      if (!error && failed === 0) break
      if (attempt === ATTEMPTS_MAX) throw error ?? new Error(`${failed} scripts of ${url} did not come`)
      await pause(AGAIN_AFTER_MS)
    }
    page.off('requestfailed', count)
  }

  async close() {
    await this.context?.close()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
