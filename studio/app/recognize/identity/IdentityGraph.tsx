/** The drawn identity graph: rows that can be chosen, arcs for links, dashed ends for links that were not made. */
import type { CustomerIdentity } from "@api/__generated__/schema";
import { Checkbox } from "@mantine/core";
import { namespaceName, plural } from "@ui/format";
import { Ago } from "@ui/Time";
import { type CSSProperties, useMemo, useState } from "react";
import { type Arc, arcDiagram } from "./arcs";
import classes from "./IdentityGraph.module.css";

interface Props {
  identity: CustomerIdentity;
  chosen: string[];
  onToggle: (strand: string) => void;
}

const ROW_PX = 64;
const LEVEL_PX = 22;
const STUB_PX = 16;
const KNOT_PX = 6;

export function IdentityGraph({ identity, chosen, onToggle }: Props) {
  const { nodes, links, dropped } = identity;
  const { rows, arcs, stubs, levels } = useMemo(
    () => arcDiagram(nodes, links, dropped),
    [nodes, links, dropped],
  );
  const [near, setNear] = useState<string>();
  const width = levels * LEVEL_PX + KNOT_PX * 2 + STUB_PX;
  const axis = width - KNOT_PX;
  const style: CSSProperties = { "--row": `${ROW_PX}px`, "--graph": `${width}px` };
  const touches = ({ link }: Arc) => near === link.a || near === link.b;
  return (
    <div className={classes.graph} style={style}>
      <svg width={width} height={rows.length * ROW_PX} className={classes.drawing} aria-hidden>
        {arcs.map((arc) => (
          <path
            key={`${arc.link.a} ${arc.link.b}`}
            d={arcPath(arc, axis)}
            className={classes.arc}
            data-near={touches(arc)}
          />
        ))}
        {stubs.map(({ row, link }) => (
          <path
            key={`${link.a} ${link.b} ${link.time}`}
            d={`M${axis} ${middle(row) + KNOT_PX}q-2 14 ${-STUB_PX} 14m-4 -4l8 8m0 -8l-8 8`}
            className={classes.stub}
          />
        ))}
        {rows.map(({ strand }, row) => (
          <circle
            key={strand}
            cx={axis}
            cy={middle(row)}
            r={KNOT_PX - 1}
            className={classes.knot}
            data-chosen={chosen.includes(strand)}
          />
        ))}
      </svg>
      <ul className={classes.rows} aria-label="Strands">
        {rows.map(({ strand, namespace, value, first_seen, events }) => (
          <li
            key={strand}
            className={classes.row}
            onPointerEnter={() => setNear(strand)}
            onPointerLeave={() => setNear(undefined)}
            onFocus={() => setNear(strand)}
            onBlur={() => setNear(undefined)}
          >
            <span className={classes.words}>
              <span className={classes.value} title={value}>
                {value}
              </span>
              <span className={classes.meta}>
                {namespaceName(namespace)} · {plural(events, "event")} · since <Ago time={first_seen} />
              </span>
            </span>
            {rows.length > 1 && (
              <Checkbox
                aria-label={`Choose ${namespaceName(namespace)} ${value}`}
                checked={chosen.includes(strand)}
                onChange={() => onToggle(strand)}
              />
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function middle(row: number): number {
  return row * ROW_PX + ROW_PX / 2;
}

/** Out to the arc's level, straight down, and back in, with round corners. */
function arcPath({ from, to, level }: Arc, axis: number): string {
  const [top, bottom, out, round] = [middle(from), middle(to), axis - KNOT_PX - level * LEVEL_PX, 12];
  return [
    `M${axis} ${top}`,
    `H${out + round}`,
    `Q${out} ${top} ${out} ${top + round}`,
    `V${bottom - round}`,
    `Q${out} ${bottom} ${out + round} ${bottom}`,
    `H${axis}`,
  ].join("");
}
