/** Why did this customer get it, or not: what is recorded of one journey, and what each event was to it. */
import type { EventReason, Why as WhyAnswer } from "@api/__generated__/schema";
import { journeysQuery, whyQuery } from "@api/queries";
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Sheet } from "@ui/Page";
import { Tag } from "@ui/states";
import { Moment, Told } from "@ui/Time";
import { Asked } from "../../shell/Asked";
import classes from "./Why.module.css";

interface Props {
  id: string;
  /** The journey that is asked about, by name. */
  journey: string | undefined;
  choose: (journey: string | undefined) => void;
}

export function Why({ id, journey, choose }: Props) {
  const journeys = useQuery(journeysQuery);
  return (
    <Sheet title="Why, or why not?">
      <Select
        label="Journey"
        placeholder="Choose a journey"
        className={classes.choice ?? ""}
        data={(journeys.data ?? []).map(({ name, title }) => ({ value: name, label: title }))}
        value={journey ?? null}
        onChange={(name) => choose(name ?? undefined)}
        searchable
        clearable
      />
      {journey !== undefined && <Answer id={id} journey={journey} />}
    </Sheet>
  );
}

function Answer({ id, journey }: { id: string; journey: string }) {
  const query = useQuery(whyQuery(id, journey));
  return <Asked query={query}>{(why) => <Reasons why={why} />}</Asked>;
}

function Reasons({ why }: { why: WhyAnswer }) {
  return (
    <div className={classes.why}>
      <p className={classes.answer}>{why.answer}</p>
      {why.recorded.length > 0 && (
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
      )}
      {why.events.length > 0 && (
        <section>
          <h3>Each event, looked at anew</h3>
          <ol aria-label="Each event, looked at anew" className={classes.list}>
            {why.events.map((event, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: reasons have no id of their own and never move.
              <li key={`${event.time} ${place}`}>
                <Moment time={event.time} /> <Judged event={event} />
              </li>
            ))}
          </ol>
        </section>
      )}
      <section>
        <h3>Ways in</h3>
        <ul aria-label="Ways in" className={classes.list}>
          {why.ways_in.map(({ entry, sentence }) => (
            <li key={entry}>
              <b>{entry}</b>{" "}
              <span>
                <Told text={sentence} />
              </span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function Judged({ event }: { event: EventReason }) {
  return (
    <span>
      <Tag tone={event.starts ? "ok" : "plain"}>{event.starts ? "starts" : "does not start"}</Tag>{" "}
      <Told text={event.sentence} />
    </span>
  );
}
