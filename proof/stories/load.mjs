// Writers that keep a server busy and remember what it acknowledged.

import { pause } from './wait.mjs'

const BATCH = 10
const CUSTOMERS = 40
/** Between two batches of one writer, so that the answers of a whole run can be read back in good time. */
const PACE_MS = 15
/** Every so many batches carry an order, which starts a journey with an e-mail and a call. */
const ORDER_EVERY = 8

export class Load {
  /** Ids of acknowledged events, with the customer each belongs to. */
  acked = new Map()
  /** Batches that were never acknowledged, to be sent again. */
  unsure = []
  orders = new Map()
  refused = 0
  stopped = false
  #next = 0

  constructor(server, writeKey) {
    this.server = server
    this.writeKey = writeKey
  }

  start(writers) {
    this.writers = Array.from({ length: writers }, () => this.#write())
  }

  /** Stops making new events and waits until each that was made is acknowledged. */
  async finish() {
    this.stopped = true
    await Promise.all(this.writers)
    for (const batch of this.unsure.splice(0)) await this.#untilAcked(batch)
  }

  /** Sends every acknowledged event once more. */
  async repeat() {
    const all = [...this.acked.values()]
    for (let from = 0; from < all.length; from += 500) {
      const batch = all.slice(from, from + 500)
      const response = await this.server.send('/v1/batch', this.writeKey, { batch })
      if (!response.ok) throw new Error(`a repeated batch was answered ${response.status}`)
    }
    return all.length
  }

  async #write() {
    while (!this.stopped) {
      const again = this.unsure.pop()
      const batch = again ?? this.#batch()
      if (!(await this.#send(batch))) this.unsure.push(batch)
      await pause(PACE_MS)
    }
  }

  async #untilAcked(batch) {
    while (!(await this.#send(batch))) await pause(PACE_MS)
  }

  /** Whether the batch was acknowledged. */
  async #send(batch) {
    try {
      const response = await this.server.send('/v1/batch', this.writeKey, { batch })
      const { success } = await response.json()
      if (!response.ok || !success) {
        this.refused += 1
        return false
      }
    } catch {
      return false // Killed in the middle: nobody knows, so it is sent again under the same ids.
    }
    for (const event of batch) this.acked.set(event.messageId, event)
    return true
  }

  #batch() {
    const number = this.#next++
    const batch = Array.from({ length: BATCH }, (_, index) => {
      const id = `load-${number}-${index}`
      return { type: 'track', event: 'Seen', userId: `user-${(number * 7 + index) % CUSTOMERS}`, messageId: id, properties: { id } }
    })
    if (number % ORDER_EVERY === 0) batch.push(this.#order(number))
    return batch
  }

  #order(number) {
    const id = `order-${number}`
    const customer = number % CUSTOMERS
    this.orders.set(id, `user-${customer}`)
    return {
      type: 'track',
      event: 'Order Placed',
      userId: `user-${customer}`,
      messageId: id,
      properties: { id, order_id: id },
      context: { traits: { email: `user-${customer}@example.com` } },
    }
  }
}
