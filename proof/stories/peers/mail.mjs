// An independent mail server: takes what Throughline sends by SMTP, and hands replies over by LMTP.

import { simpleParser } from 'mailparser'
import { createTransport } from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import { until } from '../wait.mjs'

export class MailServer {
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

  stop() {
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

/** Hands a message over by LMTP, as a mail server does. */
export async function deliver(port, message) {
  const transport = createTransport({ lmtp: true, host: '127.0.0.1', port, ignoreTLS: true, secure: false })
  try {
    return await transport.sendMail({ ...message, envelope: { from: message.from, to: message.to } })
  } finally {
    transport.close()
  }
}
