/**
 * The identity graph as an arc diagram: each strand is a row, each link an arc beside the rows. It needs no more
 * width for more strands, no label ever covers another, and the rows are the list a screen reader reads.
 */
import type { DroppedLink, IdentityLink, IdentityNode } from "@api/__generated__/schema";

export interface Arc {
  /** Rows, the upper one first. */
  from: number;
  to: number;
  /** How far the arc bulges: 1 is nearest to the rows. */
  level: number;
  link: IdentityLink;
}

export interface Stub {
  row: number;
  link: DroppedLink;
}

export interface ArcDiagram {
  rows: IdentityNode[];
  arcs: Arc[];
  /** Dropped links, which lead out of the customer and end in the open. */
  stubs: Stub[];
  levels: number;
}

/** Oldest strand first; arcs that would cross or share a stretch lie on different levels. */
export function arcDiagram(nodes: IdentityNode[], links: IdentityLink[], dropped: DroppedLink[]): ArcDiagram {
  const rows = [...nodes].sort(
    (a, b) => a.first_seen.localeCompare(b.first_seen) || a.strand.localeCompare(b.strand),
  );
  const rowOf = new Map(rows.map(({ strand }, row) => [strand, row]));
  const spans = links.flatMap((link) => {
    const [a, b] = [rowOf.get(link.a), rowOf.get(link.b)];
    if (a === undefined || b === undefined || a === b) return [];
    return [{ link, from: Math.min(a, b), to: Math.max(a, b) }];
  });
  spans.sort((a, b) => a.to - a.from - (b.to - b.from) || a.from - b.from);
  const arcs: Arc[] = [];
  for (const span of spans) arcs.push({ ...span, level: freeLevel(span, arcs) });
  const stubs = dropped.flatMap((link) => {
    const row = rowOf.get(link.a) ?? rowOf.get(link.b);
    return row === undefined ? [] : [{ row, link }];
  });
  return { rows, arcs, stubs, levels: Math.max(0, ...arcs.map(({ level }) => level)) };
}

function freeLevel(span: { from: number; to: number }, placed: readonly Arc[]): number {
  const taken = new Set(
    placed.filter((arc) => arc.from < span.to && span.from < arc.to).map(({ level }) => level),
  );
  let level = 1;
  while (taken.has(level)) level += 1;
  return level;
}
