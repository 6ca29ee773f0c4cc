/** The anonymous id of this browser, shared by the snippet and the chat. */
import { read, type Store, write } from './connection.ts'

const ANONYMOUS_ID_KEY = 'tl_anonymous_id'

export function anonymousId(store: Store): string {
  const known = read(store, ANONYMOUS_ID_KEY)
  if (known) return known
  const id = newId()
  write(store, ANONYMOUS_ID_KEY, id)
  return id
}

export function newAnonymousId(store: Store): string {
  const id = newId()
  write(store, ANONYMOUS_ID_KEY, id)
  return id
}

/** A random UUID, also on pages without TLS, where `crypto.randomUUID` is missing. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Storage that forgets, for browsers that forbid the other kinds. */
export function storage(kind: 'localStorage' | 'sessionStorage'): Store {
  try {
    return window[kind]
  } catch {
    const kept = new Map<string, string>()
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    }
  }
}
