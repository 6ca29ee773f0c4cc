/** Every kind of step: one file, one line here. */
import { words } from "@ui/format";
import { ask } from "./ask";
import { branch } from "./branch";
import { call } from "./call";
import { exit } from "./exit";
import { goal } from "./goal";
import type { StepLook } from "./look";
import { message } from "./message";
import { wait } from "./wait";

const LOOKS: Record<string, StepLook> = {
  message,
  ask,
  wait,
  branch,
  call,
  goal,
  exit,
};

/** The look of any kind; one that this studio does not know yet is shown by its name. */
export function stepLook(kind: string): StepLook {
  return LOOKS[kind] ?? { label: words(kind), icon: "journey", means: "" };
}
