/** One rehearsal: its progress, then what really happened beside what would have, by journey and by customer. */
import type { Rehearsal as Outcome, RehearsalJob } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { rehearsalQuery } from "@api/queries";
import { Progress, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { count, plural } from "@ui/format";
import { Page, Sheet } from "@ui/Page";
import { Empty, Notice } from "@ui/states";
import { Moment } from "@ui/Time";
import { Problems } from "../../catalogue/Catalogue";
import { Asked } from "../../shell/Asked";
import { Permitted } from "../../shell/permission";
import { Refused } from "../../shell/Refused";
import { JourneyCompared } from "./JourneyCompared";
import classes from "./Rehearsal.module.css";
import { RehearsedCustomers } from "./RehearsedCustomers";

const route = getRouteApi("/shell/rehearsals/$id");

export function Rehearsal() {
  const { id } = route.useParams();
  const query = useQuery(rehearsalQuery(id));
  return (
    <Page
      title={`Rehearsal ${id}`}
      lead="What really happened, and what would have happened with the draft."
      actions={<Link to="/rehearsals">All rehearsals</Link>}
    >
      <Asked query={query}>{(job) => <Job job={job} />}</Asked>
    </Page>
  );
}

function Job({ job }: { job: RehearsalJob }) {
  const { from, to, segment, sample } = job;
  return (
    <div className={classes.page}>
      <p className={classes.asked}>
        {new Date(from).getTime() === 0 ? "From the first event" : <Moment time={from} />} to{" "}
        <Moment time={to} />, {segment ? `customers in “${segment}”` : "all customers"}
        {sample < 100 && `, ${sample} of a hundred`}.
      </p>
      {job.state === "running" && <Running job={job} />}
      {job.state === "cancelled" && <Notice tone="warn">It was cancelled. Nothing came of it.</Notice>}
      {job.state === "failed" && <Notice tone="bad">It failed: {job.failure}.</Notice>}
      {job.problems.length > 0 && <Problems problems={job.problems} />}
      {job.outcome && <Came id={job.id} outcome={job.outcome} />}
    </div>
  );
}

function Running({ job }: { job: RehearsalJob }) {
  const cache = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => take(api.POST("/api/v1/rehearsals/{id}/cancel", { params: { path: { id: job.id } } })),
    onSettled: () => cache.invalidateQueries({ queryKey: rehearsalQuery(job.id).queryKey }),
  });
  const part = job.records_total === 0 ? 0 : Math.min(100, (100 * job.records) / job.records_total);
  return (
    <Sheet title="Under way">
      <div className={classes.running}>
        <Progress.Root size="lg">
          <Progress.Section value={part} aria-label="Progress" />
        </Progress.Root>
        <p role="status">
          {count(job.records)} of about {plural(job.records_total, "record")}
        </p>
        {cancel.error !== null && <Refused error={cancel.error} />}
        <div>
          <Permitted
            permission="catalogue_write"
            variant="default"
            loading={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            Cancel
          </Permitted>
        </div>
      </div>
    </Sheet>
  );
}

function Came({ id, outcome }: { id: string; outcome: Outcome }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { journeys, customers, different, records } = outcome;
  const shown = journeys.find(({ name }) => name === search.journey) ?? journeys[0];
  const choose = (name: string | null) =>
    void navigate({ search: { journey: name ?? undefined }, replace: true, resetScroll: false });
  return (
    <>
      <Notice tone={different === 0 ? "ok" : "plain"}>
        {plural(different, "customer")} of {count(customers)} would have seen something else, by{" "}
        {plural(records, "record")}.
      </Notice>
      {shown === undefined ? (
        <Empty icon="journey" title="No journey took notice of anybody">
          Choose a longer period, or more customers.
        </Empty>
      ) : (
        <>
          <Select
            label="Journey"
            data={journeys.map(({ name, title }) => ({ value: name, label: title }))}
            value={shown.name}
            onChange={choose}
            searchable
            allowDeselect={false}
          />
          <JourneyCompared
            journey={shown}
            step={search.step}
            choose={(step) =>
              void navigate({ search: (old) => ({ ...old, step }), replace: true, resetScroll: false })
            }
          />
        </>
      )}
      {different > 0 && (
        <RehearsedCustomers
          id={id}
          different={different}
          open={search.customer}
          choose={(customer) =>
            void navigate({ search: (old) => ({ ...old, customer }), replace: true, resetScroll: false })
          }
        />
      )}
    </>
  );
}
