/**
 * Where the steps of a journey stand when it is drawn: in layers from top to bottom, each step below everything that
 * leads to it, with as few crossings as ordering by neighbours gives. Ways back up run beside the drawing.
 */
import { detour } from "./around";

/** What a layout must know of a journey. */
export interface Graph {
  first: string;
  steps: { id: string; next: { to: string; label: string }[] }[];
}

export interface Size {
  /** Of one step's box. */
  width: number;
  height: number;
  /** Between boxes side by side, and between layers. */
  gapX: number;
  gapY: number;
}

export interface PlacedStep {
  id: string;
  x: number;
  y: number;
  layer: number;
}

export interface PlacedEdge {
  from: string;
  to: string;
  label: string;
  /** An SVG path. */
  path: string;
  /** Where the label's middle is. */
  labelX: number;
  labelY: number;
  back: boolean;
}

export interface Placed {
  steps: PlacedStep[];
  edges: PlacedEdge[];
  width: number;
  height: number;
}

interface Edge {
  from: string;
  to: string;
  label: string;
}

/** Passes of reordering; a journey's graph settles after two or three. */
const SWEEPS = 4;
const BACK_LANE = 22;

export function layout(graph: Graph, size: Size): Placed {
  const ids = reachableFirst(graph);
  const known = new Set(ids);
  // A way without an end leaves the journey; the drawing shows only ways between steps.
  const inside = graph.steps.flatMap(({ id, next }) =>
    next.flatMap(({ to, label }) => (to && known.has(to) ? [{ from: id, to, label }] : [])),
  );
  const back = backEdges(ids, inside);
  const forward = inside.filter((edge) => !back.has(edge));
  const layers = ordered(layered(ids, forward), forward);
  return placed(layers, inside, back, size);
}

/** Every step, in the order a walk from the first one meets them; unreachable ones last. */
function reachableFirst({ first, steps }: Graph): string[] {
  const nexts = new Map(steps.map(({ id, next }) => [id, next.map(({ to }) => to)]));
  const met = new Set<string>();
  const visit = (id: string) => {
    if (met.has(id) || !nexts.has(id)) return;
    met.add(id);
    nexts.get(id)?.forEach(visit);
  };
  visit(first);
  for (const { id } of steps) met.add(id);
  return [...met];
}

/** The edges that close a cycle: they lead to a step the walk is still inside of. */
function backEdges(ids: string[], edges: Edge[]): Set<Edge> {
  const back = new Set<Edge>();
  const state = new Map<string, "open" | "done">();
  const visit = (id: string) => {
    state.set(id, "open");
    for (const edge of edges) {
      if (edge.from !== id) continue;
      if (state.get(edge.to) === "open") back.add(edge);
      else if (!state.has(edge.to)) visit(edge.to);
    }
    state.set(id, "done");
  };
  for (const id of ids) if (!state.has(id)) visit(id);
  return back;
}

/** Each step on the layer of its longest way from the top. */
function layered(ids: string[], edges: Edge[]): string[][] {
  const depth = new Map<string, number>();
  const depthOf = (id: string): number => {
    const found = depth.get(id);
    if (found !== undefined) return found;
    const above = edges.filter(({ to }) => to === id).map(({ from }) => depthOf(from) + 1);
    const own = Math.max(0, ...above);
    depth.set(id, own);
    return own;
  };
  const layers: string[][] = [];
  for (const id of ids) {
    const at = depthOf(id);
    layers[at] = [...(layers[at] ?? []), id];
  }
  return layers;
}

/** Orders each layer by where its neighbours stand, down and up in turn. */
function ordered(layers: string[][], edges: Edge[]): string[][] {
  let current = layers;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    const place = places(current);
    const weight = (id: string): number => {
      const beside = edges.flatMap(({ from, to }) =>
        down && to === id ? [from] : !down && from === id ? [to] : [],
      );
      const at = beside.map((other) => place.get(other) ?? 0);
      return at.length === 0 ? (place.get(id) ?? 0) : at.reduce((sum, one) => sum + one, 0) / at.length;
    };
    current = current.map((layer) => [...layer].sort((a, b) => weight(a) - weight(b)));
  }
  return current;
}

/** Each step's distance from the middle of its layer. */
function places(layers: string[][]): Map<string, number> {
  return new Map(
    layers.flatMap((layer) => layer.map((id, at) => [id, at - (layer.length - 1) / 2] as const)),
  );
}

function placed(layers: string[][], edges: Edge[], back: Set<Edge>, size: Size): Placed {
  const { width: w, height: h, gapX, gapY } = size;
  const widest = Math.max(1, ...layers.map(({ length }) => length));
  const body = widest * w + (widest - 1) * gapX;
  const steps = layers.flatMap((layer, depth) => {
    const left = (body - (layer.length * w + (layer.length - 1) * gapX)) / 2;
    return layer.map((id, at) => ({ id, x: left + at * (w + gapX), y: depth * (h + gapY), layer: depth }));
  });
  const at = new Map(steps.map((step) => [step.id, step]));
  const rightmost = new Map<number, number>();
  for (const { layer, x } of steps) rightmost.set(layer, Math.max(x, rightmost.get(layer) ?? 0));
  let lanes = 0;
  const drawn = edges.flatMap((edge) => {
    const [from, to] = [at.get(edge.from), at.get(edge.to)];
    if (from === undefined || to === undefined) return [];
    if (back.has(edge) || to.layer - from.layer > 1) {
      lanes += 1;
      const end = (step: PlacedStep) => ({ step, open: step.x === rightmost.get(step.layer) });
      const way = detour(end(from), end(to), body + lanes * BACK_LANE, size);
      return [{ ...edge, ...way, back: back.has(edge) }];
    }
    return [down(edge, from, to, size, share(edge, edges, at))];
  });
  const height = layers.length * h + Math.max(0, layers.length - 1) * gapY;
  return { steps, edges: drawn, width: body + (lanes === 0 ? 0 : (lanes + 1) * BACK_LANE), height };
}

/** Where along the lower side of its step an edge leaves, from 0 to 1: ways part in the order of their ends. */
function share(edge: Edge, edges: Edge[], at: Map<string, PlacedStep>): number {
  const siblings = edges.filter(({ from }) => from === edge.from);
  siblings.sort((a, b) => (at.get(a.to)?.x ?? 0) - (at.get(b.to)?.x ?? 0));
  return (siblings.indexOf(edge) + 1) / (siblings.length + 1);
}

function down(edge: Edge, from: PlacedStep, to: PlacedStep, size: Size, part: number): PlacedEdge {
  const [x1, y1] = [from.x + size.width * part, from.y + size.height];
  const [x2, y2] = [to.x + size.width / 2, to.y];
  const bend = (y2 - y1) / 2;
  const path = `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
  return { ...edge, path, labelX: (x1 + x2) / 2, labelY: (y1 + y2) / 2, back: false };
}
