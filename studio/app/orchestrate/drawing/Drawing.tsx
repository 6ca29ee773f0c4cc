/** A journey drawn: steps as boxes with their figures, ways as lines with what leads along them. */
import type { GraphStep, JourneyGraph } from "@api/__generated__/schema";
import { Icon } from "@ui/Icon";
import { useId, useMemo } from "react";
import { stepLook } from "../steps";
import classes from "./Drawing.module.css";
import { layout, type PlacedEdge, type Size } from "./layout";

const SIZE: Size = { width: 216, height: 92, gapX: 44, gapY: 76 };

/** What stands at the foot of a step. */
export interface StepFigures {
  first: string;
  second: string;
  /** Whether anything happens there: it stands out. */
  busy: boolean;
}

interface Props {
  title: string;
  graph: JourneyGraph;
  figures: (step: string) => StepFigures;
  /** Whether a way was taken; every way is alike unless it is told. */
  taken?: ((from: string, to: string) => boolean) | undefined;
  chosen: string | undefined;
  onChoose: (step: string | undefined) => void;
}

export function Drawing({ title, graph, figures, taken, chosen, onChoose }: Props) {
  const { steps, edges, width, height } = useMemo(() => layout(graph, SIZE), [graph]);
  const byId = new Map(graph.steps.map((step) => [step.id, step]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard
    <section className={classes.scroll} aria-label={`Drawing of ${title}`} tabIndex={0}>
      <p className={classes.entry} style={{ width }}>
        <Icon name="arrowDown" size={15} /> {graph.entry}
      </p>
      <div className={classes.canvas} style={{ width, height }}>
        <Ways edges={edges} width={width} height={height} taken={taken} />
        {edges.map((edge) => (
          <WayLabel key={`${edge.from} ${edge.to} ${edge.label}`} edge={edge} />
        ))}
        {steps.map(({ id, x, y }) => {
          const step = byId.get(id);
          if (step === undefined) return null;
          return (
            <div
              key={id}
              className={classes.place}
              style={{ left: x, top: y, width: SIZE.width, height: SIZE.height }}
            >
              <StepBox
                step={step}
                figures={figures(id)}
                chosen={id === chosen}
                onChoose={() => onChoose(id === chosen ? undefined : id)}
              />
            </div>
          );
        })}
      </div>
    </section>
  );
}

interface WaysProps extends Pick<Props, "taken"> {
  edges: PlacedEdge[];
  width: number;
  height: number;
}

function Ways({ edges, width, height, taken }: WaysProps) {
  const arrow = useId();
  return (
    <svg width={width} height={height} className={classes.ways} aria-hidden>
      <defs>
        <marker id={arrow} viewBox="0 0 8 8" refX={7} refY={4} markerWidth={7} markerHeight={7} orient="auto">
          <path
            d="M1 1 7 4 1 7"
            fill="none"
            stroke="context-stroke"
            strokeWidth={1.5}
            strokeLinecap="round"
          />
        </marker>
      </defs>
      {edges.map(({ from, to, label, path, back }) => (
        <path
          key={`${from} ${to} ${label}`}
          d={path}
          data-back={back}
          data-taken={taken?.(from, to)}
          markerEnd={`url(#${arrow})`}
        />
      ))}
    </svg>
  );
}

function WayLabel({ edge }: { edge: PlacedEdge }) {
  if (edge.label === "") return null;
  return (
    <span className={classes.label} style={{ left: edge.labelX, top: edge.labelY }} aria-hidden>
      {edge.label}
    </span>
  );
}

interface StepBoxProps {
  step: GraphStep;
  figures: StepFigures;
  chosen: boolean;
  onChoose: () => void;
}

function StepBox({ step, figures, chosen, onChoose }: StepBoxProps) {
  const { label, icon } = stepLook(step.kind);
  return (
    <button
      type="button"
      className={classes.step}
      data-kind={step.kind}
      data-busy={figures.busy}
      aria-pressed={chosen}
      onClick={onChoose}
    >
      <span className={classes.kind}>
        <Icon name={icon} size={14} /> {label}
        <span className={classes.id}>{step.id}</span>
      </span>
      <span className={classes.summary}>{step.summary}</span>
      <span className={classes.counts}>
        <span data-zero={!figures.busy}>{figures.first}</span>
        <span>{figures.second}</span>
      </span>
    </button>
  );
}
