/** The look of a `call` step. */
import type { StepLook } from "./look";

export const call: StepLook = { label: "Call", icon: "hook", means: "Calls a back-office system." };
