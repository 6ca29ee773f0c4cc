// A print shop: takes letters out of its folder as soon as they are there, keeps count, and reports when it is told to.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const LOOK_EVERY_MS = 20

export class PrintShop {
  /** Every letter taken, in order, also one that was handed over again. */
  letters = []

  static start(t) {
    const shop = new PrintShop()
    shop.root = mkdtempSync(join(tmpdir(), 'throughline-print-'))
    shop.folder = join(shop.root, 'letters')
    mkdirSync(shop.folder)
    const timer = setInterval(() => shop.look(), LOOK_EVERY_MS)
    t.after(() => {
      clearInterval(timer)
      rmSync(shop.root, { recursive: true, force: true })
    })
    return shop
  }

  look() {
    for (const name of readdirSync(this.folder).filter((own) => own.endsWith('.pdf'))) {
      const id = name.slice(0, -4)
      const taken = join(this.root, `${this.letters.length}-${name}`)
      renameSync(join(this.folder, name), taken)
      const about = join(this.folder, `${id}.json`)
      const { to, subject } = JSON.parse(readFileSync(about, 'utf8'))
      rmSync(about)
      this.letters.push({ id, to, subject, pdf: readFileSync(taken) })
    }
  }

  /** Says that a letter was delivered, or why not. */
  report(id, failed) {
    writeFileSync(join(this.folder, `${id}.${failed ? 'failed' : 'done'}`), failed ?? '')
  }

  /** Whether a report has been taken up. */
  isSettled(id) {
    return !['done', 'failed'].some((ending) => existsSync(join(this.folder, `${id}.${ending}`)))
  }
}
