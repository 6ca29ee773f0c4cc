/** The last decisions an offer took part in: whose, where, and what became of it there. */
import type { OfferDecision } from "@api/__generated__/schema";
import { offerDecisionsQuery } from "@api/queries";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { plural } from "@ui/format";
import { Sheet } from "@ui/Page";
import { Empty, Tag } from "@ui/states";
import { Ago } from "@ui/Time";
import { useState } from "react";
import { Asked } from "../shell/Asked";
import { percent } from "./figures";
import classes from "./Offer.module.css";
import { stageWords } from "./stages";

/** Decisions shown at first. */
const FIRST = 12;

export function OfferDecisions({ name }: { name: string }) {
  const query = useQuery(offerDecisionsQuery(name));
  const [all, showAll] = useState(false);
  return (
    <Sheet title="Last decisions" flush>
      <Asked query={query}>
        {({ items, erased }) => (
          <>
            {items.length === 0 ? (
              <Empty icon="flag" title="It took part in no decision yet">
                A touchpoint asks for one of its placements by <code>POST /v1/context</code>, or a journey by
                a step <code>decide</code>.
              </Empty>
            ) : (
              <ol className={classes.decisions} aria-label="Last decisions">
                {items.slice(0, all ? items.length : FIRST).map((decision) => (
                  <Decision key={decision.decision} decision={decision} />
                ))}
              </ol>
            )}
            {!all && items.length > FIRST && (
              <div className={classes.more}>
                <Button variant="default" onClick={() => showAll(true)}>
                  Show all {items.length}
                </Button>
              </div>
            )}
            {erased > 0 && (
              <p className={classes.erased}>
                {plural(erased, "decision")} of customers who were erased {erased === 1 ? "is" : "are"} not
                told.
              </p>
            )}
          </>
        )}
      </Asked>
    </Sheet>
  );
}

function Decision({ decision }: { decision: OfferDecision }) {
  const chosen = decision.stage === "chosen";
  return (
    <li className={classes.decision}>
      <div className={classes.who}>
        <Link to="/customers/$id" params={{ id: decision.customer }}>
          {decision.name ?? decision.customer}
        </Link>
        <span className={classes.quiet}>
          <Ago time={decision.time} /> for <code>{decision.placement}</code>
        </span>
      </div>
      <div className={classes.what}>
        <Tag tone={chosen ? "ok" : decision.stage === "control" ? "warn" : "plain"}>
          {stageWords(decision.stage).label}
        </Tag>
        <span>{decision.reason}</span>
      </div>
      <div className={classes.rank}>
        {decision.score !== null && decision.score !== undefined && <>rank {decision.score.toFixed(2)}</>}
        {chosen && <>, probability {percent(decision.probability)}</>}
      </div>
      <Link
        className={classes.why}
        to="/customers/$id"
        params={{ id: decision.customer }}
        search={{ tab: "journeys", decision: decision.decision }}
      >
        Why?<span className="visually-hidden"> {decision.name ?? decision.customer}</span>
      </Link>
    </li>
  );
}
