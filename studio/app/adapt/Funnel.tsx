/** How far an offer came with customers: where they fell out, and how many are left after each stage. */
import type { Offer, OfferStage } from "@api/__generated__/schema";
import { count, plural } from "@ui/format";
import { considered } from "./figures";
import classes from "./Offer.module.css";
import { stageWords } from "./stages";

interface Step extends OfferStage {
  /** Customers left after it. */
  left: number;
}

/** The stages with what is left after each; the last is what was chosen. */
export function steps(funnel: OfferStage[]): Step[] {
  let left = funnel.reduce((sum, stage) => sum + stage.customers, 0);
  return funnel.map((stage) => {
    if (stage.stage !== "chosen") left -= stage.customers;
    return { ...stage, left };
  });
}

export function Funnel({ offer }: { offer: Offer }) {
  const customers = offer.funnel.reduce((sum, stage) => sum + stage.customers, 0);
  const decisions = considered(offer);
  if (decisions === 0) {
    return <p className={classes.quiet}>No decision about one of its placements was made yet.</p>;
  }
  return (
    <>
      <p>
        Considered for {plural(customers, "customer")} in {plural(decisions, "decision")}. A customer stands
        at the furthest stage it ever came to.
      </p>
      <table className={`${classes.table} ${classes.funnel}`}>
        <caption className="visually-hidden">Where customers fell out</caption>
        <thead>
          <tr>
            <th scope="col">Fell out</th>
            <th scope="col">Customers</th>
            <th scope="col">Decisions</th>
            <th scope="col">Customers left</th>
          </tr>
        </thead>
        <tbody>
          {steps(offer.funnel).map((step) => (
            <Row key={step.stage} step={step} all={customers} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function Row({ step, all }: { step: Step; all: number }) {
  const { label, means } = stageWords(step.stage);
  const chosen = step.stage === "chosen";
  return (
    <tr data-zero={step.decisions === 0 && step.customers === 0} data-chosen={chosen}>
      <th scope="row">
        {label}
        <small>{means}</small>
      </th>
      <td>{count(step.customers)}</td>
      <td>{count(step.decisions)}</td>
      <td className={classes.left}>
        <div className={classes.leftLine}>
          <span className={classes.leftCount}>{count(step.left)}</span>
          <span className={classes.leftRoom}>
            <span
              className={classes.leftBar}
              style={{ width: `${all === 0 ? 0 : (100 * step.left) / all}%` }}
            />
          </span>
        </div>
      </td>
    </tr>
  );
}
