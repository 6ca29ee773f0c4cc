/** The look of a `branch` step. */
import type { StepLook } from "./look";

export const branch: StepLook = { label: "Branch", icon: "branch", means: "Chooses a way by conditions." };
