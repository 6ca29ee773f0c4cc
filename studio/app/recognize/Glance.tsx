/** Beside the thread: where the customer is right now, what they allowed, and what is known. */
import type { CustomerProfile, JourneyRun } from "@api/__generated__/schema";
import { Link } from "@tanstack/react-router";
import { plainValue, words } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Sheet } from "@ui/Page";
import { Slots } from "../orchestrate/runs/Slots";
import { ConsentLine } from "./Consents";
import classes from "./Glance.module.css";

/** The runs that are on their way. */
export function Now({ customer, runs = [] }: { customer: string; runs: JourneyRun[] | undefined }) {
  const active = runs.filter(({ state }) => state === "waiting" || state === "running");
  if (active.length === 0) return null;
  return (
    <aside className={`${classes.glance} ${classes.now}`} aria-label="Where the customer is">
      {active.map((run) => (
        <Where key={run.id} customer={customer} run={run} />
      ))}
    </aside>
  );
}

export function Glance({ profile }: { profile: CustomerProfile }) {
  return (
    <aside className={`${classes.glance} ${classes.known}`} aria-label="At a glance">
      <Consents profile={profile} />
      <Facts profile={profile} />
    </aside>
  );
}

function Where({ customer, run }: { customer: string; run: JourneyRun }) {
  return (
    <Sheet title={run.title}>
      <p className={classes.waiting}>
        <Icon name="clock" size={16} />
        <span>{run.waiting ?? `At ${words(run.step)}`}</span>
      </p>
      <Slots slots={run.slots} />
      <Link
        to="/customers/$id"
        params={{ id: customer }}
        search={{ tab: "journeys" }}
        className={classes.more}
      >
        Where and why
      </Link>
    </Sheet>
  );
}

function Consents({ profile }: { profile: CustomerProfile }) {
  if (profile.consents.length === 0) return null;
  return (
    <Sheet title="Consent">
      <ul className={classes.consents}>
        {profile.consents.map((consent) => (
          <ConsentLine key={`${consent.purpose} ${consent.channel ?? ""}`} consent={consent} />
        ))}
      </ul>
    </Sheet>
  );
}

const FACTS_SHOWN = 8;

function Facts({ profile }: { profile: CustomerProfile }) {
  const computed = Object.entries(profile.computed).map(([name, { title, value }]) => ({
    name: title ?? words(name),
    value,
  }));
  // What the head of the page says already is not said again.
  const said = new Set<unknown>([profile.name, ...profile.identifiers.map(({ value }) => value)]);
  const traits = Object.entries(profile.traits)
    .filter(([, { value }]) => !said.has(value))
    .map(([name, { value }]) => ({ name: words(name), value }));
  const facts = [...computed, ...traits].slice(0, FACTS_SHOWN);
  if (facts.length === 0) return null;
  return (
    <Sheet title="Known facts">
      <dl className={classes.facts}>
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{plainValue(value)}</dd>
          </div>
        ))}
      </dl>
      <Link
        to="/customers/$id"
        params={{ id: profile.id }}
        search={{ tab: "profile" }}
        className={classes.more}
      >
        Whole profile
      </Link>
    </Sheet>
  );
}
