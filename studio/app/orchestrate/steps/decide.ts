/** The look of a `decide` step. */
import type { StepLook } from "./look";

export const decide: StepLook = { label: "Offer", icon: "flag", means: "Chooses an offer for the customer." };
