/** A moment, said the short way, with the exact time at hand. */
import { useEffect, useState } from "react";
import { clock, full, momentsApart, relative } from "./format";

/** `3 minutes ago`; follows the clock. */
export function Ago({ time }: { time: string }) {
  const now = useNow();
  return (
    <time dateTime={time} title={full(time)}>
      {relative(time, now)}
    </time>
  );
}

/** `14:05`. */
export function Clock({ time }: { time: string }) {
  return (
    <time dateTime={time} title={full(time)}>
      {clock(time)}
    </time>
  );
}

/** `3 Nov 2026, 14:05:09`. */
export function Moment({ time }: { time: string }) {
  return <time dateTime={time}>{full(time)}</time>;
}

/** What the server says in words, with the moments in it as the reader's clock has them. */
export function Told({ text }: { text: string }) {
  return (
    <>
      {momentsApart(text).map(({ part, isTime }, place) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity and never move.
        isTime ? <Moment key={place} time={part} /> : part,
      )}
    </>
  );
}

const REFRESH_MS = 30_000;

/** The present, twice a minute. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
