// An abandoned cart: the price is promised, a reminder comes, the price rises, the customer buys in a shop at the price
// promised, and no reminder comes any more.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { hurriedCatalogue, replaceIn } from './catalogue.mjs'
import { killedAtRandom } from './kills.mjs'
import { MailServer } from './peers/mail.mjs'
import { Server } from './server.mjs'
import { pause, until } from './wait.mjs'

const ADDRESS = 'ada.lovelace@example.com'
const TABLE = { product_id: 'table-ebb', name: 'Ebb dining table', category: 'table', price: 640, currency: 'GBP', quantity: 1 }
/** The second reminder would come so long after the first. */
const SECOND_MS = 8_000

async function play(t, then) {
  const mail = await MailServer.start(t)
  const server = await Server.make(t, { smtp: mail.port })
  await server.start()
  const catalogue = hurriedCatalogue(server.folder, { cart: { 'timeout: 2h': 'timeout: 2s', 'timeout: 3d': `timeout: ${SECOND_MS / 1_000}s` } })
  await server.publish(catalogue)
  const web = await server.source('Shop pages', 'web')
  const till = await server.source('Till', 'store')
  await then(server)

  const userId = 'ada-1815'
  await server.track(web, { type: 'identify', userId, traits: { first_name: 'Ada', email: ADDRESS } })
  await server.track(web, { event: 'Consent Granted', userId, properties: { purpose: 'marketing' } })
  const { id } = await server.customer(ADDRESS)
  await server.track(web, { event: 'Product Added', userId, properties: TABLE })
  const run = async () => (await server.api(`/api/v1/customers/${id}/runs`)).find((own) => own.journey === 'cart')
  const promised = await until('the price is promised', async () => {
    const slots = ((await run())?.slots ?? []).filter((slot) => slot.answered)
    return slots.length === 2 && Object.fromEntries(slots.map((slot) => [slot.name, slot.value]))
  })
  assert.equal(promised.price, '640.00 GBP')
  await then(server)

  // By its subject: a message in doubt is not sent again, and the journey goes on to the next.
  const reminder = await mail.titled(ADDRESS, 'Your Ebb dining table waits for you')
  const reminded = Date.now()
  assert.ok(reminder.text.includes(`It costs 640.00 GBP for you`) && reminder.text.includes(promised.quote))
  await then(server)

  // The price rises; what was promised holds in the shop.
  replaceIn(join(catalogue, 'prices', 'furniture.yaml'), { 'category: table, price: 640.00 GBP': 'category: table, price: 720.00 GBP' })
  await server.publish(catalogue)
  const identifiers = { user_id: userId }
  const asked = { identifiers, channel: 'store', products: [{ product: 'table-ebb', quantity: 1 }] }
  const context = await server.api('/v1/context', { body: asked })
  const quote = context.quotes.find((own) => own.id === promised.quote)
  assert.equal(quote?.total, '640.00 GBP', 'the till sees the quote')
  const checked = await server.api('/v1/quotes/check', { body: { identifiers, quote: quote.id, signature: quote.signature } })
  assert.deepEqual([checked.genuine, checked.kept, checked.quote.total], [true, true, '640.00 GBP'])
  const bought = { order_id: 'S-1', total: 640, currency: 'GBP', quantity: 1, store: 'Harbour' }
  await server.track(till, { event: 'Order Completed', userId, properties: bought })
  await then(server)

  await until('the reminders have stopped', async () => (await run()).state === 'completed')
  await pause(Math.max(0, reminded + SECOND_MS + 2_000 - Date.now()))
  await then(server)
  await until('everything is settled', async () => (await server.api('/api/v1/effects')).items.every((effect) => effect.state === 'uncertain'))
  assert.equal(mail.to(ADDRESS).filter((message) => /cart|waits|days left/.test(message.subject)).length, 1, 'one reminder')
  const thread = await server.thread(id)
  const reached = thread.filter((item) => /Reached the goal “Bought after all”/.test(item.note?.sentence ?? ''))
  assert.equal(reached.length, 1, 'bought once')
  const quotes = thread.filter((item) => item.note?.note === 'quote_made' || /promised/.test(item.note?.sentence ?? ''))
  assert.ok(quotes.length >= 1)
  await server.stop()
  assert.match(await server.command('verify'), /the state is what the ledger gives/)
}

test('a cart that is left is reminded of until it is bought in a shop at the price promised', { timeout: 120_000 }, async (t) => {
  await play(t, async () => undefined)
})

test('the same with the server killed between the steps', { timeout: 120_000 }, async (t) => {
  await play(t, async (server) => {
    await server.kill()
    await server.start()
  })
})

killedAtRandom('a cart that is left', play)
