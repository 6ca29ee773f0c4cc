// Text messages over SMPP with npm's `smpp` as the message centre: conversations, STOP, and the bar: each message
// exactly once or uncertain, whatever the carrier does.
//
// `node sms.test.mjs --messages 10000`, or STORY_MESSAGES, sets how many; STORY_SEED repeats an earlier run.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogueOf } from './catalogue.mjs'
import { randomFrom } from './kills.mjs'
import { MessageCentre } from './peers/smsc.mjs'
import { Server } from './server.mjs'
import { until } from './wait.mjs'

const given = process.argv.indexOf('--messages')
const MESSAGES = Number(given > 0 ? process.argv[given + 1] : (process.env.STORY_MESSAGES ?? 1_000))
const SEED = Number(process.env.STORY_SEED ?? Date.now() % 1_000_000)
const PHONE = '+4915112345678'
/** Messages in flight at once. */
const WINDOW = 20
/** Every run has these, whatever its seed: submissions counted from 1. */
const CERTAIN = new Map([
  [100, 'throttle'],
  [300, 'cut'],
  [600, 'drop'],
])

const SCHEMA = `
traits: {phone: text, email: text}
events:
  Care Wanted: {properties: {room: text}}
  Price Dropped: {properties: {number: int}}
  Order Placed: {properties: {order_id: text}}
`

const CARE = `
name: care
title: Care package
entry: {event: Care Wanted}
purpose: service
slots:
  room: {type: choice, choices: [hall, attic], ask: Which room is it for?}
  note: {type: text, ask: "Anything else we should know – floor, lift, dog…?"}
steps:
  - {id: ask, kind: ask, channel: sms, slots: [room, note], timeout: 1d}
  - {id: done, kind: message, text: "{{ slots.room }}: {{ slots.note }}. ${'We will be there. '.repeat(12)}"}
`

const DROPPED = `
name: dropped
title: Price dropped
entry: {event: Price Dropped}
purpose: marketing
steps:
  - {id: say, kind: message, channel: sms, text: "Now at half the price"}
`

const ORDER = `
name: order
title: Order
entry: {event: Order Placed}
reentry: {key: event.properties.order_id}
purpose: service
steps:
  - {id: say, kind: message, channel: sms, text: "Order {{ entry.properties.order_id }} is here"}
`

async function open(t, centre, settings = {}) {
  const server = await Server.make(t, { sms: { port: centre.port, ...settings } })
  await server.start()
  const journeys = { 'journeys/care.yaml': CARE, 'journeys/dropped.yaml': DROPPED, 'journeys/order.yaml': ORDER }
  await server.publish(catalogueOf(server.folder, { 'schema.yaml': SCHEMA, ...journeys }))
  return { server, writeKey: await server.source('Shop', 'web') }
}

function track(event, phone, properties, messageId = `${event}/${phone}`) {
  return { type: 'track', event, messageId, identifiers: { phone }, properties }
}

async function allEffects(server) {
  const items = []
  let cursor = ''
  do {
    const page = await server.api(`/api/v1/effects?limit=200${cursor}`)
    items.push(...page.items)
    cursor = page.next && `&cursor=${encodeURIComponent(page.next)}`
  } while (cursor)
  return items
}

test('a conversation by SMS, in parts and alphabets as phones have them, until STOP', async (t) => {
  const centre = await MessageCentre.start(t)
  const { server, writeKey } = await open(t, centre)
  const consent = { type: 'track', event: 'Consent Granted', messageId: 'yes', identifiers: { phone: PHONE }, properties: { purpose: 'marketing', channel: 'sms' } }
  await server.send('/v1/batch', writeKey, { batch: [consent, track('Care Wanted', PHONE, {})] })

  assert.match((await centre.nth(PHONE, 1)).text, /^Which room is it for\?\n1\. hall\n2\. attic$/)
  assert.equal(await centre.write(PHONE.slice(1), '2'), 0)
  const second = await centre.nth(PHONE, 2)
  assert.equal(second.text, 'Anything else we should know - floor, lift, dog...?')
  assert.equal(second.coding, 0, 'typographic marks do not force the message into UCS-2')
  assert.equal(await centre.write(PHONE.slice(1), 'Third floor – ring “Ж”'), 0)
  const third = await centre.nth(PHONE, 3)
  assert.match(third.text, /^attic: Third floor – ring “Ж”\. We will be there\./)
  assert.ok(third.parts > 3 && third.coding === 8, `in ${third.parts} parts`)

  const { id } = await server.customer(PHONE)
  await until('every message is reported delivered', async () => (await allEffects(server)).length === 0)
  const thread = await server.thread(id)
  assert.equal(thread.filter((item) => item.kind === 'message').length, 5)

  assert.equal(await centre.write(PHONE.slice(1), 'Stop.'), 0)
  await server.send('/v1/batch', writeKey, { batch: [track('Price Dropped', PHONE, { number: 1 })] })
  await until('the message is held', async () => {
    return JSON.stringify(await server.thread(id)).includes('said no to marketing by SMS')
  })
  assert.equal(centre.to(PHONE).length, 3)
})

test(`${MESSAGES} messages through throttling, lost receipts and cut lines: each once or uncertain`, async (t) => {
  const random = randomFrom(SEED)
  t.diagnostic(`seed ${SEED}`)
  let calm = false
  let submissions = 0
  const treat = () => {
    submissions += 1
    if (CERTAIN.has(submissions)) return CERTAIN.get(submissions)
    const at = calm ? 1 : random()
    if (at < 0.02) return 'throttle'
    if (at < 0.022) return 'drop'
    return at < 0.024 ? 'cut' : 'take'
  }
  const report = () => {
    const at = centre.lostReceipts.size === 0 ? 0 : random()
    if (at < 0.05) return undefined
    return at < 0.1 ? 'UNDELIV' : 'DELIVRD'
  }
  const centre = await MessageCentre.start(t, { treat, report })
  const { server, writeKey } = await open(t, centre, { window: WINDOW, per_second_max: 2_000 })
  const phones = Array.from({ length: MESSAGES }, (_, number) => `+49151${String(10_000_000 + number)}`)
  for (let from = 0; from < phones.length; from += 500) {
    const batch = phones.slice(from, from + 500).map((phone, place) => track('Order Placed', phone, { order_id: String(from + place) }))
    const response = await server.send('/v1/batch', writeKey, { batch })
    assert.equal(response.status, 200)
  }

  const reported = (effect) => effect.state === 'pending' && /report of delivery is awaited/.test(effect.reason ?? '')
  const settled = async () => {
    const open = await allEffects(server)
    const waiting = open.filter((effect) => effect.state !== 'uncertain' && !reported(effect))
    if (waiting.every((effect) => effect.state === 'retrying')) calm = true
    return waiting.length === 0 && centre.unacknowledged === 0 && open
  }
  const left = await until('every message is settled, awaited or uncertain', settled, 60_000 + MESSAGES * 30)
  const numberOf = async (effect) => {
    const customer = await server.api(`/api/v1/customers/${effect.customer}`)
    return customer.identifiers.find((own) => own.namespace === 'phone').value
  }
  const uncertain = new Set(await Promise.all(left.filter((own) => own.state === 'uncertain').map(numberOf)))
  const awaited = new Set(await Promise.all(left.filter(reported).map(numberOf)))

  const times = new Map()
  for (const { to } of centre.taken) times.set(`+${to}`, (times.get(`+${to}`) ?? 0) + 1)
  const twice = phones.filter((phone) => times.get(phone) > 1)
  const lost = phones.filter((phone) => !times.has(phone) && !uncertain.has(phone))
  t.diagnostic(`${centre.taken.length} taken, ${uncertain.size} uncertain, ${centre.throttled} throttled, ${centre.drops} cuts, ${centre.binds} binds, ${awaited.size} without receipt`)
  assert.deepEqual(twice, [], 'sent twice')
  assert.deepEqual(lost, [], 'neither sent nor uncertain')
  assert.ok(centre.drops > 1 && centre.throttled > 0 && centre.lostReceipts.size > 0, 'the carrier misbehaved')
  const missing = [...centre.lostReceipts].map((to) => `+${to}`).filter((phone) => !uncertain.has(phone))
  assert.deepEqual([...awaited].sort(), missing.sort(), 'only lost receipts are awaited')
  assert.ok(uncertain.size <= centre.drops * WINDOW, 'only what was in flight is uncertain')
})
