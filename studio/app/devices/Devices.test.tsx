import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { ADA } from "../../mock/story";
import { makeWorld } from "../../mock/world";
import { open } from "../../test/open";
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
