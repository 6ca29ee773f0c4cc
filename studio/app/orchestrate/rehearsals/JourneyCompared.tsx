/** One journey of a rehearsal: its totals on both sides, and the draft's steps drawn with who would have come there. */
import type { JourneyFigures, RehearsedJourney } from "@api/__generated__/schema";
import { compact, count, words } from "@ui/format";
import { Sheet } from "@ui/Page";
import { Notice } from "@ui/states";
import { Drawing, type StepFigures } from "../drawing/Drawing";
import classes from "./Rehearsal.module.css";

interface Props {
  journey: RehearsedJourney;
  step: string | undefined;
  choose: (step: string | undefined) => void;
}

export function JourneyCompared({ journey, step, choose }: Props) {
  const { published, draft, graph, uncovered, title } = journey;
  const figures = (id: string): StepFigures => {
    const [was, would] = [published.steps[id] ?? 0, draft.steps[id] ?? 0];
    return { first: `${compact(was)} → ${compact(would)}`, second: "reached", busy: would > 0 };
  };
  const taken = (from: string, to: string) => (draft.ways[from]?.[to] ?? 0) > 0;
  return (
    <>
      <Sheet title={`${title}: totals`} flush>
        <Totals published={published} draft={draft} chosen={step} />
      </Sheet>
      {graph ? (
        <Sheet title={`${title}: ways that would have been taken`} flush>
          <Drawing
            title={title}
            graph={graph}
            figures={figures}
            taken={taken}
            chosen={step}
            onChoose={choose}
          />
        </Sheet>
      ) : (
        <Notice tone="warn">The draft does not have this journey.</Notice>
      )}
      {uncovered.length > 0 && <Notice tone="warn">Nobody would have reached {uncovered.join(", ")}.</Notice>}
    </>
  );
}

interface TotalsProps {
  published: JourneyFigures;
  draft: JourneyFigures;
  chosen: string | undefined;
}

const GROUPS = {
  steps: "reached",
  messages: "messages by",
  held: "held",
  not_entered: "not entered",
  ended: "ended",
} satisfies Partial<Record<keyof JourneyFigures, string>>;

function Totals({ published, draft, chosen }: TotalsProps) {
  const groups = ["steps", "messages", "held", "not_entered", "ended"] as const;
  const rows = groups.flatMap((group) => {
    const names = [...new Set([...Object.keys(published[group]), ...Object.keys(draft[group])])];
    return names.map((name) => ({
      name: `${GROUPS[group]} ${group === "steps" ? name : words(name).toLowerCase()}`,
      was: published[group][name] ?? 0,
      would: draft[group][name] ?? 0,
      chosen: group === "steps" && name === chosen,
    }));
  });
  const all = [
    { name: "entered", was: published.entered, would: draft.entered, chosen: false },
    { name: "goals reached", was: published.goals, would: draft.goals, chosen: false },
    ...rows,
  ];
  return (
    <table className={classes.totals}>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">What</span>
          </th>
          <th scope="col">published</th>
          <th scope="col">draft</th>
        </tr>
      </thead>
      <tbody>
        {all.map(({ name, was, would, chosen: marked }) => (
          <tr key={name} data-different={was !== would} data-chosen={marked}>
            <th scope="row">{name}</th>
            <td>{count(was)}</td>
            <td>{count(would)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
