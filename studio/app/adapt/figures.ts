/** Rates and differences as people read them. */
import type { Offer, OfferComparison, OfferRate } from "@api/__generated__/schema";

const PERCENT = new Intl.NumberFormat("en-GB", { style: "percent", maximumFractionDigits: 1 });
const POINTS = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1, signDisplay: "exceptZero" });

export const percent = (rate: number): string => PERCENT.format(rate);

/** `+3.2`: hundredths of a whole. */
export const points = (difference: number): string => POINTS.format(difference * 100).replace("-", "−");

/** `12 % (9 % to 16 %)`. */
export const withBounds = (rate: OfferRate): string =>
  `${percent(rate.rate)} (${percent(rate.low)} to ${percent(rate.high)})`;

export type Verdict = "better" | "worse" | "open" | "unknown";

/** What a comparison tells, so far. */
export function verdict(comparison: OfferComparison): Verdict {
  const { difference } = comparison;
  if (difference === null || difference === undefined) return "unknown";
  if (difference.low > 0) return "better";
  if (difference.high < 0) return "worse";
  return "open";
}

export const considered = (offer: Offer): number =>
  offer.funnel.reduce((sum, stage) => sum + stage.decisions, 0);

export const SORTS = ["title", "decided", "acceptance", "effect", "left"] as const;
export type Sort = (typeof SORTS)[number];

/** Offers in an order; of equals the one whose title comes first. What has no figure comes last. */
export function sorted(offers: Offer[], sort: Sort): Offer[] {
  const none = Number.NEGATIVE_INFINITY;
  const rank: Record<Sort, (offer: Offer) => number> = {
    title: () => 0,
    decided: (offer) => offer.decided,
    acceptance: (offer) => offer.rates.accepted?.rate ?? none,
    effect: (offer) => offer.comparison?.difference?.difference ?? none,
    left: (offer) =>
      offer.left === null || offer.left === undefined ? none : -offer.left / Math.max(offer.total ?? 1, 1),
  };
  const of = rank[sort];
  const order = (a: Offer, b: Offer) => (of(a) === of(b) ? 0 : of(b) - of(a));
  return [...offers].sort((a, b) => order(a, b) || a.title.localeCompare(b.title));
}

/** Whether an offer speaks of a text and has a placement. */
export function matches(offer: Offer, q: string, placement: string | undefined): boolean {
  if (placement !== undefined && !offer.placements.includes(placement)) return false;
  const whole = [offer.name, offer.title, ...offer.products, ...Object.values(offer.content)];
  return whole.join(" ").toLowerCase().includes(q.trim().toLowerCase());
}
