import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { open } from "../../test/open";

test("a file of the catalogue is shown as it was written", async () => {
  const { user, at } = open("/catalogue");
  await user.click(await screen.findByRole("link", { name: "segments/regulars.yaml" }));
  expect(await screen.findByRole("region", { name: "segments/regulars.yaml" })).toHaveTextContent(
    'when: count("Order Completed", "90d") >= 2',
  );
  expect(at()).toBe("/catalogue?file=segments%2Fregulars.yaml");
});

test("a check says for each problem where it is and what to do", async () => {
  const found = {
    place: { file: "identity.yaml", path: "namespaces.email", column: 7 },
    message: "`unqiue` is not a setting",
    remedy: "Did you mean `unique`?",
  };
  const instead = (request: Request) =>
    request.url.endsWith("/catalogue/check") ? Response.json({ problems: [found] }) : undefined;
  const { user } = open("/catalogue", { instead });
  await user.click(await screen.findByRole("button", { name: "Check again" }));
  await screen.findByText("`unqiue` is not a setting");
  expect(screen.getByText("Did you mean `unique`?")).toBeVisible();
  expect(screen.getByText("1 problem. Nothing was changed.")).toBeVisible();
});
