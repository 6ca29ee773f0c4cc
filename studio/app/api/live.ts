/** The live connection: what the server tells goes into the query cache, and pages follow by themselves. */
import { type QueryClient, queryOptions, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { LiveEvent } from "./__generated__/schema";
import { refused } from "./client";
import { eventsOf } from "./events";
import { overviewQuery } from "./queries";
import { token } from "./session";
import { type ThreadData, type ThreadFilter, withItems } from "./thread";

/** `waiting`: the connection broke and will be tried again. */
export type LiveState = "connecting" | "open" | "waiting";

export const liveStateQuery = queryOptions<LiveState>({
  queryKey: ["live-state"],
  queryFn: () => "connecting",
  initialData: "connecting",
  staleTime: Number.POSITIVE_INFINITY,
});

/** Whether a customer has a chat window open; null until it was told. */
export const connectedQuery = (customer: string) =>
  queryOptions<boolean | null>({
    queryKey: ["connected", customer],
    queryFn: () => null,
    initialData: null,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Somebody types in web chat: an agent, who is named, or the customer. */
export interface Typing {
  agent: string | null;
  at: number;
}

/** After so long without a sign nobody types any more. */
export const TYPING_MS = 5_000;

export const typingQuery = (customer: string) =>
  queryOptions<Typing | null>({
    queryKey: ["typing", customer],
    queryFn: () => null,
    initialData: null,
    staleTime: Number.POSITIVE_INFINITY,
  });

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;

const KINDS: readonly string[] = [
  "thread",
  "customer",
  "overview",
  "desk",
  "offers",
  "connected",
  "typing",
  "mail",
  "telephone",
  "letters",
] satisfies LiveEvent["type"][];

function isLiveEvent(value: unknown): value is LiveEvent {
  return typeof value === "object" && value !== null && "type" in value && KINDS.includes(String(value.type));
}

/** Brings one event of the server into the cache. */
export function applyLive(cache: QueryClient, event: LiveEvent): void {
  switch (event.type) {
    case "thread":
      for (const query of cache.getQueryCache().findAll({ queryKey: ["thread", event.customer] })) {
        const filter = filterOf(query.queryKey[2]);
        cache.setQueryData<ThreadData>(
          query.queryKey,
          (data) => data && withItems(data, filter, event.items),
        );
      }
      return;
    case "customer":
      void cache.invalidateQueries({ queryKey: ["customer", event.customer] });
      return;
    case "overview": {
      const before = cache.getQueryData(overviewQuery.queryKey)?.catalogue_version;
      cache.setQueryData(["overview"], event.overview);
      if (before !== undefined && before !== event.overview.catalogue_version) {
        void cache.invalidateQueries({ queryKey: ["offers"] });
        void cache.invalidateQueries({ queryKey: ["prices"] });
      }
      return;
    }
    case "offers":
      void cache.invalidateQueries({ queryKey: ["offers"] });
      return;
    case "desk":
      void cache.invalidateQueries({ queryKey: ["inbox"] });
      void cache.invalidateQueries({ queryKey: ["desk"] });
      return;
    case "connected":
      cache.setQueryData(connectedQuery(event.customer).queryKey, event.connected);
      return;
    case "typing":
      cache.setQueryData(["typing", event.customer], typed(event.agent));
      return;
    case "mail":
      void cache.invalidateQueries({ queryKey: ["mailbox"] });
      return;
    case "telephone":
      void cache.invalidateQueries({ queryKey: ["telephone"] });
      return;
    case "letters":
      void cache.invalidateQueries({ queryKey: ["letters"] });
      return;
  }
}

function typed(agent: string | null | undefined): Typing {
  return { agent: agent ?? null, at: Date.now() };
}

function filterOf(part: unknown): ThreadFilter {
  if (typeof part !== "object" || part === null) return { channels: [], kinds: [] };
  const texts = (name: string): string[] => {
    const list: unknown = Reflect.get(part, name);
    return Array.isArray(list) ? list.map(String) : [];
  };
  return { channels: texts("channels"), kinds: texts("kinds") };
}

/** Follows the workspace, and `customer` closely, for as long as the page is open. */
export function useLive(customer: string | undefined): void {
  const cache = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    void follow(cache, customer, stop.signal);
    return () => stop.abort();
  }, [cache, customer]);
}

async function follow(cache: QueryClient, customer: string | undefined, signal: AbortSignal): Promise<void> {
  let wait = RETRY_MS_MIN;
  let missed = false;
  while (!signal.aborted && token() !== null) {
    try {
      for await (const event of connect(cache, customer, missed, signal)) {
        wait = RETRY_MS_MIN;
        if (isLiveEvent(event)) applyLive(cache, event);
      }
    } catch {
      // A broken connection is an everyday thing; the state below shows it and the loop tries again.
    }
    if (signal.aborted) return;
    missed = true;
    cache.setQueryData(liveStateQuery.queryKey, "waiting");
    await pause(wait, signal);
    wait = Math.min(wait * 2, RETRY_MS_MAX);
  }
}

async function* connect(
  cache: QueryClient,
  customer: string | undefined,
  missed: boolean,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const query = customer === undefined ? "" : `?customer=${encodeURIComponent(customer)}`;
  const headers = { Authorization: `Bearer ${token() ?? ""}`, Accept: "text/event-stream" };
  const answer = await fetch(`/api/v1/live${query}`, { headers, signal });
  if (answer.status === 401) return refused();
  if (!answer.ok || answer.body === null) throw new Error(`live: ${answer.status}`);
  cache.setQueryData(liveStateQuery.queryKey, "open");
  if (missed) void cache.invalidateQueries();
  yield* eventsOf(answer.body);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const leave = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", leave, { once: true });
  });
}
