/** Rehearsals: what a change would have done to customers, tried on what really happened. Nothing is sent. */
import type { CatalogueFile, RehearsalJob } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { catalogueQuery, rehearsalsQuery, segmentsQuery } from "@api/queries";
import { NumberInput, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { count, plural } from "@ui/format";
import { Page, Sheet } from "@ui/Page";
import { Empty, Tag } from "@ui/states";
import { Ago } from "@ui/Time";
import { useState } from "react";
import { Asked } from "../../shell/Asked";
import { Permitted } from "../../shell/permission";
import { Refused } from "../../shell/Refused";
import { ChangedFiles } from "./ChangedFiles";
import { overlaid } from "./draft";
import classes from "./Rehearsals.module.css";

export function Rehearsals() {
  const query = useQuery(rehearsalsQuery);
  return (
    <Page
      title="Rehearsals"
      lead="What a change would have done, tried on what really happened. Nothing is sent and nothing changes."
      actions={<Link to="/journeys">All journeys</Link>}
    >
      <div className={classes.page}>
        <NewRehearsal />
        <Sheet title="Rehearsals so far" flush>
          <Asked query={query}>
            {(jobs) =>
              jobs.length === 0 ? (
                <Empty icon="replay" title="Nothing was rehearsed yet">
                  Choose changed files above. The last few rehearsals are kept until the server stops.
                </Empty>
              ) : (
                <ul aria-label="Rehearsals so far">
                  {jobs.map((job) => (
                    <Job key={job.id} job={job} />
                  ))}
                </ul>
              )
            }
          </Asked>
        </Sheet>
      </div>
    </Page>
  );
}

const TONES = { running: "plain", done: "ok", failed: "bad", cancelled: "warn" } as const;

function Job({ job }: { job: RehearsalJob }) {
  return (
    <li className={classes.job}>
      <Link to="/rehearsals/$id" params={{ id: job.id }}>
        Rehearsal {job.id}
      </Link>
      <Tag tone={TONES[job.state]}>{job.state}</Tag>
      <span>
        asked <Ago time={job.asked} /> by {job.by}
      </span>
      <span>{plural(job.records, "record")}</span>
    </li>
  );
}

function NewRehearsal() {
  const published = useQuery(catalogueQuery);
  const segments = useQuery(segmentsQuery);
  const [changed, setChanged] = useState<CatalogueFile[]>([]);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [segment, setSegment] = useState<string | null>(null);
  const [sample, setSample] = useState<number | string>(100);
  const navigate = useNavigate();
  const cache = useQueryClient();
  const begin = useMutation({
    mutationFn: () =>
      take(
        api.POST("/api/v1/rehearsals", {
          body: {
            files: changed.length === 0 ? null : overlaid(published.data?.files ?? [], changed),
            from: from === "" ? null : new Date(from).toISOString(),
            to: to === "" ? null : new Date(to).toISOString(),
            segment,
            sample: Number(sample) || 100,
          },
        }),
      ),
    onSuccess: (job) => {
      void cache.invalidateQueries({ queryKey: rehearsalsQuery.queryKey, exact: true });
      void navigate({ to: "/rehearsals/$id", params: { id: job.id } });
    },
  });
  return (
    <Sheet title="Rehearse a change">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          begin.mutate();
        }}
      >
        <ChangedFiles published={published.data?.files ?? []} changed={changed} change={setChanged} />
        <div className={classes.fields}>
          <TextInput
            type="datetime-local"
            label="From"
            description="The first event unless stated"
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label="To"
            description="Now unless stated"
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
          <Select
            label="Segment"
            description="Who is in it when the period begins"
            placeholder="Everybody"
            data={(segments.data ?? []).map(({ name, title }) => ({ value: name, label: title }))}
            value={segment}
            onChange={setSegment}
            clearable
            searchable
          />
          <NumberInput
            label="Sample"
            description="Customers of a hundred"
            min={1}
            max={100}
            clampBehavior="strict"
            allowDecimal={false}
            value={sample}
            onChange={setSample}
          />
        </div>
        {begin.error !== null && <Refused error={begin.error} />}
        <div className={classes.begin}>
          <Permitted permission="catalogue_write" loading={begin.isPending} onClick={() => begin.mutate()}>
            Rehearse
          </Permitted>
          <span>
            {changed.length === 0
              ? "What is published, as it is: it must come to what really happened."
              : `${count(changed.length)} changed, on top of what is published.`}
          </span>
        </div>
      </form>
    </Sheet>
  );
}
