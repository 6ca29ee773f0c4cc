/** The desk of the mock world: two queues, two agents, and conversations that wait or are being answered. */
import type {
  CannedText,
  CustomerConversation,
  DeskOverview,
  InboxItem,
  InboxPriority,
} from "@api/__generated__/schema";
import { refusal } from "./answer";
import { ADA, ago } from "./story";

export const ADA_CONVERSATION = "cnv_0000000000007";

const OVERVIEW: DeskOverview = {
  me: "admin",
  queues: [
    { name: "orders", title: "Orders and deliveries", open: true, waiting: 2, assigned: 1, breached: 1 },
    { name: "team-lead", title: "Team lead", open: false, waiting: 0, assigned: 0, breached: 0 },
  ],
  agents: [
    { name: "admin", title: "Mara Quay", presence: "away", load: 1, capacity: 5 },
    { name: "ines", title: "Ines Vogt", presence: "available", load: 0, capacity: 4 },
  ],
};

const CANNED: CannedText[] = [
  { name: "greeting", title: "Greeting", text: "Hello Ada, I look into it right now.", actions: [] },
  {
    name: "solved",
    title: "Solved, thank you",
    text: "I am glad that is settled.",
    actions: [{ action: "close", outcome: "refund" }],
  },
  { name: "card", title: "Customer card", missing: "`profile.traits.card` has no value", actions: [] },
];

function conversation(id: string, changes: Partial<CustomerConversation>): CustomerConversation {
  return {
    id,
    subject: "Something is wrong with an order",
    state: "queued",
    channels: ["webchat", "email"],
    opened: ago(70),
    last: ago(2),
    channel: "webchat",
    queue: "orders",
    priority: "high",
    why: "Order 4711: damaged",
    since: ago(60),
    unanswered: true,
    promises: [
      { kind: "first_response", due: ago(5), breached: true },
      { kind: "resolution", due: ago(-300), breached: false },
    ],
    outcomes: ["refund", "replacement"],
    form: [
      { slot: "refund", title: "Refund in euros", wanted: "a whole number", kind: "number", choices: [] },
    ],
    ...changes,
  };
}

export function makeDesk(nameOf: (customer: string) => string | null | undefined) {
  const overview = structuredClone(OVERVIEW);
  const long =
    "The parcel with the very-long-order-number-4711-0815-2291-000000000000000000000000 never came";
  const own = new Map<string, CustomerConversation[]>([
    [ADA, [conversation(ADA_CONVERSATION, {})]],
    [
      "cus_000000000001b",
      [conversation("cnv_0000000000008", { why: long, priority: "normal", promises: [] })],
    ],
    [
      "cus_0000000000004",
      [
        conversation("cnv_0000000000009", {
          agent: "ines",
          state: "assigned",
          why: "a question",
          priority: "low",
        }),
      ],
    ],
  ]);
  const desk = {
    overview,
    canned: structuredClone(CANNED),
    conversations: (id: string): CustomerConversation[] => own.get(id) ?? [],
    inbox(view: string | null, queue: string | null): InboxItem[] {
      const all = [...own].flatMap(([customer, list]) => list.map((one) => ({ customer, one })));
      const wanted = all.filter(({ one }) => {
        if (!one.queue || (queue !== null && one.queue !== queue)) return false;
        return view === "mine" ? one.agent === overview.me : view !== "waiting" || !one.agent;
      });
      return wanted.map(({ customer, one }) => item(customer, nameOf(customer), one));
    },
    presence(presence: string) {
      const [me] = overview.agents;
      if (me !== undefined) me.presence = presence === "available" ? "available" : "away";
      return overview;
    },
    act(customer: string, id: string, body: unknown): CustomerConversation {
      const found = desk.conversations(customer).find((one) => one.id === id);
      if (found === undefined) {
        throw refusal(404, "Not found", `There is no conversation \`${id}\`.`, "Go back to the inbox.");
      }
      change(found, body);
      return found;
    },
  };
  return desk;
}

function item(customer: string, name: string | null | undefined, one: CustomerConversation): InboxItem {
  const [promise] = one.promises;
  return {
    customer,
    ...(name ? { name } : {}),
    conversation: one.id,
    subject: one.subject,
    why: one.why ?? "",
    queue: one.queue ?? "",
    priority: one.priority ?? "normal",
    ...(one.agent ? { agent: one.agent } : {}),
    since: one.since ?? one.opened,
    last: one.last,
    channels: one.channels,
    unanswered: one.unanswered,
    ...(promise ? { due: promise.due } : {}),
    breached: promise?.breached ?? false,
    ...(one.snoozed ? { snoozed: one.snoozed } : {}),
  };
}

const PRIORITIES: InboxPriority[] = ["low", "normal", "high", "urgent"];

/** The part of the server's rules that the pages show. */
function change(one: CustomerConversation, body: unknown): void {
  const field = (name: string): string =>
    typeof body === "object" && body !== null ? String(Reflect.get(body, name)) : "";
  switch (field("action")) {
    case "take":
      if (one.agent && one.agent !== "admin") {
        throw refusal(
          409,
          "Not possible now",
          `${one.agent} has the conversation.`,
          "Ask them, or assign it.",
        );
      }
      one.agent = "admin";
      one.state = "assigned";
      return;
    case "assign":
      one.agent = field("agent");
      one.state = "assigned";
      return;
    case "queue":
      one.queue = field("queue");
      one.agent = null;
      one.state = "queued";
      return;
    case "priority":
      one.priority = PRIORITIES.find((known) => known === field("priority")) ?? null;
      return;
    case "snooze":
      one.snoozed = field("until");
      one.state = "snoozed";
      return;
    case "close":
      one.queue = null;
      one.agent = null;
      one.state = "closed";
      one.closed = { time: ago(0), by: "Mara Quay", outcome: field("outcome") };
      return;
    default:
      one.unanswered = false;
  }
}
