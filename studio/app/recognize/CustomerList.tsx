/** A list of customers of any length: only the rows in sight exist, arrow keys walk through all of them. */
import type { CustomerRow } from "@api/__generated__/schema";
import { Link } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { ChannelMark } from "@ui/channel";
import { compact } from "@ui/format";
import { Tag } from "@ui/states";
import { Ago } from "@ui/Time";
import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useRef } from "react";
import classes from "./Customers.module.css";
import { Highlighted } from "./Highlighted";

export interface CustomerListHandle {
  focusFirst: () => void;
}

interface Props {
  rows: CustomerRow[];
  q: string;
  /** Asks for the next page; absent when there is none or it is on its way. */
  more: (() => void) | undefined;
  /** The rows are those of the previous search. */
  stale: boolean;
  ref: Ref<CustomerListHandle>;
}

const ROW_PX = 64;
const ROWS_AHEAD = 12;

export function CustomerList({ rows, q, more, stale, ref }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const rowsInSight = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PX,
    overscan: ROWS_AHEAD,
    scrollMargin: list.current?.offsetTop ?? 0,
  });
  const seen = rowsInSight.getVirtualItems();
  const lastSeen = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastSeen >= rows.length - ROWS_AHEAD * 2) more?.();
  }, [lastSeen, rows.length, more]);

  const focus = (index: number) => {
    const at = Math.max(0, Math.min(index, rows.length - 1));
    rowsInSight.scrollToIndex(at, { align: "auto" });
    // The row may exist only after the scroll has been drawn.
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-index="${at}"]`)?.focus());
  };
  useImperativeHandle(ref, () => ({ focusFirst: () => focus(0) }));

  const onKeyDown = (event: KeyboardEvent) => {
    const at = Number(document.activeElement?.getAttribute("data-index") ?? -1);
    const to = nextRow(event.key, at, rows.length);
    if (to === undefined || at < 0) return;
    event.preventDefault();
    if (to < 0) document.querySelector<HTMLElement>('input[type="search"]')?.focus();
    else focus(to);
  };

  return (
    <ul
      ref={list}
      className={classes.list}
      style={{ height: rowsInSight.getTotalSize() }}
      onKeyDown={onKeyDown}
      aria-label="Customers"
      data-stale={stale}
    >
      {seen.map(({ index, start }) => {
        const row = rows[index];
        if (row === undefined) return null;
        const top = start - rowsInSight.options.scrollMargin;
        return (
          <li
            key={row.id}
            style={{ transform: `translateY(${top}px)`, height: ROW_PX }}
            aria-setsize={rows.length}
            aria-posinset={index + 1}
          >
            <Row row={row} q={q} index={index} />
          </li>
        );
      })}
    </ul>
  );
}

const PAGE_ROWS = 10;

/** Where a key leads from row `at`; before the first row is the search box. */
export function nextRow(key: string, at: number, rows: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return Math.min(at + 1, rows - 1);
    case "ArrowUp":
      return at - 1;
    case "PageDown":
      return Math.min(at + PAGE_ROWS, rows - 1);
    case "PageUp":
      return Math.max(at - PAGE_ROWS, 0);
    case "Home":
      return 0;
    case "End":
      return rows - 1;
    default:
      return undefined;
  }
}

const SEGMENTS_SHOWN = 2;

function Row({ row, q, index }: { row: CustomerRow; q: string; index: number }) {
  const hidden = row.segments.length - SEGMENTS_SHOWN;
  const ids = row.identifiers.map(({ value }) => value).join("  ·  ");
  return (
    <Link to="/customers/$id" params={{ id: row.id }} className={classes.row} data-index={index}>
      {row.last_channel ? (
        <ChannelMark channel={row.last_channel} size={28} />
      ) : (
        <span className={classes.noMark} />
      )}
      <span className={classes.who}>
        <span className={classes.name} data-anonymous={!row.name}>
          <Highlighted text={row.name ?? "Anonymous"} part={q} />
        </span>
        <span className={classes.ids}>
          <Highlighted text={ids || row.id} part={q} />
        </span>
      </span>
      <span className={classes.segments}>
        {row.segments.slice(0, SEGMENTS_SHOWN).map((segment) => (
          <Tag key={segment}>{segment}</Tag>
        ))}
        {hidden > 0 && <Tag>+{hidden}</Tag>}
      </span>
      <span className={classes.events}>{compact(row.events)} events</span>
      <span className={classes.seen}>
        <Ago time={row.last_seen} />
      </span>
    </Link>
  );
}
