import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { ADA, ago, item } from "../../mock/story";
import { makeWorld } from "../../mock/world";
import { open, problem } from "../../test/open";

const thread = () => screen.findByRole("list", { name: "Thread, newest first" });

test("the thread tells what happened on every channel, and why a message was held back", async () => {
  open(`/customers/${ADA}`);
  const list = await thread();
  expect(within(list).getByText("Call Ended")).toBeVisible();
  expect(within(list).getByText(/No consent for marketing by e-mail: never asked/)).toBeVisible();
  expect(within(list).getByText("Unknown whether it was sent")).toBeVisible();
  expect(within(list).getByText("continues from Web chat")).toBeVisible();
  await waitFor(() => expect(document.title).toBe("Ada Lovelace · Throughline"));
});

test("filters leave only what was chosen, and stand in the address", async () => {
  const { user, at } = open(`/customers/${ADA}`);
  await thread();
  await user.click(screen.getByRole("button", { name: /^Store/ }));
  await waitFor(() => expect(screen.queryByText("Call Ended")).toBeNull());
  expect(within(await thread()).getByText("Order Completed")).toBeVisible();
  expect(at()).toBe(`/customers/${ADA}?channel=store`);
  await user.click(screen.getByRole("button", { name: "Messages" }));
  await screen.findByText("Nothing of that kind");
  await user.click(screen.getByRole("button", { name: "Show all" }));
  await screen.findByText("Call Ended");
});

test("what happens now appears without asking", async () => {
  const { world } = open(`/customers/${ADA}`);
  await thread();
  await screen.findByText("Live");
  world.happen(ADA, item(0, { kind: "event", channel: "app", title: "Cart Opened" }));
  await within(await thread()).findByText("Cart Opened");
  world.happen(ADA, item(0, { kind: "event", channel: "app", title: "Cart Closed" }));
  await screen.findByText("Newest: Cart Closed");
});

test("beside the thread stands where the customer is and what is still open", async () => {
  open(`/customers/${ADA}`);
  const now = await screen.findByRole("complementary", { name: "Where the customer is" });
  expect(within(now).getByText(/Waits for an answer to “Which day suits you\?”/)).toBeVisible();
  expect(within(now).getByText("3 of 4 answered")).toBeVisible();
});

test("an id that was merged away leads to the customer that lives on", async () => {
  const world = makeWorld();
  const { profile } = world;
  world.profile = (id) => (id === "cus_old" ? { ...profile(ADA), id, forwarded_to: ADA } : profile(id));
  const { at } = open("/customers/cus_old?tab=profile", { world });
  await waitFor(() => expect(at()).toBe(`/customers/${ADA}?tab=profile`));
});

test("an unknown customer says so", async () => {
  open("/customers/cus_nobody");
  await screen.findByText("There is no customer `cus_nobody`.");
  expect(screen.getByText(/Go back to the list/)).toBeVisible();
});

test("a profile can be seen as it was known at a time", async () => {
  const asked: (string | null)[] = [];
  const instead = (request: Request) => {
    const url = new URL(request.url);
    if (url.pathname.endsWith(ADA)) asked.push(url.searchParams.get("as_of"));
    return undefined;
  };
  const time = ago(60 * 24);
  const { user, at } = open(`/customers/${ADA}?tab=profile&as_of=${encodeURIComponent(time)}`, { instead });
  await screen.findByText(/This is what was known at/);
  expect(asked).toContain(time);
  await user.click(screen.getByRole("button", { name: "Back to now" }));
  await waitFor(() => expect(at()).toBe(`/customers/${ADA}?tab=profile`));
  expect(screen.getByText("Too short for a phone number in Germany.")).toBeVisible();
});

test("strands are folded apart only after both sides were shown", async () => {
  const { user, sent } = open(`/customers/${ADA}?tab=identity`);
  await screen.findByText(/One purchase at the till named the loyalty card/);
  const button = screen.getByRole("button", { name: /^Fold apart/ });
  expect(button).toHaveAttribute("aria-disabled", "true");
  expect(button).toHaveAccessibleName(/Choose the strands that belong to somebody else/);
  await user.click(screen.getByRole("checkbox", { name: /Choose E-mail ada@example.com/ }));
  await user.click(screen.getByRole("button", { name: "Fold apart" }));
  const dialog = await screen.findByRole("dialog", { name: "Fold these strands apart" });
  expect(within(dialog).getByText(/E-mail ada@example.com, 9 events/)).toBeVisible();
  await user.click(within(dialog).getByRole("button", { name: "Fold apart" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(await sent("/unmerge")).toEqual([{ strands: ["str_3"] }]);
});

test("a refused unmerge says why and keeps the choice", async () => {
  const instead = (request: Request) =>
    request.url.endsWith("/unmerge")
      ? problem(409, "Changed", "The strand moved on meanwhile.", "Look at the graph again.")
      : undefined;
  const { user } = open(`/customers/${ADA}?tab=identity`, { instead });
  await user.click(await screen.findByRole("checkbox", { name: /Choose E-mail/ }));
  await user.click(screen.getByRole("button", { name: "Fold apart" }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("button", { name: "Fold apart" }));
  await within(dialog).findByText(/The strand moved on meanwhile. Look at the graph again./);
});

test("erasing needs the id typed, and gives a receipt", async () => {
  const { user, sent, at } = open(`/customers/${ADA}`);
  await user.click(await screen.findByRole("button", { name: "Erase" }));
  const dialog = await screen.findByRole("dialog", { name: "Erase this customer" });
  const erase = within(dialog).getByRole("button", { name: "Erase for ever" });
  expect(erase).toBeDisabled();
  const field = within(dialog).getByRole("textbox");
  await user.type(field, "cus_wrong");
  expect(erase).toBeDisabled();
  await user.clear(field);
  await user.type(field, ADA);
  await user.click(erase);
  await screen.findByText(/4 keys of/);
  expect(await sent("/erase")).toEqual([{ confirm: ADA }]);
  await user.click(screen.getByRole("button", { name: "Back to the customers" }));
  await waitFor(() => expect(at()).toBe("/customers"));
});

test("what the token may not do is disabled, with the reason", async () => {
  const world = makeWorld();
  world.me.permissions = ["customers_read", "journeys_read"];
  const { user } = open(`/customers/${ADA}`, { world });
  const button = await screen.findByRole("button", { name: /^Erase/ });
  await waitFor(() => expect(button).toHaveAccessibleName(/does not have the permission customers_erase/));
  await user.click(button);
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("runs show the way they took and lead to the drawing", async () => {
  open(`/customers/${ADA}?tab=journeys`);
  const history = await screen.findByRole("list", { name: "How it got there" });
  expect(within(history).getByText("“Which order” was known from the page: 4711. Not asked.")).toBeVisible();
  expect(screen.getByRole("link", { name: "See it in the journey" })).toHaveAttribute(
    "href",
    "/journeys/add-on?step=ask-day",
  );
});

test("why not is answered for a journey, with what each event was to it", async () => {
  const { user, at } = open(`/customers/${ADA}?tab=journeys`);
  await user.click(await screen.findByRole("combobox", { name: "Journey" }));
  const [first] = await screen.findAllByRole("option");
  if (first === undefined) throw new Error("no journey to choose");
  await user.click(first);
  const events = await screen.findByRole("list", { name: "Each event, looked at anew" });
  expect(within(events).getByText("does not start")).toBeVisible();
  expect(within(events).getByText(/event\.properties\.total was 120/)).toBeVisible();
  expect(at()).toMatch(/tab=journeys&why=/);
});
