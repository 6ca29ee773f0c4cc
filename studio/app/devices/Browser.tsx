/** A browser of the customer: the brand's page with the real chat widget, in a tab that can be closed. */
import type { DemoDevices } from "@api/__generated__/schema";
import { Button } from "@mantine/core";
import { Icon } from "@ui/Icon";
import classes from "./Devices.module.css";
import { type DeviceName, shopAddress } from "./shopAddress";

interface Props {
  device: DeviceName;
  title: string;
  devices: DemoDevices;
  tab: Tab;
  onOpen: () => void;
  onClose: () => void;
}

/** What the browser shows: nothing, or the shop, reached by a link of a message or directly. */
export type Tab = { open: false } | { open: true; continues: string | undefined; visit: number };

export function Browser({ device, title, devices, tab, onOpen, onClose }: Props) {
  return (
    <section className={classes.browser} aria-label={title}>
      <header className={classes.chrome}>
        <Icon name="web" size={15} />
        <h2>{title}</h2>
        {tab.open && (
          <button type="button" className={classes.closeTab} onClick={onClose}>
            <Icon name="close" size={13} /> Close the tab
          </button>
        )}
      </header>
      <div className={classes.screen}>
        {tab.open ? (
          <iframe
            key={tab.visit}
            title={`Shop in ${title.toLowerCase()}`}
            className={classes.frame}
            src={shopAddress(device, devices, tab.continues)}
          />
        ) : (
          <div className={classes.closed}>
            <p>No tab is open.</p>
            <Button variant="default" onClick={onOpen}>
              Open the shop
            </Button>
          </div>
        )}
      </div>
    </section>
  );
}
