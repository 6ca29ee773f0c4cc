// The back office: takes webhook calls and checks their signature with the standard's own library.

import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

export const SECRET = `whsec_${Buffer.from('the secret of the back office 01').toString('base64')}`

export class Office {
  /** Every call whose signature is good. */
  calls = []
  /** Why others were turned away. */
  refused = []
  /** What it answers to a call: a status and a body. */
  answer = () => ({ status: 200, body: { accepted: true } })

  static async start(t) {
    const office = new Office()
    const signatures = new Webhook(SECRET)
    t.after(() => office.stop())
    office.server = createServer(async (request, response) => {
      const parts = []
      try {
        for await (const part of request) parts.push(part)
      } catch {
        return // The caller was killed in the middle of its call.
      }
      const body = Buffer.concat(parts).toString()
      try {
        signatures.verify(body, request.headers)
      } catch (error) {
        office.refused.push(String(error))
        return response.writeHead(401).end()
      }
      const call = { id: request.headers['webhook-id'], ...JSON.parse(body) }
      office.calls.push(call)
      const { status, body: answer } = office.answer(call)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
    await new Promise((resolve) => office.server.listen(0, '127.0.0.1', resolve))
    office.url = `http://127.0.0.1:${office.server.address().port}/orders`
    return office
  }

  of(type) {
    return this.calls.filter((call) => call.type === type)
  }

  stop() {
    this.server.closeAllConnections()
    return new Promise((resolve) => this.server.close(resolve))
  }
}
