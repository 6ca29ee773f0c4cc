/** The live thread: everything that happened to one customer, on one line through all channels. */
import type { ChannelCount, ThreadItem } from "@api/__generated__/schema";
import { tell } from "@api/problem";
import { threadQuery } from "@api/queries";
import type { ThreadFilter } from "@api/thread";
import { Button } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { dayName } from "@ui/format";
import { Empty, Failed, Loading } from "@ui/states";
import { useNow } from "@ui/Time";
import { type CSSProperties, Fragment, useEffect, useMemo } from "react";
import { Rail } from "./Rail";
import classes from "./Thread.module.css";
import { ThreadEntry } from "./ThreadEntry";
import { lanesOf, type WovenRow, weave } from "./weave";

interface Props {
  customer: string;
  filter: ThreadFilter;
  /** The customer's channels, most used first: they fix the lanes. */
  channels: ChannelCount[];
}

export function Thread({ customer, filter, channels }: Props) {
  const query = useInfiniteQuery(threadQuery(customer, filter));
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const filtered = filter.channels.length + filter.kinds.length > 0;
  if (query.data === undefined && query.error !== null) {
    return <Failed {...tell(query.error)} retry={() => void query.refetch()} />;
  }
  if (query.data === undefined) return <Loading rows={7} height={58} />;
  if (items.length === 0) return <Nothing filtered={filtered} />;
  const order = filter.channels.length > 0 ? filter.channels : channels.map(({ channel }) => channel);
  return (
    <div className={classes.frame}>
      <Announcer newest={items[0]} />
      <Woven items={items} order={order} open={query.hasNextPage} />
      {query.hasNextPage && <Older busy={query.isFetchingNextPage} load={() => void query.fetchNextPage()} />}
    </div>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty icon="search" title="Nothing of that kind">
        The thread holds nothing that fits the chosen channels and kinds. Take a filter away to see the rest.
      </Empty>
    );
  }
  return (
    <Empty icon="journey" title="The thread is empty">
      Nothing has happened yet, or everything was erased.
    </Empty>
  );
}

interface WovenProps {
  items: ThreadItem[];
  order: string[];
  /** Whether the thread goes on below. */
  open: boolean;
}

function Woven({ items, order, open }: WovenProps) {
  const lanes = useMemo(() => lanesOf(order, items), [order, items]);
  const rows = useMemo(() => weave(items, lanes), [items, lanes]);
  const now = useNow();
  const width = Math.max(...lanes.values(), 0) + 1;
  const style: CSSProperties = { "--lanes": width };
  return (
    <ol className={classes.thread} style={style} aria-label="Thread, newest first">
      {rows.map((row, index) => (
        <Fragment key={row.item.id}>
          {row.day !== undefined && <Day name={dayName(row.day, now)} row={row} lanes={width} />}
          <li className={classes.row} data-kind={row.item.kind}>
            <Rail
              lane={row.lane}
              above={row.day === undefined ? row.above : undefined}
              begins={index === 0 && row.day === undefined}
              ends={index === rows.length - 1 && !open}
              lanes={width}
              item={row.item}
            />
            <ThreadEntry item={row.item} cameFrom={row.cameFrom} now={now} />
          </li>
        </Fragment>
      ))}
    </ol>
  );
}

function Day({ name, row, lanes }: { name: string; row: WovenRow; lanes: number }) {
  return (
    <li className={classes.day}>
      <Rail lane={row.lane} above={row.above} begins={row.above === undefined} ends={false} lanes={lanes} />
      <h3>{name}</h3>
    </li>
  );
}

/** Tells a screen reader what has just arrived. */
function Announcer({ newest }: { newest: ThreadItem | undefined }) {
  return (
    <p className="visually-hidden" role="status">
      {newest === undefined ? "" : `Newest: ${newest.title}`}
    </p>
  );
}

function Older({ busy, load }: { busy: boolean; load: () => void }) {
  const { ref, entry } = useIntersection({ rootMargin: "600px" });
  const near = entry?.isIntersecting ?? false;
  useEffect(() => {
    if (near && !busy) load();
  }, [near, busy, load]);
  return (
    <div ref={ref} className={classes.older}>
      <Button variant="subtle" loading={busy} onClick={load}>
        Show older
      </Button>
    </div>
  );
}
