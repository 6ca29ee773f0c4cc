/** One row's part of the line: in from the row above, a knot in the colour of the channel, on to the row below. */
import type { ThreadItem } from "@api/__generated__/schema";
import { ChannelMark, channelLook, channelStyle } from "@ui/channel";
import { type CSSProperties, Fragment } from "react";
import classes from "./Rail.module.css";

interface Props {
  lane: number;
  above: number | undefined;
  /** The line begins here. */
  begins: boolean;
  /** The line ends here. */
  ends: boolean;
  lanes: number;
  /** None: the line only passes. */
  item?: ThreadItem;
}

export function Rail({ lane, above, begins, ends, lanes, item }: Props) {
  const style: CSSProperties = { "--lane": lane, "--above": above ?? lane };
  return (
    <span className={classes.rail} style={style} aria-hidden={item === undefined}>
      {Array.from({ length: lanes }, (_, guide) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a lane is its number
        <Fragment key={guide}>
          <i className={classes.guide} style={{ "--lane": guide }} />
        </Fragment>
      ))}
      {!begins && <Crossing from={above ?? lane} to={lane} />}
      {!(ends && item !== undefined) && <i className={classes.line} />}
      {item !== undefined && <Knot item={item} />}
    </span>
  );
}

/** From the lane of the row above into this one: a straight line, or one soft curve. */
function Crossing({ from, to }: { from: number; to: number }) {
  if (from === to) return <i className={classes.entry} />;
  const path = to > from ? "M0 0C0 60 100 40 100 100" : "M100 0C100 60 0 40 0 100";
  const style: CSSProperties = { "--left": Math.min(from, to), "--span": Math.abs(to - from) };
  return (
    <svg
      className={classes.crossing}
      style={style}
      viewBox="0 0 100 100"
      preserveAspectRatio="none"
      aria-hidden
    >
      <path d={path} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

function Knot({ item }: { item: ThreadItem }) {
  const { channel } = item;
  if (item.kind === "note" || !channel) return <i className={classes.dot} />;
  return (
    <span className={classes.knot} style={channelStyle(channel)} title={channelLook(channel).label}>
      <ChannelMark channel={channel} size={26} />
    </span>
  );
}
