// Sending through a server that may die at any moment: sent again until there is an answer, as every SDK does.

import { setTimeout as passed } from 'node:timers/promises'
import { until } from './wait.mjs'

/** Milliseconds within which a request is under way. */
const UNDER_WAY_MS = 12

/** Sends `body` until it is acknowledged. With `random`, the server is killed while the first try is under way, and started again. */
export async function sendThrough(server, random, path, writeKey, body) {
  if (random) {
    const sent = server.send(path, writeKey, body).catch(() => undefined)
    await passed(random() * UNDER_WAY_MS)
    await server.kill()
    await sent
    await server.start()
  }
  return until(`${path} is acknowledged`, async () => {
    const response = await server.send(path, writeKey, body)
    return response.ok ? response.json() : undefined
  })
}

/** What was sent to an address, by subject: each once, and what is missing was under way when the server died. */
export class Sent {
  constructor(server, mail, address) {
    Object.assign(this, { server, mail, address })
  }

  subjects() {
    return this.mail.to(this.address).map(({ subject }) => subject)
  }

  async uncertain() {
    const { items } = await this.server.api('/api/v1/effects?state=uncertain')
    return items.length
  }

  /** Waits until the mail is there, or it is known that nobody can know: then it is not sent again. */
  arrives(subject, expected) {
    return until(`a mail “${subject}”`, async () => {
      if (this.subjects().includes(subject)) return true
      const missing = expected.filter((own) => !this.subjects().includes(own)).length
      return missing > 0 && (await this.uncertain()) >= missing
    }, 30_000)
  }

  /** Fails unless exactly these were sent, each once. */
  async check(assert, expected) {
    const sent = this.subjects()
    assert.equal(new Set(sent).size, sent.length, `twice: ${sent.join('; ')}`)
    assert.deepEqual(sent.filter((subject) => !expected.includes(subject)), [])
    const missing = expected.filter((subject) => !sent.includes(subject))
    assert.ok(missing.length <= (await this.uncertain()), `never sent: ${missing.join('; ')}`)
  }
}
