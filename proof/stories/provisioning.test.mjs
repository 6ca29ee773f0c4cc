// An order whose provisioning fails: tried again, handed to a technician, solved, and told to the customer once, on the
// channel of their choice.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { demoCatalogue } from './catalogue.mjs'
import { killedAtRandom } from './kills.mjs'
import { MailServer } from './peers/mail.mjs'
import { Office, SECRET } from './peers/office.mjs'
import { MessageCentre } from './peers/smsc.mjs'
import { Server } from './server.mjs'
import { until } from './wait.mjs'

const ADDRESS = 'ada.lovelace@example.com'
const PHONE = '+4915112345678'
const AGENTS = `
agents:
  admin: {title: Mara Quay, skills: [technology], languages: [en]}
`
const ORDER = { order_id: 'A-1', device: 'L-77' }

async function play(t, then) {
  const mail = await MailServer.start(t)
  const centre = await MessageCentre.start(t)
  const office = await Office.start(t)
  // Overloaded at first; then it knows that it cannot.
  office.answer = () => (office.calls.length < 2 ? { status: 503, body: {} } : { status: 422, body: { error: 'the device is unknown' } })
  const webhooks = [{ name: 'back-office', url: office.url, secret: SECRET }]
  const server = await Server.make(t, { smtp: mail.port, sms: { port: centre.port }, webhooks })
  await server.start()
  const catalogue = demoCatalogue(server.folder, '1h')
  writeFileSync(join(catalogue, 'agents.yaml'), AGENTS)
  await server.publish(catalogue)
  const writeKey = await server.source('Shop', 'web')
  await then(server)

  const userId = 'ada-1815'
  const traits = { first_name: 'Ada', email: ADDRESS, phone: PHONE, preferred_channel: 'sms' }
  await server.track(writeKey, { type: 'identify', userId, traits })
  const { id } = await server.customer(ADDRESS)
  await then(server)
  await server.track(writeKey, { event: 'Activation Ordered', userId, properties: ORDER })
  await until('the back office was asked', () => office.of('light.activate').length >= 1)
  await then(server)

  const run = async () => (await server.api(`/api/v1/customers/${id}/runs`)).find((own) => own.journey === 'activation')
  await until('a technician is needed', async () => (await run())?.step === 'technician', 60_000)
  const calls = office.of('light.activate')
  assert.ok(calls.length >= 2, 'it was tried again')
  assert.equal(new Set(calls.map((call) => call.id)).size, 1, 'each time as the same call')
  assert.deepEqual(calls[0].data, ORDER)
  assert.deepEqual(office.refused, [])
  await then(server)

  await server.api('/api/v1/desk/presence', { body: { presence: 'available' } })
  const task = await until('the task is assigned', async () => (await server.api('/api/v1/inbox?view=mine')).items[0])
  assert.equal(task.why, 'Activate the light of order A-1 by hand')
  assert.equal(centre.taken.length + mail.taken.length, 0, 'the customer has heard nothing yet')
  await then(server)
  const solved = { action: 'close', outcome: 'activated', results: { activation: 'X-9' } }
  await server.api(`/api/v1/customers/${id}/conversations/${task.conversation}/actions`, { body: solved })

  const told = await centre.nth(PHONE, 1)
  assert.match(told.text, /light from order A-1 is ready, activation X-9/)
  await then(server)
  await until('the run is over', async () => (await run()).state === 'completed')
  await until('everything is settled', async () => {
    const { items } = await server.api('/api/v1/effects')
    return items.every((effect) => effect.state === 'uncertain')
  })
  // The order comes once more, as systems do.
  await server.track(writeKey, { event: 'Activation Ordered', userId, properties: ORDER })
  await server.track(writeKey, { event: 'Page Viewed', userId, properties: {} })
  assert.equal(centre.taken.length, 1, 'told once')
  assert.equal(mail.taken.length, 0, 'and nowhere else')
  assert.equal(new Set(office.of('light.activate').map((call) => call.id)).size, 1, 'and activated once')
  const { total } = await server.api('/api/v1/inbox')
  assert.equal(total, 0, 'nothing is left at the desk')
  await server.stop()
  assert.match(await server.command('verify'), /the state is what the ledger gives/)
}

test('provisioning fails, is tried again, goes to a technician, and is told once', { timeout: 120_000 }, async (t) => {
  await play(t, async () => undefined)
})

test('the same with the server killed between the steps', { timeout: 120_000 }, async (t) => {
  await play(t, async (server) => {
    await server.kill()
    await server.start()
  })
})

killedAtRandom('provisioning that fails', play)
