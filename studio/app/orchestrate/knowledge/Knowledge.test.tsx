import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { open } from "../../../test/open";

test("articles are found, and what was asked for is marked", async () => {
  const { user } = open("/knowledge");
  expect(await screen.findByText("2 articles")).toBeVisible();
  await user.type(screen.getByLabelText("Search the articles"), "send");
  expect(await screen.findByText("1 article")).toBeVisible();
  expect(screen.getByText("Send something back", { selector: "mark" })).toBeVisible();
});

test("what is not found says so", async () => {
  open("/knowledge?q=weather");
  expect(await screen.findByText("No article speaks of that")).toBeVisible();
});

test("an article is shown in each language, for each channel, and in earlier versions", async () => {
  const { user } = open("/knowledge/returns");
  const text = await screen.findByRole("region", { name: "The article" });
  expect(within(text).getByText("How it goes")).toBeVisible();
  expect(within(text).getByRole("link", { name: "your orders" })).toHaveAttribute(
    "href",
    "https://shop.example/orders",
  );
  expect(screen.getByRole("region", { name: /SMS/ })).toHaveTextContent("within 30 days");
  await user.click(screen.getByText("de"));
  expect(await screen.findByRole("heading", { level: 1, name: "Send something back (de)" })).toBeVisible();
  await user.selectOptions(screen.getByLabelText("Version"), "1");
  expect(await screen.findByText(/how it read in version 1/)).toBeVisible();
});
