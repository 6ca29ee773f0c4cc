import { describe, expect, test } from "vitest";
import { channelLook } from "./channel";
import { compact, momentsApart, namespaceName, plainValue, plural, relative, words } from "./format";

const NOW = Date.parse("2026-06-15T12:00:00Z");

describe("what people read", () => {
  test("distances in time", () => {
    expect(relative("2026-06-15T11:59:40Z", NOW)).toBe("just now");
    expect(relative("2026-06-15T11:57:00Z", NOW)).toBe("3 minutes ago");
    expect(relative("2026-06-15T14:00:00Z", NOW)).toBe("in 2 hours");
    expect(relative("2026-06-14T11:00:00Z", NOW)).toBe("yesterday");
  });

  test("moments within sentences", () => {
    const held = "marketing waits until complaint C-7, open since 2026-06-15T12:00:00.250Z, is solved";
    expect(momentsApart(held)).toEqual([
      { part: "marketing waits until complaint C-7, open since ", isTime: false },
      { part: "2026-06-15T12:00:00.250Z", isTime: true },
      { part: ", is solved", isTime: false },
    ]);
    expect(momentsApart("it was 2026-06-15T12:00:00Z")[1]).toEqual({
      part: "2026-06-15T12:00:00Z",
      isTime: true,
    });
    expect(momentsApart("on 2026-06-15 nothing came")).toHaveLength(1);
    expect(momentsApart("")).toEqual([]);
  });

  test("numbers", () => {
    expect(plural(1, "event")).toBe("1 event");
    expect(plural(1204, "event")).toBe("1,204 events");
    expect(compact(9_999)).toBe("9,999");
    expect(compact(1_204_331)).toBe("1.2M");
  });

  test("values of every shape", () => {
    expect([null, undefined, true, 1204, 19.5, "tv"].map(plainValue)).toEqual([
      "–",
      "–",
      "yes",
      "1,204",
      "19.5",
      "tv",
    ]);
    expect(plainValue(["a", 2])).toBe("a, 2");
    expect(plainValue({ city: "Hamburg", floors: { from: 1 } })).toBe("city: Hamburg, floors: from: 1");
    expect(plainValue([{ a: 1 }])).toBe('[{"a":1}]');
  });

  test("names", () => {
    expect(words("preferred_language")).toBe("Preferred language");
    expect(words("orderId")).toBe("Order id");
    expect(namespaceName("external/loyalty")).toBe("loyalty");
    expect(channelLook("marketplace/acme").label).toBe("Marketplace · acme");
    expect(channelLook("carrier-pigeon")).toEqual({
      label: "Carrier-pigeon",
      icon: "message",
      colour: "var(--channel-other)",
    });
  });
});
