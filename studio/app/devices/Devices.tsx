/** The demo's page for playing the customer: two browsers, a mailbox, and the thread as it happens beside them. */
import type { DemoDevices } from "@api/__generated__/schema";
import { customerQuery, devicesQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Page } from "@ui/Page";
import { Empty } from "@ui/states";
import { useState } from "react";
import { Thread } from "../recognize/thread/Thread";
import { Asked } from "../shell/Asked";
import { Browser } from "./Browser";
import classes from "./Devices.module.css";
import { useFollowed } from "./follow";
import { Mailbox } from "./Mailbox";

const EVERYTHING = { channels: [], kinds: [] };

export function Devices() {
  const query = useQuery(devicesQuery);
  return (
    <Page
      title="Customer's devices"
      lead="Play the customer: chat, close the tab, answer by mail, go on in another browser. The thread beside shows what the brand sees."
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

function Playground({ devices }: { devices: DemoDevices }) {
  const [met, setMet] = useState<string>();
  const customer = useFollowed(met);
  return (
    <div className={classes.playground}>
      <div className={classes.devices}>
        <div className={classes.browsers}>
          <Browser device="a" title="Browser at home" devices={devices} onMet={setMet} />
          <Browser device="b" title="Browser at work" devices={devices} onMet={setMet} closedAtFirst />
        </div>
        <Mailbox devices={devices} />
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
