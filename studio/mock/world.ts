/** A world in memory: one customer with a story, ten thousand more in the list, and everything else the pages show. */
import type {
  Balance,
  CustomerIdentity,
  CustomerOrders,
  CustomerProfile,
  CustomerRow,
  EffectItem,
  Journey,
  JourneyRun,
  LiveEvent,
  MailMessage,
  Me,
  Overview,
  QuarantineItem,
  QuarantineOutcome,
  Source,
  TextMessage,
  ThreadItem,
  Why,
} from "@api/__generated__/schema";
import { type Refusal, refusal } from "./answer";
import { makeApp } from "./app";
import * as definitions from "./definitions";
import { makeDesk } from "./desk";
import { DEVICES, LETTERS, TEXTS, typed } from "./devices";
import { makeOffers } from "./offers";
import { adaOrders, NO_ORDERS } from "./orders";
import { makeRehearsals } from "./rehearsals";
import { ADA, adaIdentity, adaProfile, adaRuns, adaThread, ago, item } from "./story";

const CUSTOMERS = 10_000;
const GIVEN = [
  "Grace",
  "Charles",
  "Emmy",
  "Alan",
  "Sofia",
  "Kurt",
  "Hedy",
  "Konrad",
  "Radia",
  "Edsger",
  "Mary",
  "Ngozi",
];
const FAMILY = [
  "Hopper",
  "Babbage",
  "Noether",
  "Turing",
  "Kowalewskaja",
  "Gödel",
  "Lamarr",
  "Zuse",
  "Perlman",
  "Okafor",
];
const CHANNELS = ["web", "app", "email", "store", "webchat", "sms", "phone", "marketplace/acme"];

export type World = ReturnType<typeof makeWorld>;

export function makeWorld() {
  const customers = [
    adaRow(),
    longRow(),
    ...Array.from({ length: CUSTOMERS - 2 }, (_, at) => otherRow(at + 2)),
  ];
  const threads = new Map<string, ThreadItem[]>([[ADA, [...adaThread]]]);
  const listeners = new Set<{ customer: string | null; send: (event: LiveEvent) => void }>();
  const world = {
    me: structuredClone(ME),
    overview: structuredClone(OVERVIEW),
    customers,
    adapt: makeOffers(),
    app: makeApp(),
    journeys: structuredClone(definitions.journeys),
    segments: structuredClone(definitions.segments),
    catalogue: structuredClone(definitions.catalogue),
    balance: structuredClone(BALANCE),
    sources: structuredClone(SOURCES),
    quarantine: structuredClone(QUARANTINE),
    effects: structuredClone(EFFECTS),
    devices: structuredClone(DEVICES),
    desk: makeDesk((id) => row(customers, id).name),
    mail: structuredClone(MAIL),
    texts: structuredClone(TEXTS),
    letters: structuredClone(LETTERS),
    office: { works: true },
    profile: (id: string): CustomerProfile => (id === ADA ? adaProfile : otherProfile(row(customers, id))),
    identity: (id: string): CustomerIdentity =>
      id === ADA ? adaIdentity : otherIdentity(row(customers, id)),
    runs: (id: string): JourneyRun[] => (id === ADA ? adaRuns : []),
    orders: (id: string): CustomerOrders => (id === ADA ? adaOrders : NO_ORDERS),
    why: (journey: string): Why => ({ ...definitions.why, journey }),
    whyOne: structuredClone(definitions.whyOne),
    rehearsals: makeRehearsals(definitions.journeys, () => ago(0)),
    thread: (id: string): ThreadItem[] => threads.get(id) ?? [],
    journey(name: string): Journey {
      const found = world.journeys.find((journey) => journey.name === name);
      if (found === undefined) throw unknown("journey", name);
      return found;
    },
    unmerge(id: string, strands: string[]) {
      if (strands.length === 0)
        throw refusal(400, "No strands", "`strands` is empty.", "Name at least one strand.");
      return { customer: id, separated: ["cus_00000000000ff"] };
    },
    erase(id: string, confirm: string) {
      if (confirm !== id)
        throw refusal(400, "Not confirmed", "`confirm` is not the id.", "Type the customer's id.");
      return { customer: id, strands: 4, time: ago(0) };
    },
    addSource(name: string, channel: string) {
      const id = world.sources.length + 1;
      world.sources.push({ id, name, channel, priority: 0 });
      return { id, name, channel, write_key: "wk_3f9a8c2b71d04e5f" };
    },
    settle(number: number, outcome: "replayed" | "discarded"): QuarantineOutcome {
      const found = world.quarantine.find((item) => item.number === number);
      if (found === undefined) throw unknown("quarantined event", String(number));
      if (outcome === "replayed" && !found.body.startsWith("{")) {
        return { number, outcome: "still_quarantined", reason: found.reason };
      }
      world.quarantine = world.quarantine.filter((item) => item !== found);
      return { number, outcome };
    },
    type(number: string, text: string): TextMessage {
      const sent = typed(number, text, world.texts.length);
      world.texts = [sent, ...world.texts];
      return sent;
    },
    setOffice(body: unknown) {
      world.office = {
        works: typeof body === "object" && body !== null && Reflect.get(body, "works") === true,
      };
      return world.office;
    },
    reply(message: string, text: string): MailMessage {
      const to = world.mail.find(({ id }) => id === message);
      if (to === undefined) throw unknown("message", message);
      const id = `mail-${world.mail.length + 1}`;
      const subject = `Re: ${to.subject}`;
      const reply: MailMessage = {
        id,
        direction: "out",
        from: to.to,
        to: to.from,
        subject,
        text,
        links: [],
        time: ago(0),
        in_reply_to: message,
      };
      world.mail = [reply, ...world.mail];
      const said = { direction: "in", title: "Customer wrote", text } as const;
      world.happen(ADA, item(0, { kind: "message", channel: "email", ...said }));
      return reply;
    },
    /** Puts an item into a thread and tells whoever follows it. */
    happen(id: string, item: ThreadItem) {
      threads.set(id, [...(threads.get(id) ?? []), item]);
      for (const { customer, send } of listeners) {
        if (customer === id) send({ type: "thread", customer: id, items: [item] });
      }
    },
    /** Tells everybody who follows the workspace. */
    tell(event: LiveEvent) {
      for (const { send } of listeners) send(event);
    },
    follow(customer: string | null, send: (event: LiveEvent) => void): () => void {
      const listener = { customer, send };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return world;
}

function unknown(what: string, value: string): Refusal {
  return refusal(
    404,
    `Unknown ${what}`,
    `There is no ${what} \`${value}\`.`,
    "It may have been erased. Go back to the list.",
  );
}

function row(rows: CustomerRow[], id: string): CustomerRow {
  const found = rows.find((row) => row.id === id);
  if (found === undefined) throw unknown("customer", id);
  return found;
}

function adaRow(): CustomerRow {
  const { id, name, identifiers, first_seen, last_seen, last_channel, events, segments } = adaProfile;
  const names = segments.map((segment) => segment.name);
  return { id, name, identifiers, segments: names, first_seen, last_seen, last_channel, events };
}

function longRow(): CustomerRow {
  return {
    id: "cus_000000000001b",
    name: "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft Maria-Theresia von und zu Hohenzollern",
    identifiers: [
      {
        namespace: "email",
        value: `${"a-very-long-mailbox-name-".repeat(2)}x@subdomain.of.a.long.example.com`,
      },
      { namespace: "user_id", value: "8c4b-17-2291-000000000000000000000" },
    ],
    segments: ["customers-who-have-bought-a-table-in-a-store", "regulars", "hamburg"],
    first_seen: ago(9_000),
    last_seen: ago(12),
    last_channel: "store",
    events: 1_204_331,
  };
}

function otherRow(at: number): CustomerRow {
  const anonymous = at % 3 === 0;
  const name = `${GIVEN[at % GIVEN.length]} ${FAMILY[(at * 7) % FAMILY.length]}`;
  const mail = `${name.toLowerCase().replace(/\W+/g, ".")}.${at}@example.com`;
  return {
    id: `cus_${at.toString(32).padStart(13, "0")}`,
    ...(anonymous ? {} : { name }),
    identifiers: anonymous
      ? [{ namespace: "anonymous_id", value: `b${at.toString(16)}-5b0d-4a7c` }]
      : [{ namespace: "email", value: mail }],
    segments: at % 5 === 0 ? ["regulars"] : [],
    first_seen: ago(at * 60),
    last_seen: ago(at * 4),
    last_channel: CHANNELS[at % CHANNELS.length],
    events: (at * 37) % 900,
  };
}

function otherProfile({ segments, ...row }: CustomerRow): CustomerProfile {
  return {
    ...row,
    traits: {},
    computed: {},
    segments: segments.map((name) => ({ name, title: name, since: row.first_seen })),
    consents: [],
    invalid_identifiers: [],
    channels: row.last_channel
      ? [{ channel: row.last_channel, events: row.events, last: row.last_seen }]
      : [],
  };
}

function otherIdentity({ id, identifiers, first_seen, events }: CustomerRow): CustomerIdentity {
  const nodes = identifiers.map((identifier, at) => ({
    ...identifier,
    strand: `str_${id}_${at}`,
    first_seen,
    events,
  }));
  return { customer: id, nodes, links: [], dropped: [], lineage: [] };
}

const ME: Me = {
  workspace: "harbour-living",
  name: "admin",
  demo: true,
  permissions: [
    "customers_read",
    "customers_write",
    "customers_erase",
    "journeys_read",
    "catalogue_read",
    "catalogue_write",
    "sources_read",
    "sources_write",
    "quarantine_read",
    "quarantine_write",
    "effects_read",
    "engage",
    "conversations_read",
    "conversations_write",
  ],
};

const OVERVIEW: Overview = {
  customers: CUSTOMERS,
  events: 4_812_007,
  events_per_second: 184,
  runs_active: 212,
  quarantined: 3,
  effects_uncertain: 1,
  catalogue_version: 12,
  channels: [],
};

const source = (
  id: number,
  name: string,
  channel: string,
  processed: number,
  quarantined: number,
  duplicates: number,
) => ({
  source: id,
  name,
  channel,
  accepted: processed + quarantined + duplicates,
  processed,
  quarantined,
  rejected: duplicates,
  duplicates,
  adds_up: true,
});

const BALANCE: Balance["items"] = [
  source(1, "Web shop", "web", 3_912_440, 2, 1_204),
  source(2, "App", "app", 612_003, 0, 3_881),
  source(3, "Till 3", "store", 88_120, 0, 0),
  source(4, "Web chat", "webchat", 9_221, 0, 0),
  source(5, "Purchases (import)", "server", 6_919, 1, 6_919),
];

const SOURCES: Source[] = BALANCE.map(({ source: id, name, channel }) => ({
  id,
  name,
  channel,
  priority: 0,
}));

const QUARANTINE: QuarantineItem[] = [
  {
    number: 3,
    source: 1,
    source_name: "Web shop",
    time: ago(14),
    reason: "`type` is `tarck`; use track, identify, page, screen, group or alias",
    body: '{"type":"tarck","event":"Product Viewed","anonymousId":"7f3a","properties":{"sku":"T-100"}}',
  },
  {
    number: 2,
    source: 5,
    source_name: "Purchases (import)",
    time: ago(300),
    reason: "`time` is `1997-02-30`; February 1997 has 28 days. Correct the line and import the file again.",
    body: "00004,19970230,2,29.33",
  },
  {
    number: 1,
    source: 1,
    source_name: "Web shop",
    time: ago(2_000),
    reason: "no identifier; send `userId`, `anonymousId` or `identifiers`",
    body: '{"type":"page","name":"Home","context":{"page":{"url":"https://shop.example/"}}}',
  },
];

const EFFECTS: EffectItem[] = [
  {
    id: "eff_00000000000000000000000042",
    kind: "email",
    customer: ADA,
    asked: ago(9 * 1_440),
    state: "uncertain",
    reason: "The connection to the mail server broke after the message was handed over.",
    purpose: "service",
    summary: "E-mail to a…@example.com: Your receipt",
    attempts: 1,
  },
  {
    id: "eff_00000000000000000000000077",
    kind: "webhook",
    customer: ADA,
    run: "run_0000000000007",
    journey: "add-on",
    asked: ago(4),
    state: "retrying",
    reason: "The back office answered 503. Next try in 40 seconds.",
    purpose: "service",
    summary: "add_on.ordered to backoffice",
    attempts: 3,
  },
];

const MAIL: MailMessage[] = [
  {
    id: "mail-1",
    direction: "in",
    from: "hello@harbour-living.example",
    to: "ada@example.com",
    subject: "You were adding assembly, two questions left",
    text: "Hello Ada,\n\nyou were adding the assembly package to order 4711. Two questions are left.\n\nOn which floor do we deliver?",
    links: ["http://127.0.0.1:7272/shop.html?tl_continue=9f2"],
    time: ago(64),
    customer: ADA,
  },
];
