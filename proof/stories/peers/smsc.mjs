// An independent message centre: takes what Throughline submits by SMPP, reports on it, and passes on what phones write.

import smpp from 'smpp'
import { until } from '../wait.mjs'

const THROTTLED = 0x58
const QUEUE_FULL = 0x14

export class MessageCentre {
  /** Every message taken, whole, in the order in which it was complete: `{ id, to, text, parts }`. */
  taken = []
  binds = 0
  throttled = 0
  drops = 0
  lostReceipts = new Set()
  #parts = new Map()
  #unacknowledged = new Map()
  #number = 0x1000

  /** `treat(number)` says what becomes of a submission: `take`, `throttle`, `drop` (taken, then the line is cut),
   * `cut` (the line is cut before it is taken). `report(message)` gives the state to report, or nothing. */
  static async start(t, { treat = () => 'take', report = () => 'DELIVRD' } = {}) {
    const centre = new MessageCentre()
    Object.assign(centre, { treat, report })
    t.after(() => centre.stop())
    centre.server = smpp.createServer((session) => centre.#converse(session))
    await new Promise((resolve) => centre.server.listen(0, '127.0.0.1', resolve))
    centre.port = centre.server.address().port
    return centre
  }

  #converse(session) {
    // A line that is cut on purpose is what some stories are about.
    session.on('error', () => undefined)
    session.on('bind_transceiver', (pdu) => {
      this.binds += 1
      this.session = session
      session.on('close', () => {
        if (this.session === session) this.session = undefined
      })
      session.send(pdu.response({ system_id: 'centre' }))
      for (const receipt of this.#unacknowledged.values()) this.#deliver(receipt)
    })
    session.on('enquire_link', (pdu) => session.send(pdu.response()))
    session.on('unbind', (pdu) => {
      session.send(pdu.response())
      session.close()
    })
    session.on('submit_sm', (pdu) => this.#submitted(session, pdu))
  }

  #submitted(session, pdu) {
    if (session !== this.session) return
    const how = this.treat()
    if (how === 'throttle') {
      this.throttled += 1
      return session.send(pdu.response({ command_status: this.throttled % 2 ? THROTTLED : QUEUE_FULL }))
    }
    if (how === 'cut') return this.#cut(session)
    this.#number += 1
    const number = this.#number
    this.#take(pdu, number)
    if (how === 'drop') return this.#cut(session)
    // The answer has the id in hexadecimal, the receipt in decimal or as it was.
    session.send(pdu.response({ message_id: number.toString(16) }))
    const state = this.report(pdu.destination_addr)
    if (!state) return this.lostReceipts.add(pdu.destination_addr)
    const id = number % 2 ? String(number) : number.toString(16)
    const text = `id:${id} sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:${state} err:000 text:`
    this.#deliver({ key: number, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, short_message: text })
  }

  #take(pdu, id) {
    const { udh, message } = pdu.short_message
    const to = pdu.destination_addr
    if (!udh) return this.taken.push({ id, to, text: message, parts: 1, coding: pdu.data_coding })
    const header = Buffer.isBuffer(udh) ? udh : udh[0]
    const [reference, total, part] = [...header.subarray(-3)]
    const key = `${to}/${reference}`
    const parts = this.#parts.get(key) ?? []
    parts[part - 1] = message
    this.#parts.set(key, parts)
    if (parts.filter((own) => own !== undefined).length === total) {
      this.#parts.delete(key)
      this.taken.push({ id, to, text: parts.join(''), parts: total, coding: pdu.data_coding })
    }
  }

  #cut(session) {
    this.drops += 1
    session.socket.destroy()
  }

  #deliver(message) {
    if (message.key) this.#unacknowledged.set(message.key, message)
    const { key, ...pdu } = message
    // Without a session it is kept for the next one.
    this.session?.deliver_sm(pdu, (answer) => {
      if (answer.command_status === 0) this.#unacknowledged.delete(key)
      else setTimeout(() => this.#deliver(message), 200).unref()
    })
  }

  get isBound() {
    return this.session !== undefined
  }

  get unacknowledged() {
    return this.#unacknowledged.size
  }

  /** A phone writes. */
  write(from, text) {
    return new Promise((resolve) => {
      const pdu = { source_addr: from, source_addr_ton: 1, destination_addr: '447700900123', short_message: text }
      this.session.deliver_sm(pdu, (answer) => resolve(answer.command_status))
    })
  }

  to(number) {
    return this.taken.filter((message) => `+${message.to}` === number)
  }

  /** The n-th message to a number, counted from 1. */
  async nth(number, n, withinMs) {
    await until(`text message ${n} to ${number}`, () => this.to(number).length >= n, withinMs)
    return this.to(number)[n - 1]
  }

  stop() {
    this.session?.socket.destroy()
    return new Promise((resolve) => this.server.close(resolve))
  }
}
