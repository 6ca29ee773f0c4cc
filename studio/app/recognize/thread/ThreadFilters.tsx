/** Which channels and kinds of the thread are shown: chips that can be pressed, with nothing pressed meaning all. */
import type { ChannelCount } from "@api/__generated__/schema";
import type { ThreadFilter } from "@api/thread";
import { channelLook, channelStyle } from "@ui/channel";
import { compact } from "@ui/format";
import { Icon } from "@ui/Icon";
import type { CSSProperties, ReactNode } from "react";
import classes from "./ThreadFilters.module.css";

const KINDS = [
  { kind: "event", label: "Events" },
  { kind: "message", label: "Messages" },
  { kind: "note", label: "Notes" },
];

interface Props {
  channels: ChannelCount[];
  filter: ThreadFilter;
  onChange: (filter: ThreadFilter) => void;
}

export function ThreadFilters({ channels, filter, onChange }: Props) {
  const toggleChannel = (channel: string) =>
    onChange({ ...filter, channels: toggled(filter.channels, channel) });
  const toggleKind = (kind: string) => onChange({ ...filter, kinds: toggled(filter.kinds, kind) });
  const active = filter.channels.length + filter.kinds.length > 0;
  return (
    <fieldset className={classes.filters}>
      <legend className="visually-hidden">Show in the thread</legend>
      {channels.map(({ channel, events }) => {
        const { label, icon } = channelLook(channel);
        const pressed = filter.channels.includes(channel);
        return (
          <Chip
            key={channel}
            pressed={pressed}
            onPress={() => toggleChannel(channel)}
            style={channelStyle(channel)}
          >
            <Icon name={icon} size={15} />
            {label}
            <small>{compact(events)}</small>
          </Chip>
        );
      })}
      <span className={classes.gap} />
      {KINDS.map(({ kind, label }) => (
        <Chip key={kind} pressed={filter.kinds.includes(kind)} onPress={() => toggleKind(kind)}>
          {label}
        </Chip>
      ))}
      {active && (
        <button type="button" className={classes.all} onClick={() => onChange({ channels: [], kinds: [] })}>
          Show all
        </button>
      )}
    </fieldset>
  );
}

interface ChipProps {
  pressed: boolean;
  onPress: () => void;
  style?: CSSProperties;
  children: ReactNode;
}

function Chip({ pressed, onPress, style, children }: ChipProps) {
  return (
    <button type="button" className={classes.chip} aria-pressed={pressed} onClick={onPress} style={style}>
      {children}
    </button>
  );
}

/** The list with `value` put in, or taken out where it was. */
export function toggled(list: readonly string[], value: string): string[] {
  return list.includes(value) ? list.filter((other) => other !== value) : [...list, value];
}
