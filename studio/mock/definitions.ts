/** The mock's journeys, segments and catalogue files. */
import type { Catalogue, Journey, JourneySummary, Segment, Why, WhyOne } from "@api/__generated__/schema";
import { ago } from "./story";

const ADD_ON_YAML = `title: Add-on package
description: Adds a package to an order, on whatever channel the customer answers.
entry:
  event: Add-on Requested
steps:
  ask-order:
    ask: { slot: order, text: Which order is it for? }
    next: ask-piece
  ask-piece:
    ask: { slot: piece, text: Which piece do we assemble? }
    timeout: { after: 2h, next: pick-up }
    next: ask-floor
  pick-up:
    message: { channel: email, subject: "You were adding {{package}}" }
    next: ask-floor
`;

const addOnSummary: JourneySummary = {
  name: "add-on",
  title: "Add-on package",
  description: "Adds a package to an order, on whatever channel the customer answers.",
  version: 3,
  entered: 1_842,
  active: 212,
  completed: 1_377,
  exited: 251,
  failed: 2,
};

const addOn: Journey = {
  name: "add-on",
  title: "Add-on package",
  description: addOnSummary.description,
  version: 3,
  definition: ADD_ON_YAML,
  summary: addOnSummary,
  graph: {
    entry: "A customer asks for an add-on package",
    first: "ask-order",
    steps: [
      {
        id: "ask-order",
        kind: "ask",
        summary: "Which order is it for?",
        next: [{ to: "ask-piece", label: "" }],
      },
      {
        id: "ask-piece",
        kind: "ask",
        summary: "Which piece do we assemble?",
        next: [
          { to: "ask-floor", label: "answered" },
          { to: "pick-up", label: "no answer for 2 h" },
        ],
      },
      {
        id: "pick-up",
        kind: "message",
        summary: "E-mail: You were adding …, two questions left",
        next: [{ to: "ask-floor", label: "" }],
      },
      {
        id: "ask-floor",
        kind: "ask",
        summary: "On which floor do we deliver?",
        next: [{ to: "ask-day", label: "" }],
      },
      {
        id: "ask-day",
        kind: "ask",
        summary: "Which day suits you?",
        next: [
          { to: "check-day", label: "answered" },
          { to: "give-up", label: "no answer for 3 d" },
        ],
      },
      {
        id: "check-day",
        kind: "branch",
        summary: "Is the day free?",
        next: [
          { to: "order", label: "free" },
          { to: "ask-day", label: "taken" },
        ],
      },
      {
        id: "order",
        kind: "call",
        summary: "add_on.ordered to backoffice",
        next: [{ to: "confirm", label: "" }],
      },
      { id: "give-up", kind: "exit", summary: "Nobody answered", next: [] },
      {
        id: "confirm",
        kind: "message",
        summary: "Confirmation, on the channel of the last answer",
        next: [{ to: "done", label: "" }],
      },
      { id: "done", kind: "goal", summary: "The package is ordered", next: [] },
    ],
  },
  counts: {
    "ask-order": { waiting: 12, arms: 0, passed: 1_830 },
    "ask-piece": { waiting: 31, arms: 0, passed: 1_799 },
    "pick-up": { waiting: 0, arms: 0, passed: 644 },
    "ask-floor": { waiting: 88, arms: 0, passed: 1_623 },
    "ask-day": { waiting: 79, arms: 0, passed: 1_544 },
    "check-day": { waiting: 0, arms: 0, passed: 1_544 },
    order: { waiting: 2, arms: 0, passed: 1_377 },
    confirm: { waiting: 0, arms: 0, passed: 1_377 },
    done: { waiting: 0, arms: 0, passed: 1_377 },
    "give-up": { waiting: 0, arms: 0, passed: 251 },
  },
  versions: [
    { version: 3, published: ago(4_000), by: "admin", active: 209 },
    { version: 2, published: ago(40_000), by: "admin", active: 3 },
    { version: 1, published: ago(90_000), by: "admin", active: 0 },
  ],
};

const welcome: Journey = {
  ...addOn,
  name: "welcome",
  title: "Welcome",
  description: "Says hello to whoever signs up, and asks once what they are interested in.",
  version: 1,
  summary: {
    ...addOnSummary,
    name: "welcome",
    title: "Welcome",
    description: "Says hello to whoever signs up, and asks once what they are interested in.",
    version: 1,
    entered: 9_201,
    active: 0,
    completed: 9_201,
    exited: 0,
    failed: 0,
  },
};

export const journeys: Journey[] = [addOn, welcome];

export const segments: Segment[] = [
  {
    name: "regulars",
    title: "Regulars",
    description: "Bought at least twice in the last 90 days.",
    when: 'count("Order Completed", "90d") >= 2',
    members: 1_980,
  },
  {
    name: "hamburg",
    title: "Lives near the Hamburg store",
    when: 'traits.address.city == "Hamburg" || count("Store Visited", "365d") > 0',
    members: 412,
  },
  {
    name: "just-looking",
    title: "Just looking",
    description: "Viewed three products today and bought nothing.",
    when: 'count("Product Viewed", "1d") >= 3 && count("Order Completed", "30d") == 0',
    members: 1,
  },
];

export const catalogue: Catalogue = {
  version: 12,
  published: ago(4_000),
  by: "admin",
  files: [
    { path: "journeys/add-on.yaml", text: ADD_ON_YAML },
    { path: "journeys/welcome.yaml", text: "title: Welcome\nentry:\n  event: Signed Up\n" },
    {
      path: "segments/regulars.yaml",
      text: 'title: Regulars\nwhen: count("Order Completed", "90d") >= 2\n',
    },
    { path: "identity.yaml", text: "namespaces:\n  email: { unique: true }\n  phone: { max: 3 }\n" },
  ],
};

/** Why the mock's one customer did not get the care package. */
export const why: Why = {
  journey: "care-package",
  title: "Care package",
  answer:
    "No run ever began. “Order Completed”: `event.properties.total >= 500` did not hold (event.properties.total was 120).",
  recorded: [],
  events: [
    {
      time: "2026-03-01T10:00:00.000Z",
      event: "Order Completed",
      starts: false,
      sentence:
        "“Order Completed”: `event.properties.total >= 500` did not hold (event.properties.total was 120).",
      condition: {
        source: "event.properties.total >= 500",
        holds: false,
        doubt: null,
        values: [{ name: "event.properties.total", value: 120 }],
      },
    },
  ],
  ways_in: [{ entry: "Order Completed", sentence: "“Order Completed” came once.", due: null }],
};

/** Why the mock's messages went out. */
export const whyOne: WhyOne = {
  answer:
    "Decided to send a service message by e-mail: it needs no opt-in and the customer has not objected.",
  recorded: [
    {
      time: "2026-03-01T10:00:00.000Z",
      sentence: "Reached “say” of “care-package”: the step before was done.",
      run: null,
    },
  ],
  checks: [
    {
      name: "consent",
      sentence: "It is held: the customer said no by SMS.",
      recorded: "It may go out: it needs no opt-in and the customer has not objected.",
      agrees: false,
      values: [],
    },
    {
      name: "channel sms",
      sentence: "A service message may go out, but no address was known.",
      recorded: null,
      agrees: true,
      values: [{ name: "profile.traits.level", value: "gold" }],
    },
  ],
  agrees: false,
};
