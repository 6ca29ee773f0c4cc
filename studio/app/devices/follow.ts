/** Whose thread stands beside the devices: the visitor met last in a chat window, through every merge. */
import { customerQuery, customersQuery } from "@api/queries";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";

const route = getRouteApi("/shell/devices");

/** A visitor is known to the server only after the first event. */
const LOOK_AGAIN_MS = 1_500;

/** The customer in the address; a visitor newly met takes the place, and a merge leads on to the survivor. */
export function useFollowed(anonymousId: string | undefined): string | undefined {
  const { customer } = route.useSearch();
  const navigate = route.useNavigate();
  const visitor = useInfiniteQuery({
    ...customersQuery(anonymousId ?? "", undefined),
    enabled: anonymousId !== undefined,
    placeholderData: undefined,
    refetchInterval: ({ state }) => ((state.data?.pages[0]?.items.length ?? 0) > 0 ? false : LOOK_AGAIN_MS),
  });
  const profile = useQuery({ ...customerQuery(customer ?? ""), enabled: customer !== undefined });
  const found = anonymousId === undefined ? undefined : visitor.data?.pages[0]?.items[0]?.id;
  const forwarded = profile.data?.forwarded_to ?? undefined;

  useEffect(() => {
    if (found !== undefined) void navigate({ search: (old) => ({ ...old, customer: found }), replace: true });
  }, [found, navigate]);
  useEffect(() => {
    if (forwarded !== undefined)
      void navigate({ search: (old) => ({ ...old, customer: forwarded }), replace: true });
  }, [forwarded, navigate]);
  return forwarded ?? customer;
}
