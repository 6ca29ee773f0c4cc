/** The pages of the studio, in the order and under the words of the product. */
import type { IconName } from "@ui/Icon";

export interface NavEntry {
  to:
    | "/customers"
    | "/segments"
    | "/journeys"
    | "/content"
    | "/inbox"
    | "/knowledge"
    | "/offers"
    | "/prices"
    | "/balance"
    | "/quarantine"
    | "/effects"
    | "/catalogue"
    | "/devices";
  label: string;
  icon: IconName;
}

export interface NavGroup {
  title: string;
  entries: NavEntry[];
}

export const NAV: NavGroup[] = [
  {
    title: "Recognize",
    entries: [
      { to: "/customers", label: "Customers", icon: "customers" },
      { to: "/segments", label: "Segments", icon: "segments" },
    ],
  },
  {
    title: "Orchestrate",
    entries: [
      { to: "/inbox", label: "Inbox", icon: "message" },
      { to: "/knowledge", label: "Knowledge", icon: "question" },
      { to: "/journeys", label: "Journeys", icon: "journey" },
      { to: "/content", label: "Content", icon: "letter" },
    ],
  },
  {
    title: "Adapt",
    entries: [
      { to: "/offers", label: "Offers", icon: "flag" },
      { to: "/prices", label: "Prices", icon: "marketplace" },
    ],
  },
  {
    title: "Protect",
    entries: [
      { to: "/balance", label: "Balance", icon: "balance" },
      { to: "/quarantine", label: "Quarantine", icon: "quarantine" },
      { to: "/effects", label: "Effects", icon: "send" },
    ],
  },
  { title: "Workspace", entries: [{ to: "/catalogue", label: "Catalogue", icon: "book" }] },
];

export const DEVICES: NavEntry = { to: "/devices", label: "Customer's devices", icon: "devices" };
