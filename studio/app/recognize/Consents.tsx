/** One consent: for what, on which channel, and the event that said so. */
import type { Consent, ConsentState } from "@api/__generated__/schema";
import { channelLook } from "@ui/channel";
import { words } from "@ui/format";
import { Tag } from "@ui/states";
import classes from "./Consents.module.css";

const STATES: Record<ConsentState, { label: string; tone: "ok" | "bad" | "plain" }> = {
  granted: { label: "granted", tone: "ok" },
  denied: { label: "denied", tone: "bad" },
  unset: { label: "not asked", tone: "plain" },
};

export function ConsentLine({ consent }: { consent: Consent }) {
  const { label, tone } = STATES[consent.state];
  return (
    <li className={classes.line}>
      <span className={classes.what}>
        {words(consent.purpose)}
        {consent.channel && <small> {channelLook(consent.channel).label}</small>}
      </span>
      <Tag tone={tone}>{label}</Tag>
      <p className={classes.why}>{consent.why}</p>
    </li>
  );
}
