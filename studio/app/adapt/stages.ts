/** The stages at which offers fall out, in words. */

interface StageWords {
  /** What fell out there, for a heading. */
  label: string;
  /** What it means, in a sentence. */
  means: string;
}

const STAGES: Record<string, StageWords> = {
  validity: { label: "Not its time", means: "It had not begun, or had ended." },
  eligibility: { label: "Not eligible", means: "The customer may not have it at all." },
  applicability: { label: "Not applicable", means: "It made no sense just then." },
  suitability: { label: "Not suitable", means: "It was not good for the customer." },
  complaints: { label: "Complaint open", means: "The customer was complaining." },
  per_customer: { label: "Had it often enough", means: "The customer's own limit was reached." },
  total: { label: "None left", means: "All of a limited number were taken or held back." },
  elsewhere: { label: "Shown elsewhere", means: "It was chosen for another place of the same page." },
  ranking: { label: "Worth unknown", means: "Its propensity or value could not be worked out." },
  arbitration: { label: "Another was chosen", means: "It could have been made; another was ranked higher." },
  control: {
    label: "Control group",
    means: "It was the best, and the customer gets no offers, to compare with.",
  },
  chosen: { label: "Chosen", means: "It was made to the customer." },
};

export const stageWords = (stage: string): StageWords => STAGES[stage] ?? { label: stage, means: "" };

export const CONDITION_QUESTIONS: Record<string, string> = {
  eligibility: "Who may have it",
  applicability: "When it makes sense",
  suitability: "When it is good for the customer",
};
