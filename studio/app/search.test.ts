import { expect, test } from "vitest";
import * as search from "./search";

test("what an address may not hold is left out", () => {
  expect(search.customer({ tab: "secrets", channel: "web,email", kind: 7 })).toEqual({
    tab: undefined,
    channel: "web,email",
    kind: "7",
    as_of: undefined,
  });
  expect(search.effects({ state: "done" })).toEqual({ state: undefined });
  expect(search.customers({ q: "", segment: ["a"] })).toEqual({ q: undefined, segment: undefined });
});

test("signing in leads only to pages of the studio", () => {
  expect(search.signIn({ to: "/customers?q=ada" }).to).toBe("/customers?q=ada");
  for (const to of [
    "//elsewhere.example",
    "/\\elsewhere.example",
    "https://elsewhere.example",
    "javascript:alert(1)",
  ]) {
    expect(search.signIn({ to }).to).toBeUndefined();
  }
});
