// Erasing a customer leaves nothing of them in any file; and what one workspace knows, no other is told.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { demoCatalogue } from './catalogue.mjs'
import { Browser } from './peers/browser.mjs'
import { Chat } from './peers/chat.mjs'
import { MailServer, deliver, reply } from './peers/mail.mjs'
import { Office, SECRET } from './peers/office.mjs'
import { Site } from './peers/site.mjs'
import { Server } from './server.mjs'
import { until } from './wait.mjs'

/** Words that occur nowhere else, by the field they stand in. Random letters are not shortened by compression. */
class Canaries {
  words = new Map()

  word(field) {
    const word = `canary${randomBytes(12).toString('hex')}`
    this.words.set(field, word)
    return word
  }

  /** The fields whose word is in the text or bytes, in any of the spellings that files and answers use. */
  in(bytes) {
    const haystack = Buffer.from(bytes).toString('latin1').toLowerCase()
    const spellings = (word) => [
      word.slice(6), // Compression may keep the common start of all the words elsewhere.
      Buffer.from(word.slice(6), 'utf16le').toString('latin1'),
      ...[0, 1, 2].map((shift) => base64Core(word, shift)),
    ]
    const found = ([, word]) => spellings(word).some((spelling) => haystack.includes(spelling.toLowerCase()))
    return [...this.words].filter(found).map(([field]) => field)
  }
}

/** The part of a word's base64 that does not depend on what stands around it. */
function base64Core(word, shift) {
  const encoded = Buffer.from('x'.repeat(shift) + word.slice(6)).toString('base64')
  return encoded.slice(shift === 0 ? 0 : 4, -8)
}

/** Every file below a folder. */
function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? files(path) : [path]
  })
}

/** The canaries in files, and what the server printed: `field in file`. */
async function leaks(canaries, server) {
  const paths = [...files(server.data), ...files(server.keys)]
  assert.ok(paths.length > 5, 'there are files to look at')
  const found = canaries.in(server.log).map((field) => `${field} in the log`)
  for (const path of paths) {
    found.push(...canaries.in(written(await readFile(path))).map((field) => `${field} in ${path}`))
  }
  return found
}

/** What was written to a file; the pages reserved for later are zero. */
function written(bytes) {
  const zero = Buffer.alloc(PAGE_BYTES)
  const pages = []
  for (let from = 0; from < bytes.length; from += PAGE_BYTES) {
    const page = bytes.subarray(from, from + PAGE_BYTES)
    if (!page.equals(zero.subarray(0, page.length))) pages.push(page)
  }
  return Buffer.concat(pages)
}

const PAGE_BYTES = 4_096

/** One customer with a canary in every field of every channel. */
async function fill(server, canaries, { mail, site, browser }) {
  const word = (field) => canaries.word(field)
  const writeKey = await server.source('Shop server', 'server')
  const [userId, address] = [word('user id'), `${word('e-mail')}@example.com`]
  const context = { ip: word('context.ip'), userAgent: word('context.userAgent'), page: { url: `https://x.example/${word('context.page.url')}` } }
  const traits = {
    email: address,
    first_name: word('first name'),
    last_name: word('last name'),
    phone: '+49 30 901820',
    address: { street: word('nested trait') },
    tags: [word('list in a trait')],
    [word('name of a trait')]: 1,
  }
  const sent = await server.send('/v1/batch', writeKey, {
    batch: [
      { type: 'identify', userId, anonymousId: word('anonymous id'), messageId: word('message id'), traits, context },
      { type: 'track', userId, event: 'Order Completed', messageId: word('message id of a track'), properties: { order_id: word('order id'), note: word('property'), nested: { a: [word('nested property')] }, [word('name of a property')]: true }, context },
      { type: 'page', userId, name: word('name of a page'), properties: { url: `https://x.example/${word('url')}`, title: word('title') } },
      { type: 'group', userId, groupId: word('group id'), traits: { company: word('trait of a group') } },
      { type: 'alias', previousId: word('previous id'), userId },
      { type: 'track', userId, event: 'Consent Granted', properties: { purpose: 'marketing', text: word('words of a consent') } },
      { type: 'track', userId, event: 'Add-on Requested', properties: { item: 'sofa' } },
    ],
  })
  assert.equal(sent.status, 200)
  const event = { specversion: '1.0', id: word('CloudEvents id'), source: '/till', type: 'Visit', userid: userId, data: { note: word('CloudEvents data') } }
  const cloud = await server.send('/v1/cloudevents', writeKey, [event])
  assert.ok(cloud.status === 200 || cloud.status === 400, 'CloudEvents are answered')

  const chatKey = await server.source('Web chat', 'webchat')
  site.putShop('/shop', server.url, writeKey, chatKey)
  const shop = await browser.page(`${site.url}/shop`)
  await shop.waitForFunction(() => window.throughline !== undefined)
  await shop.evaluate(([id, email]) => window.throughline.identify(id, { email }), [userId, address])
  const chat = new Chat(shop)
  await chat.open()
  await chat.write(`I want a care package, says ${word('chat')}`)
  const asked = await mail.nth(address, 1)
  const answer = { ...reply(asked, `${word('display name')} <${address}>`, `plus ${word('e-mail text')}`), subject: word('subject'), messageId: `<${word('id of an e-mail')}@example.com>` }
  await deliver(server.lmtp, { ...answer, envelope: undefined })
  const { id } = await server.customer(address)
  for (const field of ['chat', 'e-mail text']) {
    await until(`${field} is in the thread`, async () => JSON.stringify(await server.thread(id)).includes(canaries.words.get(field)))
  }
  return id
}

async function world(t, workspaces) {
  const [mail, office, site] = [await MailServer.start(t), await Office.start(t), await Site.start(t)]
  const webhooks = [{ name: 'back-office', url: office.url, secret: SECRET }]
  const server = await (await Server.make(t, { workspaces, smtp: mail.port, webhooks, chatPage: `${site.url}/shop` })).start()
  await server.publish(demoCatalogue(server.folder, '1s'))
  return { server, mail, site, browser: await Browser.open(t) }
}

test('an erased customer is in no file', { timeout: 120_000 }, async (t) => {
  const { server, ...peers } = await world(t, ['main'])
  const canaries = new Canaries()
  const id = await fill(server, canaries, peers)
  await peers.browser.context.close() // Its widget must not say anything of the customer anew.
  const shown = canaries.in(JSON.stringify([await server.api(`/api/v1/customers/${id}`), await server.thread(id)]))
  for (const field of ['e-mail', 'first name', 'chat', 'e-mail text', 'subject', 'property']) {
    assert.ok(shown.includes(field), `${field} is known before the erasure; shown: ${shown}`)
  }
  assert.deepEqual(canaries.in(Buffer.from(canaries.words.get('chat'))), ['chat'], 'the search can find')
  assert.deepEqual(await leaks(canaries, server), [], 'personal data is sealed wherever it rests, even before')

  const receipt = await server.api(`/api/v1/customers/${id}/erase`, { body: { confirm: id } })
  assert.ok(receipt.strands > 0)
  await nothingIsLeft(server, canaries, id)
  await server.kill()
  assert.match(await server.command('verify'), /the state is what the ledger gives/)
  await server.start()
  await nothingIsLeft(server, canaries, id)
  await server.stop()
  await server.command('rebuild')
  assert.match(await server.command('verify'), /the state is what the ledger gives/)
  assert.deepEqual(await leaks(canaries, server), [])
})

/** Neither files nor any answer about the customer hold a canary, and no search finds them. */
async function nothingIsLeft(server, canaries, id) {
  assert.deepEqual(await leaks(canaries, server), [])
  for (const [field, word] of canaries.words) {
    const { items } = await server.api(`/api/v1/customers?q=${word}`)
    assert.deepEqual(items, [], `no search by ${field} finds anybody`)
  }
  const paths = ['', '/thread?limit=200', '/identity', '/runs'].map((rest) => `/api/v1/customers/${id}${rest}`)
  for (const path of [...paths, '/api/v1/customers', '/api/v1/effects', '/api/v1/quarantine', '/api/v1/overview']) {
    assert.deepEqual(canaries.in(await (await server.ask(path)).text()), [], path)
  }
}

test('no answer to one workspace tells anything of another', { timeout: 120_000 }, async (t) => {
  const { server, ...peers } = await world(t, ['main', 'other'])
  const canaries = new Canaries()
  const id = await fill(server, canaries, peers)
  const mainKey = await server.source(canaries.word('name of a source'), 'web')
  const bad = { type: 'track', event: canaries.word('event in quarantine'), properties: { x: canaries.word('property in quarantine') } }
  await server.send('/v1/batch', mainKey, { batch: [bad] })
  const [run] = await server.api(`/api/v1/customers/${id}/runs`)
  const [quarantined] = (await server.api('/api/v1/quarantine')).items
  assert.ok(run && quarantined, 'there is something to tell')

  const document = await server.api('/api/v1/openapi.json')
  const values = { id, name: 'add-on', number: quarantined.number }
  let asked = 0
  for (const [path, operations] of Object.entries(document.paths)) {
    if (!operations.get || path === '/api/v1/live') continue
    const place = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]))
    for (const query of queries(operations.get, canaries)) {
      const answer = await server.ask(`${place}${query}`, { workspace: 'other' })
      assert.ok(answer.status < 500, `${place}${query} answered ${answer.status}`)
      assert.deepEqual(canaries.in(await answer.text()), [], `${place}${query}`)
      asked += 1
    }
  }
  assert.ok(asked > 40, `${asked} questions were asked`)
  for (const rest of ['', '/thread', '/identity', '/runs']) {
    assert.equal((await server.ask(`/api/v1/customers/${id}${rest}`, { workspace: 'other' })).status, 404)
  }
  const erasure = await server.ask(`/api/v1/customers/${id}/erase`, { workspace: 'other', body: { confirm: id } })
  assert.ok(erasure.status === 404 || (await erasure.json()).strands === 0, 'another workspace erases nobody here')
  assert.ok((await server.thread(id)).some((item) => !item.erased && item.text?.includes(canaries.words.get('chat'))))
  await liveTellsNothing(server, canaries, id, mainKey)
})

/** Without parameters, and with each text parameter set to each canary. */
function queries(operation, canaries) {
  const texts = (operation.parameters ?? []).filter((own) => own.in === 'query' && ['q', 'segment', 'address'].includes(own.name))
  return ['', ...texts.flatMap(({ name }) => [...canaries.words.values()].map((word) => `?${name}=${word}`))]
}

/** The live stream of the other workspace stays silent about this customer while things happen to them. */
async function liveTellsNothing(server, canaries, id, mainKey) {
  const otherKey = await server.source('Other', 'web', 'other')
  const stop = new AbortController()
  const stream = await server.ask(`/api/v1/live?customer=${id}`, { workspace: 'other', signal: stop.signal })
  let heard = ''
  const listening = (async () => {
    for await (const part of stream.body ?? []) heard += Buffer.from(part)
  })().catch(() => undefined)
  const seen = (userId) => ({ batch: [{ type: 'track', event: 'Seen', userId, properties: { note: canaries.word(`live ${userId}`) } }] })
  await server.send('/v1/batch', mainKey, seen(canaries.words.get('user id')))
  await server.send('/v1/batch', otherKey, { batch: [{ type: 'track', event: 'Seen', userId: 'somebody-else' }] })
  if (stream.ok) await until('the other workspace hears of itself', () => /"customers":1\b/.test(heard))
  stop.abort()
  await listening
  assert.deepEqual(canaries.in(heard), [])
}
