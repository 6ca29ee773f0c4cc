/** Complaints or tickets: what about, since when, and how each was solved. */
import type { CustomerCase } from "@api/__generated__/schema";
import { Link } from "@tanstack/react-router";
import { Sheet } from "@ui/Page";
import { Tag } from "@ui/states";
import { Moment, useNow } from "@ui/Time";
import classes from "./Orders.module.css";
import { ToldBy } from "./ToldBy";

interface Props {
  title: string;
  cases: CustomerCase[];
  customer: string;
}

export function Cases({ title, cases, customer }: Props) {
  if (cases.length === 0) return null;
  return (
    <Sheet title={title}>
      <ul className={classes.cases}>
        {cases.map((own) => (
          <Case key={own.reference} own={own} customer={customer} />
        ))}
      </ul>
    </Sheet>
  );
}

function Case({ own, customer }: { own: CustomerCase; customer: string }) {
  const now = useNow();
  return (
    <li className={classes.case}>
      <p className={classes.caseHead}>
        <b>{own.subject ?? own.reference}</b>
        <Tag tone={own.open ? "bad" : "ok"}>{own.open ? "open" : "solved"}</Tag>
        {own.severity && <Tag tone="warn">{own.severity}</Tag>}
      </p>
      <p className={classes.by}>
        {own.subject && <span>{own.reference}</span>}
        {own.order && (
          <Link
            to="/customers/$id"
            params={{ id: customer }}
            search={{ tab: "orders", order: own.order }}
            resetScroll={false}
          >
            {own.order}
          </Link>
        )}
        {own.products.length > 0 && <span>{own.products.join(", ")}</span>}
      </p>
      <p className={classes.by}>
        opened <ToldBy told={own.opened} />
      </p>
      {own.holds_until && (
        <p className={classes.by}>
          {Date.parse(own.holds_until) <= now ? "has held nothing back since" : "holds marketing back until"}{" "}
          <Moment time={own.holds_until} />
        </p>
      )}
      {own.solved && (
        <p className={classes.by}>
          solved <ToldBy told={own.solved} />
          {own.solved_by && <span>by {own.solved_by}</span>}
        </p>
      )}
      {own.solution && <p className={classes.text}>{own.solution}</p>}
    </li>
  );
}
