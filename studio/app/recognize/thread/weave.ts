/** Where the thread runs: each channel has a lane, and the line goes from lane to lane with the customer. */
import type { ThreadItem } from "@api/__generated__/schema";

export interface WovenRow {
  item: ThreadItem;
  lane: number;
  /** The lane of the row above (newer); none for the newest. */
  above: number | undefined;
  /** Set on the first row of a day: a heading belongs above it. */
  day: string | undefined;
  /** Set where a conversation goes on from another channel. */
  cameFrom: string | undefined;
}

/** Beyond this many, rarely used channels share the last lane, so that the text keeps its room. */
export const LANES_MAX = 6;

/** The lane of each channel: the order given, then the order of appearance. */
export function lanesOf(order: readonly string[], items: readonly ThreadItem[]): Map<string, number> {
  const lanes = new Map<string, number>();
  const add = (channel: string) => {
    if (!lanes.has(channel)) lanes.set(channel, Math.min(lanes.size, LANES_MAX - 1));
  };
  for (const channel of order) add(channel);
  for (const { channel } of items) if (channel) add(channel);
  return lanes;
}

/** Rows for items that come newest first. A note without a channel stays on the lane the customer was on. */
export function weave(items: readonly ThreadItem[], lanes: ReadonlyMap<string, number>): WovenRow[] {
  const channels = channelsAt(items);
  const laneAt = (index: number): number => lanes.get(channels[index] ?? "") ?? 0;
  return items.map((item, index) => {
    const newer = items[index - 1];
    return {
      item,
      lane: laneAt(index),
      above: newer === undefined ? undefined : laneAt(index - 1),
      day: newer === undefined || localDay(newer.time) !== localDay(item.time) ? item.time : undefined,
      cameFrom: cameFrom(item, items.slice(index + 1)),
    };
  });
}

/** The channel a conversation was on before this item, where that is another one. */
function cameFrom({ conversation, channel }: ThreadItem, older: readonly ThreadItem[]): string | undefined {
  if (!conversation || !channel) return undefined;
  const before = older.find((item) => item.conversation === conversation && item.channel)?.channel;
  return before && before !== channel ? before : undefined;
}

/** The channel the customer was on at each item: its own, or that of the next older item that has one. */
function channelsAt(items: readonly ThreadItem[]): (string | undefined)[] {
  const channels: (string | undefined)[] = new Array(items.length);
  let current: string | undefined;
  for (let index = items.length - 1; index >= 0; index -= 1) {
    current = items[index]?.channel ?? current;
    channels[index] = current;
  }
  return channels;
}

function localDay(time: string): string {
  return new Date(time).toDateString();
}
