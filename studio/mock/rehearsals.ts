/** Rehearsals of the mock: one that is asked for runs once when it is looked at, and is done then. */
import type {
  Journey,
  JourneyFigures,
  RehearsalJob,
  RehearsedCustomer,
  RehearsedCustomers,
} from "@api/__generated__/schema";

const CUSTOMERS = 60;
const PAGE = 50;

const nobody: JourneyFigures = {
  entered: 0,
  not_entered: {},
  steps: {},
  ways: {},
  messages: {},
  held: {},
  ended: {},
  goals: 0,
};

const customer = (place: number): RehearsedCustomer => ({
  customer: `cus_${String(place).padStart(13, "0")}`,
  published: [{ time: "2026-03-02T10:00:00.000Z", sentence: "“Order Completed” started the journey." }],
  draft: [
    { time: "2026-03-02T10:00:00.000Z", sentence: "“Order Completed” started the journey." },
    { time: "2026-03-02T10:10:00.000Z", sentence: "Decided to send a service message by e-mail." },
  ],
});

export function makeRehearsals(journeys: Journey[], now: () => string) {
  const jobs: RehearsalJob[] = [];
  const outcome = (): NonNullable<RehearsalJob["outcome"]> => ({
    records: 4_200,
    customers: 240,
    different: CUSTOMERS,
    differences: [],
    journeys: journeys.slice(0, 1).map((journey) => {
      const [first, second, ...rest] = journey.graph.steps.map(({ id }) => id);
      const steps = { [first ?? ""]: 80, [second ?? ""]: 60 };
      return {
        name: journey.name,
        title: journey.title,
        graph: journey.graph,
        published: { ...nobody, entered: 80, steps: { [first ?? ""]: 80 } },
        draft: { ...nobody, entered: 80, steps, ways: { [first ?? ""]: { [second ?? ""]: 60 } } },
        uncovered: rest,
      };
    }),
  });
  const known = (id: string): RehearsalJob => {
    const found = jobs.find((job) => job.id === id);
    if (found === undefined) throw new Error(`no rehearsal ${id}`);
    return found;
  };
  return {
    all: (): RehearsalJob[] => jobs.map((job) => ({ ...job, outcome: null })),
    begin(): RehearsalJob {
      const job: RehearsalJob = {
        id: String(jobs.length + 1),
        state: "running",
        asked: now(),
        by: "admin",
        from: "1970-01-01T00:00:00.000Z",
        to: now(),
        sample: 100,
        segment: null,
        records: 0,
        records_total: 4_200,
        failure: null,
        problems: [],
        outcome: null,
      };
      jobs.unshift(job);
      return { ...job };
    },
    get(id: string): RehearsalJob {
      const job = known(id);
      const before = { ...job };
      if (job.state === "running") {
        Object.assign(job, { state: "done", records: 4_200, outcome: outcome() });
        return { ...before, records: 2_100 };
      }
      return before;
    },
    cancel(id: string): RehearsalJob {
      return Object.assign(known(id), { state: "cancelled", outcome: null });
    },
    customers(cursor: number): RehearsedCustomers {
      const items = Array.from({ length: CUSTOMERS }, (_, place) => customer(place + 1));
      const next = cursor + PAGE < CUSTOMERS ? String(cursor + PAGE) : null;
      return { items: items.slice(cursor, cursor + PAGE), next };
    },
  };
}
