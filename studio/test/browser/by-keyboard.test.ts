/** The studio by keyboard alone, and while things happen. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Stage } from "./stage";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.build();
});
afterAll(() => stage.strike());

test("the first Tab offers to skip to the content", async () => {
  const { page, close } = await stage.open("/segments");
  await page.getByRole("heading", { name: "Segments", level: 1 }).waitFor();
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  expect(
    await skip.evaluate((link) => link === document.activeElement && link.getBoundingClientRect().top >= 0),
  ).toBe(true);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.closest("main") !== null)).toBe(true);
  await close();
});

test("arrow keys walk through ten thousand customers", async () => {
  const { page, close } = await stage.open("/customers");
  await page.getByText("10,000 customers").waitFor();
  await page.keyboard.press("ArrowDown");
  const index = () => page.evaluate(() => document.activeElement?.getAttribute("data-index"));
  await page.waitForFunction(() => document.activeElement?.getAttribute("data-index") === "0");
  for (let step = 1; step <= 40; step += 1) {
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(
      (at) => document.activeElement?.getAttribute("data-index") === String(at),
      step,
    );
  }
  expect(await index()).toBe("40");
  const seen = await page.evaluate(() => {
    const box = document.activeElement?.getBoundingClientRect();
    return box !== undefined && box.top >= 0 && box.bottom <= window.innerHeight;
  });
  expect(seen).toBe(true);
  expect(await page.getByRole("list", { name: "Customers" }).getByRole("link").count()).toBeLessThan(80);
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "Thread" }).waitFor();
  await close();
});

test("an answer by mail appears in the thread at once", async () => {
  const { page, close } = await stage.open("/devices?customer=cus_000000000002a");
  await page.getByText("Call Ended").waitFor();
  await page.getByRole("textbox", { name: /Reply to/ }).fill("Saturday at ten");
  await page.getByRole("button", { name: "Send the reply" }).click();
  const thread = page.getByRole("list", { name: "Thread, newest first" });
  await thread.getByText("Saturday at ten").waitFor();
  await close();
});

test("a colour scheme that was chosen stays", async () => {
  const { page, close } = await stage.open("/balance");
  const scheme = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  await page.getByRole("button", { name: "Use dark colours" }).click();
  expect(await scheme()).toBe("dark");
  await page.reload();
  await page.getByRole("button", { name: "Use light colours" }).waitFor();
  expect(await scheme()).toBe("dark");
  await close();
});

test("on a phone the menu opens, leads on and closes", async () => {
  const { page, close } = await stage.open("/customers", { width: 390, scheme: "light" });
  await page.getByRole("button", { name: "Open the menu" }).click();
  await page.getByRole("dialog").getByRole("link", { name: "Balance" }).click();
  await page.getByRole("heading", { name: "Balance", level: 1 }).waitFor();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await close();
});
