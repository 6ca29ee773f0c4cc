import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { ADA_CONVERSATION } from "../../../mock/desk";
import { NO_ORDERS } from "../../../mock/orders";
import { ADA } from "../../../mock/story";
import { open, problem } from "../../../test/open";

const ORDERS = `/customers/${ADA}?tab=orders`;
const asksOrders = (request: Request) => new URL(request.url).pathname.endsWith("/orders");

test("an order shows its lines, what is wrong with them, and where each fact came from", async () => {
  const { user, at } = open(ORDERS);
  const order = await screen.findByRole("region", { name: "Order PW-1001" });
  expect(within(order).getByText("Lagune pool")).toBeVisible();
  const cover = within(order).getByRole("row", { name: /reinforced/ });
  expect(within(cover).getByText("comes back")).toBeVisible();
  expect(within(cover).getByText("The cover is torn")).toBeVisible();
  expect(within(order).getAllByText("Marketplace · poolworld")[0]).toBeVisible();
  const shipments = within(order).getByRole("region", { name: "Shipments" });
  expect(within(shipments).getByText("00340434161094021501")).toBeVisible();
  expect(within(shipments).getByText("Server")).toBeVisible();
  expect(screen.getByText(/^Marketing waits until complaint C-3/)).toBeVisible();
  expect(screen.getByText("Prefers delivery on Mondays")).toBeVisible();

  await user.click(within(screen.getByRole("navigation", { name: "Orders" })).getByText("4711"));
  await screen.findByRole("region", { name: "Order 4711" });
  await waitFor(() => expect(at()).toMatch(/order=.*4711/));
});

test("a customer without orders is told what would bring some", async () => {
  open(ORDERS, {
    instead: (request) => (asksOrders(request) ? Response.json(NO_ORDERS) : undefined),
  });
  await screen.findByText("No orders yet");
});

test("orders that cannot be read say so", async () => {
  open(ORDERS, {
    instead: (request) =>
      asksOrders(request)
        ? problem(500, "It broke", "The state cannot be read.", "Look at the log.")
        : undefined,
  });
  await screen.findByText("It broke");
});

test("beside a conversation stands what is open", async () => {
  open(`/inbox?customer=${ADA}&conversation=${ADA_CONVERSATION}`);
  const open_orders = await screen.findByRole("region", { name: "Open orders" });
  expect(within(open_orders).getByText("PW-1001")).toBeVisible();
  expect(within(open_orders).queryByText("4711")).toBeNull();
  expect(within(screen.getByRole("region", { name: "Open complaints" })).getByText("C-3")).toBeVisible();
});
