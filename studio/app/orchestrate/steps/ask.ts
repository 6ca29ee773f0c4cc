/** The look of a `ask` step. */
import type { StepLook } from "./look";

export const ask: StepLook = {
  label: "Ask",
  icon: "question",
  means: "Asks for a slot, unless it is known already.",
};
