/** The look of a `sub_journey` step. */
import type { StepLook } from "./look";

export const subJourney: StepLook = {
  label: "Journey",
  icon: "journey",
  means: "Another journey, as a step of this one.",
};
