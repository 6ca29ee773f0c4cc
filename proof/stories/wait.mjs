// Waiting for a condition with a deadline; no story sleeps in the hope that something has happened.

const LOOK_EVERY_MS = 25

/** What was waited for did not come in time. */
export class NotWithin extends Error {}

/** Calls `look` until it gives something truthy; fails with `what` after `withinMs`. */
export async function until(what, look, withinMs = 20_000) {
  const deadline = Date.now() + withinMs
  let last
  while (true) {
    try {
      const found = await look()
      if (found) return found
      last = undefined
    } catch (error) {
      last = error
    }
    if (Date.now() > deadline) {
      throw new NotWithin(`${what}: not within ${withinMs} ms`, { cause: last })
    }
    await pause(LOOK_EVERY_MS)
  }
}

/** Spaces out looks and load; never used to wait for an effect. */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
