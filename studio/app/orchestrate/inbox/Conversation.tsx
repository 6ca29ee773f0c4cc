/** One conversation over all its channels, what can be done with it, and what is known about the customer. */
import type { CustomerConversation, DeskOverview, ThreadItem } from "@api/__generated__/schema";
import { conversationsQuery, customerQuery, runsQuery, threadQuery } from "@api/queries";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { channelLook } from "@ui/channel";
import { Sheet } from "@ui/Page";
import { Notice, Tag } from "@ui/states";
import { Clock, Told, useNow } from "@ui/Time";
import { useEffect, useRef, useState } from "react";
import { Glance, Now } from "../../recognize/Glance";
import { Asked } from "../../shell/Asked";
import { Serving } from "../orders/Serving";
import { Actions } from "./Actions";
import { useAct } from "./act";
import { Connected, Types } from "./ChatSigns";
import classes from "./Conversation.module.css";
import { dueWords } from "./due";
import { Reply } from "./Reply";
import { Suggestions } from "./Suggestions";

interface Props {
  customer: string;
  conversation: string;
  desk: DeskOverview | undefined;
}

const FILTER = { channels: [], kinds: ["message", "note"] };

export function Conversation({ customer, conversation, desk }: Props) {
  const query = useQuery(conversationsQuery(customer));
  return (
    <Asked query={query}>
      {(all) => {
        const found = all.find(({ id }) => id === conversation);
        if (found === undefined) {
          return <Notice tone="warn">This conversation is not kept any more.</Notice>;
        }
        return <Known customer={customer} own={found} desk={desk} />;
      }}
    </Asked>
  );
}

function Known({
  customer,
  own,
  desk,
}: { customer: string; own: CustomerConversation } & Pick<Props, "desk">) {
  const act = useAct(customer, own.id);
  const profile = useQuery(customerQuery(customer));
  const runs = useQuery(runsQuery(customer));
  const [put, setPut] = useState<{ text: string }>();
  return (
    <div className={classes.columns}>
      <section className={classes.talk} aria-label="Conversation">
        <header className={classes.head}>
          <h2 className={classes.subject}>{own.subject}</h2>
          <p className={classes.who}>
            <Link to="/customers/$id" params={{ id: customer }}>
              {profile.data?.name ?? "Anonymous customer"}
            </Link>
            <State own={own} desk={desk} />
            {own.channels.includes("webchat") && <Connected customer={customer} />}
          </p>
          {own.why && <p className={classes.why}>Why it is here: {own.why}</p>}
          <Promises own={own} />
        </header>
        <Actions own={own} desk={desk} act={act} />
        <Messages customer={customer} own={own} />
        <Types customer={customer} />
        <Reply customer={customer} own={own} act={act} put={put} />
      </section>
      <div className={classes.facts}>
        <Suggestions own={own} act={act} insert={(text) => setPut({ text })} />
        <Summary own={own} />
        <Serving customer={customer} />
        <Now customer={customer} runs={runs.data} />
        {profile.data !== undefined && <Glance profile={profile.data} />}
      </div>
    </div>
  );
}

const STATES: Record<CustomerConversation["state"], string> = {
  with_bot: "with the bot",
  queued: "waits in the queue",
  assigned: "with an agent",
  snoozed: "put aside",
  closed: "closed",
};

function State({ own, desk }: { own: CustomerConversation; desk: DeskOverview | undefined }) {
  const agent = desk?.agents.find(({ name }) => name === own.agent)?.title ?? own.agent;
  const queue = desk?.queues.find(({ name }) => name === own.queue)?.title ?? own.queue;
  return (
    <>
      <Tag>{own.state === "assigned" && agent ? `with ${agent}` : STATES[own.state]}</Tag>
      {queue && <Tag>{queue}</Tag>}
      {own.priority && own.priority !== "normal" && <Tag tone="warn">{own.priority}</Tag>}
    </>
  );
}

const PROMISES = { first_response: "First response", resolution: "Resolution" } as const;

function Promises({ own }: { own: CustomerConversation }) {
  const now = useNow();
  if (own.promises.length === 0) return null;
  return (
    <ul className={classes.promises} aria-label="Service level">
      {own.promises.map(({ kind, due, breached }) => (
        <li key={kind} data-breached={breached}>
          {PROMISES[kind]} {dueWords(due, breached, now)}
        </li>
      ))}
    </ul>
  );
}

/** What was said before the hand-over, in facts. */
function Summary({ own }: { own: CustomerConversation }) {
  const facts: [string, string][] = [
    ["Channels", own.channels.map((channel) => channelLook(channel).label).join(", ")],
    ["Wrote last by", own.channel ? channelLook(own.channel).label : "—"],
    ...(own.closed
      ? [["Closed", `${own.closed.outcome}, by ${own.closed.by}`] satisfies [string, string]]
      : []),
  ];
  return (
    <Sheet title="Conversation">
      <dl className={classes.summary}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Sheet>
  );
}

function Messages({ customer, own }: { customer: string; own: CustomerConversation }) {
  const query = useInfiniteQuery(threadQuery(customer, FILTER));
  const all = query.data?.pages.flatMap((page) => page.items) ?? [];
  const items = all.filter((item) => belongs(item, own)).reverse();
  const list = useRef<HTMLOListElement>(null);
  const newest = items.at(-1)?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the newest message scrolls into sight when it comes
  useEffect(() => {
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  }, [newest]);
  return (
    <ol ref={list} className={classes.messages} aria-label="Messages, oldest first" aria-live="polite">
      {query.hasNextPage && (
        <li>
          <button type="button" className={classes.older} onClick={() => void query.fetchNextPage()}>
            Show older
          </button>
        </li>
      )}
      {items.map((item) => (
        <Line key={item.id} item={item} />
      ))}
    </ol>
  );
}

/** What a customer writes names no conversation of its own, so it counts from when this one was opened. */
function belongs(item: ThreadItem, own: CustomerConversation): boolean {
  if (item.conversation) return item.conversation === own.id;
  return item.kind === "message" && Date.parse(item.time) >= Date.parse(own.opened) - 1_000;
}

function Line({ item }: { item: ThreadItem }) {
  if (item.kind === "note") {
    const isPrivate = item.note?.type === "private_note";
    return (
      <li className={classes.note} data-private={isPrivate}>
        <Told text={item.note?.sentence ?? item.title} /> <Clock time={item.time} />
      </li>
    );
  }
  const inward = item.direction === "in";
  const who = inward ? "Customer" : (item.agent ?? "Bot");
  return (
    <li className={classes.message} data-direction={item.direction}>
      <p className={classes.by}>
        {who}
        {item.channel && ` · ${channelLook(item.channel).label}`} · <Clock time={item.time} />
      </p>
      <p className={classes.text}>{item.text ?? item.title}</p>
      {item.delivery && item.delivery.state !== "sent" && (
        <p className={classes.fate}>{item.delivery.reason ?? item.delivery.state}</p>
      )}
    </li>
  );
}
