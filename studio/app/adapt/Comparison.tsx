/** Customers an offer was made to beside those of the control group: how many reached its goal. */
import type { Offer, OfferComparison, OfferGroup } from "@api/__generated__/schema";
import { count, plural } from "@ui/format";
import { Notice } from "@ui/states";
import { percent, points, type Verdict, verdict } from "./figures";
import classes from "./Offer.module.css";

export function Comparison({ offer }: { offer: Offer }) {
  const { comparison, goal } = offer;
  if (!comparison || !goal) {
    return (
      <p className={classes.quiet}>
        It has no goal. Write one, such as <code>{"goal: {event: Order Completed, within: 30d}"}</code>, and
        those it is made to are compared with those of the control group.
      </p>
    );
  }
  return (
    <div className={classes.comparison}>
      <p>
        Goal: <strong>{goal.event}</strong> within {goal.within} after it was ranked best for a customer.
      </p>
      <Bars comparison={comparison} />
      <Outcome comparison={comparison} />
    </div>
  );
}

function Bars({ comparison }: { comparison: OfferComparison }) {
  const { treated, held_out } = comparison;
  const most = Math.max(treated.rate?.high ?? 0, held_out.rate?.high ?? 0, 0.01);
  return (
    <ul className={classes.bars}>
      <Bar name="It was made to them" group={treated} most={most} />
      <Bar name="Control group" group={held_out} most={most} />
    </ul>
  );
}

/** A group's rate as a dot, its interval as a line. */
function Bar({ name, group, most }: { name: string; group: OfferGroup; most: number }) {
  const at = (rate: number) => `${(100 * rate) / most}%`;
  const rate = group.rate;
  return (
    <li>
      <p>
        <strong>{name}</strong>:{" "}
        {rate
          ? `${percent(rate.rate)}, ${count(group.reached)} of ${plural(group.customers, "customer")}`
          : "no customers yet"}
      </p>
      {rate && (
        <div className={classes.track} title={`95 %: ${percent(rate.low)} to ${percent(rate.high)}`}>
          <span
            className={classes.interval}
            style={{ left: at(rate.low), width: at(rate.high - rate.low) }}
          />
          <span className={classes.dot} style={{ left: at(rate.rate) }} />
        </div>
      )}
    </li>
  );
}

const TOLD: Record<Exclude<Verdict, "unknown">, { tone: "ok" | "bad" | "plain"; means: string }> = {
  better: { tone: "ok", means: "More reach the goal than by chance alone." },
  worse: { tone: "bad", means: "Fewer reach the goal than without it." },
  open: { tone: "plain", means: "It may be chance: the interval holds both more and fewer." },
};

function Outcome({ comparison }: { comparison: OfferComparison }) {
  const told = verdict(comparison);
  const { difference } = comparison;
  if (told === "unknown" || !difference) {
    return (
      <p className={classes.quiet}>
        {comparison.control_percent === 0
          ? "There is no control group: set control_percent in decisions.yaml."
          : "Both groups need customers before they can be compared."}
      </p>
    );
  }
  const { tone, means } = TOLD[told];
  return (
    <Notice tone={tone}>
      <strong>{points(difference.difference)} percentage points</strong> (95 %: {points(difference.low)} to{" "}
      {points(difference.high)}). {means}
    </Notice>
  );
}
