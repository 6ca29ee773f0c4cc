// Ten products, two complaints: an apology first, no promotion while they are open, and whoever serves the customer knows;
// marketing goes on once both are solved. Also when the server dies at any moment.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogueOf } from './catalogue.mjs'
import { MailServer } from './peers/mail.mjs'
import { Server } from './server.mjs'
import { Sent, sendThrough } from './through.mjs'
import { until } from './wait.mjs'

const ADDRESS = 'ada.lovelace@example.com'
const PRODUCTS = Array.from({ length: 10 }, (_, number) => `product-${number}`)

const offer = (name, more) => `name: ${name}\ntitle: ${name}\nplacements: [home]\n${more}\n`
const FILES = {
  'schema.yaml': 'traits: {}\nevents: {Newsletter Written: {properties: {number: int}}}\n',
  'offers/sale.yaml': offer('sale', 'lever: 3'),
  'offers/care-three.yaml': offer('care-three', 'promotional: false\nproducts: [product-3]\nlever: 2'),
  'offers/care-five.yaml': offer('care-five', 'promotional: false\nproducts: [product-5]'),
  'journeys/apology.yaml': `
name: apology
title: A complaint
entry: {event: Complaint Opened}
purpose: service
steps:
  - {id: sorry, kind: message, channel: email, subject: We are sorry, text: "We look into {{ complaints.latest.order }}."}
  - {id: solved, kind: wait, until: {event: Complaint Solved, where: complaints.open == 0}, timeout: 30d}
  - {id: thanks, kind: message, channel: email, subject: Put right, text: "Solved: {{ complaints.latest.solution }}."}
`,
  'journeys/news.yaml': `
name: news
title: News
entry: {event: Newsletter Written}
reentry: {key: event.properties.number}
purpose: marketing
steps:
  - {id: news, kind: message, channel: email, subject: "News {{ entry.properties.number }}", text: Something is cheaper.}
`,
}

/** How often it is played with kills, one while each event is on its way. */
const ROUNDS = Number(process.env.STORY_ROUNDS ?? 1)

async function play(t, random) {
  const mail = await MailServer.start(t)
  const server = await Server.make(t, { smtp: mail.port })
  await server.start()
  await server.publish(catalogueOf(server.folder, FILES))
  const shop = await server.source('Shop', 'web')
  const who = { email: ADDRESS, user_id: 'ada-1815' }
  let number = 0
  const says = (event, channel, properties) => {
    number += 1
    const body = { type: 'track', event, channel, messageId: `story-${number}`, identifiers: who, properties }
    return sendThrough(server, random, '/v1/track', shop, body)
  }
  const sent = new Sent(server, mail, ADDRESS)
  const expected = []
  const arrives = (subject) => {
    expected.push(subject)
    return sent.arrives(subject, expected)
  }
  const context = (channel) => server.api('/v1/context', { body: { identifiers: who, channel, placements: ['home'], record: false } })

  await says('Consent Granted', 'web', { purpose: 'marketing', channel: 'email', text: 'Write to me' })
  await says('Order Completed', 'web', { order_id: 'A-1', currency: 'EUR', products: PRODUCTS.map((product_id) => ({ product_id, price: 19.9 })) })
  await says('Newsletter Written', 'server', { number: 1 })
  await arrives('News 1')
  assert.equal((await context('app')).offers[0].offer, 'sale')

  // Unhappy with two of ten, one said on the phone, one at the counter.
  await says('Complaint Opened', 'phone', { complaint_id: 'C-3', order_id: 'A-1', product_id: 'product-3', subject: 'It is scratched' })
  await arrives('We are sorry')
  await says('Complaint Opened', 'store', { complaint_id: 'C-7', order_id: 'A-1', product_id: 'product-7', subject: 'It does not work' })
  await says('Newsletter Written', 'server', { number: 2 })
  const { id } = await server.customer(ADDRESS)
  const held = () => server.thread(id).then((items) => items.filter((item) => item.note?.type === 'message_held'))
  const [because] = await until('the news is held', async () => ((await held()).length > 0 ? held() : undefined))
  assert.match(because.note.sentence, /marketing waits until complaint C-3, open since .*, is solved/)

  // Treated so everywhere: no promotion, nothing about what is complained about, and whoever serves them knows.
  for (const channel of ['web', 'store', 'phone', 'app']) {
    const { service, offers } = await context(channel)
    assert.equal(offers[0].offer, 'care-five')
    assert.deepEqual(service.complaints.map(({ reference, open, products }) => [reference, open, products]).sort(), [
      ['C-3', true, ['product-3']],
      ['C-7', true, ['product-7']],
    ])
    assert.deepEqual(service.orders[0].lines.filter((line) => line.complaints.length > 0).map((line) => line.product), ['product-3', 'product-7'])
    assert.equal(service.orders[0].total, '199.00 EUR')
    assert.match(service.held, /marketing waits/)
  }

  // One solved is not both.
  await says('Complaint Solved', 'email', { complaint_id: 'C-3', solution: 'another one was sent', solved_by: 'anna' })
  await says('Newsletter Written', 'server', { number: 3 })
  await until('the news is held again', async () => (await held()).length === 2)
  await says('Complaint Solved', 'phone', { complaint_id: 'C-7', solution: 'it was repaired' })
  await arrives('Put right')
  await says('Newsletter Written', 'server', { number: 4 })
  await arrives('News 4')
  assert.equal((await context('web')).offers[0].offer, 'sale')
  assert.equal((await context('web')).service.held, null)

  // Everything exactly once.
  await sent.check(assert, expected)
  assert.deepEqual(expected, ['News 1', 'We are sorry', 'Put right', 'News 4'])
  const events = (await server.thread(id)).filter((item) => item.kind === 'event').map((item) => item.title)
  for (const [name, times] of [['Complaint Opened', 2], ['Complaint Solved', 2], ['Order Completed', 1], ['Newsletter Written', 4]]) {
    assert.equal(events.filter((title) => title === name).length, times, name)
  }
  await server.stop()
  assert.match(await server.command('verify'), /the state is what the ledger gives/)
}

test('two complaints about ten products: apology first, no promotion, then news again', { timeout: 120_000 }, async (t) => {
  await play(t, undefined)
})

for (let round = 1; round <= ROUNDS; round += 1) {
  test(`the same with the server killed at random moments, round ${round}`, { timeout: 180_000 }, async (t) => {
    await play(t, Math.random)
  })
}
