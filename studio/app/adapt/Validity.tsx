/** Whether it is the time of an offer, and when that is. */
import type { Offer } from "@api/__generated__/schema";
import { shortDay } from "@ui/format";
import { Tag } from "@ui/states";

const LOOKS = {
  valid: { tone: "ok", label: "valid now" },
  upcoming: { tone: "warn", label: "not yet valid" },
  ended: { tone: "bad", label: "ended" },
} as const;

export function ValidTag({ offer }: { offer: Offer }) {
  const { tone, label } = LOOKS[offer.validity];
  return <Tag tone={tone}>{label}</Tag>;
}

/** `from 1 Mar 2026 until 1 Jun 2026`; `always` without either. */
export function stretch(from: string | null | undefined, to: string | null | undefined): string {
  const parts = [from && `from ${shortDay(from)}`, to && `until ${shortDay(to)}`].filter(Boolean);
  return parts.length === 0 ? "always" : parts.join(" ");
}
