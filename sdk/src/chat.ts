/**
 * The chat widget: `<throughline-chat server="https://…" write-key="…"></throughline-chat>`.
 *
 * Attributes: `server` (default: where this script came from), `write-key`, `heading`, `lang`,
 * `inline` (fills its place in the page instead of floating), `open`.
 */
import { drawArticle } from './article.ts'
import { Connection, type Line, type Socket, type View, type World } from './connection.ts'
import { anonymousId, newId, storage } from './identity.ts'
import { style } from './style.ts'
import { type Words, wordsFor } from './words.ts'

const script = document.currentScript
const scriptOrigin = script instanceof HTMLScriptElement && script.src ? new URL(script.src).origin : location.origin
const TYPING_EVERY_MS = 3_000

export class ThroughlineChat extends HTMLElement {
  private connection: Connection | undefined
  private words: Words = wordsFor('en')
  private readonly drawn = new Map<string, HTMLElement>()
  private lines: readonly Line[] = []
  private typedAt = 0

  private readonly launcher = element('button', 'launcher')
  private readonly panel = element('section', 'panel')
  private readonly heading = element('h2')
  private readonly closeButton = element('button', 'close')
  private readonly log = element('div', 'log')
  private readonly empty = element('p', 'empty')
  private readonly choices = element('div', 'choices')
  private readonly status = element('p', 'status')
  private readonly typing = element('p', 'typing')
  private readonly form = element('form')
  private readonly label = element('label', 'unseen')
  private readonly input = element('textarea')
  private readonly sendButton = element('button', 'send')

  private readonly wake = (): void => this.connection?.wake()

  constructor() {
    super()
    this.build(this.attachShadow({ mode: 'open' }))
  }

  connectedCallback(): void {
    const language = this.getAttribute('lang') ?? this.closest('[lang]')?.getAttribute('lang') ?? navigator.language
    this.words = wordsFor(language)
    this.label.textContent = this.words.label
    this.sendButton.textContent = this.words.send
    this.launcher.textContent = this.words.open
    this.empty.textContent = this.words.empty
    this.status.textContent = this.words.offline
    this.closeButton.setAttribute('aria-label', this.words.close)
    this.choices.setAttribute('aria-label', this.words.choices)
    this.heading.textContent = this.getAttribute('heading') ?? this.words.title
    this.panel.setAttribute('aria-label', this.heading.textContent)

    const continues = takeContinuation()
    const identity = { anonymousId: anonymousId(storage('localStorage')), ...(continues ? { continues } : {}) }
    this.connection = new Connection(this.world(), (view) => this.draw(view), identity)
    this.connection.start()
    this.draw(this.connection.view())
    window.addEventListener('online', this.wake)
    document.addEventListener('visibilitychange', this.wake)
    if (continues) this.setAttribute('open', '')
    this.showPanel(false)
  }

  disconnectedCallback(): void {
    window.removeEventListener('online', this.wake)
    document.removeEventListener('visibilitychange', this.wake)
    this.connection?.stop()
    this.connection = undefined
  }

  open(): void {
    this.setAttribute('open', '')
    this.showPanel(true)
  }

  close(): void {
    this.removeAttribute('open')
    this.showPanel(true)
  }

  private build(root: ShadowRoot): void {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    root.adoptedStyleSheets = [sheet]

    this.launcher.type = 'button'
    this.launcher.setAttribute('aria-haspopup', 'dialog')
    this.launcher.addEventListener('click', () => this.open())

    this.panel.setAttribute('role', 'dialog')
    this.panel.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !this.hasAttribute('inline')) this.close()
    })
    this.closeButton.type = 'button'
    this.closeButton.textContent = '×'
    this.closeButton.addEventListener('click', () => this.close())

    this.log.setAttribute('role', 'log')
    this.log.setAttribute('aria-live', 'polite')
    this.log.tabIndex = 0
    this.choices.setAttribute('role', 'group')
    this.status.setAttribute('role', 'status')
    this.typing.setAttribute('role', 'status')

    this.input.id = 'message'
    this.input.rows = 1
    this.input.maxLength = 4_000
    this.input.autocomplete = 'off'
    this.label.htmlFor = 'message'
    this.sendButton.type = 'submit'
    this.input.addEventListener('keydown', (event) => {
      // Enter ends a word while an input method composes it.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
      event.preventDefault()
      this.submit()
    })
    this.input.addEventListener('input', () => this.tellTyping())
    this.form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.submit()
    })

    const header = element('header')
    header.append(this.heading, this.closeButton)
    this.log.append(this.empty)
    this.form.append(this.label, this.input, this.sendButton)
    this.panel.append(header, this.log, this.typing, this.status, this.form)
    root.append(this.launcher, this.panel)
  }

  private showPanel(moveFocus: boolean): void {
    const inline = this.hasAttribute('inline')
    const open = inline || this.hasAttribute('open')
    this.panel.hidden = !open
    this.launcher.hidden = open
    this.closeButton.hidden = inline
    this.launcher.setAttribute('aria-expanded', String(open))
    if (open) this.log.scrollTop = this.log.scrollHeight
    if (moveFocus) (open ? this.input : this.launcher).focus()
  }

  private submit(): void {
    if (this.connection?.say(this.input.value)) this.input.value = ''
    this.input.focus()
  }

  private tellTyping(): void {
    if (Date.now() - this.typedAt < TYPING_EVERY_MS) return
    this.typedAt = Date.now()
    this.connection?.typing()
  }

  /** Brings the page to the view with the fewest changes, so that a screen reader reads only what is new. */
  private draw(view: View): void {
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40
    this.status.hidden = view.connected
    this.typing.hidden = view.typing === undefined
    this.typing.textContent = view.typing === undefined ? '' : this.words.typing.replace('…', view.typing || this.words.agent)
    this.empty.hidden = view.lines.length > 0
    const keys = new Set(view.lines.map((line) => line.key))
    for (const [key, drawn] of this.drawn) {
      if (!keys.has(key)) {
        drawn.remove()
        this.drawn.delete(key)
      }
    }
    let before: Element = this.empty
    for (const line of view.lines) {
      const drawn = this.drawn.get(line.key) ?? this.drawLine(line)
      this.drawn.set(line.key, drawn)
      this.noteState(drawn, line)
      if (before.nextElementSibling !== drawn) before.after(drawn)
      before = drawn
    }
    this.drawChoices(view.lines.at(-1), before)
    const grown = view.lines.length > this.lines.length
    this.lines = view.lines
    if (grown && (atEnd || view.lines.at(-1)?.from === 'customer')) this.log.scrollTop = this.log.scrollHeight
  }

  private drawLine(line: Line): HTMLElement {
    const drawn = element('div', `line ${line.from}`)
    // A person is named for everybody to see; that the customer or the bot speaks shows by the side.
    const author = element('span', line.name === undefined ? 'unseen' : 'author')
    const name = line.name ?? (line.from === 'customer' ? this.words.you : this.words[line.from])
    author.textContent = line.name === undefined ? `${name}: ` : name
    const text = element(line.article === undefined ? 'span' : 'div', line.article === undefined ? '' : 'article')
    if (line.article === undefined) text.textContent = line.text
    else text.append(...drawArticle(line.text))
    drawn.append(author, text)
    return drawn
  }

  private noteState(drawn: HTMLElement, line: Line): void {
    drawn.classList.toggle('failed', line.state === 'failed')
    const words = { sending: this.words.sending, failed: this.words.failed, sent: '' }[line.state]
    const note = drawn.querySelector('.note')
    if (words === '') note?.remove()
    else if (note) note.textContent = words
    else drawn.append(Object.assign(element('span', 'note'), { textContent: words }))
  }

  /** Answers are offered only below the newest message: older questions are answered. */
  private drawChoices(last: Line | undefined, below: Element): void {
    const offered = last?.from === 'customer' ? [] : (last?.choices ?? [])
    if (offered.length === 0) return this.choices.remove()
    const wanted = offered.join('\n')
    if (this.choices.dataset['offered'] !== wanted || !this.choices.isConnected) {
      this.choices.dataset['offered'] = wanted
      this.choices.replaceChildren(
        ...offered.map((choice) => {
          const button = element('button')
          button.type = 'button'
          button.textContent = choice
          button.addEventListener('click', () => {
            this.connection?.say(choice)
            this.input.focus()
          })
          return button
        }),
      )
    }
    if (below.nextElementSibling !== this.choices) below.after(this.choices)
  }

  private world(): World {
    const url = new URL('/v1/chat', this.getAttribute('server') ?? scriptOrigin)
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
    url.searchParams.set('write_key', this.getAttribute('write-key') ?? '')
    return {
      open: () => openSocket(url),
      after: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds)
        return () => clearTimeout(timer)
      },
      random: Math.random,
      newId,
      lasting: storage('localStorage'),
      passing: storage('sessionStorage'),
    }
  }
}

function openSocket(url: URL): Socket {
  const web = new WebSocket(url)
  const socket: Socket = {
    send: (text) => {
      if (web.readyState === WebSocket.OPEN) web.send(text)
    },
    close: () => web.close(),
    onOpen: () => undefined,
    onText: () => undefined,
    onClose: () => undefined,
  }
  web.onopen = () => socket.onOpen()
  web.onmessage = (event: MessageEvent<unknown>) => socket.onText(String(event.data))
  web.onclose = () => socket.onClose()
  return socket
}

/** The token of the link by which the customer came; taken out of the address, so that it is not shared. */
function takeContinuation(): string | undefined {
  const url = new URL(location.href)
  const token = url.searchParams.get('tl_continue')
  if (token === null) return undefined
  url.searchParams.delete('tl_continue')
  history.replaceState(history.state, '', url)
  return token
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, className = ''): HTMLElementTagNameMap[Name] {
  const created = document.createElement(name)
  created.className = className
  return created
}

if (!customElements.get('throughline-chat')) customElements.define('throughline-chat', ThroughlineChat)
