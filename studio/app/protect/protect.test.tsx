import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { makeWorld } from "../../mock/world";
import { open } from "../../test/open";
import { pretty } from "./Quarantine";

test("the balance shows every source and that it adds up", async () => {
  open("/balance");
  await screen.findByText("Every source adds up.");
  const source = screen.getByRole("heading", { name: "Web shop" }).closest("li");
  expect(source).toHaveTextContent("3,913,646");
  expect(source).toHaveTextContent("adds up");
});

test("a source that does not add up is an alarm", async () => {
  const world = makeWorld();
  for (const source of world.balance.slice(0, 1)) source.adds_up = false;
  open("/balance", { world });
  expect(await screen.findByRole("alert")).toHaveTextContent("A source does not add up");
  expect(screen.getByText("does not add up")).toBeVisible();
});

test("a new source gives its write key once", async () => {
  const { user, sent } = open("/balance");
  await user.click(await screen.findByRole("button", { name: "Add a source" }));
  const dialog = await screen.findByRole("dialog", { name: "Add a source" });
  await user.type(within(dialog).getByRole("textbox", { name: /Name/ }), "Till 4");
  await user.click(within(dialog).getByRole("button", { name: "Add the source" }));
  await screen.findByText("wk_3f9a8c2b71d04e5f");
  expect(await sent("/sources")).toEqual([{ name: "Till 4", channel: "web" }]);
});

test("a quarantined event can be replayed, and one that is still wrong stays", async () => {
  const { user } = open("/quarantine");
  await screen.findByText("3 events to look at");
  const [first, second] = screen.getAllByRole("button", { name: "Replay" });
  if (first === undefined || second === undefined) throw new Error("two events can be replayed");
  await user.click(second);
  await screen.findByText(/Event 2 is still not right/);
  await user.click(first);
  await screen.findByText(/Event 3 was replayed and taken/);
  await screen.findByText("2 events to look at");
});

test("discarding empties the quarantine", async () => {
  const world = makeWorld();
  world.quarantine.splice(1);
  const { user } = open("/quarantine", { world });
  await user.click(await screen.findByRole("button", { name: "Discard" }));
  await screen.findByText("Nothing is quarantined");
});

test("what was sent is shown readably, whatever it is", () => {
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty("00004,19970230")).toBe("00004,19970230");
});

test("uncertain effects stand apart, with what is known about them", async () => {
  const { user, at } = open("/effects");
  await screen.findByText("2 effects");
  await user.click(screen.getByRole("radio", { name: "Uncertain" }));
  await screen.findByText("1 effect");
  expect(screen.getByText(/The connection to the mail server broke/)).toBeVisible();
  await waitFor(() => expect(at()).toBe("/effects?state=uncertain"));
  await user.click(screen.getByRole("radio", { name: "Failed" }));
  await screen.findByText("No effect is failed");
});
