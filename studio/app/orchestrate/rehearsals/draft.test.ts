import { expect, test } from "vitest";
import { overlaid, pathOf } from "./draft";

const published = [
  { path: "journeys/add-on.yaml", text: "old" },
  { path: "schema.yaml", text: "schema" },
];

test("changed files take the place of published ones", () => {
  const draft = overlaid(published, [
    { path: "journeys/add-on.yaml", text: "new" },
    { path: "journeys/second.yaml", text: "second" },
  ]);
  expect(draft.map(({ path, text }) => `${path} ${text}`)).toEqual([
    "journeys/add-on.yaml new",
    "journeys/second.yaml second",
    "schema.yaml schema",
  ]);
});

test("a chosen file belongs where its catalogue has it", () => {
  expect(pathOf("my-brand/journeys/add-on.yaml", published)).toBe("journeys/add-on.yaml");
  expect(pathOf("my-brand/schema.yaml", published)).toBe("schema.yaml");
  expect(pathOf("add-on.yaml", published)).toBe("journeys/add-on.yaml");
  expect(pathOf("brand-new.yaml", published)).toBe("journeys/brand-new.yaml");
});
