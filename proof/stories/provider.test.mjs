// A channel attached by configuration: signed messages out, answers and reports in, and SMS where it fails.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogueOf } from './catalogue.mjs'
import { Provider, SECRET } from './peers/provider.mjs'
import { MessageCentre } from './peers/smsc.mjs'
import { Server } from './server.mjs'
import { until } from './wait.mjs'

const PHONE = '+4915112345678'
const FILES = {
  'schema.yaml': 'traits: {phone: text}\nevents:\n  Visit Planned: {properties: {day: text}}\n',
  'channels.yaml': 'channels:\n  whatsapp: {address: phone, cost: 0.03}\n  sms: {cost: 0.07}\n',
  'journeys/visit.yaml': `
name: visit
title: Your visit
entry: {event: Visit Planned}
purpose: service
slots:
  time: {type: choice, choices: [morning, afternoon], ask: Morning or afternoon?}
steps:
  - {id: ask, kind: ask, channel: whatsapp, slots: [time], timeout: 1d}
  - {id: done, kind: message, channel: [whatsapp, sms, email], text: "See you in the {{ slots.time }}."}
`,
}

test('a provider serves a channel both ways; forged and repeated calls change nothing; SMS takes over', async (t) => {
  const provider = await Provider.start(t)
  const centre = await MessageCentre.start(t)
  const channels = [{ name: 'whatsapp', url: provider.url, secret: SECRET }]
  const server = await Server.make(t, { sms: { port: centre.port }, channels })
  await server.start()
  await server.publish(catalogueOf(server.folder, FILES))
  const writeKey = await server.source('Shop', 'web')
  const event = { type: 'track', event: 'Visit Planned', messageId: 'v1', identifiers: { phone: PHONE }, properties: {} }
  await server.send('/v1/batch', writeKey, { batch: [event] })

  const question = await provider.nth(1)
  assert.equal(question.to, PHONE)
  assert.equal(question.channel, 'whatsapp')
  assert.equal(question.header, question.id)
  assert.match(question.text, /^Morning or afternoon\?\n1\. morning/)
  assert.deepEqual(question.choices, ['morning', 'afternoon'])

  const answer = { id: 'wamid.1', from: PHONE, text: '2' }
  const forged = `whsec_${Buffer.from('the secret of somebody else 0001').toString('base64')}`
  assert.equal((await provider.send(server, 'whatsapp', answer, { secret: forged })).status, 401)
  assert.equal((await provider.send(server, 'whatsapp', answer, { at: new Date(Date.now() - 600_000) })).status, 401)
  assert.equal((await provider.send(server, 'telegram', answer)).status, 401)
  assert.equal((await provider.send(server, 'whatsapp', { from: PHONE })).status, 400)

  provider.answer = { status: 200, body: { status: 'accepted' } }
  for (const attempt of ['call-2', 'call-3']) {
    assert.equal((await provider.send(server, 'whatsapp', answer, { id: attempt })).status, 204)
  }
  const done = await provider.nth(2)
  assert.equal(done.text, 'See you in the afternoon.')

  const open = async () => (await server.api('/api/v1/effects')).items
  await until('the message waits for its report', async () => (await open())[0]?.reason?.includes('report of delivery'))
  const failed = { type: 'status', message: done.id, status: 'failed', reason: 'no account' }
  assert.equal((await provider.send(server, 'whatsapp', failed, { id: 'call-4' })).status, 204)
  assert.equal((await centre.nth(PHONE, 1)).text, 'See you in the afternoon.')
  assert.equal((await provider.send(server, 'whatsapp', failed, { id: 'call-5' })).status, 204)
  await until('everything is settled', async () => (await open()).length === 0)

  const { id } = await server.customer(PHONE)
  const thread = await server.thread(id)
  assert.equal(thread.filter((item) => JSON.stringify(item).includes('"2"')).length > 0, true)
  assert.equal(provider.taken.length, 2)
  assert.equal(centre.taken.length, 1)
  assert.deepEqual(provider.refused, [])
})
