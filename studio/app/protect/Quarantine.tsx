/** Events that could not be taken: each with its reason, to be replayed when the cause is gone, or discarded. */
import type { QuarantineItem, QuarantineOutcome } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { tell } from "@api/problem";
import { quarantineQuery } from "@api/queries";
import { Button } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { plural } from "@ui/format";
import { Page } from "@ui/Page";
import { Empty, Failed, Loading, Notice } from "@ui/states";
import { Ago } from "@ui/Time";
import { useState } from "react";
import { Permitted } from "../shell/permission";
import { Refused } from "../shell/Refused";
import classes from "./Quarantine.module.css";

const OUTCOMES: Record<QuarantineOutcome["outcome"], string> = {
  replayed: "was replayed and taken.",
  discarded: "was discarded.",
  still_quarantined: "is still not right.",
};

export function Quarantine() {
  const query = useInfiniteQuery(quarantineQuery);
  const [settled, setSettled] = useState<QuarantineOutcome>();
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages.at(-1)?.total ?? 0;
  return (
    <Page
      title="Quarantine"
      lead="Events that could not be taken as they came. Nothing is thrown away until you say so."
    >
      <div className={classes.page}>
        {settled !== undefined && (
          <Notice tone={settled.outcome === "still_quarantined" ? "warn" : "ok"}>
            Event {settled.number} {OUTCOMES[settled.outcome]} {settled.reason}
          </Notice>
        )}
        {query.data === undefined && query.error !== null && (
          <Failed {...tell(query.error)} retry={() => void query.refetch()} />
        )}
        {query.isPending && <Loading rows={5} height={84} />}
        {query.data !== undefined && items.length === 0 && (
          <Empty icon="check" title="Nothing is quarantined">
            Every event that came in could be taken.
          </Empty>
        )}
        {items.length > 0 && (
          <>
            <p className={classes.total} role="status">
              {plural(total, "event")} to look at
            </p>
            <ol className={classes.list}>
              {items.map((item) => (
                <Item key={item.number} item={item} onSettled={setSettled} />
              ))}
            </ol>
          </>
        )}
        {query.hasNextPage && (
          <Button
            variant="default"
            onClick={() => void query.fetchNextPage()}
            loading={query.isFetchingNextPage}
            className={classes.more}
          >
            Show more
          </Button>
        )}
      </div>
    </Page>
  );
}

function Item({
  item,
  onSettled,
}: {
  item: QuarantineItem;
  onSettled: (outcome: QuarantineOutcome) => void;
}) {
  const replay = useSettle("/api/v1/quarantine/{number}/replay", item.number, onSettled);
  const discard = useSettle("/api/v1/quarantine/{number}/discard", item.number, onSettled);
  const error = replay.error ?? discard.error;
  return (
    <li className={classes.item}>
      <div className={classes.words}>
        <p className={classes.reason}>{item.reason}</p>
        <p className={classes.origin}>
          No. {item.number} from {item.source_name}, <Ago time={item.time} />
        </p>
        <details>
          <summary>What was sent</summary>
          <pre className={classes.body}>{pretty(item.body)}</pre>
        </details>
        {error !== null && <Refused error={error} />}
      </div>
      <div className={classes.actions}>
        <Permitted
          permission="quarantine_write"
          size="xs"
          variant="default"
          loading={replay.isPending}
          onClick={() => replay.mutate()}
        >
          Replay
        </Permitted>
        <Permitted
          permission="quarantine_write"
          size="xs"
          variant="subtle"
          loading={discard.isPending}
          onClick={() => discard.mutate()}
        >
          Discard
        </Permitted>
      </div>
    </li>
  );
}

type SettlePath = "/api/v1/quarantine/{number}/replay" | "/api/v1/quarantine/{number}/discard";

function useSettle(path: SettlePath, number: number, onSettled: (outcome: QuarantineOutcome) => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => take(api.POST(path, { params: { path: { number } } })),
    onSuccess: async (outcome) => {
      onSettled(outcome);
      await cache.invalidateQueries({ queryKey: ["quarantine"] });
      await cache.invalidateQueries({ queryKey: ["balance"] });
    },
  });
}

/** JSON with line breaks; anything else as it came. */
export function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
