/** What the brand's app shows of Ada in the mock world: an application under way, and an offer. */
import type { Answered, ContextJourney, ContextOffer, ContextQuestion } from "@api/__generated__/schema";

const QUESTIONS: ContextQuestion[] = [
  {
    slot: "value",
    label: "what it is worth",
    text: "What is it worth, in pounds?",
    kind: "int",
    choices: [],
    asked_on: "webchat",
    conversation: "conv_00000000000000000000000017",
  },
  {
    slot: "floor",
    label: "where it stands",
    text: "Does it stand in a house or in a flat?",
    kind: "choice",
    choices: [
      { value: "house", label: "House" },
      { value: "flat", label: "Flat" },
    ],
    asked_on: "app",
    conversation: "conv_00000000000000000000000017",
  },
];

export const APP_OFFERS: ContextOffer[] = [
  {
    placement: "home",
    offer: "care-first-year",
    title: "Care for the first year",
    content: { headline: "A year of care, on us", text: "Stains, scratches and loose legs." },
    probability: 0.95,
    control: false,
  },
];

export function makeApp() {
  const answers: string[] = [];
  const journeys = (): ContextJourney[] => {
    const [value] = answers;
    const question = QUESTIONS[answers.length] ?? null;
    return [
      {
        run: "run_00000000000000000000000017",
        journey: "furniture-insurance",
        title: "Furniture insurance",
        version: 3,
        step: question === null ? "wait-for-document" : "questions",
        step_kind: question === null ? "wait" : "ask",
        slots: { item: "sofa", ...(value === undefined ? {} : { value: Number(value) }) },
        missing: QUESTIONS.slice(answers.length).map(({ slot }) => slot),
        waiting: question === null ? "“Document Received”" : `the answer to “${question.label}”`,
        question,
      },
    ];
  };
  return {
    journeys,
    answer(text: string): Answered {
      answers.push(text);
      return { customer: "cus_0000000000017", journeys: journeys() };
    },
  };
}
