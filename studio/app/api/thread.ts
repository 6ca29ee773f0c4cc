/** The thread in the query cache: how pages are asked for, and how live items find their place. */
import type { InfiniteData } from "@tanstack/react-query";
import type { ThreadItem, ThreadPage } from "./__generated__/schema";

export interface ThreadFilter {
  /** Channel names; none: every channel. */
  channels: string[];
  /** Kinds of items; none: every kind. */
  kinds: string[];
}

export const threadKey = (customer: string, filter: ThreadFilter) => ["thread", customer, filter] as const;

/** Whether an item is among what the filter asks for. */
export function shows(filter: ThreadFilter, item: ThreadItem): boolean {
  const channel = item.channel ?? null;
  const channelFits = filter.channels.length === 0 || (channel !== null && filter.channels.includes(channel));
  return channelFits && (filter.kinds.length === 0 || filter.kinds.includes(item.kind));
}

/** Newest first by time, then by place in the ledger; what one record brought keeps the server's order. */
export function newestFirst(a: ThreadItem, b: ThreadItem): number {
  return Date.parse(b.time) - Date.parse(a.time) || b.seq - a.seq;
}

export type ThreadData = InfiniteData<ThreadPage, string | undefined>;

/**
 * Puts live items into loaded pages: known ones in place, new ones where their time puts them. An item older
 * than everything loaded is left for the page that will hold it.
 */
export function withItems(data: ThreadData, filter: ThreadFilter, live: ThreadItem[]): ThreadData {
  return live.filter((item) => shows(filter, item)).reduce(withItem, data);
}

function withItem(data: ThreadData, item: ThreadItem): ThreadData {
  const known = data.pages.findIndex((page) => page.items.some(({ id }) => id === item.id));
  if (known >= 0) {
    const put = (page: ThreadPage) =>
      page.items.map((old) => (old.id === item.id ? item : old)).sort(newestFirst);
    return {
      ...data,
      pages: data.pages.map((page, at) => (at === known ? { ...page, items: put(page) } : page)),
    };
  }
  const place = data.pages.findIndex((page) => {
    const oldest = page.items.at(-1);
    return (
      page.next === undefined || page.next === null || (oldest !== undefined && newestFirst(item, oldest) < 0)
    );
  });
  if (place < 0) return data;
  const put = (page: ThreadPage) => ({ ...page, items: [...page.items, item].sort(newestFirst) });
  return { ...data, pages: data.pages.map((page, at) => (at === place ? put(page) : page)) };
}
