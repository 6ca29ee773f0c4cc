/** Every walk of one customer through a journey: where it is, what it waits for, and how it got there. */
import type { JourneyRun, RunState, RunStep } from "@api/__generated__/schema";
import { runsQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChannelName } from "@ui/channel";
import { words } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Sheet } from "@ui/Page";
import { Empty, Tag } from "@ui/states";
import { Ago, Moment } from "@ui/Time";
import { Asked } from "../../shell/Asked";
import classes from "./Runs.module.css";
import { Slots } from "./Slots";

export function Runs({ id }: { id: string }) {
  const query = useQuery(runsQuery(id));
  return (
    <Asked query={query}>
      {(runs) =>
        runs.length === 0 ? (
          <Empty icon="journey" title="In no journey">
            This customer has not entered a journey. <Link to="/journeys">The journeys</Link> say what lets
            somebody in.
          </Empty>
        ) : (
          <ol className={classes.runs}>
            {runs.map((run) => (
              <li key={run.id}>
                <Run run={run} />
              </li>
            ))}
          </ol>
        )
      }
    </Asked>
  );
}

const STATES: Record<RunState, { label: string; tone: "ok" | "warn" | "bad" | "plain" }> = {
  waiting: { label: "waiting", tone: "warn" },
  running: { label: "on its way", tone: "plain" },
  completed: { label: "completed", tone: "ok" },
  exited: { label: "left", tone: "plain" },
  failed: { label: "failed", tone: "bad" },
};

function Run({ run }: { run: JourneyRun }) {
  const { label, tone } = STATES[run.state];
  return (
    <Sheet title={`${run.title}, version ${run.version}`} aside={<Tag tone={tone}>{label}</Tag>}>
      <div className={classes.run}>
        <div className={classes.where}>
          {run.waiting && (
            <p className={classes.waiting}>
              <Icon name="clock" size={16} />
              <span>
                {run.waiting}
                {run.due && (
                  <small>
                    {" "}
                    until <Moment time={run.due} />
                  </small>
                )}
              </span>
            </p>
          )}
          <p>
            At step <b>{words(run.step)}</b>, started <Ago time={run.started} />
            {run.ended && (
              <>
                , ended <Ago time={run.ended} />
              </>
            )}
          </p>
          <Slots slots={run.slots} />
          <Link
            to="/journeys/$name"
            params={{ name: run.journey }}
            search={{ step: run.step }}
            className={classes.link}
          >
            See it in the journey
          </Link>
        </div>
        <ol className={classes.history} aria-label="How it got there">
          {run.history.map((step) => (
            <Step key={`${step.time} ${step.step} ${step.reason}`} step={step} />
          ))}
        </ol>
      </div>
    </Sheet>
  );
}

function Step({ step }: { step: RunStep }) {
  return (
    <li className={classes.step}>
      <p>
        <b>{words(step.step)}</b>
        {step.channel && <ChannelName channel={step.channel} />}
        <span className={classes.time}>
          <Moment time={step.time} />
        </span>
      </p>
      <p className={classes.reason}>{step.reason}</p>
    </li>
  );
}
