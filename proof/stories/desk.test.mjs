// The desk: a journey hands a customer over from web chat, an agent answers, the customer goes on by e-mail, and the
// journey goes on with what the agent found out.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { demoCatalogue } from './catalogue.mjs'
import { killedAtRandom } from './kills.mjs'
import { Browser } from './peers/browser.mjs'
import { Chat } from './peers/chat.mjs'
import { MailServer, deliver, reply } from './peers/mail.mjs'
import { Site } from './peers/site.mjs'
import { Server } from './server.mjs'
import { until } from './wait.mjs'

const ADDRESS = 'ada.lovelace@example.com'
const AGENTS = `
agents:
  admin: {title: Mara Quay, skills: [orders], languages: [en]}
`

class World {
  static async open(t) {
    const world = new World()
    world.mail = await MailServer.start(t)
    world.site = await Site.start(t)
    world.server = await Server.make(t, { smtp: world.mail.port, chatPage: `${world.site.url}/shop` })
    await world.server.start()
    world.catalogue = demoCatalogue(world.server.folder, '1h')
    writeFileSync(join(world.catalogue, 'agents.yaml'), AGENTS)
    await world.server.publish(world.catalogue)
    const chatKey = await world.server.source('Web chat', 'webchat')
    const siteKey = await world.server.source('Shop pages', 'web')
    world.site.putShop('/shop', world.server.url, siteKey, chatKey)
    world.first = await Browser.open(t)
    return world
  }

  /** The customer's one conversation. */
  async conversation(id) {
    const all = await this.server.api(`/api/v1/customers/${id}/conversations`)
    assert.equal(all.length, 1, 'one conversation over all channels')
    return all[0]
  }

  act(id, conversation, body) {
    return this.server.api(`/api/v1/customers/${id}/conversations/${conversation}/actions`, { body })
  }
}

/** Plays the story; `then` is called at every point where the server might die. */
async function play(world, then) {
  const { server, mail, site } = world
  const me = await server.api('/api/v1/me')
  assert.equal(me.name, 'admin', 'the catalogue names the agent by this token')

  const shop = await world.first.page(`${site.url}/shop`)
  await shop.waitForFunction(() => window.throughline !== undefined)
  await shop.evaluate((email) => window.throughline.identify('ada-1815', { email, first_name: 'Ada' }), ADDRESS)
  const { id } = await server.customer(ADDRESS)
  const chat = new Chat(shop)
  await chat.open()
  await chat.write('There is a problem with my order')
  await chat.sees('Which order is it?')
  await chat.write('4711')
  await chat.sees('What is wrong with it?')
  await then('one question answered')
  await chat.write('It arrived damaged')
  await chat.sees('An adviser takes over')
  await then('handed over')

  const [waiting] = (await server.api('/api/v1/inbox?view=waiting')).items
  assert.equal(waiting.why, 'Order 4711: damaged', 'the agent reads what was said')
  assert.equal(waiting.name, 'Ada')
  assert.equal(waiting.priority, 'high')
  await server.api('/api/v1/desk/presence', { body: { presence: 'available' } })
  await until('it is assigned by itself', async () => {
    const { items } = await server.api('/api/v1/inbox?view=mine')
    return items.length === 1
  })
  await then('assigned')
  const { id: conversation } = await world.conversation(id)
  const [run] = await server.api(`/api/v1/customers/${id}/runs`)
  assert.equal(run.step, 'adviser')
  assert.deepEqual(run.slots.filter((slot) => slot.answered).map((slot) => slot.value), ['4711', 'damaged'])

  await chat.write('are you there?')
  await until('what is written is for the agent', async () => (await world.conversation(id)).unanswered)
  const hello = { action: 'reply', text: 'Hello Ada, I am looking at it.', key: 'r1' }
  await world.act(id, conversation, hello)
  await world.act(id, conversation, hello)
  await chat.sees('Hello Ada, I am looking at it.')
  await chat.sees('Mara Quay')
  const lines = await chat.lines()
  assert.equal(lines.filter((line) => line.includes('I am looking at it')).length, 1, 'a reply sent again is shown once')
  await then('answered in chat')
  await shop.close()

  // The customer is gone: the agent writes by e-mail, and what they answer comes to the same conversation.
  await world.act(id, conversation, { action: 'reply', text: 'Can you tell me what is broken?', channel: 'email', key: 'r2' })
  const question = await mail.nth(ADDRESS, 1)
  assert.match(question.text, /Can you tell me what is broken/)
  await then('asked by e-mail')
  await deliver(server.lmtp, reply(question, ADDRESS, 'A leg is broken.'))
  await until('the mail is in the same conversation', async () => {
    const own = await world.conversation(id)
    return own.channels.includes('email') && own.unanswered
  })
  await then('written by e-mail')
  await world.act(id, conversation, { action: 'reply', text: 'Thank you, we pay back 80 euros.', key: 'r3' })
  const answer = await mail.nth(ADDRESS, 2)
  assert.match(answer.text, /we pay back 80 euros/)
  await then('answered by e-mail')

  const wrong = await server.insist(`/api/v1/customers/${id}/conversations/${conversation}/actions`, {
    body: { action: 'close', outcome: 'refund', results: { refund: 'much' } },
  })
  assert.equal(wrong.response.status, 409)
  assert.match(JSON.parse(wrong.text).detail, /`results.refund` must be a whole number/)
  await world.act(id, conversation, { action: 'close', outcome: 'refund', results: { refund: 80 } })
  const refund = await mail.nth(ADDRESS, 3)
  assert.match(refund.text, /We pay back 80 euros for order 4711/)
  await then('closed')
  const ended = await server.api(`/api/v1/customers/${id}/runs`)
  assert.equal(ended[0].state, 'completed')
  const { total } = await server.api('/api/v1/inbox')
  assert.equal(total, 0, 'nothing is left at the desk')
  return id
}

/** What was known was never asked again. */
async function nothingTwice({ server }, id) {
  const thread = await server.thread(id)
  const said = thread.filter((item) => item.kind === 'message' && item.direction === 'out').map((item) => item.text)
  for (const text of ['Which order is it?', 'What is wrong with it?', 'An adviser takes over', 'I am looking at it']) {
    assert.equal(said.filter((own) => own.includes(text)).length, 1, `“${text}” is said once`)
  }
}

test('a journey hands over to an agent and goes on with what they found out', { timeout: 120_000 }, async (t) => {
  const world = await World.open(t)
  const id = await play(world, async () => undefined)
  await nothingTwice(world, id)
  assert.deepEqual(world.first.problems, [])
  await world.server.stop()
  assert.match(await world.server.command('verify'), /the state is what the ledger gives/)
})

test('the same with the server killed after every step, and the customer erased in the end', { timeout: 120_000 }, async (t) => {
  const world = await World.open(t)
  const id = await play(world, async () => {
    await world.server.kill()
    await world.server.start()
  })
  await nothingTwice(world, id)
  await world.server.api(`/api/v1/customers/${id}/erase`, { body: { confirm: id } })
  await world.server.stop()
  assert.match(await world.server.command('verify'), /the state is what the ledger gives/)
})

killedAtRandom('a hand-over to an agent', async (t, then) => {
  const world = await World.open(t)
  await nothingTwice(world, await play(world, () => then(world.server)))
  await world.server.stop()
  assert.match(await world.server.command('verify'), /the state is what the ledger gives/)
})
