/** `npm run mock`: the studio with answers from `mock/` instead of a server, for looking at it and for tests. */
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";
import { answer } from "./answer";
import { makeWorld } from "./world";

export function mockServer(): Plugin {
  const world = makeWorld();
  const middleware: Connect.NextHandleFunction = (incoming, outgoing, next) => {
    if (incoming.url?.startsWith("/sdk/")) return sdk(incoming.url, outgoing, next);
    if (!/^\/(api|v1)\//.test(incoming.url ?? "")) return next();
    void respond(incoming, outgoing);
  };
  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const method = incoming.method ?? "GET";
    const body = method === "GET" ? {} : { body: Buffer.concat(chunks) };
    const headers = new Headers({ authorization: incoming.headers.authorization ?? "" });
    const response = await answer(
      world,
      new Request(`http://mock${incoming.url}`, { method, headers, ...body }),
    );
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body !== null) for await (const part of response.body) outgoing.write(part);
    if (response.headers.get("content-type") !== "text/event-stream") outgoing.end();
  }
  return {
    name: "throughline-mock",
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => void server.middlewares.use(middleware),
  };
}

/** The built widget and snippet, where they have been built. */
function sdk(address: string, outgoing: ServerResponse, next: () => void): void {
  const name = address.split("?")[0]?.replace("/sdk/", "") ?? "";
  if (!/^[a-z-]+\.js$/.test(name)) next();
  else
    readFile(new URL(`../../sdk/dist/${name}`, import.meta.url)).then(
      (script) => outgoing.writeHead(200, { "content-type": "text/javascript" }).end(script),
      () => next(),
    );
}
