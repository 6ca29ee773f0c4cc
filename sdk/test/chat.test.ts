// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

class FakeWebSocket {
  static OPEN = 1
  static all: FakeWebSocket[] = []
  readyState = 1
  sent: Record<string, unknown>[] = []
  onopen: () => void = () => undefined
  onmessage: (event: { data: string }) => void = () => undefined
  onclose: () => void = () => undefined
  constructor(readonly url: URL) {
    FakeWebSocket.all.push(this)
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  close(): void {
    this.readyState = 3
  }
  receive(frame: unknown): void {
    this.onmessage({ data: JSON.stringify(frame) })
  }
}

vi.stubGlobal('WebSocket', FakeWebSocket)
const { ThroughlineChat } = await import('../src/chat.ts')

let chat: InstanceType<typeof ThroughlineChat>

function find(selector: string): HTMLElement {
  const found = chat.shadowRoot?.querySelector(selector)
  if (!(found instanceof HTMLElement)) throw new Error(`nothing matches ${selector}`)
  return found
}

function socket(): FakeWebSocket {
  const last = FakeWebSocket.all.at(-1)
  if (!last) throw new Error('no socket was opened')
  return last
}

function lines(): string[] {
  const drawn = chat.shadowRoot?.querySelectorAll('.line') ?? []
  return Array.from(drawn, (line) => line.textContent ?? '')
}

function welcome(missed: unknown[] = []): void {
  socket().onopen()
  socket().receive({ welcome: { session: 's', token: 't', missed } })
}

beforeEach(() => {
  history.replaceState(null, '', '/help?x=1&tl_continue=TOKEN#top')
  localStorage.clear()
  sessionStorage.clear()
  chat = new ThroughlineChat()
  chat.setAttribute('server', 'https://tl.example')
  chat.setAttribute('write-key', 'wk')
  chat.setAttribute('lang', 'en')
  document.body.append(chat)
})

afterEach(() => chat.remove())

it('continues what the link names and takes the token out of the address', () => {
  expect(String(socket().url)).toBe('wss://tl.example/v1/chat?write_key=wk')
  welcome()
  const hello = { last_seen: 0, anonymous_id: localStorage.getItem('tl_anonymous_id'), continue: 'TOKEN' }
  expect(socket().sent[0]).toEqual({ hello })
  expect(location.pathname + location.search + location.hash).toBe('/help?x=1#top')
  expect(find('.panel').hidden).toBe(false)
})

it('sends what is typed with Enter and shows who wrote what', () => {
  welcome([{ number: 1, from: 'bot', text: '<b>Which size?</b>', time: '' }])
  const input = find('textarea')
  if (!(input instanceof HTMLTextAreaElement)) throw new Error('no textarea')
  input.value = '55 inch'
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', shiftKey: true }))
  expect(input.value).toBe('55 inch')
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true }))
  expect(input.value).toBe('55 inch')
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))
  expect(input.value).toBe('')
  expect(lines()).toEqual(['Assistant: <b>Which size?</b>', 'You: 55 inchsending'])
  expect(find('.log').querySelector('b')).toBe(null)
})

it('offers choices below the newest message only, as buttons that answer', () => {
  welcome([{ number: 1, from: 'bot', text: 'Which size?', choices: ['55', '65'], time: '' }])
  const buttons = chat.shadowRoot?.querySelectorAll('.choices button') ?? []
  expect(Array.from(buttons, (button) => button.textContent)).toEqual(['55', '65'])
  if (buttons[1] instanceof HTMLElement) buttons[1].click()
  expect(socket().sent.at(-1)).toMatchObject({ say: { text: '65' } })
  expect(chat.shadowRoot?.querySelector('.choices')).toBe(null)
})

it('tells a screen reader only what is new', () => {
  welcome([{ number: 1, from: 'bot', text: 'one', time: '' }])
  const first = find('.line')
  socket().receive({ message: { number: 2, from: 'agent', text: 'two', time: '' } })
  expect(find('.line')).toBe(first)
  expect(lines()).toEqual(['Assistant: one', 'Adviser: two'])
  expect(find('.log').getAttribute('aria-live')).toBe('polite')
})

it('opens and closes by keyboard and brings the focus along', () => {
  welcome()
  find('.panel').dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
  expect(find('.panel').hidden).toBe(true)
  expect(chat.shadowRoot?.activeElement).toBe(find('.launcher'))
  find('.launcher').click()
  expect(find('.launcher').getAttribute('aria-expanded')).toBe('true')
  expect(chat.shadowRoot?.activeElement).toBe(find('textarea'))
})

it('says when there is no connection', () => {
  expect(find('.status').hidden).toBe(false)
  welcome()
  expect(find('.status').hidden).toBe(true)
  socket().onclose()
  expect(find('.status').hidden).toBe(false)
})

it('shows an article as one, and who types until they have written', () => {
  welcome()
  socket().receive({ typing: { name: 'Mara Quay' } })
  expect(find('.typing').textContent).toBe('Mara Quay is typing')
  expect(find('.typing').hidden).toBe(false)
  const text = '**Send it back**\n\nYou have [30 days](https://shop.example).'
  socket().receive({ message: { number: 7, from: 'agent', name: 'Mara Quay', text, time: '', article: 'returns' } })
  expect(find('.typing').hidden).toBe(true)
  expect(find('.article a').getAttribute('href')).toBe('https://shop.example')
  expect(find('.article strong').textContent).toBe('Send it back')
  socket().receive({ message: { number: 8, from: 'bot', text: '**not an article**', time: '' } })
  expect(lines().at(-1)).toContain('**not an article**')
})
