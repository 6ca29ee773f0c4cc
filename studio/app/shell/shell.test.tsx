import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { TOKEN } from "../../mock/answer";
import { open } from "../../test/open";

test("without a token every page leads to the sign-in and back", async () => {
  const { user, at } = open("/segments", { signedIn: false });
  const field = await screen.findByLabelText("Admin token");
  expect(at()).toBe("/sign-in?to=%2Fsegments");
  await user.type(field, "wrong");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Sign in with the admin token.");
  expect(sessionStorage.length).toBe(0);
  await user.clear(field);
  await user.type(field, ` ${TOKEN} `);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByRole("heading", { name: "Segments", level: 1 });
  expect(at()).toBe("/segments");
});

test("signing out forgets the token", async () => {
  const { user, at } = open("/segments");
  await user.click(await screen.findByRole("button", { name: "Sign out" }));
  await waitFor(() => expect(at()).toBe("/sign-in"));
  expect(sessionStorage.length).toBe(0);
});

test("the navigation says where one is, and the demo's page is there only in the demo", async () => {
  const { world } = open("/journeys");
  await screen.findByRole("link", { name: "Customer's devices" });
  expect(screen.getByRole("link", { name: "Journeys" })).toHaveAttribute("aria-current", "page");
  expect(screen.getByRole("link", { name: "Customers" })).not.toHaveAttribute("aria-current");
  expect(world.me.demo).toBe(true);
});

test("an address that leads nowhere says so", async () => {
  open("/nowhere");
  await screen.findByText("There is no such page");
});

test("a lost connection is shown", async () => {
  open("/segments", {
    instead: (request) => (request.url.includes("/live") ? new Response("", { status: 502 }) : undefined),
  });
  await screen.findByText("Connection lost, trying again");
});
