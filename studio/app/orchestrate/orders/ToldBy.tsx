/** Which channel a fact came from, and when. */
import type { Told } from "@api/__generated__/schema";
import { ChannelName } from "@ui/channel";
import { Ago } from "@ui/Time";
import classes from "./Orders.module.css";

interface Props {
  told: Told | null | undefined;
  /** Where it is not the channel it was told on. */
  channel?: string;
}

export function ToldBy({ told, channel }: Props) {
  const shown = channel ?? told?.channel;
  return (
    <span className={classes.told}>
      {shown !== undefined && <ChannelName channel={shown} />}
      {told && <Ago time={told.time} />}
    </span>
  );
}
