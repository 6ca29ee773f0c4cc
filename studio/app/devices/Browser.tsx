/** A browser of the customer: the brand's page with the real chat widget, in a tab that can be closed. */
import type { DemoDevices } from "@api/__generated__/schema";
import { tell } from "@api/problem";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Icon } from "@ui/Icon";
import { Failed, Loading } from "@ui/states";
import { useCallback, useState } from "react";
import classes from "./Devices.module.css";
import { anonymousIdOf, widgetQuery } from "./widget";

interface Props {
  /** Tells the widget's storage apart, so that two windows are two browsers. */
  device: string;
  title: string;
  devices: DemoDevices;
  onMet: (anonymousId: string) => void;
  closedAtFirst?: boolean;
}

export function Browser({ device, title, devices, onMet, closedAtFirst = false }: Props) {
  const [open, setOpen] = useState(!closedAtFirst);
  return (
    <section className={classes.browser} aria-label={title}>
      <header className={classes.chrome}>
        <Icon name="web" size={15} />
        <h2>{title}</h2>
        {open && (
          <button type="button" className={classes.closeTab} onClick={() => setOpen(false)}>
            <Icon name="close" size={13} /> Close the tab
          </button>
        )}
      </header>
      <div className={classes.screen}>
        {open ? (
          <Chat device={device} devices={devices} onMet={onMet} />
        ) : (
          <div className={classes.closed}>
            <p>No tab is open.</p>
            <Button variant="default" onClick={() => setOpen(true)}>
              Open the shop
            </Button>
          </div>
        )}
      </div>
    </section>
  );
}

function Chat({ device, devices, onMet }: Pick<Props, "device" | "devices" | "onMet">) {
  const widget = useQuery(widgetQuery);
  const listen = useCallback(
    (element: HTMLElement) => {
      const met = (event: Event) => {
        const id = anonymousIdOf(event);
        if (id !== undefined) onMet(id);
      };
      element.addEventListener("throughline:ready", met);
      return () => element.removeEventListener("throughline:ready", met);
    },
    [onMet],
  );
  if (widget.error !== null) return <Failed {...tell(widget.error)} retry={() => void widget.refetch()} />;
  if (widget.data === undefined) return <Loading rows={4} />;
  return (
    <throughline-chat
      ref={listen}
      server={devices.chat_server}
      write-key={devices.write_key}
      device={device}
      inline=""
      class={classes.chat}
    />
  );
}
