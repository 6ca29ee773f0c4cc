/**
 * The chat's connection: keeps one socket open, resends what was not acknowledged, and shows every
 * message once. Knows neither the page nor the network, so that tests play both.
 */
import { type Author, type ClientFrame, parseFrame, type ShownMessage } from './protocol.ts'

/** What the connection needs of a WebSocket. */
export interface Socket {
  send(text: string): void
  close(): void
  onOpen: () => void
  onText: (text: string) => void
  onClose: () => void
}

/** A part of `Storage`; may throw where the browser forbids it. */
export interface Store {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface World {
  open(): Socket
  after(milliseconds: number, run: () => void): () => void
  random(): number
  newId(): string
  /** Outlives the tab: who this browser is. */
  lasting: Store
  /** Outlives a reload of the tab: what is not sent yet. */
  passing: Store
}

/** A message as the page shows it. */
export interface Line {
  readonly key: string
  readonly from: Author
  /** The agent's name, where one wrote it. */
  readonly name?: string
  readonly text: string
  readonly choices: readonly string[]
  readonly time: string
  readonly state: 'sending' | 'sent' | 'failed'
  /** The text is an article, in Markdown. */
  readonly article?: string
}

export interface View {
  readonly lines: readonly Line[]
  readonly connected: boolean
  /** The agent who types, for some seconds. */
  readonly typing?: string
}

interface Waiting {
  readonly id: string
  readonly text: string
}

const TOKEN_KEY = 'tl_chat_token'
const QUEUE_KEY = 'tl_chat_queue'

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 30_000
/** The server asks every 25 seconds whether we are there; silence this long means that it is not. */
const SILENCE_MS = 60_000
const LATER_MS = 2_000
const QUEUE_MAX = 100
/** An agent who types tells it again within this time. */
const TYPING_MS = 6_000

export class Connection {
  private socket: Socket | undefined
  private welcomed = false
  private stopped = false
  private failures = 0
  private cancelRetry: () => void = nothing
  private cancelSilence: () => void = nothing
  private cancelLater: () => void = nothing
  private cancelTyping: () => void = nothing
  private agentTypes: string | undefined
  private session = ''
  private lastSeen = 0
  private shown: ShownMessage[] = []
  private queue: Waiting[]
  /** Acknowledged, but not yet shown by the server; failed for good. Both in the order of writing. */
  private acknowledged: Waiting[] = []
  private failed: Waiting[] = []
  private inFlight: string | undefined

  constructor(
    private readonly world: World,
    private readonly changed: (view: View) => void,
    private readonly identity: { anonymousId?: string; continues?: string } = {},
  ) {
    this.queue = readQueue(world.passing)
  }

  start(): void {
    this.stopped = false
    this.connect()
  }

  stop(): void {
    this.stopped = true
    this.disconnect()
  }

  /** Tries again at once: the network is back, or the page is shown again. */
  wake(): void {
    if (!this.stopped && !this.socket) {
      this.failures = 0
      this.connect()
    }
  }

  /** Takes a message from the customer; it is sent now or as soon as there is a connection. */
  say(text: string): boolean {
    const trimmed = text.trim()
    if (trimmed === '' || this.queue.length >= QUEUE_MAX) return false
    this.queue.push({ id: this.world.newId(), text: trimmed })
    this.keepQueue()
    this.sendNext()
    this.show()
    return true
  }

  typing(): void {
    if (this.welcomed) this.send({ typing: {} })
  }

  view(): View {
    const line = (waiting: Waiting, state: Line['state']): Line => ({
      key: waiting.id,
      from: 'customer',
      text: waiting.text,
      choices: [],
      time: '',
      state,
    })
    const shown = this.shown.map((message): Line => ({
      key: message.id ?? `#${message.number}`,
      from: message.from,
      ...(message.name === undefined ? {} : { name: message.name }),
      text: message.text,
      ...(message.article === undefined ? {} : { article: message.article }),
      choices: message.choices ?? [],
      time: message.time,
      state: 'sent',
    }))
    const acknowledged = this.acknowledged.map((waiting) => line(waiting, 'sent'))
    const failed = this.failed.map((waiting) => line(waiting, 'failed'))
    const queue = this.queue.map((waiting) => line(waiting, 'sending'))
    const lines = [...shown, ...acknowledged, ...failed, ...queue]
    return { lines, connected: this.welcomed, ...(this.agentTypes === undefined ? {} : { typing: this.agentTypes }) }
  }

  private connect(): void {
    this.cancelRetry()
    if (this.socket || this.stopped) return
    const socket = this.world.open()
    this.socket = socket
    this.listenForSilence()
    socket.onOpen = () => this.hello()
    socket.onText = (text) => {
      if (this.socket === socket) this.receive(text)
    }
    socket.onClose = () => {
      if (this.socket === socket) this.lost()
    }
  }

  private disconnect(): void {
    const socket = this.socket
    this.socket = undefined
    this.welcomed = false
    this.inFlight = undefined
    this.cancelRetry()
    this.cancelSilence()
    this.cancelLater()
    this.stopsTyping()
    socket?.close()
    this.show()
  }

  private lost(): void {
    this.disconnect()
    if (this.stopped) return
    // Full jitter: after a restart of the server, its browsers do not all come back at once.
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures)
    this.failures += 1
    this.cancelRetry = this.world.after(FIRST_DELAY_MS / 2 + this.world.random() * longest, () => this.connect())
  }

  private listenForSilence(): void {
    this.cancelSilence()
    this.cancelSilence = this.world.after(SILENCE_MS, () => this.lost())
  }

  private hello(): void {
    const token = read(this.world.lasting, TOKEN_KEY)
    this.send({
      hello: {
        last_seen: this.lastSeen,
        ...(token ? { token } : {}),
        ...(this.identity.anonymousId ? { anonymous_id: this.identity.anonymousId } : {}),
        ...(this.identity.continues ? { continue: this.identity.continues } : {}),
      },
    })
  }

  private receive(text: string): void {
    this.listenForSilence()
    const frame = parseFrame(text)
    switch (frame?.kind) {
      case 'welcome':
        return this.welcome(frame.session, frame.token, frame.missed)
      case 'message':
        if (frame.message.from === 'agent') this.stopsTyping()
        this.add(frame.message)
        return this.show()
      case 'typing':
        return this.types(frame.name)
      case 'ack':
        return this.settled(frame.id, 'acknowledged')
      case 'error':
        return this.refused(frame.code, frame.id)
      case 'alive':
        return this.send({ alive: {} })
      case undefined:
        return
    }
  }

  private types(name: string): void {
    this.cancelTyping()
    this.agentTypes = name
    this.cancelTyping = this.world.after(TYPING_MS, () => {
      this.stopsTyping()
      this.show()
    })
    this.show()
  }

  private stopsTyping(): void {
    this.cancelTyping()
    this.cancelTyping = nothing
    this.agentTypes = undefined
  }

  private welcome(session: string, token: string, missed: readonly ShownMessage[]): void {
    if (this.session !== '' && this.session !== session) {
      // The server does not know the old session any more: what follows is numbered anew.
      this.shown = []
      this.lastSeen = 0
    }
    this.session = session
    write(this.world.lasting, TOKEN_KEY, token)
    // The link has done its work; a reconnection continues by the token.
    delete this.identity.continues
    this.failures = 0
    this.welcomed = true
    for (const message of missed) this.add(message)
    this.sendNext()
    this.show()
  }

  private add(message: ShownMessage): void {
    if (message.number <= this.lastSeen) return
    this.lastSeen = message.number
    this.shown.push(message)
    const { id } = message
    if (id === undefined) return
    this.acknowledged = this.acknowledged.filter((waiting) => waiting.id !== id)
    // Seeing one's own message in the thread is as good as an acknowledgement.
    if (this.queue.some((waiting) => waiting.id === id)) {
      this.remove(id)
      this.sendNext()
    }
  }

  private settled(id: string, as: 'acknowledged' | 'failed'): void {
    const waiting = this.remove(id)
    if (waiting && as === 'failed') this.failed.push(waiting)
    if (waiting && as === 'acknowledged') this.acknowledged.push(waiting)
    this.sendNext()
    this.show()
  }

  private refused(code: string, id: string | undefined): void {
    if (code === 'expired') {
      remove(this.world.lasting, TOKEN_KEY)
      delete this.identity.continues
    }
    if (code === 'closing') return this.lost()
    if (id === undefined) return
    if (code === 'invalid') return this.settled(id, 'failed')
    this.cancelLater()
    this.cancelLater = this.world.after(LATER_MS, () => {
      this.inFlight = undefined
      this.sendNext()
    })
  }

  /** One at a time, so that messages arrive in the order they were written. */
  private sendNext(): void {
    const next = this.queue[0]
    if (!this.welcomed || !next || this.inFlight === next.id) return
    this.inFlight = next.id
    this.send({ say: next })
  }

  private remove(id: string): Waiting | undefined {
    const waiting = this.queue.find((waiting) => waiting.id === id)
    this.queue = this.queue.filter((waiting) => waiting.id !== id)
    if (this.inFlight === id) {
      this.inFlight = undefined
      this.cancelLater()
    }
    this.keepQueue()
    return waiting
  }

  private send(frame: ClientFrame): void {
    this.socket?.send(JSON.stringify(frame))
  }

  private keepQueue(): void {
    if (this.queue.length === 0) remove(this.world.passing, QUEUE_KEY)
    else write(this.world.passing, QUEUE_KEY, JSON.stringify(this.queue))
  }

  private show(): void {
    this.changed(this.view())
  }
}

function nothing(): void {}

function readQueue(store: Store): Waiting[] {
  try {
    const queue: unknown = JSON.parse(read(store, QUEUE_KEY) ?? '[]')
    return Array.isArray(queue) ? queue.filter(isWaiting).slice(0, QUEUE_MAX) : []
  } catch {
    return []
  }
}

function isWaiting(value: unknown): value is Waiting {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    'text' in value &&
    typeof value.id === 'string' &&
    typeof value.text === 'string'
  )
}

// Browsers may forbid storage altogether; the chat then works until the tab closes.
export function read(store: Store, key: string): string | null {
  try {
    return store.getItem(key)
  } catch {
    return null
  }
}

export function write(store: Store, key: string, value: string): void {
  try {
    store.setItem(key, value)
  } catch {
    // Full or forbidden: nothing to do about it.
  }
}

export function remove(store: Store, key: string): void {
  try {
    store.removeItem(key)
  } catch {
    // Forbidden: nothing to do about it.
  }
}
