/** The look of a `split` step. */
import type { StepLook } from "./look";

export const split: StepLook = {
  label: "Split",
  icon: "branch",
  means: "Sends each customer a random way, always the same.",
};
