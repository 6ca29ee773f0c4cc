// Photographs every page of the studio over a running demo: `node shots.mjs ADDRESS FOLDER`, as `cargo xtask shots` does.
// Begins the demo's story first, so that there is a customer with a conversation to look at.
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const { chromium } = createRequire(new URL('../studio/package.json', import.meta.url))('playwright-core')

const [address, folder] = process.argv.slice(2)
const { origin, hash } = new URL(address)
const token = new URLSearchParams(hash.slice(1)).get('token')
const WIDTHS = [1280, 390]
const SECONDS_MAX = 90
const SCHEMES = ['light', 'dark']
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: QUIET })
try {
  await mkdir(folder, { recursive: true })
  const customer = await beginTheStory()
  for (const [name, path] of pages(customer)) await photograph(name, path)
} finally {
  await browser.close()
}

function pages(customer) {
  return [
    ['customers', '/customers'],
    ['customer-thread', `/customers/${customer}`],
    ['customer-profile', `/customers/${customer}?tab=profile`],
    ['customer-identity', `/customers/${customer}?tab=identity`],
    ['customer-journeys', `/customers/${customer}?tab=journeys`],
    ['customer-why', `/customers/${customer}?tab=journeys&why=regulars`],
    ['customer-orders', `/customers/${customer}?tab=orders`],
    ['inbox', '/inbox'],
    ['knowledge', '/knowledge?q=how%20do%20I%20send%20something%20back'],
    ['article', '/knowledge/delivery-times'],
    ['segments', '/segments'],
    ['journeys', '/journeys'],
    ['journey-drawing', '/journeys/add-on'],
    ['journey-list', '/journeys/add-on?view=list'],
    ['offers', '/offers'],
    ['content', '/content'],
    ['rehearsals', '/rehearsals'],
    ['offer', '/offers/care-first-year'],
    ['prices', '/prices'],
    ['balance', '/balance'],
    ['quarantine', '/quarantine'],
    ['effects', '/effects'],
    ['catalogue', '/catalogue'],
    ['devices', '/devices'],
  ]
}

/** Answers two of four questions in the chat, leaves, and answers the third by e-mail; returns who that was. */
async function beginTheStory() {
  const email = 'ada@example.com'
  const { page, close } = await open('/devices', 1280, 'light')
  const chat = page.frameLocator('iframe').first()
  await chat.getByRole('button', { name: /Sofa/ }).first().click()
  const shop = page.frames().find((frame) => frame.url().includes('/shop.html'))
  await shop.evaluate((email) => {
    window.throughline.identify('ada-1815', { email, first_name: 'Ada', last_name: 'Lovelace' })
  }, email)
  await say(chat, 'Hello! I would like a care package.', /Which piece of furniture/)
  await say(chat, 'Sofa', /Which plan/)
  await say(chat, 'Plus', /Which day/)
  // The shop's page sends what it has seen every few seconds; a browser that is shut down sends no last word.
  await until(`${email} is known`, async () => (await named(email)).length === 1)
  await close()
  const mail = await mailWith(/2 questions left/)
  await api('POST', '/demo/mailbox/reply', { message: mail.id, text: 'Tomorrow would be fine.\n\nAda' })
  await mailWith(/1 question left|Re: Your care package/)
  await buyAndComplain(email)
  await askForOffers()
  return find(email)
}

/** An order on a marketplace, its parcel, and a complaint on the phone about one of its lines. */
async function buyAndComplain(email) {
  const { write_key } = await api('POST', '/sources', { name: 'Pool World', channel: 'server' })
  const send = async (path, body) => {
    const headers = { authorization: `Basic ${btoa(`${write_key}:`)}`, 'content-type': 'application/json' }
    const answer = await fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  }
  const items = [
    { seller_sku: 'pool-lagune', title: 'Lagune pool', quantity: 1, unit_price: '420.00' },
    { seller_sku: 'pool-cover', title: 'Cover for the Lagune pool', quantity: 2, unit_price: '38.50' },
  ]
  const order = { number: '1001', placed_at: new Date().toISOString(), currency: 'GBP', items }
  await send('/v1/marketplace/poolworld/orders', { order, buyer: { id: '77', email } })
  const track = (event, channel, properties) =>
    send('/v1/track', { type: 'track', event, channel, identifiers: { email }, properties: { order_id: 'PW-1001', ...properties } })
  await track('Order Shipped', 'server', { carrier: 'DHL', tracking_number: '00340434161094021501', products: ['pool-lagune'] })
  await track('Complaint Opened', 'phone', { complaint_id: 'C-3', product_id: 'pool-cover', subject: 'The cover is torn' })
}

/** A shop asks what to offer to those seen last, so that offers have something to tell. */
async function askForOffers() {
  const { items } = await api('GET', '/customers?limit=100')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  for (const { identifiers: [own] } of items.filter(({ identifiers }) => identifiers.length > 0)) {
    const body = JSON.stringify({ identifiers: { [own.namespace]: own.value }, channel: 'web', placements: ['home', 'agent'] })
    const answer = await fetch(`${origin}/v1/context`, { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(`/v1/context answered ${answer.status}: ${await answer.text()}`)
  }
}

async function say(chat, text, answer) {
  const field = chat.getByRole('textbox', { name: 'Your message' })
  await field.fill(text)
  await field.press('Enter')
  await chat.getByText(answer).last().waitFor()
}

/** The mail that the shop sent with such a subject. The journey waits a while before it picks up. */
async function mailWith(subject) {
  return until(`mail with the subject ${subject}`, async () => {
    const { items } = await api('GET', '/demo/mailbox')
    return items.find((item) => item.direction === 'in' && subject.test(item.subject))
  })
}

/** What `look` finds, looked for every second. */
async function until(what, look) {
  for (let waited = 0; waited < SECONDS_MAX; waited += 1) {
    const found = await look()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  throw new Error(`${what}: not within ${SECONDS_MAX} s`)
}

async function named(text) {
  return (await api('GET', `/customers?q=${encodeURIComponent(text)}`)).items
}

async function find(text) {
  const items = await named(text)
  if (items.length !== 1) throw new Error(`the search for ${text} found ${items.length} customers`)
  return items[0].id
}

async function api(method, path, body) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${origin}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}

async function photograph(name, path) {
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const { page, close } = await open(path, width, scheme)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await page.waitForTimeout(500) // fonts and the last of the live data
      await page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`) })
      await close()
    }
  }
  console.log(`   ${name}`)
}

async function open(path, width, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height: 860 }, colorScheme })
  const page = await context.newPage()
  await page.goto(`${origin}${path}#token=${token}`)
  return { page, close: () => context.close() }
}
