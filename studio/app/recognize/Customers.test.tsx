import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { makeWorld } from "../../mock/world";
import { open, problem } from "../../test/open";
import { nextRow } from "./CustomerList";

const rows = async () => within(await screen.findByRole("list", { name: "Customers" })).findAllByRole("link");

test("the search finds by a part of any identifier and keeps itself in the address", async () => {
  const { user, at } = open("/customers");
  await user.type(await screen.findByRole("searchbox", { name: "Search customers" }), "hl-0099");
  await screen.findByText("1 customer for “hl-0099”");
  expect((await rows()).map((row) => row.getAttribute("href"))).toEqual(["/customers/cus_000000000002a"]);
  expect(at()).toBe("/customers?q=hl-0099");
});

test("the list of ten thousand holds only the rows in sight", async () => {
  open("/customers");
  await screen.findByText("10,000 customers");
  expect((await rows()).length).toBeLessThan(60);
});

test("arrow keys go from the search into the list and back, Enter opens", async () => {
  const { user, at } = open("/customers?q=ada");
  const list = await rows();
  await user.click(screen.getByRole("searchbox"));
  await user.keyboard("{ArrowDown}");
  await waitFor(() => expect(list[0]).toHaveFocus());
  await user.keyboard("{ArrowUp}");
  expect(screen.getByRole("searchbox")).toHaveFocus();
  await user.keyboard("{ArrowDown}");
  await waitFor(() => expect(list[0]).toHaveFocus());
  await user.keyboard("{Enter}");
  await waitFor(() => expect(at()).toBe("/customers/cus_000000000002a"));
});

test("keys stay inside the list", () => {
  expect(nextRow("ArrowDown", 4, 5)).toBe(4);
  expect(nextRow("ArrowUp", 0, 5)).toBe(-1);
  expect(nextRow("End", 0, 5)).toBe(4);
  expect(nextRow("PageUp", 3, 5)).toBe(0);
  expect(nextRow("x", 0, 5)).toBeUndefined();
});

test("a segment narrows the list, and can be taken away again", async () => {
  const { user, at } = open("/customers?segment=hamburg");
  await screen.findByText("2 customers");
  await user.click(screen.getByRole("button", { name: "Show customers outside hamburg too" }));
  await screen.findByText("10,000 customers");
  expect(at()).toBe("/customers");
});

test("nobody found says what can be searched", async () => {
  open("/customers?q=zzzz");
  await screen.findByText("Nobody is found for “zzzz”");
});

test("an empty workspace says how customers come in", async () => {
  const world = makeWorld();
  world.customers.splice(0);
  open("/customers", { world });
  await screen.findByText("No customers yet");
});

test("a problem shows its remedy and can be tried again", async () => {
  let broken = true;
  const instead = (request: Request) =>
    broken && request.url.includes("/customers?")
      ? problem(503, "Busy", "The shard is catching up.", "Wait a moment.")
      : undefined;
  const { user } = open("/customers", { instead });
  await screen.findByText("The shard is catching up.");
  expect(screen.getByText("Wait a moment.")).toBeVisible();
  broken = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText("10,000 customers");
});
