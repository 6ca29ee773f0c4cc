/** Whose studio this is, whether it is live, light or dark, and the way out. */
import { liveStateQuery } from "@api/live";
import { meQuery, overviewQuery } from "@api/queries";
import { forgetToken } from "@api/session";
import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { compact } from "@ui/format";
import { Icon } from "@ui/Icon";
import classes from "./Shell.module.css";

export function Session() {
  const me = useQuery(meQuery);
  const overview = useQuery(overviewQuery);
  const cache = useQueryClient();
  const navigate = useNavigate();
  const leave = () => {
    forgetToken();
    cache.clear();
    void navigate({ to: "/sign-in" });
  };
  return (
    <div className={classes.session}>
      <div className={classes.workspace}>
        <span className={classes.workspaceName} title={me.data?.workspace}>
          {me.data?.workspace ?? "…"}
        </span>
        <LiveDot />
      </div>
      {overview.data !== undefined && (
        <p className={classes.figures}>
          {compact(overview.data.customers)} customers ·{" "}
          {compact(Math.round(overview.data.events_per_second))} events/s
        </p>
      )}
      <div className={classes.switches}>
        <SchemeSwitch />
        <Tooltip label="Sign out">
          <ActionIcon variant="subtle" aria-label="Sign out" onClick={leave}>
            <Icon name="signOut" />
          </ActionIcon>
        </Tooltip>
      </div>
    </div>
  );
}

const LIVE_WORDS = {
  connecting: "Connecting",
  open: "Live",
  waiting: "Connection lost, trying again",
};

function LiveDot() {
  const { data: state } = useQuery(liveStateQuery);
  return (
    <span className={classes.live} data-state={state} role="status">
      {LIVE_WORDS[state]}
    </span>
  );
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  const label = dark ? "Use light colours" : "Use dark colours";
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" aria-label={label} onClick={() => setColorScheme(dark ? "light" : "dark")}>
        <Icon name={dark ? "sun" : "moon"} />
      </ActionIcon>
    </Tooltip>
  );
}
