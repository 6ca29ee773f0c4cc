/** All segments: who is in, and the condition that says so. */
import type { Segment } from "@api/__generated__/schema";
import { segmentsQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { count } from "@ui/format";
import { Page } from "@ui/Page";
import { Empty } from "@ui/states";
import { Asked } from "../shell/Asked";
import classes from "./Segments.module.css";

export function Segments() {
  const query = useQuery(segmentsQuery);
  return (
    <Page
      title="Segments"
      lead="Groups that customers enter and leave by themselves, the moment a condition turns true or false."
    >
      <Asked query={query}>
        {(segments) => (segments.length === 0 ? <None /> : <All segments={segments} />)}
      </Asked>
    </Page>
  );
}

function All({ segments }: { segments: Segment[] }) {
  return (
    <ul className={classes.list}>
      {segments.map((segment) => (
        <li key={segment.name} className={classes.segment}>
          <div className={classes.words}>
            <h2 className={classes.title}>{segment.title}</h2>
            {segment.description && <p className={classes.description}>{segment.description}</p>}
            <pre className={classes.when}>{segment.when}</pre>
          </div>
          <Link to="/customers" search={{ segment: segment.name }} className={classes.members}>
            <strong>{count(segment.members)}</strong> {segment.members === 1 ? "customer" : "customers"}
            <span className="visually-hidden"> in {segment.title}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function None() {
  return (
    <Empty icon="segments" title="No segments yet">
      Write a file such as <code>segments/regulars.yaml</code> with a condition, and publish the catalogue.
    </Empty>
  );
}
