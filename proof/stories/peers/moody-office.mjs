// A back office that answers each call as a script says: broken, busy, cut off, late, refusing, and at last done.
// Like any receiver that takes idempotency keys seriously it acts on each key once, whatever becomes of its answers.

import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { until } from '../wait.mjs'
import { SECRET } from './office.mjs'

/** How long it asks to be left alone when it is busy. */
export const BUSY_MS = 3_000

export class MoodyOffice {
  /** Every attempt that reached it: `{ key, id, type, body, how, at, notBefore }`; a call that was cut off unread has no body. */
  attempts = []
  /** What it did, by idempotency key, in the order in which it did it. */
  acted = []
  /** Why others were turned away. */
  turnedAway = []
  #answers = new Map()
  #signatures = new Webhook(SECRET)

  /**
   * `script(key)` gives the moods of a call, one for each attempt, the last one for all that follow; `act({ key, type, data })`
   * gives what it answers when it has acted.
   */
  static async start(t, { script, act, lateMs }) {
    const office = new MoodyOffice()
    Object.assign(office, { script, act, lateMs })
    t.after(() => office.stop())
    office.server = createServer((request, response) => office.#take(request, response))
    await new Promise((resolve) => office.server.listen(0, '127.0.0.1', resolve))
    office.url = `http://127.0.0.1:${office.server.address().port}/calls`
    return office
  }

  async #take(request, response) {
    const { headers } = request
    const key = JSON.parse(headers['idempotency-key'])
    const before = this.of(key).length
    const moods = this.script(key)
    const how = moods[Math.min(before, moods.length - 1)]
    const attempt = { key, id: headers['webhook-id'], how, at: Date.now() }
    this.attempts.push(attempt)
    if (how === 'cut unread') return request.socket.destroy()
    const parts = []
    try {
      for await (const part of request) parts.push(part)
    } catch {
      return // The caller was killed in the middle of its call.
    }
    attempt.body = Buffer.concat(parts).toString()
    try {
      this.#signatures.verify(attempt.body, headers)
    } catch (error) {
      this.turnedAway.push(String(error))
      return response.writeHead(401).end()
    }
    this.#answer(attempt, request, response)
  }

  #answer(attempt, request, response) {
    const say = (status, answer, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(answer))
    }
    switch (attempt.how) {
      case 'broken':
        return say(500, { error: 'a bug' })
      case 'busy':
        attempt.notBefore = Date.now() + BUSY_MS
        return say(429, {}, { 'retry-after': String(BUSY_MS / 1_000) })
      case 'busy until': {
        // A date has whole seconds.
        attempt.notBefore = Math.floor((Date.now() + BUSY_MS) / 1_000) * 1_000
        return say(503, {}, { 'retry-after': new Date(attempt.notBefore).toUTCString() })
      }
      case 'cut when done':
        this.#act(attempt)
        return request.socket.destroy()
      case 'late': {
        const answer = this.#act(attempt)
        // Far too late; nobody listens any more.
        return setTimeout(() => say(200, answer), this.lateMs).unref()
      }
      case 'half an answer': {
        const answer = JSON.stringify(this.#act(attempt))
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
        return response.write(answer.slice(0, 5), () => request.socket.destroy())
      }
      case 'refuse':
        return say(422, { error: 'sold out' })
      case 'take':
        return say(200, this.#act(attempt))
    }
    throw new Error(`no such mood: ${attempt.how}`)
  }

  /** Does what is asked, once for each key; gives the same answer every time. */
  #act({ key, body }) {
    if (!this.#answers.has(key)) {
      this.acted.push(key)
      const { type, data } = JSON.parse(body)
      this.#answers.set(key, this.act({ key, type, data }))
    }
    return this.#answers.get(key)
  }

  of(key) {
    return this.attempts.filter((attempt) => attempt.key === key)
  }

  /** The n-th attempt of a key, counted from 1. */
  async nth(key, n) {
    await until(`attempt ${n} of ${key}`, () => this.of(key).length >= n)
    return this.of(key)[n - 1]
  }

  stop() {
    this.server.closeAllConnections()
    return new Promise((resolve) => this.server.close(resolve))
  }
}
