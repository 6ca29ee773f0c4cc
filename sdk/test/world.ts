/** A browser, a network and a server in memory, with time that only moves when told. */
import type { Socket, Store, World } from '../src/connection.ts'
import type { ShownMessage } from '../src/protocol.ts'

export class MemoryStore implements Store {
  readonly kept = new Map<string, string>()
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value)
  }
  removeItem(key: string): void {
    this.kept.delete(key)
  }
}

/** Numbers that look random and are the same in every run of a seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Timer {
  at: number
  run: () => void
}

export class FakeWorld implements World {
  now = 0
  timers: Timer[] = []
  sockets: FakeSocket[] = []
  lasting = new MemoryStore()
  passing = new MemoryStore()
  random: () => number = () => 0.5
  private ids = 0

  open(): FakeSocket {
    const socket = new FakeSocket()
    this.sockets.push(socket)
    return socket
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.now + milliseconds, run }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  newId(): string {
    this.ids += 1
    return `id-${this.ids}`
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }

  pass(milliseconds: number): void {
    const end = this.now + milliseconds
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.timers = this.timers.filter((timer) => timer !== next)
      this.now = next.at
      next.run()
    }
    this.now = end
  }
}

export class FakeSocket implements Socket {
  sent: Record<string, Record<string, unknown>>[] = []
  closed = false
  onOpen: () => void = () => undefined
  onText: (text: string) => void = () => undefined
  onClose: () => void = () => undefined

  send(text: string): void {
    if (!this.closed) this.sent.push(JSON.parse(text))
  }

  close(): void {
    this.closed = true
  }

  /** The other side hangs up. */
  drop(): void {
    if (this.closed) return
    this.closed = true
    this.onClose()
  }

  receive(frame: unknown): void {
    if (!this.closed) this.onText(JSON.stringify(frame))
  }
}

/** The server's end: a durable thread, which answers each message and takes each id once. */
export class FakeServer {
  readonly thread: ShownMessage[] = []

  hello(socket: FakeSocket, lastSeen: number): void {
    const missed = this.thread.filter((message) => message.number > lastSeen)
    socket.receive({ welcome: { session: 's1', token: 't1', missed } })
  }

  /** Takes a message; returns what the browser would hear if the connection held. */
  say(id: string, text: string): unknown[] {
    const frames: unknown[] = []
    if (!this.thread.some((message) => message.id === id)) {
      frames.push({ message: this.write('customer', text, id) }, { message: this.write('bot', `re ${text}`) })
    }
    return [...frames, { ack: { id } }]
  }

  write(from: ShownMessage['from'], text: string, id?: string): ShownMessage {
    const number = this.thread.length + 1
    const message = { number, from, text, time: '2026-03-01T10:00:00Z', ...(id ? { id } : {}) }
    this.thread.push(message)
    return message
  }
}
