import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { open } from "../../../test/open";

test("a change is rehearsed: progress, totals, coverage, and customers page by page", async () => {
  const { user } = open("/rehearsals");
  await screen.findByText("Nothing was rehearsed yet");
  await user.click(await screen.findByRole("button", { name: "Rehearse" }));
  await screen.findByText(/240 would have seen something else/, undefined, { timeout: 5_000 });
  const totals = screen.getByRole("table");
  expect(totals.textContent).toContain("entered8080");
  expect(screen.getByText(/Nobody would have reached/)).toBeDefined();
  const first = await screen.findByRole("button", { name: "cus_0000000000001" });
  await user.click(first);
  expect(screen.getByRole("list", { name: "What would have happened" }).textContent).toContain("e-mail");
  await user.click(screen.getByRole("button", { name: "Show more" }));
  await screen.findByRole("button", { name: "cus_0000000000060" });
});

test("a message of the thread leads to why it went out, and says where today's definitions differ", async () => {
  open("/customers/cus_000000000002a?tab=journeys&message=eff_1");
  const why = await screen.findByRole("region", { name: "Why this message?" });
  await within(why).findByText(/not everything comes to what was recorded/);
  expect(why.textContent).toContain("It is held: the customer said no by SMS.");
});
