// A headless browser whose profiles know nothing of each other.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium as playwright } from 'playwright-core'
import { chromium } from '../binary.mjs'

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
    if (url) await page.goto(url)
    return page
  }

  async close() {
    await this.context?.close()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
