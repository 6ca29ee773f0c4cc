/** How the states of orders and lines read. */
import type { OrderLineState, OrderStatus } from "@api/__generated__/schema";

export const ORDER_STATUS: Record<OrderStatus, { label: string; tone: "ok" | "warn" | "bad" | "plain" }> = {
  placed: { label: "placed", tone: "warn" },
  shipped: { label: "on its way", tone: "warn" },
  delivered: { label: "delivered", tone: "ok" },
  refunded: { label: "paid back", tone: "plain" },
  cancelled: { label: "cancelled", tone: "plain" },
};

export const LINE_STATE: Record<OrderLineState, string> = {
  return_requested: "comes back",
  returned: "came back",
};
