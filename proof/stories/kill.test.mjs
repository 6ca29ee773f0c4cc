// `kill -9` at random moments under load: nothing acknowledged is lost, nothing is done twice.
//
// `node kill.test.mjs --kills 1000`, or STORY_KILLS, sets how often; STORY_SEED repeats the moments of an earlier run.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogueOf } from './catalogue.mjs'
import { randomFrom } from './kills.mjs'
import { Load } from './load.mjs'
import { MailServer } from './peers/mail.mjs'
import { Office, SECRET } from './peers/office.mjs'
import { Server } from './server.mjs'
import { pause, until } from './wait.mjs'

const KILLS = Number(process.argv[process.argv.indexOf('--kills') + 1 || Infinity] ?? process.env.STORY_KILLS ?? 100)
const SEED = Number(process.env.STORY_SEED ?? Date.now() % 1_000_000)
const WRITERS = 3
/** Every so many kills the folders are verified as the kill left them. */
const VERIFY_EVERY = 25
const LIFE_MS_MAX = 900

const SCHEMA = `
events:
  Order Placed:
    properties: {order_id: text}
`

const JOURNEY = `
name: order-placed
title: Order placed
entry: {event: Order Placed}
reentry: {key: event.properties.order_id}
purpose: service
steps:
  - id: tell
    kind: message
    channel: email
    subject: "Order {{ entry.properties.order_id }}"
    text: "We have your order {{ entry.properties.order_id }}."
  - id: call
    kind: call
    endpoint: back-office
    event: order.placed
    payload: {order_id: "{{ entry.properties.order_id }}"}
    on_failure: over
  - {id: over, kind: exit, reason: done}
`

async function killAgainAndAgain(server, random) {
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await pause(random() * LIFE_MS_MAX)
    await server.kill()
    if (kill % VERIFY_EVERY === 0) await server.command('verify')
    server.spawn()
    // One life in five may end while the server still recovers.
    if (random() > 0.2) await server.ready()
  }
  await server.ready()
}

/** Each acknowledged event is in exactly one thread, that of its customer. */
async function everyEventIsThere(server, load) {
  const found = new Map()
  for (const user of new Set([...load.acked.values()].map((event) => event.userId))) {
    const { id } = await server.customer(user)
    for (const item of await server.thread(id)) {
      const own = item.event?.properties.id
      if (own !== undefined) found.set(own, [...(found.get(own) ?? []), user])
    }
  }
  const lost = [...load.acked.keys()].filter((id) => !found.has(id))
  const doubled = [...found].filter(([, users]) => users.length !== 1)
  const astray = [...load.acked.values()].filter((event) => found.has(event.messageId) && found.get(event.messageId)[0] !== event.userId)
  assert.deepEqual({ lost, doubled, astray }, { lost: [], doubled: [], astray: [] })
  assert.equal(found.size, load.acked.size, 'and no event that nobody sent')
}

async function effects(server, state) {
  const items = []
  let cursor = ''
  do {
    const page = await server.api(`/api/v1/effects?state=${state}&limit=200${cursor}`)
    items.push(...page.items)
    cursor = page.next && `&cursor=${encodeURIComponent(page.next)}`
  } while (cursor)
  return items
}

/** No e-mail twice; one call id for each order; what is in doubt is shown, and nothing else is missing. */
async function everyEffectIsDoneOnce(server, load, mail, office) {
  await until('no effect waits any more', async () => (await effects(server, 'pending')).length + (await effects(server, 'retrying')).length === 0, 60_000)
  const uncertain = await effects(server, 'uncertain')
  const mailIds = mail.taken.map((message) => message.messageId)
  assert.equal(new Set(mailIds).size, mailIds.length, 'no e-mail twice')
  const mailed = mail.taken.map((message) => message.subject.replace('Order ', ''))
  assert.equal(new Set(mailed).size, mailed.length, 'no order confirmed twice')
  const missing = [...load.orders.keys()].filter((id) => !mailed.includes(id))
  const unmailed = uncertain.filter((effect) => effect.kind === 'email' && !mailIds.some((id) => id.includes(effect.id)))
  assert.deepEqual(
    unmailed.map((effect) => effect.summary.match(/order-\d+/)?.[0]).toSorted(),
    missing.toSorted(),
    'an order without e-mail is shown as uncertain',
  )
  assert.deepEqual(office.refused, [])
  const calls = new Map()
  for (const { id, data } of office.calls) calls.set(data.order_id, (calls.get(data.order_id) ?? new Set()).add(id))
  const several = [...calls].filter(([, ids]) => ids.size > 1)
  assert.deepEqual(several, [], 'a call comes again only under its own id')
  const uncalled = [...load.orders.keys()].filter((id) => !calls.has(id))
  assert.deepEqual(uncalled, [], 'each order reached the back office')
  return { uncertain: uncertain.length, mails: mailed.length, calls: office.calls.length }
}

test(`${KILLS} kills under load`, { timeout: 120_000 + KILLS * 4_000 }, async (t) => {
  const mail = await MailServer.start(t)
  const office = await Office.start(t)
  const webhooks = [{ name: 'back-office', url: office.url, secret: SECRET }]
  const server = await (await Server.make(t, { smtp: mail.port, webhooks })).start()
  await server.publish(catalogueOf(server.folder, { 'schema.yaml': SCHEMA, 'journeys/order-placed.yaml': JOURNEY }))
  const load = new Load(server, await server.source('Load', 'web'))
  t.diagnostic(`seed ${SEED}`)

  load.start(WRITERS)
  t.after(() => {
    load.stopped = true
  })
  await killAgainAndAgain(server, randomFrom(SEED))
  await load.finish()
  const done = await everyEffectIsDoneOnce(server, load, mail, office)
  await everyEventIsThere(server, load)

  const ours = async () => {
    const { items, adds_up } = await server.api('/api/v1/balance')
    assert.equal(adds_up, true)
    return items.find((item) => item.name === 'Load')
  }
  const before = await ours()
  assert.equal(before.processed, load.acked.size, 'what was processed is what was acknowledged')
  const repeated = await load.repeat()
  const after = await ours()
  assert.deepEqual([after.processed, after.duplicates - before.duplicates], [before.processed, repeated])

  await server.stop()
  assert.match(await server.command('verify'), /the state is what the ledger gives/)
  t.diagnostic(`${load.acked.size} events acknowledged, ${load.orders.size} orders, ${JSON.stringify(done)}`)
})
