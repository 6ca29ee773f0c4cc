/** What customers did with an offer, with rates and how sure they are. */
import type { Offer, OfferRate } from "@api/__generated__/schema";
import { count } from "@ui/format";
import { percent } from "./figures";
import classes from "./Offer.module.css";

export function Responses({ offer }: { offer: Offer }) {
  const { rates } = offer;
  return (
    <table className={classes.table}>
      <caption className="visually-hidden">Responses to the offer</caption>
      <thead>
        <tr>
          <th scope="col">Response</th>
          <th scope="col">How often</th>
          <th scope="col">Rate</th>
          <th scope="col">95 % interval</th>
        </tr>
      </thead>
      <tbody>
        <Response name="Chosen" value={offer.decided} />
        <Response name="Shown" value={offer.shown} rate={rates.shown} />
        <Response name="Clicked" value={offer.clicked} rate={rates.clicked} />
        <Response name="Accepted" value={offer.accepted} rate={rates.accepted} />
        <Response name="Declined" value={offer.declined} rate={rates.declined} />
        {offer.missed > 0 && <Response name="Accepted, none left" value={offer.missed} />}
        <Response name="Held out" value={offer.held_out} />
      </tbody>
    </table>
  );
}

interface ResponseProps {
  name: string;
  value: number;
  rate?: OfferRate | null | undefined;
}

function Response({ name, value, rate }: ResponseProps) {
  return (
    <tr data-zero={value === 0}>
      <th scope="row">{name}</th>
      <td>{count(value)}</td>
      <td>{rate ? `${percent(rate.rate)} of ${rate.of === "shown" ? "shown" : "chosen"}` : ""}</td>
      <td>{rate ? `${percent(rate.low)} – ${percent(rate.high)}` : ""}</td>
    </tr>
  );
}
