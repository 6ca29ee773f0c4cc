import { describe, expect, test } from "vitest";
import { layout, type Placed, type Size } from "./layout";

const SIZE: Size = { width: 200, height: 80, gapX: 40, gapY: 60 };

/** `a>b c` is step `a` with ways to `b` and `c`. */
const graph = (...lines: string[]) => ({
  first: lines[0]?.split(">")[0] ?? "",
  steps: lines.map((line) => {
    const [id = "", next = ""] = line.split(">");
    return {
      id,
      next: next
        .split(" ")
        .filter(Boolean)
        .map((to) => ({ to, label: "" })),
    };
  }),
});

const layers = ({ steps }: Placed): Record<string, number> =>
  Object.fromEntries(steps.map(({ id, layer }) => [id, layer]));

function expectNoOverlap({ steps }: Placed): void {
  for (const a of steps) {
    for (const b of steps) {
      if (a.id >= b.id) continue;
      const beside = Math.abs(a.x - b.x) >= SIZE.width;
      const below = Math.abs(a.y - b.y) >= SIZE.height;
      expect(beside || below, `${a.id} and ${b.id}`).toBe(true);
    }
  }
}

describe("the layout of a journey", () => {
  test("puts a step below everything that leads to it", () => {
    const placed = layout(graph("a>b d", "b>c", "c>d", "d>"), SIZE);
    expect(layers(placed)).toEqual({ a: 0, b: 1, c: 2, d: 3 });
  });

  test("draws a way back without turning the journey upside down", () => {
    const placed = layout(graph("a>b", "b>c a", "c>"), SIZE);
    expect(layers(placed)).toEqual({ a: 0, b: 1, c: 2 });
    expect(placed.edges.filter(({ back }) => back).map(({ from, to }) => `${from}>${to}`)).toEqual(["b>a"]);
  });

  test("takes a step that leads to itself and ways that lead nowhere", () => {
    const placed = layout(graph("a>a b nowhere", "b>"), SIZE);
    expect(placed.edges.map(({ from, to }) => `${from}>${to}`).sort()).toEqual(["a>a", "a>b"]);
  });

  test("shows steps that nothing leads to", () => {
    expect(layers(layout(graph("a>b", "b>", "lost>b"), SIZE))).toMatchObject({ lost: 0 });
  });

  test("takes an empty journey", () => {
    expect(layout(graph(), SIZE).steps).toEqual([]);
  });

  test("lets no two steps overlap and keeps everything inside", () => {
    const wide = graph("a>b c d e", "b>f", "c>f g", "d>g b", "e>a", "f>h", "g>h", "h>");
    const placed = layout(wide, SIZE);
    expectNoOverlap(placed);
    for (const { x, y } of placed.steps) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + SIZE.width).toBeLessThanOrEqual(placed.width);
      expect(y + SIZE.height).toBeLessThanOrEqual(placed.height);
    }
    for (const { labelX } of placed.edges) expect(labelX).toBeLessThanOrEqual(placed.width);
  });

  test("uncrosses two branches", () => {
    const placed = layout(graph("a>b c", "b>e", "c>d", "d>f", "e>f", "f>"), SIZE);
    const x = Object.fromEntries(placed.steps.map((step) => [step.id, step.x]));
    expect(Number(x.b) < Number(x.c)).toBe(Number(x.e) < Number(x.d));
  });

  test("does not lead a way back through the box beside it", () => {
    const placed = layout(graph("a>b c", "b>a", "c>"), SIZE);
    const b = placed.steps.find(({ id }) => id === "b");
    const back = placed.edges.find((edge) => edge.back);
    // `c` stands to the right of `b`, so the way leaves `b` below.
    expect(back?.path.startsWith(`M${Number(b?.x) + SIZE.width * 0.85} ${Number(b?.y) + SIZE.height}`)).toBe(
      true,
    );
  });
});
