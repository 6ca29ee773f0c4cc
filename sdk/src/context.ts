/** One call for every touchpoint, for servers and tools in TypeScript: who is there, what to go on with, what to offer. */

export type Identifiers = Readonly<Record<string, string>>

export interface ProductAsked {
  readonly product: string
  readonly quantity?: number
}

export interface ContextQuery {
  readonly identifiers: Identifiers
  /** Where the customer is; prices and offers do not depend on it. */
  readonly channel: string
  readonly placements?: readonly string[]
  readonly products?: readonly ProductAsked[]
  /** Whether the products' prices are to be promised. */
  readonly quote?: boolean
  /** Whether the offers are recorded as decided; they are unless this is false. */
  readonly record?: boolean
}

export interface Question {
  readonly slot: string
  /** What it is called, such as `what it is worth`. */
  readonly label: string
  /** The question in words for this customer. */
  readonly text: string
  /** What an answer is. It is answered in words: a choice by its label, and `yes` or `no`. */
  readonly kind: 'text' | 'int' | 'bool' | 'choice' | 'email' | 'phone' | 'date'
  readonly choices: readonly { readonly value: string; readonly label: string }[]
  readonly asked_on: string
  readonly conversation: string | null
}

export interface Journey {
  readonly run: string
  readonly journey: string
  readonly title: string
  readonly step: string
  readonly waiting: string | null
  readonly slots: Readonly<Record<string, unknown>>
  readonly missing: readonly string[]
  /** There while a question is open; `answer` answers it. */
  readonly question: Question | null
}

export interface Offer {
  readonly placement: string
  readonly decision: string | null
  readonly offer: string | null
  readonly title: string | null
  readonly content: Readonly<Record<string, string>>
}

export interface Price {
  readonly product: string
  readonly known: boolean
  readonly quantity: number
  readonly list: string | null
  readonly unit: string | null
  readonly total: string | null
  readonly quote: string | null
  readonly until: string | null
}

export interface Quote {
  readonly id: string
  readonly lines: readonly { readonly product: string; readonly quantity: number; readonly unit: string }[]
  readonly total: string
  readonly until: string
  readonly signature: string
}

/** When, and on which channel. */
export interface Told {
  readonly time: string
  readonly channel: string
}

export interface Order {
  readonly number: string
  readonly status: 'placed' | 'shipped' | 'delivered' | 'refunded' | 'cancelled'
  readonly open: boolean
  readonly placed: Told | null
  readonly channel: string
  readonly lines: readonly {
    readonly product: string
    readonly name: string | null
    readonly quantity: number
    readonly price: string | null
    readonly total: string | null
    /** The references of open complaints about it. */
    readonly complaints: readonly string[]
  }[]
  readonly total: string | null
  readonly shipments: readonly {
    readonly carrier: string | null
    readonly tracking: string | null
    readonly expected: string | null
    readonly shipped: Told | null
    readonly delivered: Told | null
  }[]
}

/** A ticket or a complaint. */
export interface Case {
  readonly reference: string
  readonly open: boolean
  readonly subject: string | null
  readonly severity: string | null
  readonly order: string | null
  readonly products: readonly string[]
  readonly opened: Told | null
  readonly solved: Told | null
  readonly solution: string | null
}

export interface Service {
  readonly orders: readonly Order[]
  readonly complaints: readonly Case[]
  readonly tickets: readonly Case[]
  readonly notes: readonly { readonly told: Told; readonly text: string; readonly by: string | null; readonly order: string | null }[]
  /** Why marketing waits, in words. */
  readonly held: string | null
}

export interface Note {
  readonly identifiers: Identifiers
  readonly channel: string
  readonly text: string
  /** The number of the order it is about. */
  readonly order?: string
  /** The same again is taken once; made here unless given. */
  readonly messageId?: string
}

export interface Context {
  readonly customer: string | null
  readonly segments: readonly string[]
  readonly journeys: readonly Journey[]
  readonly offers: readonly Offer[]
  readonly prices: readonly Price[]
  readonly quotes: readonly Quote[]
  /** For tokens that may read customers. */
  readonly service: Service | null
}

export interface Answer {
  readonly identifiers: Identifiers
  readonly channel: string
  readonly text: string
  readonly conversation?: string | null
  /** The same again is taken once; made here unless given. */
  readonly messageId?: string
}

/** The server refused; `remedy` says what would be right. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly remedy: string | null,
  ) {
    super(detail)
  }
}

/** Speaks to one server with a token that may `engage`. */
export class Throughline {
  constructor(
    private readonly server: string,
    private readonly token: string,
    private readonly request: typeof fetch = fetch,
  ) {}

  /** Everything a touchpoint needs, in one round trip. */
  context(query: ContextQuery): Promise<Context> {
    return this.post('/v1/context', query)
  }

  /** What the customer said to an open question, on whatever channel; where the journeys stand after it. */
  answer(answer: Answer): Promise<{ readonly customer: string; readonly journeys: readonly Journey[] }> {
    const { messageId, ...rest } = answer
    return this.post('/v1/context/answer', { ...rest, message_id: messageId ?? crypto.randomUUID() })
  }

  /** What staff write down about the customer. */
  note(note: Note): Promise<{ readonly customer: string }> {
    const { messageId, ...rest } = note
    return this.post('/v1/context/note', { ...rest, message_id: messageId ?? crypto.randomUUID() })
  }

  /** Promises prices; `valid` such as `7d`. */
  quote(query: {
    readonly identifiers: Identifiers
    readonly items: readonly ProductAsked[]
    readonly valid?: string
  }): Promise<Quote> {
    return this.post('/v1/quotes', query)
  }

  private async post<T>(path: string, body: unknown): Promise<T> {
    const answer = await this.request(new URL(path, this.server), {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw await refusal(answer)
    return answer.json()
  }
}

async function refusal(answer: Response): Promise<Refused> {
  const problem: unknown = await answer.json().catch(() => null)
  const text = (name: string): string | null => {
    if (typeof problem !== 'object' || problem === null) return null
    const value: unknown = Reflect.get(problem, name)
    return typeof value === 'string' ? value : null
  }
  return new Refused(answer.status, text('detail') ?? answer.statusText, text('remedy'))
}
