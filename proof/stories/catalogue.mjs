// Catalogues for the stories: the demo brand's with a shorter wait, or journeys written for one story.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from './binary.mjs'

/** A copy of the repository's catalogue in which unanswered questions are picked up after `pickUp`, such as `3s`. */
export function demoCatalogue(folder, pickUp) {
  const copy = join(folder, 'catalogue')
  cpSync(join(ROOT, 'catalogue'), copy, { recursive: true, filter: (path) => path !== join(ROOT, 'catalogue', 'data') })
  const file = join(copy, 'journeys', 'add-on.yaml')
  const before = readFileSync(file, 'utf8')
  const after = before.replace(/(pick_up:\n\s+after: )\S+/, `$1${pickUp}`)
  if (after === before) throw new Error(`${file} has no pick_up.after to shorten`)
  writeFileSync(file, after)
  return copy
}

/** The same with the repository's own waits, of which those in a journey are shortened: `{ cart: { '2h': '2s' } }`. */
export function hurriedCatalogue(folder, hurry) {
  const copy = demoCatalogue(folder, '1h')
  for (const [journey, spans] of Object.entries(hurry)) {
    replaceIn(join(copy, 'journeys', `${journey}.yaml`), spans)
  }
  return copy
}

/** Replaces texts in a file, each of which must be there. */
export function replaceIn(file, texts) {
  let text = readFileSync(file, 'utf8')
  for (const [before, after] of Object.entries(texts)) {
    if (!text.includes(before)) throw new Error(`${file} has no ${before}`)
    text = text.replaceAll(before, after)
  }
  writeFileSync(file, text)
}

/** A catalogue of these files, by their paths. */
export function catalogueOf(folder, files) {
  const copy = join(folder, 'catalogue')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    writeFileSync(join(copy, path), text)
  }
  return copy
}
