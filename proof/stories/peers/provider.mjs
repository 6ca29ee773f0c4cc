// A messaging provider: takes signed messages for its channel, and sends what customers write, signed as well.

import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { until } from '../wait.mjs'

export const SECRET = `whsec_${Buffer.from('the secret of the provider 0001').toString('base64')}`

export class Provider {
  /** Every message whose signature is good. */
  taken = []
  refused = []
  /** What it answers: a status and a body. */
  answer = { status: 200, body: {} }
  #signatures = new Webhook(SECRET)

  static async start(t) {
    const provider = new Provider()
    t.after(() => provider.stop())
    provider.server = createServer(async (request, response) => {
      const parts = []
      for await (const part of request) parts.push(part)
      const body = Buffer.concat(parts).toString()
      try {
        provider.#signatures.verify(body, request.headers)
      } catch (error) {
        provider.refused.push(String(error))
        return response.writeHead(401).end()
      }
      provider.taken.push({ header: request.headers['webhook-id'], ...JSON.parse(body) })
      const { status, body: answer } = provider.answer
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
    await new Promise((resolve) => provider.server.listen(0, '127.0.0.1', resolve))
    provider.url = `http://127.0.0.1:${provider.server.address().port}/messages`
    return provider
  }

  async nth(n) {
    await until(`message ${n} at the provider`, () => this.taken.length >= n)
    return this.taken[n - 1]
  }

  /** Sends something to a channel of the server; `at` is the time it claims. */
  send(server, channel, body, { id = 'call-1', at = new Date(), secret } = {}) {
    const text = JSON.stringify(body)
    const signature = (secret ? new Webhook(secret) : this.#signatures).sign(id, at, text)
    return fetch(`${server.url}/api/v1/channels/${channel}/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signature,
      },
      body: text,
    })
  }

  stop() {
    this.server.closeAllConnections()
    return new Promise((resolve) => this.server.close(resolve))
  }
}
