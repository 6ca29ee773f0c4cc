/** The look of a `message` step. */
import type { StepLook } from "./look";

export const message: StepLook = {
  label: "Message",
  icon: "message",
  means: "Says something on the channel the customer is on.",
};
