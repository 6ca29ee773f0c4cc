import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { open } from "../../test/open";

test("tables are drawn with their rules, and say which rows count", async () => {
  open("/prices");
  const volume = await screen.findByRole("region", { name: "The rules of More for less" });
  const rows = within(volume).getAllByRole("row");
  expect(rows.map((row) => row.textContent)).toEqual([
    "RowCategoryQuantityChangeBecause",
    "1chair>= 6-12 %Six chairs or more",
    "2any>= 3-3 %Three or more of a piece",
    "No row applies–otherwiseunchanged",
  ]);
  expect(screen.getByText(/The first row that applies counts/)).toBeVisible();
  expect(screen.getByText(/the least change counts/)).toBeVisible();
  expect(screen.getByText(/Not proved: that rows 1 and 2 never apply at once/)).toBeVisible();
});

test("the price book has prices of other times, and is searched", async () => {
  const { user } = open("/prices");
  const book = await screen.findByRole("table", { name: "Products with their list prices" });
  expect(within(book).getAllByRole("row")).toHaveLength(4);
  expect(within(book).getByText("1190.00 GBP").closest("tr")).toHaveTextContent("not now");
  await user.type(screen.getByLabelText("Find a product"), "mole");
  await waitFor(() => expect(within(book).getAllByRole("row")).toHaveLength(2));
});

test("every channel is asked for the same, and says the same", async () => {
  const { user, sent } = open("/prices");
  await user.click(await screen.findByRole("combobox", { name: "Product 1" }));
  await user.click(await screen.findByRole("option", { name: "Mole chair" }));
  await user.clear(screen.getByLabelText("Quantity 1"));
  await user.type(screen.getByLabelText("Quantity 1"), "6");
  await user.click(screen.getByRole("button", { name: "Ask 5 channels" }));
  expect(await screen.findByText(/5 channels were asked, and all say the same/)).toBeVisible();
  const asked = await sent("/v1/context");
  expect(asked.map(({ channel }) => channel)).toEqual(["web", "store", "phone", "email", "sms"]);
  expect(asked[0]).toMatchObject({ record: false, products: [{ product: "chair-mole", quantity: 6 }] });
  const prices = screen.getByRole("list", { name: "Prices" });
  expect(prices).toHaveTextContent("6 × Mole chair628.32 GBP");
  expect(prices).toHaveTextContent("More for less: Six chairs or more-12 %row 1104.72 GBP");
  expect(screen.getByRole("button", { name: /Promise these prices/ })).toHaveAttribute(
    "aria-disabled",
    "true",
  );
});

test("a channel that says something else is named", async () => {
  let answers = 0;
  const { user } = open("/prices", {
    instead: ({ url, method }) => {
      if (method !== "POST" || !url.endsWith("/v1/context")) return undefined;
      answers += 1;
      const unit = answers === 3 ? "1289.99 GBP" : "1290.00 GBP";
      const price = {
        product: "sofa-nordsee",
        known: true,
        name: "Nordsee sofa",
        quantity: 1,
        unit,
        because: [],
      };
      return Response.json({ prices: [price], offers: [], quotes: [] });
    },
  });
  await user.click(await screen.findByRole("button", { name: "Ask 5 channels" }));
  expect(await screen.findByText(/1 of 5 channels say something else/)).toBeVisible();
  expect(screen.getByText(/phone: sofa-nordsee differs/)).toBeVisible();
});

test("prices are promised to a customer, and the quote is shown with its signature", async () => {
  const { user, sent } = open("/prices");
  await user.click(await screen.findByRole("combobox", { name: "For" }));
  await user.click(await screen.findByRole("option", { name: "Ada Lovelace" }));
  await user.click(screen.getByRole("button", { name: "Ask 5 channels" }));
  await user.click(await screen.findByRole("button", { name: "Promise these prices" }));
  const quote = await screen.findByRole("region", { name: "The quote" });
  expect(quote).toHaveTextContent("The signature is ours, and the quote holds.");
  expect(quote).toHaveTextContent("quo_000000000002a");
  expect(await sent("/v1/quotes/check")).toMatchObject([{ quote: "quo_000000000002a" }]);
});

test("a catalogue without prices says how to begin", async () => {
  const none = { products: [], other_times: [], tables: [], quote_valid: "14d", doors: ["web"] };
  open("/prices", { instead: ({ url }) => (url.endsWith("/prices") ? Response.json(none) : undefined) });
  expect(await screen.findByText("No prices yet")).toBeVisible();
});
