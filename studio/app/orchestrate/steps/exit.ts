/** The look of a `exit` step. */
import type { StepLook } from "./look";

export const exit: StepLook = { label: "Exit", icon: "exit", means: "The journey ends here." };
