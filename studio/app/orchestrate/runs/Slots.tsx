/** What a journey wants to know: each answer with the channel it was given on, and what is still open. */
import type { RunSlot } from "@api/__generated__/schema";
import { ChannelName } from "@ui/channel";
import { plainValue } from "@ui/format";
import { Icon } from "@ui/Icon";
import classes from "./Slots.module.css";

export function Slots({ slots }: { slots: RunSlot[] }) {
  if (slots.length === 0) return null;
  const answered = slots.filter((slot) => slot.answered).length;
  return (
    <div className={classes.slots}>
      <p className={classes.progress}>
        {answered} of {slots.length} answered
      </p>
      <ul>
        {slots.map((slot) => (
          <li key={slot.name} className={classes.slot} data-answered={slot.answered}>
            <Icon
              name={slot.answered ? "check" : "question"}
              size={15}
              label={slot.answered ? "Answered" : "Open"}
            />
            <span className={classes.words}>
              <span className={classes.title}>{slot.title}</span>
              {slot.answered ? <b>{plainValue(slot.value)}</b> : <i>open</i>}
            </span>
            {slot.channel && <ChannelName channel={slot.channel} />}
          </li>
        ))}
      </ul>
    </div>
  );
}
