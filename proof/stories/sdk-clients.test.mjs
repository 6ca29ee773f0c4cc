// Stock Segment SDKs, in Node and in the browser, and the quirks of their wire: all of it arrives, once, in one thread.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Analytics } from '@segment/analytics-node'
import { Browser } from './peers/browser.mjs'
import { Site } from './peers/site.mjs'
import { Server } from './server.mjs'
import { until } from './wait.mjs'

/** What the thread says of each event: its type and name. */
function told(thread) {
  return thread.filter((item) => item.event).map((item) => `${item.event.type} ${item.event.name}`)
}

async function balanceOf(server, name) {
  const { items, adds_up } = await server.api('/api/v1/balance')
  assert.equal(adds_up, true, 'the balance adds up')
  return items.find((item) => item.name === name)
}

test('analytics-node: events arrive once in one thread', { timeout: 60_000 }, async (t) => {
  const server = await (await Server.make(t)).start()
  const writeKey = await server.source('Shop server', 'server')
  const analytics = new Analytics({ writeKey, host: server.url, flushInterval: 50 })
  const problems = []
  analytics.on('error', (error) => problems.push(error))

  analytics.identify({ userId: 'grace-1906', traits: { email: 'grace@example.com', name: 'Grace Hopper' } })
  for (let n = 1; n <= 20; n += 1) {
    analytics.track({ userId: 'grace-1906', event: 'Product Viewed', properties: { n } })
  }
  analytics.page({ userId: 'grace-1906', name: 'Sofas' })
  await analytics.closeAndFlush()
  assert.deepEqual(problems, [])

  const { id } = await server.customer('grace@example.com')
  const thread = await server.thread(id)
  const viewed = thread.filter((item) => item.event?.name === 'Product Viewed').map((item) => item.event.properties.n)
  assert.deepEqual(viewed.toSorted((a, b) => a - b), Array.from({ length: 20 }, (_, index) => index + 1))
  assert.equal(told(thread).filter((line) => line.startsWith('identify')).length, 1)
  assert.equal(told(thread).filter((line) => line.startsWith('page')).length, 1)
  const { name } = (await server.api(`/api/v1/customers?q=${encodeURIComponent('grace hop')}`)).items[0]
  assert.equal(name, 'Grace Hopper')
  const balance = await balanceOf(server, 'Shop server')
  assert.deepEqual([balance.accepted, balance.processed, balance.quarantined], [22, 22, 0])
})

/** The browser SDK as its package ships it, and a page that loads it. */
function putBrowserSdk(site, server, writeKey) {
  const folder = join(createRequire(import.meta.url).resolve('@segment/analytics-next'), '..', '..', 'umd')
  site.pages.set('/sdk.js', { type: 'text/javascript', body: readFileSync(join(folder, 'index.js')) })
  site.pages.set(
    '/',
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
     <script src="/sdk.js"></script>
     <script>
       window.ready = AnalyticsNext.AnalyticsBrowser.load({ writeKey: '${writeKey}', cdnURL: '${server.url}' })
         .then(([analytics]) => (window.analytics = analytics))
     </script></html>`,
  )
}

test('analytics-next in a browser: anonymous visits become the customer\'s', { timeout: 90_000 }, async (t) => {
  const server = await (await Server.make(t)).start()
  const site = await Site.start(t)
  const writeKey = await server.source('Shop pages', 'web')
  putBrowserSdk(site, server, writeKey)
  const browser = await Browser.open(t)
  const page = await browser.page(`${site.url}/`)
  await page.evaluate(async () => {
    await window.ready
    await window.analytics.page('Front page')
    await window.analytics.track('Product Viewed', { product_id: 'sofa-1', price: 1290 })
    await window.analytics.identify('mary-1928', { email: 'mary@example.com' })
    await window.analytics.track('Product Added', { product_id: 'sofa-1', quantity: 2 })
  })

  const { id } = await server.customer('mary@example.com')
  const thread = await until('all four events', async () => {
    const thread = await server.thread(id)
    return told(thread).length >= 4 && thread
  })
  assert.deepEqual(told(thread).map((line) => line.split(' ')[0]).toSorted(), ['identify', 'page', 'track', 'track'])
  const added = thread.find((item) => item.event?.name === 'Product Added')
  assert.deepEqual([added.event.properties.product_id, Number(added.event.properties.quantity)], ['sofa-1', 2])
  const { customers } = await server.api('/api/v1/overview')
  assert.equal(customers, 1, 'the anonymous visitor and the customer are one')
  const balance = await balanceOf(server, 'Shop pages')
  assert.deepEqual([balance.accepted, balance.processed, balance.duplicates], [4, 4, 0])
  assert.deepEqual(browser.problems, [])
})

test('gzip, text/plain, bad events and repetitions', { timeout: 60_000 }, async (t) => {
  const server = await (await Server.make(t)).start()
  const writeKey = await server.source('Raw', 'web')
  const event = (n) => ({ type: 'track', event: 'Seen', userId: 'joan-1', messageId: `m-${n}`, properties: { n } })
  const post = (body, headers) => fetch(`${server.url}/v1/batch`, { method: 'POST', body, headers })

  const zipped = gzipSync(JSON.stringify({ batch: [event(1), event(2)], writeKey }))
  assert.equal((await post(zipped, { 'content-type': 'application/json', 'content-encoding': 'gzip' })).status, 200)
  const plain = JSON.stringify({ batch: [event(3), event(2)], writeKey, sentAt: new Date().toISOString() })
  assert.equal((await post(plain, { 'content-type': 'text/plain' })).status, 200)
  const bad = [{ type: 'track', event: 'No identifier at all' }, { type: 'nonsense', userId: 'joan-1' }, 'not an object']
  assert.equal((await server.send('/v1/batch', writeKey, { batch: [event(4), ...bad, event(5)] })).status, 200)
  assert.equal((await server.send('/v1/batch', 'wk_nobody', { batch: [event(6)] })).status, 401)
  assert.equal((await post('{"batch": [', { authorization: `Basic ${btoa(`${writeKey}:`)}` })).status, 400)

  const { id } = await server.customer('joan-1')
  const seen = (await server.thread(id)).filter((item) => item.event?.name === 'Seen').map((item) => item.event.properties.n)
  assert.deepEqual(seen, [1, 2, 3, 4, 5])
  const quarantine = await server.api('/api/v1/quarantine')
  assert.equal(quarantine.items.length, bad.length)
  for (const item of quarantine.items) assert.ok(item.reason.length > 0, 'each says why')
  const balance = await balanceOf(server, 'Raw')
  assert.equal(balance.accepted, balance.processed + balance.quarantined + balance.rejected)
  assert.deepEqual([balance.processed, balance.quarantined, balance.duplicates], [5, 3, 1])
})
