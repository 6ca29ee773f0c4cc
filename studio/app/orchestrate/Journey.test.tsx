import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { makeWorld } from "../../mock/world";
import { open } from "../../test/open";

test("a journey is drawn with how many wait at each step, and a step can be chosen", async () => {
  const { user, at } = open("/journeys/add-on?view=drawing");
  const drawing = await screen.findByRole("region", { name: "Drawing of Add-on package" });
  const step = within(drawing).getByRole("button", { name: /Which day suits you\?/ });
  expect(step).toHaveAccessibleName(/79 here/);
  await user.click(step);
  const details = await screen.findByRole("region", { name: "Ask: ask-day" });
  expect(within(details).getByText("no answer for 3 d → give-up")).toBeVisible();
  expect(at()).toBe("/journeys/add-on?view=drawing&step=ask-day");
});

test("the list says the same in words, the definition is the file", async () => {
  const { user } = open("/journeys/add-on?view=list");
  await screen.findByText("no answer for 2 h → pick-up");
  expect(screen.getByText("88 here")).toBeVisible();
  await user.click(screen.getByRole("radio", { name: "Definition" }));
  await screen.findByText(/event: Add-on Requested/);
});

test("all journeys are listed with their figures", async () => {
  const { user, at } = open("/journeys");
  await user.click(await screen.findByRole("link", { name: "Add-on package" }));
  await waitFor(() => expect(at()).toBe("/journeys/add-on"));
});

test("no journeys says how to make one", async () => {
  const world = makeWorld();
  world.journeys = [];
  open("/journeys", { world });
  await screen.findByText("No journeys yet");
});
