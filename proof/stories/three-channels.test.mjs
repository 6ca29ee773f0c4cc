// One order over three channels: begun in web chat, picked up by SMS, finished by e-mail, also when the server dies
// between any two steps.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogueOf } from './catalogue.mjs'
import { killedAtRandom } from './kills.mjs'
import { Browser } from './peers/browser.mjs'
import { Chat } from './peers/chat.mjs'
import { MailServer, deliver, reply } from './peers/mail.mjs'
import { Site } from './peers/site.mjs'
import { MessageCentre } from './peers/smsc.mjs'
import { Server } from './server.mjs'
import { until } from './wait.mjs'

const ADDRESS = 'ada.lovelace@example.com'
const PHONE = '+4915112345678'

const FILES = {
  'schema.yaml': 'traits: {first_name: text, email: text, phone: text, locale: text}\nevents: {}\n',
  'content/confirmation.yaml': `
name: confirmation
title: The order is placed
default: en
languages:
  en:
    subject: Your care package is ordered
    text: Thank you! {{ slots.plan }} for your {{ slots.item }}, floor {{ slots.floor }}.
    channels:
      sms: Ordered. Harbour
  de:
    text: Danke!
`,
  'journeys/care.yaml': `
name: care
title: Care package
entry:
  - event: Message Received
    channels: [webchat]
    when: event.properties.text.lowerAscii().contains("care package")
purpose: service
slots:
  item: {type: choice, label: the piece, choices: [sofa, table], ask: Which piece is it for?}
  plan: {type: choice, label: the plan, choices: [essential, plus], ask: "Which plan for your {{ slots.item }}?"}
  floor: {type: int, label: the floor, min: 0, max: 40, ask: Which floor do you live on?}
pick_up:
  after: 4s
  channel: sms
  text: "Hello {{ profile.traits.first_name }}, {{ journey.questions_left }} left for your {{ slots.item }}. {{ journey.next_question }}"
steps:
  - {id: first, kind: ask, slots: [item, plan], timeout: 1d}
  - {id: last, kind: ask, channel: email, slots: [floor], timeout: 1d}
  - {id: done, kind: message, channel: [email, sms], content: confirmation}
`,
}

async function play(t, then) {
  const mail = await MailServer.start(t)
  const centre = await MessageCentre.start(t)
  const site = await Site.start(t)
  const server = await Server.make(t, { smtp: mail.port, sms: { port: centre.port }, chatPage: `${site.url}/shop` })
  await server.start()
  await server.publish(catalogueOf(server.folder, FILES))
  site.putShop('/shop', server.url, await server.source('Shop pages', 'web'), await server.source('Web chat', 'webchat'))
  const browser = await Browser.open(t)
  const shop = await browser.page(`${site.url}/shop`)
  await shop.waitForFunction(() => window.throughline !== undefined)
  const who = { email: ADDRESS, phone: PHONE, first_name: 'Ada', locale: 'en-GB' }
  await shop.evaluate((traits) => window.throughline.identify('ada-1815', traits), who)
  const { id } = await server.customer(ADDRESS)

  const chat = new Chat(shop)
  await chat.open()
  await chat.write('I would like a care package, please')
  await chat.sees('Which piece is it for?')
  await chat.write('Sofa')
  await chat.sees('Which plan for your sofa?')
  await shop.close()
  await then(server, centre)

  const text = await centre.nth(PHONE, 1, 30_000)
  assert.match(text.text, /^Hello Ada, 1 left for your sofa\. Which plan for your sofa\?/)
  assert.match(text.text, /1\. essential\n2\. plus$/)
  await then(server, centre)
  // SMPP gives what phones write no id by which it could be known again when the line is cut meanwhile.
  const written = await server.spared(async () => {
    await until('the carrier is bound', () => centre.isBound)
    return centre.write(PHONE.slice(1), '2')
  })
  assert.equal(written, 0)

  const question = await mail.nth(ADDRESS, 1, 30_000)
  assert.match(question.text, /Which floor do you live on\?/)
  await then(server, centre)
  await deliver(server.lmtp, reply(question, ADDRESS, 'Hello,\n\n3\n\nBest wishes\nAda'))

  const confirmation = await mail.nth(ADDRESS, 2, 30_000)
  assert.equal(confirmation.subject, 'Your care package is ordered')
  assert.match(confirmation.text, /Thank you! plus for your sofa, floor 3\./)

  // A kill between a message and its acknowledgement leaves it uncertain; it is never sent again.
  await until('everything is settled', async () => {
    const { items } = await server.api('/api/v1/effects')
    return items.every((effect) => effect.state === 'uncertain')
  })
  const messages = (await server.thread(id)).filter((item) => item.kind === 'message')
  assert.deepEqual([...new Set(messages.map((item) => item.channel))], ['webchat', 'sms', 'email'])
  const ours = messages.filter((item) => item.direction === 'out')
  assert.equal(new Set(ours.map((item) => item.conversation)).size, 1, 'one conversation')
  assert.equal(centre.taken.length, 1)
  assert.equal(mail.taken.length, 2)
  await server.stop()
  assert.match(await server.command('verify'), /the state is what the ledger gives/)
}

test('begun in chat, picked up by SMS, finished by e-mail', { timeout: 120_000 }, async (t) => {
  await play(t, async () => undefined)
})

test('the same with the server killed between the steps', { timeout: 120_000 }, async (t) => {
  await play(t, async (server, centre) => {
    await server.kill()
    await server.start()
    const before = centre.binds
    await until('the carrier is bound again', () => centre.session && centre.binds >= before)
  })
})

killedAtRandom('begun in chat, picked up by SMS, finished by e-mail', play)
