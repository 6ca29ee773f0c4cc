/** The look of a `parallel` step. */
import type { StepLook } from "./look";

export const parallel: StepLook = {
  label: "Parallel",
  icon: "branch",
  means: "Goes several ways at once, until they meet.",
};
