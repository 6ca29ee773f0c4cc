/** The frame of a page: a heading, a sentence about what is here, actions, and the page's title. */
import { type ReactNode, useEffect } from "react";
import classes from "./Page.module.css";

interface Props {
  title: string;
  /** One sentence for whoever sees the page for the first time. */
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, lead, actions, children }: Props) {
  useTitle(title);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div className={classes.words}>
          <h1 className={classes.title}>{title}</h1>
          {lead !== undefined && <p className={classes.lead}>{lead}</p>}
        </div>
        {actions !== undefined && <div className={classes.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** Sets the title of the browser tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Throughline`;
  }, [title]);
}

/** A sheet of paper on the page. */
export function Sheet({ title, aside, children, flush = false }: SheetProps) {
  return (
    <section className={classes.sheet} aria-label={title}>
      {title !== undefined && (
        <div className={classes.sheetHead}>
          <h2 className={classes.sheetTitle}>{title}</h2>
          {aside}
        </div>
      )}
      <div className={flush ? undefined : classes.sheetBody}>{children}</div>
    </section>
  );
}

interface SheetProps {
  title?: string;
  aside?: ReactNode;
  children: ReactNode;
  /** Without padding, for lists and tables that bring their own. */
  flush?: boolean;
}
