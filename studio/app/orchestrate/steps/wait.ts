/** The look of a `wait` step. */
import type { StepLook } from "./look";

export const wait: StepLook = { label: "Wait", icon: "clock", means: "Waits for an event or a time." };
