import { expect, it } from 'vitest'
import { type Event, Events, type Wire } from '../src/events.ts'
import { MemoryStore } from './world.ts'

class FakeWire implements Wire {
  posts: string[][] = []
  beacons: string[][] = []
  taken = true
  private timers: { wait: number; run: () => void }[] = []

  async post(body: string): Promise<boolean> {
    this.posts.push(ids(body))
    return this.taken
  }
  beacon(body: string): boolean {
    this.beacons.push(ids(body))
    return true
  }
  after(wait: number, run: () => void): void {
    this.timers.push({ wait, run })
  }
  now(): string {
    return '2026-03-01T10:00:00Z'
  }
  /** Runs what waits and returns how long it was to wait. */
  async run(): Promise<number[]> {
    const timers = this.timers.splice(0)
    for (const timer of timers) timer.run()
    await new Promise((resolve) => setTimeout(resolve, 0))
    return timers.map((timer) => timer.wait)
  }
}

function ids(body: string): string[] {
  const { batch, writeKey }: { batch: Event[]; writeKey: string } = JSON.parse(body)
  expect(writeKey).toBe('key')
  return batch.map((event) => event.messageId)
}

function event(messageId: string, properties: Record<string, unknown> = {}): Event {
  return { type: 'track', event: 'x', messageId, anonymousId: 'a', timestamp: '2026-03-01T10:00:00Z', properties }
}

it('sends events together and forgets them when the server has them', async () => {
  const [wire, store] = [new FakeWire(), new MemoryStore()]
  const events = new Events('key', wire, store)
  events.add(event('1'))
  events.add(event('2'))
  expect(await wire.run()).toEqual([500])
  expect(wire.posts).toEqual([['1', '2']])
  expect(store.kept.size).toBe(0)
  expect(await wire.run()).toEqual([])
})

it('keeps events over failures and page changes, under the same ids', async () => {
  const [wire, store] = [new FakeWire(), new MemoryStore()]
  wire.taken = false
  const events = new Events('key', wire, store)
  events.add(event('1'))
  expect(await wire.run()).toEqual([500])
  expect(await wire.run()).toEqual([1_000])
  expect(await wire.run()).toEqual([2_000])
  events.leave()
  expect(wire.beacons).toEqual([['1']])

  const next = new FakeWire()
  new Events('key', next, store)
  await next.run()
  expect(next.posts).toEqual([['1']])
})

it('hands a leaving page no more than browsers send, and keeps no more than it can', async () => {
  const [wire, store] = [new FakeWire(), new MemoryStore()]
  const events = new Events('key', wire, store)
  for (let number = 0; number < 300; number += 1) events.add(event(String(number), { text: 'x'.repeat(2_000) }))
  events.leave()
  expect(wire.beacons[0]?.length).toBe(28)
  expect(wire.beacons[0]?.[0]).toBe('100')
})
