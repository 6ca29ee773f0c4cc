/** The frames of the chat's WebSocket, as docs/channels.md describes them. */

export type Author = 'customer' | 'bot' | 'agent'

export interface ShownMessage {
  readonly number: number
  readonly from: Author
  /** The agent's name, where one wrote it. */
  readonly name?: string
  readonly text: string
  readonly choices?: readonly string[]
  readonly time: string
  /** The browser's own id of a message that a customer wrote. */
  readonly id?: string
  /** The article that the text is, in Markdown. */
  readonly article?: string
}

export type ClientFrame =
  | { hello: { token?: string; last_seen: number; anonymous_id?: string; continue?: string } }
  | { say: { id: string; text: string } }
  | { typing: Record<string, never> }
  | { alive: Record<string, never> }

export type ErrorCode = 'later' | 'invalid' | 'expired' | 'closing'

export type ServerFrame =
  | { kind: 'welcome'; session: string; token: string; missed: readonly ShownMessage[] }
  | { kind: 'message'; message: ShownMessage }
  | { kind: 'ack'; id: string }
  | { kind: 'error'; code: ErrorCode; id: string | undefined; text: string }
  | { kind: 'typing'; name: string }
  | { kind: 'alive' }

/** Reads a frame; undefined for one this version does not know, which is no error. */
export function parseFrame(text: string): ServerFrame | undefined {
  const frame = asObject(parseJson(text))
  if (!frame) return undefined
  const welcome = asObject(frame['welcome'])
  if (welcome && typeof welcome['session'] === 'string' && typeof welcome['token'] === 'string') {
    const missed = Array.isArray(welcome['missed']) ? welcome['missed'] : []
    return {
      kind: 'welcome',
      session: welcome['session'],
      token: welcome['token'],
      missed: missed.map(parseMessage).filter((message) => message !== undefined),
    }
  }
  const message = parseMessage(frame['message'])
  if (message) return { kind: 'message', message }
  const ack = asObject(frame['ack'])
  if (ack && typeof ack['id'] === 'string') return { kind: 'ack', id: ack['id'] }
  const error = asObject(frame['error'])
  if (error) {
    const id = typeof error['id'] === 'string' ? error['id'] : undefined
    return { kind: 'error', code: errorCode(error['code']), id, text: String(error['text'] ?? '') }
  }
  const typing = asObject(frame['typing'])
  if (typing) return { kind: 'typing', name: String(typing['name'] ?? '') }
  return 'alive' in frame ? { kind: 'alive' } : undefined
}

function parseMessage(value: unknown): ShownMessage | undefined {
  const message = asObject(value)
  if (!message || typeof message['number'] !== 'number' || typeof message['text'] !== 'string') return undefined
  const from = message['from']
  const choices = Array.isArray(message['choices']) ? message['choices'].map(String) : []
  return {
    number: message['number'],
    from: from === 'customer' || from === 'agent' ? from : 'bot',
    text: message['text'],
    time: String(message['time'] ?? ''),
    ...(typeof message['name'] === 'string' ? { name: message['name'] } : {}),
    ...(choices.length > 0 ? { choices } : {}),
    ...(typeof message['id'] === 'string' ? { id: message['id'] } : {}),
    ...(typeof message['article'] === 'string' ? { article: message['article'] } : {}),
  }
}

function errorCode(code: unknown): ErrorCode {
  return code === 'invalid' || code === 'expired' || code === 'closing' ? code : 'later'
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isObject(value) ? value : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
