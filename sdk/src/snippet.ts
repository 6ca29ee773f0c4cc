/**
 * The browser snippet: `<script src="…/throughline.js" data-write-key="…" defer></script>`.
 *
 * Gives the page `throughline.page()`, `.track(event, properties)`, `.identify(userId, traits)` and
 * `.reset()`, in the shapes of the Segment Spec. A page view is sent at once, unless `data-page="off"`.
 */
import { read, remove, write } from './connection.ts'
import { type Event, Events, type Wire } from './events.ts'
import { anonymousId, newAnonymousId, newId, storage } from './identity.ts'

type Fields = Readonly<Record<string, unknown>>

export interface Throughline {
  page(name?: string, properties?: Fields): void
  track(event: string, properties?: Fields): void
  identify(userId: string | Fields, traits?: Fields): void
  /** Forgets who this is, as when somebody signs out. */
  reset(): void
}

declare global {
  interface Window {
    throughline?: Throughline
  }
}

const USER_ID_KEY = 'tl_user_id'

function start(script: HTMLScriptElement): Throughline {
  const store = storage('localStorage')
  const server = script.dataset['server'] ?? new URL(script.src).origin
  const writeKey = script.dataset['writeKey'] ?? ''
  const events = new Events(writeKey, wire(new URL('/v1/batch', server)), store)

  const add = (event: Pick<Event, 'type' | 'event' | 'name' | 'properties' | 'traits'>): void => {
    const userId = read(store, USER_ID_KEY)
    events.add({
      ...event,
      messageId: newId(),
      anonymousId: anonymousId(store),
      timestamp: new Date().toISOString(),
      ...(userId ? { userId } : {}),
      context: { locale: navigator.language, page: pageContext(), userAgent: navigator.userAgent },
    })
  }

  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') events.leave()
  })
  return {
    page: (name, properties) => add({ type: 'page', ...(name ? { name } : {}), properties: { ...pageContext(), ...properties } }),
    track: (event, properties) => add({ type: 'track', event, properties: properties ?? {} }),
    identify: (userId, traits) => {
      if (typeof userId === 'string') write(store, USER_ID_KEY, userId)
      add({ type: 'identify', traits: (typeof userId === 'string' ? traits : userId) ?? {} })
    },
    reset: () => {
      remove(store, USER_ID_KEY)
      newAnonymousId(store)
    },
  }
}

function pageContext(): Fields {
  return { path: location.pathname, referrer: document.referrer, title: document.title, url: location.href }
}

function wire(url: URL): Wire {
  return {
    post: async (body) => {
      const response = await fetch(url, {
        method: 'POST',
        body,
        // As text, the browser asks no permission first; the write key stands in the body.
        headers: { 'Content-Type': 'text/plain' },
        credentials: 'omit',
      })
      return response.ok || (response.status >= 400 && response.status < 500 && response.status !== 429)
    },
    beacon: (body) => navigator.sendBeacon(url, new Blob([body], { type: 'text/plain' })),
    after: (milliseconds, run) => void setTimeout(run, milliseconds),
    now: () => new Date().toISOString(),
  }
}

const script = document.currentScript
if (script instanceof HTMLScriptElement && !window.throughline) {
  window.throughline = start(script)
  if (script.dataset['page'] !== 'off') window.throughline.page()
}
