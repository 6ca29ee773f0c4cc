/** The look of a `quote` step. */
import type { StepLook } from "./look";

export const quote: StepLook = { label: "Quote", icon: "clock", means: "Promises prices for a time." };
