// The story: half an order in web chat, the rest by e-mail and on another browser, and nothing asked or done twice.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoCatalogue } from './catalogue.mjs'
import { killedAtRandom } from './kills.mjs'
import { Browser } from './peers/browser.mjs'
import { Chat } from './peers/chat.mjs'
import { MailServer, deliver, reply } from './peers/mail.mjs'
import { Office, SECRET } from './peers/office.mjs'
import { Site } from './peers/site.mjs'
import { Server } from './server.mjs'
import { until } from './wait.mjs'

const ADDRESS = 'ada.lovelace@example.com'
const QUESTIONS = {
  item: 'Which piece of furniture is the care package for?',
  plan: 'Which plan would you like for your sofa?',
  visit_day: 'Which day suits you for the first visit?',
  access: 'Which floor do you live on, and is there a lift?',
}
const CONFIRMATION = /The plus care package for your sofa is ordered/
const VISIT_DAY = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10)

class World {
  static async open(t, pickUp) {
    const world = new World()
    world.mail = await MailServer.start(t)
    world.office = await Office.start(t)
    world.site = await Site.start(t)
    world.server = await Server.make(t, {
      smtp: world.mail.port,
      webhooks: [{ name: 'back-office', url: world.office.url, secret: SECRET }],
      chatPage: `${world.site.url}/shop`,
    })
    await world.server.start()
    await world.server.publish(demoCatalogue(world.server.folder, pickUp))
    const chatKey = await world.server.source('Web chat', 'webchat')
    const siteKey = await world.server.source('Shop pages', 'web')
    world.site.putShop('/shop', world.server.url, siteKey, chatKey)
    world.first = await Browser.open(t)
    world.second = await Browser.open(t)
    world.staff = await Browser.open(t)
    return world
  }
}

/** Plays the story; `then` is called at every point where the server might die. */
async function play(world, then) {
  const { server, mail, office, site } = world

  const shop = await world.first.page(`${site.url}/shop`)
  await shop.waitForFunction(() => window.throughline !== undefined)
  await shop.evaluate((email) => window.throughline.identify('ada-1815', { email, first_name: 'Ada' }), ADDRESS)
  const { id } = await server.customer(ADDRESS)
  await then('identified')

  const chat = new Chat(shop)
  await chat.open()
  await chat.write('I would like a care package, please')
  await chat.sees(QUESTIONS.item)
  await chat.write('Sofa')
  await chat.sees(QUESTIONS.plan)
  await then('one question answered')
  await chat.write('Plus, 79 a year')
  await chat.sees(QUESTIONS.visit_day)
  await shop.close()
  await then('the tab is closed')

  const page = await studioOf(world, id)
  await page.getByText('Plus, 79 a year').first().waitFor()

  const pickedUp = await mail.nth(ADDRESS, 1, 30_000)
  assert.match(pickedUp.subject, /2 questions left/)
  assert.match(pickedUp.text, /you were adding a care package for your sofa, two questions left/)
  assert.ok(pickedUp.text.includes(QUESTIONS.visit_day), 'the e-mail asks question three')
  assert.ok(!pickedUp.text.includes(QUESTIONS.plan), 'the e-mail does not ask question two again')
  await then('the e-mail has arrived')

  const answered = await deliver(server.lmtp, reply(pickedUp, ADDRESS, `Hello,\n\n${VISIT_DAY} would be fine.\n\nBest wishes\nAda`))
  await then('the reply is handed over')
  const fourth = await secondMail(world)
  if (fourth) {
    assert.ok(fourth.text.includes(QUESTIONS.access), 'the reply continues at question four')
    assert.ok(!fourth.text.includes(QUESTIONS.visit_day), 'question three is not asked again')
    assert.equal(fourth.inReplyTo, answered.messageId, 'it answers the reply')
    assert.match([fourth.references].flat()[0], /^<cnv_/)
    assert.equal([fourth.references].flat()[0], [pickedUp.references].flat()[0], 'both mails are one thread in mail programs')
  }
  await page.getByText(`${VISIT_DAY} would be fine`).first().waitFor()

  const link = pickedUp.text.match(/https?:\S*tl_continue=\S+/)?.[0]
  assert.ok(link, `a chat link in:\n${pickedUp.text}`)
  const elsewhere = new Chat(await world.second.page(link))
  await elsewhere.sees(QUESTIONS.access)
  await then('the chat is open on another browser')
  await elsewhere.write('Third floor, there is a lift')
  await elsewhere.sees(CONFIRMATION, 30_000)
  await then('the order is complete')

  await settled(server)
  const orders = office.of('add_on.ordered')
  assert.deepEqual(office.refused, [])
  assert.deepEqual([...new Set(orders.map((call) => call.id))].length, 1, 'one call to the back office')
  assert.deepEqual(orders[0].data, { item: 'sofa', plan: 'plus', visit_day: VISIT_DAY, access: 'Third floor, there is a lift' })
  await threadIsRight(world, id)
  await page.getByText(CONFIRMATION).first().waitFor()
  await page.getByText('Third floor, there is a lift').first().waitFor()
  return { orders, id }
}

/** The customer's page in the studio, reached as staff do: by signing in with the token. */
async function studioOf({ server, staff }, id) {
  const page = await staff.page(`${server.url}/customers/${id}`)
  await page.getByLabel('Admin token').fill(server.tokens.main)
  await until('the studio lets staff in', async () => {
    const token = page.getByLabel('Admin token')
    if (await token.isVisible()) await token.press('Enter')
    await page.getByRole('heading', { name: /Ada/ }).first().waitFor({ timeout: 2_000 })
    return true
  })
  if (!page.url().endsWith(`/customers/${id}`)) await page.goto(`${server.url}/customers/${id}`)
  return page
}

/** The mail with question four; nothing if a kill caught it on its way, which the effects must then say. */
async function secondMail({ server, mail }) {
  return until('the second mail, or doubt about it', async () => {
    const { items } = await server.api('/api/v1/effects?state=uncertain')
    const [, second] = mail.to(ADDRESS)
    return second ? { mail: second } : items.some((effect) => effect.kind === 'email') && { mail: undefined }
  }).then((found) => found.mail)
}

async function settled(server) {
  await until('no effect waits any more', async () => {
    const { items } = await server.api('/api/v1/effects')
    return items.every((effect) => effect.state === 'uncertain')
  })
}

/** Each question was asked before it was answered and never after; one confirmation; both channels. */
async function threadIsRight({ server, mail }, id) {
  const thread = await server.thread(id)
  const messages = thread.filter((item) => item.kind === 'message')
  const answers = { item: 'Sofa', plan: 'Plus, 79', visit_day: VISIT_DAY, access: 'Third floor' }
  for (const [slot, question] of Object.entries(QUESTIONS)) {
    const asked = messages.filter((item) => item.direction === 'out' && item.text.includes(question))
    const answer = messages.find((item) => item.direction === 'in' && item.text.includes(answers[slot]))
    assert.ok(asked.length > 0, `${slot} was asked`)
    assert.ok(answer, `${slot} was answered`)
    for (const item of asked) assert.ok(item.seq < answer.seq, `${slot} was asked again after its answer:\n${item.text}`)
  }
  const byChannel = (channel) => messages.filter((item) => item.channel === channel).length
  assert.ok(byChannel('webchat') > 0 && byChannel('email') > 0, 'messages of both channels in one thread')
  const inChat = messages.filter((item) => item.direction === 'out' && CONFIRMATION.test(item.text))
  const byMail = mail.taken.filter((message) => CONFIRMATION.test(message.text))
  assert.equal(inChat.length, 1, 'one confirmation')
  assert.equal(byMail.length, 0, 'and none besides, by e-mail')
  const done = thread.filter((item) => /Reached the goal “Care package ordered”/.test(item.note?.sentence ?? ''))
  assert.equal(done.length, 1, 'the goal is reached once')
}

test('an order begun in chat is finished by e-mail and on another browser', { timeout: 120_000 }, async (t) => {
  const world = await World.open(t, '4s')
  const { orders } = await play(world, async () => undefined)
  assert.equal(orders.length, 1, 'the back office is called once')
  assert.equal(world.mail.taken.length, 2, 'two e-mails: the pick-up and question four')
  const { adds_up } = await world.server.api('/api/v1/balance')
  assert.equal(adds_up, true)
  assert.deepEqual([...world.first.problems, ...world.second.problems, ...world.staff.problems], [])
  await world.server.stop()
  assert.match(await world.server.command('verify'), /the state is what the ledger gives/)
})

test('the same story with the server killed after every step', { timeout: 120_000 }, async (t) => {
  const world = await World.open(t, '10s') // The visitor waits for three restarts between the first answers.
  await play(world, async () => {
    await world.server.kill()
    await world.server.start()
  })
  await world.server.stop()
  assert.match(await world.server.command('verify'), /the state is what the ledger gives/)
})

killedAtRandom('an order begun in chat is finished elsewhere', async (t, then) => {
  const world = await World.open(t, '15s')
  await play(world, () => then(world.server))
  await world.server.stop()
  assert.match(await world.server.command('verify'), /the state is what the ledger gives/)
})
