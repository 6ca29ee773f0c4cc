/** One conversation in the list: who, about what, how urgent, and until when an answer is promised. */
import type { InboxItem, InboxPriority } from "@api/__generated__/schema";
import { Link } from "@tanstack/react-router";
import { ChannelMark } from "@ui/channel";
import { Tag } from "@ui/states";
import { Ago, useNow } from "@ui/Time";
import { dueWords } from "./due";
import classes from "./InboxEntry.module.css";

const PRIORITY_TONES: Record<InboxPriority, "plain" | "warn" | "bad"> = {
  low: "plain",
  normal: "plain",
  high: "warn",
  urgent: "bad",
};

export function InboxEntry({ item, current }: { item: InboxItem; current: boolean }) {
  const now = useNow();
  const name = item.name ?? "Anonymous customer";
  return (
    <li>
      <Link
        from="/inbox"
        to="/inbox"
        search={({ view, queue }) => ({
          view,
          queue,
          customer: item.customer,
          conversation: item.conversation,
        })}
        className={classes.entry}
        data-current={current}
        aria-current={current ? "true" : undefined}
      >
        <span className={classes.top}>
          <span className={classes.name} data-unanswered={item.unanswered}>
            {name}
          </span>
          <span className={classes.time}>
            <Ago time={item.last} />
          </span>
        </span>
        <span className={classes.why}>{item.why || item.subject}</span>
        <span className={classes.marks}>
          {item.channels.map((channel) => (
            <ChannelMark key={channel} channel={channel} size={20} />
          ))}
          {item.priority !== "normal" && <Tag tone={PRIORITY_TONES[item.priority]}>{item.priority}</Tag>}
          {item.snoozed && <Tag>put aside</Tag>}
          {item.due && (
            <Tag tone={item.breached ? "bad" : "plain"}>{dueWords(item.due, item.breached, now)}</Tag>
          )}
          <span className={classes.agent}>{item.agent ?? "nobody yet"}</span>
        </span>
      </Link>
    </li>
  );
}
