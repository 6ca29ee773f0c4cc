/** Every kind of step: one file, one line here. A kind that the server adds does not compile until it has a look. */
import type { StepKind } from "@api/__generated__/schema";
import { ask } from "./ask";
import { branch } from "./branch";
import { exit } from "./exit";
import { goal } from "./goal";
import type { StepLook } from "./look";
import { message } from "./message";
import { wait } from "./wait";
import { webhook } from "./webhook";

const LOOKS: Record<StepKind, StepLook> = {
  message,
  ask,
  wait,
  branch,
  webhook,
  goal,
  exit,
};

export const stepLook = (kind: StepKind): StepLook => LOOKS[kind];
