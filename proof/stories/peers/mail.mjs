// An independent mail server: takes what Throughline sends by SMTP, and hands replies over by LMTP.

import { randomUUID } from 'node:crypto'
import { simpleParser } from 'mailparser'
import { createTransport } from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { pause, until } from '../wait.mjs'

/** How often a message is handed over before a mail server would give up. */
const ATTEMPTS_MAX = 60
const AGAIN_AFTER_MS = 250

export class MailServer {
  static #running = new Set()

  /** Whether any of them has a message of this effect. */
  static hasTaken(effect) {
    return [...MailServer.#running].some((mail) => mail.taken.some((message) => message.messageId.includes(effect)))
  }

  /** Every message taken, in the order of arrival. */
  taken = []

  static async start(t) {
    const mail = new MailServer()
    t.after(() => mail.stop())
    mail.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      logger: false,
      closeTimeout: 100,
      onData: (stream, session, done) => {
        simpleParser(stream).then((parsed) => {
          mail.taken.push({ ...parsed, envelope: session.envelope })
          done()
        }, done)
      },
    })
    // A client killed in the middle of a conversation is what some stories are about.
    mail.server.on('error', () => undefined)
    await new Promise((resolve) => mail.server.listen(0, '127.0.0.1', resolve))
    mail.port = mail.server.server.address().port
    MailServer.#running.add(mail)
    return mail
  }

  to(address) {
    return this.taken.filter(({ envelope }) => envelope.rcptTo.some((recipient) => recipient.address === address))
  }

  /** The n-th message to an address, counted from 1. */
  async nth(address, n, withinMs) {
    await until(`mail ${n} to ${address}`, () => this.to(address).length >= n, withinMs)
    return this.to(address)[n - 1]
  }

  /** The first message to an address with this subject. */
  async titled(address, subject, withinMs) {
    return until(`mail “${subject}” to ${address}`, () => this.to(address).find((message) => message.subject === subject), withinMs)
  }

  stop() {
    MailServer.#running.delete(this)
    return new Promise((resolve) => this.server.close(resolve))
  }
}

/** A reply as mail programs write it: the answer, and everything it answers quoted below. */
export function reply(message, from, answer) {
  const quoted = message.text.split('\n').map((line) => `> ${line}`)
  return {
    from,
    to: message.replyTo.value[0].address,
    subject: `Re: ${message.subject}`,
    inReplyTo: message.messageId,
    references: [...[message.references ?? []].flat(), message.messageId],
    text: [answer, '', `On ${message.date.toUTCString()}, ${message.from.text} wrote:`, ...quoted].join('\n'),
  }
}

/** Hands a message over by LMTP as a mail server does: again, as the same message, while nobody answers. */
export async function deliver(port, message) {
  const transport = createTransport({ lmtp: true, host: '127.0.0.1', port, ignoreTLS: true, secure: false })
  const messageId = `<${randomUUID()}@${message.from.split('@')[1]}>`
  const envelope = { from: message.from, to: message.to }
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await transport.sendMail({ messageId, ...message, envelope })
      } catch (error) {
        if (error.responseCode >= 500 || attempt === ATTEMPTS_MAX) throw error
        await pause(AGAIN_AFTER_MS)
      }
    }
  } finally {
    transport.close()
  }
}
