/** How a channel looks: its name for people, its colour and its mark. The same everywhere in the studio. */
import type { CSSProperties } from "react";
import classes from "./channel.module.css";
import { Icon, type IconName } from "./Icon";

export interface ChannelLook {
  label: string;
  icon: IconName;
  /** A CSS colour that follows the colour scheme. */
  colour: string;
}

const KNOWN: Record<string, { label: string; icon: IconName }> = {
  web: { label: "Web", icon: "web" },
  app: { label: "App", icon: "app" },
  store: { label: "Store", icon: "store" },
  phone: { label: "Phone", icon: "phone" },
  email: { label: "E-mail", icon: "email" },
  sms: { label: "SMS", icon: "sms" },
  webchat: { label: "Web chat", icon: "chat" },
  letter: { label: "Letter", icon: "letter" },
  push: { label: "Push", icon: "push" },
  device: { label: "Device", icon: "device" },
  server: { label: "Server", icon: "server" },
  marketplace: { label: "Marketplace", icon: "marketplace" },
};

/** The look of any channel: a family such as `marketplace/acme` looks like its family and names its member. */
export function channelLook(channel: string): ChannelLook {
  const [family = channel, member] = channel.split("/");
  const known = KNOWN[family];
  const name = known?.label ?? family.charAt(0).toUpperCase() + family.slice(1);
  return {
    label: member === undefined ? name : `${name} · ${member}`,
    icon: known?.icon ?? "message",
    colour: known === undefined ? "var(--channel-other)" : `var(--channel-${family})`,
  };
}

/** Sets the colour for `ChannelMark` and for whatever else is drawn in it. */
export function channelStyle(channel: string): CSSProperties {
  return { "--channel": channelLook(channel).colour };
}

export function ChannelMark({ channel, size = 24 }: { channel: string; size?: number }) {
  const { icon, label } = channelLook(channel);
  return (
    <span
      className={classes.mark}
      style={{ ...channelStyle(channel), width: size, height: size }}
      title={label}
    >
      <Icon name={icon} size={Math.round(size * 0.66)} label={label} />
    </span>
  );
}

export function ChannelName({ channel }: { channel: string }) {
  const { icon, label } = channelLook(channel);
  return (
    <span className={classes.name} style={channelStyle(channel)}>
      <Icon name={icon} size={16} />
      {label}
    </span>
  );
}
