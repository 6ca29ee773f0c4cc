/** How many customers came into a journey and what became of them. */
import type { JourneySummary } from "@api/__generated__/schema";
import { compact } from "@ui/format";
import classes from "./Figures.module.css";

const FIGURES = ["entered", "active", "completed", "exited", "failed"] satisfies (keyof JourneySummary)[];

const NAMES: Record<(typeof FIGURES)[number], string> = {
  entered: "entered",
  active: "on their way",
  completed: "completed",
  exited: "left",
  failed: "failed",
};

export function Figures({ journey }: { journey: JourneySummary }) {
  return (
    <dl className={classes.figures}>
      {FIGURES.map((figure) => (
        <div key={figure} data-figure={figure} data-zero={journey[figure] === 0}>
          <dt>{NAMES[figure]}</dt>
          <dd>{compact(journey[figure])}</dd>
        </div>
      ))}
    </dl>
  );
}
