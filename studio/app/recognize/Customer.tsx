/** One customer: who they are, where they are in their journeys, and their thread over every channel. */
import type { CustomerProfile } from "@api/__generated__/schema";
import { customerQuery, runsQuery } from "@api/queries";
import type { ThreadFilter } from "@api/thread";
import { Stack, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, Navigate } from "@tanstack/react-router";
import { Icon } from "@ui/Icon";
import { useTitle } from "@ui/Page";
import { useMemo } from "react";
import { Orders } from "../orchestrate/orders/Orders";
import { Runs } from "../orchestrate/runs/Runs";
import { Why } from "../orchestrate/runs/Why";
import { CUSTOMER_TABS, type CustomerSearch, type CustomerTab } from "../search";
import { Asked } from "../shell/Asked";
import classes from "./Customer.module.css";
import { CustomerHead } from "./CustomerHead";
import { Glance, Now } from "./Glance";
import { Identity } from "./identity/Identity";
import { Profile } from "./Profile";
import { Thread } from "./thread/Thread";
import { ThreadFilters } from "./thread/ThreadFilters";

const route = getRouteApi("/shell/customers/$id");

export function Customer() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const query = useQuery(customerQuery(id));
  useTitle(query.data === undefined ? "Customer" : (query.data.name ?? "Anonymous customer"));
  return (
    <div className={classes.page}>
      <Link to="/customers" className={classes.back}>
        <Icon name="chevronLeft" size={14} /> Customers
      </Link>
      {query.data === undefined && <h1 className="visually-hidden">Customer</h1>}
      <Asked query={query}>
        {(profile) =>
          profile.forwarded_to ? (
            // The id was merged away; it stays valid and leads to the customer that lives on.
            <Navigate to="/customers/$id" params={{ id: profile.forwarded_to }} search={search} replace />
          ) : (
            <Known key={id} profile={profile} />
          )
        }
      </Asked>
    </div>
  );
}

const TAB_NAMES: Record<CustomerTab, string> = {
  thread: "Thread",
  profile: "Profile",
  identity: "Identity",
  journeys: "Journeys",
  orders: "Orders and service",
};

function Known({ profile }: { profile: CustomerProfile }) {
  const { tab = "thread", why } = route.useSearch();
  const navigate = route.useNavigate();
  const show = (name: string | null) => {
    const found = CUSTOMER_TABS.find((known) => known === name);
    void navigate({ search: (old) => ({ ...old, tab: found === "thread" ? undefined : found }) });
  };
  return (
    <>
      <CustomerHead profile={profile} />
      <Tabs
        value={tab}
        onChange={show}
        keepMounted={false}
        classNames={{ list: classes.tabs, tab: classes.tab }}
      >
        <Tabs.List>
          {CUSTOMER_TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {TAB_NAMES[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="thread">
          <ThreadTab profile={profile} />
        </Tabs.Panel>
        <Tabs.Panel value="profile">
          <Profile id={profile.id} />
        </Tabs.Panel>
        <Tabs.Panel value="identity">
          <Identity id={profile.id} />
        </Tabs.Panel>
        <Tabs.Panel value="orders">
          <Orders id={profile.id} />
        </Tabs.Panel>
        <Tabs.Panel value="journeys">
          <Stack gap="lg">
            <Runs id={profile.id} />
            <Why
              id={profile.id}
              journey={why}
              choose={(journey) =>
                void navigate({ search: (old) => ({ ...old, why: journey }), replace: true })
              }
            />
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function ThreadTab({ profile }: { profile: CustomerProfile }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const runs = useQuery(runsQuery(profile.id));
  const filter = useMemo(() => filterOf(search), [search]);
  const choose = ({ channels, kinds }: ThreadFilter) =>
    void navigate({
      search: (old) => ({
        ...old,
        channel: channels.join(",") || undefined,
        kind: kinds.join(",") || undefined,
      }),
      replace: true,
    });
  return (
    <div className={classes.columns}>
      <section className={classes.thread} aria-label="Thread">
        <h2 className="visually-hidden">Thread</h2>
        <div className={classes.filters}>
          <ThreadFilters channels={profile.channels} filter={filter} onChange={choose} />
        </div>
        <Thread customer={profile.id} filter={filter} channels={profile.channels} />
      </section>
      <Now customer={profile.id} runs={runs.data} />
      <Glance profile={profile} />
    </div>
  );
}

function filterOf({ channel, kind }: CustomerSearch): ThreadFilter {
  const list = (text: string | undefined) => text?.split(",").filter(Boolean) ?? [];
  return { channels: list(channel), kinds: list(kind) };
}
