/** What is used of a limited offer, what is held back, and what is left. */
import type { Offer } from "@api/__generated__/schema";
import { count } from "@ui/format";
import classes from "./Offers.module.css";

export function Supply({ offer }: { offer: Offer }) {
  const { total, left, taken, held } = offer;
  if (total === null || total === undefined) return null;
  const part = (number: number) => `${total === 0 ? 0 : Math.min(100, (100 * number) / total)}%`;
  return (
    <div className={classes.supply}>
      <div className={classes.bar} aria-hidden="true">
        <span data-part="taken" style={{ width: part(taken) }} />
        <span data-part="held" style={{ width: part(held) }} />
      </div>
      <p className={classes.rule}>
        <strong>{count(left ?? 0)}</strong> of {count(total)} left, {count(taken)} taken
        {held > 0 && <>, {count(held)} held back</>}
        {offer.missed > 0 && <>, {count(offer.missed)} accepted in vain</>}
      </p>
    </div>
  );
}
