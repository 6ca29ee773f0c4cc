import { describe, expect, test } from "vitest";
import { arcDiagram } from "./arcs";

const node = (strand: string, day: number) => ({
  strand,
  namespace: "email",
  value: strand,
  first_seen: `2026-01-${String(day).padStart(2, "0")}T00:00:00Z`,
  events: 1,
});
const link = (a: string, b: string) => ({ a, b, time: "2026-01-09T00:00:00Z", source: "Web", reason: "…" });

describe("the arc diagram", () => {
  const nodes = [node("c", 3), node("a", 1), node("d", 4), node("b", 2)];

  test("puts the oldest strand first", () => {
    expect(arcDiagram(nodes, [], []).rows.map(({ strand }) => strand)).toEqual(["a", "b", "c", "d"]);
  });

  test("keeps arcs apart that share a stretch, and reuses a level that is free", () => {
    const { arcs, levels } = arcDiagram(nodes, [link("a", "d"), link("a", "b"), link("d", "c")], []);
    const level = Object.fromEntries(arcs.map((arc) => [`${arc.from}-${arc.to}`, arc.level]));
    expect(level).toEqual({ "0-1": 1, "2-3": 1, "0-3": 2 });
    expect(levels).toBe(2);
  });

  test("never lays two arcs of one level over each other", () => {
    const links = nodes.flatMap(({ strand: a }) => nodes.map(({ strand: b }) => link(a, b)));
    const { arcs } = arcDiagram(nodes, links, []);
    for (const one of arcs) {
      for (const other of arcs) {
        const apart = one.to <= other.from || other.to <= one.from;
        expect(one === other || one.level !== other.level || apart).toBe(true);
      }
    }
  });

  test("ends dropped links in the open, at the strand that is here", () => {
    const { stubs, arcs } = arcDiagram(nodes, [], [link("elsewhere", "b"), link("x", "y")]);
    expect(stubs.map(({ row }) => row)).toEqual([1]);
    expect(arcs).toEqual([]);
  });
});
