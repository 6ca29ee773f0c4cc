/** The inbox: conversations that wait for people or are with one, and the one that is being answered. */
import type { DeskOverview } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { tell } from "@api/problem";
import { deskQuery, inboxQuery } from "@api/queries";
import { Button, NativeSelect, SegmentedControl, Switch } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { plural } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Page } from "@ui/Page";
import { Empty, Failed, Loading } from "@ui/states";
import { INBOX_VIEWS, type InboxView } from "../../search";
import { useMay } from "../../shell/permission";
import { Refused } from "../../shell/Refused";
import { Conversation } from "./Conversation";
import classes from "./Inbox.module.css";
import { InboxEntry } from "./InboxEntry";

const route = getRouteApi("/shell/inbox");

const VIEW_NAMES: Record<InboxView, string> = { all: "All", mine: "Mine", waiting: "Waiting" };

export function Inbox() {
  const search = route.useSearch();
  const { customer, conversation } = search;
  const desk = useQuery(deskQuery);
  const chosen = customer !== undefined && conversation !== undefined;
  return (
    <Page
      title="Inbox"
      lead="Conversations that wait for people, or are with one: the most urgent first."
      actions={desk.data !== undefined && <Presence desk={desk.data} />}
    >
      <div className={classes.columns} data-chosen={chosen}>
        <section className={classes.list} aria-label="Conversations">
          <Choice desk={desk.data} />
          <List />
        </section>
        {chosen ? (
          <div className={classes.chosen}>
            <Link
              from="/inbox"
              to="/inbox"
              search={({ view, queue }) => ({ view, queue })}
              className={classes.back}
            >
              <Icon name="chevronLeft" size={14} /> Inbox
            </Link>
            <Conversation
              key={conversation}
              customer={customer}
              conversation={conversation}
              desk={desk.data}
            />
          </div>
        ) : (
          <div className={classes.none}>
            <Empty icon="message" title="No conversation is open">
              Choose one to read it over all its channels and to answer.
            </Empty>
          </div>
        )}
      </div>
    </Page>
  );
}

/** Whether the one who is signed in is given conversations. */
function Presence({ desk }: { desk: DeskOverview }) {
  const cache = useQueryClient();
  const may = useMay("conversations_write");
  const change = useMutation({
    mutationFn: (presence: "available" | "away") =>
      take(api.POST("/api/v1/desk/presence", { body: { presence } })),
    onSuccess: (after) => cache.setQueryData(deskQuery.queryKey, after),
  });
  const own = desk.agents.find(({ name }) => name === desk.me);
  if (own === undefined) return null;
  return (
    <>
      <Switch
        label={`Available as ${own.title}`}
        checked={own.presence === "available"}
        disabled={!may || change.isPending}
        onChange={({ currentTarget }) => change.mutate(currentTarget.checked ? "available" : "away")}
      />
      {change.error !== null && <Refused error={change.error} />}
    </>
  );
}

function Choice({ desk }: { desk: DeskOverview | undefined }) {
  const { view = "all", queue = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const show = (name: string) => {
    const found = INBOX_VIEWS.find((known) => known === name);
    void navigate({
      search: (old) => ({ ...old, view: found === "all" ? undefined : found }),
      replace: true,
    });
  };
  const queues = desk?.queues ?? [];
  return (
    <div className={classes.choice}>
      <SegmentedControl
        aria-label="Which conversations"
        fullWidth
        value={view}
        onChange={show}
        data={INBOX_VIEWS.map((value) => ({ value, label: VIEW_NAMES[value] }))}
      />
      <NativeSelect
        aria-label="Queue"
        value={queue}
        onChange={({ currentTarget }) => {
          const chosen = currentTarget.value || undefined;
          void navigate({ search: (old) => ({ ...old, queue: chosen }), replace: true });
        }}
        data={[
          { value: "", label: "Every queue" },
          ...queues.map(({ name, title, waiting, open }) => ({
            value: name,
            label: `${title} (${waiting} waiting${open ? "" : ", closed now"})`,
          })),
        ]}
      />
    </div>
  );
}

function List() {
  const { view, queue, conversation } = route.useSearch();
  const query = useInfiniteQuery(inboxQuery(view, queue));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages.at(-1)?.total ?? 0;
  if (query.data === undefined && query.error !== null) {
    return <Failed {...tell(query.error)} retry={() => void query.refetch()} />;
  }
  if (query.isPending) return <Loading rows={6} height={72} />;
  if (items.length === 0) {
    return (
      <Empty icon="check" title="Nobody waits">
        Conversations come here when a journey hands them over, or a customer asks for a person.
      </Empty>
    );
  }
  return (
    <>
      <p className={classes.total} role="status">
        {plural(total, "conversation")}
      </p>
      <ol className={classes.entries}>
        {items.map((item) => (
          <InboxEntry key={item.conversation} item={item} current={item.conversation === conversation} />
        ))}
      </ol>
      {query.hasNextPage && (
        <Button
          variant="default"
          onClick={() => void query.fetchNextPage()}
          loading={query.isFetchingNextPage}
        >
          Show more
        </Button>
      )}
    </>
  );
}
