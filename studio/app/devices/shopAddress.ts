/** How the demo's shop page is addressed, and how it and the links in messages answer. */
import type { DemoDevices } from "@api/__generated__/schema";

export type DeviceName = "home" | "work";

/** The parameter by which the widget goes on with a conversation. */
const CONTINUES = "tl_continue";

export function shopAddress(device: DeviceName, devices: DemoDevices, continues: string | undefined): string {
  const query = new URLSearchParams({ device, write_key: devices.write_key, server: devices.chat_server });
  if (continues !== undefined) query.set(CONTINUES, continues);
  return `/shop.html?${query}`;
}

/** The token in a link that goes on with a conversation; none for any other link. */
export function continuation(link: string): string | undefined {
  try {
    return new URL(link, window.location.origin).searchParams.get(CONTINUES) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The visitor that a shop page in a frame announces; nothing for any other message. */
export function announced(event: MessageEvent<unknown>): string | undefined {
  const { data, origin } = event;
  if (origin !== window.location.origin || typeof data !== "object" || data === null) return undefined;
  if (!("anonymousId" in data) || typeof data.anonymousId !== "string") return undefined;
  return data.anonymousId;
}
