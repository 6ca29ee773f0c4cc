/** Why this one message went out or was held, and why this one offer was chosen: recorded, and looked at anew. */
import type { Recheck, WhyOne as WhyOneAnswer } from "@api/__generated__/schema";
import { whyDecisionQuery, whyMessageQuery } from "@api/queries";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { plainValue } from "@ui/format";
import { Sheet } from "@ui/Page";
import { Notice, Tag } from "@ui/states";
import { Moment, Told } from "@ui/Time";
import { Asked } from "../../shell/Asked";
import classes from "./Why.module.css";

interface Props {
  id: string;
  message: string | undefined;
  decision: string | undefined;
  close: () => void;
}

export function WhyOne({ id, message, decision, close }: Props) {
  const shown = message ?? decision;
  if (shown === undefined) return null;
  return (
    <Sheet
      title={message === undefined ? "Why this choice of an offer?" : "Why this message?"}
      aside={
        <Button size="compact-sm" variant="subtle" onClick={close}>
          Close
        </Button>
      }
    >
      {message === undefined ? <OfOffer id={id} decision={shown} /> : <OfMessage id={id} message={message} />}
    </Sheet>
  );
}

function OfMessage({ id, message }: { id: string; message: string }) {
  const query = useQuery(whyMessageQuery(id, message));
  return <Asked query={query}>{(why) => <Reasons why={why} />}</Asked>;
}

function OfOffer({ id, decision }: { id: string; decision: string }) {
  const query = useQuery(whyDecisionQuery(id, decision));
  return <Asked query={query}>{(why) => <Reasons why={why} />}</Asked>;
}

function Reasons({ why }: { why: WhyOneAnswer }) {
  return (
    <div className={classes.why}>
      <p className={classes.answer}>{why.answer}</p>
      {why.agrees ? (
        <Notice tone="ok">Looked at anew from the ledger, it comes to the same.</Notice>
      ) : (
        <Notice tone="warn">
          Looked at anew by today's definitions, not everything comes to what was recorded; see below.
        </Notice>
      )}
      <section>
        <h3>What was recorded</h3>
        <ol aria-label="What was recorded" className={classes.list}>
          {why.recorded.map(({ time, sentence }, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: reasons have no id of their own and never move.
            <li key={`${time} ${place}`}>
              <Moment time={time} />{" "}
              <span>
                <Told text={sentence} />
              </span>
            </li>
          ))}
        </ol>
      </section>
      <section>
        <h3>Looked at anew</h3>
        <ul aria-label="Looked at anew" className={classes.list}>
          {why.checks.map((check) => (
            <Anew key={check.name} check={check} />
          ))}
        </ul>
      </section>
    </div>
  );
}

function Anew({ check: { name, sentence, recorded, agrees, values } }: { check: Recheck }) {
  return (
    <li>
      <b>{name}</b> {recorded && <Tag tone={agrees ? "ok" : "warn"}>{agrees ? "agrees" : "differs"}</Tag>}{" "}
      <span>
        <Told text={sentence} />
        {!agrees && recorded && (
          <>
            {" "}
            Recorded was: <Told text={recorded} />
          </>
        )}
        {values.length > 0 && (
          <> ({values.map((read) => `${read.name} was ${plainValue(read.value)}`).join(", ")})</>
        )}
      </span>
    </li>
  );
}
