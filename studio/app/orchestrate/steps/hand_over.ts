/** The look of a `hand_over` step. */
import type { StepLook } from "./look";

export const handOver: StepLook = {
  label: "Hand over",
  icon: "customers",
  means: "Hands the customer over to people, and goes on when they are done.",
};
