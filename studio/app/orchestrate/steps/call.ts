/** The look of a `webhook` step. */
import type { StepLook } from "./look";

export const webhook: StepLook = { label: "Call", icon: "hook", means: "Calls a back-office system." };
