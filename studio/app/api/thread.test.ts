import { describe, expect, test } from "vitest";
import type { ThreadItem } from "./__generated__/schema";
import { type ThreadData, type ThreadFilter, withItems } from "./thread";

const ALL: ThreadFilter = { channels: [], kinds: [] };

const at = (minute: number, id: string, channel = "web"): ThreadItem => {
  const time = new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();
  return { id, time, received: time, seq: minute, channel, kind: "event", title: id, erased: false };
};

const pages = (...lists: ThreadItem[][]): ThreadData => ({
  pages: lists.map((items, index) => (index < lists.length - 1 ? { items, next: String(index) } : { items })),
  pageParams: lists.map(() => undefined),
});

const ids = (data: ThreadData): string[][] => data.pages.map(({ items }) => items.map(({ id }) => id));

describe("a live item", () => {
  const loaded = pages([at(9, "i"), at(7, "g")], [at(5, "e"), at(3, "c")]);

  test("comes first when it is the newest", () => {
    expect(ids(withItems(loaded, ALL, [at(10, "j")]))).toEqual([
      ["j", "i", "g"],
      ["e", "c"],
    ]);
  });

  test("that is late finds the place of its time", () => {
    expect(ids(withItems(loaded, ALL, [at(4, "d")]))).toEqual([
      ["i", "g"],
      ["e", "d", "c"],
    ]);
  });

  test("between two pages stands in the later one", () => {
    expect(ids(withItems(loaded, ALL, [at(6, "f")]))).toEqual([
      ["i", "g"],
      ["f", "e", "c"],
    ]);
  });

  test("that is known replaces what was there", () => {
    const changed = withItems(loaded, ALL, [{ ...at(7, "g"), title: "sent" }]);
    expect(ids(changed)).toEqual(ids(loaded));
    expect(changed.pages[0]?.items[1]?.title).toBe("sent");
  });

  test("older than all that is loaded waits for its page", () => {
    const open: ThreadData = { pages: [{ items: [at(9, "i")], next: "more" }], pageParams: [undefined] };
    expect(ids(withItems(open, ALL, [at(1, "a")]))).toEqual([["i"]]);
  });

  test("stays out where the filter does not ask for it", () => {
    const filter = { channels: ["email"], kinds: [] };
    expect(ids(withItems(loaded, filter, [at(10, "j", "web"), at(11, "k", "email")]))).toEqual([
      ["k", "i", "g"],
      ["e", "c"],
    ]);
    expect(ids(withItems(loaded, { channels: [], kinds: ["note"] }, [at(10, "j")]))).toEqual(ids(loaded));
  });

  test("begins an empty thread", () => {
    expect(ids(withItems(pages([]), ALL, [at(1, "a")]))).toEqual([["a"]]);
  });
});
