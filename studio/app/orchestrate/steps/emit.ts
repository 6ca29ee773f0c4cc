/** The look of an `emit` step. */
import type { StepLook } from "./look";

export const emit: StepLook = { label: "Event", icon: "note", means: "Puts an event into the thread." };
