/** All customers: one search box over every identifier and name, and a list that takes any length. */
import type { CustomerRow } from "@api/__generated__/schema";
import { tell } from "@api/problem";
import { customersQuery } from "@api/queries";
import { CloseButton, Loader, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { count, plural } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Page } from "@ui/Page";
import { Empty, Failed, Loading } from "@ui/states";
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { CustomerList, type CustomerListHandle } from "./CustomerList";
import classes from "./Customers.module.css";

const route = getRouteApi("/shell/customers");
const DEBOUNCE_MS = 120;

export function Customers() {
  const { q = "", segment } = route.useSearch();
  const query = useInfiniteQuery(customersQuery(q, segment));
  const list = useRef<CustomerListHandle>(null);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const last = query.data?.pages.at(-1);
  return (
    <Page title="Customers" lead="Everyone this workspace has met, on any channel, most recently seen first.">
      <Search
        onDown={() => list.current?.focusFirst()}
        busy={query.isFetching && !query.isFetchingNextPage}
      />
      <div className={classes.found}>
        {last !== undefined && <span role="status">{foundWords(q, last.total, last.complete)}</span>}
        {segment !== undefined && <SegmentFilter segment={segment} />}
        <span className={classes.keys}>
          <kbd>↑</kbd> <kbd>↓</kbd> to move, <kbd>Enter</kbd> to open
        </span>
      </div>
      <Found
        rows={rows}
        q={q}
        failed={query.error !== null && query.data === undefined ? query.error : undefined}
        loading={query.isPending}
        retry={() => void query.refetch()}
      >
        <CustomerList
          rows={rows}
          q={q}
          ref={list}
          more={query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined}
          stale={query.isPlaceholderData}
        />
      </Found>
    </Page>
  );
}

function foundWords(q: string, total: number, complete: boolean): string {
  const number = complete ? plural(total, "customer") : `${count(total)} customers or more`;
  return q === "" ? number : `${number} for “${q}”`;
}

function Search({ onDown, busy }: { onDown: () => void; busy: boolean }) {
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(q);
  const search = useDebouncedCallback((text: string) => {
    void navigate({ search: (old) => ({ ...old, q: text.trim() || undefined }), replace: true });
  }, DEBOUNCE_MS);
  const type = (text: string) => {
    setTyped(text);
    search(text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    onDown();
  };
  const clear = <CloseButton aria-label="Clear the search" onClick={() => type("")} />;
  return (
    <TextInput
      type="search"
      size="lg"
      aria-label="Search customers"
      placeholder="Name, e-mail, phone, order number, device …"
      value={typed}
      onChange={(event) => type(event.currentTarget.value)}
      onKeyDown={onKeyDown}
      leftSection={<Icon name="search" />}
      rightSection={busy ? <Loader size="xs" color="gray" /> : typed !== "" && clear}
      autoFocus
      classNames={{ input: classes.search }}
    />
  );
}

function SegmentFilter({ segment }: { segment: string }) {
  const navigate = route.useNavigate();
  return (
    <span className={classes.filter}>
      in segment {segment}
      <CloseButton
        size="xs"
        aria-label={`Show customers outside ${segment} too`}
        onClick={() => void navigate({ search: (old) => ({ ...old, segment: undefined }) })}
      />
    </span>
  );
}

interface FoundProps {
  rows: CustomerRow[];
  q: string;
  failed: Error | undefined;
  loading: boolean;
  retry: () => void;
  children: ReactNode;
}

function Found({ rows, q, failed, loading, retry, children }: FoundProps) {
  if (failed !== undefined) return <Failed {...tell(failed)} retry={retry} />;
  if (loading) return <Loading rows={9} height={54} />;
  if (rows.length > 0) return children;
  if (q !== "") {
    return (
      <Empty icon="search" title={`Nobody is found for “${q}”`}>
        The search looks into names and every identifier. Try a part of it: the domain of an address, the last
        digits of a phone number.
      </Empty>
    );
  }
  return (
    <Empty icon="customers" title="No customers yet">
      They appear with the first event. Send one with any Segment SDK, or import a file with{" "}
      <code>throughline import</code>.
    </Empty>
  );
}
