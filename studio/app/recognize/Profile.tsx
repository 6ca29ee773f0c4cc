/** The whole profile, now or as it was known at a time: each trait with the source and the time it came from. */
import type { CustomerProfile } from "@api/__generated__/schema";
import { customerQuery } from "@api/queries";
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { namespaceName, plainValue, words } from "@ui/format";
import { Sheet } from "@ui/Page";
import { Notice } from "@ui/states";
import { Ago, Moment } from "@ui/Time";
import type { ReactNode } from "react";
import { Asked } from "../shell/Asked";
import { ConsentLine } from "./Consents";
import classes from "./Profile.module.css";

const route = getRouteApi("/shell/customers/$id");

export function Profile({ id }: { id: string }) {
  const { as_of } = route.useSearch();
  const query = useQuery(customerQuery(id, as_of));
  return (
    <div className={classes.profile}>
      <AsOf />
      <Asked query={query}>{(profile) => <Sheets profile={profile} asOf={as_of} />}</Asked>
    </div>
  );
}

function AsOf() {
  const { as_of } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (time: string | undefined) =>
    void navigate({ search: (old) => ({ ...old, as_of: time }), replace: true });
  const type = (text: string) => {
    const time = new Date(text);
    set(Number.isNaN(time.getTime()) ? undefined : time.toISOString());
  };
  return (
    <div className={classes.asOf}>
      <TextInput
        type="datetime-local"
        label="As it was known at"
        value={as_of === undefined ? "" : localInput(as_of)}
        onChange={(event) => type(event.currentTarget.value)}
      />
      {as_of !== undefined && (
        <Button variant="default" onClick={() => set(undefined)}>
          Back to now
        </Button>
      )}
    </div>
  );
}

/** What a `datetime-local` field wants: local time without a zone. */
export function localInput(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  const pad = (number: number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

function Sheets({ profile, asOf }: { profile: CustomerProfile; asOf: string | undefined }) {
  const traits = Object.entries(profile.traits);
  const computed = Object.entries(profile.computed);
  return (
    <>
      {asOf !== undefined && (
        <Notice tone="warn">
          This is what was known at <Moment time={asOf} />. Later events are left out.
        </Notice>
      )}
      <Sheet title="Traits" flush>
        <Lines none="No traits are known.">
          {traits.map(([name, { value, source, time }]) => (
            <Line key={name} name={name} value={value}>
              {source}, <Ago time={time} />
            </Line>
          ))}
        </Lines>
      </Sheet>
      <Sheet title="Computed" flush>
        <Lines none="The catalogue declares no computed traits.">
          {computed.map(([name, { title, value }]) => (
            <Line key={name} name={title ?? words(name)} value={value} />
          ))}
        </Lines>
      </Sheet>
      <Sheet title="Segments" flush>
        <Lines none="In no segment.">
          {profile.segments.map(({ name, title, since }) => (
            <Line key={name} name={title} value={name}>
              since <Ago time={since} />
            </Line>
          ))}
        </Lines>
      </Sheet>
      <Sheet title="Consent">
        <ul className={classes.consents}>
          {profile.consents.map((consent) => (
            <ConsentLine key={`${consent.purpose} ${consent.channel ?? ""}`} consent={consent} />
          ))}
          {profile.consents.length === 0 && <li className={classes.none}>Nothing was ever asked or said.</li>}
        </ul>
      </Sheet>
      {profile.invalid_identifiers.length > 0 && (
        <Sheet title="Identifiers that are not valid" flush>
          <Lines none="">
            {profile.invalid_identifiers.map(({ namespace, value, reason }) => (
              <Line key={`${namespace} ${value}`} name={namespaceName(namespace)} value={value}>
                {reason}
              </Line>
            ))}
          </Lines>
        </Sheet>
      )}
    </>
  );
}

function Lines({ none, children }: { none: string; children: ReactNode[] }) {
  if (children.length === 0) return <p className={classes.none}>{none}</p>;
  return <dl>{children}</dl>;
}

function Line({ name, value, children }: { name: string; value: unknown; children?: ReactNode }) {
  return (
    <div className={classes.line}>
      <dt>{name}</dt>
      <dd>
        <span className={classes.value}>{plainValue(value)}</span>
        {children !== undefined && <span className={classes.origin}>{children}</span>}
      </dd>
    </div>
  );
}
