import type { ThreadItem } from "@api/__generated__/schema";
import { describe, expect, test } from "vitest";
import { LANES_MAX, lanesOf, weave } from "./weave";

const item = (id: string, channel?: string, more: Partial<ThreadItem> = {}): ThreadItem => ({
  id,
  time: "2026-01-02T12:00:00Z",
  received: "2026-01-02T12:00:00Z",
  seq: 1,
  kind: channel === undefined ? "note" : "event",
  title: id,
  erased: false,
  ...(channel === undefined ? {} : { channel }),
  ...more,
});

const woven = (items: ThreadItem[], order: string[] = []) => weave(items, lanesOf(order, items));

describe("the thread", () => {
  test("runs from lane to lane with the customer", () => {
    const rows = woven([item("c", "email"), item("b", "web"), item("a", "web")], ["web", "email"]);
    expect(rows.map(({ lane, above }) => [lane, above])).toEqual([
      [1, undefined],
      [0, 1],
      [0, 0],
    ]);
  });

  test("keeps a note on the lane the customer was on when it was made", () => {
    const rows = woven(
      [item("e"), item("d", "email"), item("c"), item("b", "web"), item("a")],
      ["web", "email"],
    );
    expect(rows.map(({ lane }) => lane)).toEqual([1, 1, 0, 0, 0]);
  });

  test("lets rare channels share the last lane", () => {
    const channels = Array.from({ length: LANES_MAX + 3 }, (_, at) => `channel-${at}`);
    const lanes = lanesOf(channels, []);
    expect(Math.max(...lanes.values())).toBe(LANES_MAX - 1);
    expect(lanes.size).toBe(LANES_MAX + 3);
  });

  test("gives a channel that was not counted yet a lane of its own", () => {
    expect([...lanesOf(["web"], [item("a", "store")])]).toEqual([
      ["web", 0],
      ["store", 1],
    ]);
  });

  test("heads each day once", () => {
    const day = (time: string) => ({ time });
    const rows = woven([
      item("c", "web", day("2026-01-02T12:00:00Z")),
      item("b", "web", day("2026-01-02T11:00:00Z")),
      item("a", "web", day("2026-01-01T11:00:00Z")),
    ]);
    expect(rows.map(({ day }) => day !== undefined)).toEqual([true, false, true]);
  });

  test("says where a conversation came from, and only then", () => {
    const talk = { conversation: "cnv_1" };
    const rows = woven([
      item("d", "email", talk),
      item("c", "store"),
      item("b", "webchat", talk),
      item("a", "webchat", talk),
    ]);
    expect(rows.map(({ cameFrom }) => cameFrom)).toEqual(["webchat", undefined, undefined, undefined]);
  });
});
