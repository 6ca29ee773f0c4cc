/** Every page in a real browser: accessible, inside the window, asking nobody else, in both schemes and widths. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Look, overflow, Stage, violations } from "./stage";

/** Each page, and a text that is there when it is ready. */
const PAGES: [string, string][] = [
  ["/customers", "10,000 customers"],
  ["/customers?q=zzzz", "Nobody is found"],
  ["/customers/cus_000000000002a", "Call Ended"],
  ["/customers/cus_000000000002a?tab=profile", "Hafenstraße 7"],
  ["/customers/cus_000000000002a?tab=identity", "Why they belong together"],
  ["/customers/cus_000000000002a?tab=journeys", "3 of 4 answered"],
  ["/customers/cus_000000000002a?tab=orders", "Order PW-1001"],
  ["/customers/cus_000000000001b", "Wolfeschlegelstein"],
  ["/customers/cus_nobody", "There is no customer"],
  ["/segments", "Regulars"],
  ["/journeys", "Add-on package"],
  ["/journeys/add-on?view=drawing&step=ask-day", "Ask: ask-day"],
  ["/journeys/add-on?view=list", "no answer for 2 h"],
  ["/journeys/add-on?view=definition", "event: Add-on Requested"],
  ["/offers", "A Feuer lamp with a sofa"],
  ["/offers/care-first-year", "percentage points"],
  ["/offers/free-lamp", "It has no goal"],
  ["/prices", "Thank you for staying"],
  ["/balance", "Every source adds up"],
  ["/quarantine", "3 events to look at"],
  ["/effects", "2 effects"],
  ["/catalogue", "segments/regulars.yaml"],
  ["/devices?customer=cus_000000000002a", "Call Ended"],
  ["/knowledge?q=send", "Send something back"],
  ["/knowledge/returns", "How it goes"],
  ["/nowhere", "There is no such page"],
];

/** Widths change the layout and schemes the colours; these two looks see both of each. */
const LOOKS: Look[] = [
  { width: 1280, scheme: "light" },
  { width: 390, scheme: "dark" },
];

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.build();
});
afterAll(() => stage.strike());

describe.each(LOOKS)("at $width pixels in $scheme colours", (look) => {
  test.each(PAGES)("%s", async (path, ready) => {
    const { page, complaints, close } = await stage.open(path, look);
    await page.getByText(ready).first().waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await page.title()).toMatch(/.+ · Throughline$/);
    await close();
  });
});
