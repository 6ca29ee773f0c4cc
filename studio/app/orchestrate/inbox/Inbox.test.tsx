import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { ADA_CONVERSATION } from "../../../mock/desk";
import { ADA } from "../../../mock/story";
import { open, problem } from "../../../test/open";
import { dueWords } from "./due";

const CHOSEN = `/inbox?customer=${ADA}&conversation=${ADA_CONVERSATION}`;

test("the inbox lists who waits, and whose is whose", async () => {
  const { user, at } = open("/inbox");
  await screen.findByText("3 conversations");
  expect(screen.getByText("Order 4711: damaged")).toBeVisible();
  await user.click(screen.getByRole("radio", { name: "Waiting" }));
  await screen.findByText("2 conversations");
  await waitFor(() => expect(at()).toBe("/inbox?view=waiting"));
  await user.selectOptions(screen.getByRole("combobox", { name: "Queue" }), "team-lead");
  await screen.findByText("Nobody waits");
});

test("an agent takes a conversation and answers it with an answer at hand", async () => {
  const { user, sent } = open(CHOSEN);
  await user.click(await screen.findByRole("button", { name: "Take" }));
  await screen.findByText("with Mara Quay");
  await user.click(await screen.findByRole("button", { name: "Answers at hand" }));
  expect(await screen.findByRole("menuitem", { name: /Customer card/ })).toBeDisabled();
  await user.click(screen.getByRole("menuitem", { name: "Greeting" }));
  const box = screen.getByRole("textbox", { name: "Your reply" });
  expect(box).toHaveValue("Hello Ada, I look into it right now.");
  await user.type(box, " One moment.");
  await user.click(screen.getByRole("button", { name: "Send" }));
  await waitFor(() => expect(box).toHaveValue(""));
  const bodies = await sent("/actions");
  expect(bodies[1]).toMatchObject({
    action: "reply",
    text: "Hello Ada, I look into it right now. One moment.",
  });
  expect(bodies[1].key).not.toBe("");
});

test("closing gives the journey its outcome and what it asks for", async () => {
  const { user, sent } = open(CHOSEN);
  await user.click(await screen.findByRole("button", { name: "Close" }));
  const dialog = await screen.findByRole("dialog", { name: "Close the conversation" });
  await user.selectOptions(within(dialog).getByRole("combobox", { name: "Outcome" }), "refund");
  await user.type(within(dialog).getByRole("textbox", { name: "Refund in euros" }), "20");
  await user.click(within(dialog).getByRole("button", { name: "Close it" }));
  await screen.findByRole("button", { name: "Reopen" });
  expect(await sent("/actions")).toEqual([{ action: "close", outcome: "refund", results: { refund: 20 } }]);
});

test("a private note is no reply", async () => {
  const { user, sent } = open(CHOSEN);
  await user.click(await screen.findByRole("radio", { name: "Private note" }));
  await user.type(screen.getByRole("textbox", { name: "Your note" }), "call the warehouse");
  await user.click(screen.getByRole("button", { name: "Keep the note" }));
  await waitFor(async () =>
    expect(await sent("/actions")).toEqual([{ action: "note", text: "call the warehouse" }]),
  );
});

test("what the server refuses is said, and nothing is lost", async () => {
  const refused = (request: Request) =>
    request.method === "POST"
      ? problem(409, "Not possible now", "ben has the conversation", "ask them, or assign it")
      : undefined;
  const { user } = open(CHOSEN, { instead: refused });
  await user.type(await screen.findByRole("textbox", { name: "Your reply" }), "Hello");
  await user.click(screen.getByRole("button", { name: "Send" }));
  await screen.findByText(/ben has the conversation/);
  expect(screen.getByRole("textbox", { name: "Your reply" })).toHaveValue("Hello");
});

test("an agent says that they are there", async () => {
  const { user, sent } = open("/inbox");
  await user.click(await screen.findByRole("switch", { name: "Available as Mara Quay" }));
  expect(await sent("/desk/presence")).toEqual([{ presence: "available" }]);
  await waitFor(() => expect(screen.getByRole("switch")).toBeChecked());
});

test("promises in words", () => {
  const now = Date.parse("2026-11-03T12:00:00Z");
  expect(dueWords("2026-11-03T12:25:00Z", false, now)).toBe("due in 25 min");
  expect(dueWords("2026-11-03T09:00:00Z", true, now)).toBe("3 h late");
  expect(dueWords("2026-11-06T12:00:00Z", false, now)).toBe("due in 3 d");
});

test("an article is chosen by the keyboard, put into the reply, or sent", async () => {
  const { user, sent } = open(CHOSEN);
  const articles = await screen.findByRole("list", { name: "Articles" });
  expect(within(articles).getByText("staff only")).toBeVisible();
  await user.click(screen.getByRole("textbox", { name: "Search the articles" }));
  await user.keyboard("{ArrowDown}{Enter}");
  const box = screen.getByRole("textbox", { name: "Your reply" });
  await waitFor(() => expect(box).toHaveValue("Send something back\n\nYou have 30 days."));
  expect(box).toHaveFocus();
  await user.click(screen.getByRole("textbox", { name: "Search the articles" }));
  await user.keyboard("{ArrowDown}{Control>}{Enter}{/Control}");
  await waitFor(async () => expect(await sent("/actions")).toHaveLength(1));
  const [body] = await sent("/actions");
  expect(body).toMatchObject({ action: "article", article: "returns", language: "en" });
});
