/** What went wrong with a request, as a person can be told: RFC 9457 problems and broken connections. */
import type { ApiProblem } from "./__generated__/schema";

/** An answer of the server that says no. */
export class ProblemError extends Error {
  constructor(readonly problem: ApiProblem) {
    super(problem.detail);
    this.name = "ProblemError";
  }
}

/** What a page shows of an error. */
export interface Told {
  title: string;
  detail: string;
  remedy: string;
}

export function tell(error: unknown): Told {
  if (error instanceof ProblemError) {
    const { title, detail, remedy } = error.problem;
    return { title, detail, remedy: remedy ?? "Try again; if it stays, look at the server's log." };
  }
  return {
    title: "The server cannot be reached",
    detail: error instanceof Error ? error.message : "The request did not get an answer.",
    remedy: "Check that Throughline is running and try again.",
  };
}

function isProblem(body: unknown): body is ApiProblem {
  return typeof body === "object" && body !== null && "title" in body && "detail" in body && "status" in body;
}

/** The problem in an answer's body, or one made from its status where the body is something else. */
export function problemOf(body: unknown, status: number): ProblemError {
  if (isProblem(body)) return new ProblemError(body);
  const title = `The server answered ${status}`;
  return new ProblemError({ type: "about:blank", title, status, detail: "The answer gave no reason." });
}
