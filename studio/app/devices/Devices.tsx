/** The demo's page for playing the customer: browsers, a telephone, the app, mail and letters, and the thread as it happens beside them. */
import type { DemoDevices } from "@api/__generated__/schema";
import { customerQuery, devicesQuery } from "@api/queries";
import { useWindowEvent } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Page } from "@ui/Page";
import { Empty } from "@ui/states";
import { useState } from "react";
import { Thread } from "../recognize/thread/Thread";
import { Asked } from "../shell/Asked";
import { App } from "./App";
import { Browser, type Tab } from "./Browser";
import classes from "./Devices.module.css";
import { Elsewhere } from "./Elsewhere";
import { useFollowed } from "./follow";
import { LetterBox } from "./LetterBox";
import { Mailbox } from "./Mailbox";
import { announced, type DeviceName } from "./shopAddress";
import { Telephone } from "./Telephone";

const EVERYTHING = { channels: [], kinds: [] };

export function Devices() {
  const query = useQuery(devicesQuery);
  return (
    <Page
      title="Customer's devices"
      lead="Play the customer: chat, close the tab, answer by text message, in the app or by mail, buy at the till. The thread beside shows what the brand sees."
    >
      <Asked query={query}>
        {(devices) =>
          devices.available ? (
            <Playground devices={devices} />
          ) : (
            <Empty icon="devices" title="No devices here">
              {devices.why_not ?? "The customer's devices exist only in the demo."}
            </Empty>
          )
        }
      </Asked>
    </Page>
  );
}

const OPEN: Tab = { open: true, continues: undefined, visit: 0 };

const BROWSERS: { device: DeviceName; title: string }[] = [
  { device: "home", title: "Browser at home" },
  { device: "work", title: "Browser at work" },
];

/** Each opening is a visit of its own, so that a link opened twice is followed twice. */
function visitAfter(tab: Tab): number {
  return tab.open ? tab.visit + 1 : Date.now();
}

/** The visitor that a browser announced last. */
function useVisitor(): string | undefined {
  const [visitor, setVisitor] = useState<string>();
  useWindowEvent("message", (event) => setVisitor((old) => announced(event) ?? old));
  return visitor;
}

function Playground({ devices }: { devices: DemoDevices }) {
  const visitor = useVisitor();
  const customer = useFollowed(visitor);
  const [tabs, setTabs] = useState<Record<DeviceName, Tab>>({ home: OPEN, work: { open: false } });
  const open = (device: DeviceName, continues?: string) =>
    setTabs((old) => ({ ...old, [device]: { open: true, continues, visit: visitAfter(old[device]) } }));
  const close = (device: DeviceName) => setTabs((old) => ({ ...old, [device]: { open: false } }));
  return (
    <div className={classes.playground}>
      <div className={classes.devices}>
        <div className={classes.browsers}>
          {BROWSERS.map(({ device, title }) => (
            <Browser
              key={device}
              device={device}
              title={title}
              devices={devices}
              tab={tabs[device]}
              onOpen={() => open(device)}
              onClose={() => close(device)}
            />
          ))}
        </div>
        <div className={classes.browsers}>
          <Telephone devices={devices} />
          <App customer={customer} />
        </div>
        <div className={classes.browsers}>
          <Mailbox devices={devices} onContinue={(token) => open("work", token)} />
          <LetterBox />
        </div>
        <Elsewhere devices={devices} visitor={visitor} />
      </div>
      <section className={classes.thread} aria-label="Live thread">
        {customer === undefined ? (
          <Empty icon="journey" title="Nobody yet">
            Say something in a chat window. As soon as the visitor is met, their thread appears here.
          </Empty>
        ) : (
          <Followed key={customer} customer={customer} />
        )}
      </section>
    </div>
  );
}

function Followed({ customer }: { customer: string }) {
  const query = useQuery(customerQuery(customer));
  return (
    <Asked query={query}>
      {(profile) => (
        <>
          <header className={classes.threadHead}>
            <h2>
              <Link to="/customers/$id" params={{ id: profile.id }}>
                {profile.name ?? "Anonymous customer"}
              </Link>
            </h2>
            <p>{profile.identifiers.map(({ value }) => value).join(" · ")}</p>
          </header>
          <Thread customer={profile.id} filter={EVERYTHING} channels={profile.channels} />
        </>
      )}
    </Asked>
  );
}
