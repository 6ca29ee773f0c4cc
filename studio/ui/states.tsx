/** What a page shows before, instead of and without its content. */
import { Button, Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import classes from "./states.module.css";

/** Grey lines in the shape of what will come. */
export function Loading({ rows = 6, height = 44 }: { rows?: number; height?: number }) {
  return (
    <div className={classes.loading} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike and never move
        <Skeleton key={row} height={height} radius="md" style={{ opacity: 1 - row / (rows + 1) }} />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  /** What would bring something here. */
  children: ReactNode;
  action?: ReactNode;
}

export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <div className={classes.state}>
      <span className={classes.emblem}>
        <Icon name={icon} size={26} />
      </span>
      <p className={classes.title}>{title}</p>
      <div className={classes.words}>{children}</div>
      {action}
    </div>
  );
}

interface FailedProps {
  title: string;
  detail: string;
  remedy: string;
  retry?: () => void;
}

export function Failed({ title, detail, remedy, retry }: FailedProps) {
  return (
    <div className={classes.state} role="alert">
      <span className={`${classes.emblem} ${classes.bad}`}>
        <Icon name="alert" size={26} />
      </span>
      <p className={classes.title}>{title}</p>
      <div className={classes.words}>
        <p>{detail}</p>
        <p className={classes.remedy}>{remedy}</p>
      </div>
      {retry !== undefined && (
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

type Tone = "ok" | "warn" | "bad" | "plain";

const NOTICE_ICONS: Record<Tone, IconName> = { ok: "check", warn: "alert", bad: "alert", plain: "note" };

/** A sentence inside a page that must be noticed. */
export function Notice({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <div className={classes.notice} data-tone={tone} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={NOTICE_ICONS[tone]} />
      <div>{children}</div>
    </div>
  );
}

/** A short word with a tone: a state, a membership. */
export function Tag({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={classes.tag} data-tone={tone}>
      {children}
    </span>
  );
}
