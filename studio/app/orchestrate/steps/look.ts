/** What the studio shows of a kind of step. */
import type { IconName } from "@ui/Icon";

export interface StepLook {
  label: string;
  icon: IconName;
  /** What such a step does, in a sentence. */
  means: string;
}
