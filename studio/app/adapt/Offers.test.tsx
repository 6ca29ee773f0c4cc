import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { open, problem } from "../../test/open";

const titles = () =>
  within(screen.getByRole("list", { name: "Offers" }))
    .getAllByRole("heading", { level: 2 })
    .map((heading) => heading.textContent);

test("offers say what is left of them and how they go", async () => {
  open("/offers");
  const list = await screen.findByRole("list", { name: "Offers" });
  expect(screen.getByText("3 offers")).toBeVisible();
  const lampRow = within(list).getByText("A Feuer lamp with a sofa").closest("li");
  expect(lampRow).toHaveTextContent("12 of 200 left, 181 taken, 7 held back, 3 accepted in vain");
  const careRow = within(list)
    .getByText(/first year at half price/)
    .closest("li");
  expect(careRow).toHaveTextContent("accepted21414.2%");
  expect(careRow).toHaveTextContent("effect, points+8.8+0.2 to +14.1");
  expect(careRow).toHaveTextContent("valid now");
  expect(careRow).not.toHaveTextContent("left");
});

test("offers are found by words and placement, and put in order", async () => {
  const { user, at } = open("/offers");
  await screen.findByText("3 offers");
  await user.type(screen.getByLabelText("Find"), "half price for");
  expect(await screen.findByText("1 offer")).toBeVisible();
  await waitFor(() => expect(at()).toContain("q=half"));
  await user.clear(screen.getByLabelText("Find"));
  expect(await screen.findByText("3 offers")).toBeVisible();
  await user.click(screen.getByRole("combobox", { name: "Order" }));
  await user.click(await screen.findByRole("option", { name: "Accepted most" }));
  await waitFor(() => expect(titles()[0]).toBe("A Feuer lamp with a sofa"));
  await user.click(screen.getByRole("combobox", { name: "Placement" }));
  await user.click(await screen.findByRole("option", { name: "agent" }));
  expect(await screen.findByText("2 offers")).toBeVisible();
  expect(titles()).not.toContain("A Feuer lamp with a sofa");
});

test("words that no offer has say so", async () => {
  open("/offers?q=nothing-of-the-sort");
  expect(await screen.findByText("No offer is like that")).toBeVisible();
});

test("a workspace without offers is told how to begin", async () => {
  open("/offers", { instead: ({ url }) => (url.endsWith("/offers") ? Response.json([]) : undefined) });
  expect(await screen.findByText("No offers yet")).toBeVisible();
});

test("a refusal shows its remedy", async () => {
  const refusal = problem(403, "Forbidden", "The token may not.", "Ask for catalogue_read.");
  open("/offers", { instead: ({ url }) => (url.endsWith("/offers") ? refusal : undefined) });
  expect(await screen.findByText("Ask for catalogue_read.")).toBeVisible();
});

test("one offer shows its conditions, where customers fell out, and what it does", async () => {
  open("/offers/care-first-year");
  expect(await screen.findByRole("heading", { level: 1, name: /first year at half price/ })).toBeVisible();
  expect(screen.getByText('count("Order Completed") >= 1')).toBeVisible();
  const funnel = screen.getByRole("table", { name: "Where customers fell out" });
  const row = within(funnel)
    .getByRole("rowheader", { name: /Not eligible/ })
    .closest("tr");
  expect(row).toHaveTextContent(/3104021,440$/);
  const chosen = within(funnel)
    .getByRole("rowheader", { name: /^Chosen/ })
    .closest("tr");
  expect(chosen).toHaveTextContent(/1,1801,6401,180$/);
  expect(screen.getByText("+8.8 percentage points")).toBeVisible();
  expect(screen.getByText(/More reach the goal than by chance alone/)).toBeVisible();
});

test("an offer's decisions lead to why they were made", async () => {
  open("/offers/care-first-year");
  const list = await screen.findByRole("list", { name: "Last decisions" });
  const [first, second] = within(list).getAllByRole("listitem");
  expect(first).toHaveTextContent("rank 15.80, probability 95%");
  expect(second).toHaveTextContent("Not suitable");
  expect(within(list).getByRole("link", { name: /Why\? *Ada Lovelace/ })).toHaveAttribute(
    "href",
    "/customers/cus_000000000002a?tab=journeys&decision=dec_0000000000200",
  );
  expect(screen.getByText(/1 decision of customers who were erased is not told/)).toBeVisible();
});

test("an offer that nobody was considered for says so", async () => {
  open("/offers/donaudampfschifffahrtselektrizitaetenhauptbetriebswerk");
  expect(await screen.findByText(/No decision about one of its placements/)).toBeVisible();
  expect(screen.getByText("ended")).toBeVisible();
});

test("an offer that is not there says so", async () => {
  open("/offers/nothing");
  expect(await screen.findByText("There is no offer `nothing`.")).toBeVisible();
});

test("figures follow what the server tells, without being asked for", async () => {
  const { world } = open("/offers/free-lamp");
  const before = await screen.findByText(/of 200 left/);
  expect(before).toHaveTextContent("12 of 200 left");
  const lamp = world.adapt.get("free-lamp");
  lamp.left = 11;
  act(() => world.tell({ type: "offers" }));
  await waitFor(() => expect(screen.getByText(/of 200 left/)).toHaveTextContent("11 of 200 left"));
});
