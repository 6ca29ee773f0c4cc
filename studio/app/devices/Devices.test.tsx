import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { ADA } from "../../mock/story";
import { makeWorld } from "../../mock/world";
import { open, problem } from "../../test/open";
import { signedInAs } from "./App";
import { DeviceStorage } from "./shop/storage";
import { announced, continuation } from "./shopAddress";

test("a link of a mail goes on in the browser at work", async () => {
  const { user } = open("/devices");
  expect(await screen.findByTitle("Shop in browser at home")).toBeVisible();
  expect(screen.queryByTitle("Shop in browser at work")).toBeNull();
  await user.click(await screen.findByRole("button", { name: /Go on in the chat/ }));
  const shop = await screen.findByTitle("Shop in browser at work");
  expect(shop.getAttribute("src")).toContain("tl_continue=9f2");
  expect(shop.getAttribute("src")).toContain("device=work");
});

test("a tab can be closed and opened again", async () => {
  const { user } = open("/devices");
  await user.click(await screen.findByRole("button", { name: "Close the tab" }));
  expect(screen.queryByTitle(/Shop in/)).toBeNull();
  const [home] = screen.getAllByRole("button", { name: "Open the shop" });
  if (home === undefined) throw new Error("a closed browser can be opened");
  await user.click(home);
  expect(screen.getByTitle("Shop in browser at home")).toBeVisible();
});

test("a mail is read and answered", async () => {
  const { user, sent } = open("/devices");
  const mail = await screen.findByRole("region", { name: "Mail" });
  await user.type(await within(mail).findByRole("textbox", { name: /Reply to/ }), "Third floor");
  await user.click(within(mail).getByRole("button", { name: "Send the reply" }));
  await within(mail).findByText("Re: You were adding assembly, two questions left");
  expect(await sent("/demo/mailbox/reply")).toEqual([{ message: "mail-1", text: "Third floor" }]);
});

test("the visitor that a browser announces is followed", async () => {
  const { at } = open("/devices");
  await screen.findByText("Nobody yet");
  const data = { device: "home", anonymousId: "7f3a2c1e-5b0d-4a7c-9f1e-02c7d1b8a6e4" };
  window.dispatchEvent(new MessageEvent("message", { data, origin: window.location.origin }));
  await screen.findByRole("heading", { name: "Ada Lovelace" });
  await waitFor(() => expect(at()).toBe(`/devices?customer=${ADA}`));
});

test("only this origin can announce a visitor", () => {
  const data = { anonymousId: "a1" };
  expect(
    announced(new MessageEvent("message", { data, origin: "https://elsewhere.example" })),
  ).toBeUndefined();
  expect(
    announced(new MessageEvent("message", { data: "a1", origin: window.location.origin })),
  ).toBeUndefined();
  expect(announced(new MessageEvent("message", { data, origin: window.location.origin }))).toBe("a1");
});

test("only a link that continues a conversation opens a browser", () => {
  expect(continuation("http://127.0.0.1/chat?tl_continue=t1")).toBe("t1");
  expect(continuation("https://shop.example/unsubscribe")).toBeUndefined();
  expect(continuation("http://[")).toBeUndefined();
});

test("two devices do not see each other's storage", () => {
  const disk = new Map<string, string>();
  const [home, work] = [new DeviceStorage(disk, "home"), new DeviceStorage(disk, "work")];
  home.setItem("id", "a");
  expect(work.getItem("id")).toBeNull();
  work.setItem("id", "b");
  work.removeItem("id");
  expect(home.getItem("id")).toBe("a");
});

test("outside the demo the page says why it is empty", async () => {
  const world = makeWorld();
  world.devices = { ...world.devices, available: false, why_not: "This server was not started as a demo." };
  open("/devices", { world });
  await screen.findByText("This server was not started as a demo.");
});

test("a text message is read with its parts and answered", async () => {
  const { user, sent } = open("/devices");
  const telephone = await screen.findByRole("region", { name: "Telephone" });
  await within(telephone).findByText(/Hello Łucja/);
  expect(within(telephone).getByText(/4 parts, UCS-2 · receipt taken/)).toBeVisible();
  expect(within(telephone).queryByText("For somebody else")).toBeNull();
  await user.type(within(telephone).getByRole("textbox", { name: "Text message" }), "Friday{Enter}");
  await within(telephone).findByText("Friday");
  await user.click(within(telephone).getByRole("button", { name: "Write STOP" }));
  await within(telephone).findByText("STOP");
  const number = "+4915112345678";
  expect(await sent("/demo/telephone")).toEqual([
    { number, text: "Friday" },
    { number, text: "STOP" },
  ]);
});

test("another telephone shows its own messages", async () => {
  open("/devices?number=%2B4915112345655");
  const telephone = await screen.findByRole("region", { name: "Telephone" });
  await within(telephone).findByText("For somebody else");
  expect(within(telephone).getByText(/receipt on its way/)).toBeVisible();
  expect(within(telephone).queryByText(/Hello Łucja/)).toBeNull();
});

test("a text message that is not carried says why", async () => {
  const instead = (request: Request) =>
    request.method === "POST" && request.url.endsWith("/demo/telephone")
      ? problem(409, "Conflict", "the business is not connected to the carrier", "Try again.")
      : undefined;
  const { user } = open("/devices", { instead });
  const telephone = await screen.findByRole("region", { name: "Telephone" });
  await user.click(await within(telephone).findByRole("button", { name: "Write STOP" }));
  await within(telephone).findByText(/the business is not connected/);
});

test("a letter is read here, and its paper can be opened", async () => {
  open("/devices");
  const box = await screen.findByRole("region", { name: "Letter box" });
  await within(box).findByText("Your furniture insurance: the receipt is missing");
  expect(within(box).getByText(/please add a photograph/)).toBeVisible();
  expect(within(box).getByText(/Hafenstraße 7/)).toBeVisible();
  expect(within(box).getByRole("link", { name: "Open the PDF" })).toHaveAttribute(
    "href",
    "/api/v1/demo/letters/secret-91",
  );
});

test("an empty telephone and an empty letter box say what would come", async () => {
  const world = makeWorld();
  world.texts = [];
  world.letters = [];
  open("/devices", { world });
  await screen.findByText(/No message yet/);
  await screen.findByText(/No letter yet/);
});

test("what was begun elsewhere goes on in the app, typed and tapped", async () => {
  const { user, sent } = open(`/devices?customer=${ADA}`);
  const app = await screen.findByRole("region", { name: "App" });
  await within(app).findByText("What is it worth, in pounds?");
  expect(within(app).getByText("sofa")).toBeVisible();
  expect(within(app).getByText("A year of care, on us")).toBeVisible();
  await user.type(within(app).getByRole("textbox", { name: "what it is worth" }), "2400{Enter}");
  await user.click(await within(app).findByRole("button", { name: "Flat" }));
  await within(app).findByText("Waits for “Document Received”.");
  const conversation = "conv_00000000000000000000000017";
  const said = { identifiers: { email: "ada@example.com" }, channel: "app", conversation };
  expect(await sent("/v1/context/answer")).toMatchObject([
    { ...said, text: "2400" },
    { ...said, text: "Flat" },
  ]);
  const asked = (await sent("/v1/context")).filter(({ channel }) => channel === "app");
  expect(asked[0]).toMatchObject({ placements: ["home"], record: false });
});

test("an answer that got lost and is given again is the same one", async () => {
  let lost = 1;
  const instead = ({ url }: Request) =>
    url.endsWith("/v1/context/answer") && lost-- > 0
      ? problem(503, "Unavailable", "the server is stopping", "Try again.")
      : undefined;
  const { user, sent } = open(`/devices?customer=${ADA}`, { instead });
  const app = await screen.findByRole("region", { name: "App" });
  const box = await within(app).findByRole("textbox", { name: "what it is worth" });
  await user.type(box, "2400{Enter}");
  await within(app).findByText(/the server is stopping/);
  await user.click(within(app).getByRole("button", { name: "Answer" }));
  await within(app).findByRole("button", { name: "Flat" });
  const [first, second] = await sent("/v1/context/answer");
  expect(first.message_id).toBe(second.message_id);
});

test("before anybody is met the app says so", async () => {
  open("/devices");
  const app = await screen.findByRole("region", { name: "App" });
  expect(within(app).getByText(/Nobody is signed in/)).toBeVisible();
});

test("an app knows its customer by the surest identifier", () => {
  const phone = { namespace: "phone", value: "+4940" };
  const user = { namespace: "user_id", value: "u-1" };
  expect(signedInAs([phone, user])).toEqual({ user_id: "u-1" });
  expect(signedInAs([{ namespace: "device_id", value: "tv" }])).toEqual({});
});

test("what happens elsewhere goes through the ordinary ways in", async () => {
  const passed: Request[] = [];
  const instead = (request: Request) => {
    if (!new URL(request.url).pathname.startsWith("/v1/")) return undefined;
    passed.push(request.clone());
    return Response.json({ success: true });
  };
  const { user } = open("/devices", { instead });
  const elsewhere = await screen.findByRole("region", { name: "Elsewhere" });
  const sell = within(elsewhere).getByRole("button", { name: "Buy a pool on Pool World" });
  expect(sell).toBeDisabled();
  await user.type(within(elsewhere).getByLabelText("E-mail"), "ada@example.com");
  await user.click(sell);
  await within(elsewhere).findByText(/Buy a pool on Pool World. Done/);
  await user.click(within(elsewhere).getByRole("button", { name: "Ring up a sofa" }));
  await within(elsewhere).findByText(/Ring up a sofa. Done/);
  expect(passed.map(({ url }) => new URL(url).pathname)).toEqual([
    "/v1/marketplace/poolworld/orders",
    "/v1/track",
  ]);
  expect(passed[0]?.headers.get("authorization")).toBe(`Basic ${btoa("wk_places:")}`);
  expect(await passed[1]?.json()).toMatchObject({
    event: "Order Completed",
    channel: "store",
    identifiers: { email: "ada@example.com" },
  });
});

test("a way in that refuses is told", async () => {
  const instead = (request: Request) =>
    new URL(request.url).pathname === "/v1/track" ? new Response("no such key", { status: 401 }) : undefined;
  const { user } = open("/devices", { instead });
  const elsewhere = await screen.findByRole("region", { name: "Elsewhere" });
  await user.type(within(elsewhere).getByLabelText("Telephone"), "+4915112345678");
  await user.click(within(elsewhere).getByRole("button", { name: "Hand in the receipt" }));
  await within(elsewhere).findByText(/answered 401: no such key/);
});

test("the back office can be put out of order", async () => {
  const { user, world } = open("/devices");
  const works = await screen.findByRole("switch", { name: "The back office works" });
  await waitFor(() => expect(works).toBeEnabled());
  expect(works).toBeChecked();
  await user.click(works);
  await waitFor(() => expect(works).not.toBeChecked());
  expect(world.office.works).toBe(false);
});
