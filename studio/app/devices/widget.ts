/** The real chat widget of `sdk/`, loaded from the server as a brand's web page would load it. */
import { queryOptions } from "@tanstack/react-query";
import "react";

export const WIDGET_ADDRESS = "/sdk/throughline-chat.js";

export const widgetQuery = queryOptions({
  queryKey: ["chat-widget"],
  queryFn: async () => {
    await import(/* @vite-ignore */ WIDGET_ADDRESS);
    await customElements.whenDefined("throughline-chat");
    return true;
  },
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** The anonymous id in the widget's `throughline:ready` event. */
export function anonymousIdOf(event: Event): string | undefined {
  const detail: unknown = event instanceof CustomEvent ? event.detail : undefined;
  if (typeof detail !== "object" || detail === null || !("anonymousId" in detail)) return undefined;
  return typeof detail.anonymousId === "string" ? detail.anonymousId : undefined;
}

interface ChatElementProps {
  ref?: (element: HTMLElement) => () => void;
  server?: string;
  "write-key": string;
  device: string;
  resume?: string | undefined;
  inline: string;
  class?: string | undefined;
}

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "throughline-chat": ChatElementProps;
    }
  }
}
