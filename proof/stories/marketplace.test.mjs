// A pool is bought on a marketplace; the call centre, the portal and the shop all see the order, serve it, and name the
// same price, also when the server dies at any moment.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogueOf } from './catalogue.mjs'
import { MailServer } from './peers/mail.mjs'
import { Server } from './server.mjs'
import { Sent, sendThrough } from './through.mjs'

const ADDRESS = 'ada.lovelace@example.com'
const CARD = '4711-0815'

const MARKETPLACE = `
name: poolworld
title: Pool World
lines: order.items
events:
  - event: Order Completed
    message_id: 'poolworld-{order.number}'
    time: {column: order.placed_at, format: rfc3339}
    identifiers: {external/poolworld: buyer.id, email: buyer.email}
    properties:
      order_id: {template: 'PW-{order.number}'}
      total: {sum_of: [order.items.price, order.items.quantity], type: decimal}
      currency: order.currency
      products: {lines: {product_id: order.items.sku, name: order.items.title, quantity: {column: order.items.quantity, type: integer}, price: {column: order.items.price, type: decimal}}}
`

const FILES = {
  'schema.yaml': 'traits: {loyalty_level: text}\nevents: {}\n',
  'marketplaces/poolworld.yaml': MARKETPLACE,
  'prices/pools.yaml': `
products:
  - {product: pool-lagune, name: Lagune pool, category: pool, price: 420.00 EUR}
  - {product: pool-cover, name: Cover, category: pool, price: 38.50 EUR}
tables:
  - name: owners
    title: For who has a pool
    columns: ['"pool-lagune" in orders.products']
    rows:
      - {when: [true], percent: -10, because: You have our pool}
    otherwise: {}
`,
  'journeys/thanks.yaml': `
name: thanks
title: Thank you for the order
entry: {event: Order Completed}
reentry: {key: event.properties.order_id}
purpose: service
steps:
  - {id: thanks, kind: message, channel: email, subject: "Your order {{ orders.latest.number }}, {{ orders.latest.total }}", text: Thank you.}
`,
}

const order = (number, items) => ({
  order: { number, placed_at: new Date().toISOString(), currency: 'EUR', items },
  buyer: { id: 77, email: ADDRESS },
})
const POOL = { sku: 'pool-lagune', title: 'Lagune pool', quantity: 1, price: '420.00' }

/** How often it is played with kills, one while each event is on its way. */
const ROUNDS = Number(process.env.STORY_ROUNDS ?? 1)

async function play(t, random) {
  const mail = await MailServer.start(t)
  const server = await Server.make(t, { smtp: mail.port })
  await server.start()
  await server.publish(catalogueOf(server.folder, FILES))
  const market = await server.source('Pool World', 'server')
  const back = await server.source('Back office', 'server')
  const site = await server.source('Portal', 'web')
  const send = (path, key, body) => sendThrough(server, random, path, key, body)

  // Bought on the marketplace: the order in the marketplace's own words, and once more, as senders do that hear no answer.
  const bought = order('1', [POOL])
  await send('/v1/marketplace/poolworld/orders', market, bought)
  await send('/v1/marketplace/poolworld/orders', market, [bought])
  const { id } = await server.customer(ADDRESS)
  const sent = new Sent(server, mail, ADDRESS)
  await sent.arrives('Your order PW-1, 420.00 EUR', ['Your order PW-1, 420.00 EUR'])

  // The call centre is asked, and sees it.
  const context = (channel, identifiers, more = {}) =>
    server.api('/v1/context', { body: { identifiers, channel, products: [{ product: 'pool-cover', quantity: 2 }], ...more } })
  const phone = await context('phone', { email: ADDRESS }, { quote: true })
  assert.equal(phone.service.orders.length, 1)
  const [seen] = phone.service.orders
  assert.deepEqual([seen.number, seen.channel, seen.total, seen.status, seen.open], ['PW-1', 'marketplace/poolworld', '420.00 EUR', 'placed', true])
  await send('/v1/track', back, { type: 'track', event: 'Call Ended', messageId: 'call-1', channel: 'phone', identifiers: { email: ADDRESS }, properties: { call_id: '1', notes: 'Wants it before Friday', agent: 'anna' } })
  await send('/v1/track', back, { type: 'track', event: 'Order Shipped', messageId: 'ship-1', identifiers: { email: ADDRESS }, properties: { order_id: 'PW-1', carrier: 'DHL', tracking_number: 'T1' } })

  // What was promised on the phone is kept everywhere, although it becomes dearer meanwhile.
  const dearer = { ...FILES, 'prices/pools.yaml': FILES['prices/pools.yaml'].replace('38.50', '48.50') }
  await server.publish(catalogueOf(server.folder, dearer))
  const [strangers] = (await context('web', { user_id: 'somebody' })).prices
  assert.equal(strangers.unit, '48.50 EUR')

  // The portal knows the customer once they sign in there.
  await send('/v1/identify', site, { type: 'identify', messageId: 'portal-1', userId: 'ada-1815', traits: { email: ADDRESS } })
  const portal = await context('web', { user_id: 'ada-1815' })
  assert.equal(portal.customer, id)

  // The shop reads a loyalty card at the counter, and takes a note; from then on the card alone will do.
  const note = { identifiers: { email: ADDRESS, 'external/loyalty': CARD }, channel: 'store', text: 'Bought chlorine', order: 'PW-1', message_id: 'till-1' }
  const noted = await server.api('/v1/context/note', { body: note })
  assert.equal(noted.customer, id)
  await server.api('/v1/context/note', { body: note })
  await server.kill()
  await server.start()
  const store = await context('store', { 'external/loyalty': CARD })
  assert.equal(store.customer, id)

  // The same order and the same price everywhere.
  for (const { service, prices } of [portal, store]) {
    assert.equal(service.orders[0].status, 'shipped')
    assert.deepEqual(service.orders[0].shipments.map((own) => own.tracking), ['T1'])
    assert.deepEqual(prices.map(({ unit, quote }) => [unit, quote]), phone.quotes.map((quote) => [quote.lines[0].unit, quote.id]))
  }
  assert.equal(phone.quotes[0].total, '69.30 EUR')
  assert.deepEqual(store.service.notes.map(({ text, told }) => [text, told.channel]), [
    ['Bought chlorine', 'store'],
    ['Wants it before Friday', 'phone'],
  ])

  // What is no order stays in the quarantine with its reason, and is taken once the mapping is right.
  const odd = { order: { number: '2', placed_at: new Date().toISOString(), currency: 'EUR', items: [{ ...POOL, price: 'ask' }] }, buyer: { id: 77, email: ADDRESS } }
  await send('/v1/marketplace/poolworld/orders', market, odd)
  await send('/v1/marketplace/nowhere/orders', market, order('3', [POOL]))
  const quarantine = await server.api('/api/v1/quarantine')
  const reasons = quarantine.items.map(({ reason }) => reason)
  assert.ok(reasons.some((reason) => /line 1: `ask` is not a number/.test(reason)), reasons.join('; '))
  assert.ok(reasons.some((reason) => /no marketplace `nowhere`/.test(reason)), reasons.join('; '))
  const elsewhere = MARKETPLACE.replace('name: poolworld', 'name: nowhere').replaceAll('poolworld', 'nowhere').replace("'PW-", "'NW-")
  await server.publish(catalogueOf(server.folder, { ...dearer, 'marketplaces/nowhere.yaml': elsewhere }))
  for (const { number, reason } of quarantine.items) {
    const { outcome } = await server.api(`/api/v1/quarantine/${number}/replay`, { method: 'POST' })
    assert.equal(outcome, /nowhere/.test(reason) ? 'replayed' : 'still_quarantined')
  }
  const expected = ['Your order PW-1, 420.00 EUR', 'Your order NW-3, 420.00 EUR']
  await sent.arrives(expected[1], expected)

  // Everything exactly once.
  const { orders } = await server.api(`/api/v1/customers/${id}/orders`)
  assert.deepEqual(orders.map(({ number, channel }) => [number, channel]).sort(), [['NW-3', 'marketplace/nowhere'], ['PW-1', 'marketplace/poolworld']])
  const events = (await server.thread(id)).filter((item) => item.kind === 'event').map((item) => item.title)
  const times = (name) => events.filter((title) => title === name).length
  assert.deepEqual(['Order Completed', 'Order Shipped', 'Call Ended', 'Note Taken'].map(times), [2, 1, 1, 1], events.join('; '))
  await sent.check(assert, expected)
  const { adds_up } = await server.api('/api/v1/balance')
  assert.ok(adds_up)
  await server.stop()
  assert.match(await server.command('verify'), /the state is what the ledger gives/)
}

test('a pool from a marketplace is served by phone, portal and shop at one price', { timeout: 120_000 }, async (t) => {
  await play(t, undefined)
})

for (let round = 1; round <= ROUNDS; round += 1) {
  test(`the same with the server killed at random moments, round ${round}`, { timeout: 120_000 }, async (t) => {
    await play(t, Math.random)
  })
}
