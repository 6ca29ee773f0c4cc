/** Ways that skip layers or lead back up: through the gaps between layers, and beside all boxes, so that they cross none. */
import type { PlacedStep, Size } from "./layout";

export interface Detour {
  path: string;
  labelX: number;
  labelY: number;
}

interface End {
  step: PlacedStep;
  /** Nothing stands to the right of the step in its layer, so the way can leave or arrive there. */
  open: boolean;
}

const ROUND = 10;
/** How far from a box, as a part of the gap, a way runs between layers. */
const GAP_PART = 0.22;

export function detour(from: End, to: End, lane: number, size: Size): Detour {
  const out = leaving(from, size);
  const into = arriving(to, size);
  const points = [...out, [lane, y(out.at(-1))], [lane, y(into[0])], ...into] satisfies Point[];
  return { path: rounded(points), labelX: lane, labelY: (y(out.at(-1)) + y(into[0])) / 2 };
}

type Point = [number, number];

const y = (point: Point | undefined): number => point?.[1] ?? 0;

function leaving({ step, open }: End, { width, height, gapY }: Size): Point[] {
  if (open) return [[step.x + width, step.y + height / 2]];
  const x = step.x + width * 0.85;
  return [
    [x, step.y + height],
    [x, step.y + height + gapY * GAP_PART],
  ];
}

function arriving({ step, open }: End, { width, height, gapY }: Size): Point[] {
  if (open) return [[step.x + width, step.y + height / 2 - 14]];
  const x = step.x + width * 0.85;
  return [
    [x, step.y - gapY * GAP_PART],
    [x, step.y],
  ];
}

/** Straight lines through the points, with round corners. */
function rounded(points: Point[]): string {
  return points
    .map(([px, py], at) => {
      const [before, after] = [points[at - 1], points[at + 1]];
      if (before === undefined) return `M${px} ${py}`;
      if (after === undefined) return `L${px} ${py}`;
      const [ax, ay] = towards([px, py], before);
      const [bx, by] = towards([px, py], after);
      return `L${ax} ${ay}Q${px} ${py} ${bx} ${by}`;
    })
    .join("");
}

/** A point at most `ROUND` from `corner` on the way to `other`. */
function towards([px, py]: Point, [ox, oy]: Point): Point {
  const length = Math.hypot(ox - px, oy - py);
  const part = length === 0 ? 0 : Math.min(ROUND, length / 2) / length;
  return [px + (ox - px) * part, py + (oy - py) * part];
}
