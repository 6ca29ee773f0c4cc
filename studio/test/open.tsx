/** Opens the studio at an address over a mock world, as a browser would. */
import { keepToken } from "@api/session";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { theme } from "@ui/theme";
import { vi } from "vitest";
import { makeCache } from "../app/cache";
import { makeRouter } from "../app/routes";
import { answer, TOKEN } from "../mock/answer";
import { makeWorld, type World } from "../mock/world";

interface Options {
  world?: World;
  /** Answers before the world does, for what a world never says. */
  instead?: (request: Request) => Response | undefined;
  signedIn?: boolean;
}

export function open(address: string, { world = makeWorld(), instead, signedIn = true }: Options = {}) {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(
      input instanceof Request ? input : new URL(String(input), window.location.origin),
      init,
    );
    asked.push(request.clone());
    return instead?.(request) ?? answer(world, request);
  });
  if (signedIn) keepToken(TOKEN);
  const router = makeRouter(createMemoryHistory({ initialEntries: [address] }));
  const cache = makeCache();
  render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={cache}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return {
    world,
    user: userEvent.setup(),
    /** The address shown. */
    at: () => router.state.location.href,
    /** The bodies sent to paths that end in `path`. */
    sent: (path: string) =>
      Promise.all(
        asked
          .filter(({ url, method }) => method === "POST" && url.endsWith(path))
          .map((r) => r.clone().json()),
      ),
  };
}

/** An answer of the server that says no. */
export function problem(status: number, title: string, detail: string, remedy: string): Response {
  return Response.json({ type: "/problems/test", title, status, detail, remedy }, { status });
}
