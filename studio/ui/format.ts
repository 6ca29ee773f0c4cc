/** Numbers, times and values as people read them. */

const LANGUAGE = "en-GB";
const COUNT = new Intl.NumberFormat(LANGUAGE);
const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const RELATIVE = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto", style: "long" });
const CLOCK = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(LANGUAGE, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});
const SHORT_DAY = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short", year: "numeric" });
const FULL = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "medium" });

export const count = (number: number): string => COUNT.format(number);
export const compact = (number: number): string =>
  number < 10_000 ? COUNT.format(number) : COMPACT.format(number);
export const clock = (time: string): string => CLOCK.format(new Date(time));
export const full = (time: string): string => FULL.format(new Date(time));
export const shortDay = (time: string): string => SHORT_DAY.format(new Date(time));

/** `1 customer`, `2 customers`. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000_000],
  ["month", 2_592_000_000],
  ["week", 604_800_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** `3 minutes ago`, `in 2 hours`, `now`. */
export function relative(time: string, now: number): string {
  const distance = Date.parse(time) - now;
  const unit = UNITS.find(([, ms]) => Math.abs(distance) >= ms);
  return unit === undefined ? "just now" : RELATIVE.format(Math.round(distance / unit[1]), unit[0]);
}

/** The heading of a day in a thread: `Today`, `Yesterday`, `Monday, 3 November 2026`. */
export function dayName(time: string, now: number): string {
  const days = Math.round((startOfDay(now) - startOfDay(Date.parse(time))) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return DAY.format(new Date(time));
}

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** A value of any shape on one line. */
export function plainValue(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  if (typeof value === "number") return Number.isInteger(value) ? COUNT.format(value) : String(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value) && value.every((item) => typeof item !== "object"))
    return value.map(plainValue).join(", ");
  if (typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value)
      .map(([name, part]) => `${name}: ${plainValue(part)}`)
      .join(", ");
  }
  return JSON.stringify(value);
}

/** `first_name` and `firstName` as `First name`. */
export function words(name: string): string {
  const spaced = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** The name of an identifier's namespace for people. */
export function namespaceName(namespace: string): string {
  const names: Record<string, string> = {
    anonymous_id: "Anonymous browser",
    user_id: "Account",
    email: "E-mail",
    phone: "Phone",
    device_id: "Device",
  };
  return names[namespace] ?? namespace.replace(/^external\//, "");
}

/** RFC 3339 in UTC, as the server writes moments into sentences. */
const MOMENT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence with the moments in it taken apart from the words between them. */
export function momentsApart(text: string): { part: string; isTime: boolean }[] {
  const parts = text.split(MOMENT).map((part, place) => ({ part, isTime: place % 2 === 1 }));
  return parts.filter(({ part }) => part !== "");
}
