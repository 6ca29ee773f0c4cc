/** The look of a `suggest` step. */
import type { StepLook } from "./look";

export const suggest: StepLook = {
  label: "Suggest",
  icon: "book",
  means: "Answers by an article and asks whether it helped.",
};
