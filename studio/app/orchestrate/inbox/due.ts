/** Promises in words. */

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * HOUR_MINUTES;

/** `due in 25 min`, `3 h late`. */
export function dueWords(due: string, breached: boolean, now: number): string {
  const minutes = Math.round((Date.parse(due) - now) / MINUTE_MS);
  const words = span(Math.abs(minutes));
  return breached || minutes < 0 ? `${words} late` : `due in ${words}`;
}

function span(minutes: number): string {
  if (minutes < HOUR_MINUTES) return `${minutes} min`;
  if (minutes < DAY_MINUTES) return `${Math.round(minutes / HOUR_MINUTES)} h`;
  return `${Math.round(minutes / DAY_MINUTES)} d`;
}
