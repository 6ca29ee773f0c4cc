import { expect, it } from 'vitest'
import { Refused, Throughline } from '../src/context.ts'

interface Asked {
  url: string
  authorization: string | null
  body: Record<string, unknown>
}

/** A server that notes what it is asked and answers the same each time. */
function server(status: number, answer: unknown): { asked: Asked[]; client: Throughline } {
  const asked: Asked[] = []
  const request: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers)
    asked.push({
      url: String(input),
      authorization: headers.get('authorization'),
      body: JSON.parse(String(init?.body)),
    })
    return new Response(JSON.stringify(answer), { status })
  }
  return { asked, client: new Throughline('https://brand.example', 'secret', request) }
}

it('asks for everything in one request', async () => {
  const { asked, client } = server(200, { customer: 'cus_1', prices: [{ product: 'sofa', unit: '9.00 EUR' }] })
  const context = await client.context({
    identifiers: { email: 'ada@example.com' },
    channel: 'store',
    products: [{ product: 'sofa' }],
  })
  expect(context.prices[0]?.unit).toBe('9.00 EUR')
  expect(asked).toEqual([
    {
      url: 'https://brand.example/v1/context',
      authorization: 'Bearer secret',
      body: { identifiers: { email: 'ada@example.com' }, channel: 'store', products: [{ product: 'sofa' }] },
    },
  ])
})

it('gives each answer an id of its own and keeps the one it is given', async () => {
  const { asked, client } = server(200, { customer: 'cus_1', journeys: [] })
  const said = { identifiers: { user_id: 'u1' }, channel: 'phone', text: 'Sofa' }
  await client.answer(said)
  await client.answer(said)
  await client.answer({ ...said, messageId: 'm7', conversation: 'cnv_1' })
  const ids = asked.map((one) => one.body['message_id'])
  expect(new Set(ids).size).toBe(3)
  expect(asked[2]?.body).toEqual({ ...said, message_id: 'm7', conversation: 'cnv_1' })
})

it('tells why it was refused and what would be right', async () => {
  const { client } = server(409, { detail: '`boat` has no price now', remedy: 'name a product' })
  const refused = client.quote({ identifiers: { user_id: 'u1' }, items: [{ product: 'boat' }] })
  await expect(refused).rejects.toThrow('`boat` has no price now')
  await expect(refused).rejects.toMatchObject({ status: 409, remedy: 'name a product' })
  await expect(refused).rejects.toBeInstanceOf(Refused)
})

it('sends what staff write down, with an id of its own', async () => {
  const { asked, client } = server(200, { customer: 'cus_1' })
  const note = { identifiers: { 'external/loyalty': '4711' }, channel: 'store', text: 'Likes blue', order: 'A-1' }
  await client.note(note)
  await client.note({ ...note, messageId: 'till-1' })
  expect(asked[0]?.url).toBe('https://brand.example/v1/context/note')
  expect(asked[0]?.body['message_id']).not.toBe(asked[1]?.body['message_id'])
  expect(asked[1]?.body).toEqual({ ...note, message_id: 'till-1' })
})
