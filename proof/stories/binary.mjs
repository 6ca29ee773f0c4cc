// The programs the stories run: the server's binary and a Chromium.

import { accessSync, constants } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

/** The server's binary: named by the environment, or the one cargo built. */
export function throughline() {
  const named = process.env.THROUGHLINE_BINARY ?? process.env.THROUGHLINE_BIN
  const built = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug', 'throughline')
  return runnable(named ?? built) ?? fail(`${named ?? built} is no program; build it with \`cargo build -p server\` or name it in THROUGHLINE_BINARY`)
}

/** The browser: named by the environment, or found on the search path. */
export function chromium() {
  const named = process.env.CHROMIUM
  if (named) return runnable(named) ?? fail(`CHROMIUM names ${named}, which is no program`)
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name))).find(runnable)
  return found ?? fail('Chromium is not installed; install it or name it in CHROMIUM')
}

function runnable(path) {
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch {
    return undefined
  }
}

function fail(message) {
  throw new Error(message)
}
