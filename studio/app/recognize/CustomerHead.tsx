/** The head of a customer's page: the name, every identifier, the segments, since when and how much. */
import type { CustomerProfile } from "@api/__generated__/schema";
import { CopyButton, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { count, namespaceName, shortDay } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Tag } from "@ui/states";
import { Ago } from "@ui/Time";
import classes from "./CustomerHead.module.css";
import { Erase } from "./identity/Erase";

export function CustomerHead({ profile }: { profile: CustomerProfile }) {
  return (
    <header className={classes.head}>
      <div className={classes.top}>
        <h1 className={classes.name} data-anonymous={!profile.name}>
          {profile.name ?? "Anonymous customer"}
        </h1>
        <Erase customer={profile.id} />
      </div>
      <ul className={classes.ids} aria-label="Identifiers">
        {profile.identifiers.map(({ namespace, value }) => (
          <li key={`${namespace}:${value}`}>
            <Copyable label={namespaceName(namespace)} value={value} />
          </li>
        ))}
        <li>
          <Copyable label="Customer" value={profile.id} />
        </li>
      </ul>
      <p className={classes.facts}>
        <span>{count(profile.events)} events</span>
        <span>
          since <time dateTime={profile.first_seen}>{shortDay(profile.first_seen)}</time>
        </span>
        <span>
          last seen <Ago time={profile.last_seen} />
        </span>
        {profile.segments.map(({ name, title }) => (
          <Link key={name} to="/customers" search={{ segment: name }} className={classes.segment}>
            <Tag>{title}</Tag>
          </Link>
        ))}
      </p>
    </header>
  );
}

function Copyable({ label, value }: { label: string; value: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <UnstyledButton className={classes.id} onClick={copy} title={`Copy ${value}`}>
          <span className={classes.namespace}>{label}</span>
          <span className={classes.value}>{value}</span>
          <Icon name={copied ? "check" : "copy"} size={13} label={copied ? "Copied" : "Copy"} />
        </UnstyledButton>
      )}
    </CopyButton>
  );
}
