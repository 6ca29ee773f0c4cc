/** The one way to the server: a client typed by its OpenAPI document, with the token of this tab. */
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./__generated__/schema";
import { problemOf } from "./problem";
import { forgetToken, token } from "./session";

const signedOut = new Set<() => void>();

/** Calls `listener` when the server no longer takes the token. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/** Forgets a token that the server refused. */
export function refused(): void {
  if (token() === null) return;
  forgetToken();
  for (const listener of signedOut) listener();
}

const bearer: Middleware = {
  onRequest({ request }) {
    const held = token();
    if (held !== null) request.headers.set("Authorization", `Bearer ${held}`);
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) refused();
    return undefined;
  },
};

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => globalThis.fetch(request),
});
api.use(bearer);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer; a problem is thrown, for the query cache to keep. */
export async function take<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (data === undefined) throw problemOf(error, response.status);
  return data;
}
