/** The look of a `profile` step. */
import type { StepLook } from "./look";

export const profile: StepLook = { label: "Profile", icon: "customers", means: "Notes traits in the profile." };
