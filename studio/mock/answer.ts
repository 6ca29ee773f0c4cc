/** The API, answered from a world in memory. Typed by the OpenAPI document, so it cannot drift from it. */

import type { ApiProblem, LiveEvent, ThreadItem, ThreadPage } from "@api/__generated__/schema";
import { newestFirst, shows } from "../app/api/thread";
import { APP_OFFERS } from "./app";
import { knowledge } from "./knowledge";
import type { World } from "./world";

export const TOKEN = "mock-token";

type Handler = (world: World, call: Call) => unknown;

interface Call {
  path: string[];
  query: URLSearchParams;
  body: unknown;
}

/** A refusal, as a handler throws it. */
export class Refusal extends Error {
  constructor(readonly problem: ApiProblem) {
    super(problem.detail);
  }
}

export function refusal(status: number, title: string, detail: string, remedy: string): Refusal {
  return new Refusal({ type: "/problems/mock", title, status, detail, remedy });
}

/** `GET /customers/*` and the like, the most specific first; a star takes one part of the path. */
const ROUTES: Record<string, Handler> = {
  "GET me": (world) => world.me,
  "GET overview": (world) => world.overview,
  "GET customers": listCustomers,
  "GET customers/*": (world, { path: [id = ""] }) => world.profile(id),
  "GET customers/*/identity": (world, { path: [id = ""] }) => world.identity(id),
  "GET customers/*/thread": thread,
  "GET customers/*/runs": (world, { path: [id = ""] }) => world.runs(id),
  "GET customers/*/orders": (world, { path: [id = ""] }) => world.orders(id),
  "GET customers/*/why": (world, { query }) => world.why(query.get("journey") ?? ""),
  "POST customers/*/unmerge": (world, { path: [id = ""], body }) =>
    world.unmerge(id, strings(body, "strands")),
  "POST customers/*/erase": (world, { path: [id = ""], body }) => world.erase(id, string(body, "confirm")),
  "GET customers/*/messages/*/why": (world) => world.whyOne,
  "GET customers/*/decisions/*/why": (world) => world.whyOne,
  "GET offers": (world) => world.adapt.offers,
  "GET offers/*": (world, { path: [name = ""] }) => world.adapt.get(name),
  "GET offers/*/decisions": (world, { path: [name = ""] }) => world.adapt.decisions(name),
  "GET prices": (world) => world.adapt.prices,
  "POST context": (world, { body }) =>
    string(body, "channel") === "app"
      ? { ...world.adapt.context(body), journeys: world.app.journeys(), offers: APP_OFFERS }
      : world.adapt.context(body),
  "POST context/answer": (world, { body }) => world.app.answer(string(body, "text")),
  "POST quotes": (world) => world.adapt.quote(),
  "POST quotes/check": (world) => world.adapt.check(),
  "GET rehearsals": (world) => world.rehearsals.all(),
  "POST rehearsals": (world) => world.rehearsals.begin(),
  "GET rehearsals/*": (world, { path: [id = ""] }) => world.rehearsals.get(id),
  "GET rehearsals/*/customers": (world, { query }) =>
    world.rehearsals.customers(Number(query.get("cursor") ?? 0)),
  "POST rehearsals/*/cancel": (world, { path: [id = ""] }) => world.rehearsals.cancel(id),
  "GET journeys": (world) => world.journeys.map(({ summary }) => summary),
  "GET journeys/*": (world, { path: [name = ""] }) => world.journey(name),
  "GET segments": (world) => world.segments,
  "GET catalogue": (world) => world.catalogue,
  "POST catalogue/check": () => ({ problems: [] }),
  "GET balance": (world) => ({
    items: world.balance,
    adds_up: world.balance.every((source) => source.adds_up),
  }),
  "GET sources": (world) => world.sources,
  "POST sources": (world, { body }) => world.addSource(string(body, "name"), string(body, "channel")),
  "GET quarantine": (world) => ({ items: world.quarantine, total: world.quarantine.length }),
  "POST quarantine/*/replay": (world, { path: [number] }) => world.settle(Number(number), "replayed"),
  "POST quarantine/*/discard": (world, { path: [number] }) => world.settle(Number(number), "discarded"),
  "GET effects": (world, { query }) => {
    const items = world.effects.filter(({ state }) => !query.has("state") || state === query.get("state"));
    return { items, total: items.length };
  },
  "GET desk": (world) => world.desk.overview,
  "POST desk/presence": (world, { body }) => world.desk.presence(string(body, "presence")),
  "GET inbox": (world, { query }) => slicedInbox(world, query),
  "GET customers/*/conversations": (world, { path: [id = ""] }) => world.desk.conversations(id),
  "GET customers/*/canned-answers": (world) => world.desk.canned,
  "POST customers/*/conversations/*/actions": (world, { path: [id = "", own = ""], body }) =>
    world.desk.act(id, own, body),
  "GET articles": (_, { query }) => knowledge.list(query.get("q") ?? ""),
  "GET articles/*": (_, { path: [name = ""], query }) => knowledge.get(name, query.get("version")),
  "GET conversations/*/suggestions": () => knowledge.suggestions(),
  "POST customers/*/typing": () => ({ connected: true }),
  "GET demo/devices": (world) => world.devices,
  "GET demo/mailbox": (world) => ({ items: world.mail }),
  "GET demo/telephone": (world) => ({ items: world.texts }),
  "POST demo/telephone": (world, { body }) => world.type(string(body, "number"), string(body, "text")),
  "GET demo/letters": (world) => ({ items: world.letters }),
  "GET demo/office": (world) => world.office,
  "POST demo/office": (world, { body }) => world.setOffice(body),
  "POST demo/mailbox/reply": (world, { body }) => world.reply(string(body, "message"), string(body, "text")),
};

export async function answer(world: World, request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (request.headers.get("authorization") !== `Bearer ${TOKEN}`) {
    return problem(
      refusal(401, "Not signed in", "The token is missing or wrong.", "Sign in with the admin token."),
    );
  }
  const parts = url.pathname
    .replace(/^\/(api\/)?v1\//, "")
    .split("/")
    .map(decodeURIComponent);
  if (parts.join("/") === "live") return live(world, url.searchParams.get("customer"), request.signal);
  const found = match(request.method, parts);
  if (found === undefined)
    return problem(refusal(404, "Not found", `No ${url.pathname} here.`, "Check the address."));
  try {
    const text = request.method === "GET" ? "" : await request.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    return Response.json(found.handler(world, { path: found.taken, query: url.searchParams, body }));
  } catch (error) {
    if (error instanceof Refusal) return problem(error);
    throw error;
  }
}

function match(method: string, parts: string[]): { handler: Handler; taken: string[] } | undefined {
  for (const [route, handler] of Object.entries(ROUTES)) {
    const [verb, pattern = ""] = route.split(" ");
    const wanted = pattern.split("/");
    if (verb !== method || wanted.length !== parts.length) continue;
    if (wanted.every((part, at) => part === "*" || part === parts[at])) {
      return { handler, taken: parts.filter((_, at) => wanted[at] === "*") };
    }
  }
  return undefined;
}

function problem({ problem: body }: Refusal): Response {
  return Response.json(body, {
    status: body.status,
    headers: { "content-type": "application/problem+json" },
  });
}

function listCustomers(world: World, { query }: Call) {
  const q = (query.get("q") ?? "").toLowerCase();
  const segment = query.get("segment");
  const found = world.customers.filter(
    (row) =>
      (segment === null || row.segments.includes(segment)) &&
      [row.name ?? "", row.id, ...row.identifiers.map(({ value }) => value)].some((text) =>
        text.toLowerCase().includes(q),
      ),
  );
  const { items, next } = slice(found, query);
  return { items, next, total: found.length, complete: true };
}

function slicedInbox(world: World, query: URLSearchParams) {
  const all = world.desk.inbox(query.get("view"), query.get("queue"));
  return { ...slice(all, query), total: all.length };
}

function thread(world: World, { path: [id = ""], query }: Call): ThreadPage {
  const list = (name: string) => (query.get(name) ?? "").split(",").filter(Boolean);
  const filter = { channels: list("channel"), kinds: list("kind") };
  const all = world.thread(id).filter((item: ThreadItem) => shows(filter, item));
  return slice([...all].sort(newestFirst), query);
}

function slice<T>(all: T[], query: URLSearchParams): { items: T[]; next?: string } {
  const from = Number(query.get("cursor") ?? 0);
  const to = from + Number(query.get("limit") ?? 50);
  return { items: all.slice(from, to), ...(to < all.length ? { next: String(to) } : {}) };
}

function live(world: World, customer: string | null, signal: AbortSignal): Response {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (event: LiveEvent) =>
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(event)}\n\n`));
      send({ type: "overview", overview: world.overview });
      const stop = world.follow(customer, send);
      signal.addEventListener("abort", stop);
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}

function string(body: unknown, field: string): string {
  const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, field) : undefined;
  if (typeof value === "string" && value !== "") return value;
  throw refusal(400, "A field is missing", `\`${field}\` is missing.`, `Send \`${field}\`.`);
}

function strings(body: unknown, field: string): string[] {
  const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, field) : undefined;
  return Array.isArray(value) ? value.map(String) : [];
}
