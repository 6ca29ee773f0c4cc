/** What the world was asked to do and has not confirmed: on its way, to be tried again, failed, or unknown. */
import type { EffectItem, EffectState } from "@api/__generated__/schema";
import { tell } from "@api/problem";
import { effectsQuery } from "@api/queries";
import { Button, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { plural, words } from "@ui/format";
import { Icon, type IconName } from "@ui/Icon";
import { Page } from "@ui/Page";
import { Empty, Failed, Loading, Notice, Tag } from "@ui/states";
import { Ago } from "@ui/Time";
import { EFFECT_STATES } from "../search";
import classes from "./Effects.module.css";

const route = getRouteApi("/shell/effects");

const STATES: Record<EffectState, { label: string; tone: "plain" | "warn" | "bad" }> = {
  uncertain: { label: "Uncertain", tone: "bad" },
  failed: { label: "Failed", tone: "bad" },
  retrying: { label: "Retrying", tone: "warn" },
  pending: { label: "Pending", tone: "plain" },
};

const KINDS: Record<EffectItem["kind"], { label: string; icon: IconName }> = {
  email: { label: "E-mail", icon: "email" },
  chat: { label: "Chat message", icon: "chat" },
  webhook: { label: "Webhook", icon: "hook" },
  sms: { label: "Text message", icon: "sms" },
  hook: { label: "Provider's channel", icon: "hook" },
  letter: { label: "Letter", icon: "letter" },
};

export function Effects() {
  const { state } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(effectsQuery(state));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages.at(-1)?.total ?? 0;
  const choose = (name: string) => {
    const found = EFFECT_STATES.find((known) => known === name);
    void navigate({ search: (old) => ({ ...old, state: found }), replace: true });
  };
  return (
    <Page
      title="Effects"
      lead="Messages and calls that are asked for and not confirmed. Each is sent once; where a crash leaves that unknown, it stands here instead of being sent again."
    >
      <div className={classes.page}>
        <div className={classes.states}>
          <SegmentedControl
            aria-label="State"
            value={state ?? "all"}
            onChange={choose}
            data={[
              { value: "all", label: "All" },
              ...EFFECT_STATES.map((value) => ({ value, label: STATES[value].label })),
            ]}
          />
        </div>
        {state === "uncertain" && items.length > 0 && (
          <Notice tone="warn">
            A crash or a broken connection left these unknown. Ask the receiver by the id before doing
            anything by hand.
          </Notice>
        )}
        {query.data === undefined && query.error !== null && (
          <Failed {...tell(query.error)} retry={() => void query.refetch()} />
        )}
        {query.isPending && <Loading rows={5} height={70} />}
        {query.data !== undefined && items.length === 0 && <None state={state} />}
        {items.length > 0 && (
          <>
            <p className={classes.total} role="status">
              {plural(total, "effect")}
            </p>
            <ol className={classes.list}>
              {items.map((item) => (
                <Effect key={item.id} item={item} />
              ))}
            </ol>
          </>
        )}
        {query.hasNextPage && (
          <Button
            variant="default"
            onClick={() => void query.fetchNextPage()}
            loading={query.isFetchingNextPage}
          >
            Show more
          </Button>
        )}
      </div>
    </Page>
  );
}

function Effect({ item }: { item: EffectItem }) {
  const { label, icon } = KINDS[item.kind];
  const state = STATES[item.state];
  return (
    <li className={classes.effect}>
      <Icon name={icon} label={label} />
      <div className={classes.words}>
        <p className={classes.summary}>{item.summary}</p>
        {item.reason && <p>{item.reason}</p>}
        <p className={classes.origin}>
          {words(item.purpose)}, asked <Ago time={item.asked} />, {plural(item.attempts, "attempt")} ·{" "}
          <Link to="/customers/$id" params={{ id: item.customer }}>
            {item.customer}
          </Link>
          {item.journey && (
            <>
              {" · "}
              <Link to="/journeys/$name" params={{ name: item.journey }}>
                {item.journey}
              </Link>
            </>
          )}
          {" · "}
          <code>{item.id}</code>
        </p>
      </div>
      <Tag tone={state.tone}>{state.label}</Tag>
    </li>
  );
}

function None({ state }: { state: EffectState | undefined }) {
  const title =
    state === undefined ? "Everything is confirmed" : `No effect is ${STATES[state].label.toLowerCase()}`;
  return (
    <Empty icon="check" title={title}>
      What was sent and confirmed stands in the thread of each customer.
    </Empty>
  );
}
