// A story played with `kill -9` of the server at random moments, again and again, until enough kills have happened.
//
// `STORY_KILLS=200 node --test desk.test.mjs` says how many; STORY_SEED repeats the moments of an earlier run.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MailServer } from './peers/mail.mjs'
import { NotWithin, pause } from './wait.mjs'

const KILLS = Number(process.env.STORY_KILLS ?? 4)
const SEED = Number(process.env.STORY_SEED ?? Date.now() % 1_000_000)
/** After so many a round goes on undisturbed, so that every round comes to its end. */
const KILLS_PER_ROUND = 8
const LIFE_MS_MAX = 1_500
const ROUND_MS_MAX = 240_000

/**
 * Plays `play(t, then)` in rounds. The first call of `then(server)` says that the server may die from there on; it
 * lives again from `server.stop()` on, and while `server.spared(…)` runs.
 */
export function killedAtRandom(title, play) {
  const timeout = ROUND_MS_MAX * Math.max(2, KILLS)
  test(`${title}: killed at random moments, ${KILLS} times`, { timeout }, async (t) => {
    t.diagnostic(`seed ${SEED}`)
    const random = randomFrom(SEED)
    let kills = 0
    let doubts = 0
    for (let round = 1; kills < KILLS; round += 1) {
      const killer = new Killer(random, Math.min(KILLS - kills, KILLS_PER_ROUND))
      let passed = false
      await t.test(`round ${round}`, { timeout: ROUND_MS_MAX }, async (own) => {
        own.after(() => killer.end())
        await play(own, async (server) => killer.begin(server)).catch((error) => killer.excuse(error))
        assert.ok(killer.server, 'the story says from where on the server may die')
        passed = true
      })
      assert.ok(passed, `round ${round} failed; STORY_SEED=${SEED} repeats it`)
      kills += Math.max(killer.kills, 1)
      doubts += killer.doubt ? 1 : 0
    }
    t.diagnostic(`${kills} kills, ${doubts} rounds ended with a message in doubt`)
  })
}

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

class Killer {
  kills = 0
  server = undefined
  doubt = undefined
  #random
  #wanted
  #ended = false
  #running = undefined

  constructor(random, wanted) {
    this.#random = random
    this.#wanted = wanted
  }

  begin(server) {
    if (this.server) return
    this.server = server
    server.killer = this
    this.#running = this.#run()
  }

  async #run() {
    const { server } = this
    while (!this.#ended && this.kills < this.#wanted) {
      await pause(this.#random() * LIFE_MS_MAX)
      await server.alone(async () => {
        if (this.#ended) return
        await server.kill()
        this.kills += 1
        server.spawn()
      })
      // One life in five may end while the server still recovers.
      if (this.#random() > 0.2) await server.ready()
    }
    await server.ready()
  }

  /** Returns when the server lives and stays alive. */
  async end() {
    this.#ended = true
    await this.#running
  }

  /**
   * A kill between a message and its acknowledgement leaves it uncertain: it is shown to staff and never sent again,
   * and a customer whom it did not reach cannot go on. Any other failure is one.
   */
  async excuse(error) {
    if (!(error instanceof NotWithin) || !this.server) throw error
    await this.end()
    const { items } = await this.server.api('/api/v1/effects?state=uncertain&limit=200')
    this.doubt = items.find((effect) => effect.kind !== 'webhook' && !MailServer.hasTaken(effect.id))
    if (!this.doubt) throw error
    await this.server.stop()
    assert.match(await this.server.command('verify'), /the state is what the ledger gives/)
  }
}
