// An insurance application begun on the web and gone on with in the app; the missing receipt is asked for by letter, and
// it is finished in the branch, also when the server is killed at any point between or during the steps.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { demoCatalogue } from './catalogue.mjs'
import { killedAtRandom } from './kills.mjs'
import { MailServer } from './peers/mail.mjs'
import { PrintShop } from './peers/print-shop.mjs'
import { Server } from './server.mjs'
import { pause, until } from './wait.mjs'

const ADDRESS = 'lucja@example.com'
const WHO = { user_id: 'lucja-1' }

async function play(t, then) {
  const mail = await MailServer.start(t)
  const shop = PrintShop.start(t)
  const server = await Server.make(t, { smtp: mail.port, letters: shop.folder })
  await server.start()
  await server.publish(demoCatalogue(server.folder, '1h'))
  const keys = { web: await server.source('Shop pages', 'web'), store: await server.source('Till', 'store') }
  const traits = {
    email: ADDRESS,
    first_name: 'Łucja',
    last_name: 'Ćwiklińska',
    street: 'Hafenstraße 7',
    postal_code: '20457',
    city: 'Hamburg',
  }
  // Each call has an id of its own and is made until it is answered, as an app does when the network is away.
  const sent = (what, call) =>
    until(what, async () => {
      const response = await call()
      return response.ok ? response : undefined
    }, 60_000)
  const track = (key, id, event, properties) =>
    sent(event, () => server.send('/v1/track', key, { userId: WHO.user_id, messageId: id, event, properties }))
  const answer = (channel, id, text, { question: { conversation } }) =>
    sent(`the answer ${text}`, () =>
      server.ask('/v1/context/answer', { body: { identifiers: WHO, channel, text, message_id: id, conversation } }))
  const question = (channel, slot) =>
    until(`the question ${slot} by ${channel}`, async () => {
      const { journeys } = await server.api('/v1/context', { body: { identifiers: WHO, channel } })
      return journeys.find((own) => own.journey === 'furniture-insurance' && own.question?.slot === slot)
    }, 60_000)

  await sent('identify', () =>
    server.send('/v1/identify', keys.web, { userId: WHO.user_id, messageId: 'i1', traits }))
  await track(keys.web, 't1', 'Insurance Requested', { item: 'sofa' })
  const first = await question('web', 'value')
  await then(server)
  await answer('web', 'a1', '2400', first)
  const asked = await question('app', 'floor')
  assert.equal(asked.slots.item, 'sofa', 'nothing is asked twice')
  assert.equal(asked.slots.value, 2400)
  const { text, kind, choices } = asked.question
  assert.deepEqual(
    [text, kind, choices.map(({ label }) => label)],
    ['Does it stand in a house or in a flat?', 'choice', ['House', 'Flat']],
    'the app has all it needs to put the question in a form of its own',
  )
  await then(server)
  await answer('app', 'a2', 'flat', asked)

  await then(server)
  const letter = await until('the letter is printed', () => shop.letters[0], 60_000)
  assert.deepEqual(letter.to, ['Łucja Ćwiklińska', 'Hafenstraße 7', '20457 Hamburg'])
  assert.equal(letter.subject, 'Your furniture insurance: the receipt is missing')
  assert.equal(letter.pdf.subarray(0, 5).toString(), '%PDF-')
  shop.report(letter.id)
  await then(server)
  await until('the report is taken up', () => shop.isSettled(letter.id), 60_000)

  await track(keys.store, 't2', 'Document Received', { kind: 'receipt', store: 'Hamburg' })
  await then(server)
  const confirmation = await mail.nth(ADDRESS, 1, 60_000).catch(async (error) => {
    // A kill while the e-mail was on its way leaves it uncertain: shown, and never sent twice.
    const { items } = await server.api('/api/v1/effects')
    if (items.some((own) => own.kind === 'email' && own.state === 'uncertain')) return undefined
    throw error
  })
  if (confirmation) assert.match(confirmation.text, /Your sofa is insured from today/)

  await until('everything is settled', async () => {
    const { items } = await server.api('/api/v1/effects')
    return items.every((effect) => effect.state === 'uncertain' && effect.kind === 'email')
  })
  assert.equal(shop.letters.length, 1, 'one letter, whatever happened')
  await server.stop()
  assert.match(await server.command('verify'), /the state is what the ledger gives/)
}

test('begun on the web, gone on in the app, asked by letter, finished in the branch', { timeout: 180_000 }, async (t) => {
  await play(t, async () => undefined)
})

test('the same with the server killed at random points', { timeout: 300_000 }, async (t) => {
  await play(t, async (server) => {
    await pause(randomInt(0, 60))
    await server.kill()
    await server.start()
  })
})

killedAtRandom('an application over four channels', play)
