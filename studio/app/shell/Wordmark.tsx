/** The name and its mark: one red thread through two knots. */
import { Link } from "@tanstack/react-router";
import classes from "./Shell.module.css";

export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" strokeLinecap="round" aria-hidden>
      <path d="M6 1.5v5.500c0 5 12 4 12 10v5.5" stroke="var(--thread)" strokeWidth={2.2} />
      <circle cx={6} cy={6.5} r={2.7} fill="var(--paper)" stroke="currentColor" strokeWidth={1.7} />
      <circle cx={18} cy={17.5} r={2.7} fill="var(--paper)" stroke="currentColor" strokeWidth={1.7} />
    </svg>
  );
}

export function Wordmark() {
  return (
    <Link to="/customers" className={classes.wordmark}>
      <Mark />
      Throughline
    </Link>
  );
}
