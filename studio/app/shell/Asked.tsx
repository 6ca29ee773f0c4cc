/** A query on a page: skeleton while it loads, the problem with its remedy, then the content. */

import { tell } from "@api/problem";
import type { UseQueryResult } from "@tanstack/react-query";
import { Failed, Loading } from "@ui/states";
import type { ReactNode } from "react";

interface Props<T> {
  query: Pick<UseQueryResult<T>, "data" | "error" | "refetch">;
  loading?: ReactNode;
  children: (data: T) => ReactNode;
}

export function Asked<T>({ query, loading, children }: Props<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Failed {...tell(query.error)} retry={() => void query.refetch()} />;
  return loading ?? <Loading />;
}
