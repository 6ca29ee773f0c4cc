/** The query cache's habits. */
import { ProblemError } from "@api/problem";
import { QueryClient } from "@tanstack/react-query";

const RETRIES_MAX = 2;
const STALE_MS = 5_000;

export function makeCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        // What the server refused stays refused; only a connection that broke is worth another try.
        retry: (failures, error) => !(error instanceof ProblemError) && failures < RETRIES_MAX,
      },
    },
  });
}
