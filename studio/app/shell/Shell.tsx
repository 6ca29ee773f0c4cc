/** What stands around every page: the way to the others, the workspace, and the live connection. */
import { useLive } from "@api/live";
import { meQuery } from "@api/queries";
import { ActionIcon, Drawer } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams, useRouterState } from "@tanstack/react-router";
import { Icon } from "@ui/Icon";
import { useEffect, useRef } from "react";
import { DEVICES, NAV, type NavEntry } from "./nav";
import { Session } from "./Session";
import classes from "./Shell.module.css";
import { Wordmark } from "./Wordmark";

export function Shell() {
  const { id } = useParams({ strict: false });
  const { to } = useRouterState({ select: ({ location }) => ({ to: location.search.customer }) });
  useLive(id ?? to);
  const [menu, { open, close }] = useDisclosure(false);
  const main = useFocusOnNewPage();
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        Skip to the content
      </a>
      <header className={classes.bar}>
        <ActionIcon variant="subtle" size="lg" aria-label="Open the menu" aria-expanded={menu} onClick={open}>
          <Icon name="menu" />
        </ActionIcon>
        <Wordmark />
      </header>
      <aside className={classes.side}>
        <div className={classes.brand}>
          <Wordmark />
        </div>
        <Navigation />
        <Session />
      </aside>
      <Drawer
        opened={menu}
        onClose={close}
        size={272}
        title={<Wordmark />}
        closeButtonProps={{ "aria-label": "Close the menu" }}
      >
        <Navigation onGo={close} />
        <Session />
      </Drawer>
      <main id="main" tabIndex={-1} className={classes.main} ref={main}>
        <Outlet />
      </main>
    </div>
  );
}

function Navigation({ onGo }: { onGo?: () => void }) {
  const demo = useQuery(meQuery).data?.demo ?? false;
  return (
    <nav className={classes.nav} aria-label="Pages">
      {NAV.map((group) => (
        <div key={group.title}>
          <p className={classes.group}>{group.title}</p>
          <ul>
            {group.entries.map((entry) => (
              <Entry key={entry.to} entry={entry} onGo={onGo} />
            ))}
          </ul>
        </div>
      ))}
      {demo && (
        <div>
          <p className={classes.group}>Demo</p>
          <ul>
            <Entry entry={DEVICES} onGo={onGo} />
          </ul>
        </div>
      )}
    </nav>
  );
}

function Entry({ entry, onGo }: { entry: NavEntry; onGo: (() => void) | undefined }) {
  return (
    <li>
      <Link
        to={entry.to}
        className={classes.entry}
        activeProps={{ "data-active": true, "aria-current": "page" }}
        activeOptions={{ includeSearch: false }}
        onClick={onGo}
      >
        <Icon name={entry.icon} />
        {entry.label}
      </Link>
    </li>
  );
}

/** Puts the focus on the content when the page changes, so that a screen reader reads on there. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
  }, [path]);
  return main;
}
