/** Who this customer is made of: the strands, what ties each to the others and why, and the way to fold them apart. */
import type { CustomerIdentity, DroppedLink, IdentityLink, LineageEntry } from "@api/__generated__/schema";
import { identityQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { namespaceName } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Sheet } from "@ui/Page";
import { Ago } from "@ui/Time";
import { useState } from "react";
import { Asked } from "../../shell/Asked";
import { toggled } from "../thread/ThreadFilters";
import classes from "./Identity.module.css";
import { IdentityGraph } from "./IdentityGraph";
import { Unmerge } from "./Unmerge";

export function Identity({ id }: { id: string }) {
  const query = useQuery(identityQuery(id));
  return <Asked query={query}>{(identity) => <Known key={id} identity={identity} />}</Asked>;
}

function Known({ identity }: { identity: CustomerIdentity }) {
  const [chosen, setChosen] = useState<string[]>([]);
  const names = new Map(identity.nodes.map(({ strand, namespace, value }) => [strand, { namespace, value }]));
  const present = chosen.filter((strand) => names.has(strand));
  return (
    <div className={classes.identity}>
      <Sheet
        title="Strands"
        aside={<Unmerge identity={identity} chosen={present} onDone={() => setChosen([])} />}
        flush
      >
        <IdentityGraph
          identity={identity}
          chosen={present}
          onToggle={(strand) => setChosen((old) => toggled(old, strand))}
        />
      </Sheet>
      <div className={classes.reasons}>
        <Sheet title="Why they belong together">
          <Links links={identity.links} name={(strand) => names.get(strand)?.value ?? strand} />
        </Sheet>
        {identity.dropped.length > 0 && (
          <Sheet title="Links that were not made">
            <Dropped dropped={identity.dropped} name={(strand) => names.get(strand)?.value ?? strand} />
          </Sheet>
        )}
        <Sheet title="Lineage">
          <Lineage lineage={identity.lineage} />
        </Sheet>
      </div>
    </div>
  );
}

function Links({ links, name }: { links: IdentityLink[]; name: (strand: string) => string }) {
  if (links.length === 0) return <p className={classes.none}>One strand only: nothing was merged.</p>;
  return (
    <ol className={classes.list}>
      {links.map((link) => (
        <li key={`${link.a} ${link.b}`}>
          <p className={classes.pair}>
            <b>{name(link.a)}</b> <Icon name="link" size={14} label="is linked with" /> <b>{name(link.b)}</b>
          </p>
          <p>{link.reason}</p>
          <p className={classes.origin}>
            {link.source}, <Ago time={link.time} />
          </p>
        </li>
      ))}
    </ol>
  );
}

function Dropped({ dropped, name }: { dropped: DroppedLink[]; name: (strand: string) => string }) {
  return (
    <ol className={classes.list}>
      {dropped.map((link) => (
        <li key={`${link.a} ${link.b} ${link.time}`}>
          <p className={classes.pair}>
            <b>{name(link.a)}</b> <Icon name="unlink" size={14} label="is not linked with" />{" "}
            <Other link={link} />
          </p>
          <p>{link.reason}</p>
          <p className={classes.origin}>
            {link.source}, <Ago time={link.time} />
          </p>
        </li>
      ))}
    </ol>
  );
}

function Other({ link }: { link: DroppedLink }) {
  const said = link.other ? `${namespaceName(link.other.namespace)} ${link.other.value}` : link.b;
  if (!link.other_customer) return <b>{said}</b>;
  return (
    <Link to="/customers/$id" params={{ id: link.other_customer }}>
      <b>{said}</b>
    </Link>
  );
}

const LINEAGE_WORDS: Record<LineageEntry["kind"], string> = {
  created: "Began",
  merged: "Merged",
  unmerged: "Folded apart",
};

function Lineage({ lineage }: { lineage: LineageEntry[] }) {
  return (
    <ol className={classes.list}>
      {lineage.map((entry) => (
        <li key={`${entry.time} ${entry.kind} ${entry.from ?? ""} ${entry.to}`}>
          <p className={classes.pair}>
            <b>{LINEAGE_WORDS[entry.kind]}</b>
            {entry.from && (
              <code>
                {entry.from} → {entry.to}
              </code>
            )}
          </p>
          <p>{entry.reason}</p>
          <p className={classes.origin}>
            <Ago time={entry.time} />
          </p>
        </li>
      ))}
    </ol>
  );
}
