/** The part of each address after `?`: what it may hold, and what becomes of anything else. */
import type { EffectState } from "@api/__generated__/schema";
import { SORTS, type Sort } from "./adapt/figures";

type Raw = Record<string, unknown>;

const text = (value: unknown): string | undefined => {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
};

/** One of `options`, or nothing. */
const oneOf = <T extends string>(value: unknown, options: readonly T[]): T | undefined =>
  options.find((option) => option === value);

export const signIn = (raw: Raw): { to?: string | undefined } => {
  const to = text(raw.to);
  // Only ways inside the studio: `//elsewhere` would lead out of it.
  return { to: to !== undefined && /^\/(?![/\\])/.test(to) ? to : undefined };
};

export const customers = (raw: Raw): { q?: string | undefined; segment?: string | undefined } => ({
  q: text(raw.q),
  segment: text(raw.segment),
});

export const CUSTOMER_TABS = ["thread", "profile", "identity", "journeys", "orders"] as const;
export type CustomerTab = (typeof CUSTOMER_TABS)[number];

export interface CustomerSearch {
  tab?: CustomerTab | undefined;
  /** Channels of the thread, with commas. */
  channel?: string | undefined;
  /** Kinds of items of the thread, with commas. */
  kind?: string | undefined;
  as_of?: string | undefined;
  /** The journey that is asked about: why, or why not. */
  why?: string | undefined;
  /** The message that is asked about, by its effect or its item in the thread. */
  message?: string | undefined;
  /** The choice among offers that is asked about. */
  decision?: string | undefined;
  /** The number of the order that is looked at. */
  order?: string | undefined;
}

export const customer = (raw: Raw): CustomerSearch => ({
  tab: oneOf(raw.tab, CUSTOMER_TABS),
  channel: text(raw.channel),
  kind: text(raw.kind),
  as_of: text(raw.as_of),
  why: text(raw.why),
  message: text(raw.message),
  decision: text(raw.decision),
  order: text(raw.order),
});

export const JOURNEY_VIEWS = ["drawing", "list", "definition"] as const;
export type JourneyView = (typeof JOURNEY_VIEWS)[number];

export const journey = (raw: Raw): { view?: JourneyView | undefined; step?: string | undefined } => ({
  view: oneOf(raw.view, JOURNEY_VIEWS),
  step: text(raw.step),
});

/** The journey and the step that are looked at, and the customer whose difference is open. */
export interface RehearsalSearch {
  journey?: string | undefined;
  step?: string | undefined;
  customer?: string | undefined;
}

export const rehearsal = (raw: Raw): RehearsalSearch => ({
  journey: text(raw.journey),
  step: text(raw.step),
  customer: text(raw.customer),
});

export interface OffersSearch {
  q?: string | undefined;
  placement?: string | undefined;
  sort?: Sort | undefined;
}

export const offers = (raw: Raw): OffersSearch => ({
  q: text(raw.q),
  placement: text(raw.placement),
  sort: oneOf(raw.sort, SORTS),
});

export const prices = (raw: Raw): { q?: string | undefined } => ({ q: text(raw.q) });

export const EFFECT_STATES = ["uncertain", "failed", "retrying", "pending"] as const satisfies EffectState[];

export const effects = (raw: Raw): { state?: EffectState | undefined } => ({
  state: oneOf(raw.state, EFFECT_STATES),
});

export const INBOX_VIEWS = ["all", "mine", "waiting"] as const;
export type InboxView = (typeof INBOX_VIEWS)[number];

export interface InboxSearch {
  view?: InboxView | undefined;
  queue?: string | undefined;
  customer?: string | undefined;
  conversation?: string | undefined;
}

export const inbox = (raw: Raw): InboxSearch => ({
  view: oneOf(raw.view, INBOX_VIEWS),
  queue: text(raw.queue),
  customer: text(raw.customer),
  conversation: text(raw.conversation),
});

export const knowledge = (raw: Raw): { q?: string | undefined } => ({ q: text(raw.q) });

export const article = (raw: Raw): { language?: string | undefined; version?: number | undefined } => {
  const version = Number(raw.version);
  return {
    language: text(raw.language),
    version: Number.isInteger(version) && version > 0 ? version : undefined,
  };
};

export const catalogue = (raw: Raw): { file?: string | undefined } => ({ file: text(raw.file) });

export const devices = (
  raw: Raw,
): { customer?: string | undefined; mail?: string | undefined; number?: string | undefined } => ({
  customer: text(raw.customer),
  mail: text(raw.mail),
  number: text(raw.number),
});

export interface ContentSearch {
  name?: string | undefined;
  /** For whom it is shown. */
  customer?: string | undefined;
  language?: string | undefined;
}

export const contents = (raw: Raw): ContentSearch => ({
  name: text(raw.name),
  customer: text(raw.customer),
  language: text(raw.language),
});
