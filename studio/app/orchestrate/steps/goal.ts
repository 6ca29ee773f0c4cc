/** The look of a `goal` step. */
import type { StepLook } from "./look";

export const goal: StepLook = {
  label: "Goal",
  icon: "flag",
  means: "The journey has reached what it is for.",
};
