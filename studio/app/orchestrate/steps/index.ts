/** Every kind of step: one file, one line here. A kind that the server adds does not compile until it has a look. */
import type { StepKind } from "@api/__generated__/schema";
import { ask } from "./ask";
import { branch } from "./branch";
import { call } from "./call";
import { decide } from "./decide";
import { emit } from "./emit";
import { exit } from "./exit";
import { goal } from "./goal";
import { handOver } from "./hand_over";
import type { StepLook } from "./look";
import { message } from "./message";
import { parallel } from "./parallel";
import { profile } from "./profile";
import { quote } from "./quote";
import { split } from "./split";
import { subJourney } from "./sub_journey";
import { suggest } from "./suggest";
import { wait } from "./wait";

const LOOKS: Record<StepKind, StepLook> = {
  message,
  ask,
  wait,
  branch,
  split,
  parallel,
  sub_journey: subJourney,
  call,
  quote,
  decide,
  suggest,
  hand_over: handOver,
  profile,
  emit,
  goal,
  exit,
};

export const stepLook = (kind: StepKind): StepLook => LOOKS[kind];
