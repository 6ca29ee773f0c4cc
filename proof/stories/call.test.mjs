// Calls of journeys to a system that fails in every way there is: each call is done once or not at all, goes on with
// its answer or on the way for failures, and is never made again once it is settled.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogueOf } from './catalogue.mjs'
import { killedAtRandom } from './kills.mjs'
import { MoodyOffice } from './peers/moody-office.mjs'
import { SECRET } from './peers/office.mjs'
import { Server } from './server.mjs'
import { pause, until } from './wait.mjs'

const USER = 'ada-1815'
/** How long an attempt may take, and far more than that. */
const TIMEOUT_MS = 2_000
const LATE_MS = 4 * TIMEOUT_MS
/** What a dead server sent may still be on its way to the office when the next one is started. */
const BEHIND_MS = 100
/** Attempts of one call. */
const ATTEMPTS = 10

/** What becomes of each order's reservation, attempt by attempt, and how its journey goes on. */
const ORDERS = {
  patient: {
    moods: ['broken', 'busy', 'busy until', 'cut unread', 'cut when done', 'late', 'half an answer', 'broken', 'take'],
    ends: 'booked',
  },
  easy: { moods: ['take'], ends: 'booked' },
  refused: { moods: ['refuse'], ends: 'refused' },
  'refused-late': { moods: ['cut unread', 'broken', 'refuse'], ends: 'refused' },
  hopeless: { moods: ['broken'], ends: 'lost' },
}

const FILES = {
  'schema.yaml': `
traits: {email: text}
events:
  Order Placed: {properties: {order_id: text}}
`,
  'journeys/order.yaml': `
name: order
title: Order
entry: {event: Order Placed}
reentry: {key: event.properties.order_id}
purpose: service
slots:
  shelf: {type: text}
  receipt: {type: text}
steps:
  - id: reserve
    kind: call
    endpoint: back-office
    event: shelf.reserved
    payload: {order: "{{ entry.properties.order_id }}"}
    idempotency_key: "reserve-{{ entry.properties.order_id }}"
    save: {shelf: reservation.shelf}
    timeout: ${TIMEOUT_MS / 1_000}s
    retries: {count: ${ATTEMPTS - 1}, first: 1s, factor: 1, max: 1s}
    on_refused: refused
    on_failure: lost
  - id: book
    kind: call
    endpoint: back-office
    event: order.booked
    payload: {order: "{{ entry.properties.order_id }}", shelf: "{{ slots.shelf }}"}
    save: {receipt: receipt}
    on_failure: lost
  - {id: booked, kind: exit, reason: booked}
  - {id: refused, kind: exit, reason: refused}
  - {id: lost, kind: exit, reason: lost}
`,
}

async function play(t, then) {
  const office = await MoodyOffice.start(t, {
    script: (key) => ORDERS[key.replace(/^reserve-/, '')]?.moods ?? ['take'],
    act: ({ type, data }) => (type === 'shelf.reserved' ? { reservation: { shelf: `shelf ${data.order}` } } : { receipt: `receipt of ${data.shelf}` }),
    lateMs: LATE_MS,
  })
  const server = await Server.make(t, { webhooks: [{ name: 'back-office', url: office.url, secret: SECRET }] })
  await server.start()
  await server.publish(catalogueOf(server.folder, FILES))
  const shop = await server.source('Shop', 'web')
  await then(server)

  for (const order of Object.keys(ORDERS)) {
    await server.track(shop, { event: 'Order Placed', userId: USER, properties: { order_id: order } })
  }
  // It dies while each attempt is on its way, and where the wait for the next one is on the disk.
  const key = 'reserve-patient'
  const { moods } = ORDERS.patient
  for (const nth of moods.keys()) {
    const attempt = await office.nth(key, nth + 1)
    if (nth % 2 === 0) await then(server)
    attempt.noted = await putOff(server, office, attempt)
    if (nth % 2 === 1) await then(server)
  }

  const { id } = await server.customer(USER)
  const runs = await until('every order has come to its end', async () => {
    const own = await server.api(`/api/v1/customers/${id}/runs`)
    return own.length === Object.keys(ORDERS).length && own.every((run) => run.ended) && own
  }, 60_000)
  assert.deepEqual(runs.map(walked).sort(), Object.entries(ORDERS).map(expected).sort())
  await then(server)
  await until('nothing is open', async () => (await server.api('/api/v1/effects')).items.length === 0)

  const calls = office.attempts.length
  await then(server)
  await server.spared(() => pause(2_500))
  assert.equal(office.attempts.length, calls, 'nothing is called again once it is settled')
  check(office, server.births)
  await server.stop()
  assert.match(await server.command('verify'), /the state is what the ledger gives/)
}

/** The steps a run came by and what it was answered, in a line. */
function walked({ history, slots }) {
  const steps = history.map(({ step }) => step).filter((step, at, all) => step !== all[at - 1])
  return [...steps, ...slots.filter((slot) => slot.answered).map((slot) => slot.value)].join(', ')
}

function expected([order, { ends }]) {
  return ends === 'booked' ? `reserve, book, booked, shelf ${order}, receipt of shelf ${order}` : `reserve, ${ends}`
}

/** Whether the server has on its disk that this attempt has failed for now; false where another attempt came first. */
function putOff(server, office, attempt) {
  return until(`the outcome of ${attempt.how} is noted`, async () => {
    if (attempt.how === 'take' || office.of(attempt.key).at(-1) !== attempt) return 'passed'
    const { items } = await server.api('/api/v1/effects')
    return items.some((effect) => effect.id === attempt.id && effect.state === 'retrying') && 'noted'
  }).then((found) => found === 'noted')
}

/** What holds of every attempt, whenever the server was killed. */
function check(office, births) {
  assert.deepEqual(office.turnedAway, [])
  const keys = [...new Set(office.attempts.map((attempt) => attempt.key))]
  const booked = Object.values(ORDERS).filter(({ ends }) => ends === 'booked').length
  assert.equal(keys.length, Object.keys(ORDERS).length + booked, 'a key for each call')
  assert.equal(new Set(office.attempts.map((attempt) => attempt.id)).size, keys.length, 'an id for each call')
  assert.deepEqual([...new Set(office.acted)], office.acted, 'each key is acted on once')
  assert.equal(office.acted.length, 2 * booked, 'only what succeeds is done')

  for (const key of keys) {
    const attempts = office.of(key)
    assert.equal(new Set(attempts.map((attempt) => attempt.id)).size, 1, `${key} keeps its id`)
    assert.ok(new Set(attempts.map((attempt) => attempt.body).filter(Boolean)).size <= 1, `${key} keeps its body`)
    for (const [nth, next] of attempts.entries()) {
      const last = attempts[nth - 1]
      if (!last) continue
      // A server that dies may not have heard or kept the answer; what it has noted holds.
      const heard = last.noted || !births.some((birth) => birth >= last.at - BEHIND_MS && birth <= next.at)
      if (!heard) continue
      assert.ok(!['take', 'refuse'].includes(last.how), `${key} is called again after ${last.how}`)
      const early = (last.notBefore ?? last.at + 1_000) - next.at
      assert.ok(early <= 0, `${key} is called again ${early} ms too early after ${last.how}`)
    }
  }
  const hopeless = office.of('reserve-hopeless').length
  assert.ok(hopeless >= ATTEMPTS && hopeless < ATTEMPTS + births.length, `${hopeless} attempts`)
}

test('calls to a system that fails in every way', { timeout: 120_000 }, async (t) => {
  await play(t, async () => undefined)
})

test('the same with the server killed at every attempt', { timeout: 240_000 }, async (t) => {
  await play(t, async (server) => {
    await server.kill()
    await server.start()
  })
})

killedAtRandom('calls to a system that fails in every way', play)
