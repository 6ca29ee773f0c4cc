/** What one item of the thread says: an event with its details, a message with its fate, a note of the engine. */
import type { Delivery, DeliveryState, ThreadEvent, ThreadItem } from "@api/__generated__/schema";
import { Link } from "@tanstack/react-router";
import { channelLook, channelStyle } from "@ui/channel";
import { plainValue, words } from "@ui/format";
import { Icon, type IconName } from "@ui/Icon";
import { Clock, Told } from "@ui/Time";
import classes from "./ThreadEntry.module.css";

interface Props {
  item: ThreadItem;
  cameFrom: string | undefined;
  now: number;
}

/** Items younger than this when they are first drawn have just arrived, and light up once. */
const FRESH_MS = 8_000;

export function ThreadEntry({ item, cameFrom, now }: Props) {
  const fresh = now - Date.parse(item.received) < FRESH_MS;
  return (
    <article className={classes.entry} data-kind={item.kind} data-fresh={fresh}>
      {item.kind === "note" ? <Note item={item} /> : <Happening item={item} cameFrom={cameFrom} />}
    </article>
  );
}

function Note({ item }: { item: ThreadItem }) {
  return (
    <p className={classes.note}>
      <span>
        <Told text={item.note?.sentence ?? item.title} /> <WhyLink item={item} />
      </span>
      <span className={classes.time}>
        <Clock time={item.time} />
      </span>
    </p>
  );
}

/** The way from a message, or from an offer, to why it went out, was held or was chosen. */
function WhyLink({ item }: { item: ThreadItem }) {
  const sent = item.kind === "message" && item.direction === "out";
  const message = sent || item.note?.type === "message_held" ? (item.effect ?? item.id) : undefined;
  const decision = item.decision ?? undefined;
  if (message === undefined && decision === undefined) return null;
  return (
    <Link
      from="/customers/$id"
      to="/customers/$id"
      search={(old) => ({ ...old, tab: "journeys" as const, message, decision })}
      className={classes.why}
      aria-label={`Why? ${item.title}`}
    >
      Why?
    </Link>
  );
}

function Happening({ item, cameFrom }: { item: ThreadItem; cameFrom: string | undefined }) {
  const { channel, event, delivery } = item;
  return (
    <>
      <header className={classes.head}>
        <h4 className={classes.title}>{item.title}</h4>
        {channel && (
          <span className={classes.channel} style={channelStyle(channel)}>
            {channelLook(channel).label}
          </span>
        )}
        {cameFrom !== undefined && (
          <span className={classes.from}>continues from {channelLook(cameFrom).label}</span>
        )}
        <span className={classes.time}>
          <Clock time={item.time} />
        </span>
      </header>
      {item.erased && (
        <p className={classes.erased}>Erased: only the time, the channel and the name are left.</p>
      )}
      {item.kind === "message" && <Message item={item} />}
      {event && <EventDetails event={event} />}
      {delivery && <Fate delivery={delivery} />}
      <WhyLink item={item} />
    </>
  );
}

function Message({ item }: { item: ThreadItem }) {
  const inward = item.direction === "in";
  const style = item.channel ? channelStyle(item.channel) : undefined;
  return (
    <div className={classes.message} data-direction={item.direction} style={style}>
      <Icon
        name={inward ? "arrowIn" : "arrowOut"}
        size={14}
        label={inward ? "From the customer" : "To the customer"}
      />
      <div>
        {item.text && <p className={classes.text}>{item.text}</p>}
        {item.choices && item.choices.length > 0 && (
          <ul className={classes.choices} aria-label="Answers offered">
            {item.choices.map((choice) => (
              <li key={choice}>{choice}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

const PROPERTIES_SHOWN = 3;

function EventDetails({ event }: { event: ThreadEvent }) {
  const properties = Object.entries(event.properties);
  const traits = Object.entries(event.traits);
  const shown = [...properties, ...traits]
    .filter(([, value]) => typeof value !== "object")
    .slice(0, PROPERTIES_SHOWN);
  return (
    <details className={classes.details}>
      <summary>
        {shown.length === 0 && <span className={classes.pair}>Details</span>}
        {shown.map(([name, value]) => (
          <span key={name} className={classes.pair}>
            {words(name)} <b>{plainValue(value)}</b>
          </span>
        ))}
      </summary>
      <Fields title="Properties" fields={properties} />
      <Fields title="Traits" fields={traits} />
      <p className={classes.source}>
        {event.type} from source {event.source}
      </p>
    </details>
  );
}

function Fields({ title, fields }: { title: string; fields: [string, unknown][] }) {
  if (fields.length === 0) return null;
  return (
    <dl className={classes.fields} aria-label={title}>
      {fields.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === "object" ? JSON.stringify(value, null, 1) : plainValue(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

const FATES: Record<DeliveryState, { label: string; icon: IconName; tone: string }> = {
  pending: { label: "On its way", icon: "clock", tone: "plain" },
  sent: { label: "Sent", icon: "check", tone: "ok" },
  held: { label: "Held back", icon: "close", tone: "warn" },
  retrying: { label: "Will be tried again", icon: "replay", tone: "warn" },
  failed: { label: "Not sent", icon: "alert", tone: "bad" },
  uncertain: { label: "Unknown whether it was sent", icon: "question", tone: "bad" },
};

function Fate({ delivery }: { delivery: Delivery }) {
  const { label, icon, tone } = FATES[delivery.state];
  const why = delivery.reason ?? (delivery.state === "sent" ? delivery.consent : undefined);
  return (
    <p className={classes.fate} data-tone={tone}>
      <Icon name={icon} size={14} />
      <span>
        <b>{label}</b>
        {delivery.purpose && <> · {delivery.purpose}</>}
        {why && <> · {why}</>}
      </span>
    </p>
  );
}
