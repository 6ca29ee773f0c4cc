/** Events on their way to the server: kept until it has them, sent in batches, each known by its id. */
import { read, remove, type Store, write } from './connection.ts'

export interface Event {
  readonly type: 'page' | 'track' | 'identify'
  readonly messageId: string
  readonly anonymousId: string
  readonly timestamp: string
  readonly userId?: string
  readonly event?: string
  readonly name?: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly traits?: Readonly<Record<string, unknown>>
  readonly context?: Readonly<Record<string, unknown>>
}

export interface Wire {
  /** True when the server has taken the batch for good, or refused it for good. */
  post(body: string): Promise<boolean>
  /** Hands a batch to the browser to send after the page is gone. */
  beacon(body: string): boolean
  after(milliseconds: number, run: () => void): void
  now(): string
}

const KEPT_KEY = 'tl_events'
const KEPT_MAX = 200
const BATCH_MAX = 50
/** What browsers let a page send while it goes away. */
const BEACON_BYTES_MAX = 60_000
const WAIT_MS = 500
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 60_000

export class Events {
  private kept: Event[]
  private scheduled = false
  private sending = false
  private failures = 0

  constructor(
    private readonly writeKey: string,
    private readonly wire: Wire,
    private readonly store: Store,
  ) {
    this.kept = readKept(store)
    if (this.kept.length > 0) this.schedule(WAIT_MS)
  }

  add(event: Event): void {
    this.kept = [...this.kept, event].slice(-KEPT_MAX)
    this.keep()
    this.schedule(WAIT_MS)
  }

  /** The page goes away: what is left travels without it. Kept all the same; the server knows ids it has seen. */
  leave(): void {
    let batch = this.kept.slice(0, BATCH_MAX)
    while (batch.length > 0 && bytes(this.body(batch)) > BEACON_BYTES_MAX) batch = batch.slice(0, -1)
    if (batch.length > 0) this.wire.beacon(this.body(batch))
  }

  private schedule(milliseconds: number): void {
    if (this.scheduled || this.sending) return
    this.scheduled = true
    this.wire.after(milliseconds, () => {
      this.scheduled = false
      void this.send()
    })
  }

  private async send(): Promise<void> {
    const batch = this.kept.slice(0, BATCH_MAX)
    if (batch.length === 0 || this.sending) return
    this.sending = true
    const taken = await this.wire.post(this.body(batch)).catch(() => false)
    this.sending = false
    if (taken) {
      const sent = new Set(batch.map((event) => event.messageId))
      this.kept = this.kept.filter((event) => !sent.has(event.messageId))
      this.keep()
      this.failures = 0
      if (this.kept.length > 0) this.schedule(0)
    } else {
      this.schedule(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.failures))
      this.failures += 1
    }
  }

  private body(batch: readonly Event[]): string {
    return JSON.stringify({ batch, sentAt: this.wire.now(), writeKey: this.writeKey })
  }

  private keep(): void {
    if (this.kept.length === 0) remove(this.store, KEPT_KEY)
    else write(this.store, KEPT_KEY, JSON.stringify(this.kept))
  }
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length
}

function readKept(store: Store): Event[] {
  try {
    const kept: unknown = JSON.parse(read(store, KEPT_KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isEvent).slice(-KEPT_MAX) : []
  } catch {
    return []
  }
}

function isEvent(value: unknown): value is Event {
  return typeof value === 'object' && value !== null && 'messageId' in value && 'type' in value
}
