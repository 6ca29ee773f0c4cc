/** The mock's one customer with a history: an order begun in web chat, picked up by e-mail, and a purchase in a store. */
import type { CustomerIdentity, CustomerProfile, JourneyRun, ThreadItem } from "@api/__generated__/schema";

export const ADA = "cus_000000000002a";
const RUN = "run_0000000000007";
const CONVERSATION = "cnv_0000000000003";
const JOURNEY = "add-on";

/** `minutes` before now. */
export const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

type Draft = Partial<ThreadItem> & Pick<ThreadItem, "kind" | "title">;

let seq = 0;
export function item(minutes: number, draft: Draft): ThreadItem {
  seq += 1;
  return { id: `item-${seq}`, time: ago(minutes), received: ago(minutes), seq, erased: false, ...draft };
}

const event = (
  minutes: number,
  channel: string,
  name: string,
  properties: Record<string, unknown>,
  source: string,
) =>
  item(minutes, {
    kind: "event",
    channel,
    title: name,
    event: { type: "track", name, properties, traits: {}, source },
  });

const note = (minutes: number, type: string, sentence: string) =>
  item(minutes, { kind: "note", title: sentence, note: { type, sentence }, run: RUN, journey: JOURNEY });

const said = (minutes: number, channel: string, text: string) =>
  item(minutes, {
    kind: "message",
    channel,
    direction: "in",
    title: "Customer wrote",
    text,
    conversation: CONVERSATION,
    run: RUN,
    journey: JOURNEY,
  });

const sent = (minutes: number, channel: string, title: string, text: string, choices: string[] = []) =>
  item(minutes, {
    kind: "message",
    channel,
    direction: "out",
    title,
    text,
    choices,
    conversation: CONVERSATION,
    run: RUN,
    journey: JOURNEY,
    effect: `eff_${seq}`,
    delivery: { state: "sent", purpose: "service", consent: "service messages need no opt-in" },
  });

const DAY = 1_440;

export const adaThread: ThreadItem[] = [
  item(1, {
    kind: "message",
    channel: "email",
    direction: "out",
    title: "E-mail: A quieter kitchen, 20 % off",
    text: "The new range hoods are here.",
    delivery: {
      state: "held",
      purpose: "marketing",
      reason: "No consent for marketing by e-mail: never asked.",
    },
  }),
  note(2, "slot_filled", "Learned “floor” from the reply: third floor. Next question: the day."),
  said(3, "email", "Third floor, there is a lift.\nCan it be a Saturday?"),
  sent(
    64,
    "email",
    "E-mail: You were adding assembly, two questions left",
    "Hello Ada,\n\nyou were adding the assembly package to order 4711. Two questions are left. On which floor do we deliver?",
    ["Ground floor", "First floor", "Higher, with a lift"],
  ),
  note(65, "step", "Nobody answered for 2 hours in web chat; the journey goes on by e-mail."),
  note(184, "channel_left", "The visitor closed the chat window; question three is open."),
  said(186, "webchat", "By the way it's the oak table, not the walnut one"),
  said(188, "webchat", "The oak table"),
  sent(188.5, "webchat", "Which piece do we assemble?", "Which piece do we assemble?", [
    "Oak table",
    "Shelf",
    "Both",
  ]),
  note(
    189,
    "merged",
    "Anonymous browser 7f3a and ada@example.com are one customer: both were named in one chat.",
  ),
  item(189.5, {
    kind: "event",
    channel: "webchat",
    title: "Identify",
    event: {
      type: "identify",
      name: "Identify",
      properties: {},
      traits: { name: "Ada Lovelace", email: "ada@example.com", preferred_language: "en" },
      source: "Web chat",
    },
  }),
  event(191, "web", "Product Viewed", { name: "Assembly package", price: 49.9, currency: "EUR" }, "Web shop"),
  event(192, "web", "Page Viewed", { path: "/orders/4711", title: "Your order 4711" }, "Web shop"),
  note(2 * DAY, "segment_entered", "Entered the segment “Regulars”: 3 orders in 90 days."),
  event(
    2 * DAY + 5,
    "store",
    "Order Completed",
    { order_id: "4711", total: 689, currency: "EUR", items: 2 },
    "Till 3",
  ),
  item(2 * DAY + 7, {
    kind: "event",
    channel: "phone",
    title: "Call Ended",
    event: {
      type: "track",
      name: "Call Ended",
      properties: { duration_s: 312, subject: "Delivery of a table", agent: { id: "a7", team: "Hamburg" } },
      traits: {},
      source: "Call centre",
    },
  }),
  event(
    9 * DAY,
    "marketplace/acme",
    "Order Completed",
    { order_id: "A-91", total: 35.5, currency: "EUR" },
    "Acme",
  ),
  item(9 * DAY + 3, {
    kind: "message",
    channel: "email",
    direction: "out",
    title: "E-mail: Your receipt",
    text: "Thank you for your order A-91.",
    delivery: {
      state: "uncertain",
      purpose: "service",
      reason: "The connection to the mail server broke after the message was handed over.",
    },
  }),
  event(30 * DAY, "app", "App Opened", { version: "4.2.0" }, "App"),
];

export const adaProfile: CustomerProfile = {
  id: ADA,
  name: "Ada Lovelace",
  traits: {
    name: { value: "Ada Lovelace", time: ago(189), source: "Web chat" },
    email: { value: "ada@example.com", time: ago(189), source: "Web chat" },
    preferred_language: { value: "en", time: ago(189), source: "Web chat" },
    address: { value: { street: "Hafenstraße 7", city: "Hamburg" }, time: ago(2 * DAY), source: "Till 3" },
  },
  computed: {
    orders_90d: { title: "Orders in 90 days", value: 3 },
    spent: { title: "Spent", value: "724.50 EUR" },
  },
  segments: [
    { name: "regulars", title: "Regulars", since: ago(2 * DAY) },
    { name: "hamburg", title: "Lives near the Hamburg store", since: ago(2 * DAY) },
  ],
  consents: [
    { purpose: "service", state: "granted", why: "Service messages answer what the customer asked for." },
    { purpose: "marketing", channel: "email", state: "unset", why: "Never asked; silence means no." },
    {
      purpose: "marketing",
      channel: "sms",
      state: "denied",
      since: ago(9 * DAY),
      why: "Answered STOP by SMS.",
    },
  ],
  identifiers: [
    { namespace: "email", value: "ada@example.com" },
    { namespace: "phone", value: "+49 40 1234567" },
    { namespace: "external/loyalty", value: "HL-0099-1817" },
    { namespace: "anonymous_id", value: "7f3a2c1e-5b0d-4a7c-9f1e-02c7d1b8a6e4" },
  ],
  invalid_identifiers: [
    { namespace: "phone", value: "040 12", reason: "Too short for a phone number in Germany." },
  ],
  channels: [
    { channel: "web", events: 41, last: ago(191) },
    { channel: "webchat", events: 6, last: ago(186) },
    { channel: "email", events: 5, last: ago(1) },
    { channel: "store", events: 2, last: ago(2 * DAY) },
    { channel: "phone", events: 1, last: ago(2 * DAY) },
    { channel: "app", events: 12, last: ago(30 * DAY) },
    { channel: "marketplace/acme", events: 1, last: ago(9 * DAY) },
  ],
  events: 68,
  first_seen: ago(412 * DAY),
  last_seen: ago(3),
  last_channel: "email",
};

const node = (strand: string, namespace: string, value: string, days: number, events: number) => ({
  strand,
  namespace,
  value,
  first_seen: ago(days * DAY),
  events,
});

export const adaIdentity: CustomerIdentity = {
  customer: ADA,
  nodes: [
    node("str_1", "external/loyalty", "HL-0099-1817", 412, 14),
    node("str_2", "phone", "+49 40 1234567", 300, 3),
    node("str_3", "email", "ada@example.com", 120, 9),
    node("str_4", "anonymous_id", "7f3a2c1e-5b0d-4a7c-9f1e-02c7d1b8a6e4", 0.2, 41),
  ],
  links: [
    {
      a: "str_1",
      b: "str_2",
      time: ago(300 * DAY),
      source: "Till 3",
      reason: "One purchase at the till named the loyalty card and the phone number.",
    },
    {
      a: "str_1",
      b: "str_3",
      time: ago(120 * DAY),
      source: "Web shop",
      reason: "A sign-up named the loyalty card and the address.",
    },
    {
      a: "str_3",
      b: "str_4",
      time: ago(189),
      source: "Web chat",
      reason: "The visitor gave the address in the chat window of this browser.",
    },
  ],
  dropped: [
    {
      a: "str_4",
      b: "str_9",
      other_customer: "cus_000000000001b",
      other: { namespace: "email", value: "charles@example.com" },
      time: ago(400),
      source: "Web shop",
      reason:
        "Both customers have an e-mail address, and an e-mail address belongs to one customer. The older link won.",
    },
  ],
  lineage: [
    {
      time: ago(189),
      kind: "merged",
      from: "cus_00000000000c4",
      to: ADA,
      strands: ["str_4"],
      reason: "The known customer survives the anonymous one.",
    },
    {
      time: ago(412 * DAY),
      kind: "created",
      to: ADA,
      strands: ["str_1"],
      reason: "First seen with a loyalty card.",
    },
  ],
};

export const adaRuns: JourneyRun[] = [
  {
    id: RUN,
    journey: JOURNEY,
    title: "Add-on package",
    version: 3,
    state: "waiting",
    step: "ask-day",
    waiting: "Waits for an answer to “Which day suits you?” by e-mail or chat",
    due: ago(-2 * DAY),
    started: ago(190),
    slots: [
      {
        name: "order",
        title: "Which order",
        value: "4711",
        answered: true,
        channel: "webchat",
        time: ago(189),
      },
      {
        name: "piece",
        title: "Which piece",
        value: "Oak table",
        answered: true,
        channel: "webchat",
        time: ago(188),
      },
      {
        name: "floor",
        title: "Which floor",
        value: "Third, with a lift",
        answered: true,
        channel: "email",
        time: ago(3),
      },
      { name: "day", title: "Which day", answered: false },
    ],
    history: [
      {
        time: ago(190),
        step: "entry",
        reason: "Asked for the assembly package in web chat.",
        channel: "webchat",
      },
      {
        time: ago(189),
        step: "ask-order",
        reason: "“Which order” was known from the page: 4711. Not asked.",
      },
      { time: ago(188), step: "ask-piece", reason: "Answered: Oak table.", channel: "webchat" },
      {
        time: ago(65),
        step: "pick-up",
        reason: "No answer for 2 hours; goes on by e-mail.",
        channel: "email",
      },
      { time: ago(3), step: "ask-floor", reason: "Answered: Third, with a lift.", channel: "email" },
      {
        time: ago(2),
        step: "ask-day",
        reason: "Asked by e-mail, where the last answer came from.",
        channel: "email",
      },
    ],
  },
];
