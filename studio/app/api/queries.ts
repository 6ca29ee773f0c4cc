/** Every read of the server, each with the key under which the cache holds it. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { InboxView } from "../search";
import type { EffectState, PreviewDraft } from "./__generated__/schema";
import { api, take } from "./client";
import { type ThreadFilter, threadKey } from "./thread";

const V1 = "/api/v1";
const CUSTOMERS_PER_PAGE = 200;
const THREAD_ITEMS_PER_PAGE = 50;

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/me`, { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/overview`, { signal })),
});

export const customersQuery = (q: string, segment: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["customers", q, segment ?? null],
    queryFn: ({ signal, pageParam: cursor }) =>
      take(
        api.GET(`${V1}/customers`, {
          signal,
          params: { query: { q, segment, cursor, limit: CUSTOMERS_PER_PAGE } },
        }),
      ),
    initialPageParam: first(),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const customerQuery = (id: string, asOf?: string) =>
  queryOptions({
    queryKey: ["customer", id, "profile", asOf ?? null],
    queryFn: ({ signal }) =>
      take(api.GET(`${V1}/customers/{id}`, { signal, params: { path: { id }, query: { as_of: asOf } } })),
  });

export const identityQuery = (id: string) =>
  queryOptions({
    queryKey: ["customer", id, "identity"],
    queryFn: ({ signal }) =>
      take(api.GET(`${V1}/customers/{id}/identity`, { signal, params: { path: { id } } })),
  });

export const whyQuery = (id: string, journey: string) =>
  queryOptions({
    queryKey: ["customer", id, "why", journey],
    queryFn: ({ signal }) =>
      take(api.GET(`${V1}/customers/{id}/why`, { signal, params: { path: { id }, query: { journey } } })),
  });

export const whyMessageQuery = (id: string, message: string) =>
  queryOptions({
    queryKey: ["customer", id, "why-message", message],
    queryFn: ({ signal }) =>
      take(
        api.GET(`${V1}/customers/{id}/messages/{message}/why`, { signal, params: { path: { id, message } } }),
      ),
  });

export const whyDecisionQuery = (id: string, decision: string) =>
  queryOptions({
    queryKey: ["customer", id, "why-decision", decision],
    queryFn: ({ signal }) =>
      take(
        api.GET(`${V1}/customers/{id}/decisions/{decision}/why`, {
          signal,
          params: { path: { id, decision } },
        }),
      ),
  });

export const offersQuery = queryOptions({
  queryKey: ["offers"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/offers`, { signal })),
});

export const offerQuery = (name: string) =>
  queryOptions({
    queryKey: ["offers", name],
    queryFn: ({ signal }) => take(api.GET(`${V1}/offers/{name}`, { signal, params: { path: { name } } })),
  });

export const offerDecisionsQuery = (name: string) =>
  queryOptions({
    queryKey: ["offers", name, "decisions"],
    queryFn: ({ signal }) =>
      take(api.GET(`${V1}/offers/{name}/decisions`, { signal, params: { path: { name } } })),
  });

export const pricesQuery = queryOptions({
  queryKey: ["prices"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/prices`, { signal })),
});

export const rehearsalsQuery = queryOptions({
  queryKey: ["rehearsals"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/rehearsals`, { signal })),
});

/** While it runs, its progress is asked for again and again. */
const PROGRESS_MS = 700;

export const rehearsalQuery = (id: string) =>
  queryOptions({
    queryKey: ["rehearsals", id],
    queryFn: ({ signal }) => take(api.GET(`${V1}/rehearsals/{id}`, { signal, params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.state === "running" ? PROGRESS_MS : false),
  });

export const rehearsedCustomersQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["rehearsals", id, "customers"],
    queryFn: ({ signal, pageParam: cursor }) =>
      take(
        api.GET(`${V1}/rehearsals/{id}/customers`, {
          signal,
          params: { path: { id }, query: { cursor: cursor === undefined ? undefined : Number(cursor) } },
        }),
      ),
    initialPageParam: first(),
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const runsQuery = (id: string) =>
  queryOptions({
    queryKey: ["customer", id, "runs"],
    queryFn: ({ signal }) => take(api.GET(`${V1}/customers/{id}/runs`, { signal, params: { path: { id } } })),
  });

export const ordersQuery = (id: string) =>
  queryOptions({
    queryKey: ["customer", id, "orders"],
    queryFn: ({ signal }) =>
      take(api.GET(`${V1}/customers/{id}/orders`, { signal, params: { path: { id } } })),
  });

export const threadQuery = (id: string, filter: ThreadFilter) =>
  infiniteQueryOptions({
    queryKey: threadKey(id, filter),
    queryFn: ({ signal, pageParam: cursor }) =>
      take(
        api.GET(`${V1}/customers/{id}/thread`, {
          signal,
          params: {
            path: { id },
            query: {
              cursor,
              limit: THREAD_ITEMS_PER_PAGE,
              channel: filter.channels.join(",") || undefined,
              kind: filter.kinds.join(",") || undefined,
            },
          },
        }),
      ),
    initialPageParam: first(),
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const segmentsQuery = queryOptions({
  queryKey: ["segments"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/segments`, { signal })),
});

export const contentsQuery = queryOptions({
  queryKey: ["contents"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/contents`, { signal })),
});

/** A content as it reads on one channel: for a customer, or with sample values. */
export const previewQuery = (asked: PreviewDraft) =>
  queryOptions({
    queryKey: ["preview", asked],
    queryFn: ({ signal }) => take(api.POST(`${V1}/previews`, { signal, body: asked })),
    placeholderData: keepPreviousData,
  });

export const journeysQuery = queryOptions({
  queryKey: ["journeys"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/journeys`, { signal })),
});

/** Counts move by themselves, so pages of counts ask again every few seconds. */
const REFRESH_MS = 3_000;

export const journeyQuery = (name: string) =>
  queryOptions({
    queryKey: ["journeys", name],
    queryFn: ({ signal }) => take(api.GET(`${V1}/journeys/{name}`, { signal, params: { path: { name } } })),
    refetchInterval: REFRESH_MS,
  });

export const catalogueQuery = queryOptions({
  queryKey: ["catalogue"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/catalogue`, { signal })),
});

export const balanceQuery = queryOptions({
  queryKey: ["balance"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/balance`, { signal })),
  refetchInterval: REFRESH_MS,
});

export const sourcesQuery = queryOptions({
  queryKey: ["sources"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/sources`, { signal })),
});

export const quarantineQuery = infiniteQueryOptions({
  queryKey: ["quarantine"],
  queryFn: ({ signal, pageParam: cursor }) =>
    take(api.GET(`${V1}/quarantine`, { signal, params: { query: { cursor, limit: 50 } } })),
  initialPageParam: first(),
  getNextPageParam: (page) => page.next ?? undefined,
});

export const effectsQuery = (state: EffectState | undefined) =>
  infiniteQueryOptions({
    queryKey: ["effects", state ?? null],
    queryFn: ({ signal, pageParam: cursor }) =>
      take(api.GET(`${V1}/effects`, { signal, params: { query: { state, cursor, limit: 50 } } })),
    initialPageParam: first(),
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: REFRESH_MS,
  });

/** Who comes and goes is not told on the live connection. */
const DESK_REFRESH_MS = 10_000;

export const deskQuery = queryOptions({
  queryKey: ["desk"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/desk`, { signal })),
  refetchInterval: DESK_REFRESH_MS,
});

export const inboxQuery = (view: InboxView | undefined, queue: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["inbox", view ?? null, queue ?? null],
    queryFn: ({ signal, pageParam: cursor }) =>
      take(api.GET(`${V1}/inbox`, { signal, params: { query: { view, queue, cursor, limit: 50 } } })),
    initialPageParam: first(),
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const conversationsQuery = (id: string) =>
  queryOptions({
    queryKey: ["customer", id, "conversations"],
    queryFn: ({ signal }) =>
      take(api.GET(`${V1}/customers/{id}/conversations`, { signal, params: { path: { id } } })),
  });

export const cannedQuery = (id: string) =>
  queryOptions({
    queryKey: ["customer", id, "canned"],
    queryFn: ({ signal }) =>
      take(api.GET(`${V1}/customers/{id}/canned-answers`, { signal, params: { path: { id } } })),
  });

export const articlesQuery = (q: string) =>
  queryOptions({
    queryKey: ["articles", q],
    queryFn: ({ signal }) =>
      take(api.GET(`${V1}/articles`, { signal, params: { query: { q: q || undefined, limit: 100 } } })),
    placeholderData: keepPreviousData,
  });

export const articleQuery = (name: string, version: number | undefined) =>
  queryOptions({
    queryKey: ["article", name, version ?? null],
    queryFn: ({ signal }) =>
      take(api.GET(`${V1}/articles/{name}`, { signal, params: { path: { name }, query: { version } } })),
  });

/** Asked anew when a message came or went, which `last` tells. */
export const suggestionsQuery = (conversation: string, last: string) =>
  queryOptions({
    queryKey: ["suggestions", conversation, last],
    queryFn: ({ signal }) =>
      take(
        api.GET(`${V1}/conversations/{id}/suggestions`, {
          signal,
          params: { path: { id: conversation }, query: { limit: 5 } },
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const devicesQuery = queryOptions({
  queryKey: ["devices"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/demo/devices`, { signal })),
});

/** Mail is announced on the live connection; asking again now and then covers a lost announcement. */
const MAILBOX_REFRESH_MS = 10_000;

export const mailboxQuery = (address: string | undefined) =>
  queryOptions({
    queryKey: ["mailbox", address ?? null],
    queryFn: ({ signal }) => take(api.GET(`${V1}/demo/mailbox`, { signal, params: { query: { address } } })),
    refetchInterval: MAILBOX_REFRESH_MS,
  });

export const telephoneQuery = queryOptions({
  queryKey: ["telephone"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/demo/telephone`, { signal })),
});

export const lettersQuery = queryOptions({
  queryKey: ["letters"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/demo/letters`, { signal })),
});

/** What the brand's app shows its customer. Looking records nothing. */
export const appQuery = (customer: string, identifiers: Record<string, string>) =>
  queryOptions({
    queryKey: ["customer", customer, "app", identifiers],
    queryFn: ({ signal }) =>
      take(
        api.POST("/v1/context", {
          signal,
          body: { identifiers, channel: "app", placements: ["home"], record: false },
        }),
      ),
  });

export const officeQuery = queryOptions({
  queryKey: ["office"],
  queryFn: ({ signal }) => take(api.GET(`${V1}/demo/office`, { signal })),
});

/** The first page has no cursor. */
function first(): string | undefined {
  return undefined;
}
