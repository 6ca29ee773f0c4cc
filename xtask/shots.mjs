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
    ['segments', '/segments'],
    ['journeys', '/journeys'],
    ['journey-drawing', '/journeys/add-on'],
    ['journey-list', '/journeys/add-on?view=list'],
    ['balance', '/balance'],
    ['quarantine', '/quarantine'],
    ['effects', '/effects'],
    ['catalogue', '/catalogue'],
    ['devices', '/devices'],
  ]
}

/** Chats until two of four questions are answered; returns who that was. */
async function beginTheStory() {
  const email = 'ada@example.com'
  const { page, close } = await open('/devices', 1280, 'light')
  const chat = page.frameLocator('iframe').first()
  await chat.getByRole('button', { name: /Sofa/ }).first().click()
  await say(chat, `Hello, I am Ada, ${email}. I would like a care package.`, /Which piece of furniture/)
  await say(chat, 'Sofa', /Which plan/)
  await say(chat, 'Plus', /Which day/)
  await close()
  return find(email)
}

async function say(chat, text, answer) {
  const field = chat.getByRole('textbox', { name: 'Your message' })
  await field.fill(text)
  await field.press('Enter')
  await chat.getByText(answer).last().waitFor()
}

async function find(text) {
  const answer = await fetch(`${origin}/api/v1/customers?q=${encodeURIComponent(text)}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  if (!answer.ok) throw new Error(`the search for ${text} answered ${answer.status}: ${await answer.text()}`)
  const { items } = await answer.json()
  if (items.length !== 1) throw new Error(`the search for ${text} found ${items.length} customers`)
  return items[0].id
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
